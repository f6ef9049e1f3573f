"""What waits, what was set aside, how far polls came, and when we could not hear."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min

from glede.desk.intake.models import Blindness, Position, RawEvent
from glede.desk.intake.rules import Counts, SetAside, State
from glede.platforms.contract import Cursor


def set_aside(*, limit: int = 200) -> tuple[SetAside, ...]:
    """Newest first."""
    rows = (
        RawEvent.objects.filter(state=State.ASIDE)
        .select_related("app")
        .defer("body")
        .order_by("-id")[:limit]
    )
    return tuple(
        SetAside(
            id=row.pk,
            platform=row.app.platform,
            app=row.app.slug,
            key=row.key,
            account=row.account,
            ingested_at=row.ingested_at,
            tries=row.tries,
            error=row.error,
        )
        for row in rows
    )


def counts() -> Counts:
    waiting = RawEvent.objects.filter(state=State.WAITING)
    return Counts(
        waiting=waiting.count(),
        aside=RawEvent.objects.filter(state=State.ASIDE).count(),
        oldest_waiting_at=oldest_waiting_at(),
    )


def oldest_waiting_at() -> datetime | None:
    """By number, not by time: the numbers of waiting rows have an index of their own."""
    return (
        RawEvent.objects.filter(state=State.WAITING)
        .order_by("id")
        .values_list("ingested_at", flat=True)
        .first()
    )


def kept(*, app_ids: Sequence[int], key: str) -> tuple[int, datetime] | None:
    """Which of these apps keeps an event with this key, and since when."""
    return (
        RawEvent.objects.filter(app_id__in=app_ids, key=key)
        .values_list("app_id", "ingested_at")
        .first()
    )


def waiting_bodies(*, app_id: int, limit: int) -> list[tuple[bytes, str]]:
    """What came by this app and nobody understood yet, newest first, with the account it names."""
    found = RawEvent.objects.filter(state=State.WAITING, app_id=app_id).order_by("-id")
    rows = found.values_list("body", "account")[:limit]
    return [(bytes(body), account) for body, account in rows]


def position(*, account_id: int, way: str) -> Cursor:
    found = Position.objects.filter(account_id=account_id, way=way).values_list("cursor", flat=True)
    return Cursor(found.first() or "")


def heard_at(*, account_id: int) -> datetime | None:
    """When the way we hear least well from was last heard."""
    found = Position.objects.filter(account_id=account_id).aggregate(at=Min("heard_at"))
    at: datetime | None = found["at"]
    return at


def blind_since(*, account_id: int) -> datetime | None:
    return (
        Blindness.objects.filter(account_id=account_id, until_at__isnull=True)
        .values_list("from_at", flat=True)
        .first()
    )
