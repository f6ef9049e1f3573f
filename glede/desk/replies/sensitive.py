"""Words that call for a person at once: grief, despair, danger at home (clauses.md 6.7, A4). Pure.

The lists are rules of the policy; this only looks for them. It finds words, not meaning: it never
decides what is done, only that people are told and that nothing automatic is sent.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Sensitive(StrEnum):
    """The lists, the most pressing first; the value is the end of the rule's key."""

    SUICIDE = "suicide"
    HAZARD = "hazard"
    BEREAVEMENT = "bereavement"


RULES = {one: f"sensitive.{one}" for one in Sensitive}

#: What people are told, without a word of the resident's.
SAYS = {
    Sensitive.SUICIDE: "may be from somebody who thinks of ending their life",
    Sensitive.HAZARD: "may be about danger at home",
    Sensitive.BEREAVEMENT: "may be about a death",
}


def found(text: str, lists: Mapping[Sensitive, Sequence[str]]) -> tuple[Sensitive, ...]:
    """The lists of which a phrase stands in the text, as whole words; `*` stands for one word."""
    words = _plain(text)
    return tuple(
        one
        for one in Sensitive
        if any(_pattern(phrase).search(words) for phrase in lists.get(one, ()))
    )


def _plain(text: str) -> str:
    """Small letters, straight apostrophes and single spaces; hyphens part words."""
    text = text.casefold().replace("’", "'").replace("-", " ")
    return " ".join(re.findall(r"[\w']+", text))


def _pattern(phrase: str) -> re.Pattern[str]:
    parts = [r"[\w']+" if word == "*" else re.escape(_plain(word)) for word in phrase.split()]
    return re.compile(rf"(?<![\w']){' '.join(parts)}(?![\w'])")
