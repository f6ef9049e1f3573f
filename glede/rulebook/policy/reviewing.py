"""The review cycle: what is due when, who is told, and how late a review is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Decision(StrEnum):
    """What a review ends with; both need reasons."""

    CHANGE = "change"
    NO_CHANGE = "no change"


@dataclass(frozen=True, slots=True)
class Cycle:
    """The numbers of the cycle, all in days; each is a rule of the policy."""

    before: tuple[int, ...]
    again_every: int
    escalates_after: int


@dataclass(frozen=True, slots=True)
class Step:
    """One reminder. `key` makes it this one and no other for a due date."""

    key: str
    escalates: bool = False


def steps(due_on: date, today: date, cycle: Cycle) -> tuple[Step, ...]:
    """The reminders that should have gone out by today: the newest one only, so that a desk that
    was switched off, or a policy years overdue, sends one message and not hundreds; and the
    escalation beside it once the time for that has come."""
    left = (due_on - today).days
    if left >= 0:
        reached = [days for days in cycle.before if left <= days]
        return (Step(f"{min(reached)} days before"),) if reached else ()
    late = -left
    found = [Step(f"overdue, week {(late - 1) // cycle.again_every + 1}")]
    if late >= cycle.escalates_after:
        found.append(Step("escalated", escalates=True))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a policy stands with its review on a day."""

    due_on: date | None
    today: date

    @property
    def days(self) -> int:
        """Days left; below zero when overdue."""
        return (self.due_on - self.today).days if self.due_on else 0

    @property
    def is_overdue(self) -> bool:
        return self.due_on is not None and self.today > self.due_on

    def is_near(self, days: Sequence[int]) -> bool:
        return self.due_on is not None and 0 <= self.days <= max(days, default=0)

    @property
    def late_words(self) -> str:
        """“2,581 days (7 years 24 days)”; within the first year the days alone."""
        if self.due_on is None or not self.is_overdue:
            return ""
        late = -self.days
        words = f"{late:,} day{'s' if late != 1 else ''}"
        years, rest = _years_and_days(self.due_on, self.today)
        if not years:
            return words
        said = f"{years} year{'s' if years != 1 else ''}"
        if rest:
            said += f" {rest} day{'s' if rest != 1 else ''}"
        return f"{words} ({said})"


def _years_and_days(since: date, until: date) -> tuple[int, int]:
    years = until.year - since.year
    if _anniversary(since, years) > until:
        years -= 1
    return years, (until - _anniversary(since, years)).days


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February in a common year
        return date(day.year + years, 3, 1)


#: What a reviewer looks at; each line is answered or the review is not finished.
CHECKLIST = (
    ("law", "The law and guidance it names are still the law"),
    ("bodies", "The organisations it names still exist by that name"),
    ("documents", "The documents it leans on exist, are named rightly and are in date"),
    ("roles", "The offices it names exist and somebody holds them"),
    ("promises", "Its promises were kept, or the figures say why not"),
    ("questions", "Its open questions are answered"),
    ("incidents", "What incidents, complaints and near misses taught us is in it"),
)
