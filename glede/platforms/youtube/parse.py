"""Turns one kept event into values. Pure and total: garbage in, `Ignored` with a reason out.

Comments are kept as JSON that `collect` writes around YouTube's own: a `comment`, the `video` it
stands under, whether it is `hidden`, when it was `released`. An upload comes as the hub's Atom, or
as an `upload` from the list. The same comment is the same whichever way it came.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from lxml import etree

from glede.platforms.contract import (
    Act,
    Author,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Moderated,
    Post,
    Subject,
    Written,
)
from glede.platforms.untrusted import moment, object_at, text_at, time_at, value_at
from glede.platforms.youtube import names

type Json = dict[str, Any]

_ATOM = "{http://www.w3.org/2005/Atom}"
_YOUTUBE = "{http://www.youtube.com/xml/schemas/2015}"
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_VIDEO_REF = "yt:video:"
_MOST_ENTRIES = 50


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    if body.lstrip()[:1] == b"<":
        return tuple(_atom(body, account)) or (Ignored("The hub's call holds no video."),)
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return (Ignored(f"The event is no JSON: {error}"),)
    if not isinstance(data, dict):
        return (Ignored("The event is no JSON object."),)
    if "deleted" in data:
        return (_deletion(data, account),)
    if "upload" in data:
        return (_upload(object_at(data, "upload"), account),)
    return tuple(_comment(data, account))


def _deletion(data: Json, account: str) -> InboundEvent:
    native_id, at = text_at(data, "deleted"), time_at(data, "at")
    if not native_id or at is None:
        return Ignored("The event does not say what was deleted, or when.")
    return Deleted(account=account, native_id=native_id, at=at)


# --- Comments ------------------------------------------------------------------------------


def _comment(data: Json, account: str) -> Iterator[InboundEvent]:
    comment = object_at(data, "comment")
    snippet = object_at(comment, "snippet")
    native_id = text_at(comment, "id")
    at = time_at(snippet, "publishedAt")
    author = text_at(snippet, "authorChannelId", "value")
    if not native_id or at is None or not (author or text_at(snippet, "authorDisplayName")):
        yield Ignored("The event holds no comment with an id, an author and a time.")
        return
    parent = text_at(snippet, "parentId")
    video = text_at(snippet, "videoId") or text_at(data, "video", "id")
    post = Post(
        native_id=native_id,
        account=account,
        author=_author(snippet, author),
        text=text_at(snippet, "textOriginal") or text_at(snippet, "textDisplay"),
        at=at,
        kind=Kind.COMMENT,
        thread=parent or names.top(native_id),
        parent=parent,
        ours=author == account,
        url=names.comment_url(video, native_id) if video else "",
        revision=text_at(snippet, "updatedAt"),
        subject=_subject(object_at(data, "video"), account),
        hidden=value_at(data, "hidden") is True,
    )
    changed_at = time_at(snippet, "updatedAt")
    if changed_at is not None and changed_at > at:
        yield Edited(post=post, at=changed_at)
    else:
        yield Written(post=post)
    released_at = time_at(data, "released")
    if released_at is not None:
        yield Moderated(account=account, native_id=native_id, act=Act.UNHIDE, at=released_at)


def _author(snippet: Json, native_id: str) -> Author:
    shown = text_at(snippet, "authorDisplayName").strip()
    return Author(
        native_id=native_id or shown,
        name=shown or native_id,
        # Since 2022 the name shown is the handle.
        handle=shown.removeprefix("@") if shown.startswith("@") else "",
        url=names.channel_url(native_id) if native_id else "",
    )


def _subject(video: Json, account: str) -> Subject | None:
    native_id, at = text_at(video, "id"), time_at(video, "snippet", "publishedAt")
    title = text_at(video, "snippet", "title")
    channel = text_at(video, "snippet", "channelId")
    if not native_id or at is None or not channel:
        return None
    name = text_at(video, "snippet", "channelTitle") or channel
    return Subject(
        native_id=native_id,
        author=Author(channel, name, url=names.channel_url(channel)),
        text=title,
        at=at,
        url=names.video_url(native_id),
        ours=channel == account,
    )


# --- Uploads -------------------------------------------------------------------------------


def _upload(item: Json, account: str) -> InboundEvent:
    video = text_at(item, "contentDetails", "videoId") or text_at(
        item, "snippet", "resourceId", "videoId"
    )
    at = time_at(item, "contentDetails", "videoPublishedAt") or time_at(
        item, "snippet", "publishedAt"
    )
    title = text_at(item, "snippet", "title")
    channel = text_at(item, "snippet", "channelId") or account
    name = text_at(item, "snippet", "channelTitle")
    return _published(video, channel, name, title, at, account)


def _atom(body: bytes, account: str) -> Iterator[InboundEvent]:
    # Nothing outside the document is read, and no entity is expanded.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        feed = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        yield Ignored(f"The hub's call is no XML: {error}")
        return
    for entry in feed.findall(f"{_ATOM}entry")[:_MOST_ENTRIES]:
        yield _published(
            _text(entry, f"{_YOUTUBE}videoId"),
            _text(entry, f"{_YOUTUBE}channelId"),
            _text(entry, f"{_ATOM}author/{_ATOM}name"),
            _text(entry, f"{_ATOM}title"),
            moment(_text(entry, f"{_ATOM}published")),
            account,
        )
    for gone in feed.findall(_TOMBSTONE)[:_MOST_ENTRIES]:
        video = (gone.get("ref") or "").removeprefix(_VIDEO_REF)
        at = moment(gone.get("when") or "")
        known = names.is_video(video) and at is not None
        yield (
            Deleted(account=account, native_id=video, at=at)
            if known and at is not None
            else Ignored("The hub does not say which video is gone, or when.")
        )


def _text(entry: Any, path: str) -> str:
    return (entry.findtext(path) or "").strip()


def _published(
    video: str, channel: str, name: str, title: str, at: datetime | None, account: str
) -> InboundEvent:
    if not names.is_video(video) or at is None or not channel:
        return Ignored("The event holds no video with an id, a channel and a time.")
    return Written(
        Post(
            native_id=video,
            account=account,
            author=Author(
                channel, name or channel, url=names.channel_url(channel), stand_in=not name
            ),
            text=title,
            at=at,
            kind=Kind.POST,
            thread=video,
            ours=channel == account,
            url=names.video_url(video),
        )
    )
