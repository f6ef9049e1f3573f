"""A version of the policy as the clocks need it: the promise it makes. Changes nothing."""

from datetime import timedelta

from django.utils.dateparse import parse_duration

from glede.desk.clocks.rules import Promise, Reading
from glede.rulebook.policy.rules import Rulebook, RuleValue


class BadRule(ValueError):  # noqa: N818 - reads as a sentence
    """A rule of a policy version has a value the desk cannot run by."""


def promise_of(book: Rulebook) -> Promise:
    """What this version promises. Raises `NoRule`, `BadRule`."""
    inside, outside = book.rule("acknowledge.in_hours"), book.rule("acknowledge.out_of_hours")
    return Promise(
        in_hours=duration_of(inside),
        in_hours_clause=inside.clause,
        out_of_hours=duration_of(outside),
        out_of_hours_clause=outside.clause,
        reading=Reading(book.rule("four_hour_reading").value),
        soft_after_opening=duration_of(book.rule("soft.after_opening")),
    )


def duration_of(rule: RuleValue) -> timedelta:
    """A rule that is a length of time. Raises `BadRule`."""
    found = parse_duration(rule.value) if isinstance(rule.value, str) else None
    if found is None or found <= timedelta(0):
        raise BadRule(
            f"The rule {rule.key} is {rule.value!r}: it must be an ISO 8601 duration above zero."
        )
    return found
