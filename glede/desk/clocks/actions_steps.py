"""Remember which steps of a clock were crossed: each once, whoever looks."""

from datetime import datetime

from django.db import IntegrityError, transaction

from glede.desk.clocks import kinds, queries, scheduling
from glede.desk.clocks.kinds import BREACH, Crossed
from glede.desk.clocks.models import Clock, Step
from glede.desk.clocks.rules import ClockState
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Stamp, Verb


def cross(*, clock_id: int, now: datetime) -> tuple[Step, ...]:
    """Record the steps a running clock has crossed, in order. The last of the returned ones is
    this caller's to tell people about: of those before it there is nothing left to say."""
    clock = (
        Clock.objects.select_for_update(of=("self",), no_key=True)
        .select_related("conversation__brand", "policy")
        .filter(pk=clock_id, state=ClockState.RUNNING)
        .first()
    )
    if clock is None:
        return ()
    schedule = scheduling.at(clock.kind, clock.policy_id)
    behind = kinds.behind(
        started_at=clock.started_at, due_at=clock.due_at, schedule=schedule, now=now
    )
    fresh = [step for one in behind if (step := _once(clock, one, now)) is not None]
    clock.look_at = kinds.next_look(
        started_at=clock.started_at,
        due_at=clock.due_at,
        schedule=schedule,
        crossed=queries.crossed(clock),
    )
    clock.save(update_fields=["look_at"])
    for step in fresh:
        _audit(clock, step, told=step is fresh[-1], now=now)
    return tuple(fresh)


def _once(clock: Clock, crossed: Crossed, now: datetime) -> Step | None:
    try:
        with transaction.atomic():
            return Step.objects.create(
                clock=clock,
                percent=crossed.percent,
                minutes_before=crossed.minutes_before,
                at=now,
            )
    except IntegrityError:
        return None


def _audit(clock: Clock, step: Step, *, told: bool, now: datetime) -> None:
    audit.record(
        actor=SYSTEM,
        verb=Verb.CLOCK_BREACHED if step.percent == BREACH else Verb.CLOCK_WARNED,
        object_kind="conversation",
        object_id=clock.conversation_id,
        brand=clock.conversation.brand.slug,
        stamp=Stamp(clock.clause, clock.policy.number),
        details={
            "clock": clock.pk,
            "kind": clock.kind,
            "due_at": clock.due_at.isoformat(),
            "percent": step.percent,
            "minutes_before": step.minutes_before,
            "told": told,
        },
        now=now,
    )
