"""Calls: made once, told one rung higher each time, taken by somebody."""

from collections.abc import Sequence
from datetime import datetime

from glede.desk.alerts.models import Alert, Call
from glede.desk.alerts.rules import How, Kind, Over
from glede.kit import claim, gather
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp, Verb


def appeared(
    *, conversation_id: int, brand_id: int, enquiry_id: int, clause: str, now: datetime
) -> None:
    """An enquiry is new. Costs nothing but a share of one statement of its batch: whom it is told
    is decided by whoever takes the call next."""
    gather.later(
        _write,
        Call(
            key=f"new:{enquiry_id}",
            conversation_id=conversation_id,
            brand_id=brand_id,
            enquiry_id=enquiry_id,
            kind=Kind.NEW,
            clause=clause,
            raised_at=now,
            next_at=now,
        ),
    )


def _write(calls: Sequence[Call]) -> None:
    Call.objects.bulk_create(calls, ignore_conflicts=True)


def make(*, call: Call) -> Call | None:
    """Keep a call; None where it was made before."""
    had = Call.objects.filter(key=call.key).exists()
    if not had:
        Call.objects.bulk_create([call], ignore_conflicts=True)
    return None if had else Call.objects.get(key=call.key)


def overtake(*, conversation_id: int, key: str, now: datetime) -> None:
    """A later step of the same promise is told from here on, under this key: what was told of it
    before climbs no further."""
    Call.objects.filter(
        conversation_id=conversation_id,
        kind__in=(Kind.NEW, Kind.WARNING, Kind.BREACH),
        taken_at=None,
        over_at=None,
    ).exclude(key=key).update(next_at=None, over_at=now, over_why=Over.OVERTAKEN)


def take_due(*, now: datetime, limit: int) -> list[Call]:
    """Calls whose next rung is due, locked until the transaction ends; earliest first."""
    due = Call.objects.filter(next_at__lte=now).select_related(
        "conversation__brand", "enquiry", "step__clock"
    )
    return claim.claim(due.order_by("next_at", "pk"), limit=limit)


def moved(*, calls: Sequence[Call]) -> None:
    """Keep what became of calls that were looked at: the next rung later, no more, or over."""
    Call.objects.bulk_update(
        calls, ["next_at", "over_at", "over_why", "rungs", "repeats", "unheard_at"]
    )


def rerouted(*, call: Call, to: str, people: int, stamp: Stamp, now: datetime) -> None:
    """Nobody took it in time (clause 6.5): on record."""
    _climbed(Verb.ALERT_REROUTED, call, to=to, people=people, stamp=stamp, now=now)


def unheard(*, call: Call, people: int, stamp: Stamp, now: datetime) -> None:
    """Everybody was told, as often as the policy says, and nobody took it: on record, and from
    now on the wall says so."""
    call.unheard_at = now
    _climbed(Verb.ALERT_UNHEARD, call, to="nobody", people=people, stamp=stamp, now=now)


def _climbed(verb: Verb, call: Call, *, to: str, people: int, stamp: Stamp, now: datetime) -> None:
    audit.record(
        actor=SYSTEM,
        verb=verb,
        object_kind="conversation",
        object_id=call.conversation_id,
        brand=call.conversation.brand.slug,
        stamp=stamp,
        details={"call": call.pk, "kind": call.kind, "to": to, "people": people},
        now=now,
    )


def take(
    *, conversation_id: int, brand: str, person_id: int, actor: Actor, how: How, now: datetime
) -> int:
    """Somebody has it: nobody else is told of what was told until now. Returns how many calls they
    took; one that was taken before stays theirs who took it."""
    calls = list(
        Call.objects.select_for_update(no_key=True).filter(
            conversation_id=conversation_id, taken_at=None, over_at=None
        )
    )
    if not calls:
        return 0
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(
        taken_at=now, taken_by_id=person_id, taken_how=how, next_at=None
    )
    Alert.objects.filter(
        call__in=[call.pk for call in calls], person_id=person_id, seen_at=None
    ).update(seen_at=now)
    audit.record(
        actor=actor,
        verb=Verb.ALERT_TAKEN,
        object_kind="conversation",
        object_id=conversation_id,
        brand=brand,
        details={"calls": len(calls), "how": how.value, "kind": calls[-1].kind},
        now=now,
    )
    return len(calls)


def release(
    *, conversation_id: int, brand: str, how: How, since: datetime, actor: Actor, now: datetime
) -> int:
    """What ended these calls since then was taken back: they go on from where they were. Returns
    how many."""
    freed = Call.objects.filter(
        conversation_id=conversation_id, taken_how=how, taken_at__gte=since, over_at=None
    ).update(taken_at=None, taken_by_id=None, taken_how="", next_at=now)
    if freed:
        audit.record(
            actor=actor,
            verb=Verb.ALERT_RELEASED,
            object_kind="conversation",
            object_id=conversation_id,
            brand=brand,
            details={"calls": freed, "how": how.value},
            now=now,
        )
    return freed
