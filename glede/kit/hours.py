"""Opening hours: is it open, when does it open, how much open time lies between. Pure arithmetic.

One sentence defines everything here: an instant is open when the wall clock of the calendar's zone
shows, at that instant, a time inside an open span. So an hour that the clocks skip is never counted
and an hour that they repeat counts twice. Every span is half-open: it holds its start, not its end.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from glede.kit.calendars import (
    Calendar,
    ClosedDay,
    HoursError,
    NaiveTimeError,
    NeverOpensError,
    OneOff,
    OpenYear,
    OutsideCalendarError,
    Span,
    bank_holidays,
    own_spans,
    painted_day,
    span,
)

__all__ = [
    "Calendar",
    "ClosedDay",
    "HoursError",
    "NaiveTimeError",
    "NeverOpensError",
    "OneOff",
    "OutsideCalendarError",
    "Span",
    "Step",
    "add_open_time",
    "bank_holidays",
    "close_of",
    "day_close_of",
    "explain",
    "is_open",
    "next_opening",
    "open_time_between",
    "own_spans",
    "span",
]

# Bank holidays have their present form since the Banking and Financial Dealings Act 1971, and the
# holiday package lists none after 2100.
FIRST_YEAR, LAST_YEAR = 1972, 2099

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta.resolution
_NO_TIME = timedelta(0)
# A year's table looks this far over both its edges, so that the spans which touch it are whole.
_OVERLAP = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of a deadline's arithmetic, [from_at, to_at), in words for “why this one”."""

    from_at: datetime
    to_at: datetime
    counted: bool
    why: str


def is_open(calendar: Calendar, at: datetime) -> bool:
    at = _utc(at)
    year = _year(calendar, at.year)
    index = bisect_right(year.starts, at) - 1
    return index >= 0 and at < year.ends[index]


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The first open instant from `at` on: `at` itself when it is open."""
    return next(_open_from(calendar, _utc(at)))[0]


def close_of(calendar: Calendar, at: datetime) -> datetime | None:
    """The end of the open span that holds `at`; None when it never closes."""
    at = _utc(at)
    year, index = _holding(calendar, at)
    return _followed(calendar, at, year, year.ends[index])


def day_close_of(calendar: Calendar, at: datetime) -> datetime | None:
    """The last closing of the working day that `at` falls in: a lunch break does not end the day,
    and a span over midnight belongs to the day on which it opened."""
    at = _utc(at)
    year, index = _holding(calendar, at)
    return _followed(calendar, at, year, year.day_ends[index])


def add_open_time(calendar: Calendar, at: datetime, duration: timedelta) -> datetime:
    """The earliest instant by which `duration` of open time has passed since `at`."""
    at = _utc(at)
    if duration < _NO_TIME:
        raise HoursError("Open time is counted forwards; the duration is negative.")
    if not duration:
        return at
    year = _year(calendar, at.year)
    index = bisect_right(year.ends, at)
    if index < len(year.ends):
        # Nearly every promise fits into the span that is open now or opens next.
        begins = max(at, year.starts[index])
        if duration <= year.ends[index] - begins:
            return begins + duration
    spans, left = _open_from(calendar, at), duration
    while True:
        begins, ends = next(spans)
        if left <= ends - begins:
            return begins + left
        left -= ends - begins


def open_time_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    start, end = _utc(start), _utc(end)
    if end < start:
        raise HoursError("Open time is counted forwards; the end lies before the start.")
    total = _NO_TIME
    for number in range(start.year, end.year + 1):
        for opens, closes in _open_in(calendar, number, start, end):
            total += closes - opens
    return total


def explain(calendar: Calendar, start: datetime, end: datetime) -> tuple[Step, ...]:
    """Why each stretch from `start` to `end` is counted as open time or not."""
    steps: list[Step] = []
    for step in _stretches(calendar, _utc(start), _utc(end)):
        last = steps[-1] if steps else None
        if last and (last.counted, last.why) == (step.counted, step.why):
            steps[-1] = Step(last.from_at, step.to_at, step.counted, step.why)
        else:
            steps.append(step)
    return tuple(steps)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise NaiveTimeError(f"{at.isoformat()} has no time zone, so it names no instant.")
    return at.astimezone(UTC)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or _NO_TIME


def _periods(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """[start, end) cut where the zone changes its offset from UTC."""
    begins, at = start, start
    while at < end:
        following, offset = min(at + _DAY, end), _offset(zone, at)
        if _offset(zone, following) == offset:
            at = following
            continue
        before, after = at, following
        while after - before > _INSTANT:
            middle = before + (after - before) // 2
            before, after = (middle, after) if _offset(zone, middle) == offset else (before, middle)
        yield begins, after, offset
        begins = at = after
    if begins < end:
        yield begins, end, _offset(zone, begins)


def _stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Step]:
    """The one place where wall time becomes UTC; tables and explanations both come from it."""
    for begins, ends, offset in _periods(calendar.zone, start, end):
        midnight = (begins + offset).replace(hour=0, minute=0, second=0, microsecond=0) - offset
        while midnight < ends:
            for piece in painted_day(calendar, (midnight + offset).date()):
                from_at = max(begins, midnight + piece.start * _MINUTE)
                to_at = min(ends, midnight + piece.end * _MINUTE)
                if from_at < to_at:
                    yield Step(from_at, to_at, piece.is_open, piece.why)
            midnight += _DAY


def _year(calendar: Calendar, number: int) -> OpenYear:
    # Kept on the calendar and never changed: two threads that race build the same table twice.
    known = calendar.tables.get(number)
    if known is None:
        known = calendar.tables[number] = _built(calendar, number)
    return known


def _built(calendar: Calendar, number: int) -> OpenYear:
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise OutsideCalendarError(
            f"Opening hours are known for {FIRST_YEAR} to {LAST_YEAR}, not for {number}."
        )
    begins = datetime(number, 1, 1, tzinfo=UTC) - _OVERLAP
    until = datetime(number + 1, 1, 1, tzinfo=UTC) + _OVERLAP
    starts: list[datetime] = []
    ends: list[datetime] = []
    for step in _stretches(calendar, begins, until):
        if not step.counted:
            continue
        if ends and ends[-1] == step.from_at:
            ends[-1] = step.to_at
        else:
            starts.append(step.from_at)
            ends.append(step.to_at)
    day_ends = ends.copy()
    for index in range(len(ends) - 2, -1, -1):
        opened_on = starts[index].astimezone(calendar.zone).date()
        closes_on = (ends[index] - _INSTANT).astimezone(calendar.zone).date()
        if opened_on == closes_on == starts[index + 1].astimezone(calendar.zone).date():
            day_ends[index] = day_ends[index + 1]
    return OpenYear(starts, ends, day_ends, until)


def _horizon(calendar: Calendar, at: datetime) -> int:
    """The year from which on nothing but the week and the bank holidays decides, and one more: a
    calendar that is closed (or open) throughout that year is so for ever."""
    listed = [day.on.year for day in calendar.closed_days] + [
        one.on.year for one in calendar.one_offs
    ]
    return max([at.year, *listed]) + 1


def _holding(calendar: Calendar, at: datetime) -> tuple[OpenYear, int]:
    year = _year(calendar, at.year)
    index = bisect_right(year.starts, at) - 1
    if index < 0 or at >= year.ends[index]:
        raise HoursError(f"{at.isoformat()} lies outside the opening hours “{calendar.version}”.")
    return year, index


def _followed(calendar: Calendar, at: datetime, year: OpenYear, end: datetime) -> datetime | None:
    """The true end of a span that a year's table may have cut off at its edge."""
    if end != year.until:
        return end
    horizon = _horizon(calendar, at)
    while end == year.until and is_open(calendar, end):
        if end.year > horizon:
            return None
        year, index = _holding(calendar, end)
        end = year.ends[index]
    return end


def _open_in(
    calendar: Calendar, number: int, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Open spans within one UTC year, cut to [start, end) and to the year."""
    year = _year(calendar, number)
    start = max(start, datetime(number, 1, 1, tzinfo=UTC))
    end = min(end, datetime(number + 1, 1, 1, tzinfo=UTC))
    index = max(bisect_right(year.starts, start) - 1, 0)
    while index < len(year.starts) and year.starts[index] < end:
        if year.ends[index] > start:
            yield max(year.starts[index], start), min(year.ends[index], end)
        index += 1


def _open_from(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    number, found = at.year, True
    while found or number <= _horizon(calendar, at):
        found = False
        for opens, closes in _open_in(calendar, number, at, datetime(number + 1, 1, 1, tzinfo=UTC)):
            found = True
            yield opens, closes
        number += 1
    raise NeverOpensError(f"The calendar “{calendar.version}” never opens after {at.isoformat()}.")
