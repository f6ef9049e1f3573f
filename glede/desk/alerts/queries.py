"""A person's alerts."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.alerts.models import Alert
from glede.desk.alerts.rules import MOST_MAIL_TRIES


@dataclass(frozen=True, slots=True)
class Told:
    id: int
    conversation_id: int | None
    kind: str
    says: str
    raised_at: datetime
    seen_at: datetime | None
    href: str = ""


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
            alert.href,
        )
        for alert in Alert.objects.filter(person_id=person_id).order_by("-raised_at")[:limit]
    )


def unsent_mail(*, limit: int = 20) -> list[Alert]:
    """E-mails no mail server took, although they were tried often enough; the newest first."""
    given_up = Alert.objects.filter(
        mail_at__isnull=False, mailed_at=None, mail_tries__gte=MOST_MAIL_TRIES
    )
    return list(given_up.select_related("person").order_by("-raised_at")[:limit])


def unseen_about(conversation_id: int) -> list[int]:
    """Ids of alerts about a conversation that nobody has seen yet."""
    found = Alert.objects.filter(conversation_id=conversation_id, seen_at=None)
    return list(found.values_list("pk", flat=True))
