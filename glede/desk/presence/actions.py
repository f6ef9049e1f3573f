"""A screen says where it is, or that it leaves. Looking is not audited: what is done is.

Each is one statement, which also says what was there before: only a change is told to others. A
page numbers what it says, and what a later word of the same page overtook is dropped.
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
INSERT INTO presence_screen (person_id, token, number, conversation_id, brand_id, doing, since, at)
SELECT %(person)s, %(token)s, %(number)s, c.id, c.brand_id, %(doing)s, %(now)s, %(now)s
FROM conversations_conversation c
WHERE c.id = %(conversation)s AND (%(brands)s::bigint[] IS NULL OR c.brand_id = ANY(%(brands)s))
ON CONFLICT (person_id, token) DO UPDATE SET
    number = excluded.number,
    conversation_id = excluded.conversation_id, brand_id = excluded.brand_id,
    doing = excluded.doing, at = excluded.at,
    since = CASE
        WHEN presence_screen.conversation_id = excluded.conversation_id
            AND presence_screen.doing = excluded.doing AND presence_screen.at > %(gone)s
        THEN presence_screen.since ELSE excluded.since END
WHERE presence_screen.number < excluded.number
RETURNING old.conversation_id, old.brand_id, old.doing, old.at > %(gone)s, new.brand_id
"""
_LEAVE = """
INSERT INTO presence_screen (person_id, token, number, doing, since, at)
VALUES (%(person)s, %(token)s, %(number)s, %(doing)s, %(now)s, %(now)s)
ON CONFLICT (person_id, token) DO UPDATE SET
    number = excluded.number, conversation_id = NULL, brand_id = NULL,
    doing = excluded.doing, since = excluded.since, at = excluded.at
WHERE presence_screen.number < excluded.number
RETURNING old.conversation_id, old.brand_id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation at which something changed, and the brand whose readers may know."""

    conversation_id: int
    brand_id: int


class NotThere(LookupError):  # noqa: N818 - reads as a sentence
    """There is no such conversation, or not for this person."""


def be(
    *,
    viewer: Viewer,
    token: str,
    number: int,
    conversation_id: int,
    doing: Doing,
    now: datetime,
) -> tuple[Place, ...]:
    """Be at a conversation; returns where others see a change. Raises `NotThere`.

    `number` counts what this page said; one that is not above the last one known changes nothing.
    """
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    values: dict[str, Any] = {
        "person": viewer.id,
        "token": token,
        "number": number,
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
        if Screen.objects.filter(person_id=viewer.id, token=token, number__gte=number).exists():
            return ()
        raise NotThere("There is no such conversation here.")
    was_at, was_brand, was_doing, was_there, brand_id = row
    here = Place(conversation_id, brand_id)
    if not was_there or was_at is None:
        return (here,)
    if was_at != conversation_id:
        return (Place(was_at, was_brand), here)
    return () if was_doing == doing.value else (here,)


def leave(*, person_id: int, token: str, number: int, now: datetime) -> Place | None:
    """The screen is closed; returns where it was. What it said before this number is void."""
    values: dict[str, Any] = {
        "person": person_id,
        "token": token,
        "number": number,
        "doing": Doing.LOOKING.value,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, values)
        row = cursor.fetchone()
    return Place(*row) if row and row[0] is not None else None


def drop_old(*, now: datetime) -> int:
    """Forget screens that were not heard of for long, or left long ago; says how many."""
    return Screen.objects.filter(at__lt=gone_before(now)).delete()[0]
