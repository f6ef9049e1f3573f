"""The messages and notes of one conversation, page by page, in the order in which they came."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Lower

from glede.desk.conversations.models import Message, MessageVersion
from glede.desk.conversations.rules import Direction
from glede.desk.conversations.talk import Card, Version

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a conversation: receipt, then id."""

    at: datetime
    id: int

    @property
    def text(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"


@dataclass(frozen=True, slots=True)
class Line:
    """One message, note or reply. One that its author deleted has no words here either."""

    id: int
    direction: Direction
    kind: str
    private: bool
    automatic: bool
    author: str
    handle: str
    person_id: int | None
    received_at: datetime
    ingested_at: datetime
    deleted_at: datetime | None
    hidden_at: datetime | None
    removed_at: datetime | None
    flagged: str
    url: str
    language: str
    media: tuple[tuple[str, str], ...]
    versions: tuple[Version, ...]

    @property
    def spot(self) -> Spot:
        return Spot(self.received_at, self.id)


@dataclass(frozen=True, slots=True)
class Lines:
    """Oldest first; `more` beyond the end that was asked for."""

    lines: tuple[Line, ...]
    more: bool


def spot(text: str) -> Spot | None:
    """The place a cursor names; None when it names none."""
    at, _, key = text.partition(".")
    if not (at.isdecimal() and key.isdecimal() and len(at) <= 16 and len(key) <= 18):
        return None
    return Spot(_EPOCH + timedelta(microseconds=int(at)), int(key))


def lines(
    conversation: Card, *, after: Spot | None = None, before: Spot | None = None, limit: int
) -> Lines:
    """Up to `limit` after a place, or before one; without either the newest. Two queries."""
    found = Message.objects.filter(conversation_id=conversation.id).select_related(
        "handle", "person"
    )
    if after is not None:
        at, beyond = after.at, Q(pk__gt=after.id)
        found = found.filter(received_at__gte=at).filter(Q(received_at__gt=at) | beyond)
        rows = list(found.order_by("received_at", "pk")[: limit + 1])
    else:
        if before is not None:
            at, beyond = before.at, Q(pk__lt=before.id)
            found = found.filter(received_at__lte=at).filter(Q(received_at__lt=at) | beyond)
        rows = list(found.order_by("-received_at", "-pk")[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    versions = _versions([one.pk for one in rows if one.deleted_at is None])
    told = [_line(one, versions.get(one.pk, ())) for one in rows]
    return Lines(tuple(told if after is not None else reversed(told)), more)


def _versions(ids: list[int]) -> dict[int, tuple[Version, ...]]:
    found: dict[int, tuple[Version, ...]] = {}
    rows = MessageVersion.objects.filter(message_id__in=ids).order_by("message_id", "number")
    for message_id, number, text, at in rows.values_list("message_id", "number", "text", "at"):
        found[message_id] = (*found.get(message_id, ()), Version(number, text, at))
    return found


def _line(of: Message, versions: tuple[Version, ...]) -> Line:
    author = of.handle.name if of.handle else ""
    return Line(
        id=of.pk,
        direction=Direction(of.direction),
        kind=of.kind,
        private=of.private,
        automatic=of.automatic,
        author=of.person.name if of.person else author,
        handle=of.handle.handle if of.handle else "",
        person_id=of.person_id,
        received_at=of.received_at,
        ingested_at=of.ingested_at,
        deleted_at=of.deleted_at,
        hidden_at=of.hidden_at,
        removed_at=of.removed_at,
        flagged=of.flagged,
        url=of.url,
        language=of.language,
        media=tuple(
            (str(one.get("kind", "file")), str(one.get("alt", "")))
            for one in (of.media if of.deleted_at is None else [])
        ),
        versions=versions,
    )


def names_around(conversation_id: int) -> frozenset[str]:
    """Names, in small letters, of other people who wrote in the same public threads."""
    threads = Message.objects.filter(conversation_id=conversation_id, private=False)
    found = (
        Message.objects.filter(
            thread_id__in=threads.values("thread_id"),
            private=False,
            direction=Direction.IN,
            deleted_at=None,
            removed_at=None,
        )
        .exclude(conversation_id=conversation_id)
        .annotate(small=Lower("handle__name"))
    )
    return frozenset(filter(None, found.values_list("small", flat=True).distinct()))
