"""Calls to X: token, renewal, what an answer means, what it cost and what is left of the limits."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

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
from glede.platforms.meter import Signal
from glede.platforms.untrusted import list_at, object_at, text_at, value_at
from glede.platforms.x.capabilities import FREE, Price

type Json = dict[str, Any]

#: A token that ends so soon is renewed before it is used.
_SPARE = timedelta(minutes=1)

#: What X gives a token for where its answer says nothing
#: (https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code).
TOKEN_HOLDS = timedelta(hours=2)

_CAPPED = "usage-capped"
#: Until when X is left alone where money or the month's allowance is used up.
_CAP_WAIT = timedelta(hours=1)
_RATE_LIMITED = 88  # the older shape of a 429: https://docs.x.com/x-api/fundamentals/rate-limits


class Denied(Refused):
    """X's refusal, with its status, the last part of the problem's type, and what it said."""

    def __init__(self, why: str, *, status: int, problem: str, said: str) -> None:
        super().__init__(why)
        self.status = status
        self.problem = problem
        self.said = said


class Calls:
    """One account's connection. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._credential: Credential = connection.credential
        seconds = float(connection.settings.get("timeout_seconds") or 20)
        self.http = http.client(base_url=connection.base_url.rstrip("/"), seconds=seconds)

    def get(
        self, path: str, params: Mapping[str, str], *, now: datetime, price: Price = FREE
    ) -> Json:
        """`price` is for each thing in the answer's `data`."""
        answer = self._authorised("GET", path, params=params, write=False, now=now)
        found = answer.get("data")
        self.spend(price, len(found) if isinstance(found, list) else int(bool(found)), now=now)
        return answer

    def write(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        now: datetime,
        price: Price = FREE,
    ) -> Json:
        """`price` is for the call, also if nobody knows what became of it."""
        try:
            answer = self._authorised(method, path, data=data, write=True, now=now)
        except OutcomeUnknown:
            self.spend(price, 1, now=now)
            raise
        self.spend(price, 1, now=now)
        return answer

    def upload(self, path: str, part: bytes, number: int, *, now: datetime) -> None:
        """A part of a file; one that is sent twice stands once."""
        self._authorised(
            "POST",
            path,
            form={"segment_index": str(number)},
            files={"media": ("media", part, "application/octet-stream")},
            write=False,
            now=now,
        )

    def prepare(self, path: str, data: Mapping[str, Any] | None = None, *, now: datetime) -> Json:
        """A call that changes nothing anybody sees; it may be made again."""
        return self._authorised("POST", path, data=data, write=False, now=now)

    def as_app(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        now: datetime | None = None,
    ) -> Json:
        """A call in the app's own name: webhooks, subscriptions and stream rules are the app's."""
        token = self.app_token()
        request = self._request(method, path, data=data, token=token)
        return self._read(self._send(request, write=False, now=now), write=False)

    def app_token(self) -> str:
        token = self._connection.app.get("bearer_token", "")
        if not token:
            raise Refused("The app's bearer token is missing. Fill it in where the app is kept.")
        return token

    def authority(self, *, now: datetime, anew: bool = False) -> dict[str, str]:
        """The header of a call that is made beside these; `anew` after X refused the last."""
        if anew:
            self._renew(now=now)
        return {"authorization": f"Bearer {self.user_token(now=now)}"}

    def user_token(self, *, now: datetime) -> str:
        """A token that holds, renewed if it has to be."""
        if not self._credential.get("access_token"):
            raise Reconnect("No token is stored for this account. Connect it again.")
        ends = _when(self._credential.get("expires_at", ""))
        if ends is not None and ends - _SPARE <= now:
            self._renew(now=now)
        return self._credential["access_token"]

    def spend(self, price: Price, units: int, *, now: datetime) -> None:
        if units:
            day = now.astimezone(UTC).date().isoformat()
            self._connection.meter.spend(price.name, day, units, micros=units * price.micros)

    def close(self) -> None:
        self.http.close()

    # --- Beneath ---------------------------------------------------------------------------

    def _authorised(
        self,
        method: str,
        path: str,
        *,
        write: bool,
        now: datetime,
        **content: Any,
    ) -> Json:
        token = self.user_token(now=now)
        try:
            request = self._request(method, path, token=token, **content)
            return self._read(self._send(request, write=write, now=now), write=write)
        except Reconnect:
            if not self._credential.get("refresh_token"):
                raise
        # A refused token was refused before anything was done: once more is safe for writes too.
        self._renew(now=now)
        token = self._credential["access_token"]
        request = self._request(method, path, token=token, **content)
        return self._read(self._send(request, write=write, now=now), write=write)

    def _renew(self, *, now: datetime) -> None:
        self._credential = self._connection.renew(self._credential, self._asking(now))

    def _asking(self, now: datetime) -> Callable[[Credential], Credential]:
        def ask(old: Credential) -> Credential:
            app = self._connection.app
            form = {"grant_type": "refresh_token", "refresh_token": old.get("refresh_token", "")}
            if not form["refresh_token"]:
                raise Reconnect("The token ended and cannot be renewed. Connect the account again.")
            return token(self.http, app, form, before=old, now=now)

        return ask

    def _request(
        self,
        method: str,
        path: str,
        *,
        token: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> httpx.Request:
        return self.http.build_request(
            method,
            path,
            params=params,
            json=data,
            data=form,
            files=files,
            headers={"authorization": f"Bearer {token}"},
        )

    def _send(self, request: httpx.Request, *, write: bool, now: datetime | None) -> httpx.Response:
        try:
            response = self.http.send(request)
        except httpx.TransportError as error:
            raise http.lost(error, write=write) from error
        now = now or told_at(response)
        self._notice(request, response, now=now)
        if response.is_success:
            return response
        raise meaning(response, write=write, now=now)

    def _read(self, response: httpx.Response, *, write: bool) -> Json:
        if not response.content:
            return {}
        try:
            found = msgspec.json.decode(response.content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            found = None
        if isinstance(found, dict):
            return found
        why = "X's answer could not be read."
        raise OutcomeUnknown(why) if write else TryAgain(why)

    def _notice(self, request: httpx.Request, response: httpx.Response, *, now: datetime) -> None:
        """X says with every answer what is left of that call's limit."""
        limit = _number(response.headers.get("x-rate-limit-limit", ""))
        left = _number(response.headers.get("x-rate-limit-remaining", ""))
        reset = _number(response.headers.get("x-rate-limit-reset", ""))
        if not limit or left is None:
            return
        used = 100.0 * (limit - min(left, limit)) / limit
        until = datetime.fromtimestamp(reset, tz=UTC) if reset else None
        name = f"{request.method} {_nameless(request.url.path)}"
        self._connection.meter.signal(Signal(name, used, at=now, until=until))


def token(
    client: httpx.Client,
    app: Mapping[str, str],
    form: Mapping[str, str],
    *,
    before: Credential | None = None,
    now: datetime,
) -> dict[str, str]:
    """Asks for a token and returns it as a credential; raises the contract's errors.

    An app with a secret proves itself by it, one without by its name alone (RFC 6749, 2.3).
    """
    client_id, secret = app.get("client_id", ""), app.get("client_secret", "")
    # Not `write`: nothing is done on the platform. Yet a refresh token is good for one use, so an
    # answer that got lost may have taken it along; the next try tells.
    auth = httpx.BasicAuth(client_id, secret) if secret else httpx.USE_CLIENT_DEFAULT
    fields = dict(form) if secret else {**form, "client_id": client_id}
    try:
        response = client.post("/2/oauth2/token", data=fields, auth=auth)
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED}:
        said = text_at(decoded(response.content), "error_description")
        raise Reconnect(f"X gives no token any more ({said or 'it is over'}). Connect it again.")
    if not response.is_success:
        raise meaning(response, write=False, now=now)
    found = decoded(response.content)
    if not text_at(found, "access_token"):
        raise TryAgain("X gave no token.")
    seconds = value_at(found, "expires_in")
    holds = timedelta(seconds=seconds) if isinstance(seconds, int) else TOKEN_HOLDS
    old = before or {}
    return {
        **old,
        "access_token": text_at(found, "access_token"),
        # X gives a new one with each renewal; where it does not, the old one goes on.
        "refresh_token": text_at(found, "refresh_token") or old.get("refresh_token", ""),
        "expires_at": (now + holds).isoformat(),
        "scope": text_at(found, "scope") or old.get("scope", ""),
    }


def meaning(response: httpx.Response, *, write: bool, now: datetime) -> PlatformError:
    """The contract's error for an answer other than “done”. X has two shapes of them."""
    found = decoded(response.content)
    first = next(iter(list_at(found, "errors")), None)
    problem = (text_at(found, "type") or text_at(first, "type")).rpartition("/")[2]
    said = (
        text_at(found, "detail")
        or text_at(first, "detail")
        or text_at(first, "message")
        or text_at(found, "title")
        or response.reason_phrase
    )
    status = response.status_code
    if problem == _CAPPED:
        return TryAgain(f"X says that what was paid for is used up: {said}", at=now + _CAP_WAIT)
    if value_at(first, "code") == _RATE_LIMITED:
        status = httpx.codes.TOO_MANY_REQUESTS
    if status == httpx.codes.PAYMENT_REQUIRED:
        return TryAgain(f"X's credits are used up; buy more there. {said}", at=now + _CAP_WAIT)
    means = http.refusal(status, response.headers, reason=said, write=write, now=now)
    if status == httpx.codes.NOT_FOUND:
        return Gone(str(means))
    if type(means) is Refused:
        return Denied(str(means), status=status, problem=problem, said=said)
    return means


def decoded(content: bytes) -> Json:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return object_at(found)


def told_at(response: httpx.Response) -> datetime:
    """X's own time of an answer, for whoever was not told what time it is."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError as error:
        raise TryAgain("X's answer says no time.") from error


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 11 else None


def _nameless(path: str) -> str:
    """The call without whom it was about."""
    return "/".join("…" if part.isdecimal() else part for part in path.split("/"))


def _when(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None
