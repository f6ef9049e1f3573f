"""A stretch of a conversation's own messages, found by keyset: its cost does not grow with what
lies before or after it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from glede.desk.conversations.models import Enquiry, Message
from glede.desk.conversations.rules import Direction


@dataclass(frozen=True, slots=True)
class Window:
    """Which stretch is wanted: the newest, or one beside or around a message (its id)."""

    earlier: int | None = None
    later: int | None = None
    at: int | None = None

    @property
    def is_newest(self) -> bool:
        return self.earlier is None and self.later is None and self.at is None


NEWEST = Window()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages, oldest first, and whether there are more on either side."""

    messages: tuple[Message, ...]
    more_before: bool
    more_after: bool


def stretch(conversation_id: int, window: Window, *, shown: int) -> Stretch:
    """At most `shown` messages. A message that is not of this conversation means the newest."""
    own = Message.objects.filter(conversation_id=conversation_id).select_related(
        "handle", "person", "conversation"
    )
    anchor = window.earlier or window.later or window.at
    place = None if anchor is None else _place(conversation_id, anchor)
    if place is None:
        newest, more = _before(own, shown)
        return Stretch(newest, more_before=more, more_after=False)
    if window.earlier is not None:
        older, more = _before(own.filter(_older(*place)), shown)
        return Stretch(older, more_before=more, more_after=True)
    if window.later is not None:
        newer, more = _after(own.filter(_newer(*place)), shown)
        return Stretch(newer, more_before=True, more_after=more)
    older, more_before = _before(own.filter(_older(*place)), shown // 2)
    newer, more_after = _after(own.exclude(_older(*place)), shown - len(older))
    return Stretch((*older, *newer), more_before=more_before, more_after=more_after)


def waits_since(conversation_id: int) -> tuple[int, datetime] | None:
    """The first message of theirs that nobody answered, wherever it stands."""
    open_one = Enquiry.objects.filter(
        conversation_id=conversation_id, answered_at=None, closed_at=None
    )
    theirs = Message.objects.filter(
        enquiry__in=open_one, direction=Direction.IN, deleted_at=None
    ).order_by("received_at", "pk")
    return theirs.values_list("pk", "received_at").first()


def _place(conversation_id: int, message_id: int) -> tuple[datetime, int] | None:
    found = Message.objects.filter(pk=message_id, conversation_id=conversation_id)
    return found.values_list("received_at", "pk").first()


def _older(at: datetime, message_id: int) -> Q:
    return Q(received_at__lt=at) | Q(received_at=at, pk__lt=message_id)


def _newer(at: datetime, message_id: int) -> Q:
    return Q(received_at__gt=at) | Q(received_at=at, pk__gt=message_id)


def _before(messages: QuerySet[Message], most: int) -> tuple[tuple[Message, ...], bool]:
    found = list(messages.order_by("-received_at", "-pk")[: most + 1])
    return tuple(reversed(found[:most])), len(found) > most


def _after(messages: QuerySet[Message], most: int) -> tuple[tuple[Message, ...], bool]:
    found = list(messages.order_by("received_at", "pk")[: most + 1])
    return tuple(found[:most]), len(found) > most
