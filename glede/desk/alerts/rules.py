"""Who is told of what, and in which words (clause 6.5: alerts)."""

from datetime import timedelta
from enum import StrEnum

from glede.rulebook.people.rules import Role


class Kind(StrEnum):
    NEW = "new"
    WARNING = "warning"
    BREACH = "breach"
    FAILED = "failed"
    CHANNEL = "channel"  # an account is silent, blind, lapsed or about to end
    URGENT = "urgent"  # words that call for a person at once
    AGREEMENT = "agreement"
    MENTION = "mention"  # a colleague named me in a note
    ROTA = "rota"  # nobody is there, or the evening is near
    POLICY = "policy"  # a review, an approval, an office or a reading is due


#: A mail server that did not take an e-mail is asked again after a while, so often at most.
MOST_MAIL_TRIES = 5
MAIL_AGAIN_AFTER = timedelta(minutes=10)


#: The rung of those who answer; where a rota stands, whoever has the brand now stands for them.
POD = frozenset({Role.ADVISOR})
#: Roles told at each step when the conversation has no owner, or beside them (clauses.md 6.5b):
#: the Pod first, then its lead, then the policy owner.
LADDER: dict[int, frozenset[Role]] = {
    50: POD,
    75: frozenset({Role.LEAD}),
    90: frozenset({Role.LEAD}),
    100: frozenset({Role.LEAD, Role.OWNER}),
}


def told(percent: int) -> frozenset[Role]:
    """Roles to tell at this step: those of the highest rung not above it."""
    reached = [rung for rung in LADDER if rung <= percent]
    return LADDER[max(reached)] if reached else frozenset()
