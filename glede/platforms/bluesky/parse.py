"""Turns one kept event into values. Pure and total: garbage in, `Ignored` with a reason out.

An event's body is JSON of our own shape (`glede.platforms.bluesky.collect` writes it) around the
network's views, so that nothing has to be fetched to understand it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from glede.platforms.bluesky.names import POST, Address, address, owner
from glede.platforms.contract import (
    Author,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Media,
    Post,
    Subject,
    Veil,
    Written,
)
from glede.platforms.untrusted import (
    list_at,
    number_at,
    object_at,
    text_at,
    time_at,
    value_at,
)

type Json = dict[str, Any]

_FACET = "app.bsky.richtext.facet"
_MOST_LINKS = 50
_MOST_MEDIA = 10


#: Labels with a meaning of their own (atproto.com/guides/labels), and two of Bluesky's labeller.
_VEILS_PICTURES = frozenset(
    {"porn", "sexual", "nudity", "graphic-media", "gore", "corpse", "sexual-figurative"}
)
_VEILS_ALL = frozenset({"!warn", "!hide", "self-harm", "threat", "intolerant"})


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return (Ignored(f"The event is no JSON: {error}"),)
    at = time_at(data, "at")
    if at is None:
        return (Ignored("The event says no time."),)
    deleted = text_at(data, "deleted")
    if deleted:
        return (_deletion(deleted, account=account, at=at),)
    return (_writing(data, account=account, at=at),)


def _deletion(uri: str, *, account: str, at: datetime) -> InboundEvent:
    where = address(uri)
    if where is None or where.collection != POST:
        return Ignored("What was deleted is no post.")
    return Deleted(account=account, native_id=uri, at=at)


def _writing(data: Json, *, account: str, at: datetime) -> InboundEvent:
    view = object_at(data, "post")
    where = address(text_at(view, "uri"))
    if where is None or where.collection != POST:
        return Ignored("The event holds no post.")
    if not text_at(view, "cid") or not object_at(view, "record"):
        return Ignored("The post holds no record.")
    post = _post(data, view, where, account=account, at=at)
    edited = time_at(data, "edited")
    return Edited(post=post, at=edited) if edited else Written(post=post)


def _post(data: Json, view: Json, where: Address, *, account: str, at: datetime) -> Post:
    record = object_at(view, "record")
    parent = text_at(record, "reply", "parent", "uri")
    root = text_at(record, "reply", "root", "uri")
    languages = list_at(record, "langs")
    return Post(
        native_id=str(where),
        account=account,
        author=_author(view, where.did),
        text=text_at(record, "text"),
        at=at,
        kind=_kind(record, where.did, account=account),
        thread=root or parent or str(where),
        parent=parent,
        ours=where.did == account,
        url=where.page,
        revision=text_at(view, "cid"),
        language=languages[0][:20] if languages and isinstance(languages[0], str) else "",
        media=tuple(_media(view, record)),
        links=_links(record),
        subject=_subject(data, record, account=account),
        remark_at=time_at(record, "createdAt"),
        veil=_veil(view, record),
    )


def _veil(view: Json, record: Json) -> Veil | None:
    """By the labels of its author and of labellers (atproto.com/guides/labels): those of pictures,
    and “!warn” and “!hide” for all of it. A label that was taken back counts for nothing."""
    said = [*list_at(record, "labels", "values"), *list_at(view, "labels")]
    back = {_label(one) for one in said if value_at(one, "neg") is True}
    labels = {text_at(one, "val") for one in said if _label(one) not in back}
    if found := sorted(labels & _VEILS_ALL):
        return Veil(f"labelled {', '.join(found)} on Bluesky", words=True)
    found = sorted(labels & _VEILS_PICTURES)
    return Veil(f"labelled {', '.join(found)} on Bluesky") if found else None


def _label(of: object) -> tuple[str, str]:
    """Who says it, and what."""
    return text_at(of, "src"), text_at(of, "val")


def _author(view: Json, did: str) -> Author:
    handle = text_at(view, "author", "handle")
    return Author(
        native_id=did,
        name=text_at(view, "author", "displayName").strip() or handle or did,
        handle=handle,
        url=f"https://bsky.app/profile/{did}",
    )


def _kind(record: Json, author: str, *, account: str) -> Kind:
    """From the record alone, so that list, feed and stream agree on one item."""
    parent = text_at(record, "reply", "parent", "uri")
    root = text_at(record, "reply", "root", "uri")
    if author == account:
        return Kind.COMMENT if parent else Kind.POST
    if account in {owner(parent), owner(root)}:
        return Kind.COMMENT
    if owner(quoted(record)) == account:
        return Kind.QUOTE
    if any(text_at(feature, "did") == account for feature in _features(record, "mention")):
        return Kind.MENTION
    return Kind.COMMENT if parent else Kind.POST


def quoted(record: Json) -> str:
    """The address of the quoted post, "" if none: embedded alone or beside pictures."""
    embed = object_at(record, "embed")
    if text_at(embed, "$type") == "app.bsky.embed.recordWithMedia":
        return text_at(embed, "record", "record", "uri")
    return text_at(embed, "record", "uri")


def _subject(data: Json, record: Json, *, account: str) -> Subject | None:
    """What is talked about: the root of the tree for a reply, the quoted post for a quote."""
    view = object_at(data, "root") or object_at(data, "quoted")
    where = address(text_at(view, "uri"))
    wanted = text_at(record, "reply", "root", "uri") or quoted(record)
    at = time_at(view, "indexedAt")
    if where is None or at is None or str(where) != wanted:
        return None
    return Subject(
        native_id=str(where),
        author=_author(view, where.did),
        text=text_at(view, "record", "text"),
        at=at,
        url=where.page,
        ours=where.did == account,
        media=tuple(_media(view, object_at(view, "record"))),
        veil=_veil(view, object_at(view, "record")),
    )


def _features(record: Json, kind: str) -> Iterator[Json]:
    for facet in list_at(record, "facets"):
        for feature in list_at(facet, "features"):
            if text_at(feature, "$type") == f"{_FACET}#{kind}":
                yield feature


def _links(record: Json) -> tuple[str, ...]:
    found = [text_at(feature, "uri") for feature in _features(record, "link")]
    embed = object_at(record, "embed")
    found += [text_at(embed, "external", "uri"), text_at(embed, "media", "external", "uri")]
    kept = (uri for uri in found if uri.startswith(("https://", "http://")))
    return tuple(dict.fromkeys(kept))[:_MOST_LINKS]


def _media(view: Json, record: Json) -> list[Media]:
    """From the server's view, which has addresses; else from the record, which has only words."""
    shown = object_at(view, "embed")
    found = _pictures(object_at(shown, "media") or shown)
    if not found:
        written = object_at(record, "embed")
        found = _pictures(object_at(written, "media") or written)
    return found[:_MOST_MEDIA]


def _pictures(embed: Json) -> list[Media]:
    # `images` is the classic embed, `items` the newer gallery.
    found = [
        Media(
            kind="image",
            alt=text_at(image, "alt"),
            url=_web(text_at(image, "fullsize")),
            width=number_at(image, "aspectRatio", "width"),
            height=number_at(image, "aspectRatio", "height"),
        )
        for image in list_at(embed, "images") + list_at(embed, "items")
    ]
    if "playlist" in embed or value_at(embed, "video") is not None:
        found.append(
            Media(
                kind="video",
                alt=text_at(embed, "alt"),
                url=_web(text_at(embed, "playlist")),
                width=number_at(embed, "aspectRatio", "width"),
                height=number_at(embed, "aspectRatio", "height"),
            )
        )
    return found


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""
