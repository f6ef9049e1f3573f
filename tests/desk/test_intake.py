"""Raw events are kept once, handed to one worker at a time, set aside, replayed and dropped."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from glede.desk.intake import actions, queries
from glede.desk.intake.models import Blindness, RawEvent, Usage
from glede.desk.intake.rules import NotAsideError
from glede.desk.intake.statements import TAKE
from glede.platforms.contract import Cursor
from glede.platforms.contract import RawEvent as Raw
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import Actor, ActorKind
from tests import make

NOW = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)
PRIYA = Actor(ActorKind.PERSON, "7", "Priya")


@pytest.fixture
def app_id(db: None) -> int:
    return make.website("red-kite", make.brand("Red Kite"))


def _account(app_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_account WHERE app_id = %s", [app_id])
        return int(cursor.fetchone()[0])


def keep(app_id: int, *keys: str, now: datetime = NOW) -> int:
    return actions.keep(app_id=app_id, events=[Raw(key, key.encode()) for key in keys], now=now)


def test_what_is_known_is_not_kept_again(app_id: int) -> None:
    assert keep(app_id, "a", "b", "b") == 2
    assert keep(app_id, "b", "c") == 1
    assert keep(app_id) == 0
    assert queries.counts().waiting == 3


def test_a_text_no_database_takes_is_kept_as_far_as_it_goes(app_id: int) -> None:
    events = [Raw("nul\0", b"\0", "acc\0"), Raw("half \ud800", b"x", "\ud800")]

    assert actions.keep(app_id=app_id, events=events, now=NOW) == 2
    assert bytes(RawEvent.objects.order_by("id")[0].body) == b"\0"


def test_they_are_handed_out_oldest_first(app_id: int) -> None:
    keep(app_id, "a", "b", "c")

    with transaction.atomic():
        taken = actions.take(limit=2, now=NOW)

    assert [(one.key, one.body, one.platform) for one in taken] == [
        ("a", b"a", "website"),
        ("b", b"b", "website"),
    ]
    assert taken[0].way == "poll"


@pytest.mark.django_db(transaction=True)
def test_what_one_worker_holds_no_other_is_given() -> None:
    with transaction.atomic():
        app_id = make.website("red-kite", make.brand("Red Kite"))
        keep(app_id, "a", "b", "c")
    other = connections.create_connection("default")
    try:
        with transaction.atomic():
            (held,) = actions.take(limit=1, now=NOW)
            with other.cursor() as cursor:
                cursor.execute(TAKE, [9])
                left = [row[3] for row in cursor.fetchall()]
    finally:
        other.close()

    assert (held.key, left) == ("a", ["b", "c"])


@pytest.mark.django_db(transaction=True)
def test_events_are_not_handed_out_outside_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        actions.take(limit=1, now=NOW)


def test_what_is_done_is_not_handed_out_again(app_id: int) -> None:
    keep(app_id, "a", "b")
    with transaction.atomic():
        first, _ = actions.take(limit=9, now=NOW)
        actions.done(ids=[first.pk], now=NOW)

        assert [one.key for one in actions.take(limit=9, now=NOW)] == ["b"]


def test_what_was_set_aside_is_visible_and_can_be_replayed(app_id: int) -> None:
    keep(app_id, "a", "b")
    with transaction.atomic():
        first, _ = actions.take(limit=9, now=NOW)
        actions.set_aside(event_id=first.pk, error="It has no author.\0", now=NOW)

        assert [one.key for one in actions.take(limit=9, now=NOW)] == ["b"]
        (aside,) = queries.set_aside()
        assert (aside.key, aside.error, aside.tries) == ("a", "It has no author.", 1)
        assert (queries.counts().waiting, queries.counts().aside) == (1, 1)

        actions.replay(event_id=first.pk, actor=PRIYA, now=NOW)
        assert [one.key for one in actions.take(limit=9, now=NOW)] == ["a", "b"]
        with pytest.raises(NotAsideError):
            actions.replay(event_id=first.pk, actor=PRIYA, now=NOW)
    verbs = list(Entry.objects.filter(object_kind="raw event").order_by("id").values_list("verb"))
    assert verbs == [("intake:event:set-aside",), ("intake:event:replayed",)]


def test_the_oldest_waiting_is_told(app_id: int) -> None:
    assert queries.oldest_waiting_at() is None
    keep(app_id, "a")
    keep(app_id, "b", now=NOW + timedelta(minutes=1))

    assert queries.oldest_waiting_at() == NOW


def test_old_events_are_dropped_unless_somebody_still_needs_them(app_id: int) -> None:
    keep(app_id, "done", "aside", "waiting")
    with transaction.atomic():
        done, aside, _ = actions.take(limit=9, now=NOW)
        actions.done(ids=[done.pk], now=NOW)
        actions.set_aside(event_id=aside.pk, error="?", now=NOW)
    Usage.objects.create(key="form:x", window_at=NOW)
    month = timedelta(days=30)

    assert actions.drop_old(kept_for=month, now=NOW + month) == 0
    assert actions.drop_old(kept_for=month, now=NOW + month + timedelta(seconds=1)) == 1
    assert set(RawEvent.objects.values_list("key", flat=True)) == {"aside", "waiting"}
    assert not Usage.objects.exists()


def test_a_position_is_remembered_for_each_way(app_id: int) -> None:
    account_id = _account(app_id)
    assert queries.position(account_id=account_id, way="poll") == Cursor("")

    actions.move(account_id=account_id, way="poll", cursor=Cursor("7"), now=NOW)
    actions.move(account_id=account_id, way="stream", cursor=Cursor("s"), now=NOW)
    actions.move(account_id=account_id, way="poll", cursor=Cursor("8"), now=NOW)
    later = NOW + timedelta(minutes=1)
    actions.heard(account_id=account_id, way="poll", now=later)

    assert queries.position(account_id=account_id, way="poll") == Cursor("8")
    assert queries.heard_at(account_id=account_id, way="poll") == later
    assert queries.heard_at(account_id=account_id, way="stream") == NOW


def test_a_blind_spell_is_opened_once_and_closed(app_id: int) -> None:
    account_id = _account(app_id)
    later = NOW + timedelta(hours=1)
    with transaction.atomic():
        assert actions.open_blindness(account_id=account_id, from_at=NOW, why="away", now=NOW)
        assert not actions.open_blindness(account_id=account_id, from_at=NOW, why="?", now=later)
        assert queries.blind_since(account_id=account_id) == NOW
        assert actions.close_blindness(account_id=account_id, now=later) == NOW
        assert actions.close_blindness(account_id=account_id, now=later) is None

    assert Blindness.objects.get().until_at == later
    assert queries.blind_since(account_id=account_id) is None
