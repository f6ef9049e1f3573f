"""The values that say when a brand is open, and the one function that paints a day with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from zoneinfo import ZoneInfo

import holidays

from glede.kit.clock import WEEKDAYS
from glede.kit.words import joined, say

MINUTES_IN_DAY = 24 * 60

_DAY = timedelta(days=1)

_OPEN, _CLOSED = say("open"), say("closed")
_BEFORE, _AFTER = say("before opening"), say("after closing")
_BETWEEN = say("between opening hours")
#: As the package `holidays` calls those of this country; a name it has besides stays as it is.
_HOLIDAYS = {
    str(name): name
    for name in (
        say("New Year's Day"), say("New Year Holiday"), say("Good Friday"), say("Easter Monday"),
        say("May Day"), say("Spring Bank Holiday"), say("Late Summer Bank Holiday"),
        say("Summer Bank Holiday"), say("Saint Patrick's Day"), say("Battle of the Boyne"),
        say("Saint Andrew's Day"), say("Christmas Day"), say("Boxing Day"),
    )
}  # fmt: skip
_OBSERVED = " (observed)"


class HoursError(ValueError):
    """Opening hours were asked for something they cannot answer."""


class NaiveTimeError(HoursError):
    pass


class NeverOpensError(HoursError):
    pass


class OutsideCalendarError(HoursError):
    pass


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes after midnight; an end past 24:00 runs into the next day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < MINUTES_IN_DAY:
            raise HoursError(
                say(
                    "A span starts between 00:00 and 23:59, not at minute %(start)s.",
                    start=self.start,
                )
            )
        if not self.start < self.end <= self.start + MINUTES_IN_DAY:
            raise HoursError(say("A span ends after it starts and lasts a day at most."))


@dataclass(frozen=True, slots=True)
class ClosedDay:
    on: date
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class OneOff:
    """One opening or closure. Where two overlap the later date wins, then the later entry."""

    on: date
    span: Span
    opens: bool
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class OpenYear:
    """The open spans that touch one UTC year, sorted; a pure function of calendar and year."""

    starts: list[datetime]
    ends: list[datetime]
    day_ends: list[datetime]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A closed day loses every span that starts on it and the tail of the evening before; a one-off
    opening beats a closed day."""

    version: str
    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    """Seven days, Monday first; an empty day is closed."""
    bank_holidays: str | None = None
    """The subdivision of Great Britain ("ENG") whose bank holidays are closed days, every year."""
    closed_days: tuple[ClosedDay, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    tables: dict[int, OpenYear] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )
    """What kit.hours worked out for a year, kept because it can only come out the same again."""

    def __post_init__(self) -> None:
        if len(self.week) != len(WEEKDAYS):
            raise HoursError(
                say(
                    "A week has seven days; “%(version)s” was given %(n)s.",
                    version=self.version,
                    n=len(self.week),
                )
            )


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    is_open: bool
    why: str


def span(opens: str, closes: str) -> Span:
    """A closing time at or before the opening time lies on the next day."""
    start, end = _minutes(opens), _minutes(closes)
    if start == end:
        raise HoursError(
            say(
                "%(opens)s to %(closes)s is no time or a whole day; write 00:00 to 24:00.",
                opens=opens,
                closes=closes,
            )
        )
    return Span(start, end if end > start else end + MINUTES_IN_DAY)


def bank_holidays(subdivision: str, years: Iterable[int]) -> tuple[ClosedDay, ...]:
    return tuple(
        day
        for year in years
        for day in sorted(_bank_holidays(subdivision, year).values(), key=lambda day: day.on)
    )


def closed_name(listed: Iterable[ClosedDay], subdivision: str | None, on: date) -> str:
    """What the day is called that closes it all day; empty when nothing does."""
    for day in listed:
        if day.on == on:
            return day.name
    if subdivision:
        found = _bank_holidays(subdivision, on.year).get(on)
        return found.name if found else ""
    return ""


def _closed_name(calendar: Calendar, on: date) -> str:
    return closed_name(calendar.closed_days, calendar.bank_holidays, on)


def own_spans(calendar: Calendar, on: date) -> tuple[Span, ...]:
    """What would open on this date: its week's spans unless it is a closed day, and the one-off
    openings. A one-off closure may still close some or all of it."""
    week = () if _closed_name(calendar, on) else calendar.week[on.weekday()]
    return week + tuple(one.span for one in calendar.one_offs if one.on == on and one.opens)


def _painted(pieces: list[Piece], new: Piece) -> list[Piece]:
    kept = [new]
    for old in pieces:
        if old.start < new.start:
            kept.append(Piece(old.start, min(old.end, new.start), old.is_open, old.why))
        if old.end > new.end:
            kept.append(Piece(max(old.start, new.end), old.end, old.is_open, old.why))
    return sorted(kept, key=lambda piece: piece.start)


def _part(of: Span, *, tail: bool) -> tuple[int, int]:
    """The part of a span on the day it starts, or its tail on the day after (empty if none)."""
    return (0, of.end - MINUTES_IN_DAY) if tail else (of.start, min(of.end, MINUTES_IN_DAY))


def painted_day(calendar: Calendar, on: date) -> list[Piece]:
    """The wall-clock day from 00:00 to 24:00, every minute of it open or closed with a reason."""
    name, eve = _closed_name(calendar, on), on - _DAY
    pieces = [Piece(0, MINUTES_IN_DAY, False, name)]
    if not name:
        overnight = () if _closed_name(calendar, eve) else calendar.week[eve.weekday()]
        parts = [_part(of, tail=True) for of in overnight]
        parts += [_part(of, tail=False) for of in calendar.week[on.weekday()]]
        for start, end in parts:
            if start < end:
                pieces = _painted(pieces, Piece(start, end, True, _OPEN))
    for day in (eve, on):
        for one in calendar.one_offs:
            start, end = _part(one.span, tail=day == eve)
            if one.on == day and start < end:
                why = joined([_OPEN if one.opens else _CLOSED, one.reason], ": ")
                pieces = _painted(pieces, Piece(start, end, one.opens, why))
    return _worded(pieces, on)


def _worded(pieces: list[Piece], on: date) -> list[Piece]:
    reasoned = [piece for piece in pieces if piece.why]
    if not reasoned:
        return [Piece(0, MINUTES_IN_DAY, False, WEEKDAYS[on.weekday()])]
    first, last = reasoned[0], reasoned[-1]
    worded = []
    for piece in pieces:
        why = piece.why
        if not why and piece.end <= first.start:
            why = _BEFORE
        elif not why and piece.start >= last.end:
            why = _AFTER
        worded.append(Piece(piece.start, piece.end, piece.is_open, why or _BETWEEN))
    return worded


@lru_cache(maxsize=512)
def _bank_holidays(subdivision: str, year: int) -> Mapping[date, ClosedDay]:
    listed = holidays.country_holidays("GB", subdiv=subdivision, years=[year])
    if not listed:
        raise OutsideCalendarError(
            say(
                "No bank holidays are known for %(subdivision)s in %(year)s.",
                subdivision=subdivision,
                year=year,
            )
        )
    source = f"bank holidays of GB-{subdivision}, holidays {version('holidays')}"
    return {on: ClosedDay(on, _holiday(name), source) for on, name in listed.items()}


def _holiday(name: str) -> str:
    day = name.removesuffix(_OBSERVED)
    said = _HOLIDAYS.get(day, day)
    return say("%(day)s (observed)", day=said) if day != name else said


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):
        raise HoursError(say("“%(text)s” is not a time of day like 09:00.", text=text))
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > MINUTES_IN_DAY:
        raise HoursError(say("“%(text)s” is not a time of day; the last one is 24:00.", text=text))
    return total
