"""Times the law sets, on a conversation: a person says that one has begun, and that it was met."""

from datetime import datetime

from django.db import transaction

from glede.desk.clocks import actions as clocks
from glede.desk.clocks import kinds
from glede.desk.clocks.kinds import UnknownKind
from glede.desk.clocks.models import Clock
from glede.desk.conversations import actions as conversations
from glede.flow import keeping, numbers
from glede.kit import hours
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Viewer


def begin(
    *,
    viewer: Viewer,
    conversation_id: int,
    kind: str,
    aware_at: datetime,
    now: datetime,
    reference: str = "1",
) -> Clock:
    """Start a clock of the law from the instant it counts from, by the rules in force then.

    `reference` tells a second one of a kind from the first. Raises `kinds.UnknownKind`.
    """
    if not kinds.kind(kind).lawful:
        raise UnknownKind(f"“{kind}” is a promise of ours, not a time that the law sets.")
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        calendar = brands.calendar_at(conversation.brand_id, aware_at)
        return keeping.of_kind(
            kind=kind,
            conversation=conversation,
            started_at=aware_at,
            in_hours=hours.is_open(calendar.calendar, aware_at),
            force=numbers.in_force(aware_at),
            calendar=calendar,
            reference=reference,
            actor=viewer.actor,
            now=now,
        )


def met(*, viewer: Viewer, clock: Clock, now: datetime) -> Clock:
    """What the law asks for was done. Raises `rules.TransitionRefusedError`."""
    with transaction.atomic():
        conversations.lock(clock.conversation_id)
        return clocks.done(clock=clock, by_id=viewer.id, at=now, actor=viewer.actor)
