"""Many conversations at once, as far as one person may see them."""

from collections.abc import Collection

from django.db.models import F

from glede.desk.conversations.models import Conversation, Enquiry
from glede.rulebook.people.rules import Permission, Viewer


def visible(viewer: Viewer, *, ids: Collection[int]) -> tuple[list[Conversation], frozenset[int]]:
    """Those of these that the person may read, by time left, and which of them wait for an answer;
    two queries."""
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    found = Conversation.objects.filter(pk__in=ids)
    if brands is not None:
        found = found.filter(brand__in=brands)
    rows = list(found.order_by(F("due_at").asc(nulls_last=True), "pk"))
    waiting = Enquiry.objects.filter(
        conversation__in=[one.pk for one in rows], answered_at=None, closed_at=None
    )
    return rows, frozenset(waiting.values_list("conversation_id", flat=True))
