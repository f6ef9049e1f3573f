"""Who watches when, and where nobody does (clauses 3.1 and 6.7). Pure.

A shift is written in wall time and holds in instants. A gap is a stretch in which something is
missing at every instant: in hours somebody on duty, out of hours a check soon enough after whatever
comes in then.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from glede.desk.clocks import rules as clocks
from glede.desk.clocks.rules import Promise
from glede.kit import hours
from glede.kit.words import say

_DAY = timedelta(days=1)
_INSTANT = timedelta.resolution


class Duty(StrEnum):
    """What somebody does in a shift."""

    HOLDER = "holder"
    STAND_IN = "stand_in"  # named because nobody else of the Pod is there
    FIRST = "first"
    SECOND = "second"


#: In words, for screens and refusals.
WORDS = {
    Duty.HOLDER: "duty holder",
    Duty.STAND_IN: "stands in",
    Duty.FIRST: "on call, first",
    Duty.SECOND: "on call, second",
}
#: They are there the whole time; whoever is on call looks at the times of the checks.
THERE = frozenset({Duty.HOLDER, Duty.STAND_IN})


class BadShift(ValueError):  # noqa: N818 - reads as a sentence
    """A shift nobody could work: says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One shift as it is written down. One that ends no later than it starts ends the next day."""

    person_id: int
    #: None: every brand.
    brand_id: int | None
    duty: Duty
    on: date
    starts: time
    ends: time
    checks: tuple[time, ...] = ()
    note: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A stretch [from_at, until_at) in which somebody watches, and when they look if on call."""

    person_id: int
    brand_id: int | None
    duty: Duty
    from_at: datetime
    until_at: datetime
    checks: tuple[datetime, ...] = ()

    def covers(self, brand_id: int) -> bool:
        return self.brand_id in (None, brand_id)


def check(planned: Planned) -> None:
    """Raises `BadShift`."""
    if planned.duty in THERE:
        if planned.checks:
            raise BadShift(
                say("Whoever is on duty is there the whole time: leave the checks empty.")
            )
        return
    if not planned.checks:
        raise BadShift(say("Say at what times whoever is on call looks."))
    outside = [at for at in planned.checks if not _holds(planned, at)]
    if outside:
        raise BadShift(
            say("The check at %(time)s lies outside the shift.", time=f"{outside[0]:%H:%M}")
        )


def default_checks(planned: Planned, usual: Sequence[time]) -> tuple[time, ...]:
    """The usual times of a check that fall into the shift, in the order they come."""
    inside = [at for at in usual if _holds(planned, at)]
    return tuple(sorted(inside, key=lambda at: (at < planned.starts, at)))


def with_checks(planned: Planned, usual: Sequence[time]) -> Planned:
    """A shift on call for which nobody said when is looked at, at the usual times."""
    if planned.duty in THERE or planned.checks:
        return planned
    return replace(planned, checks=default_checks(planned, usual))


def _holds(planned: Planned, at: time) -> bool:
    if planned.starts < planned.ends:
        return planned.starts <= at < planned.ends
    return at >= planned.starts or at < planned.ends


def watch_of(planned: Planned, zone: tzinfo) -> Watch:
    """The instants of a shift. An hour that comes twice belongs to it both times; a time the clocks
    skip is read as if they had not yet moved."""
    nextday = planned.on + _DAY
    ends_on = planned.on if planned.starts < planned.ends else nextday
    return Watch(
        person_id=planned.person_id,
        brand_id=planned.brand_id,
        duty=planned.duty,
        from_at=_instant(planned.on, planned.starts, zone),
        until_at=max(_instant(ends_on, planned.ends, zone, fold=fold) for fold in (0, 1)),
        checks=tuple(
            sorted(
                _instant(planned.on if at >= planned.starts else nextday, at, zone)
                for at in planned.checks
            )
        ),
    )


def _instant(on: date, at: time, zone: tzinfo, *, fold: int = 0) -> datetime:
    return datetime.combine(on, at.replace(fold=fold), tzinfo=zone).astimezone(UTC)


def midnight(on: date, zone: tzinfo) -> datetime:
    """When a day begins."""
    return _instant(on, time(), zone)


def monday_of(on: date) -> date:
    return on - timedelta(days=on.weekday())


def copied(week: Iterable[Planned], *, by: timedelta) -> tuple[Planned, ...]:
    """The same pattern in another week, by the wall clock; notes were about their own day."""
    return tuple(replace(one, on=one.on + by, id=None, note="") for one in week)


def without(watch: Watch, away: Iterable[tuple[datetime, datetime]]) -> tuple[Watch, ...]:
    """What is left of a watch while its person is away."""
    left = [(watch.from_at, watch.until_at)]
    for gone, back in away:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, gone)), (max(start, back), end))
            if piece[0] < piece[1]
        ]
    return tuple(
        replace(
            watch,
            from_at=start,
            until_at=end,
            checks=tuple(at for at in watch.checks if start <= at < end),
        )
        for start, end in left
    )


# --- Where nobody is -------------------------------------------------------------------------


class Lack(StrEnum):
    IN_HOURS = "in_hours"
    OUT_OF_HOURS = "out_of_hours"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch [from_at, until_at) of a brand: in hours nobody is on duty; out of hours whatever
    comes in then falls due before anybody looks and has had time to answer."""

    brand_id: int
    lack: Lack
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The opening hours and the promise that hold for what comes in between two instants."""

    from_at: datetime
    until_at: datetime
    calendar: hours.Calendar
    promise: Promise


def in_hours_gaps(brand_id: int, held: Iterable[Held], watches: Iterable[Watch]) -> tuple[Gap, ...]:
    """Opening hours in which nobody is on duty for the brand."""
    there = _there(brand_id, watches)
    found = [
        Gap(brand_id, Lack.IN_HOURS, start, end)
        for one in held
        for opens, closes, is_open in stretches(one.calendar, one.from_at, one.until_at)
        if is_open
        for start, end in _free(opens, closes, there)
    ]
    return _joined(found)


def out_of_hours_gaps(
    brand_id: int, held: Iterable[Held], watches: Sequence[Watch], *, work: timedelta
) -> tuple[Gap, ...]:
    """Times out of hours at which a message without an automatic acknowledgement would be late.

    `work` is the time an answer takes once somebody looks. What comes at the very instant of a
    check is seen at the next one.
    """
    there = _there(brand_id, watches)
    looks = sorted(
        {at for watch in watches if watch.covers(brand_id) for at in watch.checks}
        | {start for start, _ in there}
    )
    found = [
        gap
        for one in held
        for closes, opens, is_open in stretches(one.calendar, one.from_at, one.until_at)
        if not is_open
        for start, end in _free(closes, opens, there)
        for gap in _late(brand_id, one, start, end, looks, work)
    ]
    return _joined(found)


def _late(
    brand_id: int,
    held: Held,
    start: datetime,
    end: datetime,
    looks: Sequence[datetime],
    work: timedelta,
) -> Iterator[Gap]:
    """Between two looks the first to come falls due first, so what is late comes before what is
    not."""
    at = start
    while at < end:
        index = bisect_right(looks, at)
        if index == len(looks):
            yield Gap(brand_id, Lack.OUT_OF_HOURS, at, end)
            return
        until, answered_at = min(end, looks[index]), looks[index] + work
        first_kept = _first_due_from(held, at, until, answered_at)
        if first_kept > at:
            yield Gap(brand_id, Lack.OUT_OF_HOURS, at, first_kept)
        at = until


def _first_due_from(held: Held, start: datetime, end: datetime, answered_at: datetime) -> datetime:
    """The first receipt in [start, end) that an answer at `answered_at` still keeps; else `end`."""
    if due_at(held, start) >= answered_at:
        return start
    if due_at(held, end - _INSTANT) < answered_at:
        return end
    late, kept = start, end - _INSTANT
    while kept - late > _INSTANT:
        middle = late + (kept - late) // 2
        late, kept = (late, middle) if due_at(held, middle) >= answered_at else (middle, kept)
    return kept


def due_at(held: Held, received_at: datetime) -> datetime:
    """As the live clock has it. Hours that never open give no due time, so nothing keeps it."""
    try:
        return clocks.deadline(received_at, held.promise, held.calendar).due_at
    except hours.NeverOpensError:
        return received_at


def stretches(
    calendar: hours.Calendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool]]:
    """[start, end) cut where the brand opens and closes."""
    at = start
    while at < end:
        is_open = hours.is_open(calendar, at)
        until = (_close(calendar, at) if is_open else _opening(calendar, at)) or end
        yield at, min(until, end), is_open
        at = min(until, end)


def _close(calendar: hours.Calendar, at: datetime) -> datetime | None:
    return hours.close_of(calendar, at)


def _opening(calendar: hours.Calendar, at: datetime) -> datetime | None:
    try:
        return hours.next_opening(calendar, at)
    except hours.NeverOpensError:
        return None


def _there(brand_id: int, watches: Iterable[Watch]) -> list[tuple[datetime, datetime]]:
    """Stretches in which somebody is on duty for the brand, joined and in order."""
    found: list[tuple[datetime, datetime]] = []
    spans = [(w.from_at, w.until_at) for w in watches if w.duty in THERE and w.covers(brand_id)]
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _free(
    start: datetime, end: datetime, taken: Iterable[tuple[datetime, datetime]]
) -> Iterator[tuple[datetime, datetime]]:
    """[start, end) without what is taken."""
    at = start
    for begins, ends in taken:
        if ends <= at:
            continue
        if begins >= end:
            break
        if at < begins:
            yield at, begins
        at = max(at, ends)
    if at < end:
        yield at, end


def _joined(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: gap.from_at):
        if found and gap.from_at <= found[-1].until_at:
            found[-1] = replace(found[-1], until_at=max(found[-1].until_at, gap.until_at))
        else:
            found.append(gap)
    return tuple(found)
