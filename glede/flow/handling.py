"""What staff do with a conversation besides answering; every open screen is told of it."""

from datetime import datetime

from django.db import transaction

from glede.desk.clocks import actions as clocks
from glede.desk.conversations import actions as conversations
from glede.flow import confirm
from glede.flow.outbound import actor_of
from glede.kit import live
from glede.rulebook.people.rules import Viewer


def assign(*, viewer: Viewer, conversation_id: int, person_id: int | None, now: datetime) -> None:
    """Give it to a person, or to nobody."""
    with transaction.atomic():
        conversation = conversations.assign(
            conversation_id=conversation_id,
            person_id=person_id,
            actor=actor_of(viewer),
            now=now,
        )
        _seen_by(viewer, conversation_id, conversation.revision, now=now)
        _tell(conversation_id, conversation.brand_id, now=now)


def note(*, viewer: Viewer, conversation_id: int, text: str, now: datetime) -> int:
    """Keep an internal note. Returns its id; raises `ValueError` when it has no words."""
    with transaction.atomic():
        kept = conversations.add_note(
            conversation_id=conversation_id,
            person_id=viewer.id,
            text=text,
            actor=actor_of(viewer),
            now=now,
        )
        conversation = conversations.lock(conversation_id)
        _seen_by(viewer, conversation_id, conversation.revision, now=now)
        _tell(conversation_id, conversation.brand_id, now=now)
        return kept.pk


def resolve(*, viewer: Viewer, conversation_id: int, now: datetime) -> None:
    """Settle it; what nobody answered is closed as “no reply needed” and counted apart."""
    with transaction.atomic():
        conversation = confirm.settle(
            conversation_id=conversation_id, actor=actor_of(viewer), now=now
        )
        _seen_by(viewer, conversation_id, conversation.revision, now=now)
        _tell(conversation_id, conversation.brand_id, now=now)


def reopen(*, viewer: Viewer, conversation_id: int, now: datetime) -> None:
    """Bring it back; a promise that “resolved” had closed runs again, due as before."""
    with transaction.atomic():
        actor = actor_of(viewer)
        conversation, enquiry = conversations.reopen(
            conversation_id=conversation_id, actor=actor, now=now
        )
        if enquiry is not None:
            clocks.reopen(enquiry=enquiry, actor=actor, now=now)
        _seen_by(viewer, conversation_id, conversation.revision, now=now)
        _tell(conversation_id, conversation.brand_id, now=now)


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
