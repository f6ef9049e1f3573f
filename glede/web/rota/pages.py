"""What the pages of the rota show, worked out from the shifts and the gaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from glede.desk.rota import queries, rules
from glede.desk.rota.queries import Shift
from glede.desk.rota.rules import Duty, Gap, Lack
from glede.flow.rota import SAYS
from glede.kit import clock
from glede.kit.words import joined, say
from glede.rulebook.brands import queries as brands

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
#: The width of a day in the small drawings.
DAY_WIDE = 1440


@dataclass(frozen=True, slots=True)
class Entry:
    """One shift as a cell holds it; `x` and `wide` are minutes of the day it is drawn in."""

    id: int
    person: str
    #: The day it begins, in words.
    day: str
    times: str
    duty: str
    there: bool
    brand: str
    looks: str
    note: str
    is_now: bool
    over: bool
    x: int
    wide: int
    ticks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """One gap in words."""

    brand: str
    says: str
    stretch: str
    in_hours: bool


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    name: str
    is_today: bool
    #: Where the line of the present stands; None on every other day.
    now_x: int | None
    entries: tuple[Entry, ...]
    #: What is left in the morning of shifts that began the day before.
    tails: tuple[Entry, ...]
    gaps: tuple[Missing, ...]

    @property
    def drawn(self) -> tuple[Entry, ...]:
        return (*self.tails, *self.entries)


@dataclass(frozen=True, slots=True)
class Cell:
    """One person's day: the shifts that begin in it, and all that is drawn of it."""

    day: Day
    entries: tuple[Entry, ...]
    drawn: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Row:
    person: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    is_planned: bool

    @property
    def before(self) -> date:
        return self.monday - _WEEK

    @property
    def after(self) -> date:
        return self.monday + _WEEK

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


def monday_asked(asked: str, *, now: datetime) -> date:
    """The week somebody asked for, or the present one where that names none."""
    try:
        return rules.monday_of(date.fromisoformat(asked))
    except ValueError:
        return rules.monday_of(now.astimezone(queries.zone()).date())


def week(monday: date, *, now: datetime) -> Week:
    here = queries.zone()
    before = [row for row in queries.week(monday - _WEEK) if row.on == monday - _DAY]
    shifts = [*before, *queries.week(monday)]
    start, end = rules.midnight(monday, here), rules.midnight(monday + _WEEK, here)
    ahead = queries.gaps(max(start, now), end, now=now) if now < end and queries.exists() else []
    told = list(zip(ahead, missing(ahead, now=now), strict=True))
    today = now.astimezone(here).date()
    days = tuple(
        _day(monday + timedelta(days=number), shifts, told, today=today, now=now)
        for number in range(7)
    )
    people = {one.person for day in days for one in day.drawn}
    rows = tuple(
        Row(name, tuple(_cell(day, name) for day in days))
        for name in sorted(people, key=str.casefold)
    )
    return Week(monday, days, rows, is_planned=queries.version_of(monday) > 0)


def _cell(day: Day, person: str) -> Cell:
    return Cell(
        day,
        entries=tuple(one for one in day.entries if one.person == person),
        drawn=tuple(one for one in day.drawn if one.person == person),
    )


def _day(
    on: date,
    shifts: Sequence[Shift],
    gaps: Sequence[tuple[Gap, Missing]],
    *,
    today: date,
    now: datetime,
) -> Day:
    here = queries.zone()
    begins, ends = rules.midnight(on, here), rules.midnight(on + timedelta(days=1), here)
    return Day(
        on=on,
        name=clock.day_words(begins, here),
        is_today=on == today,
        now_x=_minutes(begins, now) if on == today else None,
        entries=tuple(entry(row, now=now) for row in shifts if row.on == on),
        tails=tuple(
            entry(row, now=now, on=on)
            for row in shifts
            if row.on == on - _DAY and row.until_at > begins
        ),
        gaps=tuple(one for gap, one in gaps if begins <= gap.from_at < ends),
    )


def entry(row: Shift, *, now: datetime, on: date | None = None) -> Entry:
    """A shift in words, drawn in the day it begins or in the one that is asked for."""
    duty, day = Duty(row.duty), on or row.on
    begins, ends = (rules.midnight(one, queries.zone()) for one in (day, day + _DAY))
    x = _minutes(begins, row.from_at)
    ticks = rules.watch_of(queries.planned(row), queries.zone()).checks
    overnight = "" if row.starts < row.ends else say(" next day")
    return Entry(
        id=row.pk,
        person=row.person.name,
        day=clock.day_words(row.from_at, queries.zone()),
        times=joined([f"{row.starts:%H:%M}–{row.ends:%H:%M}", overnight], ""),
        duty=rules.WORDS[duty],
        there=duty in rules.THERE,
        brand=row.brand.name if row.brand else say("every brand"),
        looks=", ".join(row.checks),
        note=row.note,
        is_now=row.from_at <= now < row.until_at,
        over=row.until_at <= now,
        x=x,
        wide=max(_minutes(begins, row.until_at) - x, 1),
        ticks=tuple(_minutes(begins, tick) for tick in ticks if begins <= tick < ends),
    )


def _minutes(begins: datetime, at: datetime) -> int:
    return min(max((at - begins) // _MINUTE, 0), DAY_WIDE)


def missing(gaps: Iterable[Gap], *, now: datetime) -> tuple[Missing, ...]:
    names = {one.pk: one.name for one in brands.all_brands(archived=True)}
    return tuple(_missing(gap, names[gap.brand_id], now) for gap in gaps)


def _missing(gap: Gap, brand: str, now: datetime) -> Missing:
    here = queries.zone()
    return Missing(
        brand=brand,
        says=SAYS[gap.lack],
        stretch=say(
            "%(begins)s to %(ends)s",
            begins=clock.when_words(gap.from_at, now, here),
            ends=clock.when_words(gap.until_at, gap.from_at, here),
        ),
        in_hours=gap.lack is Lack.IN_HOURS,
    )
