"""A version of the policy as the clocks need it: the promise it makes. Changes nothing."""

from datetime import timedelta

from django.utils.dateparse import parse_duration

from glede.desk.clocks import counting
from glede.desk.clocks.counting import Allowance, Elapsed
from glede.desk.clocks.rules import Promise, Reading
from glede.rulebook.policy.rules import Rulebook, RuleValue


class BadRule(ValueError):  # noqa: N818 - reads as a sentence
    """A rule of a policy version has a value the desk cannot run by."""


def promise_of(book: Rulebook, *, reading: Reading | None = None) -> Promise:
    """What this version promises, by its own reading unless another is given. Raises `NoRule`,
    `BadRule`."""
    inside, outside = book.rule("acknowledge.in_hours"), book.rule("acknowledge.out_of_hours")
    last = duration_of(book.rule("same_day.last"))
    return Promise(
        in_hours=_stated(inside, same_day_last=last),
        in_hours_clause=inside.clause,
        out_of_hours=_stated(outside, same_day_last=last),
        out_of_hours_clause=outside.clause,
        reading=reading or Reading(book.rule("four_hour_reading").value),
        soft_after_opening=duration_of(book.rule("soft.after_opening")),
    )


def allowance_of(rule: RuleValue, *, same_day_last: timedelta) -> Allowance:
    """A rule that allows time, however it is counted. Raises `BadRule`."""
    try:
        return counting.read(rule.value, same_day_last=same_day_last)
    except counting.AllowanceError as error:
        raise BadRule(f"The rule {rule.key} cannot be kept: {error}") from error


def _stated(rule: RuleValue, *, same_day_last: timedelta) -> timedelta | Allowance:
    """Plain hours are left to the reading; every other promise says itself how it is counted."""
    allowance = allowance_of(rule, same_day_last=same_day_last)
    return allowance.lasts if isinstance(allowance, Elapsed) else allowance


def duration_of(rule: RuleValue) -> timedelta:
    """A rule that is a length of time. Raises `BadRule`."""
    found = parse_duration(rule.value) if isinstance(rule.value, str) else None
    if found is None or found <= timedelta(0):
        raise BadRule(
            f"The rule {rule.key} is {rule.value!r}: it must be an ISO 8601 duration above zero."
        )
    return found
