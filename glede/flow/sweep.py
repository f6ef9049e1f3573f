"""Time passes: warn at each step, record the breach, tell the right people, each once."""

from datetime import datetime

from django.db import transaction

from glede.desk.alerts import actions as alerts
from glede.desk.alerts import rules as alert_rules
from glede.desk.alerts.rules import Kind
from glede.desk.clocks import actions_steps as clocks
from glede.desk.clocks import kinds
from glede.desk.clocks import queries as clock_queries
from glede.desk.clocks.kinds import BREACH
from glede.desk.clocks.models import Clock, Step
from glede.desk.clocks.rules import ClockKind
from glede.desk.conversations import actions_timescale as timescales
from glede.desk.conversations import queries_timescale
from glede.desk.rota import queries as rota
from glede.flow import sorting
from glede.kit import live
from glede.kit.clock import duration_words
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer


def run(*, now: datetime, limit: int = 200) -> int:
    """Look at every clock whose next step is behind us. Returns how many steps were crossed.

    Each clock is a transaction of its own, so that one cannot hold up the others; a step is a row
    that can be inserted once, so two sweeps at once tell nobody twice.
    """
    crossed = 0
    for clock_id in clock_queries.to_look_at(now=now, limit=limit):
        with transaction.atomic():
            clock = Clock.objects.select_related("conversation").get(pk=clock_id)
            for step in clocks.cross(clock_id=clock_id, now=now):
                if clock.kind == ClockKind.AGREED and step.percent == BREACH:
                    timescales.missed(conversation_id=clock.conversation_id, now=now)
                if clock.conversation.snoozed_until is not None:
                    sorting.clock_near(conversation_id=clock.conversation_id, now=now)
                _tell(clock, step, now=now)
                crossed += 1
    return crossed


def _tell(clock: Clock, step: Step, *, now: datetime) -> None:
    conversation = clock.conversation
    breach = step.percent == BREACH
    raised = alerts.raise_for(
        people=[viewer.id for viewer in _who(conversation.brand_id, clock, step, now=now)],
        conversation=conversation,
        kind=Kind.BREACH if breach else Kind.WARNING,
        key=f"clock:{clock.pk}:{step.percent or f'-{step.minutes_before}'}",
        says=_says(clock, breach=breach, now=now),
        step=step,
        now=now,
    )
    for alert in raised:
        live.publish(
            topic="alert.raised",
            payload={"id": alert.pk, "conversation": conversation.pk},
            person=alert.person_id,
            now=now,
        )
    live.publish(
        topic="conversation.changed",
        payload={"id": conversation.pk, "new": False},
        brand=conversation.brand_id,
        now=now,
    )


def _who(brand_id: int, clock: Clock, step: Step, *, now: datetime) -> list[Viewer]:
    """The owner of the conversation, whoever promised, and the rung this step has reached. A
    reminder of something nobody owns is everybody's. Where a rota says who has the brand now, they
    are told first, and not the whole Pod."""
    owners = {clock.conversation.owner_id}
    if clock.kind == ClockKind.AGREED:
        owners.add(queries_timescale.responsible(clock.conversation_id))
    owners.discard(None)
    reached = step.percent or (0 if owners else min(alert_rules.LADDER))
    roles = alert_rules.told(reached)
    able = people.who_may(Permission.HANDLE_ALERTS, brand_id=brand_id, now=now)
    if roles == alert_rules.POD and (on := rota.on_for(brand_id, now=now) & {v.id for v in able}):
        return [viewer for viewer in able if viewer.id in owners | on]
    return [
        viewer
        for viewer in able
        if viewer.id in owners
        or any(grant.role in roles and grant.brand in (None, brand_id) for grant in viewer.grants)
    ]


def _says(clock: Clock, *, breach: bool, now: datetime) -> str:
    name, kind = clock.conversation.name, kinds.kind(clock.kind)
    if breach:
        late = duration_words(now - clock.due_at)
        if clock.kind == ClockKind.ACKNOWLEDGE:
            return f"{name} has waited past the promise of clause {clock.clause}: {late} late."
        return f"{name}: “{kind.duty}” is {late} late{_by(clock)}."
    left = duration_words(max(clock.due_at - now, clock.due_at - clock.due_at))
    if clock.kind == ClockKind.ACKNOWLEDGE:
        return f"{name} waits for an answer: {left} left, clause {clock.clause}."
    return f"{name}: “{kind.duty}”, {left} left{_by(clock)}."


def _by(clock: Clock) -> str:
    return f", clause {clock.clause}" if clock.clause else ""
