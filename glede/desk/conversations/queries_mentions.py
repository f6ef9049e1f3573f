"""Notes in which a person is named."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from glede.desk.conversations.mentions import Named
from glede.desk.conversations.models import Mention, MessageVersion, Reading
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A note that names the viewer, with the conversation it stands in."""

    id: int
    message_id: int
    conversation_id: int
    name: str
    platform: str
    brand_id: int
    state: str
    by: str
    text: str
    at: datetime
    #: Was the conversation looked at since?
    seen: bool


def conversations_naming(person_id: int) -> QuerySet[Mention, int]:
    """Ids of conversations with a note that names the person; for a condition of another query."""
    return Mention.objects.filter(person_id=person_id).values_list(
        "message__conversation_id", flat=True
    )


def naming(viewer: Viewer, *, before: int | None, limit: int) -> list[MentionRow]:
    """Notes that name the viewer where they may still read, newest first, from before an id."""
    looked = Reading.objects.filter(
        conversation_id=OuterRef("message__conversation_id"), person_id=viewer.id
    )
    newest = MessageVersion.objects.filter(message_id=OuterRef("message_id")).order_by("-number")
    found = (
        Mention.objects.filter(person_id=viewer.id, message__conversation__isnull=False)
        .annotate(
            text=Subquery(newest.values("text")[:1]), looked=Subquery(looked.values("at")[:1])
        )
        .order_by("-pk")
    )
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is not None:
        found = found.filter(message__conversation__brand_id__in=brands)
    if before is not None:
        found = found.filter(pk__lt=before)
    return [
        MentionRow(
            id=row["pk"],
            message_id=row["message_id"],
            conversation_id=row["message__conversation_id"],
            name=row["message__conversation__name"],
            platform=row["message__conversation__platform"],
            brand_id=row["message__conversation__brand_id"],
            state=row["message__conversation__state"],
            by=row["message__person__name"] or "",
            text=row["text"] or "",
            at=row["at"],
            seen=row["looked"] is not None and row["looked"] >= row["at"],
        )
        for row in found.values(
            "pk",
            "message_id",
            "at",
            "text",
            "looked",
            "message__conversation_id",
            "message__conversation__name",
            "message__conversation__platform",
            "message__conversation__brand_id",
            "message__conversation__state",
            "message__person__name",
        )[:limit]
    ]


def named_in(message_ids: Iterable[int]) -> dict[int, tuple[Named, ...]]:
    """Who is named in each of these notes."""
    rows = Mention.objects.filter(message_id__in=list(message_ids)).order_by("pk")
    found: dict[int, tuple[Named, ...]] = {}
    for message_id, person_id, name in rows.values_list("message_id", "person_id", "person__name"):
        found[message_id] = (*found.get(message_id, ()), Named(person_id, name))
    return found
