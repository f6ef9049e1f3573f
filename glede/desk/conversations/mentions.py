"""Colleagues named in an internal note (`@Sam`): who is meant, and where their name stands."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glede.kit.words import say

#: Before it stands no letter, so that an address (sam@example.org) names nobody.
_AT = re.compile(r"(?<![\w.])@(?=\w)")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who may be named: their id and their whole name."""

    id: int
    name: str

    @property
    def first(self) -> str:
        return self.name.split(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class Spot:
    """`text[start:end]` names this person, with the sign before it."""

    start: int
    end: int
    person: Named


class Unclear(ValueError):  # noqa: N818 - reads as a sentence
    """A first name that more than one colleague has."""


def spots(text: str, people: Sequence[Named]) -> list[Spot]:
    """Where colleagues are named, by their whole name or by a first name only one of them has.

    A name nobody has stays words. Raises `Unclear` where a first name could be several.
    """
    found = []
    for at in _AT.finditer(text):
        match = _named(text, at.end(), people)
        if match is not None:
            person, end = match
            found.append(Spot(at.start(), end, person))
    return found


def people_in(text: str, people: Sequence[Named]) -> tuple[Named, ...]:
    """Who is named, each once, in the order of the words. Raises `Unclear`."""
    return tuple(dict.fromkeys(spot.person for spot in spots(text, people)))


def _named(text: str, start: int, people: Sequence[Named]) -> tuple[Named, int] | None:
    whole = [one for one in people if _stands(text, start, one.name)]
    if whole:
        longest = max(whole, key=lambda one: len(one.name))
        namesakes = [one for one in whole if one.name.casefold() == longest.name.casefold()]
        if len(namesakes) > 1:
            raise Unclear(
                say(
                    "%(n)s colleagues are called %(longest)s. Tell them.",
                    n=len(namesakes),
                    longest=longest.name,
                )
            )
        return longest, start + len(longest.name)
    first = [one for one in people if _stands(text, start, one.first)]
    if len(first) > 1:
        names = _or(sorted(f"@{one.name}" for one in first))
        raise Unclear(
            say(
                "%(n)s colleagues are called %(first)s. Write %(names)s.",
                n=len(first),
                first=first[0].first,
                names=names,
            )
        )
    return (first[0], start + len(first[0].first)) if first else None


def _stands(text: str, start: int, name: str) -> bool:
    end = start + len(name)
    return text[start:end].casefold() == name.casefold() and not text[end : end + 1].isalnum()


def _or(names: Iterable[str]) -> str:
    *others, last = names
    return say("%(names)s or %(last)s", names=", ".join(others), last=last)
