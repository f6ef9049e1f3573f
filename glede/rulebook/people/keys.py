"""Single keys: what each does, which key is its own, and which another person may choose.

WCAG 2.2, 2.1.4 Character Key Shortcuts: each can be switched off or given another key. Keys with
Ctrl are the browser's manner of speaking and stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

#: Longest that may be chosen: two keys one after the other, as in “g i”.
LONGEST = 3
_INBOX, _IMPORT, _EVERYWHERE = "inbox", "import", "everywhere"


@dataclass(frozen=True, slots=True)
class Act:
    """Something a key does. `name` is kept with the person and never changes; `key` is the one it
    has unless they choose; `place` is the screen on which it is offered."""

    name: str
    key: str
    label: str
    group: str
    place: str = _INBOX

    @property
    def by(self) -> str:
        """How a screen's script knows it: by its key, or, off the inbox, by its name."""
        return self.name if self.place == _IMPORT else self.key


ACTS = (
    Act("next", "j", "Next conversation", "Move"),
    Act("previous", "k", "Previous conversation", "Move"),
    Act("back", "u", "Back to the list", "Move"),
    Act("fresh", ".", "Show what is new", "Move"),
    Act("filter", "f", "Filter the list", "Move"),
    Act("select", "x", "Select the conversation", "Move"),
    Act("select-range", "X", "Select up to here", "Move"),
    Act("reply", "r", "Reply", "Answer"),
    Act("note", "n", "Internal note", "Answer"),
    Act("private", "p", "Take it private", "Answer"),
    Act("templates", ";", "Texts and snippets", "Answer"),
    Act("undo", "z", "Undo", "Answer"),
    Act("assign", "a", "Assign", "Decide"),
    Act("mine", "m", "Assign to me", "Decide"),
    Act("resolve", "e", "Resolve", "Decide"),
    Act("resolve-next", "E", "Resolve and open the next", "Decide"),
    Act("timescale", "w", "Agree a timescale", "Decide"),
    Act("snooze", "s", "Snooze", "Decide"),
    Act("label", "l", "Label", "Decide"),
    Act("hide", "h", "Hide a comment", "Decide"),
    Act("block", "b", "Block somebody", "Decide"),
    Act("reveal", "v", "Show what is veiled", "Screen"),
    Act("panel", "]", "Fold the side panel", "Screen"),
    Act("go-inbox", "g i", "Go to the inbox", "Go", _EVERYWHERE),
    Act("go-channels", "g c", "Go to the channels", "Go", _EVERYWHERE),
    Act("go-policy", "g p", "Go to the policy", "Go", _EVERYWHERE),
    Act("go-me", "g m", "Go to my settings", "Go", _EVERYWHERE),
    Act("go-rota", "g r", "Go to the rota", "Go", _EVERYWHERE),
    Act("go-wall", "g w", "Go to the wall", "Go", _EVERYWHERE),
    Act("search", "/", "Search", "Screen", _EVERYWHERE),
    Act("keys", "?", "The sheet of keys", "Screen", _EVERYWHERE),
    Act("import-next", "j", "Next item", "Reading a policy in", _IMPORT),
    Act("import-previous", "k", "Item before", "Reading a policy in", _IMPORT),
    Act("import-text", "t", "Between items and text", "Reading a policy in", _IMPORT),
    Act("import-confirm", "c", "Confirm, or seen", "Reading a policy in", _IMPORT),
    Act("import-change", "e", "Change, or answer", "Reading a policy in", _IMPORT),
    Act("import-dismiss", "x", "Not a rule", "Reading a policy in", _IMPORT),
    Act("import-undo", "u", "Undo", "Reading a policy in", _IMPORT),
)

_BY_NAME = {act.name: act for act in ACTS}


def chosen(keymap: Mapping[str, str]) -> dict[str, str]:
    """The key of each act, by the act's name; empty for none."""
    return {act.name: keymap.get(act.name, act.key) for act in ACTS}


def for_scripts(keymap: Mapping[str, str]) -> dict[str, str]:
    """Only what differs, by what the scripts know the act by."""
    return {
        _BY_NAME[name].by: key
        for name, key in keymap.items()
        if name in _BY_NAME and key != _BY_NAME[name].key
    }


def differing(wanted: Mapping[str, str]) -> dict[str, str]:
    """What has to be kept of a whole choice: the keys that are not the acts' own."""
    return {
        name: key for name, key in wanted.items() if name in _BY_NAME and key != _BY_NAME[name].key
    }


def refusals(wanted: Mapping[str, str]) -> list[str]:
    """Why this choice cannot be kept, a sentence each; none if it can."""
    keys = chosen(wanted)
    found = [
        f"“{keys[act.name]}” cannot be the key for “{act.label}”: give one sign, "
        "or two with a space between, such as g i."
        for act in ACTS
        if keys[act.name] and not _is_key(keys[act.name])
    ]
    if found:
        return found
    return [
        _clash(one, other, keys)
        for one, other in combinations(ACTS, 2)
        if _meet(one, other) and _collide(keys[one.name], keys[other.name])
    ]


def _is_key(key: str) -> bool:
    parts = key.split(" ")
    return len(parts) in (1, 2) and all(
        len(part) == 1 and part.isprintable() and not part.isspace() for part in parts
    )


def _meet(one: Act, other: Act) -> bool:
    """Are both offered on one screen?"""
    return one.place == other.place or _EVERYWHERE in (one.place, other.place)


def _collide(one: str, other: str) -> bool:
    """The same, or one is how the other begins, which would never be reached."""
    if not one or not other:
        return False
    return one == other or one.split(" ")[0] == other or other.split(" ")[0] == one


def _clash(one: Act, other: Act, keys: Mapping[str, str]) -> str:
    if keys[one.name] == keys[other.name]:
        return (
            f"“{keys[one.name]}” would do two things: “{one.label}” and “{other.label}”. "
            "Choose another key for one of them."
        )
    return (
        f"“{keys[one.name]}” for “{one.label}” and “{keys[other.name]}” for “{other.label}” begin "
        "alike. Choose another key for one of them."
    )
