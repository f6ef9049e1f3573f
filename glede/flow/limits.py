"""What a platform lets us do with a conversation, and until when: said before it bites."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.conversations.models import Message
from glede.desk.conversations.rules import Direction
from glede.desk.outbox import windows
from glede.desk.outbox.windows import Open
from glede.platforms import registry


@dataclass(frozen=True, slots=True)
class Windows:
    """Those still open, the first to close first; `shut` says why none is, where one would be
    needed."""

    open: tuple[Open, ...] = ()
    shut: str = ""


def of(conversation_id: int, *, platform: str, aside: bool, now: datetime) -> Windows:
    """The windows for an answer in private: `aside` to something public, else in a chat. Nothing
    where the platform has none; it asks the database only where it has."""
    known = registry.get(platform).capabilities.windows
    if not any(window.once is aside for window in known):
        return Windows()
    theirs = Message.objects.filter(
        conversation_id=conversation_id,
        direction=Direction.IN,
        private=not aside,
        deleted_at=None,
        removed_at=None,
    )
    heard_at = theirs.order_by("-received_at").values_list("received_at", flat=True).first()
    if heard_at is None:
        return Windows()
    return Windows(
        windows.standing(known, aside=aside, heard_at=heard_at, now=now),
        windows.shut(known, aside=aside, automatic=False, heard_at=heard_at, now=now),
    )
