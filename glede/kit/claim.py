"""Take rows that nobody else has: several workers share one table without waiting."""

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
