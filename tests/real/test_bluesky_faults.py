"""The Bluesky plug-in when the network breaks, refuses or lies: real servers behind a proxy."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace as replaced
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from glede.platforms.bluesky.connector import Bluesky
from glede.platforms.contract import (
    Cursor,
    OutcomeUnknown,
    Reconnect,
    Refused,
    TryAgain,
)
from tests.real.fault_proxy import Reply
from tests.real.network import Account, Network
from tests.real.test_bluesky import answer, connection, now, standing

pytestmark = pytest.mark.network

CREATE = "com.atproto.repo.createRecord"
SIGN_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"
NOTIFICATIONS = "app.bsky.notification.listNotifications"


@pytest.fixture(scope="module")
def landlord(network: Network) -> Account:
    return network.create_account("pennvale")


@pytest.fixture
def desk(network: Network, landlord: Account) -> Iterator[Bluesky]:
    with closing(Bluesky(connection(network, landlord, timeout_seconds="2"))) as connector:
        yield connector


def test_one_sign_in_serves_many_calls(network: Network, desk: Bluesky) -> None:
    watched = network.faults.before(SIGN_IN, lambda _: None, times=None)

    cursor = Cursor()
    for _ in range(3):
        cursor = desk.poll(cursor, now=now()).cursor
    desk.send(answer("one session", "We work on Sundays too"), now=now())

    assert len(watched.seen) == 1


def test_a_lost_answer_is_unknown_and_found_and_stands_once(
    network: Network, landlord: Account, desk: Bluesky
) -> None:
    message = answer("lost", "The answer that got lost")
    network.faults.lose_answer(CREATE)

    with pytest.raises(OutcomeUnknown):
        desk.send(message, now=now())

    found = desk.read_back(message, now=now())
    assert found is not None
    assert abs(found.at - message.queued_at) < timedelta(seconds=5)
    assert desk.send(message, now=now()).native_id == found.native_id
    assert standing(network, landlord).count("The answer that got lost") == 1


def test_a_time_out_before_the_server_saw_it_is_unknown_and_not_found(
    network: Network, landlord: Account, desk: Bluesky
) -> None:
    message = answer("held", "The answer that never left")
    held = network.faults.hold(CREATE)

    with pytest.raises(OutcomeUnknown):
        desk.send(message, now=now())

    assert desk.read_back(message, now=now()) is None
    held.end()
    desk.send(message, now=now())
    assert standing(network, landlord).count("The answer that never left") == 1


def test_an_error_after_the_write_is_found_out_at_once(
    network: Network, landlord: Account, desk: Bluesky
) -> None:
    network.faults.spoil_answer(CREATE, status=502)

    receipt = desk.send(answer("spoiled", "Done, said the 502"), now=now())

    assert receipt.native_id
    assert standing(network, landlord).count("Done, said the 502") == 1


def test_an_error_instead_of_the_write_stays_unknown(network: Network, desk: Bluesky) -> None:
    network.faults.refuse(CREATE, status=500, error="InternalServerError")

    with pytest.raises(OutcomeUnknown):
        desk.send(answer("broken", "Not done, said the 500"), now=now())


def test_a_rate_limit_says_when_to_come_back(network: Network, desk: Bluesky) -> None:
    reset = int(now().timestamp()) + 90
    network.faults.limit_rate(NOTIFICATIONS, reset_at=reset)
    network.faults.limit_rate(CREATE, reset_at=reset)

    with pytest.raises(TryAgain) as reading:
        desk.poll(Cursor(), now=now())
    with pytest.raises(TryAgain) as writing:
        desk.send(answer("limited", "Too much"), now=now())

    assert reading.value.at == writing.value.at == datetime.fromtimestamp(reset, tz=UTC)


def test_an_expired_token_is_renewed_mid_way(
    network: Network, landlord: Account, desk: Bluesky
) -> None:
    desk.identify(now=now())
    network.faults.refuse(NOTIFICATIONS, status=400, error="ExpiredToken")
    network.faults.refuse(CREATE, status=400, error="ExpiredToken")

    desk.poll(Cursor(), now=now())
    desk.send(answer("renewed", "With a new token"), now=now())

    assert standing(network, landlord).count("With a new token") == 1


def test_a_session_about_to_end_is_refreshed_not_signed_in_anew(
    network: Network, desk: Bluesky
) -> None:
    desk.identify(now=now())
    signing_in = network.faults.before(SIGN_IN, lambda _: None, times=None)
    refreshing = network.faults.before(REFRESH, lambda _: None, times=None)

    with time_machine.travel(now() + timedelta(minutes=110)):
        desk.poll(Cursor(), now=now())

    assert refreshing.seen
    assert signing_in.seen == []


def test_a_session_that_cannot_be_refreshed_is_signed_in_anew(
    network: Network, desk: Bluesky
) -> None:
    desk.identify(now=now())
    signing_in = network.faults.before(SIGN_IN, lambda _: None, times=None)
    network.faults.refuse(REFRESH, status=400, error="ExpiredToken")

    with time_machine.travel(now() + timedelta(minutes=110)):
        desk.poll(Cursor(), now=now())

    assert len(signing_in.seen) == 1


def test_the_address_in_the_accounts_did_document_does_not_move_us(
    network: Network, landlord: Account
) -> None:
    # Every DID document here names the proxy; this account was connected past it.
    there = network.faults.before("*", lambda _: None, times=None)
    pinned = replaced(connection(network, landlord), base_url=network.pds_itself)

    with closing(Bluesky(pinned)) as desk:
        desk.poll(Cursor(), now=now())
        desk.send(answer("pinned", "From where we were put"), now=now())

    assert there.seen == []


def test_a_server_that_never_likes_our_token_does_not_make_us_sign_in_for_ever(
    network: Network, desk: Bluesky
) -> None:
    signing_in = network.faults.before(SIGN_IN, lambda _: None, times=None)
    network.faults.refuse(NOTIFICATIONS, status=400, error="ExpiredToken", times=None)

    for _ in range(30):
        with pytest.raises(TryAgain):
            desk.poll(Cursor(), now=now())

    assert len(signing_in.seen) <= 10


def test_a_rate_limit_on_signing_in_is_respected_without_asking_again(
    network: Network, desk: Bluesky
) -> None:
    reset = int(now().timestamp()) + 90
    limited = network.faults.limit_rate(SIGN_IN, reset_at=reset, times=None)

    for _ in range(3):
        with pytest.raises(TryAgain) as refused:
            desk.poll(Cursor(), now=now())
        assert refused.value.at == datetime.fromtimestamp(reset, tz=UTC)

    assert len(limited.seen) == 1
    network.faults.clear()
    desk.poll(Cursor(), now=datetime.fromtimestamp(reset + 1, tz=UTC))


def test_a_wrong_app_password_asks_to_connect_again(network: Network, landlord: Account) -> None:
    wrong = replaced(
        connection(network, landlord),
        credential={"identifier": landlord.handle, "password": "aaaa-bbbb-cccc-dddd"},
    )
    asked = network.faults.before(SIGN_IN, lambda _: None, times=None)

    with closing(Bluesky(wrong)) as desk:
        for _ in range(3):
            with pytest.raises(Reconnect, match="Invalid identifier or password"):
                desk.poll(Cursor(), now=now())

    assert len(asked.seen) == 1
    assert "aaaa-bbbb" not in repr(wrong)


def test_a_revoked_app_password_asks_to_connect_again_once_the_session_ends(
    network: Network,
) -> None:
    account = network.create_account("revoked")
    with closing(Bluesky(connection(network, account))) as desk:
        desk.poll(Cursor(), now=now())
        owner = network.client(account)
        owner.com.atproto.server.revoke_app_password({"name": "desk"})
        network.faults.refuse(NOTIFICATIONS, status=400, error="ExpiredToken")

        with pytest.raises(Reconnect):
            desk.poll(Cursor(), now=now())


def test_a_taken_down_account_asks_to_connect_again_with_the_reason(network: Network) -> None:
    account = network.create_account("takendown")
    with closing(Bluesky(connection(network, account))) as desk:
        desk.poll(Cursor(), now=now())
        network.take_down(account)

        with pytest.raises(Reconnect, match=r"taken down|Takedown"):
            desk.send(answer("down", "Anybody there?"), now=now())

    # A take-down also ends the app passwords; only the account's own password hears why.
    with closing(Bluesky(connection(network, account))) as fresh, pytest.raises(Reconnect):
        fresh.poll(Cursor(), now=now())
    own = replaced(
        connection(network, account),
        credential={"identifier": account.handle, "password": account.password},
    )
    with closing(Bluesky(own)) as fresh, pytest.raises(Reconnect, match="AccountTakedown"):
        fresh.poll(Cursor(), now=now())


def test_a_code_by_e_mail_asks_for_an_app_password(network: Network, desk: Bluesky) -> None:
    network.faults.refuse(SIGN_IN, status=401, error="AuthFactorTokenRequired")

    with pytest.raises(Reconnect, match="AuthFactorTokenRequired"):
        desk.identify(now=now())


def test_a_server_that_is_not_there_means_try_again(network: Network, landlord: Account) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        dead = replaced(connection(network, landlord), base_url=nobody)
        with closing(Bluesky(dead)) as desk, pytest.raises(TryAgain):
            desk.send(answer("dead", "Hello?"), now=now())


def test_we_do_not_follow_elsewhere_with_a_credential(network: Network, desk: Bluesky) -> None:
    desk.identify(now=now())
    there = ("location", "http://elsewhere.example/xrpc/")
    network.faults.answer(NOTIFICATIONS, Reply(status=307, headers=(there,)))

    with pytest.raises(Refused, match="elsewhere"):
        desk.poll(Cursor(), now=now())
