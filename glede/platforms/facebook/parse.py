"""Turns one kept event into values. Pure and total: garbage in, `Ignored` with a reason out.

An event is either an item of a webhook call in the call's own envelope, or a node of a list
(`collect.py`). Field by field: developers.facebook.com/docs/graph-api/webhooks/reference/page
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from glede.platforms.contract import (
    Act,
    Author,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Kind,
    Media,
    Moderated,
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
REVIEW = "review"

_STRANGER = "Facebook user"
_MOST_MEDIA = 20

_WRITES = frozenset({"add"})
_EDITS = frozenset({"edit", "edited", "update"})
_REMOVES = frozenset({"remove", "delete"})
_ACTS = {"hide": Act.HIDE, "unhide": Act.UNHIDE}

#: What appears on a feed and asks for no answer.
_SILENT = frozenset({"reaction", "like", "follow", "event", "milestone", "job", "tag"})


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    return events.understood(body, account, called=_called, listed=_listed)


# --- What is called to us ------------------------------------------------------------------------


def _called(data: Json, account: str) -> Iterator[InboundEvent]:
    what = text_of(data, "object")
    if what != "page":
        yield Ignored(f"The call is for “{what[:40]}”, not for a Page.")
        return
    for entry in list_of(data, "entry"):
        page = id_of(entry, "id") or account
        for item in (*list_of(entry, "messaging"), *list_of(entry, "standby")):
            yield messages.called(item, page, stranger=_STRANGER)
        for change in list_of(entry, "changes"):
            yield _change(change, page, time_of(entry, "time"))
        if names := list_of(entry, "changed_fields"):
            said = ", ".join(str(name)[:40] for name in names[:10])
            yield Ignored(f"It only says that {said} changed; the next poll reads what.")


def _change(change: object, page: str, at: datetime | None) -> InboundEvent:
    field, value = text_of(change, "field"), object_of(change, "value")
    if not value:
        return Ignored("A change without a value.")
    match field:
        case "feed":
            return _on_feed(value, page, at)
        case "mention":
            return _changed(value, _mention(value, page, at), page, at)
        case "ratings":
            return _changed(value, _rating(value, page, at), page, at)
    return Ignored(f"A change of “{field[:40]}” asks for no answer.")


def _on_feed(value: Json, page: str, at: datetime | None) -> InboundEvent:
    item = text_of(value, "item")
    if item in _SILENT:
        return Ignored(f"A {item} asks for no answer.")
    if item == COMMENT:
        return _changed(value, _comment(value, page, at), page, at)
    if value.get("published") == 0:
        return Ignored("A post that is not published yet.")
    return _changed(value, _post(value, page, at), page, at)


def _changed(value: Json, post: Post | str, page: str, at: datetime | None) -> InboundEvent:
    """`at` is when the call was sent: the nearest that is known of when something was changed."""
    verb = text_of(value, "verb")
    native_id = post.native_id if isinstance(post, Post) else _named(value)
    when = at or time_of(value, "created_time")
    if verb in _REMOVES or verb in _ACTS:
        if not native_id or when is None:
            return Ignored("It does not say what was taken away or hidden, or when.")
        if verb in _REMOVES:
            return Deleted(page, native_id, when)
        return Moderated(page, native_id, _ACTS[verb], when)
    if isinstance(post, str):
        return Ignored(post)
    if verb in _WRITES:
        return Written(post)
    if verb in _EDITS:
        return Edited(post, when or post.at)
    return Ignored(f"“{verb[:40]}” asks for no answer.")


def _named(value: Json) -> str:
    return (
        id_of(value, "comment_id") or id_of(value, "post_id") or id_of(value, "open_graph_story_id")
    )


def _comment(value: Json, page: str, at: datetime | None) -> Post | str:
    native_id = id_of(value, "comment_id")
    written_at = time_of(value, "created_time") or at
    if not native_id or written_at is None:
        return "A comment without an id or a time."
    post_id = id_of(value, "post_id") or _post_of(native_id, page)
    author = _author(value, native_id)
    url = web(object_of(value, "post").get("permalink_url"))
    return Post(
        native_id=native_id,
        account=page,
        author=author,
        text=text_of(value, "message"),
        at=written_at,
        kind=Kind.COMMENT,
        thread=post_id,
        parent=id_of(value, "parent_id") or post_id,
        ours=author.native_id == page,
        url=web(value.get("permalink_url")) or url or _page(native_id),
        media=tuple(_pictures(value)),
        links=tuple(_links(value)),
        hidden=value.get("is_hidden") is True,
    )


def _post(value: Json, page: str, at: datetime | None) -> Post | str:
    native_id = id_of(value, "post_id")
    written_at = time_of(value, "created_time") or at
    if not native_id or written_at is None:
        return "A post without an id or a time."
    author = _author(value, native_id)
    return Post(
        native_id=native_id,
        account=page,
        author=author,
        text=text_of(value, "message"),
        at=written_at,
        kind=Kind.POST,
        thread=native_id,
        ours=author.native_id == page,
        url=web(value.get("permalink_url")) or _page(native_id),
        media=tuple(_pictures(value)),
        links=tuple(_links(value)),
        hidden=value.get("is_hidden") is True,
    )


def _mention(value: Json, page: str, at: datetime | None) -> Post | str:
    post_id, comment_id = id_of(value, "post_id"), id_of(value, "comment_id")
    native_id = comment_id or post_id
    written_at = time_of(value, "created_time") or at
    if not native_id or written_at is None:
        return "A mention without an id or a time."
    return Post(
        native_id=native_id,
        account=page,
        author=_author(value, native_id),
        text=text_of(value, "message"),
        at=written_at,
        kind=Kind.MENTION,
        thread=post_id or native_id,
        parent=post_id if comment_id else "",
        url=web(value.get("permalink_url")) or _page(native_id),
        media=tuple(_pictures(value)),
    )


def _rating(value: Json, page: str, at: datetime | None) -> Post | str:
    native_id = id_of(value, "open_graph_story_id")
    written_at = time_of(value, "created_time") or at
    if not native_id or written_at is None:
        return "A review without an id or a time."
    reviewer = id_of(value, "reviewer_id") or f"withheld/{native_id}"
    return Post(
        native_id=native_id,
        account=page,
        author=_person(reviewer, text_of(value, "reviewer_name")),
        text=text_of(value, "review_text"),
        at=written_at,
        kind=Kind.REVIEW,
        thread=native_id,
        url=_page(native_id),
    )


def _author(value: Json, native_id: str) -> Author:
    """Meta leaves the author out where the app may not see them."""
    writer = object_of(value, "from")
    found = id_of(writer, "id") or id_of(value, "sender_id")
    name = text_of(writer, "name") or text_of(value, "sender_name")
    return _person(found or f"withheld/{native_id}", name)


def _person(native_id: str, name: str) -> Author:
    if native_id.startswith("withheld/"):
        return Author(native_id, name or _STRANGER, stand_in=not name)
    known = name or f"{_STRANGER} {native_id[-4:]}"
    return Author(native_id, known, url=_page(native_id), stand_in=not name)


def _page(native_id: str) -> str:
    return f"https://www.facebook.com/{native_id}"


def _post_of(comment_id: str, page: str) -> str:
    """A comment's id begins with its post's, and a post's with its Page's."""
    post, found, _ = comment_id.partition("_")
    return f"{page}_{post}" if found else comment_id


def _pictures(value: Json) -> Iterator[Media]:
    found = [("image", value.get("photo")), ("video", value.get("video"))]
    found += [("image", one) for one in list_of(value, "photos")[:_MOST_MEDIA]]
    if text_of(value, "item") in {"photo", "video"}:
        found.append((text_of(value, "item").replace("photo", "image"), value.get("link")))
    for kind, address in found:
        if url := web(address):
            yield Media(kind=kind, url=url, expires_at=good_until(url))


def _links(value: Json) -> Iterator[str]:
    if text_of(value, "item") not in {"photo", "video"} and (url := web(value.get("link"))):
        yield url


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
    if what == REVIEW:
        post = _listed_review(item, account)
    elif what in {COMMENT, POST, TAG}:
        post = _node(what, item, object_of(body, "of"), account)
    else:
        return Ignored(f"A list of “{what[:40]}” is not known here.")
    if isinstance(post, str):
        return Ignored(post)
    return Edited(post, seen) if body.get("changed") is True else Written(post)


def _node(what: str, item: Json, of: Json, account: str) -> Post | str:
    native_id, at = id_of(item, "id"), time_of(item, "created_time")
    if not native_id or at is None:
        return "A listed item without an id or a time."
    author = _author(item, native_id)
    root = native_id
    if what == COMMENT:
        root = id_of(of, "id") or _post_of(native_id, account)
    return Post(
        native_id=native_id,
        account=account,
        author=author,
        text=text_of(item, "message"),
        at=at,
        kind={COMMENT: Kind.COMMENT, TAG: Kind.MENTION}.get(what, Kind.POST),
        thread=root,
        parent=(id_of(object_of(item, "parent"), "id") or root) if what == COMMENT else "",
        ours=author.native_id == account,
        url=web(item.get("permalink_url")) or _page(native_id),
        media=tuple(_attached(item))[:_MOST_MEDIA],
        links=tuple(_shared(item)),
        subject=_subject(of, account) if what == COMMENT else None,
        hidden=item.get("is_hidden") is True,
    )


def _subject(of: Json, account: str) -> Subject | None:
    native_id, at = id_of(of, "id"), time_of(of, "created_time")
    if not native_id or at is None:
        return None
    author = _author(of, native_id)
    return Subject(
        native_id=native_id,
        author=author,
        text=text_of(of, "message"),
        at=at,
        url=web(of.get("permalink_url")) or _page(native_id),
        ours=author.native_id == account,
        media=tuple(_attached(of))[:_MOST_MEDIA],
    )


def _listed_review(item: Json, account: str) -> Post | str:
    native_id = id_of(object_of(item, "open_graph_story"), "id")
    at = time_of(item, "created_time")
    if not native_id or at is None:
        return "A listed review without an id or a time."
    reviewer = object_of(item, "reviewer")
    return Post(
        native_id=native_id,
        account=account,
        author=_person(id_of(reviewer, "id") or f"withheld/{native_id}", text_of(reviewer, "name")),
        text=text_of(item, "review_text"),
        at=at,
        kind=Kind.REVIEW,
        thread=native_id,
        url=_page(native_id),
    )


def _attachments(item: Json) -> Iterator[Json]:
    """A comment has one attachment, a post a list of them, some with parts of their own."""
    found = [item.get("attachment"), *list_of(object_of(item, "attachments"), "data")]
    for one in found:
        if type(one) is not dict:
            continue
        parts = list_of(object_of(one, "subattachments"), "data")
        yield from (part for part in parts if type(part) is dict)
        if not parts:
            yield one


def _attached(item: Json) -> Iterator[Media]:
    for one in _attachments(item):
        media, word = object_of(one, "media"), text_of(one, "type")
        picture = object_of(media, "image")
        film = web(media.get("source"))
        url = film or web(picture.get("src"))
        if not url or "share" in word:
            continue
        yield Media(
            kind="video" if film or word.startswith("video") else "image",
            alt=text_of(one, "description"),
            url=url,
            expires_at=good_until(url),
        )


def _shared(item: Json) -> Iterator[str]:
    for one in _attachments(item):
        if "share" in text_of(one, "type") and (url := web(one.get("url"))):
            yield url
