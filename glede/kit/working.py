"""Working days: whole dates, for promises and laws that count in days and not in hours.

A day here runs from the first instant of a date in a zone to the first instant of the next, so it
lasts 23 or 25 hours where the clocks change. Whether a date is a working day does not depend on the
time of day. Law counts the working days of a country whatever a brand's hours are (`Weekdays`); a
promise “within two working days” counts the days on which the brand opens (`OpenDays`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from glede.kit.calendars import (
    Calendar,
    ClosedDay,
    HoursError,
    NeverOpensError,
    closed_name,
    own_spans,
    painted_day,
)
from glede.kit.clock import WEEKDAYS

__all__ = [
    "ENGLAND",
    "Days",
    "OpenDays",
    "Weekdays",
    "end_of_day",
    "first_instant",
    "local_date",
    "next_working",
    "nth_working",
    "same_date_later",
    "wall_instant",
]

_DAY = timedelta(days=1)
_INSTANT = timedelta.resolution
#: Where no working day comes in ten years, none will.
_SEARCHED = 3660


class Days(Protocol):
    """Which dates of a zone are working days."""

    @property
    def zone(self) -> ZoneInfo: ...

    def why_off(self, on: date) -> str:
        """Why `on` is no working day, in a word or two; empty when it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekdays:
    """Days of the week less the bank holidays of a subdivision and less listed days. A date in
    `worked` is a working day whatever else says."""

    zone: ZoneInfo
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Monday is 0, as in `date.weekday`."""
    bank_holidays: str | None = None
    closed_days: tuple[ClosedDay, ...] = ()
    worked: tuple[date, ...] = ()

    def why_off(self, on: date) -> str:
        if on in self.worked:
            return ""
        if name := closed_name(self.closed_days, self.bank_holidays, on):
            return name
        return "" if on.weekday() in self.weekdays else WEEKDAYS[on.weekday()]


#: What “working day” means in the laws and codes a desk in England serves: not Saturday, Sunday,
#: Good Friday, Christmas Day or a bank holiday (SI 2013/3028 regulation 1(3) says it in full).
ENGLAND = Weekdays(zone=ZoneInfo("Europe/London"), bank_holidays="ENG")


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The dates on which the calendar opens. The small hours of a span that opened the evening
    before do not make a date a working day."""

    calendar: Calendar

    @property
    def zone(self) -> ZoneInfo:
        return self.calendar.zone

    def why_off(self, on: date) -> str:
        pieces = painted_day(self.calendar, on)
        opened = [piece for piece in pieces if piece.is_open]
        if any(
            piece.start < own.end and own.start < piece.end
            for own in own_spans(self.calendar, on)
            for piece in opened
        ):
            return ""
        listed = closed_name(self.calendar.closed_days, self.calendar.bank_holidays, on)
        reasons = [one.reason for one in self.calendar.one_offs if one.on == on and not one.opens]
        return listed or (reasons[-1] if reasons else WEEKDAYS[on.weekday()])


def local_date(zone: ZoneInfo, at: datetime) -> date:
    return at.astimezone(zone).date()


def first_instant(zone: ZoneInfo, on: date) -> datetime:
    """UTC. Where the clocks skip midnight, the instant at which they do."""
    return datetime.combine(on, time(), zone).astimezone(UTC)


def wall_instant(zone: ZoneInfo, on: date, minutes: int) -> datetime:
    """UTC. When the clocks first show `minutes` after midnight on a date, or skip it."""
    return datetime.combine(on, time(*divmod(minutes, 60)), zone).astimezone(UTC)


def end_of_day(zone: ZoneInfo, on: date) -> datetime:
    """The last instant that still shows `on`, UTC: a deadline “on 5 January” is kept until then."""
    return first_instant(zone, on + _DAY) - _INSTANT


def next_working(days: Days, on: date) -> date:
    """`on` itself, or the first working day after it."""
    return next(_working_from(days, on))


def nth_working(days: Days, after: date, count: int) -> date:
    """The working day that is number `count`, counting from the day after `after`."""
    if count < 1:
        raise HoursError("Working days are counted from one.")
    following = _working_from(days, after + _DAY)
    for _ in range(count - 1):
        next(following)
    return next(following)


def same_date_later(on: date, months: int) -> date:
    """The same day of the month `months` later; the last one of a shorter month."""
    if months < 1:
        raise HoursError("Months are counted forwards, from one.")
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + (on.day - 1) * _DAY, following - _DAY)


def _working_from(days: Days, on: date) -> Iterator[date]:
    searched = 0
    while searched < _SEARCHED:
        if days.why_off(on):
            searched += 1
        else:
            searched = 0
            yield on
        on += _DAY
    raise NeverOpensError(f"There is no working day in the ten years before {on:%-d %B %Y}.")
