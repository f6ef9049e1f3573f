"""Calls to Snapchat: a token of half an hour, renewed in time, and what an answer means."""

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

type Json = dict[str, Any]

BASE_URL = "https://businessapi.snapchat.com"
_ACCOUNTS = "https://accounts.snapchat.com"
#: A token that ends so soon is renewed before it is used.
_SPARE = timedelta(minutes=1)
#: What a token holds for where the answer says nothing.
_HOLDS = timedelta(minutes=30)
_LONGEST_REASON = 300


class Calls:
    """One profile's connection. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._credential: Credential = connection.credential
        self._base = connection.base_url.rstrip("/")
        self._http = http.client(base_url=self._base)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, *, now: datetime) -> Json:
        return self._asked("GET", path, write=False, now=now)[0]

    def prepare(
        self,
        path: str,
        *,
        data: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        part: bytes = b"",
        now: datetime,
    ) -> Json:
        """A call that shows nothing to anybody; it may be made again."""
        files = {"file": ("part", part, "application/octet-stream")} if part else None
        return self._asked("POST", path, write=False, now=now, json=data, data=form, files=files)[0]

    def write(self, path: str, data: Mapping[str, Any], *, now: datetime) -> tuple[Json, datetime]:
        """The answer, and the platform's time of it."""
        return self._asked("POST", path, write=True, now=now, json=data)

    def _asked(
        self, method: str, path: str, *, write: bool, now: datetime, **content: Any
    ) -> tuple[Json, datetime]:
        ends = _moment(self._credential.get("expires_at", ""))
        if ends is not None and ends - _SPARE <= now:
            self._renew(now)
        try:
            return self._once(method, path, write=write, now=now, **content)
        except Reconnect:
            if not self._credential.get("refresh_token"):
                raise
        # A refused token was refused before anything was done: once more is safe for writes too.
        self._renew(now)
        return self._once(method, path, write=write, now=now, **content)

    def _once(
        self, method: str, path: str, *, write: bool, now: datetime, **content: Any
    ) -> tuple[Json, datetime]:
        token = self._credential.get("access_token", "")
        if not path.startswith("/"):
            raise Refused("Snapchat named an address that is none of its own.")
        request = self._http.build_request(
            method, f"{self._base}{path}", headers={"authorization": f"Bearer {token}"}, **content
        )
        try:
            response = self._http.send(request)
        except httpx.TransportError as error:
            raise http.lost(error, write=write) from error
        said = decoded(response)
        if not response.is_success:
            raise refusal(response, said, write=write, now=now)
        if said.get("request_status") != "SUCCESS":
            why = "Snapchat's answer could not be read."
            raise OutcomeUnknown(why) if write else TryAgain(why)
        return said, _told_at(response) or now

    def _renew(self, now: datetime) -> None:
        self._credential = self._connection.renew(self._credential, self._asking(now))

    def _asking(self, now: datetime) -> Callable[[Credential], Credential]:
        def ask(old: Credential) -> Credential:
            if not old.get("refresh_token"):
                raise Reconnect("The token ended and cannot be renewed. Connect the account again.")
            form = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]}
            return token(self._connection.base_url, self._connection.app, form, before=old, now=now)

        return ask


def accounts_at(base_url: str) -> str:
    """Where people are asked and tokens are made: a host of its own, beside the API's."""
    base = base_url.rstrip("/")
    return _ACCOUNTS if base == BASE_URL else base


def token(
    base_url: str,
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
    base = accounts_at(base_url)
    with http.client(base_url=base) as client:
        try:
            response = client.post(f"{base}/login/oauth2/access_token", data=fields)
        except httpx.TransportError as error:
            raise http.lost(error, write=False) from error
    said = decoded(response)
    if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED}:
        raise Reconnect(f"Snapchat gives no token any more: {_text(said, 'error_description')}")
    if not response.is_success:
        raise refusal(response, said, write=False, now=now)
    if not _text(said, "access_token"):
        raise TryAgain("Snapchat gave no token.")
    seconds = said.get("expires_in")
    holds = timedelta(seconds=seconds) if isinstance(seconds, int) else _HOLDS
    old = before or {}
    return {
        **old,
        "access_token": _text(said, "access_token"),
        # A new one may come with each renewal; where it does not, the old one goes on.
        "refresh_token": _text(said, "refresh_token") or old.get("refresh_token", ""),
        "expires_at": (now + holds).isoformat(),
        "scope": _text(said, "scope") or old.get("scope", ""),
    }


def refusal(response: httpx.Response, said: Json, *, write: bool, now: datetime) -> PlatformError:
    reason = _text(said, "display_message") or _text(said, "debug_message")
    reason = (reason or response.reason_phrase)[:_LONGEST_REASON]
    if response.status_code == httpx.codes.NOT_FOUND:
        return Gone(f"It is not on Snapchat (any more): {reason}")
    headers = response.headers
    return http.refusal(response.status_code, headers, reason=reason, write=write, now=now)


def decoded(response: httpx.Response) -> Json:
    try:
        said = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Json, name: str) -> str:
    found = said.get(name)
    return found if isinstance(found, str) else ""


def _moment(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _told_at(response: httpx.Response) -> datetime | None:
    """What the platform's own clock said when it answered."""
    try:
        found = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
