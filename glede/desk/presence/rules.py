"""Who is at a conversation just now, in words; nothing of it lasts longer than a minute."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.kit.words import joined, say, say_many


class Doing(StrEnum):
    """What a screen says of the person before it."""

    LOOKING = "looking"
    PUBLIC = "public"
    PRIVATE = "private"
    NOTE = "note"

    @property
    def writes(self) -> bool:
        return self is not Doing.LOOKING


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
    people = list(here)
    named = {doing: [one.name for one in people if one.doing is doing] for doing in Doing}
    writes = [doing for doing in Doing if doing.writes]
    return joined(_does(doing, named[doing]) for doing in (*writes, Doing.LOOKING) if named[doing])


def _does(doing: Doing, names: list[str]) -> str:
    who: str = names[0]
    if len(names) > 1:
        who = say("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])
    n = len(names)
    match doing:
        case Doing.PUBLIC:
            return say_many(
                "%(who)s is writing a public reply.",
                "%(who)s are writing a public reply.",
                n,
                who=who,
            )
        case Doing.PRIVATE:
            return say_many(
                "%(who)s is writing a private reply.",
                "%(who)s are writing a private reply.",
                n,
                who=who,
            )
        case Doing.NOTE:
            return say_many("%(who)s is writing a note.", "%(who)s are writing a note.", n, who=who)
        case Doing.LOOKING:
            return say_many("%(who)s is looking.", "%(who)s are looking.", n, who=who)
