"""Turns one kept event into values. Pure and total: garbage in, `Ignored` with a reason out.

An event's body is JSON of our own shape (`collect.wrapped` writes it) around the instance's own
entities, so that nothing has to be fetched to understand it.
"""

from collections.abc import Sequence

import msgspec

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
from glede.platforms.mastodon import words
from glede.platforms.untrusted import (
    Json,
    list_at,
    number_at,
    object_at,
    text_at,
    time_at,
    value_at,
    web_at,
)

_MOST_MEDIA = 16
_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_decoder = msgspec.json.Decoder()


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    try:
        data = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return (Ignored(f"The event is no JSON: {error}"),)
    at = time_at(data, "at")
    if at is None:
        return (Ignored("The event says no time."),)
    if gone := text_at(data, "deleted"):
        return (Deleted(account=account, native_id=gone, at=at),)
    status = object_at(data, "status")
    created_at = time_at(status, "created_at")
    if not text_at(status, "id") or not text_at(status, "account", "id") or created_at is None:
        return (Ignored("The event holds no status."),)
    if object_at(status, "reblog"):
        return (Ignored("A boost carries no words of its own."),)
    ours = text_at(status, "account", "id") == account
    text, links = _text(status)
    where = _where(status, data, account=account, ours=ours)
    post = Post(
        native_id=text_at(status, "id"),
        account=account,
        author=_author(object_at(status, "account")),
        text=text,
        at=at,
        kind=_kind(status, data, account=account, ours=ours),
        thread=where,
        parent=text_at(status, "in_reply_to_id"),
        private=_private(status),
        ours=ours,
        url=web_at(status, "url"),
        revision=text_at(status, "edited_at"),
        language=text_at(status, "language")[:20],
        media=_media(status),
        links=links,
        subject=_subject(data, where, account=account),
        veil=_veil(status),
        # A status from another instance carries that instance's clock.
        remark_at=created_at if created_at != at else None,
    )
    edited_at = time_at(status, "edited_at")
    return (Edited(post=post, at=edited_at) if edited_at else Written(post=post),)


def _veil(status: Json) -> Veil | None:
    """A content warning is for all of it, “sensitive” for its pictures (docs.joinmastodon.org,
    entities/Status)."""
    if warning := text_at(status, "spoiler_text").strip():
        return Veil(f"its author warns: {warning}", words=True)
    marked = value_at(status, "sensitive") is True and list_at(status, "media_attachments")
    return Veil("marked as sensitive on Mastodon") if marked else None


def _private(status: Json) -> bool:
    return text_at(status, "visibility") == "direct"


def _author(account: Json) -> Author:
    acct = text_at(account, "acct")
    return Author(
        native_id=text_at(account, "id"),
        name=text_at(account, "display_name").strip() or acct or text_at(account, "id"),
        handle=acct,
        url=web_at(account, "url"),
    )


def _text(status: Json) -> tuple[str, tuple[str, ...]]:
    """What it is about comes first where its author put that in front of it as a warning."""
    text, links = words.read(text_at(status, "content"))
    if options := list_at(status, "poll", "options"):
        listed = "\n".join(f"• {text_at(one, 'title')}" for one in options)
        text = f"{text}\n\n{listed}".strip()
    if warning := text_at(status, "spoiler_text").strip():
        text = f"[{warning}]\n\n{text}".strip()
    return text, links


def _where(status: Json, data: Json, *, account: str, ours: bool) -> str:
    """The root of a public tree; for direct statuses the chat with that person."""
    if _private(status):
        others = [text_at(one, "id") for one in list_at(status, "mentions")]
        named = next((one for one in others if one and one != account), "")
        person = named if ours else text_at(status, "account", "id")
        return f"direct/{person}" if person else text_at(status, "id")
    return text_at(data, "root", "id") or text_at(status, "in_reply_to_id") or text_at(status, "id")


def _kind(status: Json, data: Json, *, account: str, ours: bool) -> Kind:
    """From the status and its root alone, so that list and stream agree on one item."""
    if _private(status):
        return Kind.MESSAGE
    parent = text_at(status, "in_reply_to_id")
    if ours:
        return Kind.COMMENT if parent else Kind.POST
    root_author = text_at(data, "root", "account", "id")
    if parent and account in (text_at(status, "in_reply_to_account_id"), root_author):
        return Kind.COMMENT
    if text_at(status, "quote", "quoted_status", "account", "id") == account:
        return Kind.QUOTE
    if any(text_at(one, "id") == account for one in list_at(status, "mentions")):
        return Kind.MENTION
    return Kind.COMMENT if parent else Kind.POST


def _subject(data: Json, where: str, *, account: str) -> Subject | None:
    """What is talked about: the root of the tree for an answer, the quoted status for a quote."""
    shown = object_at(data, "root") or object_at(data, "status", "quote", "quoted_status")
    native_id, at = text_at(shown, "id"), time_at(shown, "created_at")
    if not native_id or at is None or native_id == text_at(data, "status", "id"):
        return None
    if object_at(data, "root") and native_id != where:
        return None
    author = _author(object_at(shown, "account"))
    text, _ = _text(shown)
    ours = author.native_id == account
    return Subject(
        native_id,
        author,
        text,
        at,
        url=web_at(shown, "url"),
        ours=ours,
        media=_media(shown),
        veil=_veil(shown),
    )


def _media(status: Json) -> tuple[Media, ...]:
    return tuple(
        Media(
            kind=_KINDS.get(text_at(one, "type"), "file"),
            alt=text_at(one, "description"),
            url=web_at(one, "url") or web_at(one, "remote_url"),
            width=number_at(one, "meta", "original", "width"),
            height=number_at(one, "meta", "original", "height"),
        )
        for one in list_at(status, "media_attachments")[:_MOST_MEDIA]
    )
