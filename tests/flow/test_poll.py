"""Asking platforms that do not call: nothing twice, no gap unseen, every silence on record."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Message
from glede.desk.intake import queries as intake
from glede.desk.intake.models import Blindness, Position
from glede.flow import inbound, names, poll
from glede.kit import clock
from glede.platforms.contract import RawEvent, Reconnect, TryAgain
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import SYSTEM
from tests.flow.conftest import Desk

#: Real commits: nothing of ours may be held open while a platform is spoken to.
pytestmark = pytest.mark.django_db(transaction=True)


def _waiting(name: str) -> list[dict[str, object]]:
    jobs = ProcrastinateJob.objects.filter(task_name=name).order_by("id")
    return [job.args for job in jobs]


def test_a_poll_keeps_what_is_new_and_remembers_where_it_was(desk: Desk) -> None:
    desk.town.network.events = [desk.town.written("c-1", "Hello?", at=clock.now())]
    poll.account(account_id=desk.account_id)
    poll.account(account_id=desk.account_id)
    inbound.drain(now=clock.now())

    assert Message.objects.count() == 1
    assert intake.position(account_id=desk.account_id, way="poll").value == "1"
    assert Account.objects.get().last_checked_at is not None


def test_a_platform_that_asks_for_patience_gets_it(desk: Desk) -> None:
    until = clock.now() + timedelta(minutes=5)
    desk.town.network.fail_with = [TryAgain("Too many calls.", at=until)]

    assert poll.account(account_id=desk.account_id) == until


def test_a_silence_is_recorded_from_when_we_last_heard_and_ends_with_a_look_back(
    desk: Desk,
) -> None:
    desk.town.network.events = [desk.town.written("c-1", "Hello?", at=clock.now())]
    poll.account(account_id=desk.account_id)
    inbound.drain(now=clock.now())
    last_heard = clock.now() - timedelta(minutes=38)
    Position.objects.update(heard_at=last_heard)

    desk.town.network.fail_with = [TryAgain("Down.")]
    poll.account(account_id=desk.account_id)
    assert Blindness.objects.get().from_at == last_heard

    poll.account(account_id=desk.account_id)
    assert Blindness.objects.get().until_at is not None
    assert desk.town.network.looked_up == ["c-1"]


def test_an_item_told_of_without_words_is_read_and_keeps_its_clock(desk: Desk) -> None:
    at = clock.now()
    read = desk.town.written("c-1", "Ask them", at=at)
    read = RawEvent(read.key, read.body.replace(b'"written"', b'"edited"'), read.account)
    desk.town.network.items["c-1"] = read
    desk.hears(desk.town.written("c-1", "", at=at, unread=True), now=at)
    assert _waiting(names.LOOK_UP) == [
        {"account_id": desk.account_id, "native_id": "c-1", "tries": 0}
    ]

    poll.look_up(account_id=desk.account_id, native_id="c-1", tries=0)
    inbound.drain(now=clock.now())

    message = Message.objects.get()
    assert message.versions.order_by("-number")[0].text == "Ask them"
    assert message.received_at == at
    assert Clock.objects.filter(kind="acknowledge").count() == 1


def test_an_item_that_cannot_be_read_yet_is_looked_up_again_and_not_for_ever(desk: Desk) -> None:
    for tries in (0, poll.MOST_LOOKS):
        desk.town.network.fail_with = [TryAgain("Down.")]
        poll.look_up(account_id=desk.account_id, native_id="c-1", tries=tries)

    assert [one["tries"] for one in _waiting(names.LOOK_UP)] == [1]


def test_one_missed_poll_is_no_silence(desk: Desk) -> None:
    poll.account(account_id=desk.account_id)
    desk.town.network.fail_with = [TryAgain("A hiccup.")]
    poll.account(account_id=desk.account_id)

    assert not Blindness.objects.exists()


def test_a_dead_token_is_told_and_blindness_begins(desk: Desk) -> None:
    poll.account(account_id=desk.account_id)
    desk.town.network.fail_with = [Reconnect("The app password was revoked.")]
    poll.account(account_id=desk.account_id)

    account = Account.objects.get()
    assert (account.state, account.state_reason) == ("lapsed", "The app password was revoked.")
    assert Blindness.objects.get().until_at is None

    accounts.connect(
        app_id=desk.app_id,
        brand_id=desk.brand_id,
        native_id=account.native_id,
        handle="redkite",
        base_url="",
        credential={"password": "new"},
        settings={},
        actor=SYSTEM,
        now=clock.now(),
    )
    poll.account(account_id=desk.account_id)
    assert Blindness.objects.get().until_at is not None


def test_a_platform_that_tells_of_no_deletion_is_asked_every_so_often(desk: Desk) -> None:
    account = Account.objects.get()
    account.settings = {"look_every": 600}
    account.save()
    desk.town.network.events = [desk.town.written("c-1", "Hello?", at=clock.now())]
    poll.account(account_id=desk.account_id)
    inbound.drain(now=clock.now())
    desk.town.network.looked_up.clear()

    poll.account(account_id=desk.account_id)
    assert desk.town.network.looked_up == []
    Position.objects.filter(way="lookup").update(heard_at=clock.now() - timedelta(seconds=601))
    poll.account(account_id=desk.account_id)
    poll.account(account_id=desk.account_id)
    assert desk.town.network.looked_up == ["c-1"]


def test_a_gap_the_platform_admits_is_looked_up(desk: Desk) -> None:
    desk.is_asked(at=clock.now(), id="c-1")
    desk.town.network.gap = True
    poll.account(account_id=desk.account_id)

    assert desk.town.network.looked_up == ["c-1"]


def test_a_stream_keeps_its_sequence_and_stops_when_told(desk: Desk) -> None:
    desk.town.network.events = [desk.town.written("c-1", "Hello?", at=clock.now())]
    turns = iter([False, False, True])
    poll.follow(account_id=desk.account_id, stop=lambda: next(turns))
    inbound.drain(now=clock.now())

    assert Message.objects.count() == 1
    assert intake.position(account_id=desk.account_id, way="stream").value == "1"


def test_a_dead_stream_is_marked_while_polls_go_on_and_the_mark_ends_with_what_it_brings(
    desk: Desk,
) -> None:
    now = clock.now()
    for since, marked in ((now - timedelta(seconds=10), 0), (now - timedelta(minutes=3), 1)):
        poll.stream_failed(account_id=desk.account_id, since=since, error=TryAgain("Closed."))
        poll.account(account_id=desk.account_id)
        assert Blindness.objects.filter(until_at=None).count() == marked
    mark = Blindness.objects.get()
    assert (mark.way, mark.why, mark.from_at) == ("stream", "Closed.", now - timedelta(minutes=3))

    turns = iter([False, True])
    poll.follow(account_id=desk.account_id, stop=lambda: next(turns))
    assert Blindness.objects.get().until_at is not None


def test_a_stream_that_is_told_the_token_is_dead_lapses_the_account(desk: Desk) -> None:
    poll.stream_failed(
        account_id=desk.account_id, since=clock.now(), error=Reconnect("Revoked in the app.")
    )

    assert Account.objects.get().state == "lapsed"


def test_what_is_understood_is_counted_by_hour_and_way(desk: Desk) -> None:
    now = clock.now()
    desk.hears(desk.town.written("c-1", "One", at=now), now=now)
    desk.hears(desk.town.written("c-2", "Two", at=now), now=now)

    (tally,) = intake.tallies(since=now - timedelta(hours=2), account_id=desk.account_id)
    assert (tally.events, tally.way, tally.last_at) == (2, "poll", now)
