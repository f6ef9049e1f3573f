"""Whose text it is."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from glede.rulebook.policy.document.tree import Entry
from glede.rulebook.policy.document.vocabulary import BODIES, NO_NAMES

_JOINS = r"(?:and|of|the|for|&|upon|on|in|y)"
_MORE = (
    r"(?:(?:NHS )?(?:Foundation )?"
    r"(?:Trust|Group|Association|Council|Limited|Ltd|Authority|Board|Service|Partnership))"
)
_NAMED = re.compile(
    rf"\b((?:[A-Z][\w’'&-]*\.?|{_JOINS}|de)(?: (?:[A-Z][\w’'-]*\.?|{_JOINS})){{0,8}}?"
    rf" (?:{BODIES})(?: {_MORE})*(?: of [A-Z]\w+)?)\b"
    r"(?!\s+(?:Policy|Officer|Manager|Act|Director|Brand|Leader|Member|Tax))"
)
_PLACED = re.compile(
    r"\b((?:London Borough|University|Borough|Royal Borough|City|County|Diocese) of [A-Z]\w+"
    r"(?: (?:and|upon|&) [A-Z]\w+)*(?: Council)?|Cyngor [A-Z]\w+(?: [A-Z]\w+)*|"
    r"NHS [A-Z]\w+(?: [A-Z]\w+)*)"
)
_OPENERS = frozenset(
    [
        "The",
        "This",
        "A",
        "An",
        "At",
        "In",
        "Our",
        "All",
        "We",
        "Any",
        "By",
        "For",
        "As",
        "If",
        "Both",
        "When",
    ]
)
_TRAILS = frozenset(["and", "of", "the", "for", "&", "on", "in"])
_EARLY = 3  # so many clauses are still the beginning
_FRONT, _BEGINNING, _ANYWHERE = 4, 3, 1  # what a mention counts


def find(title: str, front: Iterable[str], entries: Sequence[Entry]) -> str:
    """Whose policy it is: the body most named, those on the first page before the others."""
    score: Counter[str] = Counter()
    first: dict[str, int] = {}
    texts = [(title, _FRONT), *((line, _FRONT) for line in front)]
    texts += [
        (entry.text, _BEGINNING if place < _EARLY else _ANYWHERE)
        for place, entry in enumerate(entries)
    ]
    for text, weight in texts:
        for line in text.split("\n"):
            for pattern in (_NAMED, _PLACED):
                for match in pattern.finditer(_lower(line)):
                    if name := _body(match.group(1)):
                        if line.isupper():
                            name = name.upper()
                        score[name] += weight
                        first.setdefault(name, len(first))
    if not score:
        return ""
    return max(score, key=lambda name: (score[name], -first[name]))


def _lower(line: str) -> str:
    """A cover in capitals, as it would stand in a sentence."""
    if not line.isupper():
        return line
    return " ".join(
        word.lower() if word.lower() in _TRAILS else word.title() for word in line.split()
    )


def _body(name: str) -> str:
    parts = name.split()
    while parts and (parts[0].islower() or parts[0] in _OPENERS):
        parts = parts[1:]
    while parts and parts[-1] in _TRAILS:
        parts = parts[:-1]
    name = " ".join(parts)
    return "" if len(parts) < 2 or NO_NAMES.fullmatch(name) else name
