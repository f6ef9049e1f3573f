"""Who is at a conversation just now, in words; nothing of it lasts longer than a minute."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Doing(StrEnum):
    """What a screen says of the person before it."""

    LOOKING = "looking"
    PUBLIC = "public"
    PRIVATE = "private"
    NOTE = "note"

    @property
    def writes(self) -> bool:
        return self is not Doing.LOOKING


_WRITES = {
    Doing.PUBLIC: "writing a public reply",
    Doing.PRIVATE: "writing a private reply",
    Doing.NOTE: "writing a note",
}


@dataclass(frozen=True, slots=True)
class Here:
    """One person at one conversation; `since` when they began to do what they do."""

    person_id: int
    name: str
    doing: Doing
    since: datetime


def once_each(found: Iterable[Here]) -> tuple[Here, ...]:
    """One entry for each person: who has two screens open writes if either does."""
    best: dict[int, Here] = {}
    for one in found:
        had = best.get(one.person_id)
        if had is None or (one.doing.writes, one.since) > (had.doing.writes, had.since):
            best[one.person_id] = one
    return tuple(sorted(best.values(), key=lambda one: (not one.doing.writes, one.since, one.name)))


def words(here: Iterable[Here]) -> str:
    """“Ana is writing a public reply. Ben and Sam are looking.”; empty where nobody is."""
    sentences = []
    people = list(here)
    for doing, what in _WRITES.items():
        sentences += _sentence([one.name for one in people if one.doing is doing], what)
    looking = [one.name for one in people if one.doing is Doing.LOOKING]
    return " ".join(sentences + _sentence(looking, "looking"))


def _sentence(names: list[str], what: str) -> list[str]:
    if not names:
        return []
    if len(names) == 1:
        return [f"{names[0]} is {what}."]
    return [f"{', '.join(names[:-1])} and {names[-1]} are {what}."]
