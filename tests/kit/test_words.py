"""A sentence is English to machines and in the reader's language on a page."""

import copy
import json
import pickle
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.template import Context, Template
from django.utils import translation
from django.utils.translation import trans_real

from glede.kit.clock import duration_words
from glede.kit.words import (
    Sentence,
    Spoken,
    capitalised,
    joined,
    lowered,
    of_error,
    say,
    say_many,
    shown,
    spoken,
    told,
)

_FOREIGN = {
    "late %(time)s": "%(time)s hwyr",
    "%(n)s min": "%(n)s munud",
    "No owner": "Neb <yet>",
    "%(n)s post": "%(n)s neges",
    "%(n)s posts": "%(n)s o negeseuon",
}
LATE = say("late %(time)s", time=duration_words(timedelta(minutes=3)))


class _Foreign:
    def to_language(self) -> str:
        return "cy"

    def gettext(self, words: str) -> str:
        return _FOREIGN.get(words, words)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    usual = trans_real.translation
    monkeypatch.setattr(
        trans_real, "translation", lambda code: _Foreign() if code == "cy" else usual(code)
    )
    with translation.override("cy"):
        yield


def on_page(words: str) -> str:
    return Template("{{ words }}").render(Context({"words": words}))


@pytest.mark.usefixtures("foreign")
def test_a_page_says_it_in_its_own_language_with_the_sentences_inside_it() -> None:
    assert on_page(LATE) == shown(LATE) == "3 munud hwyr"
    assert on_page(capitalised(say("No owner"))) == "Neb &lt;yet&gt;"
    assert [on_page(say_many("%(n)s post", "%(n)s posts", n)) for n in (1, 2)] == [
        "1 neges",
        "2 o negeseuon",
    ]
    assert told(ValueError(LATE)) == "3 munud hwyr"
    assert told(ValueError("As it is")) == "As it is"


@pytest.mark.usefixtures("foreign")
def test_everything_else_has_the_english_whoever_acts() -> None:
    assert LATE == "late 3 min"
    assert {LATE: 1}["late 3 min"] == 1
    assert f"{LATE}." == "late 3 min."
    assert json.dumps(LATE) == '"late 3 min"'
    assert str(ValueError(LATE)) == "late 3 min"
    assert type(pickle.loads(pickle.dumps(LATE))) is str  # noqa: S301 - our own
    assert capitalised(LATE) == "Late 3 min"
    assert copy.deepcopy(LATE) is LATE


@pytest.mark.django_db
@pytest.mark.usefixtures("foreign")
def test_the_database_keeps_the_english() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s::text[]", [LATE, [say("No owner")]])

        assert cursor.fetchone() == ("late 3 min", ["No owner"])


def test_without_values_a_percent_is_a_percent_and_english_needs_no_catalogue() -> None:
    assert on_page(say("50 % gone")) == "50 % gone"
    assert on_page(say("%(percent)s %% gone", percent=50)) == "50 % gone"
    assert isinstance(capitalised(LATE), Sentence)
    assert capitalised("as it is") == "As it is"


@pytest.mark.usefixtures("foreign")
def test_what_is_put_together_stays_sentences_and_what_an_error_says_too() -> None:
    both = joined([LATE, say("No owner"), "10 %"])

    assert both == "late 3 min No owner 10 %"
    assert shown(both) == "3 munud hwyr Neb <yet> 10 %"
    assert shown(joined([LATE, LATE], " % ")) == "3 munud hwyr % 3 munud hwyr"
    assert told(ValueError(say("%(why)s Again.", why=of_error(ValueError(LATE))))) == (
        "3 munud hwyr Again."
    )
    assert of_error(ValueError("As it is")) == "As it is"


class _Stands(Spoken):
    ALONE = "No owner"


@pytest.mark.usefixtures("foreign")
def test_a_value_that_is_words_is_kept_as_it_is_and_said_in_the_readers_language() -> None:
    assert on_page(_Stands.ALONE.says) == on_page(spoken("No owner")) == "Neb &lt;yet&gt;"
    assert _Stands("No owner") is _Stands.ALONE
    assert json.dumps(_Stands.ALONE) == '"No owner"'
    assert lowered(_Stands.ALONE.says) == "no owner"
    assert shown(lowered(_Stands.ALONE.says)) == "neb <yet>"
    assert lowered("As it is") == "as it is"
