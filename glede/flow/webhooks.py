"""Other programs are told what happens: live events → what they mean → calls, signed and logged.

What comes in pays nothing for it: a follower reads the live events afterwards, from where it stood.
A call is committed as taken before it is made, and nothing of ours is held while it is; should the
worker die in it, the same event goes once more, with the same id.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.desk.alerts.rules import Kind as AlertKind
from glede.desk.webhooks import actions, queries
from glede.desk.webhooks.actions import Given, Leaving
from glede.desk.webhooks.rules import RefusedError, is_for_good
from glede.flow import notices
from glede.kit import calling, claim, clock, live
from glede.kit.calling import Answered, BadAddressError
from glede.kit.words import of_error
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer

__all__ = [
    "Given",
    "RefusedError",
    "add",
    "call",
    "change",
    "close",
    "follow",
    "forget",
    "replay",
    "rotate",
    "switch",
    "test",
]

log = logging.getLogger(__name__)

#: Live events read in one turn, calls made in one turn, and receivers called side by side.
READ_AT_ONCE = 500
AT_ONCE = 40
_SIDE_BY_SIDE = 4


# --- What people do --------------------------------------------------------------------------


def add(*, viewer: Viewer, given: Given, now: datetime) -> tuple[int, str]:
    """A new webhook and its secret, shown this once. Raises `RefusedError`."""
    _check(given.url)
    with transaction.atomic():
        return actions.add(given=given, person_id=viewer.id, actor=viewer.actor, now=now)


def change(*, viewer: Viewer, endpoint_id: int, given: Given, now: datetime) -> None:
    """Raises `RefusedError` and `queries.NoSuchEndpointError`."""
    _check(given.url)
    with transaction.atomic():
        actions.change(endpoint_id=endpoint_id, given=given, actor=viewer.actor, now=now)


def rotate(*, viewer: Viewer, endpoint_id: int, now: datetime) -> str:
    """A new secret, shown this once; the old one signs beside it for a while."""
    with transaction.atomic():
        return actions.rotate(endpoint_id=endpoint_id, actor=viewer.actor, now=now)


def switch(*, viewer: Viewer, endpoint_id: int, on: bool, now: datetime) -> None:
    with transaction.atomic():
        actions.switch(endpoint_id=endpoint_id, on=on, actor=viewer.actor, now=now)


def close(*, viewer: Viewer, endpoint_id: int, now: datetime) -> None:
    with transaction.atomic():
        actions.close(endpoint_id=endpoint_id, actor=viewer.actor, now=now)


def test(*, viewer: Viewer, endpoint_id: int, now: datetime) -> int:
    """Returns the sending, whose log says what came of it. Raises `RefusedError`."""
    with transaction.atomic():
        return actions.test(endpoint_id=endpoint_id, actor=viewer.actor, now=now)


def replay(*, viewer: Viewer, sending_id: int, now: datetime) -> None:
    """Raises `RefusedError`."""
    with transaction.atomic():
        actions.replay(sending_id=sending_id, actor=viewer.actor, now=now)


def _check(url: str) -> None:
    try:
        calling.check(url, may_be_private=settings.GLEDE_WEBHOOK_PRIVATE)
    except BadAddressError as error:
        raise RefusedError(of_error(error)) from error


# --- What happened ---------------------------------------------------------------------------


def follow(*, now: datetime) -> int:
    """Read on in the live events and queue what somebody wants to be told of. Returns how many
    were read. While nobody wants anything it stands nowhere, and begins at the end."""
    with transaction.atomic():
        if not claim.alone("webhooks: follow"):
            return 0
        at = queries.place()
        if not queries.anybody():
            if at:
                actions.stand(position="")
            return 0
        if not at or not live.can_resume(at):
            if at:
                log.warning("webhooks: events after %s were pruned; going on from now", at)
            actions.stand(position=live.head())
            return 0
        events = live.read_after(at, limit=READ_AT_ONCE)
        if not events:
            return 0
        actions.tell(happened=queries.happened(events), now=now)
        actions.stand(position=events[-1].position)
        return len(events)


# --- Calls -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that was made."""

    sending_id: int
    answered: Answered
    took: timedelta


def call(*, now: datetime) -> int:
    """Make the calls that are due; returns how many were taken up.

    Receivers are called side by side, each one's calls one after the other; after one that failed
    its others wait, so that a receiver that hangs costs one time-out and no more.
    """
    lease = timedelta(seconds=60 + 2 * settings.GLEDE_WEBHOOK_SECONDS)
    with transaction.atomic():
        leaving = actions.take(now=now, lease=lease, limit=AT_ONCE)
    if not leaving:
        return 0
    database.close()  # nothing of ours is held while others are spoken to
    by_endpoint = sorted(leaving, key=lambda one: one.endpoint_id)
    groups = [list(some) for _, some in groupby(by_endpoint, key=lambda one: one.endpoint_id)]
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="webhook") as pool:
        made = [one for some in pool.map(_call_each, groups) for one in some]
    done = {one.sending_id for one in made}
    at = clock.now()
    for one in made:
        _settle(one, now=at)
    with transaction.atomic():
        actions.wait(
            sending_ids=[one.sending_id for one in leaving if one.sending_id not in done], now=at
        )
    return len(leaving)


def _call_each(group: Sequence[Leaving]) -> list[_Made]:
    made = []
    for one in group:
        began = clock.now()
        answered = calling.post(
            one.url,
            body=one.content,
            headers=one.headers,
            seconds=settings.GLEDE_WEBHOOK_SECONDS,
            may_be_private=settings.GLEDE_WEBHOOK_PRIVATE,
        )
        made.append(_Made(one.sending_id, answered, clock.now() - began))
        if not answered.is_taken:
            break
    return made


def _settle(made: _Made, *, now: datetime) -> None:
    with transaction.atomic():
        failing = actions.tried(
            sending_id=made.sending_id, answered=made.answered, took=made.took, now=now
        )
        if failing is None or failing.off_at is not None:
            return
        why = f"It took nothing for {settings.GLEDE_WEBHOOK_OFF_DAYS} days."
        if is_for_good(made.answered.status):
            why = "It answered that nobody is there (410)."
        actions.switch(endpoint_id=failing.pk, on=False, why=why, actor=SYSTEM, now=now)
        notices.tell(
            people=[
                one.id for one in people.who_may(Permission.MANAGE_TOKENS, brand_id=None, now=now)
            ],
            key=f"webhook:{failing.pk}:off:{now.timestamp()}",
            says=f"The webhook “{failing.name}” is switched off. {why}",
            href=f"/webhooks/{failing.pk}/",
            kind=AlertKind.CHANNEL,
            now=now,
        )


def forget(*, now: datetime) -> int:
    """Drop what the log keeps no longer; says how many rows."""
    return actions.forget(now=now)
