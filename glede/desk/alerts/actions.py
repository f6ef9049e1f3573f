"""Tell people, each of each thing once; many things in a short time as one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from glede.desk.alerts import rules
from glede.desk.alerts.models import Alert, Call
from glede.desk.alerts.rules import BUNDLED, Counted, Kind
from glede.desk.clocks.models import Step
from glede.desk.conversations.models import Conversation
from glede.kit import claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One person who is to be told of one thing."""

    person_id: int
    kind: Kind
    key: str
    says: str
    #: What may leave the desk; empty: it says only what kind of thing it is.
    outward: str = ""
    href: str = ""
    conversation_id: int | None = None
    step_id: int | None = None
    call_id: int | None = None
    after: tuple[int, ...] = ()


def raise_all(*, wanted: Iterable[Wanted], now: datetime) -> tuple[Alert, ...]:
    """One alert for each who does not have it yet; returns those that stand for themselves: the new
    ones, and instead of what joined a storm the storm's."""
    asked = {(one.person_id, one.key): one for one in wanted}
    if not asked:
        return ()
    people, keys = {person for person, _ in asked}, {key for _, key in asked}
    there = Alert.objects.filter(person_id__in=people, key__in=keys)
    had = set(there.values_list("person_id", "key"))
    fresh = [_alert(one, now) for key, one in asked.items() if key not in had]
    if not fresh:
        return ()
    Alert.objects.bulk_create(fresh, ignore_conflicts=True)
    raised = [
        alert
        for alert in there.select_related("person").order_by("pk")
        if (alert.person_id, alert.key) not in had
    ]
    return _bundled(raised, now=now)


def _alert(one: Wanted, now: datetime) -> Alert:
    return Alert(
        person_id=one.person_id,
        conversation_id=one.conversation_id,
        step_id=one.step_id,
        call_id=one.call_id,
        kind=one.kind,
        key=one.key,
        says=one.says,
        outward=one.outward,
        href=one.href,
        after=list(one.after),
        raised_at=now,
    )


def raise_for(
    *,
    people: Iterable[int],
    conversation: Conversation,
    kind: Kind,
    key: str,
    says: str,
    outward: str = "",
    step: Step | None = None,
    now: datetime,
) -> tuple[Alert, ...]:
    """Tell each of them once of something in a conversation; returns what is new for screens."""
    return raise_all(
        wanted=[
            Wanted(
                person_id=person,
                kind=kind,
                key=key,
                says=says,
                outward=outward,
                href=f"/c/{conversation.pk}/",
                conversation_id=conversation.pk,
                step_id=step.pk if step is not None else None,
            )
            for person in people
        ],
        now=now,
    )


def raise_notice(
    *, people: Iterable[int], key: str, says: str, href: str, kind: Kind, now: datetime
) -> tuple[Alert, ...]:
    """Tell people something about no conversation, each of it once.

    `href` is the path of the page on which something can be done. Returns the new ones.
    """
    return raise_all(
        wanted=[
            Wanted(person_id=person, kind=kind, key=key, says=says, outward=says, href=href)
            for person in people
        ],
        now=now,
    )


# --- A storm -----------------------------------------------------------------------------------


def _bundled(raised: Sequence[Alert], *, now: datetime) -> tuple[Alert, ...]:
    """What goes beyond so many in so short a time joins one alert of the storm (clause 6.5: alert
    storm). Each stays in the record of its own conversation."""
    many = [alert for alert in raised if alert.kind in BUNDLED]
    alone = [alert for alert in raised if alert.kind not in BUNDLED]
    found: list[Alert] = []
    if many:
        recent = _recent({alert.person_id for alert in many}, now=now)
        for person_id in dict.fromkeys(alert.person_id for alert in many):
            own = [alert for alert in many if alert.person_id == person_id]
            if recent.get(person_id, 0) > settings.GLEDE_ALERT_STORM:
                found.append(_join(person_id, own, now=now))
            else:
                found += own
    return (*alone, *found)


def _since(now: datetime) -> datetime:
    return now - timedelta(minutes=settings.GLEDE_ALERT_STORM_MINUTES)


def _recent(people: Collection[int], *, now: datetime) -> dict[int, int]:
    rows = (
        Alert.objects.filter(
            person_id__in=people, kind__in=BUNDLED, raised_at__gt=_since(now), raised_at__lte=now
        )
        .values("person_id")
        .annotate(number=Count("pk"))
        .values_list("person_id", "number")
    )
    return dict(rows)


def _join(person_id: int, alerts: Sequence[Alert], *, now: datetime) -> Alert:
    claim.wait_for(f"glede.storm.{person_id}")
    storm = (
        Alert.objects.filter(
            person_id=person_id, kind=Kind.STORM, raised_at__gt=_since(now), seen_at=None
        )
        .order_by("-raised_at")
        .first()
    )
    if storm is None:
        storm = Alert.objects.create(
            person_id=person_id,
            kind=Kind.STORM,
            key=f"storm:{now.isoformat()}",
            says="",
            raised_at=now,
        )
        storm.href = f"/alerts/{storm.pk}/"
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(bundle=storm)
    storm.says = storm.outward = rules.storm_says(_counted(storm, now=now))
    storm.raised_at = now
    storm.save(update_fields=["says", "outward", "href", "raised_at"])
    return storm


def _counted(storm: Alert, *, now: datetime) -> Counted:
    rows = list(
        Conversation.objects.filter(alert__bundle=storm)
        .distinct()
        .values_list("pk", "due_at", "brand__name", "thread__subject_id")
    )
    soon = now + timedelta(hours=1)
    posts = {post for *_, post in rows}
    return Counted(
        number=len(rows),
        late=sum(due is not None and due < now for _, due, _, _ in rows),
        within_the_hour=sum(due is not None and now <= due <= soon for _, due, _, _ in rows),
        brands=sorted({name for _, _, name, _ in rows}),
        one_post=len(posts) == 1 and None not in posts,
    )


# --- Seen --------------------------------------------------------------------------------------


def see(*, person_id: int, alert_id: int | None = None, now: datetime) -> int:
    """Mark one alert with what it stands for, or all of a person's, as seen; returns how many were
    unseen."""
    alerts = Alert.objects.filter(person_id=person_id, seen_at=None)
    if alert_id is not None:
        alerts = alerts.filter(pk=alert_id) | alerts.filter(bundle_id=alert_id)
    return alerts.update(seen_at=now)


def over(*, keys: Collection[str], beginning: str, now: datetime) -> list[int]:
    """What was told under these keys, or one that begins so, needs nobody any more: it counts as
    seen by everybody. Returns whose alerts they were."""
    told = Alert.objects.filter(Q(key__in=keys) | Q(key__startswith=beginning), seen_at=None)
    people = sorted(set(told.values_list("person_id", flat=True)))
    told.update(seen_at=now)
    return people


def see_conversation(*, person_id: int, conversation_id: int, now: datetime) -> int:
    """Opening a conversation is seeing what was said about it."""
    return Alert.objects.filter(
        person_id=person_id, conversation_id=conversation_id, seen_at=None
    ).update(seen_at=now)


def follow(*, ids: Sequence[int], conversation_id: int) -> None:
    """What people were told of and have not seen leads to where the conversation went on."""
    Call.objects.filter(alerts__in=ids, over_at=None).update(conversation_id=conversation_id)
    Alert.objects.filter(pk__in=ids, seen_at=None).update(
        conversation_id=conversation_id, href=f"/c/{conversation_id}/"
    )
