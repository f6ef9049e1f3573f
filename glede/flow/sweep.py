"""Time passes: warn at each step, record the breach, tell the right people, each once."""

from datetime import datetime, timedelta

from django.db import transaction

from glede.desk.alerts.rules import Kind
from glede.desk.clocks import actions_steps as clocks
from glede.desk.clocks import kinds
from glede.desk.clocks import queries as clock_queries
from glede.desk.clocks.kinds import BREACH
from glede.desk.clocks.models import Clock, Step
from glede.desk.clocks.rules import ClockKind
from glede.desk.conversations import actions_timescale as timescales
from glede.desk.conversations import queries_timescale
from glede.flow import alerting, sorting, telling
from glede.kit import live
from glede.kit.clock import duration_words
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission


def run(*, now: datetime, limit: int = 200) -> int:
    """Look at every clock whose next step is behind us. Returns how many steps were crossed.

    Where several were crossed since the last look, as after a night in which the worker stood
    still, the newest alone is told; those before it are on record as passed.
    Each clock is a transaction of its own, so that one cannot hold up the others; a step is a row
    that can be inserted once, so two sweeps at once tell nobody twice.
    """
    crossed = 0
    for clock_id in clock_queries.to_look_at(now=now, limit=limit):
        with transaction.atomic():
            clock = Clock.objects.select_related("conversation__brand").get(pk=clock_id)
            steps = clocks.cross(clock_id=clock_id, now=now)
            if not steps:
                continue
            newest = steps[-1]
            if clock.kind == ClockKind.AGREED and newest.percent == BREACH:
                timescales.missed(conversation_id=clock.conversation_id, now=now)
            if clock.conversation.snoozed_until is not None:
                sorting.clock_near(conversation_id=clock.conversation_id, now=now)
            _tell(clock, newest, now=now)
            crossed += len(steps)
    return crossed


def _tell(clock: Clock, step: Step, *, now: datetime) -> None:
    conversation = clock.conversation
    says = _says(clock, breach=step.percent == BREACH, now=now)
    if step.percent:
        alerting.step(
            clock=clock,
            step=step,
            also=_owners(clock),
            says=says,
            outward=_outward(clock, breach=step.percent == BREACH, now=now),
            now=now,
        )
    else:
        _remind(clock, step, says=says, now=now)
    live.publish(
        topic="conversation.changed",
        payload={"id": conversation.pk, "new": False},
        brand=conversation.brand_id,
        now=now,
    )


def _owners(clock: Clock) -> frozenset[int]:
    """Who has the conversation, and whoever promised a date."""
    owners = {clock.conversation.owner_id}
    if clock.kind == ClockKind.AGREED:
        owners.add(queries_timescale.responsible(clock.conversation_id))
    return frozenset(person for person in owners if person is not None)


def _remind(clock: Clock, step: Step, *, says: str, now: datetime) -> None:
    """So long before its time: whoever has it is reminded. What nobody has is everybody's."""
    brand_id = clock.conversation.brand_id
    able = people.who_may(Permission.HANDLE_ALERTS, brand_id=brand_id, now=now)
    may = frozenset(viewer.id for viewer in able)
    telling.tell(
        who=sorted(_owners(clock) & may or alerting.holders(brand_id, now=now)),
        conversation=clock.conversation,
        kind=Kind.WARNING,
        key=f"clock:{clock.pk}:-{step.minutes_before}",
        says=says,
        step=step,
        now=now,
    )


def _says(clock: Clock, *, breach: bool, now: datetime) -> str:
    name, kind = clock.conversation.name, kinds.kind(clock.kind)
    if breach:
        late = duration_words(now - clock.due_at)
        if clock.kind == ClockKind.ACKNOWLEDGE:
            return f"{name} has waited past the promise of clause {clock.clause}: {late} late."
        return f"{name}: “{kind.duty}” is {late} late{_by(clock)}."
    left = _left(clock, now=now)
    if clock.kind == ClockKind.ACKNOWLEDGE:
        return f"{name} waits for an answer: {left} left, clause {clock.clause}."
    return f"{name}: “{kind.duty}”, {left} left{_by(clock)}."


def _outward(clock: Clock, *, breach: bool, now: datetime) -> str:
    """The same without a name: it leaves the desk."""
    duty, brand = kinds.kind(clock.kind).duty, clock.conversation.brand.name
    if breach:
        return f"{brand}: “{duty}” is late{_by(clock)}."
    return f"{brand}: “{duty}”, {_left(clock, now=now)} left{_by(clock)}."


def _left(clock: Clock, *, now: datetime) -> str:
    return duration_words(max(clock.due_at - now, timedelta(0)))


def _by(clock: Clock) -> str:
    return f", clause {clock.clause}" if clock.clause else ""
