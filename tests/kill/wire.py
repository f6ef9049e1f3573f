"""A line between a process and PostgreSQL that knows the door's commit when it passes by.

Every byte passes through unchanged. When a shot is set, the door's next statement that keeps raw
events is met at one of three places: before the server saw it, on its way, or when the server has
committed it and the door does not know yet.

The messages are those of PostgreSQL's protocol 3:
https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

_KEEPS = b"INSERT INTO intake_rawevent"
_DOOR = b"application_name\0glede door\0"
#: How the keys of signed events begin.
_KEY = b"hook:"
_READY = b"Z\0\0\0\5"
_PROTOCOL_3 = 3


class Place(StrEnum):
    UNSEEN = "before PostgreSQL saw it"
    UNDERWAY = "while PostgreSQL was at it"
    COMMITTED = "after PostgreSQL committed it"


@dataclass(eq=False, slots=True)
class Shot:
    """Fired once, inside a commit of the door."""

    place: Place
    act: Callable[[], None]
    #: How many commits pass by first, counting those alone that hold at least `least` events.
    after: int
    least: int
    #: How many events were in the commit it was fired in.
    events: int = 0
    fired: threading.Event = field(default_factory=threading.Event)


class Wire:
    """Listens on a free loopback port and leads to the server's socket."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._shot: Shot | None = None
        self._guard = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._thread = threading.Thread(target=self._listen, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._guard:
            for end in self._open:
                _hang_up(end)
        self._thread.join()

    def set(self, shot: Shot) -> None:
        with self._guard:
            self._shot = shot

    def unset(self) -> None:
        with self._guard:
            self._shot = None

    def take(self, *, events: int) -> Shot | None:
        """The shot, if this commit is the one it is for."""
        with self._guard:
            shot = self._shot
            if shot is None or events < shot.least:
                return None
            if shot.after > 0:
                shot.after -= 1
                return None
            self._shot = None
            return shot

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            try:
                server.connect(self._server)
            except OSError:
                return
            ends = {client, server}
            with self._guard:
                self._open |= ends
            try:
                _Line(self, client, server).run()
            finally:
                with self._guard:
                    self._open -= ends


class _Line:
    """One connection."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self._wire = wire
        self._client, self._server = client, server
        self._unread = b""
        self._started = False
        self._is_doors = False
        self._events = 0
        self._statements: set[bytes] = set()
        #: Set while the server's answer to a commit is awaited and not passed on.
        self._held: Shot | None = None

    def run(self) -> None:
        back = threading.Thread(target=self._backwards, daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                if (
                    self._commits(data)
                    and (shot := self._wire.take(events=self._events)) is not None
                ):
                    if not self._meet(shot, data):
                        break
                    continue
                self._server.sendall(data)
        _hang_up(self._server)
        _hang_up(self._client)
        back.join()

    def _meet(self, shot: Shot, data: bytes) -> bool:
        """Whether the line goes on."""
        shot.events = self._events
        if shot.place is Place.UNSEEN:
            _fire(shot)
            return False
        if shot.place is Place.COMMITTED:
            self._held = shot
            self._server.sendall(data)
            return True
        self._server.sendall(data)
        _fire(shot)
        return False

    def _backwards(self) -> None:
        kept = b""
        with contextlib.suppress(OSError):
            while data := self._server.recv(65536):
                if self._held is None:
                    self._client.sendall(data)
                    continue
                kept += data
                if _READY in kept:
                    _fire(self._held)
                    break
        _hang_up(self._client)
        _hang_up(self._server)

    def _commits(self, data: bytes) -> bool:
        """Whether this holds the door's order to keep events."""
        if self._started and not self._is_doors:
            return False
        self._unread += data
        found = False
        while message := self._next():
            kind, body = message
            if kind == b"P":
                name, _, rest = body.partition(b"\0")
                if _KEEPS in rest:
                    self._statements.add(name)
            elif kind == b"B":
                name = body.split(b"\0", 2)[1]
                if name in self._statements:
                    found, self._events = True, body.count(_KEY)
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        head = 1 if self._started else 0
        if len(self._unread) < head + 4:
            return None
        (length,) = struct.unpack_from("!I", self._unread, head)
        if len(self._unread) < head + length:
            return None
        kind, body = self._unread[:head], self._unread[head + 4 : head + length]
        self._unread = self._unread[head + length :]
        if not self._started:
            # A request for encryption comes before and has a number of its own.
            self._started = struct.unpack_from("!H", body)[0] == _PROTOCOL_3
            self._is_doors = _DOOR in body
        return kind, body


def _fire(shot: Shot) -> None:
    shot.act()
    shot.fired.set()


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
