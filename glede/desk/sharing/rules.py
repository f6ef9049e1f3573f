"""Who gets what comes in: rules in an order, and the choice among those who are there. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from glede.kit.words import say

#: What a rule for words takes at most; each is looked for as whole words.
MOST_PHRASES = 20


class To(StrEnum):
    """Whom a rule gives to; the words stand in the form."""

    PERSON = "person"
    DUTY = "duty"
    SKILL = "skill"


TO_WORDS = {
    To.PERSON: say("one person"),
    To.DUTY: say("whoever is on duty by the rota"),
    To.SKILL: say("those with a skill"),
}


class Way(StrEnum):
    """How one of several is chosen."""

    ROUND = "round"
    LEAST = "least"


WAY_WORDS = {Way.ROUND: say("each in turn"), Way.LEAST: say("whoever has least to do")}


class Kind(StrEnum):
    ANY = ""
    PUBLIC = "public"
    PRIVATE = "private"


class BadRule(ValueError):  # noqa: N818 - reads as a sentence
    """A rule that could give to nobody, or that nobody could read; says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOf:
    """One rule; an empty part matches everything."""

    id: int
    brand_id: int | None = None
    platform: str = ""
    language: str = ""
    label_id: int | None = None
    kind: Kind = Kind.ANY
    #: Any of these in the first message; folded, whole words.
    phrases: tuple[str, ...] = ()
    to: To = To.DUTY
    person_id: int | None = None
    skill: str = ""
    way: Way = Way.ROUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A conversation that looks for an owner."""

    brand_id: int
    platform: str
    language: str
    labels: tuple[int, ...]
    private: bool
    words: str


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has: open conversations, and how many of them fall due soon."""

    open: int = 0
    soon: int = 0

    @property
    def weight(self) -> int:
        """What is due soon counts twice: it is in somebody's hands now."""
        return self.open + self.soon


NOTHING = Load()


def phrases(text: str) -> tuple[str, ...]:
    """Phrases as they are kept: one a line or between commas. Raises `BadRule` for too many."""
    found = [" ".join(one.split()).casefold() for one in re.split(r"[,\n]", text)]
    kept = tuple(dict.fromkeys(one for one in found if one))
    if len(kept) > MOST_PHRASES:
        raise BadRule(say("A rule looks for %(most)s phrases at most.", most=MOST_PHRASES))
    return kept


def matches(rule: RuleOf, one: Arrived) -> bool:
    """Does this rule speak of it? A language matches by its primary part: “en” takes “en-GB”."""
    return (
        rule.brand_id in (None, one.brand_id)
        and rule.platform in ("", one.platform)
        and rule.language in ("", one.language.partition("-")[0].lower())
        and (rule.label_id is None or rule.label_id in one.labels)
        and (rule.kind is Kind.ANY or (rule.kind is Kind.PRIVATE) == one.private)
        and (not rule.phrases or _says_one(one.words, rule.phrases))
    )


def _says_one(words: str, wanted: Sequence[str]) -> bool:
    said = f" {' '.join(re.findall(r'[\w’\']+', words.casefold()))} "
    return any(f" {' '.join(re.findall(r'[\w’\']+', one))} " in said for one in wanted)


def choose(
    way: Way,
    able: Sequence[int],
    *,
    last: int | None,
    loads: Mapping[int, Load],
    most: Mapping[int, int],
) -> int | None:
    """One of these people, or nobody where each has as much as they can take. In turn: the next
    after the one who got something last. By load: the lightest, in turn among equals."""
    free = [one for one in sorted(able) if loads.get(one, NOTHING).open < most.get(one, _NO_LIMIT)]
    in_turn = [one for one in free if last is not None and one > last]
    in_turn += [one for one in free if one not in in_turn]
    if not in_turn:
        return None
    if way is Way.ROUND:
        return in_turn[0]
    return min(in_turn, key=lambda one: loads.get(one, NOTHING).weight)


_NO_LIMIT = 1_000_000
