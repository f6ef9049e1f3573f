"""Names of people the desk knows, in words that anybody can read (clause 5.4)."""

import pytest

from glede.desk.replies.checks import Severity, Typed
from glede.desk.replies.names import candidates, check, near
from glede.desk.replies.voices import Voice

KNOWN = frozenset({"dawn petherick", "kerry-ann o’shea", "siân rhys davies", "rhys davies"})


def found(words: str, *, present: str = "", public: bool = True) -> list[tuple[Severity, str]]:
    typed = Typed(words, public, Voice("Red Kite"), people=KNOWN, present=frozenset({present}))
    return [
        (one.severity, words[span.start : span.end]) for one in check(typed) for span in one.spans
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Please ask Dawn Petherick about it.", ["Dawn Petherick"]),
        ("Kerry-Ann O’Shea, Dawn\u00a0Petherick", ["Kerry-Ann O’Shea", "Dawn\u00a0Petherick"]),
        ("It was Siân Rhys Davies who asked", ["Siân Rhys Davies"]),
        ("We met Dawn. Petherick Road is closed.", []),
        ("Dawn asked, and so did dawn petherick", []),
        ("Red Kite looks after Castle Court", []),
    ],
)  # fmt: skip
def test_full_names_are_found_where_they_stand(words: str, names: list[str]) -> None:
    assert found(words) == [(Severity.SECOND, name) for name in names]


def test_who_writes_in_public_there_is_asked_about_and_needs_no_second_person() -> None:
    words = "As Dawn Petherick says"
    assert found(words, present="dawn petherick") == [(Severity.CONFIRM, "Dawn Petherick")]


def test_nothing_is_looked_for_in_private() -> None:
    assert found("Dawn Petherick told us", public=False) == []


def test_a_brand_is_nobody() -> None:
    typed = Typed("Ask Red Kite", True, Voice("Red Kite"), people=frozenset({"red kite"}))
    assert list(check(typed)) == []


def test_only_rows_of_capitals_are_asked_for() -> None:
    assert set(candidates("Please ask Sam Roe Lee, not them")) == {
        "sam roe", "sam roe lee", "roe lee",
    }  # fmt: skip


AROUND = {"dawn petherick", "priya nair", "will grace", "may lewis", "leeds tenants group", "jo b"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("As Priya says, and priya is right.", ["Priya", "priya"]),
        ("Ask priya nair or Priya Nair.", ["priya nair", "Priya Nair"]),
        ("We told Dawn at dawn. Dawn comes early.", ["Dawn"]),
        ("Will you come? We will. I asked Will, and dawn petherick.", ["Will", "dawn petherick"]),
        ("May I come in May? You may, with grace.", []),
        ("Our Leeds office, Jo, priya@example.org, @priya, Priyanka ^Priya", []),
        ("Hello Maureen", []),
    ],
)  # fmt: skip
def test_those_who_write_in_the_same_thread_are_found_by_less(words: str, names: list[str]) -> None:
    spans = near(words, AROUND, but={"Maureen Tilley"})
    assert [words[one.start : one.end] for one in spans] == names
    typed = Typed(words, public=True, near=spans)
    assert [one.severity for one in check(typed)] == [Severity.CONFIRM] * bool(names)
    assert list(check(Typed(words, public=False, near=spans))) == []


def test_a_first_name_of_the_resident_who_is_answered_is_their_own() -> None:
    assert near("Thank you, Priya.", {"priya nair"}, but={"Priya Shah"}) == ()


def test_a_name_told_as_somebody_elses_is_not_told_twice() -> None:
    words = "Ask Dawn Petherick"
    typed = Typed(words, public=True, people=KNOWN, near=near(words, {"dawn roe"}, but=()))
    assert [one.check for one in check(typed)] == ["personal-name"]
