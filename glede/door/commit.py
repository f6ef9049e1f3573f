"""Group commit: the events of many requests in one transaction; each is told once it is durable.

The committer takes everything that waits as soon as its last commit is done, so a batch is as
large as the load makes it: alone, a request waits for nobody; under load, many share a commit.
Tried with 64 connections and given up: a second commit at the same time (half as many events in
each, and both wait for the same interpreter), and a pause to gather more (what it saves it waits).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from glede.desk.intake.rules import Way
from glede.desk.intake.statements import KEEP, values
from glede.door.line import DatabaseAwayError, Line
from glede.kit import clock
from glede.platforms.contract import RawEvent

log = logging.getLogger(__name__)


#: After a shared commit the next one waits this long for company: fewer, larger commits cost the
#: database and this process less, and nobody notices two milliseconds. A lone call never waits.
_GATHER_SECONDS = 0.002
_SHARED = 3


class TooBusyError(Exception):
    """More waits than may wait; nothing was kept."""


class UnkeepableError(Exception):
    """The database answers, but does not take the events; nothing was kept."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    app_id: int
    events: Sequence[RawEvent]
    done: asyncio.Future[None]


class GroupCommit:
    def __init__(self, *, most_events: int, most_waiting: int) -> None:
        self._most_events = most_events
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._line = Line()
        self._task = asyncio.create_task(self._run())

    async def keep(self, *, app_id: int, events: Sequence[RawEvent]) -> None:
        """Return once the events are durable.

        Raises `TooBusyError`, `DatabaseAwayError` and `UnkeepableError`.
        """
        if not events:
            return
        if len(self._waiting) >= self._most_waiting or self._closing:
            raise TooBusyError("Too many calls wait to be kept.")
        if self._task.done():  # an error of ours ended it; who comes next must not wait for ever
            self._task = asyncio.create_task(self._run())
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(app_id, events, done))
        self._wake.set()
        await done

    async def close(self) -> None:
        """Keeps what waits, then stops."""
        self._closing = True
        self._wake.set()
        await self._task
        await self._line.close()

    async def _run(self) -> None:
        shared = 0
        while True:
            if shared >= _SHARED and not self._closing:
                await asyncio.sleep(_GATHER_SECONDS)
            while not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
            taken = self._take()
            shared = len(taken)
            await self._commit(taken)

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        room = self._most_events
        while self._waiting and (not taken or len(self._waiting[0].events) <= room):
            taken.append(self._waiting.popleft())
            room -= len(taken[-1].events)
        return taken

    async def _commit(self, taken: Sequence[_Waiting]) -> None:
        rows = [(one.app_id, event) for one in taken for event in one.events]
        outcome: Exception | None = UnkeepableError("It was not kept.")
        try:
            await self._line.ask(KEEP, values(rows, way=Way.WEBHOOK, at=clock.now()))
        except DatabaseAwayError as error:
            log.warning("%d events not kept: the database does not answer", len(rows))
            outcome = error
        except psycopg.Error as error:
            # One event the database cannot take must not take the others' commit with it.
            if len(taken) > 1:
                for one in taken:
                    await self._commit([one])
                return
            # Its class alone: a database's error may quote what a resident wrote.
            log.warning("an event of app %d was refused: %s", taken[0].app_id, type(error).__name__)
        else:
            outcome = None
        finally:
            _tell(taken, outcome)


def _tell(taken: Sequence[_Waiting], error: Exception | None) -> None:
    for one in taken:
        if one.done.done():
            continue  # the sender went away
        if error is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(error)
