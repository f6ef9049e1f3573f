"""Tell people, each of each thing once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from glede.desk.alerts.models import Alert
from glede.desk.alerts.rules import MAIL_AGAIN_AFTER, MOST_MAIL_TRIES, Kind
from glede.desk.clocks.models import Step
from glede.desk.conversations.models import Conversation
from glede.kit import claim


def raise_for(
    *,
    people: Iterable[int],
    conversation: Conversation,
    kind: Kind,
    key: str,
    says: str,
    step: Step | None = None,
    by_mail: bool = False,
    now: datetime,
) -> tuple[Alert, ...]:
    """One alert for each person who does not have this one (`key`) yet; returns the new ones.

    `by_mail`: it goes out by e-mail too, so `says` holds nothing of the resident.
    """
    people = tuple(people)
    had = set(
        Alert.objects.filter(person_id__in=people, key=key).values_list("person_id", flat=True)
    )
    Alert.objects.bulk_create(
        [
            Alert(
                person_id=person,
                conversation=conversation,
                step=step,
                kind=kind,
                key=key,
                says=says,
                raised_at=now,
                href=f"/c/{conversation.pk}/" if by_mail else "",
                mail_at=now if by_mail else None,
            )
            for person in people
            if person not in had
        ],
        ignore_conflicts=True,
    )
    return tuple(Alert.objects.filter(person_id__in=people, key=key).exclude(person_id__in=had))


def raise_notice(
    *, people: Iterable[int], key: str, says: str, href: str, kind: Kind, now: datetime
) -> tuple[Alert, ...]:
    """Tell people something about no conversation, here and by e-mail, each of it once.

    `href` is the path of the page on which something can be done. Returns the new ones.
    """
    people = tuple(dict.fromkeys(people))
    had = set(
        Alert.objects.filter(person_id__in=people, key=key).values_list("person_id", flat=True)
    )
    Alert.objects.bulk_create(
        [
            Alert(
                person_id=person,
                kind=kind,
                key=key,
                says=says,
                href=href,
                raised_at=now,
                mail_at=now,
            )
            for person in people
            if person not in had
        ],
        ignore_conflicts=True,
    )
    return tuple(Alert.objects.filter(person_id__in=people, key=key).exclude(person_id__in=had))


def take_mail(*, now: datetime, limit: int) -> list[Alert]:
    """E-mails that are due, claimed for a while: whoever dies with one leaves it to the next."""
    due = Alert.objects.filter(
        mail_at__lte=now, mailed_at=None, mail_tries__lt=MOST_MAIL_TRIES
    ).select_related("person")
    taken = claim.claim(due.order_by("mail_at", "pk"), limit=limit)
    for alert in taken:
        alert.mail_tries += 1
        alert.mail_at = now + MAIL_AGAIN_AFTER
    Alert.objects.bulk_update(taken, ["mail_tries", "mail_at"])
    return taken


def mailed(*, alert_id: int, now: datetime) -> None:
    """A mail server took it."""
    Alert.objects.filter(pk=alert_id).update(mailed_at=now)


def see(*, person_id: int, alert_id: int | None = None, now: datetime) -> int:
    """Mark one alert, or all of a person's, as seen; returns how many were unseen."""
    alerts = Alert.objects.filter(person_id=person_id, seen_at=None)
    if alert_id is not None:
        alerts = alerts.filter(pk=alert_id)
    return alerts.update(seen_at=now)


def see_conversation(*, person_id: int, conversation_id: int, now: datetime) -> int:
    """Opening a conversation is seeing what was said about it."""
    return Alert.objects.filter(
        person_id=person_id, conversation_id=conversation_id, seen_at=None
    ).update(seen_at=now)


def follow(*, ids: Sequence[int], conversation_id: int) -> None:
    """What people were told of and have not seen leads to where the conversation went on."""
    Alert.objects.filter(pk__in=ids, seen_at=None).update(conversation_id=conversation_id)
