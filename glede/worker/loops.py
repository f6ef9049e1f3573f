"""Loops of the worker: what runs how often, as a table; the decisions are the flow's."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import (
    DatabaseError,
    InterfaceError,
    close_old_connections,
    connection,
    connections,
)

from glede.desk.insight import actions as insight
from glede.desk.intake import actions as intake
from glede.desk.presence import actions as presence
from glede.flow import (
    acknowledging,
    agreeing,
    alerting,
    attaching,
    calls,
    inbound,
    listening,
    moderating,
    numbers,
    outbound,
    paging,
    reading_in,
    reminding,
    rota,
    second_unanswered,
    sharing,
    sorting,
    sweep,
    undoing,
    watching,
    webhooks,
)
from glede.kit import claim, clock, jobs, live
from glede.rulebook.audit import actions as audit
from glede.rulebook.brands import queries as brands

log = logging.getLogger(__name__)

#: After a fault a loop waits this long, doubling to the longest, so that it neither dies nor spins.
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0

#: Events understood in one transaction. Its conversations are locked, and no screen is told, for
#: as long as it takes; a commit costs less than one event, so small batches lose little.
DRAINED_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Loop:
    """`turn` returns whether there may be more to do at once."""

    name: str
    every: float
    turn: Callable[[datetime], bool]


#: Set while nothing waits to be understood, and nothing is being understood.
_caught_up = threading.Event()
_caught_up.set()

#: A job gives way for so long at most: what it is to send was promised to somebody as well.
GIVES_WAY_FOR = 3.0


def _drain(now: datetime) -> bool:
    """What people wrote goes before what the desk has to do about it: jobs that have not begun give
    way for as long as a turn takes, and while more waits than it took."""
    _caught_up.clear()
    more = False
    try:
        more = inbound.drain(now=now, limit=DRAINED_AT_ONCE).taken == DRAINED_AT_ONCE
    finally:
        if not more:
            _caught_up.set()
    return more


def give_way() -> None:
    """Wait until what came in is understood, but not for long. Jobs do so before they begin."""
    _caught_up.wait(GIVES_WAY_FOR)


def _sweep(now: datetime) -> bool:
    return sweep.run(now=now, limit=200) >= 200


def _acknowledged(now: datetime) -> bool:
    return acknowledging.watch(now=now) >= 100


def _silences(now: datetime) -> bool:
    return agreeing.silences(now=now) >= 100


def _snoozed(now: datetime) -> bool:
    return sorting.wake(now=now) >= 100


def _left_behind(now: datetime) -> bool:
    return sharing.release(now=now) >= 100


def _lost(now: datetime) -> bool:
    return outbound.lost(now=now) >= 100


def _attached(now: datetime) -> bool:
    return attaching.lost(now=now) >= 100


def _moderated(now: datetime) -> bool:
    return moderating.lost(now=now) >= 100


def _blocks(now: datetime) -> bool:
    return moderating.expire(now=now) >= 100


def _seal(now: datetime) -> bool:
    return audit.seal(now=now) >= 1000


def _reading(now: datetime) -> bool:
    reading_in.stranded(now=now)
    return False


def _listen(now: datetime) -> bool:
    return listening.run(now=now) >= listening.AT_ONCE


def _watch(now: datetime) -> bool:
    watching.run(now=now)
    return False


def _remind(now: datetime) -> bool:
    reminding.run(now=now)
    return False


def _rota(now: datetime) -> bool:
    rota.run(now=now)
    return False


def _alert(now: datetime) -> bool:
    return alerting.run(now=now) >= alerting.AT_ONCE


def _page(now: datetime) -> bool:
    return paging.run(now=now) >= paging.AT_ONCE


def _unanswered(now: datetime) -> bool:
    return second_unanswered.run(now=now) >= second_unanswered.AT_ONCE


def _told(now: datetime) -> bool:
    return webhooks.follow(now=now) >= webhooks.READ_AT_ONCE


def _webhooks(now: datetime) -> bool:
    return webhooks.call(now=now) >= webhooks.AT_ONCE


def _tidy(now: datetime) -> bool:
    if brands.organisation() is None:
        return False  # nothing was ever kept, and no policy says for how long
    intake.drop_old(kept_for=numbers.duration("raw.kept", at=now), now=now)
    insight.drop_old(kept_for=numbers.duration("rehearsal.kept", at=now), now=now)
    undoing.forget(now=now)
    live.prune(now=now)
    paging.expire(now=now)
    presence.drop_old(now=now)
    calls.forget(now=now)
    webhooks.forget(now=now)
    jobs.forget(now=now)
    return False


#: The drain is also woken by the door's NOTIFY; its interval is the safety net.
DRAIN = Loop("drain", 2.0, _drain)
LOOPS = (
    Loop("sweep", 1.0, _sweep),
    Loop("snoozed", 5.0, _snoozed),
    Loop("left behind", 60.0, _left_behind),
    Loop("lost", 5.0, _lost),
    Loop("moderated", 5.0, _moderated),
    Loop("attached", 10.0, _attached),
    Loop("blocks", 60.0, _blocks),
    Loop("acknowledged", 15.0, _acknowledged),
    Loop("silences", 60.0, _silences),
    Loop("seconds", 15.0, _unanswered),
    Loop("seal", 10.0, _seal),
    Loop("reading", 10.0, _reading),
    Loop("listen", 5.0, _listen),
    Loop("watch", 60.0, _watch),
    Loop("alert", 1.0, _alert),
    Loop("page", 2.0, _page),
    Loop("told", 1.0, _told),
    Loop("webhooks", 1.0, _webhooks),
    Loop("rota", 60.0, _rota),
    Loop("remind", 900.0, _remind),
    Loop("tidy", 3600.0, _tidy),
)


def run(loop: Loop, *, stop: threading.Event, wake: Callable[[float], None] | None = None) -> None:
    """Turn a loop until told to stop; a faulty turn is logged and costs a wait, never the loop."""
    wait = SHORTEST_WAIT
    while not stop.is_set():
        close_old_connections()
        try:
            more = loop.turn(clock.now())
        except (DatabaseError, InterfaceError) as error:
            log.warning("%s: the database is unwell: %s", loop.name, type(error).__name__)
            connection.close()
            stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        except Exception:  # a fault of ours in one turn must not end the others
            log.exception("%s: a turn failed", loop.name)
            stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        wait = SHORTEST_WAIT
        if more:
            continue
        if wake is None:
            stop.wait(loop.every)
        else:
            wake(loop.every)
    connections.close_all()


class Listener:
    """Waits for a NOTIFY on its own connection; a lost connection is made anew."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._connection: psycopg.Connection | None = None

    def wait(self, seconds: float) -> None:
        """Return when notified, or after `seconds`."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = self._listen()
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.OperationalError as error:
            log.warning("listening to %s: %s", self._channel, type(error).__name__)
            self.close()
            threading.Event().wait(min(seconds, SHORTEST_WAIT))

    def _listen(self) -> psycopg.Connection:
        made = claim.own_connection()
        made.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(self._channel)))
        return made

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
