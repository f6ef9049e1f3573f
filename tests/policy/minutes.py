"""The oracle: every due time found again by walking the minutes.

It knows the definitions and nothing of the engine: a minute is open when the wall clock of the
calendar's zone shows a time inside an open span, and time is counted by going through the minutes
of UTC one after the other. No tables, no arithmetic with spans, no steps. Only the first and the
last minute may be counted in part, so the answer is exact to the microsecond.
"""

import calendar as months
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from glede.kit import hours

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
INSTANT = timedelta.resolution
#: Whoever walks further has lost their way: the engine must then be at least as far.
FURTHEST = 60 * DAY


class TooFar(Exception):  # noqa: N818 - reads as a sentence
    """Nothing was found within the days that the oracle walks."""


class Minutes:
    """The open minutes of one calendar."""

    def __init__(self, of: hours.Calendar) -> None:
        self.of = of
        self._walls: dict[tuple[object, ...], bytearray] = {}
        self._days: dict[date, bytearray] = {}
        self._closed: dict[date, bool] = {}
        self._works: dict[date, bool] = {}
        self._walked: dict[tuple[datetime, timedelta], datetime] = {}

    # What the wall clock says.

    def closed_all_day(self, on: date) -> bool:
        if on not in self._closed:
            listed = [*self.of.closed_days]
            if self.of.bank_holidays is not None:
                listed += hours.bank_holidays(self.of.bank_holidays, [on.year])
            self._closed[on] = any(day.on == on for day in listed)
        return self._closed[on]

    def wall(self, on: date) -> bytearray:
        """1 for each of the 1,440 minutes of a wall-clock day that is open."""
        eve = on - DAY
        alike = (
            on.weekday(),
            self.closed_all_day(on),
            self.closed_all_day(eve),
            *(on if on in {one.on, one.on + DAY} else None for one in self.of.one_offs),
        )
        if alike not in self._walls:
            self._walls[alike] = self._marked(on)
        return self._walls[alike]

    def _marked(self, on: date) -> bytearray:
        """The minutes of the evening before and of the day itself, marked one span after another:
        first the week, then what was listed for single days, the later the stronger."""
        eve = on - DAY
        both = bytearray(4 * 1440)
        if not self.closed_all_day(on):
            for day, offset in ((eve, 0), (on, 1440)):
                for span in () if self.closed_all_day(day) else self.of.week[day.weekday()]:
                    for minute in range(offset + span.start, offset + span.end):
                        both[minute] = 1
        for day, offset in ((eve, 0), (on, 1440)):
            for one in self.of.one_offs:
                if one.on == day:
                    for minute in range(offset + one.span.start, offset + one.span.end):
                        both[minute] = one.opens
        return both[1440:2880]

    def works_on(self, on: date) -> bool:
        """Some minute of the date is open that a span of that very date covers."""
        if on not in self._works:
            own = [one.span for one in self.of.one_offs if one.on == on and one.opens]
            if not self.closed_all_day(on):
                own += self.of.week[on.weekday()]
            wall = self.wall(on)
            self._works[on] = any(
                wall[minute] for span in own for minute in range(span.start, min(span.end, 1440))
            )
        return self._works[on]

    # What UTC says.

    def is_open(self, minute: datetime) -> bool:
        """Whether the UTC minute that begins at `minute` is open."""
        return bool(self._day(minute.date())[minute.hour * 60 + minute.minute])

    def _day(self, on: date) -> bytearray:
        if on not in self._days:
            midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)
            found = bytearray()
            for quarter in range(96):
                begins = (midnight + quarter * QUARTER).astimezone(self.of.zone)
                # No zone changes its offset within a quarter of an hour.
                shows = begins.hour * 60 + begins.minute
                found += self.wall(begins.date())[shows : shows + 15]
            self._days[on] = found
        return self._days[on]

    # Walking.

    def first(self, at: datetime, *, is_open: bool) -> datetime:
        """The first minute from `at` on that is open, or that is not."""
        on, minute = at.date(), at.hour * 60 + at.minute
        for _ in range(FURTHEST.days):
            found = self._day(on).find(is_open, minute)
            if found >= 0:
                return datetime(on.year, on.month, on.day, tzinfo=UTC) + found * MINUTE
            on, minute = on + DAY, 0
        raise TooFar

    def open_time(self, start: datetime, lasts: timedelta) -> datetime:
        known = self._walked.get((start, lasts))
        if known is None:
            known = self.walk(start, lasts, lambda minute: self.first(minute, is_open=True))
            self._walked[start, lasts] = known
        return known

    def walk(
        self, start: datetime, lasts: timedelta, next_counted: Callable[[datetime], datetime]
    ) -> datetime:
        """When `lasts` has passed in minutes that count, each found from the one before."""
        minute = start.replace(second=0, microsecond=0)
        while lasts:
            minute = next_counted(minute)
            if minute > start + FURTHEST:
                raise TooFar
            begins = max(minute, start)
            if lasts <= minute + MINUTE - begins:
                return begins + lasts
            lasts -= minute + MINUTE - begins
            minute += MINUTE
        return start

    def next_open(self, at: datetime) -> datetime:
        return max(self.first(at, is_open=True), at)

    def day_closes(self, at: datetime) -> datetime:
        """The end of the working day that holds `at`. A break ends no day: as long as a stretch
        opened and closed on one date and something opens again on it, the day goes on."""
        while True:
            closes = self.first(at, is_open=False)
            on = self.date_of(closes - MINUTE)
            if not self._opened_on(on, closes - MINUTE):
                return closes
            again = closes
            while self.date_of(again) == on and not self.is_open(again):
                again += MINUTE
            if self.date_of(again) != on:
                return closes
            at = again

    def _opened_on(self, on: date, minute: datetime) -> bool:
        """Whether the stretch that holds `minute` began on that date."""
        while self.is_open(minute):
            if self.date_of(minute) != on:
                return False
            minute -= MINUTE
        return True

    def date_of(self, at: datetime) -> date:
        return at.astimezone(self.of.zone).date()


def day_ends(zone: ZoneInfo, on: date) -> datetime:
    """The last instant of a date: the quarters of an hour are gone through until they show the
    next one."""
    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    while at.astimezone(zone).date() <= on:
        at += QUARTER
    while at.astimezone(zone).date() > on:
        at -= QUARTER
    return at + QUARTER - INSTANT


def working_day(works: Callable[[date], bool], after: date, count: int) -> date:
    on = after
    while count:
        on += DAY
        if (on - after) > FURTHEST:
            raise TooFar
        count -= works(on)
    return on


def month_later(on: date, count: int) -> date:
    year, month = on.year, on.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(on.day, months.monthrange(year, month)[1]))
