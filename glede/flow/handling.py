"""What staff do with a conversation besides answering; every open screen is told of it.

Each act can be undone for some seconds (`flow/undoing.py`): it returns how, or None where it
changed nothing.
"""

from contextlib import AbstractContextManager
from datetime import datetime

from django.db import transaction

from glede.desk.acts.models import Act
from glede.desk.acts.rules import Deed
from glede.desk.alerts.rules import How
from glede.desk.clocks import actions as clocks
from glede.desk.clocks.rules import ClockEvent
from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Conversation
from glede.desk.conversations.rules import Checked, NotNeeded
from glede.desk.replies import actions as replies
from glede.desk.replies import queries as reply_queries
from glede.desk.replies.rules import NOTE
from glede.flow import alerting, confirm, mentioning, numbers, undoing
from glede.flow.undoing import Keeping, Kept
from glede.kit import live
from glede.kit.words import say
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Viewer


def assign(
    *, viewer: Viewer, conversation_id: int, person_id: int | None, now: datetime
) -> Kept | None:
    """Give it to a person, or to nobody."""
    with _keeping(viewer, Deed.ASSIGNED, conversation_id, now=now) as act:
        give(viewer=viewer, conversation_id=conversation_id, person_id=person_id, now=now)
    return act.kept(_given(viewer, person_id))


def give(*, viewer: Viewer, conversation_id: int, person_id: int | None, now: datetime) -> None:
    """The same within the caller's transaction, and not kept for an undo. Whoever has it now has
    its open calls too (clause 6.5)."""
    conversation = conversations.assign(
        conversation_id=conversation_id, person_id=person_id, actor=viewer.actor, now=now
    )
    if person_id is not None:
        alerting.handed(
            viewer=viewer, conversation=conversation, person_id=person_id, how=How.GIVEN, now=now
        )
    seen_and_told(viewer, conversation, now=now)


@undoing.reverses(Deed.ASSIGNED)
@undoing.reverses(Deed.HANDED_OVER)
def _not_given(*, viewer: Viewer, act: Act, now: datetime) -> None:
    """Nobody has it any more: its calls are told on."""
    for conversation_id in act.conversations:
        alerting.let_go(
            viewer=viewer,
            conversation=conversations.lock(conversation_id),
            how=How.GIVEN,
            since=act.at,
            now=now,
        )


def _given(viewer: Viewer, person_id: int | None) -> str:
    if person_id is None:
        return say("It has no owner now.")
    if person_id == viewer.id:
        return say("It is yours.")
    return say("Given to %(name)s.", name=people.person(person_id).name)


def note(*, viewer: Viewer, conversation_id: int, text: str, now: datetime) -> int:
    """Keep an internal note and tell the colleagues it names. Returns its id; raises `ValueError`
    when it has no words, or when it is unclear whom it names (`mentions.Unclear`)."""
    return noted(viewer=viewer, conversation_id=conversation_id, text=text, now=now)[0]


def noted(
    *, viewer: Viewer, conversation_id: int, text: str, now: datetime
) -> tuple[int, Kept | None]:
    """The same, and how it is undone."""
    with undoing.keeping(
        viewer=viewer, deed=Deed.NOTED, conversations=[conversation_id], now=now, always=True
    ) as act:
        kept = conversations.add_note(
            conversation_id=conversation_id,
            person_id=viewer.id,
            text=text,
            actor=viewer.actor,
            now=now,
        )
        conversation = conversations.lock(conversation_id)
        named = mentioning.meant(viewer, brand_id=conversation.brand_id, text=text, now=now)
        mentioning.tell(viewer=viewer, note=kept, conversation=conversation, people=named, now=now)
        _seen_by(viewer, conversation_id, conversation.revision, now=now)
        _tell(conversation_id, conversation.brand_id, now=now)
    return kept.pk, act.kept(say("Note kept."))


@undoing.reverses(Deed.NOTED)
def _undo_note(*, viewer: Viewer, act: Act, now: datetime) -> None:
    """The note goes, and its words return to the composer, before what was typed since."""
    (conversation_id,) = act.conversations
    words = conversations.take_note_back(
        conversation_id=conversation_id,
        person_id=viewer.id,
        at=act.at,
        actor=viewer.actor,
        now=now,
    )
    typed = reply_queries.draft(conversation_id=conversation_id, person_id=viewer.id, mode=NOTE)
    replies.keep_draft(
        conversation_id=conversation_id,
        person_id=viewer.id,
        mode=NOTE,
        text=f"{words}\n\n{typed}" if typed.strip() else words,
        now=now,
    )


def resolve(*, viewer: Viewer, conversation_id: int, now: datetime) -> Kept | None:
    """Settle it. Raises `conversations.NotAnswered` while somebody waits for an answer."""
    with _keeping(viewer, Deed.RESOLVED, conversation_id, now=now) as act:
        settle(viewer=viewer, conversation_id=conversation_id, now=now)
    return act.kept(say("Resolved."))


def settle(*, viewer: Viewer, conversation_id: int, now: datetime) -> None:
    """The same within the caller's transaction, and not kept for an undo."""
    conversation = confirm.settle(conversation_id=conversation_id, actor=viewer.actor, now=now)
    seen_and_told(viewer, conversation, now=now)


def no_reply_needed(
    *, viewer: Viewer, conversation_id: int, reason: NotNeeded, words: str = "", now: datetime
) -> Kept | None:
    """Close what waits without a reply, with a reason and under one's own name; what the desk
    proposes is decided here. Raises `ValueError`."""
    with _keeping(viewer, Deed.NOT_NEEDED, conversation_id, now=now) as act:
        close_without_reply(
            viewer=viewer, conversation_id=conversation_id, reason=reason, words=words, now=now
        )
    return act.kept(say("No reply needed."))


def close_without_reply(
    *, viewer: Viewer, conversation_id: int, reason: NotNeeded, words: str, now: datetime
) -> None:
    """The same within the caller's transaction, and not kept for an undo."""
    actor = viewer.actor
    force = numbers.in_force(now)
    conversation, enquiry = conversations.no_reply_needed(
        conversation_id=conversation_id,
        reason=reason,
        words=words,
        person_id=viewer.id,
        actor=actor,
        stamp=Stamp(force.promise.in_hours_clause, force.version),
        now=now,
    )
    clocks.close(enquiry=enquiry, event=ClockEvent.NO_REPLY_NEEDED, actor=actor, now=now)
    confirm.over(conversation=conversation, actor=actor, now=now)
    seen_and_told(viewer, conversation, now=now)


def check(*, viewer: Viewer, enquiry_id: int, right: bool, now: datetime) -> None:
    """Look at a “no reply needed” again; where a reply was needed, it waits again with its clocks,
    due as before. Raises `ValueError` for one's own."""
    with transaction.atomic():
        enquiry = conversations.check_not_needed(
            enquiry_id=enquiry_id,
            found=Checked.RIGHT if right else Checked.WRONG,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
    if not right:
        reopen(viewer=viewer, conversation_id=enquiry.conversation_id, now=now)


def reopen(*, viewer: Viewer, conversation_id: int, now: datetime) -> Kept | None:
    """Bring it back; a promise that “resolved” had closed runs again, due as before."""
    with _keeping(viewer, Deed.REOPENED, conversation_id, now=now) as act:
        actor = viewer.actor
        conversation, enquiry, settled_at = conversations.reopen(
            conversation_id=conversation_id, actor=actor, now=now
        )
        if enquiry is not None:
            clocks.reopen(enquiry=enquiry, actor=actor, now=now)
        clocks.unresolved(
            conversation_id=conversation_id, settled_at=settled_at, actor=actor, now=now
        )
        _seen_by(viewer, conversation_id, conversation.revision, now=now)
        _tell(conversation_id, conversation.brand_id, now=now)
    return act.kept(say("Open again."))


def _keeping(
    viewer: Viewer, deed: Deed, conversation_id: int, *, now: datetime
) -> AbstractContextManager[Keeping]:
    return undoing.keeping(viewer=viewer, deed=deed, conversations=[conversation_id], now=now)


def seen_and_told(viewer: Viewer, conversation: Conversation, *, now: datetime) -> None:
    """One's own act is read, and every open screen is told of it; in the caller's transaction."""
    _seen_by(viewer, conversation.pk, conversation.revision, now=now)
    _tell(conversation.pk, conversation.brand_id, now=now)


def _seen_by(viewer: Viewer, conversation_id: int, revision: int, *, now: datetime) -> None:
    """One's own act is nothing new to oneself."""
    conversations.read(
        conversation_id=conversation_id, person_id=viewer.id, revision=revision, now=now
    )


def _tell(conversation_id: int, brand_id: int, *, now: datetime) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": conversation_id, "new": False},
        brand=brand_id,
        now=now,
    )
