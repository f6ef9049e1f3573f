"""Calls to Meta's Graph API for one account: version, token, limits and what an answer means."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from glede.platforms import http
from glede.platforms.contract import (
    Connection,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.platforms.graph.errors import Denied, meaning
from glede.platforms.graph.values import Json, UnreadableError, decode, list_of, object_of, text_of
from glede.platforms.meter import Meter, Signal

#: Released 2026-07-29; a setting of the account or app, `api_version`, may name another.
VERSION = "v26.0"

#: Where Meta takes large files, beside the Graph API itself.
_UPLOAD_HOSTS = frozenset({"rupload.facebook.com"})

_PARTS = ("call_count", "total_time", "total_cputime")

type Params = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and the platform's own time of it."""

    data: Json
    at: datetime


class Graph:
    """One account's connection; thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._token = connection.credential.get("access_token", "")
        self._meter = connection.meter
        self._base_url = connection.base_url.rstrip("/")
        self.version = connection.settings.get("api_version") or VERSION
        seconds = float(connection.settings.get("timeout_seconds") or 20)
        self._http = http.client(base_url=self._base_url, seconds=seconds)
        # Files may go to a host of their own, which only `upload` chooses.
        self._files = httpx.Client(
            timeout=http.timeouts(max(seconds, 120.0)),
            headers={"user-agent": http.USER_AGENT},
            follow_redirects=False,
        )
        self._common = _proof(self._token, connection.app.get("client_secret", ""))

    def get(self, path: str, params: Params | None = None, *, now: datetime) -> Json:
        return self._call("GET", path, query=params, now=now, write=False).data

    def post(
        self,
        path: str,
        params: Params | None = None,
        *,
        now: datetime,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        write: bool = True,
        token: str = "",
    ) -> Said:
        """`write=False`: it makes nothing that anybody sees, so a lost answer costs nothing."""
        return self._call("POST", path, form=params, files=files, now=now, write=write, token=token)

    def delete(self, path: str, params: Params | None = None, *, now: datetime) -> Said:
        return self._call("DELETE", path, query=params, now=now, write=True)

    def pages(
        self, path: str, params: Params, *, now: datetime, first: Json | None = None, most: int = 50
    ) -> Iterator[list[Json]]:
        """The lists of an edge, page by page; a page may be empty and still have a next one.
        `first` is a page that came with its parent."""
        answer = self.get(path, params, now=now) if first is None else first
        for _ in range(most):
            yield [one for one in list_of(answer, "data") if isinstance(one, dict)]
            following = text_of(object_of(answer, "paging"), "next")
            if not following:
                return
            # Only what tells the place is taken from the address: the rest, host and token
            # among it, stays ours.
            place = {
                name: values[0]
                for name, values in parse_qs(urlsplit(following).query).items()
                if name in {"after", "until", "since", "__paging_token", "offset"} and values[0]
            }
            if not place:
                return
            answer = self.get(path, {**params, **place}, now=now)

    def upload(
        self, address: str, content: bytes, *, headers: Mapping[str, str], now: datetime
    ) -> Json:
        """Content to where Meta told us to bring it; nobody sees it until it is finished."""
        host = urlsplit(address).netloc.lower()
        same = address.startswith(f"{self._base_url}/")
        if not same and not (host in _UPLOAD_HOSTS and address.startswith("https://")):
            raise Refused(f"We were told to bring a file to {host}, which we do not know.")
        request = self._files.build_request(
            "POST",
            address,
            content=content,
            headers={"authorization": f"OAuth {self._token}", **headers},
        )
        return self._answer(self._files, request, write=False, now=now).data

    def close(self) -> None:
        self._http.close()
        self._files.close()

    # --- One call ------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        *,
        now: datetime,
        write: bool,
        query: Params | None = None,
        form: Params | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        token: str = "",
    ) -> Said:
        token = token or self._token
        if not token:
            raise Reconnect("No access token is stored for this account.")
        common = self._common if token == self._token else {}
        request = self._http.build_request(
            method,
            f"/{self.version}/{path.lstrip('/')}",
            params={**_plain(query or {}), **({} if form is not None else common)} or None,
            data={**_plain(form), **common} if form is not None else None,
            files=dict(files) if files else None,
            headers={"authorization": f"Bearer {token}"},
        )
        return self._answer(self._http, request, write=write, now=now)

    def _answer(
        self, client: httpx.Client, request: httpx.Request, *, write: bool, now: datetime
    ) -> Said:
        try:
            response = client.send(request)
        except httpx.TransportError as error:
            raise http.lost(error, write=write) from error
        regain = note_usage(response.headers, self._meter, now=now)
        try:
            body = decode(response.content)
        except UnreadableError:
            body = None
        if response.is_success and isinstance(body, dict) and "error" not in body:
            return Said(body, _date(response.headers) or now)
        if response.is_success and not isinstance(body, dict):
            why = "The platform's answer could not be read."
            raise OutcomeUnknown(why) if write else TryAgain(why)
        means = meaning(
            response.status_code, response.headers, body, write=write, now=now, regain=regain
        )
        raise self._without_token(means)

    def _without_token(self, error: PlatformError) -> PlatformError:
        """Meta may repeat a malformed token in its words; ours never leave us."""
        words = str(error.args[0]) if error.args else ""
        if self._token and self._token in words:
            error.args = (words.replace(self._token, "…"), *error.args[1:])
        return error


def fewer(
    graph: Graph, path: str, choices: Sequence[str], params: Params, *, now: datetime
) -> tuple[Json, str]:
    """The answer with the first choice of fields that this app may have, and that choice."""
    for fields in choices[:-1]:
        try:
            return graph.get(path, {**params, "fields": fields}, now=now), fields
        except Denied as refusal:
            if not refusal.of_fields:
                raise
    return graph.get(path, {**params, "fields": choices[-1]}, now=now), choices[-1]


def _plain(params: Params) -> dict[str, str]:
    """Parameters as Graph reads them: text, numbers, and JSON for everything that has parts."""
    found = {}
    for name, value in params.items():
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, str | int):
            found[name] = str(value)
        else:
            found[name] = json.dumps(value, separators=(",", ":"))
    return found


def _proof(token: str, secret: str) -> dict[str, str]:
    """appsecret_proof: shows with each call that it is our server that holds the token."""
    if not token or not secret:
        return {}
    proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    return {"appsecret_proof": proof}


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        found = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


# --- Limits --------------------------------------------------------------------------------------


def note_usage(headers: Mapping[str, str], meter: Meter, *, now: datetime) -> datetime | None:
    """Tell the meter how much of each limit is used; the latest time at which one opens again."""
    latest: datetime | None = None
    for name, used, minutes in _used(headers):
        until = now + timedelta(minutes=min(minutes, 24 * 60)) if minutes > 0 else None
        meter.signal(Signal(name, used, now, until))
        if until is not None and (latest is None or until > latest):
            latest = until
    return latest


def _used(headers: Mapping[str, str]) -> Iterator[tuple[str, float, float]]:
    app = _header(headers, "x-app-usage")
    if isinstance(app, dict):
        yield "app", _percent(app), 0
    business = _header(headers, "x-business-use-case-usage")
    if isinstance(business, dict):
        for cases in business.values():
            for case in cases if isinstance(cases, list) else ():
                regain = _figure(case, "estimated_time_to_regain_access")
                yield text_of(case, "type") or "business", _percent(case), regain


def _header(headers: Mapping[str, str], name: str) -> object:
    value = headers.get(name, "")
    if not value:
        return None
    try:
        return decode(value.encode())
    except UnreadableError:
        return None


def _percent(data: object) -> float:
    return max((_figure(data, part) for part in _PARTS), default=0.0)


def _figure(data: object, name: str) -> float:
    found: Any = data.get(name) if isinstance(data, dict) else None
    known = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if known and 0 <= found < 1e6 else 0.0
