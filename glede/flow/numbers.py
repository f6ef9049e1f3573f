"""The policy's numbers as the flow needs them: read at an instant, each with clause and version."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from glede.desk.clocks.promising import BadRule, duration_of, promise_of
from glede.desk.clocks.rules import Promise
from glede.desk.conversations.actions_inbound import Limits
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook, RuleValue

__all__ = ["BadRule", "InForce", "duration", "in_force", "length", "lengths"]


@dataclass(frozen=True, slots=True)
class InForce:
    """What the policy in force at one instant says."""

    policy_id: int
    version: str
    book: Rulebook
    promise: Promise
    percents: tuple[int, ...]
    limits: Limits
    #: Does an automatic acknowledgement answer what came in hours (clauses.md A3)?
    auto_counts_in_hours: bool


def duration(key: str, *, at: datetime) -> timedelta:
    """A rule that is a length of time. Raises `BadRule`, `policy.NoRule`."""
    return duration_of(policy.rule(key, at=at))


def length(rule: RuleValue) -> timedelta:
    """The same of a rule already looked up. Raises `BadRule`."""
    return duration_of(rule)


def lengths(rule: RuleValue) -> tuple[timedelta, ...]:
    """A rule that is a list of lengths of time. Raises `BadRule`."""
    return tuple(duration_of(replace(rule, value=one)) for one in rule.value)


def in_force(at: datetime) -> InForce:
    """The numbers that bind what is received at `at`. Raises `policy.NoRule`, `BadRule`."""
    book = policy.rulebook_at(at)
    return InForce(
        policy_id=book.version_id,
        version=book.version,
        book=book,
        promise=promise_of(book),
        percents=tuple(book.rule("alert.steps").value),
        limits=Limits(
            history_after=duration_of(book.rule("history.after")),
            reopen_within=duration_of(book.rule("reopen.within")),
            link_lasts=duration_of(book.rule("link.lasts")),
            praise=tuple(book.rule("not_needed.praise").value),
        ),
        auto_counts_in_hours=book.rule("auto_ack_counts_in_hours").value is True,
    )
