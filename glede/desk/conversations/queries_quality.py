"""“No reply needed”: what the desk may propose, and which of them somebody looks at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from glede.desk.conversations import rules
from glede.desk.conversations.models import Enquiry, Message, MessageVersion
from glede.desk.conversations.rules import ClosedAs, Direction, NotNeeded
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Sampled:
    enquiry_id: int
    conversation_id: int
    name: str
    words: str
    reason: str
    reason_words: str
    closed_by: str
    closed_by_id: int | None
    closed_at: datetime
    found: str
    checked_by: str


def proposal(conversation_id: int, *, praise: Sequence[str]) -> NotNeeded | None:
    """What the words that wait look like; None where they may well be a question."""
    waiting = Message.objects.filter(
        conversation_id=conversation_id,
        direction=Direction.IN,
        deleted_at=None,
        enquiry__isnull=False,
        enquiry__answered_at=None,
        enquiry__closed_at=None,
    ).values_list("pk", flat=True)
    found = {rules.may_need_no_reply(_newest(pk), praise=praise) for pk in list(waiting[:20])}
    return found.pop() if len(found) == 1 else None


def _newest(message_id: int) -> str:
    versions = MessageVersion.objects.filter(message_id=message_id).order_by("-number")
    return versions.values_list("text", flat=True).first() or ""


def sampled(viewer: Viewer, *, percent: int, limit: int) -> tuple[Sampled, ...]:
    """The newest of the share that is looked at again, those nobody looked at first."""
    found = _readable(viewer).order_by("-closed_at")[: limit * 20]
    chosen = [one for one in found if rules.is_sampled(one.pk, percent=percent)][:limit]
    chosen.sort(key=lambda one: one.checked_at is not None)
    return tuple(_sampled(one) for one in chosen)


def sampled_one(viewer: Viewer, enquiry_id: int) -> Sampled | None:
    one = _readable(viewer).filter(pk=enquiry_id).first()
    return None if one is None else _sampled(one)


def _readable(viewer: Viewer) -> QuerySet[Enquiry]:
    found = Enquiry.objects.filter(closed_as=ClosedAs.NOT_NEEDED).exclude(closed_reason="")
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is not None:
        found = found.filter(conversation__brand_id__in=brands)
    return found.select_related("conversation", "closed_by", "checked_by")


def _sampled(of: Enquiry) -> Sampled:
    return Sampled(
        enquiry_id=of.pk,
        conversation_id=of.conversation_id,
        name=of.conversation.name,
        words=of.conversation.words,
        reason=of.closed_reason,
        reason_words=of.closed_words,
        closed_by=of.closed_by.name if of.closed_by else "",
        closed_by_id=of.closed_by_id,
        closed_at=of.closed_at or of.opened_at,
        found=of.check_found,
        checked_by=of.checked_by.name if of.checked_by else "",
    )
