"""Open screens miss nothing and are told nothing twice, whoever commits when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from glede.kit import live

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
INSERT = "INSERT INTO kit_liveevent (topic, payload, at) VALUES (%s, '{}', '2026-11-24 12:00+00')"


@pytest.fixture
def other() -> Iterator[psycopg.Connection]:
    options = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        options.pop(ours, None)
    with psycopg.connect(**options) as made:
        yield made


def publish(topic: str, **more: int) -> None:
    live.publish(topic=topic, payload={"id": 7}, now=NOW, **more)


def topics(events: list[live.Event]) -> list[str]:
    return [event.topic for event in events]


def test_an_event_is_read_with_whom_it_concerns() -> None:
    start = live.head()
    publish("alert.raised", brand=3, person=5)

    (event,) = live.read_after(start)
    assert (event.topic, event.brand, event.person) == ("alert.raised", 3, 5)
    assert (event.payload, event.at) == ({"id": 7}, NOW)


def test_reading_goes_on_from_any_position_and_in_steps() -> None:
    start = live.head()
    for number in range(5):
        publish(f"t{number}")

    first = live.read_after(start, limit=2)
    rest = live.read_after(first[-1].position)
    assert topics(first) + topics(rest) == ["t0", "t1", "t2", "t3", "t4"]
    assert live.read_after(rest[-1].position) == []


def test_a_change_that_is_rolled_back_tells_nothing() -> None:
    start = live.head()
    with transaction.atomic():
        publish("never")
        transaction.set_rollback(True)

    assert live.read_after(start) == []


def test_a_late_commit_is_neither_skipped_nor_delivered_twice(other: psycopg.Connection) -> None:
    start = live.head()
    publish("before")
    other.execute(INSERT, ["late"])
    publish("after")

    seen = live.read_after(start)
    assert topics(seen) == ["before"], "a reader waits for the oldest transaction"
    assert live.read_after(seen[-1].position) == []

    other.commit()
    more = live.read_after(seen[-1].position)
    assert topics(more) == ["late", "after"]
    assert live.read_after(more[-1].position) == []


def test_a_reader_that_starts_while_a_change_is_under_way_hears_of_it(
    other: psycopg.Connection,
) -> None:
    other.execute(INSERT, ["under way"])
    start = live.head()
    publish("after")
    other.commit()

    assert topics(live.read_after(start)) == ["under way", "after"]


def test_an_event_inside_a_savepoint_is_numbered_like_its_transaction() -> None:
    start = live.head()
    with transaction.atomic():
        publish("first")
        with transaction.atomic():
            publish("second")
        publish("third")

    assert topics(live.read_after(start)) == ["first", "second", "third"]


def test_listeners_are_woken_after_the_commit_and_once(other: psycopg.Connection) -> None:
    other.autocommit = True
    other.execute(f"LISTEN {live.CHANNEL}")
    with transaction.atomic():
        publish("one")
        publish("two")

    woken = list(other.notifies(timeout=5, stop_after=1))
    assert [(found.channel, found.payload) for found in woken] == [(live.CHANNEL, "")]
    assert list(other.notifies(timeout=0)) == []


def test_old_events_are_dropped_and_whoever_needed_them_has_to_load_the_page() -> None:
    before = live.head()
    publish("old")
    middle = live.read_after(before)[-1].position
    live.publish(topic="new", payload={}, now=NOW + timedelta(days=2))

    assert live.can_resume(before)
    assert live.prune(now=NOW + timedelta(days=2)) == 1
    assert live.prune(now=NOW + timedelta(days=2)) == 0

    assert not live.can_resume(before)
    assert live.can_resume(middle)
    assert topics(live.read_after(middle)) == ["new"]
    assert live.can_resume(live.head())


def test_a_position_from_before_a_restored_backup_is_not_resumed() -> None:
    assert not live.can_resume("999999999999-1")


@pytest.mark.parametrize("position", ["", "7", "7-", "-7", "a-b", "1-2-3", "9" * 30 + "-1", "²-1"])
def test_nonsense_from_a_browser_is_refused(position: str) -> None:
    with pytest.raises(live.BadPosition, match="is no position"):
        live.read_after(position)
