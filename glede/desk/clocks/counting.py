"""Every way in which a promise or a law allows time, and the one sum that turns it into an instant.

An `Allowance` says how time is counted; `due(start, allowance, calendar)` says when it runs out,
and its `steps` say why in words. Two calendars take part, and they are not the same thing: opening
hours (`kit.hours`) for what is counted in open time, working days (`kit.working`) for what is
counted in days. A brand's own promise counts the days on which the brand opens; a clock of the law
is given `days=working.ENGLAND`, whatever the brand's hours are.

A due instant is the last at which the promise is kept. What is due “on” a day is due at the last
instant of that day, so that printing it names the day.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from glede.kit import clock, hours, working
from glede.kit.hours import Step
from glede.kit.words import joined, say, say_many
from glede.kit.working import Days

_DAY = timedelta(days=1)
_INSTANT = timedelta.resolution
_NO_TIME = timedelta(0)


class Ends(StrEnum):
    """When the last day of a count is over."""

    MIDNIGHT = "midnight"
    CLOSE = "close"
    """The close of business on that day; midnight where nothing opens on it."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Every hour counts, by night and on holidays (legal 0: 4, 6, 10)."""

    lasts: timedelta


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Only the time in which the calendar is open counts."""

    lasts: timedelta


@dataclass(frozen=True, slots=True)
class NextOpeningPlus:
    """Open time from the next opening on, or from the start where it is open."""

    lasts: timedelta


@dataclass(frozen=True, slots=True)
class SkipHours:
    """Elapsed hours that leave out whole days which are no working days: 48 hours of
    SI 2013/3028 regulation 1(3)."""

    lasts: timedelta


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The day after the start is the first that can count."""

    count: int
    ends: Ends = Ends.MIDNIGHT


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """Days by the calendar, of which the one after the start is the first; `from_first_day` counts
    the day of the start itself. `rolls` to the next working day where the law says so."""

    count: int
    rolls: bool = False
    from_first_day: bool = False


@dataclass(frozen=True, slots=True)
class Months:
    """The same date of a later month, or its last day; rolls to the next working day (UK GDPR
    article 12(3) as the ICO counts it)."""

    count: int
    rolls: bool = True


@dataclass(frozen=True, slots=True)
class SameDay:
    """The close of business of the day. Received with no more than `last` to go until then, or out
    of hours: the close of the working day that begins next.

    A day that never closes, or whose close is more than a day away, ends at midnight.
    """

    last: timedelta


type Allowance = (
    Elapsed | OpenTime | NextOpeningPlus | SkipHours | WorkingDays | CalendarDays | Months | SameDay
)


class AllowanceError(ValueError):
    """The words of a rule name no time that could be allowed."""


@dataclass(frozen=True, slots=True)
class Due:
    """When the time is up, UTC, and why."""

    start_at: datetime
    due_at: datetime
    allowance: Allowance
    calendar: hours.Calendar = field(repr=False)
    days: Days = field(repr=False)

    @property
    def due_on(self) -> date:
        """The local date on which it falls due."""
        return working.local_date(self.days.zone, self.due_at)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The sum, worked out when someone asks why: from the start to the due time, no gap."""
        return _steps(self)


def due(
    start: datetime, allowance: Allowance, calendar: hours.Calendar, days: Days | None = None
) -> Due:
    """When `allowance` from `start` runs out. Without `days` the days on which `calendar` opens
    are its working days. Raises `hours.HoursError`, also for a start without a time zone."""
    if start.utcoffset() is None:
        raise hours.NaiveTimeError(f"{start.isoformat()} has no time zone, so it names no instant.")
    start, days = start.astimezone(UTC), days or working.OpenDays(calendar)
    return Due(start, _due_at(start, allowance, calendar, days), allowance, calendar, days)


def read(value: Any, *, same_day_last: timedelta) -> Allowance:
    """What a policy promises: `"PT4H"`, `{"working_days": 2}` until close of business, `"same_day"`
    and the forms of `read_law`. `same_day_last` is the rule `same_day.last`. Raises
    `AllowanceError`."""
    if value == "same_day":
        return SameDay(same_day_last)
    allowance = read_law(value)
    if isinstance(allowance, WorkingDays):
        return WorkingDays(allowance.count, Ends.CLOSE)
    return allowance


def read_law(value: Any) -> Allowance:
    """What a law allows: `"PT72H"`, `{"working_days": 5}` until midnight, `{"months": 1}`,
    `{"calendar_days": 30}`, `{"skipping": "PT48H"}`. Where sources differ on whether the day of
    receipt counts among the days, the earlier date is meant. Raises `AllowanceError`."""
    if isinstance(value, str):
        return Elapsed(_duration(value))
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, given),) = value.items()
        if kind == "skipping" and isinstance(given, str):
            return SkipHours(_duration(given))
        if isinstance(given, int) and not isinstance(given, bool) and given > 0:
            match kind:
                case "working_days":
                    return WorkingDays(given)
                case "calendar_days":
                    return CalendarDays(given, rolls=True, from_first_day=True)
                case "months":
                    return Months(given)
    raise AllowanceError(f"{value!r} allows no time the desk could count.")


def in_words(allowance: Allowance) -> str:
    """“4 hours”, “2 working days”: what is allowed, as it is read."""
    match allowance:
        case Elapsed(lasts):
            return _lasting(lasts)
        case OpenTime(lasts):
            return say("%(time)s of opening hours", time=_lasting(lasts))
        case NextOpeningPlus(lasts):
            return say("%(time)s of opening hours from the next opening", time=_lasting(lasts))
        case SkipHours(lasts):
            return say("%(time)s, leaving out days that are no working days", time=_lasting(lasts))
        case WorkingDays(count):
            return say_many("%(n)s working day", "%(n)s working days", count)
        case CalendarDays(count):
            return say_many("%(n)s day", "%(n)s days", count)
        case Months(count):
            return say_many("%(n)s month", "%(n)s months", count)
        case SameDay():
            return say("the same working day")


# The sum.


def _due_at(
    start: datetime, allowance: Allowance, calendar: hours.Calendar, days: Days
) -> datetime:
    match allowance:
        case Elapsed(lasts):
            return start + lasts
        case OpenTime(lasts):
            return hours.add_open_time(calendar, start, lasts)
        case NextOpeningPlus(lasts):
            return hours.add_open_time(calendar, hours.next_opening(calendar, start), lasts)
        case SkipHours(lasts):
            return _skipping(start, lasts, days)
        case WorkingDays(count, ends):
            on = working.nth_working(days, working.local_date(days.zone, start), count)
            return _end_of(on, ends, calendar, days)
        case CalendarDays() | Months():
            on = _counted_on(start, allowance, days)
            on = working.next_working(days, on) if allowance.rolls else on
            return working.end_of_day(days.zone, on)
        case SameDay(last):
            return _before_midnight(_same_day(start, last, calendar), calendar)


def _counted_on(start: datetime, allowance: CalendarDays | Months, days: Days) -> date:
    """The date the count itself arrives at, before it rolls."""
    received_on = working.local_date(days.zone, start)
    if isinstance(allowance, Months):
        return working.same_date_later(received_on, allowance.count)
    return received_on + (allowance.count - allowance.from_first_day) * _DAY


def _skipping(start: datetime, lasts: timedelta, days: Days) -> datetime:
    on, at, left = working.local_date(days.zone, start), start, lasts
    while True:
        ends = working.first_instant(days.zone, on + _DAY)
        if not days.why_off(on):
            if left <= ends - at:
                return at + left
            left -= ends - at
        else:
            on = working.next_working(days, on) - _DAY
        on += _DAY
        at = working.first_instant(days.zone, on)


def _end_of(on: date, ends: Ends, calendar: hours.Calendar, days: Days) -> datetime:
    midnight = working.end_of_day(days.zone, on)
    if ends is Ends.MIDNIGHT or working.OpenDays(calendar).why_off(on):
        return midnight
    # What the evening before left open is not this day's business.
    begins = min(one.start for one in hours.own_spans(calendar, on))
    opens = hours.next_opening(calendar, working.wall_instant(calendar.zone, on, begins))
    return _before_midnight(_close(calendar, opens), calendar)


def _same_day(start: datetime, last: timedelta, calendar: hours.Calendar) -> datetime:
    if hours.is_open(calendar, start):
        closes = _close(calendar, start)
        if closes - start > last:
            return closes
        start = closes
    return _close(calendar, hours.next_opening(calendar, start))


def _close(calendar: hours.Calendar, at: datetime) -> datetime:
    """The close of the working day that the open instant `at` falls in."""
    closes = hours.day_close_of(calendar, at)
    if closes is None or closes - at > _DAY:
        on = working.local_date(calendar.zone, at)
        return working.first_instant(calendar.zone, on + _DAY)
    return closes


def _before_midnight(closes: datetime, calendar: hours.Calendar) -> datetime:
    """24:00 is the next day's 00:00: the last instant of the day itself says what is meant."""
    on = working.local_date(calendar.zone, closes)
    return closes - _INSTANT if closes == working.first_instant(calendar.zone, on) else closes


# The words.


def _steps(of: Due) -> tuple[Step, ...]:
    match of.allowance:
        case Elapsed():
            return (Step(of.start_at, of.due_at, True, say("every hour counts")),)
        case OpenTime() | NextOpeningPlus():
            return hours.explain(of.calendar, of.start_at, of.due_at)
        case SkipHours():
            return _joined(_skip_steps(of))
        case WorkingDays(count):
            return _day_steps(of, count)
        case CalendarDays() | Months():
            return _rolled_steps(of, of.allowance)
        case SameDay():
            return _same_day_steps(of)


def _pieces(of: Due) -> list[tuple[date, datetime, datetime]]:
    """The stretch from start to due time cut at local midnights, each with its date."""
    on, from_at, found = working.local_date(of.days.zone, of.start_at), of.start_at, []
    while from_at <= of.due_at:
        to_at = min(working.first_instant(of.days.zone, on + _DAY), of.due_at)
        if to_at > from_at:
            found.append((on, from_at, to_at))
        if to_at == of.due_at:
            break
        on, from_at = on + _DAY, to_at
    return found


def _skip_steps(of: Due) -> list[Step]:
    steps = []
    for on, from_at, to_at in _pieces(of):
        off = of.days.why_off(on)
        why = (
            say("no working day: %(off)s", off=off)
            if off
            else say("every hour of a working day counts")
        )
        steps.append(Step(from_at, to_at, not off, why))
    return steps


def _day_steps(of: Due, count: int) -> tuple[Step, ...]:
    steps, counted = [], 0
    received_on = working.local_date(of.days.zone, of.start_at)
    for on, from_at, to_at in _pieces(of):
        if on == received_on:
            counts, why = False, say("the day it came in: counting starts the day after")
        elif off := of.days.why_off(on):
            counts, why = False, say("no working day: %(off)s", off=off)
        else:
            counts, counted = True, counted + 1
            why = say("working day %(n)s of %(all)s: %(day)s", n=counted, all=count, day=_named(on))
        steps.append(Step(from_at, to_at, counts, why))
    return _joined(steps)


def _rolled_steps(of: Due, allowance: CalendarDays | Months) -> tuple[Step, ...]:
    reached = _counted_on(of.start_at, allowance, of.days)
    ends = min(working.first_instant(of.days.zone, reached + _DAY), of.due_at)
    steps = [Step(of.start_at, ends, True, joined([in_words(allowance), _named(reached)], ": "))]
    for on, from_at, to_at in _pieces(of):
        if on > reached:
            off = of.days.why_off(on - _DAY)
            why = say(
                "%(day)s is no working day (%(off)s): on to the next",
                day=_named(on - _DAY),
                off=off,
            )
            steps.append(Step(from_at, to_at, False, why))
    return tuple(steps)


def _same_day_steps(of: Due) -> tuple[Step, ...]:
    closes = hours.is_open(of.calendar, of.start_at) and _close(of.calendar, of.start_at)
    if closes and _before_midnight(closes, of.calendar) == of.due_at:
        return (
            Step(of.start_at, of.due_at, True, say("until the close of business of the same day")),
        )
    if not closes:
        opens = hours.next_opening(of.calendar, of.start_at)
        why = say("received out of hours: the working day that begins next")
    else:
        opens = hours.next_opening(of.calendar, closes)
        why = say("received shortly before closing: the next working day")
    day = Step(opens, of.due_at, True, say("until the close of business of that day"))
    before = Step(of.start_at, opens, False, why)
    return (before, day) if opens > of.start_at else (day,)


def _joined(steps: list[Step]) -> tuple[Step, ...]:
    whole: list[Step] = []
    for step in steps:
        if whole and (whole[-1].counted, whole[-1].why) == (step.counted, step.why):
            whole[-1] = Step(whole[-1].from_at, step.to_at, step.counted, step.why)
        else:
            whole.append(step)
    return tuple(whole)


def _named(on: date) -> str:
    return joined([clock.weekday_words(on), clock.date_words(on)])


def _lasting(lasts: timedelta) -> str:
    minutes, seconds = divmod(int(lasts.total_seconds()), 60)
    whole, minutes = divmod(minutes, 60)
    parts = [
        say_many("%(n)s hour", "%(n)s hours", whole) if whole else "",
        say_many("%(n)s minute", "%(n)s minutes", minutes) if minutes else "",
        say_many("%(n)s second", "%(n)s seconds", seconds) if seconds else "",
    ]
    return joined(filter(None, parts)) or say("no time")


_ISO = re.compile(
    r"P(?=.)(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?)"
)


def _duration(text: str) -> timedelta:
    found = _ISO.fullmatch(text)
    lasts = timedelta(
        **{unit: int(number) for unit, number in found.groupdict().items() if number}
        if found
        else {}
    )
    if lasts <= _NO_TIME:
        raise AllowanceError(f"“{text}” is no length of time; write PT4H for 4 hours.")
    return lasts
