"""Record keys and addresses."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.platforms.bluesky.names import (
    Address,
    address,
    key_for,
    key_for_block,
    tid,
    time_of,
)

AT = datetime(2026, 11, 22, 10, 30, 15, 123456, tzinfo=UTC)


def test_a_servers_revision_says_when_it_was_made() -> None:
    # Recorded: made by a PDS at 2026-11-22 10:37:25 UTC by its own Date header.
    found = time_of("3n2vgc4f4o22x")

    assert found is not None
    assert abs(found - datetime(2026, 11, 22, 10, 37, 25, tzinfo=UTC)) < timedelta(seconds=2)


@given(
    at=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are given bare
    clock=st.integers(0, 1023),
)
def test_a_time_put_into_a_key_comes_out_again(at: datetime, clock: int) -> None:
    micros = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    assert time_of(tid(micros, clock)) == at


@pytest.mark.parametrize("text", ["", "3n2v", "3n2vgc4f4o221", "3N2VGC4F4O22X", "!" * 13])
def test_what_is_no_key_has_no_time(text: str) -> None:
    assert time_of(text) is None


def test_each_try_of_a_message_has_the_same_key_and_each_message_its_own() -> None:
    keys = {key_for(f"delivery {number}", AT) for number in range(10_000)}

    assert key_for("delivery 7", AT) == key_for("delivery 7", AT)
    assert len(keys) >= 10_000 - 1
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)
    made_at = time_of(key_for("delivery 7", AT))
    assert made_at is not None
    assert AT.replace(microsecond=0) <= made_at < AT.replace(microsecond=0) + timedelta(seconds=1)


def test_blocking_one_person_always_writes_the_same_record() -> None:
    assert key_for_block("did:plc:a") == key_for_block("did:plc:a")
    assert key_for_block("did:plc:a") != key_for_block("did:plc:b")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "at://did:plc:a",
        "at://did:plc:a/app.bsky.feed.post",
        "at://did:plc:a/app.bsky.feed.post/",
        "at://someone.test/app.bsky.feed.post/3abc",
        "https://bsky.app/profile/did:plc:a",
        "at://did:plc:a/app.bsky.feed.post/3abc/more",
    ],
)
def test_what_is_no_full_address_is_none(uri: str) -> None:
    assert address(uri) is None


def test_an_address_is_read_and_written_alike() -> None:
    uri = "at://did:plc:a/app.bsky.feed.post/3abc"

    assert address(uri) == Address("did:plc:a", "app.bsky.feed.post", "3abc")
    assert str(address(uri)) == uri
