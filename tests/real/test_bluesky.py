"""The Bluesky plug-in against Bluesky's own servers."""

from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace as replaced
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from atproto import models

from glede.platforms.bluesky.connector import Bluesky, platform
from glede.platforms.contract import (
    Act,
    Connection,
    Cursor,
    Deleted,
    Edited,
    Gone,
    InboundEvent,
    Kind,
    Media,
    Moderation,
    OutboundMessage,
    Post,
    RawEvent,
    Refused,
    Written,
)
from tests.real.network import Account, Network, now_text, wait_for

pytestmark = pytest.mark.network

PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


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


def strong(made: Any) -> models.ComAtprotoRepoStrongRef.Main:
    return models.ComAtprotoRepoStrongRef.Main(uri=made.uri, cid=made.cid)


def under(root: Any, parent: Any = None) -> models.AppBskyFeedPost.ReplyRef:
    return models.AppBskyFeedPost.ReplyRef(root=strong(root), parent=strong(parent or root))


def indexed(network: Network, uri: str) -> Any:
    def look() -> Any:
        found = network.look().get_posts([uri]).posts
        return found[0] if found else None

    return wait_for(look, what=f"the AppView to list {uri}")


def answer(key: str, text: str, parent: Any = None, **more: Any) -> OutboundMessage:
    return OutboundMessage(
        key=key, text=text, queued_at=now(), parent=parent.uri if parent else "", **more
    )


def standing(network: Network, account: Account) -> list[str]:
    """The texts in the account's own repository, seen past the proxy."""
    found = network.connect(network.pds_itself).com.atproto.repo.list_records(
        models.ComAtprotoRepoListRecords.Params(
            repo=account.did, collection="app.bsky.feed.post", limit=100
        )
    )
    return [record.value["text"] for record in found.records]


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


# --- What the lists bring ------------------------------------------------------------------


def test_a_post_with_a_wrong_clock_counts_from_when_it_came(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    long_ago = now() - timedelta(days=30)
    start = desk.poll(Cursor(), now=now())
    polled_at = now()
    quiet = desk.poll(start.cursor, now=polled_at)

    sent = network.client(resident).app.bsky.feed.post.create(
        resident.did,
        mentioning(landlord, "my clock is slow", created_at=long_ago.isoformat()),
    )

    post, _ = polled(desk, landlord, quiet.cursor, sent.uri)
    assert post.at >= polled_at
    assert post.remark_at is not None
    assert abs(post.remark_at - long_ago) < timedelta(seconds=1)


def test_replies_quotes_and_deep_replies_under_our_post_say_what_they_are_about(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    cursor = desk.poll(Cursor(), now=now()).cursor
    root = network.client(landlord).send_post("Boilers are serviced in May.")
    # People answer what they see. Repositories are indexed side by side, and the AppView tells
    # nobody of a reply that it indexed in the very moment of the post it answers.
    indexed(network, root.uri)
    asking = network.client(resident)
    reply = asking.send_post("Which week?", reply_to=under(root))
    deep = asking.send_post("Sorry, which day?", reply_to=under(root, reply))
    quote = asking.send_post(
        "Look at this", embed=models.AppBskyEmbedRecord.Main(record=strong(root))
    )

    seen: dict[str, Post] = {}

    def look() -> bool:
        nonlocal cursor
        batch = desk.poll(cursor, now=now())
        cursor = batch.cursor
        for event in parsed(batch.events, landlord.did):
            if isinstance(event, Written):
                seen[event.post.native_id] = event.post
        return {root.uri, reply.uri, deep.uri, quote.uri} <= set(seen)

    wait_for(look, what="all four posts")
    assert seen[root.uri].ours
    assert seen[root.uri].kind is Kind.POST
    assert seen[reply.uri].kind is Kind.COMMENT
    assert seen[deep.uri].kind is Kind.COMMENT
    assert seen[quote.uri].kind is Kind.QUOTE
    assert seen[deep.uri].thread == root.uri
    assert seen[deep.uri].parent == reply.uri
    assert seen[quote.uri].thread == quote.uri
    for uri in (reply.uri, deep.uri, quote.uri):
        subject = seen[uri].subject
        assert subject is not None
        assert subject.native_id == root.uri
        assert subject.ours
        assert subject.text == "Boilers are serviced in May."


def test_looking_up_tells_what_changed_and_what_is_gone(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    asking = network.client(resident)
    kept = asking.send_post("still here")
    removed = asking.send_post("never mind")
    changed = asking.send_post("the lift is brokn")
    for post in (kept, removed, changed):
        indexed(network, post.uri)
    asking.delete_post(removed.uri)
    replace(network, resident, changed.uri, "the lift is broken")
    wait_for(
        lambda: (
            not network.look().get_posts([removed.uri]).posts
            and indexed(network, changed.uri).record.text == "the lift is broken"
        ),
        what="the AppView to see both",
    )
    nobody = f"at://{resident.did}/app.bsky.feed.post/3aaaaaaaaaaaa"

    events = desk.lookup([kept.uri, removed.uri, changed.uri, nobody, "rubbish"], now=now())

    found = {
        event.post.native_id: event
        for event in parsed(list(events), landlord.did)
        if isinstance(event, Edited)
    }
    gone = {
        event.native_id
        for event in parsed(list(events), landlord.did)
        if isinstance(event, Deleted)
    }
    assert found[kept.uri].post.text == "still here"
    assert found[changed.uri].post.text == "the lift is broken"
    assert found[changed.uri].post.revision != changed.cid
    assert gone == {removed.uri, nobody}
    assert f"{landlord.did} {kept.uri}@{kept.cid}" in {event.key for event in events}


def replace(network: Network, account: Account, uri: str, text: str) -> None:
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now_text()}
    network.client(account).com.atproto.repo.put_record(
        models.ComAtprotoRepoPutRecord.Data(
            repo=account.did,
            collection="app.bsky.feed.post",
            rkey=uri.rpartition("/")[2],
            record=record,
        )
    )


# --- Sending -------------------------------------------------------------------------------


def test_links_tags_and_names_stand_at_the_right_bytes(
    network: Network, resident: Account, desk: Bluesky
) -> None:
    text = f"Grüße 👋🏽 @{resident.handle}: https://example.org/a?ref=1 #repairs @nobody.test"

    receipt = desk.send(answer("facets", text), now=now())

    record = indexed(network, receipt.native_id).record
    raw = text.encode()
    shown = {
        raw[facet.index.byte_start : facet.index.byte_end].decode(): facet.features[0]
        for facet in record.facets
    }
    assert shown[f"@{resident.handle}"].did == resident.did
    assert shown["https://example.org/a?ref=1"].uri == "https://example.org/a?ref=1"
    assert shown["#repairs"].tag == "repairs"
    assert len(shown) == 3
    assert record.langs == ["en"]


def test_pictures_go_with_their_description(network: Network, desk: Bluesky) -> None:
    picture = Media(
        kind="image", alt="The new lift", content=PIXEL, content_type="image/png", width=1, height=1
    )

    receipt = desk.send(answer("picture", "Look", media=(picture,)), now=now())

    shown = indexed(network, receipt.native_id).embed.images[0]
    assert shown.alt == "The new lift"
    assert shown.fullsize


def test_what_the_network_would_not_take_is_refused_in_a_sentence(
    network: Network, desk: Bluesky
) -> None:
    bare = Media(kind="image", content=PIXEL, content_type="image/png")

    with pytest.raises(Refused, match="shorten it by 1"):
        desk.send(answer("long", "👨‍👩‍👧‍👦" * 301), now=now())
    with pytest.raises(Refused, match="description"):
        desk.send(answer("bare", "Look", media=(bare,)), now=now())
    with pytest.raises(Refused, match="private"):
        desk.send(answer("private", "psst", private=True), now=now())


def test_answering_what_was_deleted_says_gone(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    asking = network.client(resident)
    post = asking.send_post("forget it")
    indexed(network, post.uri)
    asking.delete_post(post.uri)
    wait_for(lambda: not network.look().get_posts([post.uri]).posts, what="the deletion")

    with pytest.raises(Gone):
        desk.send(answer("too late", "We are on our way", post), now=now())

    assert "We are on our way" not in standing(network, landlord)


def test_answering_somebody_who_blocked_us_is_refused(
    network: Network, landlord: Account, desk: Bluesky
) -> None:
    cross = network.create_account("cross")
    client = network.client(cross)
    post = client.send_post("I am done with them")
    block = models.AppBskyGraphBlock.Record(subject=landlord.did, created_at=now_text())
    client.app.bsky.graph.block.create(cross.did, block)
    wait_for(
        lambda: network.client(landlord).get_profile(cross.did).viewer.blocked_by,
        what="the block to be known",
    )

    with pytest.raises(Refused, match="blocked"):
        desk.send(answer("blocked", "Please talk to us", post), now=now())


# --- Moderating ----------------------------------------------------------------------------


def test_hiding_a_reply_keeps_the_rules_and_what_was_hidden_before(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    owner = network.client(landlord)
    root = owner.send_post("Summer party on Saturday")
    asking = network.client(resident)
    first = asking.send_post("rude", reply_to=under(root))
    second = asking.send_post("ruder", reply_to=under(root))
    rkey = root.uri.rpartition("/")[2]
    owner.app.bsky.feed.threadgate.create(
        landlord.did,
        models.AppBskyFeedThreadgate.Record(
            post=root.uri,
            created_at=now_text(),
            allow=[models.AppBskyFeedThreadgate.MentionRule()],
            hidden_replies=[first.uri],
        ),
        rkey,
    )

    hide = Moderation(key="h", act=Act.HIDE, native_id=second.uri, root=root.uri)
    desk.moderate(hide, now=now())
    desk.moderate(hide, now=now())

    gate = owner.app.bsky.feed.threadgate.get(landlord.did, rkey).value
    assert gate.hidden_replies == [first.uri, second.uri]
    assert len(gate.allow) == 1

    desk.moderate(replaced(hide, act=Act.UNHIDE), now=now())
    gate = owner.app.bsky.feed.threadgate.get(landlord.did, rkey).value
    assert gate.hidden_replies == [first.uri]
    assert len(gate.allow) == 1


def test_two_hiding_at_once_lose_nothing(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    root = network.client(landlord).send_post("Rent day moves")
    asking = network.client(resident)
    replies = [asking.send_post(f"reply {n}", reply_to=under(root)) for n in range(2)]
    other = Bluesky(connection(network, landlord))
    hides = [Moderation(key="", act=Act.HIDE, native_id=one.uri, root=root.uri) for one in replies]

    # While the first has read the gate and is about to write it, another hides as well.
    network.faults.before(
        "com.atproto.repo.createRecord", lambda _: other.moderate(hides[1], now=now())
    )
    desk.moderate(hides[0], now=now())

    gate = network.client(landlord).app.bsky.feed.threadgate.get(
        landlord.did, root.uri.rpartition("/")[2]
    )
    assert set(gate.value.hidden_replies) == {one.uri for one in replies}
    other.close()


def test_hiding_elsewhere_and_deleting_others_posts_is_refused(
    network: Network, resident: Account, desk: Bluesky
) -> None:
    asking = network.client(resident)
    root = asking.send_post("my own thread")
    reply = asking.send_post("talking to myself", reply_to=under(root))

    with pytest.raises(Refused, match="our own posts"):
        desk.moderate(
            Moderation(key="", act=Act.HIDE, native_id=reply.uri, root=root.uri), now=now()
        )
    with pytest.raises(Refused, match="delete"):
        desk.moderate(Moderation(key="", act=Act.DELETE, native_id=root.uri), now=now())


def test_blocking_twice_is_one_block_and_unblocking_lifts_it(
    network: Network, landlord: Account, desk: Bluesky
) -> None:
    pest = network.create_account("pest")
    owner = network.client(landlord)
    block = Moderation(key="", act=Act.BLOCK, author=pest.did)

    def blocks() -> int:
        found = owner.app.bsky.graph.block.list(landlord.did)
        return sum(record.subject == pest.did for record in found.records.values())

    desk.moderate(block, now=now())
    desk.moderate(block, now=now())
    assert blocks() == 1

    desk.moderate(replaced(block, act=Act.UNBLOCK), now=now())
    assert blocks() == 0


def test_one_post_naming_two_of_our_accounts_is_an_event_for_each(
    network: Network, resident: Account, landlord: Account, desk: Bluesky
) -> None:
    sister = network.create_account("sister")
    handles = f"@{landlord.handle}", f"@{sister.handle}"
    facets = [
        models.AppBskyRichtextFacet.Main(
            features=[models.AppBskyRichtextFacet.Mention(did=account.did)],
            index=models.AppBskyRichtextFacet.ByteSlice(byte_start=start, byte_end=start + 5),
        )
        for account, start in ((landlord, 0), (sister, len(handles[0]) + 1))
    ]
    record = models.AppBskyFeedPost.Record(
        text=" ".join([*handles, "which of you is it?"]), facets=facets, created_at=now_text()
    )
    sent = network.client(resident).app.bsky.feed.post.create(resident.did, record)

    with closing(Bluesky(connection(network, sister))) as other:
        polled(desk, landlord, Cursor(), sent.uri)
        polled(other, sister, Cursor(), sent.uri)
        keys = {
            event.key
            for connector in (desk, other)
            for event in connector.poll(Cursor(), now=now()).events
            if sent.uri in event.key
        }

    assert len(keys) == 2


def test_many_threads_share_one_sign_in(network: Network, landlord: Account) -> None:
    asked = network.faults.before("com.atproto.server.createSession", lambda _: None, times=None)

    with (
        closing(Bluesky(connection(network, landlord))) as desk,
        ThreadPoolExecutor(max_workers=4) as threads,
    ):
        messages = [answer(f"thread {n}", f"from thread {n}") for n in range(8)]
        receipts = list(threads.map(lambda one: desk.send(one, now=now()), messages))

    assert len({receipt.native_id for receipt in receipts}) == 8
    assert len(asked.seen) == 1
