"""Numbered events, read once per process and handed to every open screen of it."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from glede.kit import live
from glede.kit.live import Event

log = logging.getLogger(__name__)

#: A notification says that something was committed; an older transaction that still runs may hold
#: it back for a moment, so we look again this soon even when nobody says anything more.
_LOOK_AGAIN_SECONDS = 0.25
#: What is committed within this time of each other is read, and sent to a screen, together: at 50
#: posts a second that is one question and one write for seven changes, and nobody sees the moment.
_TOGETHER_SECONDS = 0.05
#: With no screen open there is no hurry; the position is kept fresh for those that will open.
_IDLE_SECONDS = 5.0
_AFTER_FAULT_SECONDS = 1.0
#: A screen this far behind is cut off: it comes back and reads on from its last event.
_MOST_WAITING = 1_000
_BATCH = 500


class Screen:
    """One open stream's place in the hub: what it has not been sent yet."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Event] = asyncio.Queue(maxsize=_MOST_WAITING)
        self.overrun = False

    def offer(self, event: Event) -> None:
        try:
            self.waiting.put_nowait(event)
        except asyncio.QueueFull:
            self.overrun = True


class Hub:
    """Reads the events after its position and offers each, in order, to every screen."""

    def __init__(self) -> None:
        # Django's connections belong to a thread: a few threads, each with its own.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")
        self._screens: set[Screen] = set()
        self._listening: psycopg.AsyncConnection | None = None
        self._told = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        #: Everything up to here was offered; empty until the database has been reached.
        self.position = ""

    async def open(self) -> None:
        """Begins to read; the database may come later."""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._listen())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listening is not None:
            await self._listening.close()
        await asyncio.get_running_loop().run_in_executor(self._threads, connections.close_all)
        self._threads.shutdown(wait=False)

    async def run[T](self, work: Callable[[], T]) -> T:
        """A question to the database, in one of our threads."""

        def asked() -> T:
            close_old_connections()
            try:
                return work()
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._threads, asked)

    @contextlib.contextmanager
    def screen(self) -> Generator[Screen]:
        made = Screen()
        self._screens.add(made)
        self._told.set()
        try:
            yield made
        finally:
            self._screens.discard(made)

    def __len__(self) -> int:
        return len(self._screens)

    async def _read(self) -> None:
        while True:
            try:
                if not self.position:
                    self.position = await self.run(live.head)
                await self._offer()
                wait = _LOOK_AGAIN_SECONDS if self._screens else _IDLE_SECONDS
            except (DatabaseError, InterfaceError) as error:
                log.warning("live: the database is unwell: %s", error)
                wait = _AFTER_FAULT_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), wait)
                await asyncio.sleep(_TOGETHER_SECONDS)
            self._told.clear()

    async def _offer(self) -> None:
        while True:
            events = await self.run(partial(live.read_after, self.position, limit=_BATCH))
            for event in events:
                for screen in self._screens:
                    screen.offer(event)
                self.position = event.position
            if len(events) < _BATCH:
                return

    async def _listen(self) -> None:
        while True:
            try:
                self._listening = await self._connect()
                self._told.set()
                async for _ in self._listening.notifies():
                    self._told.set()
            except (psycopg.Error, OSError) as error:
                log.warning("live: listening: %s", error)
            await asyncio.sleep(_AFTER_FAULT_SECONDS)

    async def _connect(self) -> psycopg.AsyncConnection:
        parameters = {
            key: value
            for key, value in connections["default"].get_connection_params().items()
            if key not in {"cursor_factory", "context", "prepare_threshold"}
        }
        made = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
        await made.execute(
            psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(live.CHANNEL))
        )
        return made
