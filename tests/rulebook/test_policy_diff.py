"""Two versions side by side: what came, what went, which words changed."""

from hypothesis import given
from hypothesis import strategies as st

from glede.rulebook.policy.diff import Change, RuleState, compare, words
from glede.rulebook.policy.rules import ClauseText

TEXTS = st.text(alphabet="ab cd.,\n", max_size=60)


@given(old=TEXTS, new=TEXTS)
def test_without_what_was_added_it_is_the_old_text_and_without_what_went_the_new(
    old: str, new: str
) -> None:
    pieces = words(old, new)

    assert "".join(p.words for p in pieces if p.change is not Change.ADDED) == old
    assert "".join(p.words for p in pieces if p.change is not Change.REMOVED) == new


def clause(number: str, text: str) -> ClauseText:
    return ClauseText(number, text)


LONG = "Whoever writes to us in working hours gets an answer within four hours of writing."


def changes(old: list[ClauseText], new: list[ClauseText]) -> list[tuple[Change, str, str]]:
    found = compare(old, new, {}, {})
    return [(one.change, one.before, one.after) for one in found.clauses]


def test_each_clause_is_told_once_in_the_order_of_the_text() -> None:
    old = [clause("1", "One."), clause("2", "Two goes."), clause("3", "Three.")]
    new = [clause("1", "One."), clause("3", "Three is new."), clause("4", "Quite another thing.")]

    assert changes(old, new) == [
        (Change.SAME, "1", "1"),
        (Change.REMOVED, "2", ""),
        (Change.CHANGED, "3", "3"),
        (Change.ADDED, "", "4"),
    ]


def test_a_clause_under_another_number_is_not_lost_and_found() -> None:
    old = [clause("6.5", LONG), clause("6.6", "Out of hours.")]
    new = [clause("6.6", "Out of hours."), clause("6.7", LONG.replace("four", "two"))]

    assert (Change.MOVED, "6.5", "6.7") in changes(old, new)
    assert len(changes(old, new)) == 2


def test_the_changed_word_alone_is_marked() -> None:
    marked = [
        (piece.change, piece.words)
        for piece in words(LONG, LONG.replace("four", "two"))
        if piece.change is not Change.SAME
    ]

    assert marked == [(Change.REMOVED, "four"), (Change.ADDED, "two")]


def test_rules_are_compared_by_their_values() -> None:
    def state(value: object) -> RuleState:
        return RuleState(value, "6.5", "written")

    found = compare(
        [],
        [],
        {"a": state("PT4H"), "b": state(True), "c": state(1)},
        {"a": state("PT2H"), "c": state(1), "d": state("x")},
    )

    assert [(one.key, one.change, one.before, one.after) for one in found.rules] == [
        ("a", Change.CHANGED, "PT4H", "PT2H"),
        ("b", Change.REMOVED, True, None),
        ("d", Change.ADDED, None, "x"),
    ]
