"""Fetches what concerns an account from X's lists, wrapped for `parse`.

X's lists give what is newer than an id. Ids are made from the time, but by many machines at once:
each poll reads ten minutes further back than the last one did, and leaves out what it knows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

import msgspec

from glede.platforms.contract import Batch, Cursor, RawEvent
from glede.platforms.untrusted import list_at, object_at, text_at
from glede.platforms.x import names
from glede.platforms.x.calls import Calls
from glede.platforms.x.capabilities import MESSAGE_READ, OWN_READ, POST_READ, Price
from glede.platforms.x.parse import newest_of

type Json = dict[str, Any]
type Fields = Mapping[str, str]

_PAGE = 100
#: A first poll reads this far back; what is older is history nobody waits for.
_FIRST_PAGES = 3
#: A later one reads until it meets what it knows; beyond this many pages it reports a gap.
_MOST_PAGES = 20
#: Messages have no “newer than”, and each one read is paid for: small pages.
_MESSAGE_PAGE = 20
_OVERLAP = timedelta(minutes=10)
_KEPT = 300
_AT_ONCE = 100  # GET /2/tweets: ids

_POST = "attachments,conversation_id,created_at,entities,id,lang,possibly_sensitive,text"
_USER = "id,name,username"
_MEDIA = "alt_text,height,media_key,preview_image_url,type,url,variants,width"
_MESSAGE = "attachments,created_at,dm_conversation_id,entities,event_type,id,text"

#: What to ask for, in the two spellings X takes. The specification has the newer one, and the
#: account's setting `spelling` the older.
_POST_FIELDS: Mapping[str, Fields] = {
    "post": {
        "post.fields": f"{_POST},note_post",
        "expansions": (
            "attachments.media_keys,author_id,edit_history_post_ids,in_reply_to_user_id,"
            "referenced_posts"
        ),
        "user.fields": _USER,
        "media.fields": _MEDIA,
    },
    "tweet": {
        "tweet.fields": (
            f"{_POST},author_id,edit_history_tweet_ids,in_reply_to_user_id,note_tweet,"
            "referenced_tweets"
        ),
        "expansions": (
            "attachments.media_keys,author_id,referenced_tweets.id,"
            "referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id"
        ),
        "user.fields": _USER,
        "media.fields": _MEDIA,
    },
}
_MESSAGE_FIELDS: Fields = {
    "dm_event.fields": _MESSAGE,
    "expansions": "attachments.media_keys,participant_ids,sender_id",
    "user.fields": _USER,
    "media.fields": _MEDIA,
}


class Mark(msgspec.Struct, frozen=True):
    """How far one list has been read: its newest id, and the newest we took from it."""

    newest: str = ""
    seen: tuple[str, ...] = ()


class Position(msgspec.Struct, frozen=True):
    """A poll's cursor."""

    mentions: Mark = Mark()
    own: Mark = Mark()
    messages: Mark = Mark()


def post_fields(spelling: str) -> Fields:
    return _POST_FIELDS["tweet" if spelling == "tweet" else "post"]


def poll(
    calls: Calls, account: str, cursor: Cursor, *, fields: Fields, messages: bool, now: datetime
) -> Batch:
    """What was said to us and what we said, back to what the last poll knew."""
    before = _position(cursor)
    path = f"/2/users/{account}"

    def posts(name: str, price: Price, more: Fields) -> Callable[[Fields], Json]:
        wanted = {"max_results": str(_PAGE), **fields, **more}
        return lambda page: calls.get(f"{path}/{name}", {**wanted, **page}, now=now, price=price)

    said, mentions, gap = _walk(posts("mentions", POST_READ, {}), before.mentions, since=True)
    ours = posts("tweets", OWN_READ, {"exclude": "retweets"})
    own, owns, own_gap = _walk(ours, before.own, since=True)
    events = [written(account, post, includes) for post, includes in [*said, *own]]
    chats, chat_gap = before.messages, False
    if messages:
        wanted = {"max_results": str(_MESSAGE_PAGE), "event_types": "MessageCreate"}
        written_to_us, chats, chat_gap = _walk(
            lambda page: calls.get(
                "/2/dm_events",
                {**wanted, **_MESSAGE_FIELDS, **page},
                now=now,
                price=MESSAGE_READ,
            ),
            before.messages,
            since=False,
        )
        events += [message(account, event, includes) for event, includes in written_to_us]
    after = Position(mentions=mentions, own=owns, messages=chats)
    return Batch(
        events=tuple(reversed(events)),  # oldest first: answers follow questions
        cursor=Cursor(msgspec.json.encode(after).decode()),
        gap=gap or own_gap or chat_gap,
    )


def lookup(
    calls: Calls, account: str, native_ids: Sequence[str], *, fields: Fields, now: datetime
) -> list[RawEvent]:
    """Each post as it is now; what is gone as a deletion.

    Nobody can take back a message that we were sent, so messages are not looked up.
    """
    asked = [one for one in dict.fromkeys(native_ids) if not names.event_of(one)]
    wanted = [one for one in asked if names.is_id(one)]
    found, gone = posts(calls, wanted, fields=fields, now=now)
    # What was edited stands whole under its newest id.
    newest = {newest_of(post) for post, _ in found.values()} - set(found)
    found |= posts(calls, sorted(newest), fields=fields, now=now)[0]
    events = []
    for native_id in asked:
        if native_id in gone or not names.is_id(native_id):
            events.append(deleted(account, native_id, at=now))
        elif native_id in found:
            stands = newest_of(found[native_id][0])
            events.append(written(account, *found.get(stands, found[native_id])))
    return events


def posts(
    calls: Calls, native_ids: Iterable[str], *, fields: Fields, now: datetime
) -> tuple[dict[str, tuple[Json, Json]], set[str]]:
    """Posts with what belongs to them, by id; and the ids of those that are gone.

    What is neither (a protected account's, or an answer cut short) is not known to be gone.
    """
    found: dict[str, tuple[Json, Json]] = {}
    gone: set[str] = set()
    for some in batched(native_ids, _AT_ONCE, strict=False):
        answer = calls.get("/2/tweets", {"ids": ",".join(some), **fields}, now=now, price=POST_READ)
        for post, includes in _items(answer):
            found[text_at(post, "id")] = (post, includes)
        for error in list_at(answer, "errors"):
            if text_at(error, "type").endswith("/resource-not-found"):
                gone.add(text_at(error, "resource_id") or text_at(error, "value"))
    return found, gone


def written(account: str, post: Json, includes: Json) -> RawEvent:
    """Two accounts of ours may be named in one post: to each it is an event of its own."""
    body = {"v": 1, "post": post, "includes": _belonging(post, includes)}
    return _event(account, f"post {text_at(post, 'id')}", body)


def message(account: str, event: Json, includes: Json) -> RawEvent:
    body = {"v": 1, "message": event, "includes": _belonging(event, includes)}
    return _event(account, f"message {text_at(event, 'id')}", body)


def deleted(account: str, native_id: str, *, at: datetime) -> RawEvent:
    body = {"v": 1, "at": at.isoformat(), "deleted": native_id}
    return _event(account, f"post {native_id} deleted", body)


def _event(account: str, what: str, body: Json) -> RawEvent:
    return RawEvent(key=f"{account} {what}", body=msgspec.json.encode(body), account=account)


# --- The lists -----------------------------------------------------------------------------


def _walk(
    fetch: Callable[[Fields], Json], mark: Mark, *, since: bool
) -> tuple[list[tuple[Json, Json]], Mark, bool]:
    """New items, newest first; the new mark; whether there was more than could be read."""
    known = names.is_id(mark.newest)
    oldest = names.id_before(mark.newest, _OVERLAP) if known else ""
    start = {"since_id": oldest} if since and known else {}
    items: list[tuple[Json, Json]] = []
    page: Fields = start
    gap = known
    for _ in range(_MOST_PAGES if known else _FIRST_PAGES):
        answer = fetch(page)
        found = _items(answer)
        items += found
        more = text_at(answer, "meta", "next_token")
        if not more or (known and any(_older(item, oldest) for item, _ in found)):
            gap = False
            break
        page = {**start, "pagination_token": more}
    seen = set(mark.seen)
    new = [pair for pair in items if text_at(pair[0], "id") not in seen]
    return new, _marked(items, mark), gap


def _marked(items: list[tuple[Json, Json]], mark: Mark) -> Mark:
    ids = [text_at(item, "id") for item, _ in items]
    real = [one for one in [*ids, mark.newest] if names.is_id(one)]
    newest = max(real, key=int, default="")
    return Mark(newest=newest, seen=tuple(dict.fromkeys([*ids, *mark.seen]))[:_KEPT])


def _older(item: Json, oldest: str) -> bool:
    native_id = text_at(item, "id")
    return names.is_id(native_id) and int(native_id) < int(oldest)


def _items(answer: Json) -> list[tuple[Json, Json]]:
    includes = object_at(answer, "includes")
    return [(item, includes) for item in list_at(answer, "data") if isinstance(item, dict)]


def _belonging(item: Json, includes: Json) -> Json:
    """Of a whole answer's `includes` what this one item refers to."""
    near = {
        text_at(one, "id")
        for name in ("referenced_posts", "referenced_tweets")
        for one in list_at(item, name)
    }
    posts = [
        one
        for name in ("posts", "tweets")
        for one in list_at(includes, name)
        if text_at(one, "id") in near
    ]
    people = {text_at(one, "author_id") for one in [item, *posts]} | {text_at(item, "sender_id")}
    keys = list_at(item, "attachments", "media_keys")
    return {
        "users": [one for one in list_at(includes, "users") if text_at(one, "id") in people],
        "posts": posts,
        "media": [one for one in list_at(includes, "media") if text_at(one, "media_key") in keys],
    }


def _position(cursor: Cursor) -> Position:
    """A cursor nobody can read any more starts over: every event has a key, nothing comes twice."""
    try:
        return msgspec.json.decode(cursor.value or "{}", type=Position)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Position()
