"""The collector looks seldom for a while, and as before afterwards."""

import gc

import pytest

from glede.kit import memory


def test_the_collector_looks_seldom_for_a_while_even_if_the_work_fails() -> None:
    before = gc.get_threshold()
    seen = []

    def work() -> None:
        with memory.collected_rarely():
            seen.append((gc.get_threshold()[0], gc.get_freeze_count()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()

    [(first_look, frozen)] = seen
    assert first_look > before[0]
    assert frozen > 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
