"""Take rows that nobody else has: several workers share one table without waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from django.db.models import Model, QuerySet


def claim[M: Model](queryset: QuerySet[M], *, limit: int) -> list[M]:
    """Lock up to `limit` rows until the transaction ends; rows locked by others are passed over.

    Order the queryset, and filter it by the state that makes a row free: a row whose state
    changed meanwhile is checked again by the database and left out.
    """
    # NO KEY UPDATE: rows that point at a claimed one may still be inserted.
    return list(queryset.select_for_update(skip_locked=True, of=("self",), no_key=True)[:limit])


def alone(what: str) -> bool:
    """Hold `what` until the transaction ends, unless somebody else holds it now: then False."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [what])
        return bool(cursor.fetchone()[0])


class StillHeldError(Exception):
    """Somebody else holds it for longer than we wait."""


@contextmanager
def held(what: str, *, at_most_seconds: int) -> Iterator[None]:
    """Hold `what` until the block ends: one of all threads and processes, the others wait.

    On a connection of its own, so that the block may go to the network with nothing else held.
    Raises `StillHeldError` to whoever waited for so long in vain.
    """
    with own_connection() as wire:
        wire.execute("SELECT set_config('lock_timeout', %s, false)", [f"{at_most_seconds}s"])
        try:
            wire.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [what])
        except psycopg.errors.LockNotAvailable as error:
            raise StillHeldError(f"“{what}” is held by somebody else.") from error
        yield


def own_connection() -> psycopg.Connection:
    """A connection beside the thread's own, to the same database; the caller closes it."""
    parameters = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key not in {"cursor_factory", "context", "prepare_threshold"}
    }
    return psycopg.connect(**parameters, autocommit=True)


def wait_for(what: str) -> None:
    """Hold `what` until the transaction ends, after whoever holds it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])
