"""The line that asks a list: it reads back what it prints, and says what it does not know."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.conversations.filters import Field, Is, Want
from glede.desk.conversations.lanes import Group
from glede.desk.conversations.rules import State
from glede.desk.views import rules
from glede.desk.views.rules import IS, KINDS, STATES, BadView, Key, Name, Query, Term, Vocabulary

HERE = Vocabulary(
    brands={"red-kite": Name((1,), "Red Kite"), "pennvale": Name((3,), "Pennvale")},
    codes={"rk": "red-kite", "pv": "pennvale"},
    platforms={"facebook": "Facebook", "x": "X"},
    people={"sam": Name((7,), "Sam Okoro"), "ana maria": Name((8,), "Ana Maria Diaz")},
    labels={"repairs": Name((4, 5), "Repairs"), "anti social": Name((6,), "Anti social")},
)
ME = 9

#: Signs that mean something here, letters whose case is odd, and blanks of several kinds.
_plain = st.text("abzABZ09:-_.@ößİΣς漢é \t\u00a0\n", max_size=12)
_words = _plain.map(lambda text: " ".join(text.split())).filter(bool)
_terms = st.one_of(
    st.builds(Term, st.none(), _words, st.booleans()),
    st.builds(
        Term,
        st.sampled_from(list(Key)),
        _words.map(str.lower).filter(lambda text: text == text.lower() and bool(text)),
        st.booleans(),
    ),
)
_queries = st.lists(_terms, max_size=6, unique=True).map(lambda terms: Query(tuple(terms)))


@given(_queries.filter(lambda query: len(query.text) <= rules.LONGEST))
def test_what_is_printed_reads_back_the_same(query: Query) -> None:
    read = rules.read(query.text)

    assert read.problems == ()
    assert read.query == query


@given(st.text(max_size=400))
def test_any_line_is_read_and_its_form_is_settled(text: str) -> None:
    once = rules.read(text).query
    again = rules.read(once.text)

    assert len(once.text) > rules.LONGEST or again.query == once
    for term in once.terms:
        assert term not in once.less(term).terms


def wants(line: str) -> tuple[Want, ...]:
    meant = rules.meaning(rules.read(line).query, HERE, me=ME)
    assert meant.problems == ()
    return meant.filters.wants


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("is:late", Want(Field.GROUP, (Group.LATE,))),
        ("is:public", Want(Field.IS, (Is.PRIVATE,), without=True)),
        ("-is:public", Want(Field.IS, (Is.PRIVATE,))),
        ("brand:RK brand:pennvale", Want(Field.BRAND, (1, 3))),
        ("-platform:x", Want(Field.PLATFORM, ("x",), without=True)),
        ("owner:me owner:none", Want(Field.OWNER, (ME, None))),
        ('owner:"Ana Maria"', Want(Field.OWNER, (8,))),
        ("label:repairs", Want(Field.LABEL, (4, 5))),
        ("lang:cy", Want(Field.LANGUAGE, ("cy",))),
        ("due:<90m", Want(Field.LEFT_UNDER, (timedelta(minutes=90),))),
        ("due:>1d", Want(Field.LEFT_OVER, (timedelta(days=1),))),
        ("due:today", Want(Field.TODAY)),
        ("state:in-progress", Want(Field.STATE, (State.IN_PROGRESS,))),
        ("mentions:me", Want(Field.IS, (Is.MENTIONS_ME,))),
        ('"damp flat"', Want(Field.WORDS, ("damp flat",))),
    ],
)
def test_a_term_asks_for_what_it_says(line: str, found: Want) -> None:
    assert wants(line) == (found,)


def test_two_labels_are_both_asked_for_and_two_brands_either() -> None:
    assert len(wants('label:repairs label:"anti social"')) == 2
    assert len(wants("brand:rk brand:pv -brand:rk")) == 2


@pytest.mark.parametrize(
    ("line", "says", "instead"),
    [
        ("brnd:rk is:late", "There is no “brnd:”", "brand:rk is:late"),
        ("is:late brand:penvale", "There is no brand “penvale”", "is:late brand:pennvale"),
        ("is:lat", "There is no “is:” “lat”", "is:late"),
        ("-owner:sm", "There is no sign-off “sm”", "-owner:sam"),
        ("lang:welsh", "write cy for Welsh", ""),
        ("due:soon", "write due:<2h", ""),
        ("brand:", "needs a word after it", ""),
        ("http://x.example", "Words with a colon go in quotes", ""),
        ("x" * 301, "Only the first 300 characters", "x" * 300),
    ],
)
def test_what_is_not_known_is_said_with_the_nearest_and_shows_nothing(
    line: str, says: str, instead: str
) -> None:
    read = rules.read(line)
    meant = rules.meaning(read.query, HERE, me=ME)
    problems = (*read.problems, *meant.problems)

    assert len(problems) == 1
    assert says in problems[0].says
    assert problems[0].instead == instead
    assert read.problems or Want(Field.NOTHING) in meant.filters.wants


def test_every_example_and_every_word_of_the_reference_is_understood() -> None:
    lines = [kind.example for kind in KINDS.values()]
    lines += [f"is:{word}" for word in IS] + [f"state:{word}" for word in STATES]
    for line in lines:
        read = rules.read(line)
        assert not read.problems
        assert not rules.meaning(read.query, HERE, me=ME).problems, line


def test_the_reference_page_is_the_parsers_own_table() -> None:
    page = Path("docs/reference/list.md").read_text(encoding="utf-8")

    for kind in KINDS.values():
        several = "any" if kind.is_any else "all"
        line = f"| `{kind.key.value}:` | {kind.takes} | `{kind.example}` | {several} of them |"
        assert line in page
    for word, (says, _) in IS.items():
        assert f"| `is:{word}` | {says} |" in page
    assert page.count("\n| `") == len(KINDS) + len(IS)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("brand:pv", "Pennvale"),
        ("-label:repairs", "Not label Repairs"),
        ("owner:me", "Mine"),
        ("owner:sam", "Owner Sam Okoro"),
        ("due:<2h", "Less than 2 h left"),
        ("-is:late", "Not late"),
        ("state:in-progress", "State in progress"),
        ("damp", "“damp”"),
    ],
)
def test_a_chip_says_it_in_words(line: str, said: str) -> None:
    assert rules.said(rules.read(line).query.terms[0], HERE) == said


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", "is:"),
        ("br", "brand:"),
        ("penn", "brand:pennvale"),
        ("is:late brand:r", "brand:red-kite"),
        ("brand:vale", "brand:pennvale"),
        ("-label:re", "-label:repairs"),
        ("label:anti", 'label:"anti social"'),
        ("owner:m", "owner:me"),
        ("late", "is:late"),
    ],
)
def test_a_line_goes_on_with_the_likeliest(typed: str, first: str) -> None:
    offers = rules.offers(typed, HERE)

    assert offers[0].term == first
    assert len(offers) <= 8
    for one in offers:
        assert rules.read(one.line).query.text == one.line.strip() or one.line.endswith(":")


def test_nothing_goes_on_from_a_word_nobody_knows() -> None:
    assert rules.offers("zzz", HERE) == ()
    assert rules.offers("zzz:a", HERE) == ()


def test_one_value_of_a_key_takes_the_place_of_those_it_has() -> None:
    query = rules.read("is:late brand:rk brand:pv -brand:x").query

    assert query.instead(Key.BRAND, "pennvale").text == "is:late -brand:x brand:pennvale"
    assert query.instead(Key.BRAND, "").text == "is:late -brand:x"
    assert (query.value(Key.BRAND), query.value(Key.IS)) == ("", "late")


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "all", "No  Owner"])
def test_a_view_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(BadView):
        rules.named(name)
