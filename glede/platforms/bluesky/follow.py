"""Turns what the stream brought into events that need nothing further: names, pictures, threads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from glede.kit import clock
from glede.platforms.bluesky.collect import deleted, posts, related, written
from glede.platforms.bluesky.names import owner
from glede.platforms.bluesky.network import Denied, Network
from glede.platforms.bluesky.stream import Change, Listener, address_of
from glede.platforms.contract import Batch, Connection, Cursor, RawEvent, TryAgain
from glede.platforms.untrusted import object_at, text_at

type Json = dict[str, Any]

#: A commit reaches us before the AppView has it in its lists; wait this long, then do without.
_INDEXING_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
#: What is older than this the AppView has, or it is gone again: no use in waiting.
_NEW = timedelta(seconds=10)
_LONGEST_PAUSE = 30.0


def batches(
    network: Network,
    connection: Connection,
    cursor: Cursor,
    *,
    stop: Callable[[], bool],
    watched: Callable[[], frozenset[str]],
) -> Iterator[Batch]:
    us, _ = network.who(now=clock.now())
    listener = Listener(
        url=address_of(connection.base_url, connection.settings.get("stream_url", "")),
        us=us,
        cursor=cursor.value,
        stop=stop,
        watched=watched,
    )
    for turn in listener.turns():
        events = _patiently(network, connection.account, turn.changes, stop=stop)
        if events is None:
            return  # stopped; the cursor stays before what was not handed on
        yield Batch(events=tuple(events), cursor=Cursor(turn.cursor), gap=turn.gap)


def _patiently(
    network: Network, account: str, changes: Sequence[Change], *, stop: Callable[[], bool]
) -> list[RawEvent] | None:
    """The events of these changes, however long the server is away; None if told to stop."""
    pause = 0.5
    while not stop():
        try:
            return _events(network, account, changes, now=clock.now())
        except TryAgain:
            _wait(pause, stop)
            pause = min(pause * 2, _LONGEST_PAUSE)
    return None


def _events(
    network: Network, account: str, changes: Sequence[Change], *, now: datetime
) -> list[RawEvent]:
    views = _indexed(network, changes, now=now)
    written_here = [change.uri for change in changes if change.action != "delete"]
    strangers = {owner(uri) for uri in written_here if uri not in views}
    people = {did: _person(network, did, now=now) for did in sorted(strangers)}
    return [_event(account, change, views, people) for change in changes]


def _event(
    account: str, change: Change, views: Mapping[str, Json], people: Mapping[str, Json]
) -> RawEvent:
    if change.action == "delete":
        return deleted(account, change.uri, at=change.at, rev=change.rev)
    view = views.get(change.uri, {})
    if text_at(view, "cid") != change.cid:
        author = object_at(view, "author") or people.get(owner(change.uri), {})
        view = {
            "uri": change.uri,
            "cid": change.cid,
            "author": author,
            "record": change.record,
        }
    if change.action == "update":
        return written(account, view, at=change.at, edited=change.at, views=views, rev=change.rev)
    return written(account, view, at=change.at, views=views)


def _indexed(network: Network, changes: Sequence[Change], *, now: datetime) -> dict[str, Json]:
    """Views of these posts and of what they answer, once the AppView has them."""
    written_here = [change for change in changes if change.action != "delete"]
    wanted = [change.uri for change in written_here]
    wanted += related({"record": change.record} for change in written_here)
    last = {change.uri: change.cid for change in changes if now - change.at < _NEW}
    for seconds in (*_INDEXING_SECONDS, 0.0):
        views = posts(network, wanted, now=now)
        if all(text_at(views.get(uri), "cid") == cid for uri, cid in last.items()):
            break
        sleep(seconds)
    return views


def _person(network: Network, did: str, *, now: datetime) -> Json:
    try:
        return network.query("app.bsky.actor.getProfile", {"actor": did}, now=now)
    except Denied:
        return {"did": did}


def _wait(seconds: float, stop: Callable[[], bool]) -> None:
    for _ in range(int(seconds / 0.25)):
        if stop():
            return
        sleep(0.25)
