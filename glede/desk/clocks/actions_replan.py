"""Move open clocks to the calendar that was put in the place of a wrong one."""

from collections.abc import Collection
from datetime import datetime

from glede.desk.clocks import actions, kinds, queries, replanning, scheduling
from glede.desk.clocks.models import Clock
from glede.desk.clocks.replanning import OPEN, Move
from glede.desk.clocks.rules import ClockState
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Stamp, Verb
from glede.rulebook.brands.rules import CalendarAt


def replan(*, clock_ids: Collection[int], calendar: CalendarAt, now: datetime) -> tuple[Move, ...]:
    """Give each of these clocks that is still open the calendar and what follows from it.

    Returns those whose due time moved. A warning or breach that a wrong due time brought about, and
    that lies ahead again, is forgotten so that it can come in its time; the audit keeps it.
    """
    found = Clock.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=clock_ids, state__in=OPEN
    )
    moved = []
    for clock in found.select_related("conversation__brand", "policy").order_by("pk"):
        move = replanning.move_of(clock, calendar.calendar)
        clock.calendar_id = calendar.id
        clock.due_at, clock.soft_at = move.becomes.due_at, move.becomes.soft_at
        clock.in_hours, clock.clause = move.becomes.in_hours, move.becomes.clause
        forgotten = _forget_steps_ahead(clock, now=now) if move.moves else 0
        _look_again(clock)
        clock.save()
        if move.was == move.becomes:
            continue
        _audit(clock, move, calendar, forgotten, now=now)
        actions.show(clock)
        if move.moves:
            moved.append(move)
    return tuple(moved)


def _forget_steps_ahead(clock: Clock, *, now: datetime) -> int:
    behind = kinds.behind(
        started_at=clock.started_at,
        due_at=clock.due_at,
        schedule=scheduling.at(clock.kind, clock.policy_id),
        now=now,
    )
    ahead = [
        step.pk
        for step in clock.steps.all()
        if kinds.Crossed(step.percent, step.minutes_before) not in behind
    ]
    clock.steps.filter(pk__in=ahead).delete()
    return len(ahead)


def _look_again(clock: Clock) -> None:
    if clock.state != ClockState.RUNNING:
        return
    clock.look_at = kinds.next_look(
        started_at=clock.started_at,
        due_at=clock.due_at,
        schedule=scheduling.at(clock.kind, clock.policy_id),
        crossed=queries.crossed(clock),
    )


def _audit(
    clock: Clock, move: Move, calendar: CalendarAt, forgotten: int, *, now: datetime
) -> None:
    audit.record(
        actor=SYSTEM,
        verb=Verb.CLOCK_REPLANNED,
        object_kind="conversation",
        object_id=clock.conversation_id,
        brand=clock.conversation.brand.slug,
        stamp=Stamp(clock.clause, clock.policy.number),
        details={
            "clock": clock.pk,
            "kind": clock.kind,
            "calendar": calendar.version,
            "from": move.was.due_at.isoformat(),
            "due_at": move.becomes.due_at.isoformat(),
            "in_hours": move.becomes.in_hours,
            "steps_forgotten": forgotten,
        },
        now=now,
    )
