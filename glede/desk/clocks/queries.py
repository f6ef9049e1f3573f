"""Why an answer is due when it is: the arithmetic of a promise, and the alerts on its way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, OuterRef, When
from django.db.models.functions import JSONObject

from glede.desk.clocks import counting, kinds, models, rules, scheduling
from glede.desk.clocks.kinds import Crossed, Kind, Schedule
from glede.desk.clocks.models import Clock
from glede.desk.clocks.promising import promise_of
from glede.desk.clocks.rules import ClockKind, ClockState, Reading
from glede.kit.clock import WEEKDAYS
from glede.kit.hours import Step
from glede.kit.words import joined, say
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.models import Calendar
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook

#: As many clocks of one conversation as a panel can show.
_MOST_CLOCKS = 40


@dataclass(frozen=True, slots=True)
class Warned:
    """One step of the alerts: when it comes, or when it was given."""

    percent: int
    at: datetime
    given_at: datetime | None
    #: So many minutes before the due time, where it is not a share of the time.
    minutes_before: int = 0


@dataclass(frozen=True, slots=True)
class Other:
    """What the promise would have been under another reading of it."""

    reading: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """The sum behind a due time, with its source for every figure."""

    kind: Kind
    started_at: datetime
    due_at: datetime
    soft_at: datetime
    in_hours: bool
    opening_hours: str
    clause: str
    policy_version: str
    policy_id: int
    #: How firm the promise and its reading are: written, assumed or confirmed.
    status: str
    reading: str
    reading_status: str
    state: ClockState
    stopped_at: datetime | None
    alerts: tuple[Warned, ...]
    #: What is allowed, in words; empty for the promise of an answer, whose time says it.
    allowed: str
    #: The arithmetic from start to due time, without a gap; empty where a person set the date.
    steps: tuple[Step, ...]
    others: tuple[Other, ...]

    @property
    def promise(self) -> timedelta:
        return self.due_at - self.started_at

    @property
    def is_running(self) -> bool:
        return self.state == ClockState.RUNNING

    @property
    def kept(self) -> bool:
        """Answered in time; the due instant itself still is."""
        return self.stopped_at is not None and not rules.is_late(
            due_at=self.due_at, now=self.stopped_at
        )


def crossed(clock: Clock) -> frozenset[Crossed]:
    """The steps of this clock that somebody was told of."""
    if clock.pk is None:
        return frozenset()
    return frozenset(Crossed(*row) for row in clock.steps.values_list("percent", "minutes_before"))


def most_urgent(conversation_id: int) -> Clock | None:
    """The running clock that falls due first: what the row shows."""
    return (
        Clock.objects.filter(conversation_id=conversation_id, state=ClockState.RUNNING)
        .order_by("due_at", "pk")
        .first()
    )


def running(conversation_id: int) -> list[Clock]:
    """Every clock of it that runs, the first to fall due first."""
    found = Clock.objects.filter(conversation_id=conversation_id, state=ClockState.RUNNING)
    return list(found.order_by("due_at", "pk"))


def first_of(clocks: Sequence[Clock]) -> Clock | None:
    """The same of clocks at hand."""
    running = [clock for clock in clocks if clock.state == ClockState.RUNNING]
    return min(running, key=lambda clock: (clock.due_at, clock.pk), default=None)


def open_of(conversation_id: int, kind: str) -> Clock | None:
    """The clock of this kind that is not over yet: it runs, or is held."""
    return (
        Clock.objects.filter(
            conversation_id=conversation_id,
            kind=kind,
            state__in=(ClockState.RUNNING, ClockState.HELD),
        )
        .select_related("conversation__brand", "policy")
        .order_by("-pk")
        .first()
    )


def newest_of(conversation_id: int, kind: str) -> Clock | None:
    """The last clock of this kind, whatever became of it."""
    found = Clock.objects.filter(conversation_id=conversation_id, kind=kind)
    return found.select_related("conversation__brand", "policy").order_by("-pk").first()


def why(conversation_id: int) -> Why | None:
    """The sum of what is most urgent; of the newest promise where nothing runs; None where none
    was ever made."""
    found = whys(conversation_id)
    return found[0] if found else None


def whys(conversation_id: int) -> tuple[Why, ...]:
    """The sums of the conversation's clocks: those that run by their due time, then those held,
    then those over, the newest first and no more than can be read."""
    order = {ClockState.RUNNING: 0, ClockState.HELD: 1}
    steps = models.Step.objects.filter(clock=OuterRef("pk"))
    over = Case(When(state__in=order, then=0), default=1)
    clocks = list(
        Clock.objects.filter(conversation_id=conversation_id)
        .select_related("policy", "calendar__brand")
        .annotate(crossed=ArraySubquery(steps.values(one=JSONObject(**_STEP))))
        .order_by(over, "-pk")[:_MOST_CLOCKS]
    )
    clocks.sort(
        key=lambda one: (
            place := order.get(ClockState(one.state), 2),
            one.due_at.timestamp() if place < 2 else -one.pk,
        )
    )
    return tuple(_why(one, one.crossed) for one in clocks)


#: What is kept of a step that was crossed.
_STEP = {"percent": "percent", "minutes_before": "minutes_before", "at": "at"}


def _why(clock: Clock, crossed: Iterable[Mapping[str, Any]]) -> Why:
    rulebook = policy.rulebook_of(clock.policy)
    kind = kinds.kind(clock.kind)
    return Why(
        kind=kind,
        started_at=clock.started_at,
        due_at=clock.due_at,
        soft_at=clock.soft_at,
        in_hours=clock.in_hours,
        opening_hours=_hours_of_the_day(clock.calendar, clock.started_at),
        clause=clock.clause,
        policy_version=clock.policy.number,
        policy_id=clock.policy_id,
        status=_status(rulebook, _rule_of(clock)),
        reading=clock.reading,
        reading_status=_status(rulebook, "four_hour_reading") if clock.reading else "",
        state=ClockState(clock.state),
        stopped_at=clock.stopped_at,
        alerts=_alerts(clock, scheduling.of(kind, rulebook), crossed),
        allowed=_allowed(clock, rulebook),
        steps=_steps(clock, rulebook),
        others=_others(clock, rulebook),
    )


def _rule_of(clock: Clock) -> str:
    if clock.kind == ClockKind.ACKNOWLEDGE:
        return "acknowledge.in_hours" if clock.in_hours else "acknowledge.out_of_hours"
    return kinds.kind(clock.kind).rule


def _steps(clock: Clock, rulebook: Rulebook) -> tuple[Step, ...]:
    """Worked out anew, and shown only if it still comes to the time that was stored: a sum that
    does not lead to its result explains nothing."""
    calendar = brands.calendar(clock.calendar_id).calendar
    if clock.kind == ClockKind.ACKNOWLEDGE:
        promise = replace(promise_of(rulebook), reading=Reading(clock.reading))
        deadline = rules.deadline(clock.started_at, promise, calendar)
        return deadline.steps if deadline.due_at == clock.due_at else ()
    kind = kinds.kind(clock.kind)
    if not kind.rule:
        return ()
    due, _ = scheduling.due(kind, rulebook, start_at=clock.started_at, calendar=calendar)
    return due.steps if due.due_at == clock.due_at else ()


def _allowed(clock: Clock, rulebook: Rulebook) -> str:
    kind = kinds.kind(clock.kind)
    if clock.kind == ClockKind.ACKNOWLEDGE:
        return ""
    if not kind.rule:
        return say("the date they were told")
    last = scheduling.same_day_last(rulebook)
    allowance = kinds.allowance_of(kind, rulebook.rule(kind.rule).value, same_day_last=last)
    return counting.in_words(allowance)


def _others(clock: Clock, rulebook: Rulebook) -> tuple[Other, ...]:
    if clock.kind != ClockKind.ACKNOWLEDGE:
        return ()
    calendar = brands.calendar(clock.calendar_id).calendar
    promise = promise_of(rulebook)
    return tuple(
        Other(
            reading.value,
            rules.deadline(clock.started_at, replace(promise, reading=reading), calendar).due_at,
        )
        for reading in Reading
        if reading != clock.reading
    )


def _alerts(
    clock: Clock, schedule: Schedule, crossed: Iterable[Mapping[str, Any]]
) -> tuple[Warned, ...]:
    given = {
        Crossed(one["percent"], one["minutes_before"]): datetime.fromisoformat(one["at"])
        for one in crossed
    }
    times = {"started_at": clock.started_at, "due_at": clock.due_at}
    return tuple(
        Warned(one.percent, kinds.step_at(one, **times), given.get(one), one.minutes_before)
        for one in kinds.steps(schedule, **times)
    )


def _hours_of_the_day(calendar: Calendar, at: datetime) -> str:
    """“09:00 to 17:30”: the ordinary hours of the weekday on which it came in."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    named = {name.lower(): spans for name, spans in calendar.hours.items()}
    spans = named.get(WEEKDAYS[local.weekday()].lower(), [])
    said = [say("%(begins)s to %(ends)s", begins=opens, ends=closes) for opens, closes in spans]
    return joined(said, ", ") or say("closed all day")


def to_look_at(*, now: datetime, limit: int) -> tuple[int, ...]:
    """Running clocks with a step behind them that nobody has recorded yet, oldest first."""
    return tuple(
        Clock.objects.filter(state=ClockState.RUNNING, look_at__lte=now)
        .order_by("look_at")
        .values_list("pk", flat=True)[:limit]
    )


def nearest_look() -> datetime | None:
    """When the next step of any running clock comes."""
    return (
        Clock.objects.filter(state=ClockState.RUNNING, look_at__isnull=False)
        .order_by("look_at")
        .values_list("look_at", flat=True)
        .first()
    )


def _status(rulebook: Rulebook, key: str) -> str:
    return rulebook.rule(key).status.value if key else ""


def oldest_due() -> datetime | None:
    """The earliest due time of any promise still open, late or not yet."""
    return (
        Clock.objects.filter(state=ClockState.RUNNING)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
