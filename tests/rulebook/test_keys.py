"""Keys that a person may choose: nothing does two things, nothing is out of reach."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import glede.web
from glede.rulebook.people import keys
from glede.rulebook.people.keys import ACTS

_SCRIPTS = Path(glede.web.__file__).parent / "static" / "glede"
_NAMES = st.sampled_from([act.name for act in ACTS])
_KEYS = st.sampled_from(["", "g", "g r", "g q", *"abcdefghijklmnopqrstuvwxyzABCXE?;./]é"])


def test_the_usual_keys_can_be_kept() -> None:
    assert keys.refusals({}) == []
    assert keys.for_scripts({}) == {}


def test_one_key_cannot_do_two_things() -> None:
    assert keys.refusals({"note": "r"}) == [
        "“r” would do two things: “Reply” and “Internal note”. Choose another key for one of them."
    ]


def test_acts_of_two_screens_may_share_a_key_but_not_with_what_is_everywhere() -> None:
    assert keys.refusals({"import-undo": "r"}) == []
    assert keys.refusals({"import-undo": "?"}) != []


def test_a_key_that_begins_two_cannot_stand_alone() -> None:
    assert "begin alike" in keys.refusals({"reply": "g"})[0]


def test_only_signs_are_keys() -> None:
    for wrong in ("ab", "g  i", "a b c", "\t"):
        assert "cannot be the key for “Reply”" in keys.refusals({"reply": wrong})[0]


def test_two_acts_may_have_none() -> None:
    assert keys.refusals({"reply": "", "note": ""}) == []


@given(st.dictionaries(_NAMES, _KEYS, max_size=6))
def test_what_is_accepted_leaves_each_key_with_one_act(wanted: dict[str, str]) -> None:
    if keys.refusals(wanted):
        return
    found = keys.chosen(keys.differing(wanted))
    assert found == keys.chosen(wanted)
    inbox = [found[act.name] for act in ACTS if act.place != "import" and found[act.name]]
    assert len(set(inbox)) == len(inbox)


def test_every_key_a_screen_offers_can_be_chosen_otherwise() -> None:
    """A script that registers a key this room does not know would leave it out of reach."""
    known = {act.by for act in ACTS}
    for script in _SCRIPTS.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        for usual, rest in re.findall(r'^\s*keys\.on\("([^"]+)",(.*?)label:', text, re.M | re.S):
            name = re.search(r'name: "([^"]+)"', rest)
            by = name.group(1) if name else usual
            assert by in known or by.startswith("Ctrl "), f"{script.name} registers {by!r}"
