"""Whom a note names: pure."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.conversations.mentions import Named, Unclear, people_in, spots

SAM, PRICE, OKAFOR = Named(1, "Sam"), Named(2, "Priya Price"), Named(3, "Priya Okafor")
ZOE, ANA = Named(4, "Zoë O’Neil"), Named(5, "Ana")
EVERYBODY = (SAM, PRICE, OKAFOR, ZOE, ANA)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@Sam please look", (SAM,)),
        ("please look, @sam.", (SAM,)),
        ("(@Priya Okafor) and @Sam, @Sam", (OKAFOR, SAM)),
        ("@Zoë rang", (ZOE,)),
        ("@zoë o’neil rang", (ZOE,)),
        ("sam@sam.example", ()),
        ("write to a.@sam", ()),
        ("@Samantha is no colleague", ()),
        ("@ Sam", ()),
        ("@Nobody", ()),
        ("", ()),
    ],
)
def test_a_name_after_the_sign_means_one_colleague(text: str, meant: tuple[Named, ...]) -> None:
    assert people_in(text, EVERYBODY) == meant


@pytest.mark.parametrize("text", ["@Priya knows", "ask @priya"])
def test_a_first_name_of_two_colleagues_is_asked_about(text: str) -> None:
    with pytest.raises(
        Unclear, match=r"2 colleagues are called Priya.*@Priya Okafor or @Priya Price"
    ):
        people_in(text, EVERYBODY)


def test_two_colleagues_of_the_same_whole_name_cannot_be_told_apart() -> None:
    with pytest.raises(Unclear):
        people_in("@Sam", (SAM, Named(9, "Sam")))


@given(st.lists(st.sampled_from(["@Sam", "@Ana", "a leak", "@", "x@Sam", " ", "\n", "Sam", ","])))
def test_what_is_named_stands_where_it_is_said_to_stand(parts: list[str]) -> None:
    text = "".join(parts)
    found = spots(text, EVERYBODY)

    assert all(
        text[one.start : one.end].casefold() == f"@{one.person.name}".casefold() for one in found
    )
    assert all(one.end <= other.start for one, other in pairwise(found))
