"""What the holder of a private link may read: one thread, their words and our answers to them."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.conversations.models import Message, MessageVersion, PrivateLink
from glede.desk.conversations.rules import Direction

#: A page of words; a visitor's thread rarely has ten.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One message, as its writer or reader sees it; internal notes are never among them."""

    id: int
    ours: bool
    text: str
    at: datetime
    deleted: bool


@dataclass(frozen=True, slots=True)
class Page:
    thread_id: int
    thread: str
    account_id: int
    brand_id: int
    app_slug: str
    name: str
    #: In which they wrote last, as a BCP 47 tag; empty where nobody knows.
    language: str
    lines: tuple[Line, ...]
    expires_at: datetime


def page(*, token_hash: str, now: datetime) -> Page | None:
    """Nothing for a link we never gave, or one whose time has passed."""
    link = (
        PrivateLink.objects.filter(token_hash=token_hash, expires_at__gt=now, thread__private=True)
        .select_related("thread__account__app")
        .first()
    )
    if link is None:
        return None
    thread = link.thread
    found = list(
        Message.objects.filter(thread=thread, direction__in=(Direction.IN, Direction.OUT))
        .filter(hidden_at=None)
        .select_related("handle")
        .order_by("-received_at", "-pk")[:SHOWN]
    )[::-1]
    words = _words(found)
    return Page(
        thread_id=thread.pk,
        thread=thread.native_id,
        account_id=thread.account_id,
        brand_id=thread.account.brand_id,
        app_slug=thread.account.app.slug,
        name=next((one.handle.name for one in found if one.handle), ""),
        language=next((one.language for one in reversed(found) if one.handle), ""),
        lines=tuple(
            Line(
                id=one.pk,
                ours=one.direction == Direction.OUT,
                text="" if one.deleted_at else words.get(one.pk, ""),
                at=one.received_at,
                deleted=one.deleted_at is not None,
            )
            for one in found
        ),
        expires_at=link.expires_at,
    )


def _words(messages: list[Message]) -> dict[int, str]:
    """The newest version of each."""
    versions = MessageVersion.objects.filter(message__in=messages).order_by("message", "number")
    return dict(versions.values_list("message_id", "text"))
