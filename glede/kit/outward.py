"""What somebody else's machine said to a message of ours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Answered(StrEnum):
    TAKEN = "taken"
    LATER = "later"  # not now: ask again, not before `Answer.at`
    GONE = "gone"  # there is nobody at this address any more
    REFUSED = "refused"  # it would say the same again


@dataclass(frozen=True, slots=True)
class Answer:
    """`says` is a few words for a log: never an address, a key or what was sent."""

    answered: Answered
    says: str
    at: datetime | None = None
