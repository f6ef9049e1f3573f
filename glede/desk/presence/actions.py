"""A screen says where it is, or that it leaves. Looking is not audited: what is done is.

Each is one statement, which also says what was there before: only a change is told to others.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from glede.desk.presence.models import Screen
from glede.desk.presence.queries import gone_before
from glede.desk.presence.rules import Doing
from glede.rulebook.people.rules import Permission, Viewer

_BE = """
INSERT INTO presence_screen (person_id, token, conversation_id, brand_id, doing, since, at)
SELECT %(person)s, %(token)s, c.id, c.brand_id, %(doing)s, %(now)s, %(now)s
FROM conversations_conversation c
WHERE c.id = %(conversation)s AND (%(brands)s::bigint[] IS NULL OR c.brand_id = ANY(%(brands)s))
ON CONFLICT (person_id, token) DO UPDATE SET
    conversation_id = excluded.conversation_id, brand_id = excluded.brand_id,
    doing = excluded.doing, at = excluded.at,
    since = CASE
        WHEN presence_screen.conversation_id = excluded.conversation_id
            AND presence_screen.doing = excluded.doing AND presence_screen.at > %(gone)s
        THEN presence_screen.since ELSE excluded.since END
RETURNING old.conversation_id, old.brand_id, old.doing, old.at > %(gone)s, new.brand_id
"""
_LEAVE = """
DELETE FROM presence_screen WHERE person_id = %s AND token = %s RETURNING conversation_id, brand_id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation at which something changed, and the brand whose readers may know."""

    conversation_id: int
    brand_id: int


class NotThere(LookupError):  # noqa: N818 - reads as a sentence
    """There is no such conversation, or not for this person."""


def be(
    *, viewer: Viewer, token: str, conversation_id: int, doing: Doing, now: datetime
) -> tuple[Place, ...]:
    """Be at a conversation; returns where others see a change. Raises `NotThere`."""
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    values: dict[str, Any] = {
        "person": viewer.id,
        "token": token,
        "conversation": conversation_id,
        "brands": None if brands is None else list(brands),
        "doing": doing.value,
        "now": now,
        "gone": gone_before(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BE, values)
        row = cursor.fetchone()
    if row is None:
        raise NotThere("There is no such conversation here.")
    was_at, was_brand, was_doing, was_there, brand_id = row
    here = Place(conversation_id, brand_id)
    if not was_there:
        return (here,)
    if was_at != conversation_id:
        return (Place(was_at, was_brand), here)
    return () if was_doing == doing.value else (here,)


def leave(*, person_id: int, token: str) -> Place | None:
    """The screen is closed; returns where it was."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [person_id, token])
        row = cursor.fetchone()
    return Place(*row) if row else None


def drop_old(*, now: datetime) -> int:
    """Forget screens that went without a word; says how many."""
    return Screen.objects.filter(at__lt=gone_before(now)).delete()[0]
