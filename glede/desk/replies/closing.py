"""The public closing line of a matter that was settled in private (clause 6.3). Pure."""

from dataclasses import dataclass
from enum import StrEnum


class NoLine(StrEnum):
    """Why nothing is said in public."""

    ASKED = "they asked us not to"
    SHOWS = "it would show what was private"
    SAID = "it is said there already"
    GONE = "the post is gone or closed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A closing line that somebody is asked for."""

    id: int
    conversation_id: int
    name: str
    person_id: int
