"""Record an act; seal what was recorded into the chain."""

import logging
import os
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from glede.kit import gather
from glede.rulebook.audit import queries
from glede.rulebook.audit.models import Entry, Seal
from glede.rulebook.audit.rules import (
    GENESIS,
    QUIET_FOR,
    UNSTAMPED,
    Actor,
    Details,
    Head,
    Row,
    Stamp,
    Verb,
    check_details,
    digest,
    line,
)

_log = logging.getLogger(__name__)

#: Entries of one seal at most; the next turn takes the rest.
_MOST = 5_000

#: Names the lock that only one sealer can hold ("audit" in ASCII).
_LOCK = 0x6175646974


def record(
    *,
    actor: Actor,
    verb: Verb,
    object_kind: str,
    object_id: int | str,
    now: datetime,
    brand: str = "",
    stamp: Stamp = UNSTAMPED,
    details: Details | None = None,
) -> None:
    """Belongs in the transaction of the act itself: both are there, or neither."""
    check_details(details or {})
    entry = Entry(
        at=now,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=actor.name,
        verb=verb.value,
        object_kind=object_kind,
        object_id=str(object_id),
        brand=brand,
        clause=stamp.clause,
        policy_version=stamp.policy_version,
        details=dict(details or {}),
    )
    gather.later(_write, entry)


def _write(entries: Sequence[Entry]) -> None:
    """In the order of the acts: where several are recorded together, with one statement."""
    Entry.objects.bulk_create(entries)


def seal(*, now: datetime, most: int = _MOST) -> int:
    """Chain what was committed and is in no seal yet; says how many entries that were.

    Ids are given before a commit, so an entry with a lower id may turn up after one with a higher
    id was sealed. Everything above the last seal's floor is therefore looked at again, and the
    floor follows ten minutes behind, when nothing below it can come any more.
    """
    with transaction.atomic():
        if not _only_sealer():
            return 0
        last = Seal.objects.order_by("-pk").first()
        # A clock that was set back must not make seals look older than they are.
        at = max(now, last.at) if last else now
        floor = last.floor if last else 0
        since = last.at - QUIET_FOR if last else at
        rows = queries.unsealed_above(floor, sealed_since=since, limit=most)
        if not rows:
            return 0
        floor = max(floor, queries.greatest_sealed(after=since, until=at - QUIET_FOR))
        if len(rows) == most:
            floor = min(floor, rows[-1].id)
        _append(rows, last=last, floor=floor, at=at)
        return len(rows)


def _only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _append(rows: Sequence[Row], *, last: Seal | None, floor: int, at: datetime) -> None:
    previous = last.digest if last else GENESIS
    made = Seal.objects.create(
        at=at,
        entries=[row.id for row in rows],
        floor=floor,
        previous=previous,
        digest=digest(previous, rows),
    )
    head = Head(seal=made.pk, entries=len(rows), digest=made.digest, at=at)
    transaction.on_commit(lambda: _publish(head))


def _publish(head: Head) -> None:
    """Outside the database, where whoever can write to the table cannot: a cut end shows."""
    path = queries.heads_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line(head).encode())
        os.fsync(file)
    finally:
        os.close(file)
    _log.info("audit head: seal %s of %s entries, %s", head.seal, head.entries, head.digest)
