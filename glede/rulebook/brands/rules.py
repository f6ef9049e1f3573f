"""How a brand's stored opening hours become a calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from glede.kit.hours import Calendar, HoursError, OneOff, Span, span
from glede.kit.words import say

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Weekday -> list of [opens, closes]; a day without any is closed.
type Week = Mapping[str, Sequence[Sequence[str]]]

#: The policy speaks of working hours and does not say which (clauses 6.4 and 6.6): assumed until
#: the owner confirms or changes them.
ASSUMED_WEEK: Week = {day: [["09:00", "17:30"]] for day in DAYS[:5]}
ASSUMED_SOURCE = "assumed: the policy names no working hours (clauses 6.4, 6.6)"


@dataclass(frozen=True, slots=True)
class CalendarAt:
    """The calendar in force at an instant; `id` is what a clock keeps of it."""

    id: int
    version: int
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class OneOffDay:
    """Closed or open against the week on one day; without spans, all day."""

    on: date
    why: str
    source: str
    spans: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A calendar somebody means to publish: a change from `effective_at` on, or a correction of the
    calendar `corrects`, which starts when that one did."""

    brand_id: int
    week: Week
    effective_at: datetime | None = None
    corrects: int | None = None
    zone: str = "Europe/London"
    subdivision: str = "ENG"
    closed_on_bank_holidays: bool = True
    closures: tuple[OneOffDay, ...] = ()
    openings: tuple[OneOffDay, ...] = ()
    source: str = ""
    why: str = ""


def one_off_days(days: Sequence[Mapping[str, Any]]) -> tuple[OneOffDay, ...]:
    """What `stored` stored."""
    return tuple(
        OneOffDay(
            date.fromisoformat(day["on"]),
            day["why"],
            day["source"],
            tuple((opens, closes) for opens, closes in day["spans"]),
        )
        for day in days
    )


def planned(plan: Plan, *, name: str) -> Calendar:
    """The plan as a calendar that can be asked. Raises `HoursError`."""
    return Calendar(
        version=name,
        zone=zone(plan.zone),
        week=week(plan.week),
        bank_holidays=plan.subdivision if plan.closed_on_bank_holidays else None,
        one_offs=one_offs([stored(day) for day in plan.closures], opens=False)
        + one_offs([stored(day) for day in plan.openings], opens=True),
    )


def week(stored: Week) -> tuple[tuple[Span, ...], ...]:
    if strange := sorted(set(stored) - set(DAYS)):
        raise HoursError(
            say(
                "“%(strange)s” is no day of the week; write %(names)s.",
                strange=strange[0],
                names=", ".join(DAYS),
            )
        )
    return tuple(
        tuple(span(opens, closes) for opens, closes in stored.get(day, ())) for day in DAYS
    )


def stored(day: OneOffDay) -> dict[str, Any]:
    return {
        "on": day.on.isoformat(),
        "spans": [list(times) for times in day.spans],
        "why": day.why,
        "source": day.source,
    }


def one_offs(days: Sequence[Mapping[str, Any]], *, opens: bool) -> tuple[OneOff, ...]:
    return tuple(
        OneOff(date.fromisoformat(day["on"]), part, opens, day["why"], day["source"])
        for day in days
        for part in [span(*times) for times in day["spans"]] or [span("00:00", "24:00")]
    )


def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise HoursError(
            say("“%(name)s” is no time zone; one is Europe/London.", name=name)
        ) from error
