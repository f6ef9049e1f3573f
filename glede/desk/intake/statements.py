"""The two statements of the busiest table, shared by the door (async) and the worker (sync)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from glede.desk.intake.rules import LONGEST_KEY, State
from glede.platforms.contract import RawEvent
from glede.platforms.digest import digest

#: One statement is one round trip and one transaction: rows, skipped duplicates, and the call to
#: the worker. PostgreSQL sends equal notifications of one transaction once.
KEEP = f"""
WITH kept AS (
    INSERT INTO intake_rawevent
        (app_id, key, account, body, ingested_at, way, state, tries, error)
    SELECT app_id, key, account, body, %b::timestamptz, %b::text, '{State.WAITING}', 0, ''
    FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::bytea[])
        AS given (app_id, key, account, body)
    ON CONFLICT (app_id, key) DO NOTHING
    RETURNING 1
)
SELECT count(*), pg_notify('glede_intake', '') FROM kept
"""  # noqa: S608 - the state is a word of ours

TAKE = f"""
SELECT event.id, event.app_id, app.platform, event.key, event.account, event.body, event.way,
    event.ingested_at, event.tries
FROM intake_rawevent AS event JOIN accounts_app AS app ON app.id = event.app_id
WHERE event.state = '{State.WAITING}'
ORDER BY event.id
LIMIT %s
FOR UPDATE OF event SKIP LOCKED
"""  # noqa: S608 - the state is a word of ours

TALLY = """
INSERT INTO intake_tally (account_id, way, hour_at, events, last_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (account_id, hour_at, way) DO UPDATE SET
    events = intake_tally.events + excluded.events, last_at = excluded.last_at
"""

type ForApp = tuple[int, RawEvent]


def values(rows: Sequence[ForApp], *, way: str, at: datetime) -> tuple[Any, ...]:
    """What `KEEP` asks for: one column of each thing instead of many rows."""
    return (
        at,
        str(way),
        [app_id for app_id, _ in rows],
        [_key(event) for _, event in rows],
        [_text(event.account) for _, event in rows],
        [event.body for _, event in rows],
    )


def _key(event: RawEvent) -> str:
    """What an index takes: no endless length."""
    key = event.key
    return _text(key) if len(key) <= LONGEST_KEY else digest(key.encode("utf-8", "surrogatepass"))


def _text(text: str) -> str:
    """What a database takes for text: no NUL and no half of a pair, both of which JSON may name."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "")
