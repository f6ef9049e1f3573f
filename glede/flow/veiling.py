"""An advisor veils what a colleague should not meet unasked, or lifts a veil (clause 6.8)."""

from datetime import datetime

from django.db import transaction

from glede.desk.conversations import actions as conversations
from glede.desk.conversations import actions_veil
from glede.desk.conversations.veil import Veil
from glede.kit import live
from glede.rulebook.people.rules import Viewer


def veil(*, viewer: Viewer, conversation_id: int, message_id: int, now: datetime) -> None:
    """Veil its words and pictures, under the viewer's name."""
    reason = Veil(f"veiled by {viewer.name}", words=True)
    _set(viewer, conversation_id, message_id, reason, now=now)


def lift(*, viewer: Viewer, conversation_id: int, message_id: int, now: datetime) -> None:
    """Show it again to everybody who may read it."""
    _set(viewer, conversation_id, message_id, None, now=now)


def _set(
    viewer: Viewer, conversation_id: int, message_id: int, to: Veil | None, *, now: datetime
) -> None:
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        actions_veil.set_veil(
            message_id=message_id,
            conversation=conversation,
            veil=to,
            actor=viewer.actor,
            now=now,
        )
        conversations.read(
            conversation_id=conversation_id,
            person_id=viewer.id,
            revision=conversation.revision,
            now=now,
        )
        live.publish(
            topic="conversation.changed",
            payload={"id": conversation_id, "new": False},
            brand=conversation.brand_id,
            now=now,
        )
