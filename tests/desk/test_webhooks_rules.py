"""What a webhook says, how it is signed, and when it is tried again."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some
from standardwebhooks import Webhook

from glede.desk.webhooks import rules
from glede.desk.webhooks.rules import Secret
from glede.kit import clock
from tests.make import NOW

WAITS = (5, 300, 1_800, 7_200)


@given(
    some.binary(min_size=24, max_size=64),
    some.dictionaries(some.text(max_size=9), some.text(max_size=30), max_size=4),
)
def test_the_conventions_own_library_takes_what_we_sign(key: bytes, data: dict[str, str]) -> None:
    secret, now = rules.written(key), clock.now()
    content = rules.body("reply.sent", NOW, data)

    given = rules.headers(message_id="msg_7", at=now, content=content, secrets=[Secret(secret)])

    told = Webhook(secret).verify(content, given)
    assert told == {"type": "reply.sent", "timestamp": NOW.isoformat(), "data": data}
    assert json.loads(content) == told


def test_two_secrets_are_good_while_a_receiver_changes_over() -> None:
    new, old = rules.written(b"n" * 32), rules.written(b"o" * 32)
    now, until = clock.now(), clock.now() + timedelta(hours=1)
    kept = [Secret(new), Secret(old, until)]

    both = rules.headers(message_id="msg_1", at=now, content=b"{}", secrets=kept)
    later = rules.headers(message_id="msg_1", at=until, content=b"{}", secrets=kept)

    assert Webhook(new).verify(b"{}", both) == Webhook(old).verify(b"{}", both) == {}
    assert len(both["webhook-signature"].split()) == 2
    assert len(later["webhook-signature"].split()) == 1


@given(some.integers(1, 12), some.sampled_from(["", "soon", "1", "100000", "99999999999999"]))
def test_a_try_comes_no_sooner_than_planned_and_no_later_than_a_day(tries: int, after: str) -> None:
    found = rules.next_try(tries=tries, now=NOW, waits=WAITS, retry_after=after)

    if tries > len(WAITS):
        assert found is None
    else:
        assert found is not None
        assert timedelta(seconds=WAITS[tries - 1]) <= found - NOW <= timedelta(hours=24)


def test_a_receiver_may_ask_for_time_in_seconds_or_as_a_date() -> None:
    date = "Tue, 24 Nov 2026 12:40:00 GMT"

    assert rules.next_try(tries=1, now=NOW, waits=WAITS, retry_after="60") == NOW + timedelta(
        minutes=1
    )
    assert rules.next_try(tries=1, now=NOW, waits=WAITS, retry_after=date) == NOW + timedelta(
        hours=1
    )


@given(some.integers(0, 10**6))
def test_who_fails_for_longer_is_left_alone_for_longer_within_bounds(seconds: int) -> None:
    since = NOW - timedelta(seconds=seconds)

    found = rules.rest(failing_since=since, now=NOW, waits=WAITS)

    assert timedelta(seconds=5) <= found <= timedelta(minutes=30)
    assert found <= rules.rest(failing_since=since - timedelta(hours=1), now=NOW, waits=WAITS)


def test_everything_that_can_be_told_has_words_but_the_test() -> None:
    assert set(rules.WORDS) == set(rules.Kind) - {rules.Kind.TEST}
