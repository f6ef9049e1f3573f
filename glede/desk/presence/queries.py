"""Who is at which conversation, as far as one may read it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings

from glede.desk.presence import rules
from glede.desk.presence.models import Screen
from glede.desk.presence.rules import Doing, Here
from glede.rulebook.people.rules import Permission, Viewer


def gone_before(now: datetime) -> datetime:
    """A screen not heard of since then is gone, whatever it said last."""
    return now - timedelta(seconds=settings.GLEDE_PRESENCE_GONE_SECONDS)


def others(
    viewer: Viewer, conversation_ids: Collection[int], *, now: datetime
) -> dict[int, tuple[Here, ...]]:
    """Everybody but the viewer at each of these, those who write first; one query."""
    found = (
        Screen.objects.filter(conversation_id__in=conversation_ids, at__gt=gone_before(now))
        .exclude(person_id=viewer.id)
        .values_list("conversation_id", "person_id", "person__name", "doing", "since")
    )
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is not None:
        found = found.filter(brand_id__in=brands)
    here: dict[int, list[Here]] = {}
    for conversation_id, person_id, name, doing, since in found:
        here.setdefault(conversation_id, []).append(Here(person_id, name, Doing(doing), since))
    return {one: rules.once_each(these) for one, these in here.items()}
