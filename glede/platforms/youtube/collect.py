"""Fetches what concerns a channel from YouTube's lists, wrapped for `parse`.

YouTube lists threads newest first and knows no “since”: each poll reads until it meets what is
known and ten minutes further. A reply does not bring its thread to the front, so of the newest
hundred threads the number of replies is watched; where it changed, the replies are listed, as the
threads' own list holds a few of them only.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import batched
from typing import Any

import msgspec

from glede.platforms.contract import Batch, Cursor, RawEvent
from glede.platforms.untrusted import (
    list_at,
    moment,
    number_at,
    object_at,
    text_at,
    time_at,
)
from glede.platforms.youtube import names
from glede.platforms.youtube.api import Api

type Json = dict[str, Any]

_PAGE = 100
#: A first poll reads this far back; what is older is history nobody waits for.
_FIRST_PAGES = 2
#: A later one reads until it meets what it knows; beyond this many pages it reports a gap.
_MOST_PAGES = 20
_MOST_REPLY_PAGES = 10
_OVERLAP = timedelta(minutes=10)
_KEPT = 1500
_THREADS_KEPT = 200
#: Addresses longer than two thousand characters make Google's client ask in another way.
_AT_ONCE = 25
_VIDEOS_AT_ONCE = 50

_PUBLISHED = "published"
_APART = ("heldForReview", "likelySpam")


class Position(msgspec.Struct, frozen=True):
    """A poll's cursor: the newest time, what was seen, and how each thread's replies looked."""

    polled: str = ""
    newest: str = ""
    seen: tuple[str, ...] = ()
    replies: dict[str, str] = {}
    #: When the lists for review and of uploads were read, and what was held back then.
    apart_at: str = ""
    held: tuple[str, ...] = ()


class Poller:
    """One poll of one channel."""

    def __init__(self, api: Api, account: str, cursor: Cursor, *, now: datetime) -> None:
        self._api = api
        self._account = account
        self._now = now
        self._before = position(cursor)
        self._seen = set(self._before.seen)
        self._found: list[tuple[Json, bool]] = []  # a comment, and whether it is hidden
        self._marks: list[str] = []

    def poll(self, *, apart_every: timedelta) -> Batch:
        threads, gap = self._threads()
        replies = self._replies(threads)
        apart_at = moment(self._before.apart_at)
        due = apart_at is None or self._now - apart_at >= apart_every
        held = self._held() if due else self._before.held
        uploads = self._uploads() if due else []
        events = [*uploads, *self._events()]
        times = [found for found in (_time(thread) for thread in threads) if found is not None]
        newest = max([*times, *filter(None, [moment(self._before.newest)])], default=None)
        after = Position(
            polled=self._now.isoformat(),
            newest=newest.isoformat() if newest else "",
            seen=tuple(dict.fromkeys([*self._marks, *self._before.seen]))[:_KEPT],
            replies=replies,
            apart_at=self._now.isoformat() if due else self._before.apart_at,
            held=held,
        )
        return Batch(tuple(events), Cursor(msgspec.json.encode(after).decode()), gap=gap)

    # --- Lists -----------------------------------------------------------------------------

    def _threads(self) -> tuple[list[Json], bool]:
        """Published threads, newest first; whether there were more than could be read."""
        newest = moment(self._before.newest)
        threads: list[Json] = []
        page = ""
        for _ in range(_MOST_PAGES if newest else _FIRST_PAGES):
            answer = self._list(_PUBLISHED, page)
            found = [one for one in list_at(answer, "items") if isinstance(one, dict)]
            threads += found
            for thread in found:
                self._take(object_at(thread, "snippet", "topLevelComment"))
                for reply in list_at(thread, "replies", "comments"):
                    self._take(object_at(reply))
            page = text_at(answer, "nextPageToken")
            known = any(_before(thread, newest) for thread in found)
            if not page or not found or known:
                return threads, False
        return threads, newest is not None

    def _list(self, status: str, page: str) -> Json:
        more = {"pageToken": page} if page else {}
        call = self._api.service.commentThreads().list(
            part="snippet,replies",
            allThreadsRelatedToChannelId=self._account,
            moderationStatus=status,
            order="time",
            maxResults=_PAGE,
            textFormat="plainText",
            **more,
        )
        return self._api.read(call, now=self._now)

    def _replies(self, threads: Iterable[Json]) -> dict[str, str]:
        """Lists the replies of every thread that holds back some and looks different from before:
        other replies shown, or another number of them in all."""
        looks: dict[str, str] = {}
        for thread in threads:
            native_id = text_at(thread, "id")
            count = number_at(thread, "snippet", "totalReplyCount")
            shown = [_version(one) for one in list_at(thread, "replies", "comments")]
            looks[native_id] = _digest(f"{count} {shown}")
            if count > len(shown) and looks[native_id] != self._before.replies.get(native_id):
                for reply in replies(self._api, native_id, now=self._now):
                    self._take(reply)
        older = {one: look for one, look in self._before.replies.items() if one not in looks}
        return dict(list({**looks, **older}.items())[:_THREADS_KEPT])

    def _held(self) -> tuple[str, ...]:
        """What waits for review or is taken for spam: hidden from everybody but us."""
        ids: list[str] = []
        for status in _APART:
            for thread in list_at(self._list(status, ""), "items"):
                comment = object_at(thread, "snippet", "topLevelComment")
                ids.append(text_at(comment, "id"))
                self._take(comment, hidden=True)
        return tuple(ids)

    def _uploads(self) -> list[RawEvent]:
        items = list_at(uploads(self._api, self._account, now=self._now), "items")
        events = []
        for item in items:
            video = text_at(item, "snippet", "resourceId", "videoId")
            mark = _digest(f"upload {video}")
            self._marks.append(mark)
            if mark not in self._seen:
                events.append(_event(self._account, f"upload {video}", {"v": 1, "upload": item}))
        return events

    # --- Events ----------------------------------------------------------------------------

    def _take(self, comment: Json, *, hidden: bool = False) -> None:
        native_id = text_at(comment, "id")
        if not native_id:
            return
        mark = _digest(f"{_version(comment)}{' held' if hidden else ''}")
        self._marks.append(mark)
        if mark not in self._seen:
            self._seen.add(mark)
            self._found.append((comment, hidden))

    def _events(self) -> list[RawEvent]:
        """Oldest first: answers follow questions."""
        shown = videos(self._api, (_video(comment) for comment, _ in self._found), now=self._now)
        held = set(self._before.held)
        events = []
        for comment, hidden in sorted(self._found, key=lambda pair: _said_at(pair[0])):
            released = not hidden and text_at(comment, "id") in held
            events.append(
                written(
                    self._account,
                    comment,
                    shown.get(_video(comment)),
                    hidden=hidden,
                    released=self._now if released else None,
                )
            )
        return events


def lookup(api: Api, account: str, native_ids: Sequence[str], *, now: datetime) -> list[RawEvent]:
    """Each comment as it is now; what is gone as a deletion.

    What is not listed by its id may be held for review, and then it is not gone.
    """
    asked = list(dict.fromkeys(one for one in native_ids if not names.is_video(one)))
    found: dict[str, Json] = {}
    for some in batched((one for one in asked if names.is_comment(one)), _AT_ONCE, strict=False):
        call = api.service.comments().list(
            part="snippet", id=",".join(some), textFormat="plainText"
        )
        answer = api.read(call, now=now)
        found |= {text_at(one, "id"): object_at(one) for one in list_at(answer, "items")}
    missing = [one for one in asked if one not in found]
    held = _held_back(api, account, now=now) if any(map(names.is_comment, missing)) else {}
    shown = videos(api, map(_video, found.values()), now=now)
    events = []
    for native_id in asked:
        if native_id in found:
            comment = found[native_id]
            events.append(written(account, comment, shown.get(_video(comment))))
        elif native_id in held:
            events.append(written(account, held[native_id], None, hidden=True))
        else:
            events.append(deleted(account, native_id, at=now))
    return events


def _held_back(api: Api, account: str, *, now: datetime) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for status in _APART:
        call = api.service.commentThreads().list(
            part="snippet",
            allThreadsRelatedToChannelId=account,
            moderationStatus=status,
            maxResults=_PAGE,
            textFormat="plainText",
        )
        for thread in list_at(api.read(call, now=now), "items"):
            comment = object_at(thread, "snippet", "topLevelComment")
            found[text_at(comment, "id")] = comment
    return found


def replies(api: Api, parent: str, *, now: datetime) -> list[Json]:
    """Every reply under a comment, as far as anybody would read."""
    found: list[Json] = []
    page = ""
    for _ in range(_MOST_REPLY_PAGES):
        more = {"pageToken": page} if page else {}
        call = api.service.comments().list(
            part="snippet", parentId=parent, maxResults=_PAGE, textFormat="plainText", **more
        )
        answer = api.read(call, now=now)
        found += [one for one in list_at(answer, "items") if isinstance(one, dict)]
        page = text_at(answer, "nextPageToken")
        if not page:
            break
    return found


def uploads(api: Api, account: str, *, now: datetime) -> Json:
    """The newest of what the channel published; nothing if it never published."""
    call = api.service.playlistItems().list(
        part="snippet,contentDetails", playlistId=names.uploads_of(account), maxResults=50
    )
    return api.read(call, now=now)


def videos(api: Api, native_ids: Iterable[str], *, now: datetime) -> Mapping[str, Json]:
    wanted = [one for one in dict.fromkeys(native_ids) if names.is_video(one)]
    found: dict[str, Json] = {}
    for some in batched(wanted, _VIDEOS_AT_ONCE, strict=False):
        call = api.service.videos().list(part="snippet", id=",".join(some))
        answer = api.read(call, now=now)
        found |= {text_at(one, "id"): object_at(one) for one in list_at(answer, "items")}
    return found


def written(
    account: str,
    comment: Json,
    video: Json | None,
    *,
    hidden: bool = False,
    released: datetime | None = None,
) -> RawEvent:
    """An event holding a comment and, where known, the video it stands under."""
    body: Json = {"v": 1, "comment": comment}
    if video:
        wanted = ("channelId", "channelTitle", "publishedAt", "title")
        snippet = {name: text_at(video, "snippet", name) for name in wanted}
        body["video"] = {"id": text_at(video, "id"), "snippet": snippet}
    how = ""
    if hidden:
        body["hidden"], how = True, " held"
    if released is not None:
        body["released"], how = released.isoformat(), f" released {released.isoformat()}"
    return _event(account, f"{_version(comment)}{how}", body)


def deleted(account: str, native_id: str, *, at: datetime) -> RawEvent:
    body = {"v": 1, "at": at.isoformat(), "deleted": native_id}
    return _event(account, f"{native_id} deleted", body)


def position(cursor: Cursor) -> Position:
    """A cursor nobody can read any more starts over: every event has a key, nothing comes twice."""
    try:
        return msgspec.json.decode(cursor.value or "{}", type=Position)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Position()


def _event(account: str, what: str, body: Json) -> RawEvent:
    return RawEvent(key=f"{account} {what}", body=msgspec.json.encode(body), account=account)


def _version(comment: Json) -> str:
    return f"{text_at(comment, 'id')}@{text_at(comment, 'snippet', 'updatedAt')}"


def _video(comment: Json) -> str:
    return text_at(comment, "snippet", "videoId")


def _said_at(comment: Json) -> str:
    return text_at(comment, "snippet", "publishedAt")


def _time(thread: Json) -> datetime | None:
    return time_at(thread, "snippet", "topLevelComment", "snippet", "publishedAt")


def _before(thread: Json, newest: datetime | None) -> bool:
    at = _time(thread)
    return newest is not None and at is not None and at < newest - _OVERLAP


def _digest(what: str) -> str:
    return blake2b(what.encode(), digest_size=6).hexdigest()
