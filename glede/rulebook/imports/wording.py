"""What items and decisions are called: the same on the screen and wherever else they are told."""

from glede.rulebook.imports import typed
from glede.rulebook.imports.rules import FIELD, HOURS, Act, Found, Kind
from glede.rulebook.policy import registry
from glede.rulebook.policy.registry import UnknownRule

_DECIDED = {
    Act.CONFIRMED: "Confirmed",
    Act.CORRECTED: "Corrected",
    Act.ANSWERED: "Answered",
    Act.DISMISSED: "Not a rule",
    Act.SEEN: "Seen",
    Act.UNDONE: "Undone",
}
_DISMISSED = {
    Kind.FIELD: "Left empty",
    Kind.GAP: "Does not apply",
    Kind.FLAG: "Not so",
}


def title(found: Found) -> str:
    """What the item is about, in a few words."""
    if found.kind is Kind.FIELD:
        return FIELD[found.key].label
    if found.kind is Kind.FLAG:
        about = found.about.partition(".")[0]
        return _capital(typed.spoken(f"{found.key} {about}".strip()))
    if found.key == HOURS:
        return "Working hours"
    try:
        return registry.kind(found.key).meaning
    except UnknownRule:
        return _capital(typed.spoken(found.key).replace(".", ": "))


def value(found: Found, given: object) -> str:
    """The value as a person would write it."""
    return typed.words(found.kind, found.key, given)


def decided(kind: Kind, act: Act) -> str:
    """The word on the tag of a decided item."""
    if act is Act.DISMISSED:
        return _DISMISSED.get(kind, _DECIDED[act])
    return _DECIDED[act]


def dismiss(kind: Kind) -> str:
    """The button that takes an item out."""
    return {
        Kind.FIELD: "Leave empty",
        Kind.RULE: "Not a rule",
        Kind.GAP: "Does not apply",
        Kind.FLAG: "Not so",
    }[kind]


def unit(found: Found) -> str:
    """What a value is counted from or in, as the registry says it."""
    try:
        return registry.kind(found.key).unit or found.unit
    except UnknownRule:
        return found.unit


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
