"""Which items and people of an account are still worth watching for edits and deletions."""

from datetime import datetime

from glede.desk.conversations.models import Message


def open_items(*, account_id: int, since: datetime, limit: int) -> tuple[str, ...]:
    """Native ids of standing messages in threads that were alive since then, newest first."""
    return tuple(
        native_id
        for native_id in Message.objects.filter(
            thread__account_id=account_id,
            thread__last_at__gte=since,
            deleted_at=None,
            native_id__isnull=False,
        )
        .order_by("-received_at")
        .values_list("native_id", flat=True)[:limit]
        if native_id
    )


def people(*, account_id: int, since: datetime) -> frozenset[str]:
    """Native ids of the people who wrote in threads that were alive since then."""
    return frozenset(
        Message.objects.filter(
            thread__account_id=account_id,
            thread__last_at__gte=since,
            handle__isnull=False,
        )
        .values_list("handle__native_id", flat=True)
        .distinct()
    )
