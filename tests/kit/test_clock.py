from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from glede.kit import clock

LONDON = ZoneInfo("Europe/London")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_now_is_an_instant_in_utc() -> None:
    told = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)

    with time_machine.travel(told, tick=False):
        assert clock.now() == told
        assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        (timedelta(0), "under 1 min"),
        (timedelta(seconds=59), "under 1 min"),
        (minutes(1), "1 min"),
        (minutes(11.9), "11 min"),
        (minutes(59), "59 min"),
        (minutes(60), "1 h"),
        (minutes(130), "2 h 10"),
        (minutes(181), "3 h 01"),
        (minutes(20 * 60), "20 h"),
        (minutes(47 * 60 + 59), "47 h 59"),
        (minutes(48 * 60), "2 days"),
        (minutes(3 * 24 * 60 + 700), "3 days"),
        (-minutes(25), "25 min"),
    ],
)
def test_a_duration_is_said_in_full_minutes(lasts: timedelta, words: str) -> None:
    assert clock.duration_words(lasts) == words


def test_time_left_and_time_late_are_said_without_a_minus_sign() -> None:
    due_at = datetime(2026, 11, 24, 15, 40, tzinfo=UTC)

    assert clock.due_words(due_at=due_at, now=due_at - minutes(130)) == "2 h 10 left"
    assert clock.due_words(due_at=due_at, now=due_at) == "under 1 min left"
    assert clock.due_words(due_at=due_at, now=due_at + minutes(25)) == "late 25 min"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-24T15:40+00:00", "15:40"),
        ("2026-11-25T12:00+00:00", "Wed 25 Nov 12:00"),
        ("2026-11-23T23:59+00:00", "Mon 23 Nov 23:59"),
        ("2027-01-04T09:00+00:00", "Mon 4 Jan 2027 09:00"),
        ("2026-07-01T12:00+00:00", "Wed 1 Jul 13:00"),
        ("2026-10-24T21:00+00:00", "Sat 24 Oct 22:00 BST"),
        ("2026-10-25T00:30+00:00", "Sun 25 Oct 01:30 BST"),
        ("2026-10-25T01:30+00:00", "Sun 25 Oct 01:30 GMT"),
        ("2026-10-25T09:00+00:00", "Sun 25 Oct 09:00 GMT"),
        ("2026-10-25T15:00+00:00", "Sun 25 Oct 15:00"),
        ("2026-10-24T12:00+00:00", "Sat 24 Oct 13:00"),
        ("2027-03-28T10:00+00:00", "Sun 28 Mar 2027 11:00 BST"),
    ],
)
def test_a_time_is_said_as_near_as_the_reader_needs(at: str, words: str) -> None:
    now = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)

    assert clock.when_words(datetime.fromisoformat(at), now, LONDON) == words


def test_today_is_the_readers_day() -> None:
    half_past_midnight = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)

    assert clock.when_words(half_past_midnight, half_past_midnight, LONDON) == "00:30"
    assert clock.day_words(half_past_midnight, LONDON) == "Thu 2 Jul"
