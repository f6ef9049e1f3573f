"""What staff do with a conversation: assign, note, resolve, reopen, read; and its due time."""

from datetime import datetime

from glede.desk.conversations import rules
from glede.desk.conversations.models import Conversation, Enquiry, Message, MessageVersion, Reading
from glede.desk.conversations.rules import ClosedAs, Direction, State
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Stamp, Verb


def lock(conversation_id: int) -> Conversation:
    """The row, held until the transaction ends. Raises `Conversation.DoesNotExist`."""
    return Conversation.objects.select_for_update().select_related("brand").get(pk=conversation_id)


def assign(
    *, conversation_id: int, person_id: int | None, actor: Actor, now: datetime
) -> Conversation:
    """Give it to a person, or to nobody."""
    conversation = lock(conversation_id)
    if conversation.owner_id == person_id:
        return conversation
    before = conversation.owner_id
    conversation.owner_id = person_id
    if person_id is not None and conversation.state == State.NEW:
        conversation.state, conversation.state_at = State.IN_PROGRESS, now
    conversation.revision += 1
    conversation.save()
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_ASSIGNED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"from": before, "to": person_id},
        now=now,
    )
    return conversation


def add_note(
    *, conversation_id: int, person_id: int, text: str, actor: Actor, now: datetime
) -> Message:
    """An internal note: never sent, and it stops no clock. Raises `ValueError` when empty."""
    if not text.strip():
        raise ValueError("A note needs words.")
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
    conversation.revision += 1
    conversation.save(update_fields=["revision"])
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


def resolve(
    *, conversation_id: int, actor: Actor, stamp: Stamp, now: datetime
) -> tuple[Conversation, Enquiry | None]:
    """Settle it. An enquiry nobody answered is closed as “resolved without a reply”, and returned
    so that its clocks are closed and counted apart."""
    conversation = lock(conversation_id)
    unanswered = conversation.enquiries.filter(answered_at=None, closed_at=None).first()
    if unanswered is not None:
        unanswered.closed_at, unanswered.closed_as = now, ClosedAs.RESOLVED
        unanswered.save(update_fields=["closed_at", "closed_as"])
    before = conversation.state
    conversation.state = rules.move(State(before), State.RESOLVED)
    conversation.state_at = now
    conversation.waiting_count = 0
    conversation.revision += 1
    conversation.save()
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_RESOLVED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        stamp=stamp,
        details={"before": before, "unanswered": unanswered is not None},
        now=now,
    )
    return conversation, unanswered


def reopen(
    *, conversation_id: int, actor: Actor, now: datetime
) -> tuple[Conversation, Enquiry | None]:
    """Bring it back. An enquiry that was resolved without a reply waits again, with its clock."""
    conversation = lock(conversation_id)
    conversation.state = rules.move(State(conversation.state), State.IN_PROGRESS)
    conversation.state_at = now
    enquiry = conversation.enquiries.order_by("-number").first()
    if enquiry is None or enquiry.closed_as != ClosedAs.RESOLVED:
        enquiry = None
    else:
        enquiry.closed_at, enquiry.closed_as = None, ""
        enquiry.save(update_fields=["closed_at", "closed_as"])
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
    return conversation, enquiry


def read(*, conversation_id: int, person_id: int, revision: int, now: datetime) -> None:
    """Remember how far a person has read; reading is not audited, writing is."""
    Reading.objects.update_or_create(
        conversation_id=conversation_id,
        person_id=person_id,
        defaults={"revision": revision, "at": now},
    )


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
