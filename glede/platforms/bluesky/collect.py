"""Fetches what concerns an account from the network's lists and wraps it for `parse`.

The lists give an item's time as the earlier of its arrival and what its author's client claimed
(seen in the AppView's source and on the real servers), so a wrong or lying clock sinks an item
down the list. An item first seen with a time before the last poll therefore arrived after that
poll, whatever it claims.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import batched
from typing import Any

import msgspec

from glede.platforms.bluesky.names import Address, address
from glede.platforms.bluesky.network import Denied, Network
from glede.platforms.bluesky.parse import quoted
from glede.platforms.contract import Batch, Cursor, RawEvent
from glede.platforms.untrusted import list_at, moment, object_at, text_at

type Json = dict[str, Any]

_PAGE = 100
#: A first poll reads this far back; what is older is history nobody waits for.
_FIRST_PAGES = 5
#: A later one reads until it meets what it knows; beyond this many pages it reports a gap.
_MOST_PAGES = 100
#: Items are indexed a little out of order; each poll reads this much further back.
_OVERLAP = timedelta(minutes=10)
#: How long the AppView may take to list what has arrived.
_LAG = timedelta(minutes=2)
_KEPT = 300
# A repository that moved or closed is answered with InvalidRequest (seen on the real server).
_ABSENT = frozenset({"RecordNotFound", "RepoNotFound", "InvalidRequest"})
_AT_ONCE = 25  # app.bsky.feed.getPosts: uris maxLength


class Mark(msgspec.Struct, frozen=True):
    """How far one list has been read: the newest time in it and the items around it."""

    newest: str = ""
    seen: tuple[str, ...] = ()


class Position(msgspec.Struct, frozen=True):
    """A poll's cursor."""

    polled: str = ""
    notifications: Mark = Mark()
    feed: Mark = Mark()


def poll(network: Network, account: str, cursor: Cursor, *, now: datetime) -> Batch:
    """What was said to us and what we said, newest first, back to what the last poll knew."""
    before = _position(cursor)
    us, _ = network.who(now=now)
    said, notifications, gap = _walk(
        lambda page: network.query(
            "app.bsky.notification.listNotifications",
            {"limit": _PAGE, "reasons": ["mention", "reply", "quote"], **page},
            now=now,
        ),
        "notifications",
        before.notifications,
    )
    ours, feed, feed_gap = _walk(
        lambda page: network.query(
            "app.bsky.feed.getAuthorFeed",
            {"actor": us, "limit": _PAGE, "filter": "posts_with_replies", **page},
            now=now,
        ),
        "feed",
        before.feed,
    )
    polled = moment(before.polled)
    events = [
        *_notified(network, account, said, polled=polled, now=now),
        *_own(account, ours, us=us, polled=polled, now=now),
    ]
    after = Position(polled=now.isoformat(), notifications=notifications, feed=feed)
    return Batch(
        events=tuple(reversed(events)),  # oldest first: answers follow questions
        cursor=Cursor(msgspec.json.encode(after).decode()),
        gap=gap or feed_gap,
    )


def lookup(
    network: Network, account: str, native_ids: Sequence[str], *, now: datetime
) -> list[RawEvent]:
    """Each item as it stands now; what is gone as a deletion."""
    views = posts(network, native_ids, now=now)
    events = []
    for uri in dict.fromkeys(native_ids):
        view = views.get(uri)
        if view is not None:
            at = _time(view) or now
            events.append(written(account, view, at=at, edited=now, views=views))
        elif not _stands(network, uri, now=now):  # else it is too new to be listed
            events.append(deleted(account, uri, at=now))
    return events


def posts(network: Network, uris: Iterable[str], *, now: datetime) -> dict[str, Json]:
    """Views by address. One malformed address would refuse the whole call, so none is asked for."""
    wanted = [uri for uri in dict.fromkeys(uris) if address(uri) is not None]
    found: dict[str, Json] = {}
    for some in batched(wanted, _AT_ONCE, strict=False):
        answer = network.query("app.bsky.feed.getPosts", {"uris": list(some)}, now=now)
        found |= {text_at(view, "uri"): view for view in list_at(answer, "posts")}
    return found


def record(network: Network, where: Address, *, now: datetime) -> Json | None:
    """The record with its `cid` as its repository has it; None if it is not there."""
    wanted = {"repo": where.did, "collection": where.collection, "rkey": where.rkey}
    try:
        return network.query("com.atproto.repo.getRecord", wanted, now=now)
    except Denied as refusal:
        if refusal.name in _ABSENT:
            return None
        raise


def written(
    account: str,
    view: Json,
    *,
    at: datetime,
    views: Mapping[str, Json],
    edited: datetime | None = None,
    rev: str = "",
) -> RawEvent:
    """An event holding a post and, where known, what it answers or quotes.

    `rev` tells apart two edits that end in the same words, and so in the same cid.
    """
    said = object_at(view, "record")
    body: Json = {
        "v": 1,
        "at": at.isoformat(),
        "post": view,
        "root": views.get(text_at(said, "reply", "root", "uri")),
        "parent": views.get(text_at(said, "reply", "parent", "uri")),
        "quoted": views.get(quoted(said)),
    }
    if edited is not None:
        body["edited"] = edited.isoformat()
    return _event(account, f"{_version(view)}{'@' if rev else ''}{rev}", body)


def deleted(account: str, uri: str, *, at: datetime, rev: str = "") -> RawEvent:
    body: Json = {"v": 1, "at": at.isoformat(), "deleted": uri}
    return _event(account, f"{uri}@deleted{'@' if rev else ''}{rev}", body)


def _event(account: str, what: str, body: Json) -> RawEvent:
    """Two accounts of ours may be named in one post: to each it is an event of its own."""
    return RawEvent(key=f"{account} {what}", body=msgspec.json.encode(body), account=account)


def related(views: Iterable[Json]) -> list[str]:
    """Addresses of what these posts answer or quote."""
    uris = []
    for view in views:
        said = object_at(view, "record")
        uris += [
            text_at(said, "reply", "root", "uri"),
            text_at(said, "reply", "parent", "uri"),
            quoted(said),
        ]
    return [uri for uri in uris if uri]


# --- The two lists -------------------------------------------------------------------------


def _notified(
    network: Network, account: str, items: list[Json], *, polled: datetime | None, now: datetime
) -> list[RawEvent]:
    if not items:
        return []
    wanted = [text_at(item, "uri") for item in items] + related(items)
    views = posts(network, wanted, now=now)
    events = []
    for item in items:
        at = _time(item)
        if at is None:
            continue
        # The list's own entry stands in where the post vanished between the two calls; a deletion
        # is told by the stream or the next look-up, not guessed here.
        view = views.get(text_at(item, "uri"))
        if view is None or text_at(view, "cid") != text_at(item, "cid"):
            view = {**item, "embed": None}
        events.append(written(account, view, at=_arrived(at, polled), views=views))
    return events


def _own(
    account: str, items: list[Json], *, us: str, polled: datetime | None, now: datetime
) -> list[RawEvent]:
    events = []
    for item in items:
        view = object_at(item, "post")
        if "reason" in item or text_at(view, "author", "did") != us:
            continue  # a repost, or a stranger's post shown for context
        at = _time(view) or now
        around = [object_at(item, "reply", "root"), object_at(item, "reply", "parent")]
        views = {text_at(near, "uri"): near for near in around}
        events.append(written(account, view, at=_arrived(at, polled), views=views))
    return events


def _walk(
    fetch: Callable[[Mapping[str, str]], Json], name: str, mark: Mark
) -> tuple[list[Json], Mark, bool]:
    """New items, newest first; the new mark; whether there was more than could be read."""
    newest = moment(mark.newest)
    most = _MOST_PAGES if newest else _FIRST_PAGES
    items: list[Json] = []
    page: Mapping[str, str] = {}
    for _ in range(most):
        answer = fetch(page)
        found = [item for item in list_at(answer, name) if isinstance(item, dict)]
        items += found
        more = text_at(answer, "cursor")
        if not more or not found or _before(found[-1], newest):
            break
        page = {"cursor": more}
    else:
        return _unseen(items, mark), _marked(items, mark), newest is not None
    return _unseen(items, mark), _marked(items, mark), False


def _unseen(items: list[Json], mark: Mark) -> list[Json]:
    seen = set(mark.seen)
    return [item for item in items if _digest(item) not in seen]


def _marked(items: list[Json], mark: Mark) -> Mark:
    if not items:
        return mark
    times = [found for found in map(_time, items) if found is not None]
    newest = max([*times, *filter(None, [moment(mark.newest)])], default=None)
    seen = dict.fromkeys([*map(_digest, items[:_KEPT]), *mark.seen])
    return Mark(newest=newest.isoformat() if newest else "", seen=tuple(seen)[:_KEPT])


def _before(item: Json, newest: datetime | None) -> bool:
    at = _time(item)
    return newest is not None and at is not None and at < newest - _OVERLAP


def _arrived(at: datetime, polled: datetime | None) -> datetime:
    return max(at, polled) if polled is not None and at < polled - _LAG else at


def _time(item: Json) -> datetime | None:
    return moment(text_at(item, "indexedAt") or text_at(item, "post", "indexedAt"))


def _version(view: Json) -> str:
    return f"{text_at(view, 'uri')}@{text_at(view, 'cid')}"


def _digest(item: Json) -> str:
    view = object_at(item, "post") or item
    return blake2b((_version(view) + text_at(item, "reason")).encode(), digest_size=6).hexdigest()


def _position(cursor: Cursor) -> Position:
    """A cursor nobody can read any more starts over: every event has a key, nothing comes twice."""
    try:
        return msgspec.json.decode(cursor.value or "{}", type=Position)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Position()


def _stands(network: Network, uri: str, *, now: datetime) -> bool:
    where = address(uri)
    return where is not None and record(network, where, now=now) is not None
