"""Reads what an account's lists have, and finds by comparing what no call tells: edits and
deletions of comments. What was seen at the last poll is in the cursor."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from glede.platforms.contract import Batch, Cursor, Gone, RawEvent, Refused
from glede.platforms.graph import chats, events
from glede.platforms.graph.errors import Denied
from glede.platforms.graph.transport import Graph, fewer
from glede.platforms.graph.values import Json, id_of, list_of, moment, object_of, text_of, time_of
from glede.platforms.instagram.parse import COMMENT, MENTION, POST, TAG

log = logging.getLogger(__name__)

#: A first poll reads this far back; what is older is history nobody waits for.
FIRST = timedelta(days=3)
OVERLAP = timedelta(minutes=10)
#: Comments are read under so many of the newest posts, and so many pages of each.
_MEDIA_AT_ONCE = 25
_COMMENTS_AT_ONCE = 50
_MOST_PAGES = 8

_COMMENT_FIELDS = (
    "id,text,timestamp,username,from{id,username},hidden,parent_id",
    "id,text,timestamp,username,hidden",
)
_MEDIA_FIELDS = "id,caption,timestamp,permalink,username,media_type,media_url"
_LOOKED_UP = (
    "id,text,timestamp,username,from{id,username},hidden,parent_id,media{id,permalink}",
    "id,text,timestamp,username,hidden,media{id,permalink}",
)
_MENTIONED = "id,text,timestamp,username,media{id,permalink}"


class Position(msgspec.Struct, frozen=True):
    """A poll's cursor: when it last looked, and by media and comment what it looked like."""

    polled: str = ""
    known: dict[str, dict[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose lists these are; `handle` tells our own comments where Meta withholds ids."""

    native_id: str
    handle: str
    manner: chats.Manner


def poll(graph: Graph, account: Account, cursor: Cursor, *, now: datetime) -> Batch:
    before = _position(cursor)
    polled = moment(before.polled)
    since = polled - OVERLAP if polled else now - FIRST
    found: list[RawEvent] = []
    known: dict[str, dict[str, str]] = {}
    for media, comments, whole in _media(graph, account, now=now):
        media_id = id_of(media, "id")
        if (time_of(media, "timestamp") or now) >= since:
            found.append(_node(account, POST, media, now=now))
        told, standing = _compare(
            account, media, comments, before.known.get(media_id), whole=whole, since=since, now=now
        )
        found += told
        known[media_id] = standing
    found += _allowed("tags", lambda: _tagged(graph, account, since=since, now=now))
    found += _allowed(
        "conversations", lambda: chats.recent(graph, account.manner, since=since, now=now)
    )
    after = Position(polled=now.isoformat(), known=known)
    return Batch(tuple(found), Cursor(msgspec.json.encode(after).decode()))


def _position(cursor: Cursor) -> Position:
    """A cursor nobody can read starts over: every event has a key, nothing comes twice."""
    try:
        return msgspec.json.decode(cursor.value or "{}", type=Position)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Position()


def _allowed(name: str, read: Callable[[], Sequence[RawEvent]]) -> Sequence[RawEvent]:
    """A list this app may not have does not keep us from the others."""
    try:
        return read()
    except Denied as refusal:
        if not refusal.of_fields:
            raise
        log.warning("the account's list “%s” may not be read: %s", name, refusal)
        return ()


def _media(
    graph: Graph, account: Account, *, now: datetime
) -> Iterator[tuple[Json, list[Json], bool]]:
    """Our newest posts, oldest first, with their comments and whether these are all."""
    choices = [_with_comments(fields) for fields in _COMMENT_FIELDS]
    params: Json = {"limit": _MEDIA_AT_ONCE}
    answer, chosen = fewer(graph, f"{account.native_id}/media", choices, params, now=now)
    fields = _COMMENT_FIELDS[choices.index(chosen)]
    listed = [one for one in list_of(answer, "data") if isinstance(one, dict)]
    for one in reversed(listed):
        alone = {name: value for name, value in one.items() if name != "comments"}
        comments, whole = _comments(graph, one, fields, now=now)
        yield {**alone, "ours": True}, comments, whole


def _with_comments(fields: str) -> str:
    replies = f"replies.limit({_COMMENTS_AT_ONCE}){{{fields}}}"
    return f"{_MEDIA_FIELDS},comments.limit({_COMMENTS_AT_ONCE}){{{fields},{replies}}}"


def _comments(graph: Graph, media: Json, fields: str, *, now: datetime) -> tuple[list[Json], bool]:
    replies = f"replies.limit({_COMMENTS_AT_ONCE}){{{fields}}}"
    params: Json = {"fields": f"{fields},{replies}", "limit": _COMMENTS_AT_ONCE}
    top, whole = _all(graph, f"{id_of(media, 'id')}/comments", params, media, "comments", now=now)
    found: list[Json] = []
    for comment in top:
        native_id = id_of(comment, "id")
        edge = f"{native_id}/replies"
        answer, all_of_them = _all(
            graph, edge, {"fields": fields, "limit": _COMMENTS_AT_ONCE}, comment, "replies", now=now
        )
        whole = whole and all_of_them
        found.append({name: value for name, value in comment.items() if name != "replies"})
        found += [{"parent_id": native_id, **reply} for reply in answer]
    return found, whole


def _all(
    graph: Graph, edge: str, params: Json, parent: Json, name: str, *, now: datetime
) -> tuple[list[Json], bool]:
    """A list of which the first page came with its parent, and whether it was read to the end."""
    first = object_of(parent, name)
    found: list[Json] = []
    read = 0
    for page in graph.pages(edge, params, now=now, first=first, most=_MOST_PAGES):
        found += page
        read += 1
    return found, read < _MOST_PAGES


def _compare(
    account: Account,
    media: Json,
    comments: Sequence[Json],
    before: Mapping[str, str] | None,
    *,
    whole: bool,
    since: datetime,
    now: datetime,
) -> tuple[list[RawEvent], dict[str, str]]:
    """What is new, changed or gone under one post since the last poll."""
    told: list[RawEvent] = []
    standing: dict[str, str] = {}
    for comment in sorted(comments, key=lambda one: text_of(one, "timestamp")):
        native_id = id_of(comment, "id")
        standing[native_id] = mark = _mark(comment)
        fresh = (time_of(comment, "timestamp") or now) >= since
        known = (before or {}).get(native_id)
        if known is None and (fresh or before is not None):
            told.append(_node(account, COMMENT, comment, now=now, of=media))
        elif known is not None and known != mark:
            told.append(_node(account, COMMENT, comment, now=now, of=media, changed=True))
    for native_id in (before or {}).keys() - standing.keys():
        if whole:
            told.append(events.gone(account.native_id, native_id, now=now))
        else:
            standing[native_id] = (before or {})[native_id]
    return told, standing


def _mark(comment: Json) -> str:
    state = f"{text_of(comment, 'text')}\0{comment.get('hidden') is True}"
    return hashlib.blake2b(state.encode(), digest_size=4).hexdigest()


def _node(
    account: Account,
    what: str,
    item: Json,
    *,
    now: datetime,
    of: Json | None = None,
    changed: bool = False,
) -> RawEvent:
    if account.handle and text_of(item, "username") == account.handle:
        item = {**item, "ours": True}
    state = [text_of(item, "text") or text_of(item, "caption"), item.get("hidden") is True]
    return events.seen(account.native_id, what, item, now=now, of=of, changed=changed, state=state)


def _tagged(graph: Graph, account: Account, *, since: datetime, now: datetime) -> list[RawEvent]:
    """Other people's posts in which we are tagged."""
    params = {"fields": _MEDIA_FIELDS, "limit": _MEDIA_AT_ONCE}
    found: list[Json] = []
    for page in graph.pages(f"{account.native_id}/tags", params, now=now, most=_MOST_PAGES):
        fresh = [one for one in page if (time_of(one, "timestamp") or now) >= since]
        found += fresh
        if len(fresh) < len(page):
            break
    return [_node(account, TAG, one, now=now) for one in reversed(found)]


# --- Looking up ----------------------------------------------------------------------------------


def lookup(
    graph: Graph, account: Account, native_ids: Sequence[str], *, now: datetime
) -> list[RawEvent]:
    """Each item as it is now; what is gone as a deletion; what may not be seen is left out."""
    found = []
    for native_id in dict.fromkeys(native_ids):
        try:
            found.append(_as_it_is(graph, account, native_id, now=now))
        except Gone:
            found.append(events.gone(account.native_id, native_id, now=now))
        except Denied as refusal:
            log.warning("an item of the account may not be looked up: %s", refusal)
    return found


def _as_it_is(graph: Graph, account: Account, native_id: str, *, now: datetime) -> RawEvent:
    """A number names a comment or a post of ours, or one of somebody else's that names us, which
    is seen through our own account alone. Raises `Gone` and `Denied`."""
    if not native_id.isdecimal():
        message = chats.one(graph, native_id, now=now)
        return chats.as_event(account.native_id, message, now=now, changed=True)
    try:
        item, _ = fewer(graph, native_id, _LOOKED_UP, {}, now=now)
        return _node(account, COMMENT, item, now=now, changed=True)
    except Refused as refusal:
        if found := _named(graph, account, native_id, now=now):
            return found
        if isinstance(refusal, Gone):
            raise
    item = graph.get(native_id, {"fields": _MEDIA_FIELDS}, now=now)
    return _node(account, POST, item, now=now, changed=True)


def _named(graph: Graph, account: Account, native_id: str, *, now: datetime) -> RawEvent | None:
    """A comment or post of somebody else's that names us."""
    asked = (
        ("mentioned_comment", f"mentioned_comment.comment_id({native_id}){{{_MENTIONED}}}"),
        ("mentioned_media", f"mentioned_media.media_id({native_id}){{{_MEDIA_FIELDS}}}"),
    )
    for name, fields in asked:
        try:
            answer = graph.get(account.native_id, {"fields": fields}, now=now)
        except Refused:
            continue  # it is not of this kind, or no longer names us
        if item := object_of(answer, name):
            return _node(account, MENTION, item, now=now, changed=True)
    return None
