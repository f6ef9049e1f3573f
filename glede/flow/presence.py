"""Who looks at a conversation and who writes, told to the open screens that may know.

A screen says where it is every few seconds while it is looked at. That is one statement; a second
one tells others, and only when something changed for them. The event holds an id alone.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from glede.desk.presence import actions as presence
from glede.desk.presence.actions import Place
from glede.desk.presence.rules import Doing
from glede.kit import gather, live
from glede.rulebook.people.rules import Viewer


def be(
    *,
    viewer: Viewer,
    token: str,
    number: int,
    conversation_id: int,
    doing: Doing,
    now: datetime,
) -> None:
    """Raises `presence.NotThere` for what one may not read."""
    with transaction.atomic(), gather.together():
        changed = presence.be(
            viewer=viewer,
            token=token,
            number=number,
            conversation_id=conversation_id,
            doing=doing,
            now=now,
        )
        _tell(changed, now=now)


def leave(*, viewer: Viewer, token: str, number: int, now: datetime) -> None:
    """The screen was closed or shows something else."""
    with transaction.atomic():
        left = presence.leave(person_id=viewer.id, token=token, number=number, now=now)
        _tell([left] if left else [], now=now)


def _tell(places: Iterable[Place], *, now: datetime) -> None:
    for place in places:
        live.publish(
            topic="presence.changed",
            payload={"id": place.conversation_id},
            brand=place.brand_id,
            now=now,
        )
