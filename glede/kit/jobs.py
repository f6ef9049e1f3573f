"""Ask the worker for something, by name: the name is bound to a function in glede/worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from glede.kit import gather

#: A worker shows a sign of life every ten seconds; one without for so long is dead.
_DEAD_AFTER = timedelta(minutes=5)

#: Procrastinate takes the highest first; 0 is usual.
_BEHIND = -1

_FORGET = """
DELETE FROM procrastinate_jobs AS job
WHERE job.status IN ('failed', 'cancelled', 'aborted') OR (
    job.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat > %s
    )
)
"""


_NOBODY_ASKED = """
SELECT given.id FROM unnest(%s::bigint[]) WITH ORDINALITY AS given (id, place)
WHERE given.id::text NOT IN (
    SELECT job.args ->> %s FROM procrastinate_jobs AS job
    WHERE job.status = 'todo' AND job.task_name = %s AND job.args ? %s
        AND (job.scheduled_at IS NULL OR job.scheduled_at <= %s)
)
ORDER BY given.place
"""


def defer(
    name: str, *, at: datetime | None = None, behind: bool = False, **arguments: str | int
) -> None:
    """Part of the current transaction: without the change that needs it, there is no job.

    Not before `at`; `behind` whatever else waits then. Only `flow` calls this.
    """
    given: JSONDict = dict(arguments)
    gather.later(_write, (_Kind(name, at, behind), given))


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    at: datetime | None
    behind: bool


def _write(jobs: Sequence[tuple[_Kind, JSONDict]]) -> None:
    alike: dict[_Kind, list[JSONDict]] = {}
    for kind, arguments in jobs:
        alike.setdefault(kind, []).append(arguments)
    for kind, several in alike.items():
        task = app.configure_task(
            kind.name,
            schedule_at=kind.at,
            priority=_BEHIND if kind.behind else None,
            allow_unknown=True,
        )
        task.batch_defer(*several)


def without(name: str, *, argument: str, ids: Sequence[int], now: datetime) -> list[int]:
    """Those of `ids` for which no job of this name stands in the queue, ready to be taken.

    What waits long is not lost: another job for it would only make the queue longer.
    """
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_NOBODY_ASKED, [list(ids), argument, name, argument, now])
        return [int(one) for (one,) in cursor.fetchall()]


def forget(*, now: datetime) -> int:
    """Drop what killed workers and a database that was away left behind; says how much.

    A job is a reminder. What it reminds of stands in a row of ours, and is found there again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - _DEAD_AFTER])
        return int(cursor.rowcount)
