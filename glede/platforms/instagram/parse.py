"""Turns one kept event into values. Pure and total: garbage in, `Ignored` with a reason out.

An event is either an item of a webhook call in the call's own envelope, or a node of a list
(`collect.py`). Sources: developers.facebook.com/docs/instagram-platform/webhooks and
/docs/graph-api/webhooks/reference/instagram
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

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
    Written,
)
from glede.platforms.graph import chats, events, messages
from glede.platforms.graph.values import (
    Json,
    good_until,
    id_of,
    list_of,
    object_of,
    text_of,
    time_of,
    web,
)

COMMENT = "comment"
POST = "post"
TAG = "tag"
MENTION = "mention"

_STRANGER = "Instagram user"
_MOST_MEDIA = 20

#: Changes that hold an item of a chat, where a call does not put it into `messaging`.
_OF_CHATS = frozenset(
    {
        "messages",
        "message_reactions",
        "messaging_postbacks",
        "messaging_referral",
        "messaging_seen",
        "messaging_handover",
        "standby",
    }
)


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    return events.understood(body, account, called=_called, listed=_listed)


# --- What is called to us ------------------------------------------------------------------------


def _called(data: Json, account: str) -> Iterator[InboundEvent]:
    what = text_of(data, "object")
    if what != "instagram":
        yield Ignored(f"The call is for “{what[:40]}”, not for an Instagram account.")
        return
    for entry in list_of(data, "entry"):
        ours = id_of(entry, "id") or account
        for item in (*list_of(entry, "messaging"), *list_of(entry, "standby")):
            yield messages.called(item, ours, stranger=_STRANGER)
        at = time_of(entry, "time")
        for change in list_of(entry, "changes"):
            yield _change(change, ours, at)
        if text_of(entry, "field"):
            # The other of Instagram's two stacks has no list of changes.
            yield _change(entry, ours, at)
        if names := list_of(entry, "changed_fields"):
            said = ", ".join(str(name)[:40] for name in names[:10])
            yield Ignored(f"It only says that {said} changed; the next poll reads what.")


def _change(change: object, account: str, at: datetime | None) -> InboundEvent:
    field, value = text_of(change, "field"), object_of(change, "value")
    if not value:
        return Ignored("A change without a value.")
    if field in {"comments", "live_comments"}:
        return _comment(value, account, at)
    if field == "mentions":
        return _mention(value, account, at)
    if field in _OF_CHATS:
        return messages.called(value, account, stranger=_STRANGER)
    return Ignored(f"A change of “{field[:40]}” asks for no answer.")


def _comment(value: Json, account: str, at: datetime | None) -> InboundEvent:
    """The call says no time of writing: the nearest that is known is when it was sent."""
    native_id = id_of(value, "id") or id_of(value, "comment_id")
    when = time_of(value, "timestamp") or time_of(value, "created_time") or at
    if not native_id or when is None:
        return Ignored("A comment without an id or a time.")
    media_id = id_of(object_of(value, "media"), "id")
    thread = media_id or native_id
    return Written(
        Post(
            native_id=native_id,
            account=account,
            author=_author(value, native_id),
            text=text_of(value, "text"),
            at=when,
            kind=Kind.COMMENT,
            thread=thread,
            parent=id_of(value, "parent_id") or media_id,
            ours=_is_ours(value, account),
        )
    )


def _mention(value: Json, account: str, at: datetime | None) -> InboundEvent:
    """Only ids are sent: its words come when it is looked up."""
    media_id, comment_id = id_of(value, "media_id"), id_of(value, "comment_id")
    native_id = comment_id or media_id
    if not native_id or at is None:
        return Ignored("A mention without an id or a time.")
    return Written(
        Post(
            native_id=native_id,
            account=account,
            author=Author(f"withheld/{native_id}", _STRANGER, stand_in=True),
            text="",
            at=at,
            kind=Kind.MENTION,
            thread=media_id or native_id,
            parent=media_id if comment_id else "",
            unread=True,
        )
    )


def _author(value: Json, native_id: str) -> Author:
    """Meta may withhold who it was, or give the name without the id."""
    writer = object_of(value, "from")
    handle = text_of(writer, "username") or text_of(value, "username")
    found = id_of(writer, "id") or (f"@{handle}" if handle else f"withheld/{native_id}")
    return _person(found, handle)


def _person(native_id: str, handle: str) -> Author:
    url = f"https://www.instagram.com/{handle}/" if handle else ""
    return Author(native_id, handle or _STRANGER, handle=handle, url=url, stand_in=not handle)


def _is_ours(value: Json, account: str) -> bool:
    writer = object_of(value, "from")
    return id_of(writer, "id") == account or bool(id_of(writer, "self_ig_scoped_id"))


# --- What lists have -----------------------------------------------------------------------------


def _listed(body: Json, account: str) -> InboundEvent:
    what, item, seen = text_of(body, "what"), object_of(body, "item"), time_of(body, "seen")
    native_id = id_of(item, "id")
    if seen is None:
        return Ignored("The event is neither a call nor from a list.")
    if what == events.GONE:
        return Deleted(account, native_id, seen) if native_id else Ignored("Nothing is named.")
    if what == chats.MESSAGE:
        return messages.listed(body, account, stranger=_STRANGER)
    at = time_of(item, "timestamp")
    if what not in {COMMENT, POST, TAG, MENTION}:
        return Ignored(f"A list of “{what[:40]}” is not known here.")
    if not native_id or at is None:
        return Ignored("A listed item without an id or a time.")
    of = object_of(body, "of")
    post = _node(what, item, of, account, native_id, at)
    return Edited(post, seen) if body.get("changed") is True else Written(post)


def _node(what: str, item: Json, of: Json, account: str, native_id: str, at: datetime) -> Post:
    ours = item.get("ours") is True or _is_ours(item, account)
    author = _author(item, native_id)
    if ours:
        author = Author(account, author.name, handle=author.handle, url=author.url)
    above = id_of(of, "id") or id_of(object_of(item, "media"), "id")
    return Post(
        native_id=native_id,
        account=account,
        author=author,
        text=text_of(item, "text") or text_of(item, "caption"),
        at=at,
        kind=_KINDS[what],
        thread=above or native_id,
        parent=id_of(item, "parent_id") or above,
        ours=ours,
        url=web(item.get("permalink")) or web(of.get("permalink")),
        media=tuple(_shown(item))[:_MOST_MEDIA],
        subject=_subject(of, account),
        hidden=item.get("hidden") is True,
    )


_KINDS = {
    COMMENT: Kind.COMMENT,
    POST: Kind.POST,
    TAG: Kind.MENTION,
    MENTION: Kind.MENTION,
}


def _subject(of: Json, account: str) -> Subject | None:
    native_id, at = id_of(of, "id"), time_of(of, "timestamp")
    if not native_id or at is None:
        return None
    ours = of.get("ours") is True
    handle = text_of(of, "username")
    return Subject(
        native_id=native_id,
        author=_person(account if ours else f"@{handle}", handle),
        text=text_of(of, "caption"),
        at=at,
        url=web(of.get("permalink")),
        ours=ours,
        media=tuple(_shown(of))[:_MOST_MEDIA],
    )


def _shown(item: Json) -> Iterator[Media]:
    parts = [one for one in list_of(object_of(item, "children"), "data") if isinstance(one, dict)]
    for one in parts or [item]:
        if url := web(one.get("media_url")):
            kind = "video" if text_of(one, "media_type") == "VIDEO" else "image"
            alt = text_of(one, "alt_text")
            yield Media(kind=kind, alt=alt, url=url, expires_at=good_until(url))
