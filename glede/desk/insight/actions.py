"""Keep what a rehearsal is about, how far it has come, and what it found."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from glede.desk.insight.models import Difference, Rehearsal
from glede.desk.insight.period import Period
from glede.desk.insight.replay import HoursFrom, Played, State
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Stamp, Verb

_COLUMNS = (
    "rehearsal_id",
    "enquiry",
    "conversation",
    "brand",
    "platform",
    "change",
    "received_at",
    "live_due_at",
    "due_at",
    "stopped_at",
    "live_outcome",
    "outcome",
    "clause",
)


def ask(
    *,
    version: int | None,
    version_number: str,
    hours_from: HoursFrom,
    hours: dict[str, Any] | None,
    period: Period,
    asked_by: int | None,
    actor: Actor,
    now: datetime,
) -> Rehearsal:
    """A rehearsal that waits for its job."""
    made = Rehearsal.objects.create(
        version=version,
        version_number=version_number,
        hours_from=hours_from,
        hours=hours,
        from_at=period.from_at,
        to_at=period.to_at,
        asked_by_id=asked_by,
        asked_at=now,
        state=State.WAITING,
        touched_at=now,
    )
    _audit(made, Verb.REHEARSAL_ASKED, actor=actor, now=now)
    return made


def begin(*, rehearsal_id: int, total: int, now: datetime) -> Rehearsal | None:
    """Take a waiting rehearsal; None where another job has it or it has ended."""
    taken = Rehearsal.objects.filter(pk=rehearsal_id, state=State.WAITING).update(
        state=State.RUNNING, total=total, done=0, touched_at=now
    )
    return Rehearsal.objects.get(pk=rehearsal_id) if taken else None


def keep_differences(
    *, rehearsal_id: int, played: Iterable[Played], done: int, now: datetime
) -> None:
    """Store those that differ, in bulk, and how many enquiries were played so far."""
    rows = [
        (
            rehearsal_id,
            one.fact.enquiry_id,
            one.fact.conversation_id,
            one.fact.brand_id,
            one.fact.platform,
            one.change,
            one.fact.received_at,
            one.fact.due_at,
            one.due_at,
            one.fact.stopped_at,
            one.live,
            one.outcome,
            one.clause,
        )
        for one in played
        if one.change is not None
    ]
    if rows:
        table = Difference._meta.db_table
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(_COLUMNS)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
    Rehearsal.objects.filter(pk=rehearsal_id).update(done=done, touched_at=now)


def finish(
    *, rehearsal: Rehearsal, counts: dict[str, Any], done: int, actor: Actor, now: datetime
) -> None:
    rehearsal.state, rehearsal.counts, rehearsal.done = State.DONE, counts, done
    rehearsal.ended_at = rehearsal.touched_at = now
    rehearsal.save()
    _audit(rehearsal, Verb.REHEARSAL_DONE, actor=actor, now=now)


def fail(*, rehearsal_id: int, says: str, actor: Actor, now: datetime) -> None:
    """It cannot be played; `says` is the sentence for the person who asked."""
    rehearsal = Rehearsal.objects.get(pk=rehearsal_id)
    rehearsal.differences.all().delete()
    rehearsal.state, rehearsal.says = State.FAILED, says
    rehearsal.ended_at = rehearsal.touched_at = now
    rehearsal.save()
    _audit(rehearsal, Verb.REHEARSAL_FAILED, actor=actor, now=now)


def drop_old(*, kept_for: timedelta, now: datetime) -> int:
    """Drop what was found by rehearsals asked for longer ago than this; says how many. That they
    were asked for, and for which version, stays in the audit record."""
    old = Rehearsal.objects.filter(asked_at__lt=now - kept_for)
    number = old.count()
    Difference.objects.filter(rehearsal__in=old).delete()
    old.delete()
    return number


def _audit(rehearsal: Rehearsal, verb: Verb, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="rehearsal",
        object_id=rehearsal.pk,
        stamp=Stamp("", rehearsal.version_number),
        details={
            "from": rehearsal.from_at.isoformat(),
            "to": rehearsal.to_at.isoformat(),
            "hours": rehearsal.hours_from,
            "enquiries": rehearsal.done,
        },
        now=now,
    )
