"""What was captured, for whom may see it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from glede.desk.captures.models import Capture
from glede.desk.captures.rules import Side
from glede.desk.conversations.models import Message
from glede.desk.intake.models import RawEvent
from glede.desk.intake.rules import State
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Seen:
    """A capture with what became of it: a conversation, or why there is none (yet)."""

    id: int
    platform: str
    account: str
    brand_id: int
    side: Side
    person: str
    seen_by: str
    posted_at: datetime
    captured_at: datetime
    url: str
    digest: str
    content_type: str
    conversation_id: int | None
    message_id: int | None
    aside: str


def one(viewer: Viewer, capture_id: int) -> Seen | None:
    """None where there is none, or none that this person may see."""
    found = Capture.objects.select_related("account", "person").filter(pk=capture_id).first()
    if found is None or not viewer.may(Permission.READ_CONVERSATIONS, found.account.brand_id):
        return None
    message = (
        Message.objects.filter(platform=found.account.platform, native_id=found.native_id)
        .values_list("conversation_id", "pk")
        .first()
    )
    return Seen(
        id=found.pk,
        platform=found.account.platform,
        account=found.account.handle,
        brand_id=found.account.brand_id,
        side=Side(found.side),
        person=found.person.name,
        seen_by=found.seen_by,
        posted_at=found.posted_at,
        captured_at=found.captured_at,
        url=found.url,
        digest=found.digest,
        content_type=found.content_type,
        conversation_id=message[0] if message else None,
        message_id=message[1] if message else None,
        aside=_aside(found),
    )


def _aside(capture: Capture) -> str:
    kept = RawEvent.objects.filter(
        app_id=capture.account.app_id, key=capture.native_id, state=State.ASIDE
    )
    return kept.values_list("error", flat=True).first() or ""


def of_messages(conversation_id: int, message_ids: Collection[int]) -> dict[int, int]:
    """The captures that these messages of a conversation came by: message's id, capture's id."""
    if not message_ids:
        return {}
    messages = dict(Message.objects.filter(pk__in=message_ids).values_list("native_id", "pk"))
    captures = Capture.objects.filter(
        native_id__in=messages, account__threads__conversations=conversation_id
    )
    return {messages[native_id]: pk for native_id, pk in captures.values_list("native_id", "pk")}
