"""When a request for a second person's yes counts as unanswered (clause 5.4)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from glede.desk.outbox.rules import unanswered_at

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
HALF = timedelta(minutes=30)


def at(due_at: datetime | None) -> datetime:
    return unanswered_at(NOW, due_at=due_at, percent=25, at_most=HALF)


def test_a_share_of_what_is_left_and_no_longer_than_the_policy_says() -> None:
    assert at(NOW + timedelta(hours=1)) == NOW + timedelta(minutes=15)
    assert at(NOW + timedelta(hours=12)) == NOW + HALF


def test_without_a_clock_or_when_it_is_late_the_share_is_of_the_longest() -> None:
    assert at(None) == at(NOW - timedelta(hours=1)) == at(NOW) == NOW + HALF / 4


@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)), st.integers(1, 100))
def test_it_is_never_before_the_asking_nor_after_the_longest(left: timedelta, percent: int) -> None:
    found = unanswered_at(NOW, due_at=NOW + left, percent=percent, at_most=HALF)
    assert NOW < found <= NOW + HALF or left <= timedelta(microseconds=100)
    if left > timedelta(0):
        assert found <= NOW + left
