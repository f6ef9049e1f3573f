"""Calls to a Bluesky server (PDS) on the kept `atproto` client: session, time-outs, outcomes.

Answers stay plain JSON: the client's models refuse a whole page for one record of a stranger that
does not fit them, and a desk must read the other ninety-nine.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import httpx
from atproto_client import Client
from atproto_client.client.session import Session, SessionEvent
from atproto_client.exceptions import AtProtocolError, RequestErrorBase
from atproto_client.models.common import XrpcError
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import Request

from glede.platforms import http
from glede.platforms.contract import (
    Connection,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)

type Json = dict[str, Any]

#: createSession is limited to 30 in 5 minutes and 300 a day per account
#: (https://docs.bsky.app/docs/advanced-guides/rate-limits); we stop well before being stopped.
MOST_SIGN_INS = 10
SIGN_INS_WITHIN = timedelta(minutes=5)

#: The session is over, the account is not: signing in again is enough.
_STALE = frozenset({"ExpiredToken", "InvalidToken"})

#: The account or its app password is over: a person has to act.
_DEAD = frozenset(
    {
        "AccountTakedown",
        "AccountDeactivated",
        "AccountSuspended",
        "AuthFactorTokenRequired",
        "AuthMissing",
        "AuthenticationRequired",
        "RepoDeactivated",
        "RepoTakendown",
    }
)

_JSON = {"input_encoding": "application/json", "output_encoding": "application/json"}


class Denied(Refused):
    """The server's refusal, with the error's name in the protocol (`RecordNotFound`, …)."""

    def __init__(self, why: str, *, name: str) -> None:
        super().__init__(why)
        self.name = name


class Broken(OutcomeUnknown):
    """A write was answered with an error of the server's own (5xx); it may stand all the same."""


class _Pinned(Client):  # type: ignore[misc]  # atproto ships no types
    """The kept client, which would move to the address in the account's DID document."""

    def update_base_url(self, base_url: str | None = None) -> None:
        """Stays where the account was connected, also for the threads beside a refresh."""


class Network:
    """One account's connection. Thread-safe; signs in at the first call and keeps the session."""

    def __init__(self, connection: Connection) -> None:
        self._identifier = connection.credential.get("identifier", "")
        self._password = connection.credential.get("password", "")
        base_url = connection.base_url.rstrip("/")
        seconds = float(connection.settings.get("timeout_seconds") or 20)
        self._client = _Pinned(
            base_url,
            Request(timeout=http.timeouts(seconds), event_hooks=http.stay(base_url)),
        )
        self._client.request.add_additional_header("User-Agent", http.USER_AGENT)
        self._client.on_session_change(self._remember)
        self._lock = Lock()
        self._did = ""
        self._handle = ""
        self._generation = 0
        self._sign_ins: deque[datetime] = deque(maxlen=MOST_SIGN_INS)
        self._not_before: datetime | None = None
        self._dead: Reconnect | None = None

    def who(self, *, now: datetime) -> tuple[str, str]:
        """DID and handle of the account; signs in if that has not happened yet."""
        self._signed_in(now=now)
        return self._did, self._handle

    def query(self, nsid: str, params: Mapping[str, Any], *, now: datetime) -> Json:
        return self._call(
            lambda: self._client.invoke_query(nsid, params=DotDict(dict(params))),
            write=False,
            now=now,
        )

    def procedure(self, nsid: str, data: Mapping[str, Any], *, now: datetime) -> Json:
        return self._call(
            lambda: self._client.invoke_procedure(nsid, data=DotDict(dict(data)), **_JSON),
            write=True,
            now=now,
        )

    def upload(self, content: bytes, content_type: str, *, now: datetime) -> Json:
        """A blob's reference. The server sweeps unused blobs, so a lost answer costs nothing."""
        return self._call(
            lambda: self._client.invoke_procedure(
                "com.atproto.repo.uploadBlob",
                content=content,
                headers={"Content-Type": content_type},
            ),
            write=False,
            now=now,
        )

    def close(self) -> None:
        self._client.request.close()

    # --- Session ---------------------------------------------------------------------------

    def _remember(self, event: SessionEvent, session: Session) -> None:  # noqa: ARG002
        self._did, self._handle = session.did, session.handle

    def _signed_in(self, *, now: datetime) -> int:
        with self._lock:
            if self._generation == 0:
                self._sign_in(now=now)
            return self._generation

    def _sign_in_again(self, *, after: int, now: datetime) -> None:
        with self._lock:
            if self._generation == after:  # else another thread has just done it
                self._sign_in(now=now)

    def _sign_in(self, *, now: datetime) -> None:
        if self._dead is not None:
            raise Reconnect(str(self._dead))
        if not (self._identifier and self._password):
            raise Reconnect("No identifier or app password is stored for this account.")
        self._hold_back(now=now)
        try:
            self._client.login(self._identifier, self._password, fetch_bsky_profile=False)
        except (AtProtocolError, httpx.TransportError, ValueError) as error:
            means = meaning(error, write=False, now=now)
            if isinstance(means, TryAgain):
                self._not_before = means.at
            elif not isinstance(means, Reconnect):
                means = Reconnect(str(means))
            if isinstance(means, Reconnect):
                self._dead = means
            raise means from error
        self._sign_ins.append(now)
        self._generation += 1

    def _hold_back(self, *, now: datetime) -> None:
        if self._not_before is not None and now < self._not_before:
            raise TryAgain("The server asked us to wait before signing in.", at=self._not_before)
        if len(self._sign_ins) == MOST_SIGN_INS:
            free_at = self._sign_ins[0] + SIGN_INS_WITHIN
            if now < free_at:
                raise TryAgain("The session ended too often; waiting to sign in.", at=free_at)

    # --- Calls -----------------------------------------------------------------------------

    def _call(self, invoke: Callable[[], Any], *, write: bool, now: datetime) -> Json:
        generation = self._signed_in(now=now)
        try:
            return _content(invoke())
        except (AtProtocolError, httpx.TransportError, ValueError) as error:
            if _name(error) not in _STALE:
                raise meaning(error, write=write, now=now) from error
        # A refused token was refused before anything was done: once more is safe for writes too.
        self._sign_in_again(after=generation, now=now)
        try:
            return _content(invoke())
        except (AtProtocolError, httpx.TransportError, ValueError) as error:
            raise meaning(error, write=write, now=now) from error


def meaning(error: Exception, *, write: bool, now: datetime) -> PlatformError:
    """The contract's error for one of the client's."""
    cause = error.__cause__ if isinstance(error, RequestErrorBase) else error
    if isinstance(cause, httpx.TransportError):
        return http.lost(cause, write=write)
    response = error.response if isinstance(error, RequestErrorBase) else None
    if response is None:
        why = "The server's answer could not be read."
        return OutcomeUnknown(why) if write else TryAgain(why)
    name, said = _name(error), _said(error)
    if name in _DEAD:
        return Reconnect(f"The server answered {name}: {said}")
    if name in _STALE:
        return TryAgain(f"The server refused a new session twice ({name}: {said}).")
    means = http.refusal(
        response.status_code,
        response.headers,
        reason=f"{name}: {said}" if name else said,
        write=write,
        now=now,
    )
    if type(means) is Refused:
        return Denied(str(means), name=name)
    return Broken(str(means)) if isinstance(means, OutcomeUnknown) else means


def _content(response: Any) -> Json:
    if not isinstance(response.content, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - classified with other bad JSON
    return response.content


def _name(error: Exception) -> str:
    content = _error_content(error)
    return str(content.error or "") if content else ""


def _said(error: Exception) -> str:
    content = _error_content(error)
    return str(content.message or "") if content else ""


def _error_content(error: Exception) -> XrpcError | None:
    response = error.response if isinstance(error, RequestErrorBase) else None
    content = response.content if response is not None else None
    return content if isinstance(content, XrpcError) else None
