"""Group commit: the events of many requests in one transaction; each is told once it is durable.

A committer takes everything that waits as soon as its last commit is done, so a batch is as large
as the load makes it: alone, a request waits for nobody; under load, hundreds share one commit.
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

#: While one commit waits for the disk, the next is being prepared.
COMMITTERS = 2


class TooBusyError(Exception):
    """More waits than may wait; nothing was kept."""


class UnkeepableError(Exception):
    """The database answers, but does not take the events; nothing was kept."""


@dataclass(slots=True)
class Figures:
    """What a bench or a test may ask."""

    commits: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    app_id: int
    events: Sequence[RawEvent]
    done: asyncio.Future[None]


class GroupCommit:
    def __init__(self, *, most_events: int, most_waiting: int) -> None:
        self.figures = Figures()
        self._most_events = most_events
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._lines = [Line() for _ in range(COMMITTERS)]
        self._tasks = [asyncio.create_task(self._run(line)) for line in self._lines]

    async def keep(self, *, app_id: int, events: Sequence[RawEvent]) -> None:
        """Return once the events are durable.

        Raises `TooBusyError`, `DatabaseAwayError` and `UnkeepableError`.
        """
        if not events:
            return
        if len(self._waiting) >= self._most_waiting:
            raise TooBusyError("Too many calls wait to be kept.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(app_id, events, done))
        self._wake.set()
        await done

    async def close(self) -> None:
        """Keeps what waits, then stops."""
        while self._waiting and not all(task.done() for task in self._tasks):
            self._wake.set()
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in self._lines:
            await line.close()

    async def _run(self, line: Line) -> None:
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            await self._commit(line, self._take())

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        room = self._most_events
        while self._waiting and (not taken or len(self._waiting[0].events) <= room):
            taken.append(self._waiting.popleft())
            room -= len(taken[-1].events)
        return taken

    async def _commit(self, line: Line, taken: Sequence[_Waiting]) -> None:
        rows = [(one.app_id, event) for one in taken for event in one.events]
        try:
            await line.ask(KEEP, values(rows, way=Way.WEBHOOK, at=clock.now()))
        except DatabaseAwayError as error:
            log.warning("%d events not kept: the database does not answer", len(rows))
            _tell(taken, error)
        except psycopg.Error as error:
            # One event the database cannot take must not take the others' commit with it.
            if len(taken) > 1:
                for one in taken:
                    await self._commit(line, [one])
                return
            log.exception("an event of app %d was not kept", taken[0].app_id)
            _tell(taken, UnkeepableError(f"The database refused it ({type(error).__name__})."))
        else:
            self.figures.commits += 1
            self.figures.events += len(rows)
            _tell(taken, None)


def _tell(taken: Sequence[_Waiting], error: Exception | None) -> None:
    for one in taken:
        if one.done.done():
            continue  # the sender went away
        if error is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(error)
