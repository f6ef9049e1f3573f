"""A person's alerts, who took what, and what is under way."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F, Q

from glede.desk.alerts.models import Alert, Call
from glede.desk.alerts.rules import Kind, Over
from glede.desk.clocks.rules import ClockState
from glede.desk.intake.rules import Way
from glede.rulebook.people.models import Person


@dataclass(frozen=True, slots=True)
class Told:
    id: int
    conversation_id: int | None
    kind: str
    says: str
    raised_at: datetime
    seen_at: datetime | None
    href: str = ""
    #: Of something that somebody has to take up: may it still be taken, by whom was it, and how.
    may_take: bool = False
    taken_by: str = ""
    taken_at: datetime | None = None
    over: str = ""
    #: Names of those who were told before and did not take it.
    after: tuple[str, ...] = ()


#: What a row needs to say who has it.
_OF_A_CALL = ("call__taken_by", "call__enquiry", "call__step__clock")
#: Of a call: whoever wrote was answered, or the promise is kept, closed or late no more.
_WAITS_NO_MORE = (
    Q(enquiry__answered_at__isnull=False)
    | Q(enquiry__closed_at__isnull=False)
    | (Q(step__isnull=False) & ~Q(step__clock__state=ClockState.RUNNING))
)


def unseen_count(person_id: int) -> int:
    return Alert.objects.filter(person_id=person_id, seen_at=None, bundle=None).count()


def latest(
    person_id: int, *, limit: int = 100, kinds: Collection[str] = (), bundle_id: int | None = None
) -> tuple[Told, ...]:
    """A person's newest alerts, unseen ones and seen ones; `kinds` narrows them, and `bundle_id`
    opens one of a storm."""
    rows = Alert.objects.filter(person_id=person_id, bundle_id=bundle_id)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    found = list(rows.select_related(*_OF_A_CALL).order_by("-raised_at", "-pk")[:limit])
    names = _names({person for alert in found for person in alert.after})
    return tuple(_told(alert, names) for alert in found)


def _names(people: Collection[int]) -> dict[int, str]:
    if not people:
        return {}
    return dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))


def _told(alert: Alert, names: dict[int, str]) -> Told:
    told = Told(
        alert.pk,
        alert.conversation_id,
        alert.kind,
        alert.says,
        alert.raised_at,
        alert.seen_at,
        alert.href,
        after=tuple(names[person] for person in alert.after if person in names),
    )
    call = alert.call
    if call is None:
        return told
    over = call.over_why or (Over.ANSWERED if is_answered(call) else "")
    return replace(
        told,
        may_take=call.taken_at is None and not over,
        taken_by=call.taken_by.name if call.taken_by is not None else "",
        taken_at=call.taken_at,
        over=over,
    )


def is_answered(call: Call) -> bool:
    """Does nobody wait any more for what the call is about?"""
    if call.step is not None:
        return call.step.clock.state != ClockState.RUNNING
    enquiry = call.enquiry
    return enquiry is not None and bool(enquiry.answered_at or enquiry.closed_at)


def own(person_id: int, alert_id: int) -> Told | None:
    """One of a person's alerts; None where it is somebody else's."""
    found = Alert.objects.filter(pk=alert_id, person_id=person_id).select_related(*_OF_A_CALL)
    return next((_told(alert, {}) for alert in found), None)


def unseen_about(conversation_id: int) -> list[int]:
    """Ids of alerts about a conversation that nobody has seen yet."""
    found = Alert.objects.filter(conversation_id=conversation_id, seen_at=None)
    return list(found.values_list("pk", flat=True))


def unseen_keys(kind: Kind, *, href: str) -> list[str]:
    """The keys of what nobody has seen yet of one kind that leads to one page."""
    found = Alert.objects.filter(kind=kind, href=href, seen_at=None)
    return sorted(set(found.values_list("key", flat=True)))


def told_of(calls: Collection[Call]) -> dict[int, tuple[int, ...]]:
    """Who was told of each call so far, in the order of telling."""
    found: dict[int, tuple[int, ...]] = {}
    rows = Alert.objects.filter(call__in=[call.pk for call in calls]).order_by("raised_at", "pk")
    for call_id, person_id in rows.values_list("call_id", "person_id"):
        if call_id is not None:
            before = found.get(call_id, ())
            found[call_id] = before if person_id in before else (*before, person_id)
    return found


def untaken(conversation_id: int) -> bool:
    """Is there a call in the conversation that nobody took?"""
    return Call.objects.filter(
        conversation_id=conversation_id, taken_at=None, over_at=None
    ).exists()


@dataclass(frozen=True, slots=True)
class Unheard:
    """Everybody was told of it, as often as the policy says, and nobody took it."""

    conversation_id: int
    brand_id: int
    kind: str
    raised_at: datetime


def unheard(brand_ids: Collection[int] | None = None, *, limit: int) -> tuple[Unheard, ...]:
    """What nobody took although everybody was told and that still waits, the oldest first; None
    means every brand."""
    rows = Call.objects.filter(unheard_at__isnull=False, taken_at=None, over_at=None).exclude(
        _WAITS_NO_MORE
    )
    if brand_ids is not None:
        rows = rows.filter(brand_id__in=brand_ids)
    found = rows.order_by("unheard_at", "pk").values_list(
        "conversation_id", "brand_id", "kind", "raised_at"
    )
    return tuple(Unheard(*row) for row in found[:limit])


def conversations_in(alert_id: int) -> list[int]:
    """The conversations that one alert of a storm stands for."""
    rows = Alert.objects.filter(bundle_id=alert_id, conversation__isnull=False)
    return sorted({pk for pk in rows.values_list("conversation_id", flat=True) if pk is not None})


@dataclass(frozen=True, slots=True)
class Lagged:
    """What reached one account later than it should have."""

    account_id: int
    number: int
    longest: timedelta
    #: The newest of them: what is told of it is told once.
    newest: int


#: So many of the newest calls are looked at; more in one look is a storm of another kind.
_LOOKED_AT = 500


def lagged(*, since: datetime, than: timedelta) -> list[Lagged]:
    """Accounts whose new enquiries of late came longer after they were written than this (clause
    6.5). What people copied by hand, and what was there before the account was connected, is left
    out."""
    newest = Call.objects.filter(kind=Kind.NEW).order_by("-pk").values_list("pk", flat=True)
    rows = (
        Call.objects.filter(pk__in=list(newest[:_LOOKED_AT]), raised_at__gt=since)
        .filter(enquiry__opened_at__lt=F("raised_at") - than)
        .filter(enquiry__opened_at__gte=F("conversation__account__connected_at"))
        .exclude(enquiry__messages__sightings__way=Way.CAPTURE)
        .order_by("pk")
        .values_list("pk", "conversation__account_id", "raised_at", "enquiry__opened_at")
    )
    found: dict[int, list[tuple[int, timedelta]]] = {}
    for call, account, raised_at, opened_at in rows:
        if opened_at is not None:
            found.setdefault(account, []).append((call, raised_at - opened_at))
    return [
        Lagged(account, len(late), max(lag for _, lag in late), late[-1][0])
        for account, late in found.items()
    ]
