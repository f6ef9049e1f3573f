"""Platforms that do not call, and calls that got lost: ask for what is new, close every gap.

A webhook or stream is a hint; the platform's own list is the truth. Whatever comes is kept as raw
events first, in the same transaction that moves the cursor, and understood by `inbound`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.desk.conversations import watch
from glede.desk.intake import actions as intake
from glede.desk.intake import queries as intake_queries
from glede.desk.intake.rules import Way
from glede.flow import connections
from glede.flow.names import LOOK_UP
from glede.kit import clock, jobs
from glede.platforms import registry
from glede.platforms.contract import (
    Batch,
    Cursor,
    Edited,
    PlatformError,
    Reconnect,
    TryAgain,
    Written,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import queries as account_queries
from glede.rulebook.accounts.rules import Known

log = logging.getLogger(__name__)

#: Silence longer than this many polls is a gap: open threads are looked up again after it.
MISSED_POLLS = 5
#: Threads quieter than this are not looked up or watched for edits any more.
WATCHED_FOR = timedelta(days=14)
LOOKED_UP_AT_ONCE = 500
#: An item that could not be read is looked up again after this, and so often.
READ_AGAIN = timedelta(minutes=5)
MOST_LOOKS = 12


def account(*, account_id: int) -> datetime | None:
    """Poll one account once. Returns when the platform asked to be left alone until, if it did."""
    started_at = clock.now()
    cursor = intake_queries.position(account_id=account_id, way=Way.POLL)
    heard_at = intake_queries.heard_at(account_id=account_id, way=Way.POLL)
    account = account_queries.by_id(account_id)
    database.close()  # nothing of ours is held while the platform is spoken to
    try:
        with connections.of(account_id) as connector:
            batch = connector.poll(cursor, now=started_at)
    except TryAgain as error:
        _silent(account_id, heard_at, account.poll_every, why=str(error))
        return error.at
    except Reconnect as error:
        _lapsed(account_id, why=str(error), since=heard_at or started_at)
        return None
    except PlatformError as error:
        _silent(account_id, heard_at, account.poll_every, why=str(error))
        return None
    _keep(account_id, account.app_id, batch, way=Way.POLL)
    if batch.gap or _was_blind(account_id):
        look_again(account_id=account_id)
        _hear_again(account_id)
    elif _is_look_due(account, now=started_at):
        look_again(account_id=account_id)
    return None


def _is_look_due(account: Known, *, now: datetime) -> bool:
    """Some platforms tell nobody that a post was changed or taken away: they are asked."""
    if not account.look_every:
        return False
    looked_at = intake_queries.heard_at(account_id=account.id, way=Way.LOOKUP)
    return looked_at is None or now - looked_at >= timedelta(seconds=account.look_every)


def _keep(account_id: int, app_id: int, batch: Batch, *, way: Way) -> None:
    now = clock.now()
    with transaction.atomic():
        intake.keep(app_id=app_id, events=batch.events, now=now, way=way)
        intake.move(account_id=account_id, way=way, cursor=batch.cursor, now=now)
        accounts.checked(account_id=account_id, now=now)


def _silent(account_id: int, heard_at: datetime | None, every: int, *, why: str) -> None:
    """Not heard this time. After a few misses in a row we say that we are blind, and since when."""
    now = clock.now()
    log.warning("account %s not heard: %s", account_id, why)
    if heard_at is not None and now - heard_at > timedelta(seconds=every * MISSED_POLLS):
        with transaction.atomic():
            intake.open_blindness(account_id=account_id, from_at=heard_at, why=why, now=now)


def _lapsed(account_id: int, *, why: str, since: datetime) -> None:
    now = clock.now()
    with transaction.atomic():
        accounts.lapsed(account_id=account_id, why=why, now=now)
        intake.open_blindness(account_id=account_id, from_at=since, why=why, now=now)


def _was_blind(account_id: int) -> bool:
    return intake_queries.blind_since(account_id=account_id) is not None


def _hear_again(account_id: int, *, way: Way = Way.POLL) -> None:
    with transaction.atomic():
        intake.close_blindness(account_id=account_id, way=way, now=clock.now())


def look_again(*, account_id: int) -> int:
    """Look up what stands in open threads, so that edits and deletions we did not hear of are seen.
    Returns how many items were asked for."""
    now = clock.now()
    native_ids = watch.open_items(
        account_id=account_id, since=now - WATCHED_FOR, limit=LOOKED_UP_AT_ONCE
    )
    account = account_queries.by_id(account_id)
    # Before the call: one that fails waits its time like one that does not.
    intake.move(account_id=account_id, way=Way.LOOKUP, cursor=Cursor(), now=now)
    if not native_ids:
        return 0
    database.close()
    try:
        with connections.of(account_id) as connector:
            events = connector.lookup(native_ids, now=now)
    except PlatformError as error:
        log.warning("account %s could not be looked up again: %s", account_id, error)
        return 0
    with transaction.atomic():
        intake.keep(app_id=account.app_id, events=events, now=clock.now(), way=Way.LOOKUP)
    return len(native_ids)


def look_up(*, account_id: int, native_id: str, tries: int) -> None:
    """Read an item of which a call told only that it is there. What cannot be read stands without
    words: its clock runs, and a person sees it."""
    now = clock.now()
    account = account_queries.by_id(account_id)
    database.close()
    try:
        with connections.of(account_id) as connector:
            events = connector.lookup([native_id], now=now)
    except TryAgain as error:
        log.warning("an item of account %s could not be read yet: %s", account_id, error)
        if tries < MOST_LOOKS:
            with transaction.atomic():
                at = max(error.at or now, now + READ_AGAIN)
                jobs.defer(
                    LOOK_UP, at=at, account_id=account_id, native_id=native_id, tries=tries + 1
                )
        return
    except PlatformError as error:
        log.warning("an item of account %s could not be read: %s", account_id, error)
        return
    with transaction.atomic():
        intake.keep(app_id=account.app_id, events=events, now=clock.now(), way=Way.LOOKUP)


def follow(*, account_id: int, stop: Callable[[], bool]) -> None:
    """Hold the account's stream until told to stop; its sequence is kept with what it brought.

    Raises the contract's errors: the caller waits and calls again.
    """
    account = account_queries.by_id(account_id)
    cursor = intake_queries.position(account_id=account_id, way=Way.STREAM)
    with connections.own(account_id) as own:
        for batch in own.connector.stream(cursor, stop=stop, watched=lambda: _watched(account)):
            _keep(account_id, account.app_id, batch, way=Way.STREAM)
            _hear_again(account_id, way=Way.STREAM)
            own.tell()
            if batch.gap:
                look_again(account_id=account_id)


def stream_failed(*, account_id: int, since: datetime, error: PlatformError) -> None:
    """The stream does not stand, since then. Polls may go on, but what they bring comes later: a
    mark says so until the stream brings something again."""
    now = clock.now()
    heard_at = intake_queries.heard_at(account_id=account_id, way=Way.STREAM)
    since = max(since, heard_at or since)
    if isinstance(error, Reconnect):
        _lapsed(account_id, why=str(error), since=since)
    elif now - since >= timedelta(seconds=settings.GLEDE_STREAM_LOST_SECONDS):
        with transaction.atomic():
            intake.open_blindness(
                account_id=account_id, way=Way.STREAM, from_at=since, why=str(error), now=now
            )


def _watched(account: Known) -> frozenset[str]:
    """Whose edits and deletions concern us, also of those who only just wrote."""
    since = clock.now() - WATCHED_FOR
    return watch.people(account_id=account.id, since=since) | _arriving(account)


def _arriving(account: Known) -> frozenset[str]:
    platform = registry.get(account.platform)
    found = set()
    for body, named in intake_queries.waiting_bodies(
        app_id=account.app_id, limit=LOOKED_UP_AT_ONCE
    ):
        try:
            events = platform.parse(body, named)
        except Exception as error:  # noqa: BLE001 - what cannot be read is set aside by the drain
            log.debug("not read yet: %s", type(error).__name__)
            continue
        found |= {
            event.post.author.native_id for event in events if isinstance(event, Written | Edited)
        }
    return frozenset(found)
