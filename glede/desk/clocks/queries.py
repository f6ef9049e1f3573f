"""Why an answer is due when it is: the arithmetic of a promise, and the alerts on its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from glede.desk.clocks import rules
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockState
from glede.kit.calendars import WEEKDAYS
from glede.rulebook.brands.models import Calendar
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import NoRule, Rulebook


@dataclass(frozen=True, slots=True)
class Warned:
    """One step of the alerts: when it comes, or when it was given."""

    percent: int
    at: datetime
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class Why:
    """The sum behind a due time, with its source for every figure."""

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


def why(conversation_id: int) -> Why | None:
    """The sum of the newest promise in this conversation; None where none was ever made."""
    clock = (
        Clock.objects.filter(enquiry__conversation_id=conversation_id)
        .select_related("policy", "calendar")
        .prefetch_related("steps")
        .order_by("-enquiry__number", "-pk")
        .first()
    )
    if clock is None:
        return None
    rulebook = _rulebook(clock.started_at)
    key = "acknowledge.in_hours" if clock.in_hours else "acknowledge.out_of_hours"
    return Why(
        started_at=clock.started_at,
        due_at=clock.due_at,
        soft_at=clock.soft_at,
        in_hours=clock.in_hours,
        opening_hours=_hours_of_the_day(clock.calendar, clock.started_at),
        clause=clock.clause,
        policy_version=clock.policy.number,
        policy_id=clock.policy_id,
        status=_status(rulebook, key),
        reading=clock.reading,
        reading_status=_status(rulebook, "four_hour_reading"),
        state=ClockState(clock.state),
        stopped_at=clock.stopped_at,
        alerts=_alerts(clock, _percents(rulebook)),
    )


def _alerts(clock: Clock, percents: tuple[int, ...]) -> tuple[Warned, ...]:
    given = {step.percent: step.at for step in clock.steps.all()}
    return tuple(
        Warned(
            percent=percent,
            at=rules.warn_at(received_at=clock.started_at, due_at=clock.due_at, percent=percent),
            given_at=given.get(percent),
        )
        for percent in (*sorted(percents), 100)
    )


def _hours_of_the_day(calendar: Calendar, at: datetime) -> str:
    """“09:00 to 17:30”: the ordinary hours of the weekday on which it came in."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    named = {name.lower(): spans for name, spans in calendar.hours.items()}
    spans = named.get(WEEKDAYS[local.weekday()].lower(), [])
    return ", ".join(f"{opens} to {closes}" for opens, closes in spans) or "closed all day"


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


def _rulebook(at: datetime) -> Rulebook | None:
    try:
        return policy.rulebook_at(at)
    except NoRule:
        return None


def _status(rulebook: Rulebook | None, key: str) -> str:
    return rulebook.rule(key).status.value if rulebook else ""


def _percents(rulebook: Rulebook | None) -> tuple[int, ...]:
    value = rulebook.rule("alert.steps").value if rulebook else []
    return tuple(int(percent) for percent in value)


def oldest_due() -> datetime | None:
    """The earliest due time of any promise still open, late or not yet."""
    return (
        Clock.objects.filter(state=ClockState.RUNNING)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
