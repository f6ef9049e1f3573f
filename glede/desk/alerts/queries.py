"""A person's alerts."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.alerts.models import Alert


@dataclass(frozen=True, slots=True)
class Told:
    id: int
    conversation_id: int
    kind: str
    says: str
    raised_at: datetime
    seen_at: datetime | None


def unseen_count(person_id: int) -> int:
    return Alert.objects.filter(person_id=person_id, seen_at=None).count()


def latest(person_id: int, *, limit: int = 100) -> tuple[Told, ...]:
    """A person's newest alerts, unseen ones and seen ones."""
    return tuple(
        Told(
            alert.pk,
            alert.conversation_id,
            alert.kind,
            alert.says,
            alert.raised_at,
            alert.seen_at,
        )
        for alert in Alert.objects.filter(person_id=person_id).order_by("-raised_at")[:limit]
    )
