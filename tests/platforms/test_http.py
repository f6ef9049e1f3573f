"""What a broken connection or a refusal means, alike for every platform."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

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

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NEVER_SENT = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
MAYBE_SENT = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
]


@pytest.mark.parametrize("error", NEVER_SENT)
def test_what_never_left_us_may_be_tried_again_even_if_it_writes(
    error: type[httpx.TransportError],
) -> None:
    assert type(http.lost(error("x"), write=True)) is TryAgain


@pytest.mark.parametrize("error", MAYBE_SENT)
def test_what_may_have_arrived_is_unknown_for_a_write_and_tried_again_for_a_read(
    error: type[httpx.TransportError],
) -> None:
    assert type(http.lost(error("x"), write=True)) is OutcomeUnknown
    assert type(http.lost(error("x"), write=False)) is TryAgain


@pytest.mark.parametrize(
    ("status", "write", "meaning"),
    [
        (429, True, TryAgain),
        (429, False, TryAgain),
        (408, True, TryAgain),
        (500, True, OutcomeUnknown),
        (503, True, OutcomeUnknown),
        (500, False, TryAgain),
        (401, True, Reconnect),
        (401, False, Reconnect),
        (400, True, Refused),
        (403, True, Refused),
        (404, False, Refused),
        (410, True, Gone),
        (307, True, Refused),
    ],
)
def test_each_refusal_has_one_meaning(
    status: int, write: bool, meaning: type[PlatformError]
) -> None:
    assert type(http.refusal(status, {}, reason="no", write=write, now=NOW)) is meaning


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 10:02:00 GMT"}, 120),
        ({"RateLimit-Reset": str(int(NOW.timestamp()) + 45)}, 45),
        ({"ratelimit-reset": "45"}, 45),
        ({"X-RateLimit-Reset": "2026-11-22T10:05:00.000Z"}, 300),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 900)}, 900),
        ({"retry-after": "10", "ratelimit-reset": "99"}, 10),
        ({"retry-after": "rubbish", "ratelimit-reset": "99"}, 99),
        ({"retry-after": "-5"}, 60),
        ({"retry-after": "nan"}, 60),
        ({"retry-after": "1e400"}, 60),
        ({"retry-after": "Sun, 22 Nov 2020 10:02:00 GMT"}, 0),
        ({"ratelimit-reset": "99999999999999"}, 60),
        ({"retry-after": "999999999"}, 24 * 3600),
        ({}, 60),
    ],
)
def test_a_rate_limit_says_when_to_come_back(headers: dict[str, str], seconds: int) -> None:
    assert http.retry_at(headers, now=NOW) == NOW + timedelta(seconds=seconds)


def test_no_redirect_and_no_request_leaves_the_pinned_host() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/away":
            return httpx.Response(302, headers={"location": "https://elsewhere.example/"})
        return httpx.Response(200, json={})

    pinned = httpx.Client(
        base_url="https://platform.example",
        transport=httpx.MockTransport(answer),
        event_hooks=http.stay("https://platform.example"),
        follow_redirects=True,
        headers={"authorization": "Bearer secret"},
    )
    with pinned:
        assert pinned.get("/here").status_code == 200
        with pytest.raises(Refused, match=r"elsewhere\.example"):
            pinned.get("/away")
        with pytest.raises(Refused, match=r"elsewhere\.example"):
            pinned.get("https://elsewhere.example/")


def test_a_client_is_patient_but_not_for_ever() -> None:
    with http.client(base_url="https://platform.example", seconds=7) as client:
        assert client.timeout.read == 7
        assert not client.follow_redirects
        assert client.headers["user-agent"].startswith("Glede/")


def test_an_error_never_shows_an_address_with_a_token_in_it() -> None:
    request = httpx.Request("GET", "https://platform.example/?access_token=secret")
    error = httpx.ReadError("https://platform.example/?access_token=secret", request=request)

    assert "secret" not in str(http.lost(error, write=True))


def test_a_connection_does_not_show_its_credential() -> None:
    connection = Connection(
        account="a", base_url="https://platform.example", credential={"password": "secret"}
    )

    assert "secret" not in repr(connection)
