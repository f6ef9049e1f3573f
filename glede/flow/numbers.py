"""The policy's numbers as the flow needs them: read at an instant, each with clause and version."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.dateparse import parse_duration

from glede.desk.clocks.rules import Promise, Reading
from glede.desk.conversations.actions_inbound import Limits
from glede.rulebook.policy import queries as policy


class BadRule(ValueError):  # noqa: N818 - reads as a sentence
    """A rule of the policy in force has a value the desk cannot run by."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What the policy in force at one instant says."""

    policy_id: int
    version: str
    promise: Promise
    percents: tuple[int, ...]
    limits: Limits
    #: Does an automatic acknowledgement answer what came in hours (clauses.md A3)?
    auto_counts_in_hours: bool


def duration(key: str, *, at: datetime) -> timedelta:
    """A rule that is a length of time. Raises `BadRule`, `policy.NoRule`."""
    return _duration(policy.rule(key, at=at))


def _duration(rule: policy.RuleValue) -> timedelta:
    found = parse_duration(rule.value) if isinstance(rule.value, str) else None
    if found is None or found <= timedelta(0):
        raise BadRule(
            f"The rule {rule.key} is {rule.value!r}: it must be an ISO 8601 duration above zero."
        )
    return found


def in_force(at: datetime) -> InForce:
    """The numbers that bind what is received at `at`. Raises `policy.NoRule`, `BadRule`."""
    book = policy.rulebook_at(at)
    inside, outside = book.rule("acknowledge.in_hours"), book.rule("acknowledge.out_of_hours")
    return InForce(
        policy_id=inside.version_id,
        version=inside.version,
        promise=Promise(
            in_hours=_duration(inside),
            in_hours_clause=inside.clause,
            out_of_hours=_duration(outside),
            out_of_hours_clause=outside.clause,
            reading=Reading(book.rule("four_hour_reading").value),
            soft_after_opening=_duration(book.rule("soft.after_opening")),
        ),
        percents=tuple(book.rule("alert.steps").value),
        limits=Limits(
            history_after=_duration(book.rule("history.after")),
            reopen_within=_duration(book.rule("reopen.within")),
            link_lasts=_duration(book.rule("link.lasts")),
        ),
        auto_counts_in_hours=book.rule("auto_ack_counts_in_hours").value is True,
    )
