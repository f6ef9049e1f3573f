"""Is Glede well? For the machine that watches it: no names, no words, no secrets."""

from datetime import datetime, timedelta
from importlib.metadata import version

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from glede.desk.alerts import queries as alerts
from glede.desk.clocks import queries as clocks
from glede.desk.intake import queries as intake
from glede.kit import beat, clock
from glede.web import access

#: The worker shows a sign of life every few seconds; this long without one and it is gone.
_WORKER_SILENT_AFTER = timedelta(seconds=60)
#: One is reason enough to look; more than so many are not counted.
_COUNTED = 100


@access.open_to_all("a watching machine has no login, and learns nothing about anybody")
@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    now = clock.now()
    try:
        found = _found(now)
    except DatabaseError:
        found = {"status": "the database does not answer", "database": "silent"}
    well = found["status"] == "ok"
    return JsonResponse({**found, "version": version("glede")}, status=200 if well else 503)


def _found(now: datetime) -> dict[str, object]:
    worker = beat.last("worker")
    alive = worker is not None and now - worker < _WORKER_SILENT_AFTER
    return {
        "status": "ok" if alive else "the worker shows no sign of life",
        "database": "ok",
        "worker": {"alive": alive, "last_seen_at": worker},
        "oldest_due_at": clocks.oldest_due(),
        "oldest_waiting_at": intake.oldest_waiting_at(),
        "alerts_nobody_took": len(alerts.unheard(limit=_COUNTED)),
        "at": now,
    }
