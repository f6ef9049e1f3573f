"""What staff do with a conversation: assign, note, resolve, reopen, read; and its due time."""

from datetime import datetime

from django.db.models import Subquery
from django.db.models.functions import Greatest

from glede.desk.conversations import rules
from glede.desk.conversations.models import Conversation, Enquiry, Message, MessageVersion, Reading
from glede.desk.conversations.rules import Checked, ClosedAs, Direction, NotNeeded, State
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Details, Stamp, Verb


def lock(conversation_id: int) -> Conversation:
    """The row, held until the transaction ends. Raises `Conversation.DoesNotExist`."""
    return (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("brand")
        .get(pk=conversation_id)
    )


def assign(
    *, conversation_id: int, person_id: int | None, actor: Actor, now: datetime
) -> Conversation:
    """Give it to a person, or to nobody."""
    conversation = lock(conversation_id)
    if conversation.owner_id != person_id:
        _give(conversation, person_id, actor=actor, now=now)
    return conversation


def take(*, conversation: Conversation, person_id: int, actor: Actor, now: datetime) -> str:
    """Whoever answers what nobody owns has it from then on: what comes back comes back to them.

    The row is the caller's. Returns the state before, for `give_back`; empty where it has an owner.
    """
    if conversation.owner_id is not None:
        return ""
    before = conversation.state
    _give(conversation, person_id, actor=actor, now=now)
    return before


def give_back(
    *, conversation_id: int, person_id: int, state: str, actor: Actor, now: datetime
) -> None:
    """The answer that took it (`take`) was itself taken back: nobody's again, as before, unless
    something else became of it meanwhile."""
    conversation = lock(conversation_id)
    if conversation.owner_id != person_id:
        return
    if conversation.state == State.IN_PROGRESS:
        conversation.state, conversation.state_at = state, now
    _give(conversation, None, actor=actor, now=now)


def _give(
    conversation: Conversation, person_id: int | None, *, actor: Actor, now: datetime
) -> None:
    before = conversation.owner_id
    conversation.owner_id = person_id
    if person_id is not None and conversation.state == State.NEW:
        conversation.state, conversation.state_at = State.IN_PROGRESS, now
    conversation.revision += 1
    conversation.save()
    _audit_given(conversation, {"from": before, "to": person_id}, actor=actor, now=now)


def shared(*, conversation: Conversation, person_id: int, rule_id: int, now: datetime) -> None:
    """A rule gives it to a person: it is theirs, and as new as it was. The row is the caller's."""
    conversation.owner_id = person_id
    conversation.revision += 1
    conversation.save(update_fields=["owner", "revision"])
    details: Details = {"from": None, "to": person_id, "rule": rule_id}
    _audit_given(conversation, details, actor=SYSTEM, now=now)


def _audit_given(
    conversation: Conversation, details: Details, *, actor: Actor, now: datetime
) -> None:
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_ASSIGNED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details=details,
        now=now,
    )


def ask_colleague(
    *, conversation_id: int, colleague_id: int, actor: Actor, now: datetime
) -> Conversation:
    """It stays with its owner and waits for what a colleague says; its clocks run on. Raises
    `rules.WrongState` for what is settled."""
    conversation = lock(conversation_id)
    state = State(conversation.state)
    if state in rules.SETTLED:
        raise rules.WrongState(say("It is settled: reopen it first."))
    conversation.state, conversation.state_at = (
        rules.move(state, State.WAITING_FOR_COLLEAGUE),
        now,
    )
    conversation.revision += 1
    conversation.save(update_fields=["state", "state_at", "revision"])
    audit.record(
        actor=actor,
        verb=Verb.COLLEAGUE_ASKED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"to": colleague_id},
        now=now,
    )
    return conversation


def add_note(
    *, conversation_id: int, person_id: int, text: str, actor: Actor, now: datetime
) -> Message:
    """An internal note: never sent, and it stops no clock. Raises `ValueError` when empty."""
    if not text.strip():
        raise ValueError(say("A note needs words."))
    conversation = lock(conversation_id)
    note = Message.objects.create(
        thread_id=conversation.thread_id,
        conversation=conversation,
        person_id=person_id,
        platform=conversation.platform,
        direction=Direction.NOTE,
        kind="note",
        private=True,
        received_at=now,
        ingested_at=now,
    )
    MessageVersion.objects.create(message=note, number=1, text=text.strip(), at=now)
    state = rules.answered_by_colleague(
        State(conversation.state), by_owner=person_id == conversation.owner_id
    )
    if state != conversation.state:
        conversation.state, conversation.state_at = state, now
    conversation.revision += 1
    conversation.save(update_fields=["revision", "state", "state_at"])
    audit.record(
        actor=actor,
        verb=Verb.NOTE_ADDED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"message": note.pk},
        now=now,
    )
    return note


def take_note_back(
    *, conversation_id: int, person_id: int, at: datetime, actor: Actor, now: datetime
) -> str:
    """Undo a note kept at that moment; returns its words, for whoever wrote it. The record keeps
    that there was one."""
    note = Message.objects.filter(
        conversation_id=conversation_id,
        person_id=person_id,
        direction=Direction.NOTE,
        received_at=at,
    ).latest("pk")
    words = note.versions.latest("number").text
    audit.record(
        actor=actor,
        verb=Verb.NOTE_TAKEN_BACK,
        object_kind="conversation",
        object_id=conversation_id,
        brand=lock(conversation_id).brand.slug,
        details={"message": note.pk},
        now=now,
    )
    note.delete()
    return words


class NotAnswered(ValueError):  # noqa: N818 - reads as a sentence
    """Nobody answered: resolving would hide that. Reply, or say why no reply is needed."""


def is_waiting(conversation_id: int) -> bool:
    """Does an enquiry wait that nobody answered?"""
    return Enquiry.objects.filter(
        conversation_id=conversation_id, answered_at=None, closed_at=None
    ).exists()


def resolve(*, conversation_id: int, actor: Actor, stamp: Stamp, now: datetime) -> Conversation:
    """Settle it. Raises `NotAnswered` while somebody waits for an answer."""
    conversation = lock(conversation_id)
    if is_waiting(conversation_id):
        raise NotAnswered(
            say(
                "Nobody has answered %(conversation)s yet. Reply first, or say why no reply"
                " is needed.",
                conversation=conversation.name,
            )
        )
    before = conversation.state
    _settle(conversation, State.RESOLVED, now=now)
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_RESOLVED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        stamp=stamp,
        details={"before": before},
        now=now,
    )
    return conversation


def no_reply_needed(
    *,
    conversation_id: int,
    reason: NotNeeded,
    words: str,
    person_id: int,
    actor: Actor,
    stamp: Stamp,
    now: datetime,
) -> tuple[Conversation, Enquiry]:
    """A named person says that this enquiry needs no reply, and why: praise, a tag, spam, chat
    between residents, or another reason in words (clauses.md A3). Counted apart.

    Raises `ValueError` where nothing waits, or another reason has no words.
    """
    conversation = lock(conversation_id)
    enquiry = conversation.enquiries.filter(answered_at=None, closed_at=None).first()
    if enquiry is None:
        raise ValueError(say("Nothing here waits for a reply."))
    if reason is NotNeeded.OTHER and not words.strip():
        raise ValueError(say("Say in a few words why no reply is needed."))
    enquiry.closed_at, enquiry.closed_as = now, ClosedAs.NOT_NEEDED
    enquiry.closed_reason, enquiry.closed_words = reason, " ".join(words.split())
    enquiry.closed_by_id = person_id
    enquiry.checked_at, enquiry.checked_by_id, enquiry.check_found = None, None, ""
    enquiry.save()
    _settle(conversation, State.CLOSED, now=now)
    audit.record(
        actor=actor,
        verb=Verb.NOT_NEEDED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        stamp=stamp,
        details={"enquiry": enquiry.pk, "reason": reason.value},
        now=now,
    )
    return conversation, enquiry


def check_not_needed(
    *, enquiry_id: int, found: Checked, person_id: int, actor: Actor, now: datetime
) -> Enquiry:
    """Somebody else looks at a “no reply needed” again. Raises `ValueError` for one's own."""
    enquiry = (
        Enquiry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("conversation__brand")
        .get(pk=enquiry_id, closed_as=ClosedAs.NOT_NEEDED)
    )
    if enquiry.closed_by_id == person_id:
        raise ValueError(say("You closed it yourself: somebody else has to look at it."))
    enquiry.checked_at, enquiry.checked_by_id, enquiry.check_found = now, person_id, found
    enquiry.save(update_fields=["checked_at", "checked_by", "check_found"])
    audit.record(
        actor=actor,
        verb=Verb.NOT_NEEDED_CHECKED,
        object_kind="conversation",
        object_id=enquiry.conversation_id,
        brand=enquiry.conversation.brand.slug,
        details={"enquiry": enquiry.pk, "found": found.value},
        now=now,
    )
    return enquiry


def _settle(conversation: Conversation, state: State, *, now: datetime) -> None:
    conversation.state = rules.move(State(conversation.state), state)
    conversation.state_at = now
    conversation.waiting_count, conversation.proposed = 0, ""
    conversation.snoozed_until, conversation.snoozed_by_id = None, None
    conversation.revision += 1
    conversation.save()


def reopen(
    *, conversation_id: int, actor: Actor, now: datetime
) -> tuple[Conversation, Enquiry | None, datetime]:
    """Bring it back, and say when it had been settled. An enquiry that was closed without a reply
    waits again, with its clocks."""
    conversation = lock(conversation_id)
    if conversation.merged_into_id is not None:
        raise rules.WrongState(
            say("It went on in another conversation. Take the merge back instead.")
        )
    settled_at = conversation.state_at
    conversation.state = rules.move(State(conversation.state), State.IN_PROGRESS)
    conversation.state_at = now
    enquiry = conversation.enquiries.order_by("-number").first()
    if enquiry is None or enquiry.closed_as not in (ClosedAs.RESOLVED, ClosedAs.NOT_NEEDED):
        enquiry = None
    else:
        enquiry.closed_at, enquiry.closed_as = None, ""
        enquiry.closed_reason, enquiry.closed_words, enquiry.closed_by_id = "", "", None
        enquiry.save()
        conversation.waiting_count = enquiry.messages.filter(direction=Direction.IN).count()
    conversation.revision += 1
    conversation.save()
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_REOPENED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        now=now,
    )
    return conversation, enquiry, settled_at


def read(*, conversation_id: int, person_id: int, revision: int, now: datetime) -> None:
    """Remember how far a person has read; reading is not audited, writing is. It never goes back: a
    screen that slept may say late what it saw long ago."""
    kept, made = Reading.objects.get_or_create(
        conversation_id=conversation_id,
        person_id=person_id,
        defaults={"revision": revision, "at": now},
    )
    if not made:
        Reading.objects.filter(pk=kept.pk).update(
            revision=Greatest("revision", revision), at=Greatest("at", now)
        )


def keep_read(*, conversation_id: int, person_id: int, before: int) -> None:
    """What changed from revision `before` on was this person's own doing: who had read it all has
    read it all. The caller's transaction holds the conversation."""
    now_at = Conversation.objects.filter(pk=conversation_id).values("revision")
    Reading.objects.filter(
        conversation_id=conversation_id, person_id=person_id, revision__gte=before
    ).update(revision=Subquery(now_at))


def show_due(
    *,
    conversation_id: int,
    due_at: datetime | None,
    soft_at: datetime | None,
    due_from: datetime | None,
    clause: str,
    kind: str,
) -> None:
    """Keep the due time the list is ordered by; called by the room that owns clocks."""
    Conversation.objects.filter(pk=conversation_id).update(
        due_at=due_at, soft_at=soft_at, due_from=due_from, due_clause=clause, due_kind=kind
    )
