"""What is gathered is written once, in order, and not at all where the block failed."""

from collections.abc import Callable, Sequence

import pytest

from glede.kit import gather, once


def book() -> tuple[list[list[str]], Callable[[Sequence[str]], None]]:
    pages: list[list[str]] = []
    return pages, lambda items: pages.append(list(items))


def undone(write: Callable[[Sequence[str]], None]) -> None:
    with gather.together():
        gather.later(write, "goes")
        raise ValueError("undone")


def test_outside_of_a_block_it_is_written_at_once() -> None:
    pages, write = book()
    gather.later(write, "now")
    assert pages == [["now"]]


def test_a_block_writes_once_at_its_end_in_the_order_things_came() -> None:
    pages, write = book()
    with gather.together():
        for item in "abc":
            gather.later(write, item)
        assert pages == []
    assert pages == [["a", "b", "c"]]


def test_an_inner_block_hands_over_to_the_outer_one() -> None:
    pages, write = book()
    with gather.together():
        gather.later(write, "before")
        with gather.together():
            gather.later(write, "within")
        gather.later(write, "after")
    assert pages == [["before", "within", "after"]]


def test_what_an_inner_block_gathered_is_dropped_with_it() -> None:
    pages, write = book()
    with gather.together():
        gather.later(write, "stays")
        with pytest.raises(ValueError, match="undone"):
            undone(write)
    assert pages == [["stays"]]


def test_a_block_that_fails_writes_nothing_and_leaves_nothing_behind() -> None:
    pages, write = book()
    with pytest.raises(ValueError, match="undone"):
        undone(write)
    gather.later(write, "later")
    assert pages == [["later"]]


def test_a_question_is_asked_once_in_a_block_and_anew_outside() -> None:
    asked: list[int] = []

    @once.remembered
    def double(number: int) -> int:
        asked.append(number)
        return number * 2

    assert [double(1), double(1)] == [2, 2]
    assert asked == [1, 1]
    with once.remembering():
        assert [double(1), double(1), double(2), double(number=2)] == [2, 2, 4, 4]
        with once.remembering():
            assert double(1) == 2
    assert asked == [1, 1, 1, 2, 2]
    double(1)
    assert asked[-1] == 1
