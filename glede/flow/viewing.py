"""Views of the list that people keep for themselves and for others."""

from datetime import datetime

from django.db import transaction

from glede.desk.conversations.lanes import Order
from glede.desk.views import actions as views
from glede.desk.views.rules import Share
from glede.rulebook.people.rules import Viewer


def keep(
    *,
    viewer: Viewer,
    name: str,
    query: str,
    order: Order,
    share: Share,
    brand_id: int | None,
    now: datetime,
) -> int:
    """Returns its id. Raises `BadView`."""
    with transaction.atomic():
        made = views.keep(
            person_id=viewer.id,
            name=name,
            query=query,
            order=order,
            share=share,
            brand_id=brand_id,
            actor=viewer.actor,
            now=now,
        )
        return made.pk


def change(
    *, viewer: Viewer, view_id: int, name: str, share: Share, brand_id: int | None, now: datetime
) -> None:
    """Raises `BadView`."""
    with transaction.atomic():
        views.change(
            view_id=view_id, name=name, share=share, brand_id=brand_id, actor=viewer.actor, now=now
        )


def move_up(*, viewer: Viewer, view_id: int, now: datetime) -> None:
    with transaction.atomic():
        views.move_up(view_id=view_id, actor=viewer.actor, now=now)


def delete(*, viewer: Viewer, view_id: int, now: datetime) -> None:
    with transaction.atomic():
        views.delete(view_id=view_id, actor=viewer.actor, now=now)
