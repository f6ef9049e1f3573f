"""Put a conversation out of sight for a while, and bring it back. No clock is touched."""

from datetime import datetime

from glede.desk.conversations.actions import lock
from glede.desk.conversations.models import Conversation
from glede.desk.conversations.rules import SETTLED, State
from glede.desk.conversations.snoozing import BadSnooze, Woken
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb


def snooze(
    *, conversation_id: int, until_at: datetime, person_id: int, actor: Actor, now: datetime
) -> Conversation:
    """Raises `BadSnooze` for what is settled: it is out of sight already."""
    conversation = lock(conversation_id)
    if State(conversation.state) in SETTLED:
        raise BadSnooze(say("It is settled, so it is out of the way already."))
    conversation.snoozed_until, conversation.snoozed_by_id = until_at, person_id
    conversation.revision += 1
    conversation.save(update_fields=["snoozed_until", "snoozed_by", "revision"])
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_SNOOZED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"until": until_at.isoformat()},
        now=now,
    )
    return conversation


def wake(*, conversation_id: int, why: Woken, actor: Actor, now: datetime) -> Conversation | None:
    """Bring it back into sight; None where it was in sight."""
    conversation = lock(conversation_id)
    if conversation.snoozed_until is None:
        return None
    conversation.snoozed_until, conversation.snoozed_by_id = None, None
    conversation.revision += 1
    conversation.save(update_fields=["snoozed_until", "snoozed_by", "revision"])
    audit.record(
        actor=actor,
        verb=Verb.CONVERSATION_WOKEN,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"why": why.value},
        now=now,
    )
    return conversation


def over(*, now: datetime, limit: int) -> list[int]:
    """Conversations whose snooze has ended, the longest ago first."""
    found = Conversation.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")
    return list(found.values_list("pk", flat=True)[:limit])
