"""One matter or two: merge, take a merge back, split, move to another brand, link what says the
same (clause 6.2). The desk suggests; a person decides; every open screen is told.

Nothing here answers anybody: no clock stops, none starts again and none falls due later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from glede.desk.acts.models import Act
from glede.desk.acts.rules import CannotUndo, Deed
from glede.desk.alerts import actions as alerts
from glede.desk.alerts import queries as alert_queries
from glede.desk.attachments import actions as attachments
from glede.desk.attachments import queries as attachment_queries
from glede.desk.clocks import actions_cases as clock_cases
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import actions_cases, cases
from glede.desk.conversations.cases import Kind, Refused
from glede.desk.conversations.models import Conversation, Regrouping
from glede.desk.moderation import actions as moderation
from glede.desk.moderation import queries as moderation_queries
from glede.desk.outbox import actions as outbox
from glede.desk.outbox import queries as outbox_queries
from glede.desk.replies import actions as replies
from glede.desk.replies import queries as reply_queries
from glede.flow import keeping as clocks_kept
from glede.flow import numbers, outbound, undoing
from glede.flow.undoing import Kept, keeping
from glede.kit import live
from glede.kit.words import of_error, say
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer

#: Who lets what belongs to them go with a conversation, by the name it has in a regrouping.
_FOLLOWS: Mapping[str, Callable[..., None]] = {
    "deliveries": outbox.follow,
    "deeds": moderation.follow,
    "drafts": replies.follow,
    "pictures": attachments.follow,
    "alerts": alerts.follow,
}


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: its regrouping, the conversation to look at now, and how to undo it."""

    regrouping_id: int
    conversation_id: int
    kept: Kept | None


LEAVING = say("A reply is on its way out. Wait until it is sent, or take it back first.")


def merge(*, viewer: Viewer, source_id: int, target_id: int, why: str = "", now: datetime) -> Done:
    """`source` goes on in `target`. Raises `Refused`."""
    ids = (source_id, target_id)
    with keeping(viewer=viewer, deed=Deed.MERGED, conversations=ids, now=now, always=True) as kept:
        if outbox_queries.is_leaving(source_id):
            raise Refused(LEAVING)
        merged = actions_cases.merge(
            source_id=source_id,
            target_id=target_id,
            why=why,
            person_id=viewer.id,
            actor=viewer.actor,
            stamp=_stamp(now),
            now=now,
        )
        went = clock_cases.go_on(
            source=merged.source,
            target=merged.target,
            joined=merged.joined,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        things = {
            "deliveries": outbox_queries.all_of(source_id),
            "deeds": moderation_queries.deeds_in(source_id),
            "drafts": reply_queries.free_to_go(from_id=source_id, to_id=target_id),
            "pictures": attachment_queries.chosen_for(source_id),
            "alerts": alert_queries.unseen_about(source_id),
        }
        _follow(things, target_id)
        actions_cases.remember(merged.regrouping, clocks=went, things=things)
        _told(viewer, merged.source, merged.target, now=now)
    return Done(merged.regrouping.pk, target_id, kept.kept(say("Merged into one matter.")))


def unmerge(*, viewer: Viewer, regrouping_id: int, now: datetime) -> None:
    """Take a merge back. Raises `Refused`."""
    with transaction.atomic():
        # Both rows first, in the order everybody takes them.
        of = Regrouping.objects.get(pk=regrouping_id)
        actions_cases.lock(of.source_id, of.target_id)
        if outbox_queries.is_leaving(of.target_id):
            raise Refused(LEAVING)
        merged = actions_cases.unmerge(
            regrouping_id=regrouping_id,
            person_id=viewer.id,
            actor=viewer.actor,
            stamp=_stamp(now),
            now=now,
        )
        moved = merged.regrouping.moved
        clock_cases.come_back(
            before=moved["clocks"],
            source=merged.source,
            target=merged.target,
            actor=viewer.actor,
            now=now,
        )
        _follow(moved["things"], merged.source.pk)
        _told(viewer, merged.source, merged.target, now=now)


def split(
    *, viewer: Viewer, conversation_id: int, message_ids: Sequence[int], now: datetime
) -> Done:
    """These messages are a matter of their own, with a clock from the receipt of the first that
    nobody answered, under the policy in force then. Raises `Refused`."""
    ids = (conversation_id,)
    with keeping(viewer=viewer, deed=Deed.SPLIT, conversations=ids, now=now, always=True) as kept:
        if outbox_queries.is_leaving(conversation_id, to=message_ids):
            raise Refused(LEAVING)
        done = actions_cases.split(
            conversation_id=conversation_id,
            message_ids=message_ids,
            person_id=viewer.id,
            actor=viewer.actor,
            stamp=_stamp(now),
            now=now,
        )
        went = []
        if done.went is not None:
            went = clock_cases.go_over(
                enquiry_id=done.went.pk, source=done.source, target=done.target
            )
        if done.opened is not None:
            force = numbers.in_force(done.opened.opened_at)
            clocks_kept.enquiry_opened(enquiry=done.opened, force=force, now=now)
        things = {
            "deliveries": outbox_queries.of_messages(message_ids),
            "deeds": moderation_queries.deeds_in(conversation_id, messages=message_ids),
        }
        _follow(things, done.target.pk)
        actions_cases.remember(done.regrouping, clocks=went, things=things)
        _told(viewer, done.source, done.target, now=now)
    return Done(
        done.regrouping.pk, done.target.pk, kept.kept(say("A new matter with its own clock."))
    )


def move(
    *, viewer: Viewer, conversation_id: int, brand_id: int, why: str, now: datetime
) -> Kept | None:
    """It came in on the wrong brand's page: it is that brand's matter from now on, with the clock
    it was born with, and it is answered where it was asked. Raises `Refused`."""
    if not why.strip():
        raise Refused(say("Say why it belongs to the other brand."))
    ids = (conversation_id,)
    with keeping(viewer=viewer, deed=Deed.MOVED, conversations=ids, now=now) as kept:
        owner = actions_cases.lock(conversation_id)[conversation_id].owner_id
        may = {one.id for one in people.who_may(_WORK, brand_id=brand_id, now=now)}
        moved, left = actions_cases.move(
            conversation_id=conversation_id,
            brand_id=brand_id,
            keeps_owner=owner in may,
            actor=viewer.actor,
            stamp=_stamp(now),
            now=now,
        )
        conversations.add_note(
            conversation_id=conversation_id,
            person_id=viewer.id,
            text=f"Moved to {moved.brand.name}: {' '.join(why.split())}. Its clock stays as it was"
            f" at receipt, and the answer goes out over {moved.account}, where it was asked.",
            actor=viewer.actor,
            now=now,
        )
        _told(viewer, moved, now=now)
        # The screens of the brand it left take it off their lists.
        _tell(conversation_id, left, now=now)
    return kept.kept(say("Moved to %(brand)s.", brand=moved.brand.name))


def link(
    *, viewer: Viewer, conversation_id: int, duplicate_of_id: int, now: datetime
) -> Kept | None:
    """It says the same as that one; each place still gets its answer. Raises `Refused`."""
    ids = (conversation_id, duplicate_of_id)
    with keeping(viewer=viewer, deed=Deed.LINKED, conversations=ids, now=now) as kept:
        one, first = actions_cases.link(
            conversation_id=conversation_id,
            duplicate_of_id=duplicate_of_id,
            actor=viewer.actor,
            stamp=_stamp(now),
            now=now,
        )
        _told(viewer, one, first, now=now)
    return kept.kept(say("Linked as the same matter."))


def unlink(*, viewer: Viewer, conversation_id: int, now: datetime) -> None:
    """It is a matter of its own after all."""
    with transaction.atomic():
        done = actions_cases.unlink(conversation_id=conversation_id, actor=viewer.actor, now=now)
        if done is not None:
            _told(viewer, *done, now=now)


@dataclass(frozen=True, slots=True)
class Each:
    """What became of one answer to many: whom it goes to, and whom it does not, with why."""

    done: tuple[int, ...]
    refused: Mapping[int, str]
    drafts: bool = False


def answer_each(*, viewer: Viewer, seen: Mapping[int, int], text: str, now: datetime) -> Each:
    """The same words to each of these, as a reply of its own: with its own guard, undo time,
    delivery and clock. What the guard stops keeps the words as a draft. `seen`: the revision each
    was looked at in."""
    done, refused = [], {}
    for conversation_id, revision in seen.items():
        outcome = outbound.queue_reply(
            viewer=viewer,
            conversation_id=conversation_id,
            text=text,
            seen_revision=revision,
            now=now,
        )
        if isinstance(outcome, outbound.Stopped):
            refused[conversation_id] = " ".join(one.says for one in outcome.findings)
        else:
            done.append(conversation_id)
    return Each(tuple(done), refused)


def draft_each(
    *, viewer: Viewer, conversation_ids: Sequence[int], text: str, now: datetime
) -> Each:
    """The same words as a draft in each, for the one who wrote them to look at one by one. What
    they had typed there already stays."""
    done, refused = [], {}
    with transaction.atomic():
        for conversation_id in conversation_ids:
            if reply_queries.draft(conversation_id=conversation_id, person_id=viewer.id):
                refused[conversation_id] = say("You have begun another answer there.")
                continue
            replies.keep_draft(
                conversation_id=conversation_id, person_id=viewer.id, text=text, now=now
            )
            done.append(conversation_id)
    return Each(tuple(done), refused, drafts=True)


@undoing.reverses(Deed.MERGED)
def _undo_merge(*, viewer: Viewer, act: Act, now: datetime) -> None:
    newest = actions_cases.newest(act.conversations, Kind.MERGE)
    try:
        unmerge(viewer=viewer, regrouping_id=newest.pk, now=now)
    except Refused as refused:
        raise CannotUndo(of_error(refused)) from refused


@undoing.reverses(Deed.SPLIT)
def _undo_split(*, viewer: Viewer, act: Act, now: datetime) -> None:
    """What was split off goes on where it came from; it stays as the trace of what was done."""
    newest = actions_cases.newest(act.conversations, Kind.SPLIT)
    try:
        merge(viewer=viewer, source_id=newest.target_id, target_id=newest.source_id, now=now)
    except Refused as refused:
        raise CannotUndo(of_error(refused)) from refused


_WORK = Permission.WORK_CONVERSATIONS


def _stamp(now: datetime) -> Stamp:
    return Stamp(cases.CLAUSE, numbers.in_force(now).version)


def _follow(things: Mapping[str, Sequence[int]], conversation_id: int) -> None:
    for name, ids in things.items():
        _FOLLOWS[name](ids=ids, conversation_id=conversation_id)


def _told(viewer: Viewer, *changed: Conversation, now: datetime) -> None:
    """One's own act is nothing new to oneself; every screen is told."""
    for one in changed:
        conversations.read(
            conversation_id=one.pk, person_id=viewer.id, revision=one.revision, now=now
        )
        _tell(one.pk, one.brand_id, now=now)


def _tell(conversation_id: int, brand_id: int, *, now: datetime) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": conversation_id, "new": False},
        brand=brand_id,
        now=now,
    )
