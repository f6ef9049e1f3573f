"""Keep raw events, hand them out, set the unreadable aside, and drop them after their days."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from glede.desk.intake.models import Blindness, Position, RawEvent, Tally, Usage
from glede.desk.intake.rules import (
    LONGEST_ERROR,
    TALLIES_KEPT,
    NotAsideError,
    State,
    Waiting,
    Way,
)
from glede.desk.intake.statements import KEEP, TAKE, TALLY, values
from glede.platforms import contract
from glede.platforms.contract import Cursor
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Verb


def keep(
    *, app_id: int, events: Sequence[contract.RawEvent], now: datetime, way: str = Way.POLL
) -> int:
    """Store what is new and say how much that was; the database leaves out what it has already.

    Not audited: a raw row is its own record.
    """
    if not events:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values([(app_id, event) for event in events], way=way, at=now))
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def take(*, limit: int, now: datetime) -> tuple[Waiting, ...]:
    """The oldest waiting events that no other worker holds, locked until the transaction ends."""
    del now  # every waiting event is due
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Events are taken inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [limit])
        return tuple(_waiting(*row) for row in cursor.fetchall())


def _waiting(  # noqa: PLR0913 - the columns of `TAKE`
    pk: int,
    app_id: int,
    platform: str,
    key: str,
    account: str,
    body: memoryview,
    way: str,
    ingested_at: datetime,
    tries: int,
) -> Waiting:
    return Waiting(pk, app_id, platform, key, account, bytes(body), way, ingested_at, tries)


def done(*, ids: Sequence[int], now: datetime) -> None:
    RawEvent.objects.filter(pk__in=ids).update(
        state=State.DONE, done_at=now, error="", tries=F("tries") + 1
    )


def set_aside(*, event_id: int, error: str, now: datetime) -> None:
    changed = RawEvent.objects.filter(pk=event_id, state=State.WAITING).update(
        state=State.ASIDE, error=error[:LONGEST_ERROR].replace("\0", ""), tries=F("tries") + 1
    )
    if changed:
        _record(Verb.EVENT_SET_ASIDE, event_id, actor=SYSTEM, now=now)


def replay(*, event_id: int, actor: Actor, now: datetime) -> None:
    """Let the worker try again. Raises `NotAsideError`."""
    changed = RawEvent.objects.filter(pk=event_id, state=State.ASIDE).update(state=State.WAITING)
    if not changed:
        raise NotAsideError("The event is not set aside: it was replayed already, or dropped.")
    _record(Verb.EVENT_REPLAYED, event_id, actor=actor, now=now)
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY glede_intake")


def _record(verb: Verb, event_id: int, *, actor: Actor, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, object_kind="raw event", object_id=event_id, now=now)


def drop_old(*, kept_for: timedelta, now: datetime) -> int:
    """Drop what is older than the rule `raw.kept` says; what waits or is set aside stays."""
    dropped, _ = RawEvent.objects.filter(ingested_at__lt=now - kept_for, state=State.DONE).delete()
    Usage.objects.filter(window_at__lt=now - timedelta(days=1)).delete()
    Tally.objects.filter(hour_at__lt=now - TALLIES_KEPT).delete()
    return dropped


def move(*, account_id: int, way: str, cursor: Cursor, now: datetime) -> None:
    """Remember where a poll or stream left off, in the transaction that keeps what it brought."""
    Position.objects.update_or_create(
        account_id=account_id,
        way=way,
        create_defaults={"cursor": cursor.value, "moved_at": now, "heard_at": now},
        defaults={"cursor": cursor.value, "moved_at": now, "heard_at": now},
    )


def heard(*, account_id: int, way: str, now: datetime) -> None:
    """It answered, and there was nothing new."""
    Position.objects.filter(account_id=account_id, way=way).update(heard_at=now)


def tally(*, heard: Mapping[tuple[int, str], int], now: datetime) -> None:
    """Count what was understood, by account and way: what is usual is learnt from it."""
    hour_at = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        for (account_id, way), events in sorted(heard.items()):
            cursor.execute(TALLY, [account_id, str(way), hour_at, events, now])


def open_blindness(
    *, account_id: int, from_at: datetime, why: str, now: datetime, way: str = Way.POLL
) -> bool:
    """We cannot hear this account in this way. False when that was known already."""
    _, opened = Blindness.objects.get_or_create(
        account_id=account_id,
        way=way,
        until_at=None,
        defaults={"from_at": min(from_at, now), "why": why},
    )
    if opened:
        _record_blind(account_id, ended=False, now=now)
    return opened


def close_blindness(*, account_id: int, now: datetime, way: str = Way.POLL) -> datetime | None:
    """We hear again, and what was missed has been fetched. Returns since when we had not."""
    spell = (
        Blindness.objects.select_for_update()
        .filter(account_id=account_id, way=way, until_at__isnull=True)
        .first()
    )
    if spell is None:
        return None
    spell.until_at = now
    spell.save(update_fields=["until_at"])
    _record_blind(account_id, ended=True, now=now)
    return spell.from_at


def _record_blind(account_id: int, *, ended: bool, now: datetime) -> None:
    audit.record(
        actor=SYSTEM,
        verb=Verb.BLIND_SPELL,
        object_kind="account",
        object_id=account_id,
        details={"ended": ended},
        now=now,
    )
