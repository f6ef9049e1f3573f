"""What waits, what was set aside, how far polls came, and when we could not hear."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce

from glede.desk.intake.models import Blindness, Position, RawEvent, Tally
from glede.desk.intake.rules import USUAL_FROM, Counts, SetAside, State, Way
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


def heard_at(*, account_id: int, way: str) -> datetime | None:
    """When it was last heard in this way, whether or not there was news."""
    found = Position.objects.filter(account_id=account_id, way=way)
    return found.values_list("heard_at", flat=True).first()


def blind_since(*, account_id: int, way: str = Way.POLL) -> datetime | None:
    return (
        Blindness.objects.filter(account_id=account_id, way=way, until_at__isnull=True)
        .values_list("from_at", flat=True)
        .first()
    )


def spells(*, account_id: int, limit: int) -> list[Blindness]:
    """When we could not hear it, the newest first."""
    return list(Blindness.objects.filter(account_id=account_id).order_by("-from_at")[:limit])


def open_spells() -> list[Blindness]:
    """Everything we cannot hear now."""
    return list(Blindness.objects.filter(until_at=None).order_by("from_at"))


def tallies(*, since: datetime, account_id: int) -> list[Tally]:
    """How much was heard of an account in each hour, by way."""
    found = Tally.objects.filter(hour_at__gte=since, account_id=account_id)
    return list(found.order_by("hour_at"))


def by_hour(*, account_id: int | None = None, now: datetime) -> list[tuple[int, datetime, int]]:
    """Account, hour and events in the time before its last event from which we learn what is
    usual; of one account or of all."""
    last_at = Coalesce(F("account__last_event_at"), Value(now))
    found = Tally.objects.filter(hour_at__gte=last_at - USUAL_FROM)
    if account_id is not None:
        found = found.filter(account_id=account_id)
    rows = found.values_list("account_id", "hour_at").annotate(total=Sum("events"))
    return [(account, hour_at, total) for account, hour_at, total in rows]
