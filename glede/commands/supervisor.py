"""Keep child processes running until told to stop."""

import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from glede.kit import postgres, process

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
#: A child that lived this long is taken for healthy: its next crash waits the first wait again.
_HEALTHY_AFTER = 60.0
_STOPS_WITHIN = 20.0
_LOOK_EVERY = 5.0

Say = Callable[[str], None]


@dataclass(slots=True)
class Child:
    """One process of ours and how its restarts went."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    wait: float = _FIRST_WAIT


@dataclass(slots=True)
class Database:
    """The embedded server: ours to start again as well."""

    server: postgres.Server
    start: Callable[[], postgres.Server]


@dataclass(slots=True)
class Supervisor:
    """Starts what it is given, starts again what falls over, stops everything at the end."""

    environment: Mapping[str, str]
    say: Say
    database: Database | None = None
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def add(self, name: str, command: Sequence[str]) -> Child:
        child = Child(name=name, command=command)
        self.children.append(child)
        self._start(child)
        return child

    def _start(self, child: Child) -> None:
        child.process = process.spawn(child.command, env=self.environment)
        child.started_at = time.monotonic()

    def run(self) -> None:
        """Return when asked to stop."""
        while not self.stopping:
            if self.database is not None:
                self._look_at_database(self.database)
            for child in self.children:
                self._look_at(child)
            self.wait(self._until_next_start())

    def wait(self, seconds: float) -> None:
        """Until a child ends, a signal comes, or the time is up."""
        select.select([self._wakeup], [], [], max(seconds, 0.0))
        while select.select([self._wakeup], [], [], 0)[0]:
            self._wakeup.recv(512)

    def _until_next_start(self) -> float:
        now = time.monotonic()
        waits = [child.start_at - now for child in self.children if child.process is None]
        return min([_LOOK_EVERY, *waits])

    def _look_at(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        if now - child.started_at > _HEALTHY_AFTER:
            child.wait = _FIRST_WAIT
        child.process, child.start_at = None, now + child.wait
        self.say(f"{child.name} {_ended(code)}; starting it again in {child.wait:g} s.")
        child.wait = min(child.wait * 2, _LONGEST_WAIT)

    def _look_at_database(self, database: Database) -> None:
        if postgres.is_running(folder=database.server.folder):
            return
        self.say("PostgreSQL has stopped; starting it again.")
        try:
            database.server = database.start()
        except postgres.PostgresError as error:
            self.say(str(error))

    def stop(self) -> None:
        """Children first, so that their last words still find the database."""
        living = [child for child in self.children if child.process is not None]
        for child in reversed(living):
            if child.process is not None:
                child.process.terminate()
        until = time.monotonic() + _STOPS_WITHIN
        for child in living:
            if child.process is None:
                continue
            try:
                child.process.wait(timeout=max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not stop in time; killing it.")
                child.process.kill()
                child.process.wait()
        if self.database is not None:
            postgres.stop(self.database.server)

    # --- Signals ------------------------------------------------------------------------------

    _wakeup: socket.socket = field(init=False)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Turn Ctrl-C and SIGTERM into `stopping`; a child's end wakes us."""
        self._wakeup, signalled = socket.socketpair()
        for end in (self._wakeup, signalled):
            end.setblocking(False)
        before = signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
        handlers = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGINT, self._ask_to_stop),
                (signal.SIGTERM, self._ask_to_stop),
                (signal.SIGHUP, self._ask_to_stop),
                (signal.SIGCHLD, _noted),
            )
        }
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            self._wakeup.close()
            signalled.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Only so that the signal is delivered, and with it the byte that wakes us."""


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"was killed by {signal.Signals(-code).name}"
