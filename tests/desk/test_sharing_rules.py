"""Work is shared fairly: in turn or by load, to who is there and has room."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.sharing.rules import (
    Arrived,
    BadRule,
    Kind,
    Load,
    RuleOf,
    Way,
    choose,
    matches,
    phrases,
)

people = st.lists(st.integers(1, 50), min_size=1, max_size=8, unique=True)


@given(able=people, last=st.none() | st.integers(1, 50), count=st.integers(0, 60))
def test_in_turn_nobody_gets_two_more_than_another(
    able: list[int], last: int | None, count: int
) -> None:
    given_to: Counter[int] = Counter(dict.fromkeys(able, 0))
    for _ in range(count):
        chosen = choose(Way.ROUND, able, last=last, loads={}, most={})
        assert chosen in able
        given_to[chosen] += 1
        last = chosen
    assert max(given_to.values()) - min(given_to.values()) <= 1


@given(able=people, count=st.integers(0, 60), start=st.integers(0, 9))
def test_by_load_equals_stay_equal_and_the_lightest_comes_first(
    able: list[int], count: int, start: int
) -> None:
    loads = dict.fromkeys(able, Load(start))
    loads[able[0]] = Load(start, soon=3)
    last = None
    for _ in range(count):
        chosen = choose(Way.LEAST, able, last=last, loads=loads, most={})
        assert chosen is not None
        assert loads[chosen].weight == min(one.weight for one in loads.values())
        loads[chosen] = Load(loads[chosen].open + 1, loads[chosen].soon)
        last = chosen
    weights = [one.weight for one in loads.values()]
    assert max(weights) - min(weights) <= max(1, 3)


@given(able=people, data=st.data())
def test_nobody_gets_more_than_they_can_take(able: list[int], data: st.DataObject) -> None:
    most = {one: data.draw(st.integers(1, 5)) for one in able}
    loads = {one: Load(data.draw(st.integers(0, 6))) for one in able}
    free = [one for one in able if loads[one].open < most[one]]
    for way in Way:
        chosen = choose(way, able, last=None, loads=loads, most=most)
        assert chosen in free if free else chosen is None


HERE = Arrived(
    brand_id=1,
    platform="bluesky",
    language="en-GB",
    labels=(7,),
    private=False,
    words="The BOILER’s out again, no hot water",
)


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (RuleOf(id=1), True),
        (RuleOf(id=1, brand_id=1, platform="bluesky", language="en", label_id=7), True),
        (RuleOf(id=1, kind=Kind.PUBLIC, phrases=("hot water",)), True),
        (RuleOf(id=1, phrases=("damp", "no hot water")), True),
        (RuleOf(id=1, brand_id=2), False),
        (RuleOf(id=1, platform="x"), False),
        (RuleOf(id=1, language="cy"), False),
        (RuleOf(id=1, label_id=8), False),
        (RuleOf(id=1, kind=Kind.PRIVATE), False),
        (RuleOf(id=1, phrases=("hot",)), True),
        (RuleOf(id=1, phrases=("wat",)), False),
    ],
)
def test_a_rule_matches_what_all_its_parts_speak_of(rule: RuleOf, found: bool) -> None:
    assert matches(rule, HERE) is found


def test_phrases_are_folded_once_and_not_too_many() -> None:
    assert phrases("Hot  water, damp\nDAMP,,") == ("hot water", "damp")
    with pytest.raises(BadRule):
        phrases(",".join(str(one) for one in range(21)))
