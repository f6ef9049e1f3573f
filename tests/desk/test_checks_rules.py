"""What is typed is looked at: personal details, how we speak, whose brand it is; and the traps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.replies import checks, conduct, personal, voices, wrong_brand
from glede.desk.replies.checks import Severity, Span, Spotted, Typed
from glede.desk.replies.rules import Finding, Found, unsettled
from glede.desk.replies.voices import Voice

RED_KITE = Voice(
    "Red Kite",
    link="https://www.red-kite.example/write",
    phone="01494 476 100",
    email="help@red-kite.example",
    also=("HP13 6QT",),
    phrases=("Red Kite Homes",),
)
PENNVALE = Voice(
    "Pennvale", link="https://pennvale.example", phone="01632 960 200",
    email="hello@pennvale.example", phrases=("the Vale team",),
)  # fmt: skip


def typed(words: str, *, public: bool = True, brand: Voice = RED_KITE) -> Typed:
    others = tuple(one for one in (RED_KITE, PENNVALE) if one != brand)
    return Typed(words, public, brand, others, voices.ours([RED_KITE, PENNVALE]))


def found(words: str) -> dict[str, list[str]]:
    return {
        one.check.removeprefix("personal-"): [words[span.start : span.end] for span in one.spans]
        for one in personal.check(typed(words))
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Ring me on 07700 900123 please", {"phone": ["07700 900123"]}),
        ("Ring +44 (0)7700 900 123.", {"phone": ["+44 (0)7700 900 123"]}),
        ("Ring +447700900123", {"phone": ["+447700900123"]}),
        ("(01632) 960 001 or 01632-960-002", {"phone": ["(01632) 960 001", "01632-960-002"]}),
        ("Write to dawn.p+kite@mail.example.", {"email": ["dawn.p+kite@mail.example"]}),
        ("You are at HP11 2DN, aren’t you", {"postcode": ["HP11 2DN"]}),
        ("so it is sw1a1aa then", {"postcode": ["sw1a1aa"]}),
        ("We come to 12a Castle Hill Road", {"address": ["12a Castle Hill Road"]}),
        ("We come to flat 7 tomorrow", {"address": ["flat 7"]}),
        ("Your number QQ 12 34 56 C", {}),
        ("Your number is AB 12 34 56 C", {"insurance": ["AB 12 34 56 C"]}),
        ("Card 4111 1111 1111 1111", {"card": ["4111 1111 1111 1111"]}),
        ("Account GB82 WEST 1234 5698 7654 32", {"iban": ["GB82 WEST 1234 5698 7654 32"]}),
        ("Sort code 20-00-00, account 55779911", {"bank": ["20-00-00, account 55779911"]}),
        ("Born on 3 May 1961?", {"born": ["Born on 3 May 1961"]}),
    ],
)
def test_personal_details_are_found_where_they_stand(
    words: str, expected: dict[str, list[str]]
) -> None:
    assert found(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "See https://maps.example/HP11-2DN?tel=07700900123 or maps.example/HP11 2DN",
        "Ring us on 01494 476 100 or +44 1494 476100, or write to help@red-kite.example",
        "Our office is at HP13 6QT",
        "Ring 999, 101, 111 or 0800 111 999; Shelter is on 0808 800 4444, we on 0300 123 4567",
        "The M4 5th junction, at 5pm on 24-11-2026, from 08:00 to 12:00",
        "Job R-20418, order 1234567890123456, 300 of 300, £1,250.00",
        "The roads are closed. 12 people on the Way home, two Streets away",
        "DE99 1234 5678 9012 3456 78 is no account",
        "@dawn_88 thank you, Dawn",
    ],
)
def test_what_only_looks_like_it_or_is_ours_is_left_alone(words: str) -> None:
    assert found(words) == {}


def test_in_private_personal_details_may_stand() -> None:
    assert list(personal.check(typed("Ring 07700 900123", public=False))) == []


@given(st.from_regex(r"07\d{3} ?\d{6}", fullmatch=True), st.sampled_from(["", "Ring ", "x, "]))
def test_any_mobile_is_found_at_its_very_place(number: str, before: str) -> None:
    words = f"{before}{number} ok"
    (one,) = personal.check(typed(words))

    assert [words[span.start : span.end] for span in one.spans] == [number]


@given(st.text())
def test_no_words_break_a_checker_and_every_place_lies_within_them(words: str) -> None:
    for checker in (personal.check, conduct.check, wrong_brand.check):
        for one in checker(typed(words)):
            assert one.spans
            assert all(0 <= span.start < span.end <= len(words) for span in one.spans)


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("That is bloody annoying", {"conduct-swearing"}),
        ("Shitake mushrooms, Scunthorpe, Penistone", set()),
        ("PLEASE READ THE LETTER", {"conduct-capitals"}),
        ("Ask the NHS, GP or ASB team", set()),
        ("NHS GP ASB", set()),
        ("I am SO SORRY about this", set()),
    ],
)
def test_shouting_and_swearing_are_found_and_abbreviations_are_not(
    words: str, kinds: set[str]
) -> None:
    assert {one.check for one in conduct.check(typed(words))} == kinds


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        ("Ask Pennvale about it", ["Pennvale"]),
        ("Signed, the  vale team", ["the  vale team"]),
        ("Ring 01632 960200", ["01632 960200"]),
        ("hello@pennvale.example", ["hello@pennvale.example"]),
        ("See pennvale.example/repairs", ["pennvale.example/repairs"]),
        ("Red Kite answers: red-kite.example, 01494 476 100", []),
        ("Pennvalley is a place", []),
    ],
)
def test_what_is_another_brands_is_marked(words: str, marked: list[str]) -> None:
    spans = [span for one in wrong_brand.check(typed(words)) for span in one.spans]

    assert [words[span.start : span.end] for span in spans] == marked


def test_a_name_within_our_own_name_is_ours() -> None:
    longer = Voice("Red Kite Living")
    words = "Red Kite Living is glad. Red Kite is another."
    (one,) = wrong_brand.check(Typed(words, public=True, brand=longer, others=(RED_KITE,)))

    assert [words[span.start : span.end] for span in one.spans] == ["Red Kite"]


def test_a_brand_of_which_nothing_is_written_down_finds_nothing() -> None:
    assert list(wrong_brand.check(Typed("Anything at all", public=True, others=(Voice(),)))) == []


# --- The contract ----------------------------------------------------------------------------


def test_a_later_room_adds_a_checker_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_CHECKERS", {})
    one = Spotted("mould", "Mould.", "Ask.", "4.1", Severity.STOPS, (Span(0, 5),))

    checks.register("mould", lambda given: [one] if "mould" in given.words else [])

    assert checks.look(typed("mould!")) == (one,)
    assert checks.look(typed("  ")) == ()


def test_confirming_one_number_does_not_confirm_another() -> None:
    tokens = []
    for words in ("Ring 07700 900123", "Do ring 07700 900123 now", "Ring 07700 900124"):
        (one,) = personal.check(typed(words))
        tokens.append(checks.token(one, words))

    assert tokens[0] == tokens[1] != tokens[2]


def test_what_wants_a_reason_is_not_settled_by_confirming_alone() -> None:
    one = Finding(Found.CHECKED, "A number.", stops=False, key="phone:1", wants_reason=True)

    assert unsettled([one], frozenset()) == (one,)
    assert unsettled([one], frozenset({"phone:1"})) == (one,)
    assert unsettled([one], frozenset({"phone:2"}), "it is ours") == (one,)
    assert unsettled([one], frozenset({"phone:1"}), "it is ours") == ()
