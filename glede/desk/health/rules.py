"""Is an account well? Health is events seen, not flags set. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from glede.kit.words import Spoken

_HOUR = timedelta(hours=1)

#: A weekday and an hour of it on the wall: Monday 9 is (0, 9).
type Slot = tuple[int, int]


class Word(Spoken):
    """How an account is, in one word; the worst first."""

    LAPSED = "connect again"
    BLIND = "not heard"
    SILENT = "silent"
    LATE = "heard late"
    ENDING = "ends soon"
    UNCALLED = "does not call us"
    WELL = "well"
    NEW = "nothing heard yet"


@dataclass(frozen=True, slots=True)
class Hour:
    """What was heard in one hour."""

    at: datetime
    events: int


@dataclass(frozen=True, slots=True)
class Usual:
    """Events an hour by weekday and hour; `known` is false until a whole week was heard."""

    rates: Mapping[Slot, float]
    known: bool

    def at(self, moment: datetime, zone: tzinfo) -> float:
        return self.rates.get(slot(moment, zone), 0.0)


def slot(moment: datetime, zone: tzinfo) -> Slot:
    local = moment.astimezone(zone)
    return local.weekday(), local.hour


def usual(hours: Iterable[Hour], *, since: datetime, until: datetime, zone: tzinfo) -> Usual:
    """Learnt from the full hours between two times; each slot by how often it came round."""
    begin, end = _full(since), until.replace(minute=0, second=0, microsecond=0)
    came: Counter[Slot] = Counter()
    moment = begin
    while moment < end:
        came[slot(moment, zone)] += 1
        moment += _HOUR
    events: Counter[Slot] = Counter()
    for hour in hours:
        if begin <= hour.at < end:
            events[slot(hour.at, zone)] += hour.events
    rates = {one: count / came[one] for one, count in events.items()}
    return Usual(rates, known=end - begin >= timedelta(days=7))


def _full(moment: datetime) -> datetime:
    """The first full hour from then on."""
    down = moment.replace(minute=0, second=0, microsecond=0)
    return down if down == moment else down + _HOUR


def expected(known: Usual, *, since: datetime, until: datetime, zone: tzinfo) -> float:
    """How many events usually come between two times; of more than two weeks the last two."""
    moment, total = max(since, until - timedelta(days=14)), 0.0
    while moment < until:
        after = min(moment.replace(minute=0, second=0, microsecond=0) + _HOUR, until)
        total += known.at(moment, zone) * ((after - moment) / _HOUR)
        moment = after
    return total


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nothing came, and how much usually comes in that time."""

    since: datetime
    lasted: timedelta
    expected: float
    alarm: bool

    @property
    def chance(self) -> float:
        """How likely such a silence is where nothing is wrong, if events come independently."""
        return math.exp(-self.expected)


def silence(
    known: Usual,
    *,
    last_at: datetime,
    now: datetime,
    zone: tzinfo,
    after_events: float,
    after: timedelta,
) -> Silence:
    """Quiet for far longer than usual at these hours: nights and Sundays count for little."""
    lasted = max(now - last_at, timedelta())
    missed = expected(known, since=last_at, until=now, zone=zone)
    alarm = known.known and missed >= after_events and lasted >= after
    return Silence(last_at, lasted, missed, alarm)


def push_is_dead(by_way: Mapping[str, int], *, pushes: Sequence[str], least: int) -> bool:
    """Polls bring what a webhook or stream should have brought first, and it brings nothing."""
    if not pushes or any(by_way.get(way, 0) for way in pushes):
        return False
    return by_way.get("poll", 0) >= least


def warns_at(ends_at: datetime, now: datetime, days: Sequence[int]) -> int | None:
    """The nearest of these days before the end that has come; None while all are ahead."""
    left = ends_at - now
    reached = [day for day in days if left <= timedelta(days=day)]
    return min(reached, default=None)
