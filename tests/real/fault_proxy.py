"""A proxy in front of a real server, which a test tells to refuse, hang, forget or be watched.

Everything passes through unchanged until a fault is set. A fault names the calls it is for by
their XRPC name (`com.atproto.repo.*` takes several), may be narrowed by a condition, and goes
once it was used as often as asked.
"""

import contextlib
import http.client
import json
import select
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_FOR_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_PATIENCE_SECONDS = 60
_XRPC = "/xrpc/"


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came; header names in lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def name(self) -> str:
        """The XRPC name; for anything else the path."""
        return self.path.removeprefix(_XRPC)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def of_json(
        cls, status: int, content: object, *, headers: Mapping[str, str] | None = None
    ) -> Self:
        own = {"content-type": "application/json", **(headers or {})}
        return cls(status=status, headers=tuple(own.items()), body=json.dumps(content).encode())


type Forward = Callable[[], Reply]
#: What a fault does with a call; None hangs up without an answer.
type Act = Callable[[Request, Forward], Reply | None]


def _every(_request: Request) -> bool:
    return True


@dataclass(eq=False, slots=True)
class Fault:
    """Set on the proxy; tells how often it happened and can be taken back."""

    name: str
    act: Act
    only: Callable[[Request], bool]
    left: int | None
    seen: list[Request] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def takes(self, request: Request) -> bool:
        """Whether this call is one of ours; counts it if so."""
        with self._changed:
            if self.ended.is_set() or self.left == 0:
                return False
            if not fnmatchcase(request.name, self.name) or not self.only(request):
                return False
            if self.left is not None:
                self.left -= 1
            self.seen.append(request)
            self._changed.notify_all()
            return True

    def wait(self, *, times: int = 1, within_seconds: float = 30) -> None:
        """Until that many calls met this fault."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.seen) >= times, within_seconds):
                raise AssertionError(
                    f"{self.name} was called {len(self.seen)} times in {within_seconds:g} seconds, "
                    f"not {times}."
                )

    def end(self) -> None:
        """No further call meets it; calls held by it are hung up."""
        self.ended.set()


class FaultProxy:
    """Listens on a free loopback port; `upstream` may become known later than the first call."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._guard = threading.Lock()
        self._upstream_known = threading.Event()
        self._upstream_port = 0
        self._open: set[socket.socket] = set()
        self._streams: set[socket.socket] = set()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()
        self._server.shutdown()
        self._thread.join()
        with self._guard:
            for connection in self._open:
                _hang_up(connection)
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def send_to(self, port: int) -> None:
        self._upstream_port = port
        self._upstream_known.set()

    # --- Faults ------------------------------------------------------------------------------

    def set(
        self,
        name: str,
        act: Act,
        *,
        times: int | None = 1,
        only: Callable[[Request], bool] = _every,
    ) -> Fault:
        """The newest fault that takes a call decides what becomes of it; times=None: every one."""
        return self._add(Fault(name=name, act=act, only=only, left=times))

    def _add(self, fault: Fault) -> Fault:
        with self._guard:
            self._faults.insert(0, fault)
        return fault

    def answer(self, name: str, reply: Reply, *, times: int | None = 1) -> Fault:
        """Answer without asking the server."""
        return self.set(name, lambda _request, _forward: reply, times=times)

    def refuse(self, name: str, *, status: int, error: str, times: int | None = 1) -> Fault:
        """An XRPC error, such as 400 ExpiredToken or 400 AccountTakedown."""
        content = {"error": error, "message": f"{error} (set by a test)"}
        return self.answer(name, Reply.of_json(status, content), times=times)

    def limit_rate(self, name: str, *, reset_at: int, times: int | None = 1) -> Fault:
        """429 with the headers of Bluesky's servers; `reset_at` is in Unix seconds."""
        headers = {
            "ratelimit-limit": "3000",
            "ratelimit-remaining": "0",
            "ratelimit-reset": str(reset_at),
            "ratelimit-policy": "3000;w=300",
        }
        content = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return self.answer(name, Reply.of_json(429, content, headers=headers), times=times)

    def hold(self, name: str, *, times: int | None = 1) -> Fault:
        """Neither forwarded nor answered until the fault is ended: then hung up."""
        ended = threading.Event()

        def wait(_request: Request, _forward: Forward) -> None:
            ended.wait()

        return self._add(Fault(name=name, act=wait, only=_every, left=times, ended=ended))

    def lose_answer(self, name: str, *, times: int | None = 1) -> Fault:
        """The server did it; nobody hears of it."""

        def lose(_request: Request, forward: Forward) -> None:
            forward()

        return self.set(name, lose, times=times)

    def spoil_answer(self, name: str, *, status: int = 502, times: int | None = 1) -> Fault:
        """The server did it; the caller is told of an error."""

        def spoil(_request: Request, forward: Forward) -> Reply:
            forward()
            return Reply(status=status, headers=(("content-type", "text/html"),), body=b"<html>")

        return self.set(name, spoil, times=times)

    def before(self, name: str, do: Callable[[Request], None], *, times: int | None = 1) -> Fault:
        """Call `do` when the request is here and the server has not seen it yet."""

        def act(request: Request, forward: Forward) -> Reply:
            do(request)
            return forward()

        return self.set(name, act, times=times)

    def after(self, name: str, do: Callable[[Request], None], *, times: int | None = 1) -> Fault:
        """Call `do` when the server has done it and the caller does not know yet."""

        def act(request: Request, forward: Forward) -> Reply:
            reply = forward()
            do(request)
            return reply

        return self.set(name, act, times=times)

    def clear(self) -> None:
        with self._guard:
            faults, self._faults = self._faults, []
        for fault in faults:
            fault.end()

    def cut_streams(self) -> int:
        """End every open WebSocket, as a restart of the server would; says how many."""
        with self._guard:
            streams, self._streams = self._streams, set()
        for stream in streams:
            _hang_up(stream)
        return len(streams)

    # --- Used by the connections -------------------------------------------------------------

    def fault_for(self, request: Request) -> Fault | None:
        with self._guard:
            faults = list(self._faults)
        return next((fault for fault in faults if fault.takes(request)), None)

    def upstream(self) -> int:
        if not self._upstream_known.wait(_PATIENCE_SECONDS):
            raise ConnectionAbortedError("The server behind the proxy did not start.")
        return self._upstream_port

    @contextlib.contextmanager
    def kept_open(self, connection: socket.socket) -> Iterator[None]:
        with self._guard:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._guard:
                self._open.discard(connection)
                self._streams.discard(connection)

    def is_stream(self, connection: socket.socket) -> None:
        with self._guard:
            self._streams.add(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Hanging up is what this proxy is for: a broken connection is no news."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        with self.server.proxy.kept_open(self.connection), contextlib.suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing: the test says what it wants to know."""

    def _pass(self) -> None:
        request = Request(
            method=self.command,
            target=self.path,
            headers=tuple((key.lower(), value) for key, value in self.headers.items()),
            body=self._body(),
        )
        proxy = self.server.proxy
        fault = proxy.fault_for(request)
        if fault is None and request.header("upgrade"):
            proxy.is_stream(self.connection)
            _pipe(self.connection, request, port=proxy.upstream())
            self.close_connection = True
            return

        def forward() -> Reply:
            return _forward(request, port=proxy.upstream())

        reply = forward() if fault is None else fault.act(request, forward)
        if reply is None:
            self.close_connection = True
            _hang_up(self.connection)
            return
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _pass  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in (self.headers.get("transfer-encoding") or ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _send(self, reply: Reply) -> None:
        lines = [f"HTTP/1.1 {reply.status} {http.client.responses.get(reply.status, '')}"]
        lines += [f"{key}: {value}" for key, value in reply.headers]
        if self.command != "HEAD" and reply.status not in {204, 304}:
            lines.append(f"content-length: {len(reply.body)}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        self.wfile.write(head.encode("latin-1") + reply.body)


def _forward(request: Request, *, port: int) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    try:
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for key, value in request.headers:
            if key not in _FOR_ONE_HOP:
                connection.putheader(key, value)
        if request.body or request.method in {"POST", "PUT"}:
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        kept = tuple(
            (key, value) for key, value in answer.getheaders() if key.lower() not in _FOR_ONE_HOP
        )
        return Reply(status=answer.status, headers=kept, body=answer.read())
    finally:
        connection.close()


def _pipe(client: socket.socket, request: Request, *, port: int) -> None:
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{key}: {value}" for key, value in request.headers]
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as server:
        server.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        other = {client: server, server: client}
        while True:
            for ready in select.select(list(other), [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                other[ready].sendall(data)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
