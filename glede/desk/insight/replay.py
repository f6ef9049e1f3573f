"""Past traffic played again under another version or other opening hours. Pure.

Nothing about an enquiry changes but what was promised: it came when it came and we spoke when we
spoke. The due time is the live clock's own sum, and what stops it is the live clock's own rule.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from glede.desk.clocks import rules as clocks
from glede.desk.clocks.rules import Act, ActKind, ClockState, Promise
from glede.desk.insight import rules
from glede.desk.insight.period import ZONE
from glede.desk.insight.rules import Fact, Outcome, Tally
from glede.kit import hours
from glede.kit.hours import Calendar

_DAYS, _HOURS = 7, 24

#: Rows of a week (Monday first), columns of a day: how many fall into each hour.
type Grid = list[list[int]]


class Change(StrEnum):
    """How a rehearsed enquiry differs from the live one."""

    NOW_LATE = "now_late"
    NOW_KEPT = "now_kept"
    EARLIER = "earlier"
    LATER = "later"


class HoursFrom(StrEnum):
    """Which opening hours a rehearsal counts with."""

    RECEIPT = "receipt"
    VERSION = "version"
    DRAFTED = "drafted"


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Played(NamedTuple):
    """One enquiry as it was and as it would have been."""

    fact: Fact
    live: Outcome
    due_at: datetime
    outcome: Outcome
    clause: str
    #: Lies the due instant outside the opening hours it was counted with?
    outside_live: bool
    outside: bool

    @property
    def change(self) -> Change | None:
        if self.outcome is Outcome.BREACHED and self.live is not Outcome.BREACHED:
            return Change.NOW_LATE
        if self.live is Outcome.BREACHED and self.outcome is not Outcome.BREACHED:
            return Change.NOW_KEPT
        if self.due_at == self.fact.due_at:
            return None
        return Change.EARLIER if self.due_at < self.fact.due_at else Change.LATER


@dataclass(frozen=True, slots=True)
class Stage:
    """What the past is played against: which promise binds an enquiry, which hours it is counted
    with, and which hours were in force in life."""

    promise_for: Callable[[Fact], Promise]
    calendar_for: Callable[[Fact], Calendar]
    live_calendar_for: Callable[[Fact], Calendar]
    #: Does an automatic acknowledgement answer what came in hours (clauses.md A3)?
    auto_counts: Callable[[Fact], bool]


def play(fact: Fact, stage: Stage, *, now: datetime) -> Played:
    calendar = stage.calendar_for(fact)
    found = clocks.deadline(fact.received_at, stage.promise_for(fact), calendar)
    return Played(
        fact=fact,
        live=rules.outcome_of(fact, due_at=fact.due_at, now=now),
        due_at=found.due_at,
        outcome=rules.outcome_of(
            _answered(fact, found.in_hours, auto_counts=stage.auto_counts(fact)),
            due_at=found.due_at,
            now=now,
        ),
        clause=found.clause,
        outside_live=is_outside(stage.live_calendar_for(fact), fact.due_at),
        outside=is_outside(calendar, found.due_at),
    )


def _answered(fact: Fact, in_hours: bool, *, auto_counts: bool) -> Fact:
    """The fact as the live clock's own rule of what stops it would leave it. What a person closed
    or the author withdrew stays so; where nothing went out by itself nothing can differ."""
    if fact.automatic_at is None or fact.state not in (ClockState.RUNNING, ClockState.STOPPED):
        return fact
    by_person = fact.person_at if fact.automatic else fact.stopped_at
    acts = tuple(
        Act(kind=ActKind.REPLY, confirmed_at=at, visible_to_enquirer=True, automatic=automatic)
        for at, automatic in ((fact.automatic_at, True), (by_person, False))
    )
    at = clocks.stopped_at(acts, received_in_hours=in_hours, auto_counts_in_hours=auto_counts)
    state = ClockState.RUNNING if at is None else ClockState.STOPPED
    return fact._replace(state=state, stopped_at=at)


def is_outside(calendar: Calendar, due_at: datetime) -> bool:
    """Must somebody be there out of hours to meet it? An answer due at the closing instant can be
    given before the close, so the moment just before the due time decides."""
    return not hours.is_open(calendar, due_at - timedelta.resolution)


def _grid() -> Grid:
    return [[0] * _HOURS for _ in range(_DAYS)]


@dataclass(slots=True)
class Counts:
    """What a rehearsal found for one brand. The grids hold the hour of the week in which answers
    fall due; those counted apart need none and are left out of them."""

    live: Tally = field(default_factory=Tally)
    rehearsed: Tally = field(default_factory=Tally)
    changes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))
    due_live: Grid = field(default_factory=_grid)
    due: Grid = field(default_factory=_grid)
    outside_live: Grid = field(default_factory=_grid)
    outside: Grid = field(default_factory=_grid)

    def add(self, one: Played) -> None:
        self.live.add(one.live)
        self.rehearsed.add(one.outcome)
        if one.change is not None:
            self.changes[one.change] += 1
        if one.live in (Outcome.WITHDRAWN, Outcome.NOT_NEEDED):
            return
        for due_at, all_due, outside_due, outside in (
            (one.fact.due_at, self.due_live, self.outside_live, one.outside_live),
            (one.due_at, self.due, self.outside, one.outside),
        ):
            local = (due_at - timedelta.resolution).astimezone(ZONE)
            all_due[local.weekday()][local.hour] += 1
            outside_due[local.weekday()][local.hour] += outside

    def plus(self, other: "Counts") -> "Counts":
        return Counts(
            live=self.live.plus(other.live),
            rehearsed=self.rehearsed.plus(other.rehearsed),
            changes={name: self.changes[name] + other.changes[name] for name in self.changes},
            due_live=_sum(self.due_live, other.due_live),
            due=_sum(self.due, other.due),
            outside_live=_sum(self.outside_live, other.outside_live),
            outside=_sum(self.outside, other.outside),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "live": self.live.as_dict(),
            "rehearsed": self.rehearsed.as_dict(),
            "changes": {str(name): number for name, number in self.changes.items()},
            "due_live": self.due_live,
            "due": self.due,
            "outside_live": self.outside_live,
            "outside": self.outside,
        }


def counts_of(stored: dict[str, Any]) -> Counts:
    return Counts(
        **stored
        | {
            "live": Tally(**stored["live"]),
            "rehearsed": Tally(**stored["rehearsed"]),
            "changes": {Change(name): number for name, number in stored["changes"].items()},
        }
    )


def by_hour(grid: Grid) -> list[int]:
    """Every day of the week together."""
    return [sum(day[hour] for day in grid) for hour in range(_HOURS)]


def busy(grid: Grid) -> Iterator[tuple[int, int, int]]:
    """(weekday, hour, how many) where there is anything, in the order of the week."""
    for weekday, day in enumerate(grid):
        for hour, number in enumerate(day):
            if number:
                yield weekday, hour, number


def _sum(one: Grid, other: Grid) -> Grid:
    return [
        [a + b for a, b in zip(left, right, strict=True)]
        for left, right in zip(one, other, strict=True)
    ]
