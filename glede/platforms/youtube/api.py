"""YouTube's API through Google's own client, over our own transport.

The client builds addresses and uploads from YouTube's discovery document; what goes over the wire,
with which token, for how long, and what an answer means is decided here as for every platform.
"""

import functools
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import Any, Protocol

import httplib2
import httpx
import msgspec
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import Error as ClientError

from glede.platforms import http
from glede.platforms.contract import (
    Connection,
    Credential,
    Gone,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.platforms.untrusted import list_at, text_at, value_at
from glede.platforms.youtube import quota
from glede.platforms.youtube.capabilities import LIST_UNITS, QUOTA, UPLOADS, WRITE_UNITS

type Json = dict[str, Any]

BASE_URL = "https://youtube.googleapis.com"
#: Google gives tokens at another host than YouTube's.
_TOKENS_AT = "https://oauth2.googleapis.com/token"

#: A token that ends so soon is renewed before it is used.
_SPARE = timedelta(minutes=1)
#: How long a token holds where the answer does not say.
_TOKEN_HOLDS = timedelta(hours=1)

_NO_UNITS = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_NO_MORE_UPLOADS = "uploadLimitExceeded"
#: What is meant is not there: https://developers.google.com/youtube/v3/docs/errors
_GONE = frozenset({"commentNotFound", "parentCommentNotFound", "commentThreadNotFound"})

_RESUME = 308  # not a redirect here: “go on sending”


class Denied(Refused):
    """YouTube's refusal with its reason in the protocol (`commentsDisabled`, …)."""

    def __init__(self, why: str, *, reason: str) -> None:
        super().__init__(why)
        self.reason = reason


class Call(Protocol):
    """A request Google's client has made ready."""

    def execute(self, http: object) -> Any: ...


class Api:
    """One account's connection. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._credential: Credential = connection.credential
        self._base = connection.base_url.rstrip("/")
        seconds = float(connection.settings.get("timeout_seconds") or 20)
        self._http = http.client(base_url=self._base, seconds=seconds)

    @property
    def service(self) -> Any:
        """Google's client for this address."""
        return _built(self._base)

    def read(self, call: Call, *, now: datetime) -> Json:
        return self._run(call, units=LIST_UNITS, write=False, now=now)

    def write(self, call: Call, *, now: datetime) -> Json:
        return self._run(call, units=WRITE_UNITS, write=True, now=now)

    def publish(self, call: Call, *, now: datetime) -> Json:
        """An upload; YouTube counts these apart."""
        return self._run(call, units=1, write=True, now=now, budget=UPLOADS)

    def close(self) -> None:
        self._http.close()

    def _run(
        self, call: Call, *, units: int, write: bool, now: datetime, budget: str = QUOTA
    ) -> Json:
        # Refused calls cost as much as others.
        self._connection.meter.spend(budget, quota.day(now), units)
        try:
            found = call.execute(http=_Wire(self, write=write, now=now))
        except (ClientError, ValueError) as error:
            why = "YouTube's answer could not be read."
            raise (OutcomeUnknown(why) if write else TryAgain(why)) from error
        return found if isinstance(found, dict) else {}

    # --- Tokens ----------------------------------------------------------------------------

    def token(self, *, now: datetime) -> str:
        if not self._credential.get("access_token"):
            raise Reconnect("No token is stored for this account. Connect it again.")
        ends = _when(self._credential.get("expires_at", ""))
        if ends is not None and ends - _SPARE <= now:
            self.renew(now=now)
        return self._credential["access_token"]

    def renew(self, *, now: datetime) -> None:
        self._credential = self._connection.renew(self._credential, self._asking(now))

    def renewable(self) -> bool:
        return bool(self._credential.get("refresh_token"))

    def _asking(self, now: datetime) -> Callable[[Credential], Credential]:
        def ask(old: Credential) -> Credential:
            refresh = old.get("refresh_token", "")
            if not refresh:
                raise Reconnect("The token ended and cannot be renewed. Connect the account again.")
            form = {"grant_type": "refresh_token", "refresh_token": refresh}
            where = tokens_at(self._base, self._connection.settings)
            return token(where, self._connection.app, form, before=old, now=now)

        return ask

    def send(self, request: httpx.Request, *, write: bool) -> httpx.Response:
        try:
            return self._http.send(request)
        except httpx.TransportError as error:
            raise http.lost(error, write=write) from error

    def build(
        self, method: str, uri: str, *, content: bytes, headers: Mapping[str, str]
    ) -> httpx.Request:
        return self._http.build_request(method, uri, content=content or None, headers=headers)


class _Wire:
    """What Google's client takes for its HTTP library: one call's worth of ours."""

    def __init__(self, api: Api, *, write: bool, now: datetime) -> None:
        self._api = api
        self._write = write
        self._now = now

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **_more: object,
    ) -> tuple[httplib2.Response, bytes]:
        content = body.read() if hasattr(body, "read") else body or b""
        content = content.encode() if isinstance(content, str) else content
        # An upload that is only announced has changed nothing yet.
        announced = method == "POST" and "uploadType=resumable" in uri
        write = self._write and not announced
        response = self._once(method, uri, content, headers or {}, write=write)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._api.renewable():
            # Refused before anything was done: once more is safe for writes too.
            self._api.renew(now=self._now)
            response = self._once(method, uri, content, headers or {}, write=write)
        if not response.is_success and response.status_code != _RESUME:
            raise meaning(response, write=write, now=self._now)
        told = {name.lower(): value for name, value in response.headers.items()}
        return httplib2.Response({**told, "status": response.status_code}), response.content

    def _once(
        self, method: str, uri: str, content: bytes, headers: Mapping[str, str], *, write: bool
    ) -> httpx.Response:
        own = {
            name: value
            for name, value in headers.items()
            if name.lower() not in ("content-length", "accept-encoding", "user-agent")
        }
        own["authorization"] = f"Bearer {self._api.token(now=self._now)}"
        request = self._api.build(method, uri, content=content, headers=own)
        return self._api.send(request, write=write)


@functools.lru_cache(maxsize=4)
def _built(base: str) -> Any:
    """Google's client, from YouTube's own description of its API that it ships with. It keeps
    nothing of a call, so that all accounts of an address share one."""
    shipped = resources.files("googleapiclient") / "discovery_cache/documents/youtube.v3.json"
    document = json.loads(shipped.read_text(encoding="utf-8"))
    # Uploads go by the document's root alone.
    document |= {"rootUrl": f"{base}/", "baseUrl": f"{base}/"}
    # The client wants some HTTP to be made; each call brings its own.
    return build_from_document(document, http=object(), client_options={"api_endpoint": f"{base}/"})


def tokens_at(base_url: str, settings: Mapping[str, str]) -> str:
    base = base_url.rstrip("/")
    return settings.get("token_url") or (_TOKENS_AT if base == BASE_URL else f"{base}/oauth2/token")


def token(
    where: str,
    app: Mapping[str, str],
    form: Mapping[str, str],
    *,
    before: Credential | None = None,
    now: datetime,
) -> dict[str, str]:
    """Asks for a token and returns it as a credential; raises the contract's errors."""
    fields = {
        **form,
        "client_id": app.get("client_id", ""),
        "client_secret": app.get("client_secret", ""),
    }
    try:
        with http.client(base_url=where) as client:
            response = client.post(where, data=fields)
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    said = decoded(response.content)
    if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED}:
        why = text_at(said, "error_description") or text_at(said, "error") or "it is over"
        raise Reconnect(f"Google gives no token any more ({why}). Connect the account again.")
    if not response.is_success:
        raise meaning(response, write=False, now=now)
    if not text_at(said, "access_token"):
        raise TryAgain("Google gave no token.")
    seconds = value_at(said, "expires_in")
    holds = timedelta(seconds=seconds) if isinstance(seconds, int) else _TOKEN_HOLDS
    old = before or {}
    return {
        **old,
        "access_token": text_at(said, "access_token"),
        "refresh_token": text_at(said, "refresh_token") or old.get("refresh_token", ""),
        "expires_at": (now + holds).isoformat(),
        "scope": text_at(said, "scope") or old.get("scope", ""),
    }


def meaning(response: httpx.Response, *, write: bool, now: datetime) -> PlatformError:
    """The contract's error for an answer other than “done”, by the reason YouTube gives."""
    found = decoded(response.content)
    first = next(iter(list_at(found, "error", "errors")), None)
    reason = text_at(first, "reason")
    said = text_at(found, "error", "message") or text_at(first, "message")
    words = f"{reason}: {said}" if reason else said or response.reason_phrase
    if reason in _NO_UNITS:
        at = quota.next_day(now)
        return TryAgain(f"Today's units at YouTube are spent ({words}).", at=at)
    if reason == _NO_MORE_UPLOADS:
        return TryAgain(f"YouTube takes no more videos today ({words}).", at=quota.next_day(now))
    if reason in _TOO_FAST:
        at = http.retry_at(response.headers, now=now)
        return TryAgain(f"Too many calls at once ({words}).", at=at)
    means = http.refusal(response.status_code, response.headers, reason=words, write=write, now=now)
    if reason in _GONE or response.status_code == httpx.codes.NOT_FOUND:
        return Gone(str(means))
    return Denied(str(means), reason=reason) if type(means) is Refused else means


def decoded(content: bytes) -> Json:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _when(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None
