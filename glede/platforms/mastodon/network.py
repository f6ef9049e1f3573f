"""Speaks with one instance for one account. What an answer means is said in the contract's errors.

https://docs.joinmastodon.org/api/
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from glede.platforms import http
from glede.platforms.contract import (
    Connection,
    Gone,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.platforms.mastodon.capabilities import MOST_CHARACTERS
from glede.platforms.meter import Signal
from glede.platforms.untrusted import (
    Json,
    list_at,
    object_at,
    text_at,
    value_at,
)

type Params = Sequence[tuple[str, str]]

_INSTANCE_HOLDS = timedelta(hours=1)
_KEPT_ROOTS = 5_000
_AT_ONCE = 20
_LONGEST_REASON = 300


class Network:
    """Thread-safe: one client, whose credential never leaves the instance's own address."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.us = connection.account
        token = connection.credential.get("access_token", "")
        self._authorization = {"authorization": f"Bearer {token}"}
        self._http = http.client(base_url=connection.base_url, headers=self._authorization)
        self._lock = Lock()
        self._instance: tuple[datetime, Json] | None = None
        self._roots: OrderedDict[str, Json] = OrderedDict()

    def close(self) -> None:
        self._http.close()

    # --- Calls -----------------------------------------------------------------------------

    def get(self, path: str, params: Params = (), *, now: datetime) -> Any:
        request = self._http.build_request("GET", path, params=_query(params))
        return self.answer(request, write=False, now=now)

    def post(
        self,
        path: str,
        data: Mapping[str, Any],
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        request = self._http.build_request("POST", path, json=dict(data), headers=headers)
        return self.answer(request, write=True, now=now)

    def delete(self, path: str, *, now: datetime) -> Any:
        return self.answer(self._http.build_request("DELETE", path), write=True, now=now)

    def upload(
        self, content: bytes, content_type: str, data: Mapping[str, str], *, now: datetime
    ) -> Any:
        """A file that nobody sees until a status names it: to be lost in between does no harm."""
        request = self._http.build_request(
            "POST",
            "/api/v2/media",
            data=dict(data),
            files={"file": ("file", content, content_type)},
        )
        return self.answer(request, write=False, now=now)

    def answer(self, request: httpx.Request, *, write: bool, now: datetime) -> Any:
        """The JSON of a good answer; raises the contract's errors for every other."""
        try:
            response = self._http.send(request)
        except httpx.TransportError as error:
            raise http.lost(error, write=write) from error
        self._note_limit(response.headers, now=now)
        if not response.is_success:
            raise _refusal(response, write=write, now=now)
        try:
            return msgspec.json.decode(response.content)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            what = "The instance's answer cannot be read."
            raise (OutcomeUnknown(what) if write else TryAgain(what)) from error

    def _note_limit(self, headers: httpx.Headers, *, now: datetime) -> None:
        limit, left = headers.get("x-ratelimit-limit", ""), headers.get("x-ratelimit-remaining", "")
        if not (limit.isdecimal() and left.isdecimal() and int(limit)):
            return
        used = 100 * (1 - int(left) / int(limit))
        until = _moment(headers.get("x-ratelimit-reset", ""))
        self.connection.meter.signal(Signal(f"calls ({limit})", used, now, until))

    # --- What is asked often ---------------------------------------------------------------

    def instance(self, *, now: datetime) -> Json:
        """What the instance says of itself, at most an hour old."""
        with self._lock:
            known = self._instance
        if known is None or now - known[0] > _INSTANCE_HOLDS:
            said = self.get("/api/v2/instance", now=now)
            known = (now, said if isinstance(said, dict) else {})
            with self._lock:
                self._instance = known
        return known[1]

    def most_characters(self, *, now: datetime) -> int:
        found = value_at(self.instance(now=now), "configuration", "statuses", "max_characters")
        return found if isinstance(found, int) and found > 0 else MOST_CHARACTERS

    def streaming(self, *, now: datetime) -> tuple[str, Mapping[str, str]]:
        """Where the streams are, as the instance says itself, and what lets us in."""
        named = text_at(self.instance(now=now), "configuration", "urls", "streaming")
        named = named or self.connection.base_url
        base = named.replace("wss://", "https://", 1).replace("ws://", "http://", 1).rstrip("/")
        if urlsplit(self.connection.base_url).scheme == "https" != urlsplit(base).scheme:
            raise Refused(f"The instance names a stream without encryption: {base}.")
        return base, self._authorization

    def status(self, native_id: str, *, now: datetime) -> Json:
        """Raises `Gone`."""
        found = self.get(f"/api/v1/statuses/{segment(native_id)}", now=now)
        return found if isinstance(found, dict) else {}

    def statuses(self, native_ids: Iterable[str], *, now: datetime) -> dict[str, Json]:
        """Those that stand and that we may see, by id."""
        wanted = list(dict.fromkeys(native_ids))
        found: dict[str, Json] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            try:
                listed = self.get("/api/v1/statuses", [("id[]", one) for one in some], now=now)
            except Gone:
                # Before Mastodon 4.3 there is no such list.
                listed = list(self._one_by_one(some, now=now))
            found |= {text_at(one, "id"): one for one in _objects(listed)}
        return found

    def _one_by_one(self, native_ids: Sequence[str], *, now: datetime) -> Iterator[Json]:
        for native_id in native_ids:
            with _unless_gone():
                yield self.status(native_id, now=now)

    def root(self, status: Json, *, now: datetime) -> Json:
        """The first status of the tree this one stands in; {} if it is that itself, or if it
        cannot be seen."""
        parent = text_at(status, "in_reply_to_id")
        if not parent or text_at(status, "visibility") == "direct":
            return {}
        with self._lock:
            known = self._roots.get(parent)
        if known is None:
            known = self._ask_root(text_at(status, "id"), parent, now=now)
        with self._lock:
            self._roots[parent] = self._roots[text_at(status, "id")] = known
            while len(self._roots) > _KEPT_ROOTS:
                self._roots.popitem(last=False)
        return known

    def _ask_root(self, native_id: str, parent: str, *, now: datetime) -> Json:
        context: Any = {}
        with _unless_gone():
            context = self.get(f"/api/v1/statuses/{segment(native_id)}/context", now=now)
        ancestors = _objects(list_at(context, "ancestors"))
        return ancestors[0] if ancestors else {"id": parent}


def segment(native_id: str) -> str:
    """An id as part of an address; whatever else it holds, it leads nowhere else."""
    if not native_id or not native_id.isalnum():
        raise Gone(f"“{native_id[:40]}” is no id of a status or account of Mastodon.")
    return native_id


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except Gone:
        return


def _objects(found: object) -> list[Json]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _query(params: Params) -> httpx.QueryParams:
    return httpx.QueryParams([(name, value) for name, value in params if value])


def _refusal(response: httpx.Response, *, write: bool, now: datetime) -> PlatformError:
    reason = _reason(response)
    status = response.status_code
    if status == httpx.codes.NOT_FOUND:
        return Gone(f"It is not on Mastodon (any more): {reason}")
    if status == httpx.codes.FORBIDDEN and "login" in reason.lower():
        return Reconnect(f"Mastodon has locked the account: {reason}")
    return http.refusal(status, response.headers, reason=reason, write=write, now=now)


def _reason(response: httpx.Response) -> str:
    try:
        said = text_at(msgspec.json.decode(response.content), "error")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        said = ""
    return (said or response.reason_phrase)[:_LONGEST_REASON]


def _moment(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


#: Reads a page of a list; `max_id` leads to the one after it.
type Page = Callable[[str], list[Json]]


def pages(network: Network, path: str, params: Params, *, now: datetime) -> Page:
    def page(max_id: str) -> list[Json]:
        return _objects(network.get(path, [*params, ("max_id", max_id)], now=now))

    return page


def account_of(status: Json) -> str:
    return text_at(object_at(status, "account"), "id")
