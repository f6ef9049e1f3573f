"""What accounts have spent, and how near they are to a platform's limits."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from glede.rulebook.accounts.models import Account, Limit, Spending

#: A period is a day in some zone: what was told of longer ago belongs to none that still runs.
_RUNNING = timedelta(days=3)


def before(
    account_id: int, *, shared: Collection[str], now: datetime
) -> dict[tuple[str, str], int]:
    """Units spent, by budget and period; of a `shared` budget by every account of the same app."""
    same_app = Account.objects.filter(app__accounts=account_id).values("pk")
    rows = (
        Spending.objects.filter(told_at__gte=now - _RUNNING)
        .filter(Q(account=account_id) | Q(account__in=same_app, budget__in=shared))
        .values_list("budget", "period")
        .annotate(total=Sum("units"))
    )
    return {(budget, period): total for budget, period, total in rows}


def cost_micros(account_id: int, *, since: str, until: str) -> int:
    """What calls cost from one day to another, both included, in millionths of a US dollar."""
    rows = Spending.objects.filter(account=account_id, period__gte=since, period__lte=until)
    return int(rows.aggregate(total=Sum("cost_micros"))["total"] or 0)


def limits(account_id: int) -> list[Limit]:
    """The platform's newest word on each of its limits, the nearest first."""
    return list(Limit.objects.filter(account=account_id).order_by("-used_percent", "name"))
