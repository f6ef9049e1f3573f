"""Numbered events for open screens: ids only, so that each screen asks for what it may see.

An event is numbered by its transaction and its own id. A reader stops before the oldest transaction
that still runs: what commits late has a lower number than what it has not read yet, never than what
it has. So nothing is skipped and nothing comes twice, and a reader goes on from any position.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from glede.kit import gather

#: Listen to this; a notification carries nothing, it only says that there is something to read.
CHANNEL = "glede_live"

#: A screen that was away for longer loads its page again.
KEPT_FOR = timedelta(days=1)

#: The row in which it is written down up to where events were pruned.
_PRUNED = "live pruned"

#: Rows in the order they were told: their ids are given in it.
_PUBLISH = """
WITH told AS (
    SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])
        WITH ORDINALITY AS event (topic, brand, person, payload, at, number)
), added AS (
    INSERT INTO kit_liveevent (topic, brand, person, payload, at)
    SELECT topic, brand, person, payload::jsonb, at FROM told ORDER BY number RETURNING id
)
SELECT pg_notify(%s, '') FROM (SELECT count(*) FROM added) AS all_of_them
"""
_READ = """
SELECT xid, id, topic, brand, person, payload, at FROM kit_liveevent
WHERE (xid, id) > (%s, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY xid, id LIMIT %s
"""
_HEAD = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_PRUNE = """
WITH gone AS (DELETE FROM kit_liveevent WHERE at < %s RETURNING xid, id), newest AS (
    INSERT INTO kit_beat (part, at, details)
    SELECT %s, %s, jsonb_build_object('position', xid || '-' || id) FROM gone
    ORDER BY xid DESC, id DESC LIMIT 1
    ON CONFLICT (part) DO UPDATE SET at = excluded.at, details = excluded.details
)
SELECT count(*) FROM gone
"""


class BadPosition(ValueError):  # noqa: N818 - reads as a sentence
    """Not a position of ours; a browser may send anything."""


@dataclass(frozen=True, slots=True)
class Event:
    """`position` is the id of the event on the stream, and where to go on from after it; `data` its
    payload as JSON, in one line."""

    position: str
    topic: str
    brand: int | None
    person: int | None
    data: str
    at: datetime

    @property
    def payload(self) -> Mapping[str, Any]:
        found: dict[str, Any] = json.loads(self.data)
        return found


def publish(
    *,
    topic: str,
    payload: Mapping[str, str | int | bool],
    now: datetime,
    brand: int | None = None,
    person: int | None = None,
) -> None:
    """Part of the transaction of the change it tells about; read once that is committed.

    `brand` and `person` say whom it may concern; empty means everybody signed in.
    """
    gather.later(_write, (topic, brand, person, json.dumps(dict(payload)), now))


def _write(events: Sequence[tuple[str, int | None, int | None, str, datetime]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH, [*(list(column) for column in zip(*events, strict=True)), CHANNEL])


def head() -> str:
    """The position from which everything not yet readable now will be read."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        return f"{cursor.fetchone()[0]}-0"


def read_after(position: str, *, limit: int = 500) -> list[Event]:
    """What can be read after this position, in order. Raises `BadPosition`."""
    xid, event = _parsed(position)
    with connection.cursor() as cursor:
        cursor.execute(_READ, [xid, event, limit])
        return [
            Event(f"{row[0]}-{row[1]}", row[2], row[3], row[4], _line(row[5]), row[6])
            for row in cursor.fetchall()
        ]


def _line(payload: str) -> str:
    return json.dumps(json.loads(payload), separators=(",", ":"))


def can_resume(position: str) -> bool:
    """False where events after it were pruned, or it comes from another life of the database."""
    wanted = _parsed(position)
    with connection.cursor() as cursor:
        cursor.execute("SELECT details->>'position' FROM kit_beat WHERE part = %s", [_PRUNED])
        row = cursor.fetchone()
    oldest = _parsed(row[0]) if row else (0, 0)
    newest, _ = _parsed(head())
    return oldest <= wanted and wanted[0] <= newest


def prune(*, now: datetime, kept_for: timedelta = KEPT_FOR) -> int:
    """Drop what is older; says how many events that were."""
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, [now - kept_for, _PRUNED, now])
        return int(cursor.fetchone()[0])


def _parsed(position: str) -> tuple[int, int]:
    xid, _, event = position.partition("-")
    for part in (xid, event):
        if not (part.isascii() and part.isdecimal() and len(part) <= 18):
            raise BadPosition(f"“{position[:40]}” is no position in the stream.")
    return int(xid), int(event)
