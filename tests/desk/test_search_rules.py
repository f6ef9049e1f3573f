"""What is typed into the search box is read as a person means it, whatever they type."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.search.rules import FILTERS, LONGEST, STATES, Asked, rarest, read

BRANDS = frozenset({"red-kite", "pennvale"})
PLATFORMS = frozenset({"facebook", "website"})


def asked(typed: str) -> Asked:
    return read(typed, brands=BRANDS, platforms=PLATFORMS)


@pytest.mark.parametrize(
    ("typed", "words", "begun"),
    [
        ("boiler", "", "boiler"),
        ("boiler ", "boiler", ""),
        ("boiler leak", "boiler", "leak"),
        ("no heating at", "no heating at", ""),
        ('"no heating" swallow', '"no heating"', "swallow"),
        ("boiler -website", "boiler -website", ""),
        ('-"no heating"', '-"no heating"', ""),
        ('"never closed', '"never closed"', ""),
        ("12:30", "12:30", ""),
    ],
)
def test_words_phrases_and_what_is_left_out(typed: str, words: str, begun: str) -> None:
    found = asked(typed)
    assert (found.words, found.begun, found.remarks) == (words, begun, ())


def test_filters_are_taken_out_of_the_words() -> None:
    found = asked("FROM:Dilys brand:pennvale on:facebook is:open is:private damp ")
    assert found.words == "damp"
    assert found.filters == {
        "from": ("dilys",),
        "brand": ("pennvale",),
        "on": ("facebook",),
        "is": ("open", "private"),
    }


def test_days_are_read_as_days() -> None:
    found = asked("after:2026-11-01 before:2026-12-01")
    assert (found.after, found.before) == (date(2026, 11, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("colour:red", "There is no filter “colour:”"),
        ("brand:nobody", "use one of pennvale, red-kite"),
        ("is:lost", "use one of mine, note, open"),
        ("after:yesterday", "write it as 2026-11-22"),
        ("x" * (LONGEST + 1), f"first {LONGEST} characters"),
    ],
)
def test_what_is_not_understood_is_said_and_looked_for(typed: str, says: str) -> None:
    found = asked(typed)
    assert says in " ".join(found.remarks)
    assert found.words or found.begun


def test_every_example_is_understood() -> None:
    for name, (_, example) in FILTERS.items():
        assert name in example
        assert asked(f"{example} ").remarks == () or name in ("brand", "on")
    assert "open" in STATES


@given(st.text(max_size=400))
def test_nothing_that_can_be_typed_fails(typed: str) -> None:
    found = asked(typed)
    assert "\0" not in found.words + found.begun
    assert found.name == found.name.strip()


@pytest.mark.parametrize(
    ("name", "looked_up"),
    [
        ("resident 1234", "1234"),  # everybody is a resident
        ("1234 resident", "1234"),
        ("resident 12", "resident 12"),  # too short a word: all of it says more
        ("wilma tarrant", "tarrant"),  # both as rare: the longer one
        ("mr tarrant", "tarrant"),
        ("resident", "resident"),
    ],
)
def test_a_name_is_looked_up_by_its_rarest_word(name: str, looked_up: str) -> None:
    assert rarest(name, [f"resident {number}" for number in range(500)]) == looked_up
