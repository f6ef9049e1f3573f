"""What all plug-ins' HTTP has in common: one pinned address, time-outs, and what an answer means.

A plug-in that brings a client of its own still asks `lost` and `refusal` here, so that a time-out
or a 429 means the same on every platform.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite
from urllib.parse import urljoin, urlsplit

import httpx

from glede.platforms.contract import (
    Gone,
    OutcomeUnknown,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
)

USER_AGENT = "Glede/0.1 (social-media desk)"

#: A rate limit without a time to come back at: wait this long.
UNSAID_WAIT = timedelta(minutes=1)

#: No platform's word keeps a delivery waiting longer than this; asked again, it can say so again.
LONGEST_WAIT = timedelta(hours=24)

#: Numbers from here on in a “reset” header are points in time; smaller ones are seconds from now.
_EPOCH_FROM = 1_000_000_000

_RESET_HEADERS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")

# These happen before the first byte of a request has left us.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


def timeouts(seconds: float = 20.0) -> httpx.Timeout:
    """`seconds` for the answer; a connection has to stand sooner."""
    return httpx.Timeout(seconds, connect=min(seconds, 10.0))


def stay(base_url: str) -> dict[str, list[Callable[..., None]]]:
    """Event hooks that keep a client on `base_url`: credentials never follow to another host."""
    home = _origin(base_url)

    def leaving(request: httpx.Request) -> None:
        if _origin(str(request.url)) != home:
            raise Refused(f"A request was to leave {home} for {_origin(str(request.url))}.")

    def redirected(response: httpx.Response) -> None:
        if response.has_redirect_location:
            there = _origin(urljoin(str(response.url), response.headers["location"]))
            raise Refused(f"{home} sent us on to {there}; we do not follow with a credential.")

    return {"request": [leaving], "response": [redirected]}


def client(
    *, base_url: str, seconds: float = 20.0, headers: Mapping[str, str] | None = None
) -> httpx.Client:
    """An HTTP client for one account, held to one address. Thread-safe; the caller closes it."""
    # httpx writes every address at INFO, and some platforms put tokens into addresses.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(
        base_url=base_url,
        timeout=timeouts(seconds),
        headers={"user-agent": USER_AGENT, **(headers or {})},
        follow_redirects=False,
        event_hooks=stay(base_url),
    )


def send(
    http: httpx.Client, request: httpx.Request, *, write: bool, now: datetime
) -> httpx.Response:
    """The answer, if it is a good one. Raises the contract's errors for everything else.

    `write` says that the request changes something on the platform.
    """
    try:
        response = http.send(request)
    except httpx.TransportError as error:
        raise lost(error, write=write) from error
    if response.is_success:
        return response
    raise refusal(
        response.status_code,
        response.headers,
        reason=response.reason_phrase,
        write=write,
        now=now,
    )


def lost(error: httpx.TransportError, *, write: bool) -> PlatformError:
    """What a broken connection means: whether the request may have arrived decides."""
    what = _words(error)
    if isinstance(error, _NEVER_SENT):
        return TryAgain(f"The platform could not be reached ({what}).")
    if write:
        return OutcomeUnknown(f"It was sent, but no answer came ({what}).")
    return TryAgain(f"No answer came ({what}).")


def refusal(
    status: int, headers: Mapping[str, str], *, reason: str, write: bool, now: datetime
) -> PlatformError:
    """What an answer other than “done” means. `reason` is the platform's, shown to people."""
    said = f"The platform answered {status}: {reason}" if reason else f"It answered {status}."
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return TryAgain(f"Too many requests. {said}", at=retry_at(headers, now=now))
    if status in {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY}:
        return TryAgain(said, at=retry_at(headers, now=now))
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        # Seen in the wild: the write is done, and only then something in the answer breaks.
        return OutcomeUnknown(said) if write else TryAgain(said)
    if status == httpx.codes.UNAUTHORIZED:
        return Reconnect(said)
    if status == httpx.codes.GONE:
        return Gone(said)
    return Refused(said)


def retry_at(headers: Mapping[str, str], *, now: datetime) -> datetime:
    """When the platform wants to be asked again: Retry-After, else a rate limit's reset.

    Retry-After: RFC 9110 section 10.2.3. The reset headers are not standardised: some give seconds
    from now (draft-ietf-httpapi-ratelimit-headers), some a point in time as a number (Bluesky, X)
    or in ISO 8601 (Mastodon).
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    found = _after(lower.get("retry-after", ""), now=now)
    for name in _RESET_HEADERS:
        found = found or _after(lower.get(name, ""), now=now)
    if found is None:
        return now + UNSAID_WAIT
    return min(max(found, now), now + LONGEST_WAIT)


def _after(value: str, *, now: datetime) -> datetime | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        return _date(value)
    if not isfinite(number) or number < 0:
        return None
    if number >= _EPOCH_FROM:
        return _from_epoch(number)
    return now + min(timedelta(seconds=min(number, 1e9)), LONGEST_WAIT)


def _from_epoch(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(number, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _date(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        try:
            found = parsedate_to_datetime(value)
        except ValueError:
            return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _words(error: httpx.TransportError) -> str:
    """The kind of failure in words; an error's own text may hold an address with a token in it."""
    if isinstance(error, httpx.TimeoutException):
        return "time-out"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "connection lost"
