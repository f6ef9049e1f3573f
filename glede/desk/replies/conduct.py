"""How we speak: no shouting, no swearing, in public or in private (clause 5.1). Pure."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from glede.desk.replies.checks import Severity, Span, Spotted, Typed
from glede.kit.words import say

_CLAUSE = "5.1"
_LISTS = tomllib.loads(Path(__file__).with_name("conduct.toml").read_text(encoding="utf-8"))
_SWEARING = re.compile(
    rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in _LISTS['swearing'])})(?!\w)", re.IGNORECASE
)
#: Three words in capitals or more, one of them long: “NHS GP ASB” is no shouting.
_CAPITALS = re.compile(r"\b[A-Z][A-Z'’]+\b(?:[ ,!?.-]+[A-Z][A-Z'’]*\b){2,}")
_LONG = re.compile(r"[A-Z]{5,}")


def check(typed: Typed) -> Iterator[Spotted]:
    swearing = tuple(Span(*found.span()) for found in _SWEARING.finditer(typed.words))
    if swearing:
        yield Spotted(
            check="conduct-swearing",
            says=say("A word that no reply of ours has."),
            do=say("Say it another way."),
            clause=_CLAUSE,
            severity=Severity.REASON,
            spans=swearing,
        )
    shouted = tuple(
        Span(*found.span()) for found in _CAPITALS.finditer(typed.words) if _LONG.search(found[0])
    )
    if shouted:
        yield Spotted(
            check="conduct-capitals",
            says=say("Capitals read as shouting."),
            do=say("Write it in small letters."),
            clause=_CLAUSE,
            severity=Severity.CONFIRM,
            spans=shouted,
        )
