"""What is typed is looked at before it leaves: the contract of a checker, and who looks. Pure.

A checker takes what somebody typed and says what it found, where it stands, how grave it is and
what to do about it. It decides nothing and reads nothing but what it is given. A later room adds
its own with `register` when it starts.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from glede.desk.replies.voices import Voice


class Severity(StrEnum):
    #: Must be mended before it goes.
    STOPS = "stops"
    #: May go, with a reason that is kept, once a second person has said yes (clause 5.4).
    SECOND = "second"
    #: May go, with a reason that is kept.
    REASON = "reason"
    #: May go once the person says that they mean it.
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Span:
    """Where it stands, in characters (Python's, half-open) of what was typed."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, and where it is going. `ours` are the numbers, addresses and hosts of
    the group as `voices.ours` gives them: they may stand in public. `people` are names of others
    whom the desk knows, in small letters, as far as they stand in the words; `present` those of
    them who wrote in the same public thread; `near` where one of these is named by the first name
    alone, or in small letters."""

    words: str
    public: bool
    brand: Voice = field(default_factory=Voice)
    others: tuple[Voice, ...] = ()
    ours: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    near: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Spotted:
    """One thing found. `check` names the checker and the sort of thing; `says` it in a sentence;
    `do` what to do about it; `clause` the one it may break."""

    check: str
    says: str
    do: str
    clause: str
    severity: Severity
    spans: tuple[Span, ...]


type Checker = Callable[[Typed], Iterable[Spotted]]

_CHECKERS: dict[str, Checker] = {}


def register(name: str, checker: Checker) -> None:
    """Let a checker look at everything from now on; another by that name is replaced."""
    _CHECKERS[name] = checker


def look(typed: Typed) -> tuple[Spotted, ...]:
    """What every checker found, in the order in which they were registered."""
    if not typed.words.strip():
        return ()
    return tuple(spotted for checker in _CHECKERS.values() for spotted in checker(typed))


def token(spotted: Spotted, words: str) -> str:
    """What confirming it names: this check and these very words, so that another telephone number
    is asked about again."""
    found = "\0".join(sorted(words[span.start : span.end] for span in spotted.spans))
    digest = hashlib.sha256(found.encode()).hexdigest()[:12]
    return f"{spotted.check}:{digest}"
