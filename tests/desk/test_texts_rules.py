"""Texts to write with: what is filled, what stays, which comes first; whose number is whose."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.outbox import windows
from glede.desk.replies import texts, voices
from glede.desk.replies.rules import Found, bracket_finding
from glede.desk.replies.texts import BadText, Text, Use, Wording
from glede.desk.replies.voices import Voice
from glede.kit.calendars import Span
from glede.platforms.contract import Window

RED, PENN = 1, 2


def wording(words: str, title: str = "Roofer") -> Wording:
    return Wording(None, Use.REPLY, "en", title, words)


def text(number: int, **more: object) -> Text:
    given: dict[str, object] = {
        "brand_id": None, "owner_id": None, "use": Use.REPLY, "language": "en",
        "title": f"Text {number}", "words": "Words", "version": 1, "used": 0,
    }  # fmt: skip
    return Text(id=number, **(given | more))  # type: ignore[arg-type] # named by the caller


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("Hi {{firstname}}", "“{{firstname}}” stands for nothing"),
        ("Hi {{first name}", "bracket too many or too few"),
        ("Hi {first name}", "bracket too many or too few"),
        ("Hi {{{brand}}}", "bracket too many or too few"),
        ("Hi {{ }}", "stands for nothing"),
        ("   ", "needs a title"),
        ("x" * 5_001, "at most 5000"),
    ],
)
def test_what_would_be_sent_as_a_bracket_is_refused_when_it_is_written(
    words: str, says: str
) -> None:
    with pytest.raises(BadText, match=says):
        texts.check(wording(words))


def test_every_variable_that_is_offered_is_known() -> None:
    texts.check(wording(" ".join(f"{{{{ {name.upper()} }}}}" for name in texts.VARIABLES)))


def test_what_is_known_is_filled_and_what_is_not_stays_and_stops() -> None:
    filled = texts.fill("Hi {{First  name}}, ring {{phone}}.", {"first name": "Dawn", "phone": ""})

    assert filled == "Hi Dawn, ring {{phone}}."
    finding = bracket_finding(filled)
    assert finding is not None
    assert (finding.found, finding.stops) == (Found.UNFILLED, True)
    assert bracket_finding("Hi Dawn, a smile :-} for you") is None


@given(st.text(max_size=40), st.text(alphabet="{}abc ", max_size=20))
def test_a_value_is_plain_text_and_is_never_looked_into(value: str, around: str) -> None:
    """A resident’s name with brackets in it brings nothing of ours out."""
    filled = texts.fill("{{brand}}" + around.replace("{", "").replace("}", ""), {"brand": value})

    assert filled.startswith(value or "{{brand}}")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Dawn Petherick", "Dawn"), ("dawn p", "Dawn"), ("DAWN PETHERICK", "Dawn"),
        ("Siân", "Siân"),
        ("Jo-Ann O’Neil", "Jo-Ann"), ("Kerry-Ann Dobbs", "Kerry-Ann"), ("Mrs Patel", ""),
        ("The Marsh family", ""), ("@dawn", ""), ("dawnie_88", ""), ("A", ""), ("", ""),
        ("🌹 Dawn", ""), ("JO Bell", "JO"),
    ],
)  # fmt: skip
def test_a_first_name_is_used_only_where_it_looks_like_one(name: str, first: str) -> None:
    assert texts.first_name(name) == first


def test_the_brand_and_the_language_come_first_then_what_is_used_most() -> None:
    found = [
        text(1, used=9), text(2, language="cy"), text(3, brand_id=RED), text(4, used=10),
        text(5, brand_id=RED, language="cy-GB"), text(6, owner_id=7, used=1),
    ]  # fmt: skip

    in_welsh = texts.ordered(found, brand_id=RED, language="cy")
    assert [one.id for one in in_welsh] == [5, 2, 6, 3, 4, 1]
    nobody_said = texts.ordered(found, brand_id=RED, language="")
    assert [one.id for one in nobody_said] == [6, 3, 4, 1, 5, 2]


def test_for_a_moment_the_brands_words_in_their_language_or_else_our_own() -> None:
    found = [
        text(1, use=Use.MOVED, words="for all"), text(2, use=Use.MOVED, brand_id=RED, words="ours"),
        text(3, use=Use.MOVED, language="cy", words="Cymraeg"),
    ]  # fmt: skip

    assert texts.chosen(found, Use.MOVED, brand_id=RED, language="en-GB") == "ours"
    assert texts.chosen(found, Use.MOVED, brand_id=RED, language="cy") == "Cymraeg"
    assert (
        texts.chosen(found, Use.SETTLED, brand_id=RED, language="")
        == (texts.OWN_WORDS[Use.SETTLED])
    )


def test_our_own_words_promise_nothing_and_need_nothing_filled() -> None:
    assert all(texts.unfilled(words) == () for words in texts.OWN_WORDS.values())


def test_hours_are_said_as_people_say_them() -> None:
    day, short, late = (Span(540, 1050),), (Span(540, 780), Span(840, 1020)), (Span(1080, 1440),)

    assert texts.hours_words([day] * 5 + [(), ()]) == "Monday to Friday, 9am to 5:30pm"
    assert texts.hours_words([day, day, short, (), (), late, ()]) == (
        "Monday to Tuesday, 9am to 5:30pm; Wednesday, 9am to 1pm and 2pm to 5pm; "
        "Saturday, 6pm to midnight"
    )
    assert texts.hours_words([()] * 7) == ""


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert len({voices.digits(one) for one in
                ("01494 476 100", "+44 (0)1494 476100", "+44 1494476100")}) == 1  # fmt: skip
    assert voices.host("https://www.Red-Kite.example/repairs?x=1") == "red-kite.example"
    assert voices.host("red-kite.example/repairs") == "red-kite.example"
    assert voices.host("http://[broken") == ""
    assert voices.lines(" one \n\n two  2\none") == ("one", "two 2")
    ours = voices.ours([Voice("Red Kite", phone="01494 476 100", email="Help@rk.example")])
    assert {"01494476100", "help@rk.example"} <= ours


def test_the_window_that_closes_first_is_said_first_and_its_last_quarter_is_soon() -> None:
    heard = datetime(2026, 11, 24, 9, tzinfo=UTC)
    day, week, once = (
        Window("anybody", timedelta(hours=24), "", automatic=True),
        Window("a person", timedelta(days=7), ""),
        Window("aside", timedelta(days=7), "", once=True),
    )

    def standing(hours: int, *, aside: bool = False) -> list[tuple[str, bool]]:
        now = heard + timedelta(hours=hours)
        found = windows.standing([week, day, once], aside=aside, heard_at=heard, now=now)
        return [(one.name, one.soon) for one in found]

    assert standing(17) == [("anybody", False), ("a person", False)]
    assert standing(18) == [("anybody", True), ("a person", False)]
    assert standing(25) == [("a person", False)]
    assert standing(24 * 7 + 1) == []
    assert standing(1, aside=True) == [("aside", False)]
