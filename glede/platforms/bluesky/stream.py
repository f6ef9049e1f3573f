"""The network's stream of commits: what is edited, deleted and said to us, as it happens.

One frame is one commit of somebody's repository. A frame is looked into only if it is of a
repository we watch, or if our own DID stands somewhere in its bytes: that is how a mention of us, a
reply anywhere under our post or a quote of it shows, without decoding the rest of the network.
Times are the server's (`time` of the commit). https://atproto.com/specs/sync#firehose
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import uniform
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import libipld
from atproto_core.car import CAR
from atproto_core.cid import CID
from atproto_core.exceptions import AtProtocolError
from atproto_subscription import ErrorFrame, Frame, MessageFrame
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from glede.platforms.bluesky.names import POST, Address
from glede.platforms.http import USER_AGENT
from glede.platforms.untrusted import list_at, text_at, time_at, value_at

type Json = dict[str, Any]

_METHOD = "com.atproto.sync.subscribeRepos"
_RELAY = "wss://bsky.network"
_MOST_BYTES = 5 * 1024 * 1024
_LISTEN_SECONDS = 0.25
_BEHIND_SECONDS = 0.01
_TURN_SECONDS = 2.0
_TURN_CHANGES = 200
_OPEN_SECONDS = 10.0
_LONGEST_PAUSE = 60.0
#: A connection that stood this long was healthy: the next pause is short again.
_HEALTHY_SECONDS = 60.0
_KEPT_REPOS = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """One operation on one post. `record` is empty for a deletion."""

    action: str  # create | update | delete
    uri: str
    cid: str
    rev: str
    at: datetime
    record: Json


@dataclass(frozen=True, slots=True)
class Turn:
    """What came within seconds: changes, where to go on from, whether some are missing."""

    changes: tuple[Change, ...]
    cursor: str
    gap: bool


def address_of(base_url: str, stream_url: str) -> str:
    """Where to listen. The public service's own host has no stream: its network's relay has."""
    if stream_url:
        return stream_url.rstrip("/")
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if host == "bsky.social" or host.endswith(".bsky.network"):
        return _RELAY
    scheme = "ws" if parts.scheme == "http" else "wss"
    return urlunsplit((scheme, parts.netloc, "", "", ""))


@dataclass
class Listener:
    """Listens until told to stop; comes back by itself when the connection breaks."""

    url: str
    us: str
    cursor: str
    stop: Callable[[], bool]
    watched: Callable[[], frozenset[str]]
    _gap: bool = False
    _pauses: int = 0
    _changes: list[Change] = field(default_factory=list)
    _revisions: dict[str, str] = field(default_factory=dict)
    #: Who wrote to us on this stream: watched at once, before the desk knows them.
    _met: dict[str, None] = field(default_factory=dict)

    def turns(self) -> Iterator[Turn]:
        while not self.stop():
            # Without a place to go on from, whatever happened before now is not in the stream.
            self._gap = self._gap or not self.cursor
            opened_at = monotonic()
            connection = self._open()
            if connection is not None:
                with connection, suppress(WebSocketException, OSError):
                    yield from self._listen(connection)
            yield self._turn()
            self._pause(healthy=monotonic() - opened_at > _HEALTHY_SECONDS)

    def _open(self) -> ClientConnection | None:
        """Connecting may hang longer than `stop` may wait, so it happens aside."""
        query = f"?{urlencode({'cursor': self.cursor})}" if self.cursor else ""
        opener = ThreadPoolExecutor(max_workers=1)
        opening: Future[ClientConnection] = opener.submit(
            connect,
            f"{self.url}/xrpc/{_METHOD}{query}",
            open_timeout=_OPEN_SECONDS,
            close_timeout=_LISTEN_SECONDS,
            max_size=_MOST_BYTES,
            user_agent_header=USER_AGENT,
        )
        opener.shutdown(wait=False)
        while not self.stop():
            try:
                return opening.result(timeout=_LISTEN_SECONDS)
            except TimeoutError:
                if opening.done():
                    return None
            except (WebSocketException, OSError):
                return None
        opening.add_done_callback(_close)
        return None

    def _listen(self, connection: ClientConnection) -> Iterator[Turn]:
        turn_over = monotonic() + _TURN_SECONDS
        watched = self.watched()
        while not self.stop():
            # With something in hand, wait only for what is right behind it.
            data = _next(connection, _BEHIND_SECONDS if self._changes else _LISTEN_SECONDS)
            if data and not self._take(data, watched):
                return
            in_hand = len(self._changes)
            if (in_hand and not data) or in_hand >= _TURN_CHANGES or monotonic() > turn_over:
                yield self._turn()
                turn_over = monotonic() + _TURN_SECONDS
                watched = self.watched()

    def _turn(self) -> Turn:
        turn = Turn(changes=tuple(self._changes), cursor=self.cursor, gap=self._gap)
        self._changes, self._gap = [], False
        return turn

    def _pause(self, *, healthy: bool) -> None:
        self._pauses = 0 if healthy else self._pauses + 1
        seconds = min(0.5 * 2**self._pauses, _LONGEST_PAUSE) * uniform(0.75, 1.25)  # noqa: S311
        until = monotonic() + seconds
        while monotonic() < until and not self.stop():
            sleep(min(_LISTEN_SECONDS, seconds))

    # --- Frames ----------------------------------------------------------------------------

    def _take(self, data: bytes, watched: frozenset[str]) -> bool:
        """False if the server ended the stream."""
        try:
            frame = Frame.from_bytes(data)
        except (AtProtocolError, ValueError, TypeError, RecursionError):
            self._gap = True  # whatever it was, we did not see it
            return True
        if isinstance(frame, ErrorFrame):
            self._ended(frame)
            return False
        if isinstance(frame, MessageFrame):
            self._message(frame.type or "", frame.body, data, watched)
        return True

    def _ended(self, frame: ErrorFrame) -> None:
        if frame.body.error == "FutureCursor":
            # The server was set up anew: our place in its stream means nothing any more.
            self.cursor = ""
        self._gap = True

    def _message(self, kind: str, body: Json, data: bytes, watched: frozenset[str]) -> None:
        if kind == "#info":
            self._gap = self._gap or text_at(body, "name") == "OutdatedCursor"
            return
        seq = value_at(body, "seq")
        if isinstance(seq, int):
            self.cursor = str(seq)
        repo = text_at(body, "repo") or text_at(body, "did")
        mine = repo == self.us or repo in watched or repo in self._met
        if not mine and self.us.encode() not in data:
            return
        if kind == "#sync" or (kind == "#account" and body.get("active") is False):
            self._gap = True  # the repository was replaced as a whole, or is gone with all posts
        elif kind == "#commit":
            self._commit(repo, body, mine=mine)

    def _commit(self, repo: str, body: Json, *, mine: bool) -> None:
        at = time_at(body, "time")
        if at is None or body.get("tooBig") is True:
            self._gap = True
            return
        if mine:
            self._continues(repo, body)
        ops = [op for op in list_at(body, "ops") if text_at(op, "path").startswith(f"{POST}/")]
        if not mine:
            ops = [op for op in ops if text_at(op, "action") == "create"]
        if not ops:
            return
        blocks = _blocks(body) if any(op.get("cid") for op in ops) else {}
        for op in ops:
            self._operation(repo, op, blocks, rev=text_at(body, "rev"), at=at)

    def _continues(self, repo: str, body: Json) -> None:
        """Each commit names the one before it; another name than the last we saw is a hole."""
        last = self._revisions.pop(repo, "")
        self._gap = self._gap or (last != "" and text_at(body, "since") != last)
        self._revisions[repo] = text_at(body, "rev")
        if len(self._revisions) > _KEPT_REPOS:
            del self._revisions[next(iter(self._revisions))]

    def _operation(
        self, repo: str, op: Json, blocks: Mapping[str, Json], *, rev: str, at: datetime
    ) -> None:
        action = text_at(op, "action")
        uri = str(Address(repo, POST, text_at(op, "path").removeprefix(f"{POST}/")))
        cid = _cid(op.get("cid"))
        record = blocks.get(cid, {})
        if action in {"create", "update"} and not record:
            self._gap = True
            return
        if action == "create" and repo != self.us:
            if not concerns(record, self.us):
                return
            self._meet(repo)
        self._changes.append(Change(action=action, uri=uri, cid=cid, rev=rev, at=at, record=record))

    def _meet(self, repo: str) -> None:
        self._met[repo] = None
        if len(self._met) > _KEPT_REPOS:
            del self._met[next(iter(self._met))]


def _next(connection: ClientConnection, seconds: float) -> bytes:
    """The next frame; empty if none came in time. Text frames are not of this protocol."""
    try:
        data = connection.recv(timeout=seconds)
    except TimeoutError:
        return b""
    return data if isinstance(data, bytes) else b""


def concerns(record: Json, us: str) -> bool:
    """Whether our DID stands in the record itself (a mention, a reply under ours, a quote)."""
    return us in repr({name: record.get(name) for name in ("reply", "facets", "embed")})


def _blocks(body: Json) -> dict[str, Json]:
    try:
        car = CAR.from_bytes(body.get("blocks") or b"")
    except (AtProtocolError, ValueError, TypeError, RecursionError):
        return {}
    return {str(cid): plain(block) for cid, block in car.blocks.items() if isinstance(block, dict)}


def plain(value: object) -> Any:
    """DAG-CBOR as the JSON the AppView would show: links and bytes have their own spelling."""
    match value:
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case bytes():
            cid = _cid(value)
            return {"$link": cid} if cid else {"$bytes": value.hex()}
        case CID():
            return {"$link": str(value)}
    return value


def _cid(value: object) -> str:
    if isinstance(value, CID):
        return str(value)
    if not isinstance(value, bytes | str):
        return ""
    try:
        return value if isinstance(value, str) else str(libipld.encode_cid(value))
    except ValueError:
        return ""


def _close(opening: Future[ClientConnection]) -> None:
    with suppress(WebSocketException, OSError):
        opening.result().close()
