"""What was found in a document: rules with their quotes, open questions, and flags."""

from dataclasses import dataclass
from typing import Any

from glede.rulebook.policy.rules import Status


@dataclass(frozen=True, slots=True)
class FoundRule:
    """A rule as the text gives it. `quote` stands letter for letter in the clause's text."""

    key: str
    value: Any
    unit: str
    clause: str
    quote: str
    status: Status = Status.WRITTEN


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the desk must know and the text does not settle. `assumed` holds until the owner
    decides; it is `None` where nothing can be assumed."""

    key: str
    assumed: Any
    question: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something a person should look at; it never changes the text. `kind` is one of
    `flags.KINDS`; `key` names the rule a `silent_on` is about."""

    kind: str
    says: str
    clause: str = ""
    quote: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    rules: tuple[FoundRule, ...]
    gaps: tuple[Gap, ...]
    flags: tuple[Flag, ...]
