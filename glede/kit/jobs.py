"""Ask the worker for something, by name: the name is bound to a function in glede/worker."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from glede.kit import gather

#: A worker shows a sign of life every ten seconds; one without for so long is dead.
_DEAD_AFTER = timedelta(minutes=5)

_FORGET = """
DELETE FROM procrastinate_jobs AS job
WHERE job.status IN ('failed', 'cancelled', 'aborted') OR (
    job.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat > %s
    )
)
"""


def defer(name: str, *, at: datetime | None = None, **arguments: str | int) -> None:
    """Part of the current transaction: without the change that needs it, there is no job.

    Not before `at`. Only `flow` calls this.
    """
    given: JSONDict = dict(arguments)
    gather.later(_write, (name, at, given))


def _write(jobs: Sequence[tuple[str, datetime | None, JSONDict]]) -> None:
    alike: dict[tuple[str, datetime | None], list[JSONDict]] = {}
    for name, at, arguments in jobs:
        alike.setdefault((name, at), []).append(arguments)
    for (name, at), several in alike.items():
        app.configure_task(name, schedule_at=at, allow_unknown=True).batch_defer(*several)


def forget(*, now: datetime) -> int:
    """Drop what killed workers and a database that was away left behind; says how much.

    A job is a reminder. What it reminds of stands in a row of ours, and is found there again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - _DEAD_AFTER])
        return int(cursor.rowcount)
