"""Single keys: what each does, which key is its own, and which another person may choose.

WCAG 2.2, 2.1.4 Character Key Shortcuts: each can be switched off or given another key. Keys with
Ctrl are the browser's manner of speaking and stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from glede.kit.words import say

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
    Act("next", "j", say("Next conversation"), say("Move")),
    Act("previous", "k", say("Previous conversation"), say("Move")),
    Act("back", "u", say("Back to the list"), say("Move")),
    Act("fresh", ".", say("Show what is new"), say("Move")),
    Act("filter", "f", say("Filter the list"), say("Move")),
    Act("select", "x", say("Select the conversation"), say("Move")),
    Act("select-range", "X", say("Select up to here"), say("Move")),
    Act("reply", "r", say("Reply"), say("Answer")),
    Act("note", "n", say("Internal note"), say("Answer")),
    Act("private", "p", say("Take it private"), say("Answer")),
    Act("templates", ";", say("Texts and snippets"), say("Answer")),
    Act("undo", "z", say("Undo"), say("Answer")),
    Act("assign", "a", say("Assign"), say("Decide")),
    Act("mine", "m", say("Assign to me"), say("Decide")),
    Act("resolve", "e", say("Resolve"), say("Decide")),
    Act("resolve-next", "E", say("Resolve and open the next"), say("Decide")),
    Act("timescale", "w", say("Agree a timescale"), say("Decide")),
    Act("snooze", "s", say("Snooze"), say("Decide")),
    Act("label", "l", say("Label"), say("Decide")),
    Act("hide", "h", say("Hide a comment"), say("Decide")),
    Act("block", "b", say("Block somebody"), say("Decide")),
    Act("reveal", "v", say("Show what is veiled"), say("Screen")),
    Act("panel", "]", say("Fold the side panel"), say("Screen")),
    Act("go-inbox", "g i", say("Go to the inbox"), say("Go"), _EVERYWHERE),
    Act("go-channels", "g c", say("Go to the channels"), say("Go"), _EVERYWHERE),
    Act("go-policy", "g p", say("Go to the policy"), say("Go"), _EVERYWHERE),
    Act("go-me", "g m", say("Go to my settings"), say("Go"), _EVERYWHERE),
    Act("go-rota", "g r", say("Go to the rota"), say("Go"), _EVERYWHERE),
    Act("go-wall", "g w", say("Go to the wall"), say("Go"), _EVERYWHERE),
    Act("search", "/", say("Search"), say("Screen"), _EVERYWHERE),
    Act("keys", "?", say("The sheet of keys"), say("Screen"), _EVERYWHERE),
    Act("import-next", "j", say("Next item"), say("Reading a policy in"), _IMPORT),
    Act("import-previous", "k", say("Item before"), say("Reading a policy in"), _IMPORT),
    Act("import-text", "t", say("Between items and text"), say("Reading a policy in"), _IMPORT),
    Act("import-confirm", "c", say("Confirm, or seen"), say("Reading a policy in"), _IMPORT),
    Act("import-change", "e", say("Change, or answer"), say("Reading a policy in"), _IMPORT),
    Act("import-dismiss", "x", say("Not a rule"), say("Reading a policy in"), _IMPORT),
    Act("import-undo", "u", say("Undo"), say("Reading a policy in"), _IMPORT),
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
