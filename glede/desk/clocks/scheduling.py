"""When a clock of each kind warns, and when it runs out, by a version of the policy. Changes
nothing."""

from datetime import datetime, timedelta

from glede.desk.clocks import kinds
from glede.desk.clocks.counting import Due
from glede.desk.clocks.kinds import Kind, Schedule
from glede.desk.clocks.promising import duration_of
from glede.kit import hours
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook, RuleValue


def at(kind: str, policy_id: int) -> Schedule:
    """By the version that the clock was started under."""
    return of(kinds.kind(kind), policy.rulebook(policy_id))


def of(kind: Kind, book: Rulebook) -> Schedule:
    return Schedule(
        percents=tuple(book.rule(kind.steps).value) if kind.steps else (),
        before=tuple(
            duration_of(_one(book.rule(kind.reminders), each))
            for each in (book.rule(kind.reminders).value if kind.reminders else ())
        ),
    )


def _one(rule: RuleValue, value: str) -> RuleValue:
    return RuleValue(rule.key, value, rule.clause, rule.version, rule.version_id, rule.status)


def due(
    kind: Kind, book: Rulebook, *, start_at: datetime, calendar: hours.Calendar
) -> tuple[Due, RuleValue]:
    """When a clock of this kind that starts then runs out, and the rule that says so.

    Raises `NoRule`, `BadRule`, `counting.AllowanceError`.
    """
    rule = book.rule(kind.rule)
    last = same_day_last(book)
    found = kinds.due(kind, rule.value, start_at=start_at, calendar=calendar, same_day_last=last)
    return found, rule


def same_day_last(book: Rulebook) -> timedelta:
    return duration_of(book.rule("same_day.last"))
