"""The instance's stream of server-sent events: what is said to us and deleted, as it happens.

Nothing is replayed, so every new connection begins with a gap.
https://docs.joinmastodon.org/methods/streaming/
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from random import uniform
from time import monotonic, sleep
from typing import Any

import httpx
import msgspec

from glede.kit import clock
from glede.platforms import http
from glede.platforms.contract import Batch, Cursor, PlatformError, RawEvent, Reconnect, TryAgain
from glede.platforms.mastodon.collect import concerns, deleted, wrapped
from glede.platforms.mastodon.network import Network
from glede.platforms.untrusted import Json, object_at, text_at

_PATH = "/api/v1/streaming/user"
_LISTEN_SECONDS = 0.25
#: The instance thumps every 15 seconds; after so long without it, nobody is there.
_SILENT_SECONDS = 45.0
_OPEN_SECONDS = 10.0
_LONGEST_PAUSE = 60.0
#: A connection that stood this long was healthy: the next pause is short again.
_HEALTHY_SECONDS = 60.0
_MOST_LINE = 4 * 1024 * 1024


def batches(network: Network, cursor: Cursor, *, stop: Callable[[], bool]) -> Iterator[Batch]:
    """Raises `Reconnect` and `Refused`; comes back by itself after everything else."""
    pauses = 0
    while not stop():
        opened_at = monotonic()
        try:
            with _Line(network) as line:
                yield from _turns(network, line, cursor, stop=stop)
        except TryAgain:
            yield Batch(events=(), cursor=cursor, gap=False)
        pauses = 0 if monotonic() - opened_at > _HEALTHY_SECONDS else pauses + 1
        _pause(min(0.5 * 2**pauses, _LONGEST_PAUSE) * uniform(0.75, 1.25), stop)  # noqa: S311


def _turns(
    network: Network, line: "_Line", cursor: Cursor, *, stop: Callable[[], bool]
) -> Iterator[Batch]:
    gap = True
    while not stop():
        said = line.next(_LISTEN_SECONDS)
        if said is None:
            # A batch also says that we still hear, though there is nothing to hear.
            yield Batch(events=(), cursor=cursor, gap=False)
            continue
        event = _event(network, *said, now=clock.now())
        if gap or event is not None:
            yield Batch(events=() if event is None else (event,), cursor=cursor, gap=gap)
        gap = False


def _event(network: Network, kind: str, data: str, *, now: datetime) -> RawEvent | None:
    """None for what does not concern a desk."""
    if kind == "delete":
        native_id = data.strip()
        return deleted(network.us, native_id, at=now) if native_id.isalnum() else None
    said = _json(data)
    match kind:
        case "notification" if text_at(said, "type") in {"mention", "quote"}:
            status, at = object_at(said, "status"), text_at(said, "created_at")
        case "update" if text_at(said, "account", "id") == network.us:
            status, at = said, text_at(said, "created_at")
        case "status.update" if concerns(said, network.us):
            status, at = said, text_at(said, "created_at")
        case _:
            return None
    return wrapped(network, status, at=at, now=now) if text_at(status, "id") else None


def _json(data: str) -> Json:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _pause(seconds: float, stop: Callable[[], bool]) -> None:
    until = monotonic() + seconds
    while monotonic() < until and not stop():
        sleep(min(_LISTEN_SECONDS, seconds))


@dataclass
class _Line:
    """An open connection, read by a thread of its own: a read cannot be hurried."""

    network: Network
    _heard: "SimpleQueue[tuple[str, str] | PlatformError]" = field(default_factory=SimpleQueue)
    _client: httpx.Client = field(init=False)
    _path: str = field(init=False)

    def __enter__(self) -> "_Line":
        base, authorization = self.network.streaming(now=clock.now())
        self._client = http.client(base_url=base, headers=authorization)
        threading.Thread(target=self._read, name="mastodon-stream", daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.close()

    def next(self, seconds: float) -> tuple[str, str] | None:
        """The next event (the first is the opening, without a kind), None if none came in time.
        Raises what ended the connection."""
        try:
            found = self._heard.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(found, PlatformError):
            raise found
        return found

    def _read(self) -> None:
        timeout = httpx.Timeout(_OPEN_SECONDS, read=_SILENT_SECONDS)
        headers = {"accept": "text/event-stream"}
        try:
            with self._client.stream("GET", _PATH, headers=headers, timeout=timeout) as response:
                if not response.is_success:
                    response.read()
                    self._heard.put(self._refused(response))
                    return
                self._heard.put(("", ""))
                for event in _events(response.iter_lines()):
                    self._heard.put(event)
        except (httpx.HTTPError, httpx.StreamError, RuntimeError, OSError) as error:
            # Also what closing the client under a read raises.
            self._heard.put(TryAgain(f"The stream broke ({type(error).__name__})."))
        else:
            self._heard.put(TryAgain("The instance ended the stream."))

    @staticmethod
    def _refused(response: httpx.Response) -> PlatformError:
        said: Any = http.refusal(
            response.status_code,
            response.headers,
            reason=response.reason_phrase,
            write=False,
            now=clock.now(),
        )
        return said if isinstance(said, Reconnect | TryAgain) else TryAgain(str(said))


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Server-sent events: lines of a field each, an empty one ends it; comments keep it awake."""
    kind, data = "", ""
    for line in lines:
        if not line:
            if kind and data:
                yield kind, data
            kind, data = "", ""
        elif line.startswith("event:"):
            kind = line[len("event:") :].strip()
        elif line.startswith("data:") and len(data) < _MOST_LINE:
            data += line[len("data:") :].strip()
