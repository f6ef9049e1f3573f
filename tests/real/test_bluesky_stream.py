"""The Bluesky plug-in's stream against the real servers."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import monotonic

import pytest

from glede.platforms.bluesky.connector import Bluesky
from glede.platforms.contract import (
    Batch,
    Cursor,
    Deleted,
    Edited,
    InboundEvent,
    Kind,
    Post,
    Written,
)
from tests.real.network import Account, Network, wait_for
from tests.real.test_bluesky import connection, mentioning, now, parsed, replace, under

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def resident(network: Network) -> Account:
    return network.create_account("streamer")


@pytest.fixture(scope="module")
def landlord(network: Network) -> Account:
    return network.create_account("edenmead")


class Listening:
    """What a stream brought so far."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.over = Event()

    def events(self, account: Account) -> list[InboundEvent]:
        raw = [event for batch in list(self.batches) for event in batch.events]
        return parsed(raw, account.did)

    @property
    def cursor(self) -> Cursor:
        return self.batches[-1].cursor


@contextmanager
def listening(
    network: Network,
    account: Account,
    *,
    cursor: Cursor | None = None,
    watched: Callable[[], frozenset[str]] = frozenset,
    base_url: str = "",
) -> Iterator[Listening]:
    heard = Listening()
    settings = {"stream_url": base_url} if base_url else {}

    def listen() -> None:
        with closing(Bluesky(connection(network, account, **settings))) as desk:
            for batch in desk.stream(cursor or Cursor(), stop=heard.over.is_set, watched=watched):
                heard.batches.append(batch)

    thread = Thread(target=listen)
    thread.start()
    try:
        yield heard
    finally:
        heard.over.set()
        thread.join(timeout=2)
        assert not thread.is_alive(), "The stream did not stop when told to."


def ready(heard: Listening, network: Network, account: Account) -> None:
    """Something is said again and again: what was said before the stream stood never comes."""

    def stands() -> bool:
        beat(network, account)
        return bool(heard.batches and heard.cursor.value)

    wait_for(stands, what="the stream to stand", every=0.5)


def written(heard: Listening, account: Account, uri: str) -> Post:
    def look() -> Post | None:
        for event in heard.events(account):
            if isinstance(event, Written) and event.post.native_id == uri:
                return event.post
        return None

    return wait_for(look, what=f"the stream to bring {uri}", every=0.005)


def beat(network: Network, account: Account) -> None:
    """Anything at all, so that the stream has a place to go on from."""
    network.client(account).send_post("beat")


def test_what_is_said_to_us_comes_at_once_with_the_servers_time(
    network: Network, resident: Account, landlord: Account
) -> None:
    asking = network.client(resident)
    root = network.client(landlord).send_post("Fire drill on Tuesday")
    first = asking.send_post("Which block?", reply_to=under(root))
    long_ago = (now() - timedelta(days=30)).isoformat()
    with listening(network, landlord) as heard:
        ready(heard, network, resident)

        began = monotonic()
        sent = asking.app.bsky.feed.post.create(
            resident.did, mentioning(landlord, "my clock is slow", created_at=long_ago)
        )
        answered_at = now()
        post = written(heard, landlord, sent.uri)

        assert monotonic() - began < 3
        assert post.kind is Kind.MENTION
        assert post.author.handle == resident.handle
        assert abs(post.at - answered_at) < timedelta(seconds=2)
        assert post.remark_at is not None
        assert post.remark_at < post.at - timedelta(days=29)

        deep = asking.send_post("And which floor?", reply_to=under(root, first))
        post = written(heard, landlord, deep.uri)
        assert post.kind is Kind.COMMENT
        assert post.thread == root.uri
        assert post.subject is not None
        assert post.subject.text == "Fire drill on Tuesday"

        mine = network.client(landlord).send_post("Block B", reply_to=under(root, deep))
        assert written(heard, landlord, mine.uri).ours


def test_edits_and_deletions_of_watched_people_come_and_others_do_not(
    network: Network, resident: Account, landlord: Account
) -> None:
    stranger = network.create_account("stranger")
    asking, other = network.client(resident), network.client(stranger)
    post = asking.send_post("the lift is brokn")
    gone = asking.send_post("never mind")
    unwatched = other.send_post("nothing to do with you")
    with listening(network, landlord, watched=lambda: frozenset({resident.did})) as heard:
        ready(heard, network, resident)
        other.delete_post(unwatched.uri)
        replace(network, resident, post.uri, "the lift is broken")
        asking.delete_post(gone.uri)

        def look() -> bool:
            return any(isinstance(event, Deleted) for event in heard.events(landlord))

        wait_for(look, what="the deletion")
        events = heard.events(landlord)

    edits = [event for event in events if isinstance(event, Edited)]
    assert [event.post.text for event in edits] == ["the lift is broken"]
    assert edits[0].post.author.handle == resident.handle
    assert edits[0].post.revision != post.cid
    assert [event.native_id for event in events if isinstance(event, Deleted)] == [gone.uri]


def test_what_a_newcomer_takes_back_at_once_is_seen(network: Network, landlord: Account) -> None:
    newcomer = network.create_account("newcomer")
    asking = network.client(newcomer)
    with listening(network, landlord) as heard:
        ready(heard, network, newcomer)
        hasty = asking.app.bsky.feed.post.create(
            newcomer.did, mentioning(landlord, "forget that I asked")
        )
        asking.delete_post(hasty.uri)

        def look() -> bool:
            return any(
                isinstance(event, Deleted) and event.native_id == hasty.uri
                for event in heard.events(landlord)
            )

        wait_for(look, what="the deletion")


def test_it_goes_on_where_it_left_off(
    network: Network, resident: Account, landlord: Account
) -> None:
    with listening(network, landlord) as heard:
        ready(heard, network, resident)
    left_at = heard.cursor
    missed = network.client(resident).app.bsky.feed.post.create(
        resident.did, mentioning(landlord, "while you were away")
    )

    with listening(network, landlord, cursor=left_at) as heard:
        written(heard, landlord, missed.uri)

    assert not any(batch.gap for batch in heard.batches)
    assert int(heard.cursor.value) > int(left_at.value)


def test_a_cut_connection_comes_back_without_a_hole(
    network: Network, resident: Account, landlord: Account
) -> None:
    asking = network.client(resident)
    with listening(network, landlord) as heard:
        ready(heard, network, resident)
        heard.batches[:] = heard.batches[-1:]
        network.faults.cut_streams()
        sent = asking.app.bsky.feed.post.create(resident.did, mentioning(landlord, "still there?"))

        written(heard, landlord, sent.uri)

        assert not any(batch.gap for batch in heard.batches[1:])


def test_without_a_place_to_go_on_from_it_says_so(
    network: Network, resident: Account, landlord: Account
) -> None:
    with listening(network, landlord) as new:
        ready(new, network, resident)
    with listening(network, landlord, cursor=Cursor("999999999")) as ahead:
        wait_for(lambda: any(batch.gap for batch in ahead.batches), what="the gap to be told")

        def onward() -> bool:
            beat(network, resident)
            return ahead.cursor.value not in {"", "999999999"}

        wait_for(onward, what="a new place in the stream", every=0.5)

    assert new.batches[0].gap


def test_nothing_listening_there_is_waited_for_and_stop_is_heard(
    network: Network, landlord: Account
) -> None:
    with listening(network, landlord, base_url="ws://127.0.0.1:9") as heard:
        wait_for(lambda: heard.batches, what="the first turn")
        began = monotonic()
    assert monotonic() - began < 1.5
