"""The Bluesky plug-in against Bluesky's own servers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from atproto import models

from glede.platforms.bluesky.connector import Bluesky, platform
from glede.platforms.contract import (
    Connection,
    Cursor,
    InboundEvent,
    Kind,
    OutboundMessage,
    Post,
    RawEvent,
    Written,
)
from tests.real.network import Account, Network, now_text, wait_for

pytestmark = pytest.mark.network


def now() -> datetime:
    return datetime.now(UTC)


def connection(network: Network, account: Account, **settings: str) -> Connection:
    return Connection(
        account=account.did,
        base_url=network.pds,
        credential={"identifier": account.handle, "password": account.app_password},
        settings={"timeout_seconds": "5", **settings},
    )


@pytest.fixture(scope="module")
def resident(network: Network) -> Account:
    return network.create_account("mabel")


@pytest.fixture(scope="module")
def landlord(network: Network) -> Account:
    return network.create_account("redkite")


@pytest.fixture
def desk(network: Network, landlord: Account) -> Iterator[Bluesky]:
    connector = Bluesky(connection(network, landlord))
    yield connector
    connector.close()


def parsed(events: tuple[RawEvent, ...] | list[RawEvent], account: str) -> list[InboundEvent]:
    return [event for raw in events for event in platform.parse(raw.body, account)]


def mentioning(landlord: Account, words: str, **more: object) -> models.AppBskyFeedPost.Record:
    handle = f"@{landlord.handle}"
    facet = models.AppBskyRichtextFacet.Main(
        features=[models.AppBskyRichtextFacet.Mention(did=landlord.did)],
        index=models.AppBskyRichtextFacet.ByteSlice(byte_start=0, byte_end=len(handle)),
    )
    return models.AppBskyFeedPost.Record(
        text=f"{handle} {words}", facets=[facet], **{"created_at": now_text(), **more}
    )


def polled(desk: Bluesky, landlord: Account, cursor: Cursor, uri: str) -> tuple[Post, Cursor]:
    found: list[Post] = []
    at = [cursor]

    def look() -> bool:
        batch = desk.poll(at[0], now=now())
        at[0] = batch.cursor
        found.extend(
            event.post
            for event in parsed(batch.events, landlord.did)
            if isinstance(event, Written) and event.post.native_id == uri
        )
        return bool(found)

    wait_for(look, what=f"a poll to bring {uri}")
    return found[0], at[0]


def test_a_mention_is_polled_once_and_answered_in_its_thread(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    asking = network.client(resident)
    start = desk.poll(Cursor(), now=now()).cursor
    asked_at = now()
    sent = asking.app.bsky.feed.post.create(
        resident.did, mentioning(landlord, "the lift is out again", langs=["en"])
    )

    post, cursor = polled(desk, landlord, start, sent.uri)

    assert post.kind is Kind.MENTION
    assert post.text == f"@{landlord.handle} the lift is out again"
    assert post.author.native_id == resident.did
    assert post.author.handle == resident.handle
    assert post.thread == sent.uri
    assert post.language == "en"
    assert not post.ours
    assert abs(post.at - asked_at) < timedelta(seconds=5)
    assert desk.poll(cursor, now=now()).events == ()

    message = OutboundMessage(
        key="delivery 1",
        text="An engineer is on the way. ^Sam",
        queued_at=now(),
        parent=post.native_id,
        parent_revision=post.revision,
        root=post.thread,
    )
    before = now()
    receipt = desk.send(message, now=now())
    after = now()

    assert before - timedelta(milliseconds=5) <= receipt.at <= after + timedelta(milliseconds=5)
    again = desk.send(message, now=now())
    assert again.native_id == receipt.native_id
    assert desk.read_back(message, now=now()) is not None

    def replies() -> list[str]:
        thread = network.look().get_post_thread(sent.uri).thread
        return [reply.post.record.text for reply in thread.replies or []]

    assert wait_for(replies, what="the answer in the thread") == [message.text]
    ours, _ = polled(desk, landlord, cursor, receipt.native_id)
    assert ours.ours
    assert ours.parent == sent.uri
    assert ours.subject is not None
    assert ours.subject.text == post.text
