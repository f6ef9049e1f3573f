"""Reads what a Page's lists have: what no call told us of, and what an item is like now."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import batched

import msgspec

from glede.platforms.contract import Batch, Cursor, Gone, RawEvent, Refused
from glede.platforms.facebook.parse import COMMENT, POST, REVIEW, TAG
from glede.platforms.graph import chats, events
from glede.platforms.graph.errors import Denied
from glede.platforms.graph.transport import Graph, fewer
from glede.platforms.graph.values import Json, id_of, moment, object_of, text_of, time_of

log = logging.getLogger(__name__)

#: A first poll reads this far back; what is older is history nobody waits for.
FIRST = timedelta(days=3)
#: Each poll reads this much further back: lists fill a little out of order.
OVERLAP = timedelta(minutes=10)
#: New comments are looked for under so many of the Page's newest posts; calls tell of the others.
_POSTS_AT_ONCE = 25
_POST_PAGES = 2
_COMMENTS_AT_ONCE = 25
_MOST_PAGES = 40
_IDS_AT_ONCE = 40

COMMENT_FIELDS = (
    "id,message,from,created_time,parent{id},attachment,is_hidden,permalink_url",
    "id,message,from,created_time,parent{id},permalink_url",
    "id,message,created_time,parent{id},permalink_url",
)
_POST_FIELDS = (
    "id,message,from,created_time,updated_time,permalink_url,is_hidden,attachments",
    "id,message,from,created_time,updated_time,permalink_url",
    "id,message,created_time,updated_time,permalink_url",
)
_TAG_FIELDS = ("id,message,from,created_time,permalink_url", "id,message,created_time")
_REVIEW_FIELDS = (
    "created_time,recommendation_type,review_text,reviewer,open_graph_story{id}",
    "created_time,recommendation_type,review_text,open_graph_story{id}",
)


class Position(msgspec.Struct, frozen=True):
    """A poll's cursor: when it last looked."""

    polled: str = ""


def poll(graph: Graph, manner: chats.Manner, cursor: Cursor, *, now: datetime) -> Batch:
    polled = _polled(cursor)
    since = polled - OVERLAP if polled else now - FIRST
    page = manner.account
    feed = list(_feed(graph, page, since=since, now=now))
    found = [
        *feed,
        *_allowed("tagged", lambda: _tagged(graph, page, since=since, now=now)),
        *_allowed("ratings", lambda: _reviews(graph, page, since=since, now=now)),
        *_allowed("conversations", lambda: chats.recent(graph, manner, since=since, now=now)),
    ]
    return Batch(tuple(found), Cursor(msgspec.json.encode(Position(now.isoformat())).decode()))


def _polled(cursor: Cursor) -> datetime | None:
    """A cursor nobody can read starts over: every event has a key, nothing comes twice."""
    try:
        return moment(msgspec.json.decode(cursor.value or "{}", type=Position).polled)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _allowed(name: str, read: Callable[[], Sequence[RawEvent]]) -> Sequence[RawEvent]:
    """A list this app may not have does not keep us from the others."""
    try:
        return read()
    except Denied as refusal:
        if not refusal.of_fields:
            raise
        log.warning("the Page's list “%s” may not be read: %s", name, refusal)
        return ()


def _feed(graph: Graph, page: str, *, since: datetime, now: datetime) -> Iterator[RawEvent]:
    """Posts on the Page, ours and visitors', with the new comments under each; oldest first."""
    params: Json = {"limit": _POSTS_AT_ONCE}
    choices = [
        f"{post},comments.filter(stream).order(reverse_chronological)"
        f".limit({_COMMENTS_AT_ONCE}){{{comment}}}"
        for post, comment in zip(_POST_FIELDS, COMMENT_FIELDS, strict=True)
    ]
    path = f"{page}/feed"
    first, fields = fewer(graph, path, choices, params, now=now)
    pages = graph.pages(path, {**params, "fields": fields}, now=now, first=first, most=_POST_PAGES)
    posts = [post for some in pages for post in some]
    for post in reversed(posts):
        alone = {name: value for name, value in post.items() if name != "comments"}
        fresh = (time_of(post, "created_time") or now) >= since
        # Where we may not see who wrote, our own posts would look like visitors': calls tell those.
        if fresh and fields != choices[-1]:
            yield node(page, POST, alone, now=now)
        yield from reversed(
            [
                node(page, COMMENT, comment, now=now, of=alone)
                for comment in _comments(graph, post, since=since, now=now)
            ]
        )


def _comments(graph: Graph, post: Json, *, since: datetime, now: datetime) -> Iterator[Json]:
    """Newest first; the first page came with the post."""
    params = {
        "filter": "stream",
        "order": "reverse_chronological",
        "limit": _COMMENTS_AT_ONCE,
        "fields": COMMENT_FIELDS[0],
    }
    edge = f"{id_of(post, 'id')}/comments"
    first = object_of(post, "comments")
    for some in graph.pages(edge, params, now=now, first=first, most=_MOST_PAGES):
        for comment in some:
            at = time_of(comment, "created_time")
            if at is not None and at < since:
                return
            yield comment


def node(
    page: str,
    what: str,
    item: Json,
    *,
    now: datetime,
    of: Json | None = None,
    changed: bool = False,
) -> RawEvent:
    state = [text_of(item, "message"), item.get("is_hidden") is True]
    return events.seen(page, what, item, now=now, of=of, changed=changed, state=state)


def _tagged(graph: Graph, page: str, *, since: datetime, now: datetime) -> list[RawEvent]:
    found = _newest(graph, f"{page}/tagged", _TAG_FIELDS, since=since, now=now)
    return [node(page, TAG, one, now=now) for one in reversed(found)]


def _reviews(graph: Graph, page: str, *, since: datetime, now: datetime) -> list[RawEvent]:
    found = _newest(graph, f"{page}/ratings", _REVIEW_FIELDS, since=since, now=now)
    return [
        events.seen(
            page,
            REVIEW,
            {**one, "id": id_of(object_of(one, "open_graph_story"), "id")},
            now=now,
            state=text_of(one, "review_text"),
        )
        for one in reversed(found)
    ]


def _newest(
    graph: Graph, path: str, choices: Sequence[str], *, since: datetime, now: datetime
) -> list[Json]:
    params: Json = {"limit": _POSTS_AT_ONCE}
    first, fields = fewer(graph, path, choices, params, now=now)
    found: list[Json] = []
    for some in graph.pages(path, {**params, "fields": fields}, now=now, first=first):
        fresh = [one for one in some if (time_of(one, "created_time") or now) >= since]
        found += fresh
        if len(fresh) < len(some):
            break
    return found


# --- Looking up ----------------------------------------------------------------------------------


def lookup(
    graph: Graph, manner: chats.Manner, native_ids: Sequence[str], *, now: datetime
) -> list[RawEvent]:
    """Each item as it is now; what is gone as a deletion; what may not be seen is left out."""
    page = manner.account
    wanted = list(dict.fromkeys(native_ids))
    posts = [one for one in wanted if one.startswith(f"{page}_")]
    comments = [one for one in wanted if one not in posts and one.replace("_", "").isdecimal()]
    others = [one for one in wanted if one not in posts and one not in comments]
    found: list[RawEvent] = []
    for ids, what, choices in ((posts, POST, _POST_FIELDS), (comments, COMMENT, COMMENT_FIELDS)):
        for some in batched(ids, _IDS_AT_ONCE, strict=False):
            standing = _many(graph, some, choices, now=now)
            for native_id, item in standing.items():
                found.append(
                    events.gone(page, native_id, now=now)
                    if item is None
                    else node(page, what, item, now=now, changed=True)
                )
    for native_id in others:
        found += _message(graph, page, native_id, now=now)
    return found


def _many(
    graph: Graph, ids: Sequence[str], choices: Sequence[str], *, now: datetime
) -> dict[str, Json | None]:
    """One id that is gone refuses a whole call: then each half is asked for alone."""
    try:
        answer, _ = fewer(graph, "", choices, {"ids": ",".join(ids)}, now=now)
    except Refused as refusal:
        if len(ids) > 1:
            middle = len(ids) // 2
            return _many(graph, ids[:middle], choices, now=now) | _many(
                graph, ids[middle:], choices, now=now
            )
        if isinstance(refusal, Gone):
            return {ids[0]: None}
        log.warning("an item of the Page may not be looked up: %s", refusal)
        return {}
    return {one: item for one in ids if (item := object_of(answer, one))}


def _message(graph: Graph, page: str, native_id: str, *, now: datetime) -> list[RawEvent]:
    try:
        return [chats.as_event(page, chats.one(graph, native_id, now=now), now=now, changed=True)]
    except Gone:
        return [events.gone(page, native_id, now=now)]
    except Denied as refusal:
        log.warning("a message may not be looked up: %s", refusal)
        return []
