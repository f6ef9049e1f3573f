"""What an answer of the Graph means, what a call carries, and what is told of the limits."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

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
from glede.platforms.graph import files
from glede.platforms.graph.errors import BLOCKED_FOR, meaning
from glede.platforms.graph.transport import Graph

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BASE = "https://graph.example.org"

type Handler = Callable[[httpx.Request], httpx.Response]


def connection(**more: Any) -> Connection:
    given: dict[str, Any] = {
        "account": "1",
        "base_url": BASE,
        "credential": {"access_token": "T0K"},
    }
    return Connection(**given | more)


@pytest.fixture
def graph_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Graph]:
    """A Graph whose other side is a function."""

    def made(handler: Handler, **more: Any) -> Graph:
        def client(*, base_url: str, seconds: float = 0) -> httpx.Client:
            return httpx.Client(base_url=base_url, transport=httpx.MockTransport(handler))

        monkeypatch.setattr(http, "client", client)
        return Graph(connection(**more))

    return made


def error(code: int, subcode: int = 0, **more: Any) -> dict[str, Any]:
    said = {"message": "They said so", "type": "OAuthException", "code": code, **more}
    return {"error": {**said, "error_subcode": subcode} if subcode else said}


def means(status: int, code: int, subcode: int = 0, *, write: bool = True) -> PlatformError:
    return meaning(status, {}, error(code, subcode), write=write, now=NOW)


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80002, 80006])
@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_throttle_is_known_by_its_code_and_waits_until_it_is_open(status: int, code: int) -> None:
    regain = NOW + timedelta(minutes=7)
    found = meaning(status, {}, error(code), write=True, now=NOW, regain=regain)
    assert isinstance(found, TryAgain)
    assert found.at == regain
    unsaid = means(status, code)
    assert isinstance(unsaid, TryAgain)
    assert unsaid.at is not None
    assert unsaid.at > NOW


@pytest.mark.parametrize(("code", "subcode"), [(190, 463), (190, 0), (102, 0)])
def test_a_dead_token_asks_for_a_person(code: int, subcode: int) -> None:
    assert type(means(400, code, subcode)) is Reconnect


@pytest.mark.parametrize("code", [1, 2])
def test_an_unwell_platform_may_have_done_a_write_and_not_a_read(code: int) -> None:
    assert type(means(500, code, write=True)) is OutcomeUnknown
    assert type(means(500, code, write=False)) is TryAgain


@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        (10, 2018278, "24 hours"),
        (10, 2534022, "24 hours"),
        (10, 1893063, "stopped this Page"),
        (10, 0, "permission"),
        (200, 0, "permission"),
        (299, 0, "permission"),
        (100, 2018108, "cannot receive"),
        (506, 0, "same words"),
        (551, 0, "blocked us"),
        (1545041, 0, "too long ago"),
        (100, 0, "They said so"),
        (999999, 0, "They said so"),
    ],
)
def test_a_refusal_says_what_a_person_understands(code: int, subcode: int, words: str) -> None:
    found = means(400, code, subcode)
    assert isinstance(found, Refused)
    assert not isinstance(found, Gone)
    assert words in str(found)


@pytest.mark.parametrize(("code", "subcode"), [(100, 33), (803, 0)])
def test_what_is_not_there_is_gone(code: int, subcode: int) -> None:
    assert type(means(400, code, subcode)) is Gone


def test_a_block_for_a_policy_is_looked_at_again_later() -> None:
    found = means(400, 368)
    assert isinstance(found, TryAgain)
    assert found.at == NOW + BLOCKED_FOR


def test_words_for_people_are_preferred() -> None:
    found = meaning(
        400, {}, error(100, error_user_msg="Pick another picture."), write=True, now=NOW
    )
    assert "Pick another picture." in str(found)


@pytest.mark.parametrize("body", [None, [], {"error": "odd"}, {"error": {"code": "x"}}, "text"])
def test_an_error_of_no_known_shape_is_judged_by_its_status(body: object) -> None:
    assert type(meaning(500, {}, body, write=True, now=NOW)) is OutcomeUnknown
    assert type(meaning(400, {}, body, write=True, now=NOW)) is Refused


# --- Calls ---------------------------------------------------------------------------------------


def test_a_call_carries_version_token_and_proof_and_no_token_in_its_address(
    graph_of: Callable[..., Graph],
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "1"})

    graph = graph_of(answer, app={"client_secret": "hush"})
    graph.get("me", {"fields": "id"}, now=NOW)
    graph.post("1/feed", {"message": "hello", "published": False, "list": [1]}, now=NOW)
    proof = hmac.new(b"hush", b"T0K", hashlib.sha256).hexdigest()
    assert [one.headers["authorization"] for one in seen] == ["Bearer T0K"] * 2
    assert dict(seen[0].url.params) == {"fields": "id", "appsecret_proof": proof}
    assert str(seen[1].url) == f"{BASE}/v26.0/1/feed"
    assert b"published=false" in seen[1].content
    assert b"list=%5B1%5D" in seen[1].content
    assert proof.encode() in seen[1].content


def test_another_version_is_a_setting(graph_of: Callable[..., Graph]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"path": request.url.path})

    graph = graph_of(answer, settings={"api_version": "v25.0"})
    assert graph.get("me", now=NOW)["path"] == "/v25.0/me"


def test_no_token_no_call(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of(lambda _: httpx.Response(200, json={}), credential={})
    with pytest.raises(Reconnect):
        graph.get("me", now=NOW)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'"done"'])
def test_an_unreadable_yes_is_no_answer(graph_of: Callable[..., Graph], content: bytes) -> None:
    graph = graph_of(lambda _: httpx.Response(200, content=content))
    with pytest.raises(OutcomeUnknown):
        graph.post("1/feed", {}, now=NOW)
    with pytest.raises(TryAgain):
        graph.get("1/feed", now=NOW)


def test_an_error_with_status_200_is_an_error(graph_of: Callable[..., Graph]) -> None:
    graph = graph_of(lambda _: httpx.Response(200, json=error(190)))
    with pytest.raises(Reconnect):
        graph.get("me", now=NOW)


def test_a_time_out_after_sending_is_unknown_for_a_write(graph_of: Callable[..., Graph]) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(OutcomeUnknown):
        graph_of(slow).post("1/feed", {}, now=NOW)
    with pytest.raises(TryAgain):
        graph_of(slow).get("1/feed", now=NOW)


def test_our_token_is_never_in_an_error(graph_of: Callable[..., Graph]) -> None:
    said = error(100, message="Malformed access token T0K")
    graph = graph_of(lambda _: httpx.Response(400, json=said))
    with pytest.raises(Refused) as refused:
        graph.get("me", now=NOW)
    assert "T0K" not in str(refused.value)
    assert "T0K" not in repr(connection())


def test_the_receipt_has_the_platforms_own_time(graph_of: Callable[..., Graph]) -> None:
    headers = {"date": "Sun, 22 Nov 2026 08:59:58 GMT"}
    graph = graph_of(lambda _: httpx.Response(200, json={"id": "1"}, headers=headers))
    assert graph.post("1/feed", {}, now=NOW).at == datetime(2026, 11, 22, 8, 59, 58, tzinfo=UTC)


def test_pages_are_followed_through_an_empty_one_and_stay_at_home(
    graph_of: Callable[..., Graph],
) -> None:
    asked: list[httpx.URL] = []
    elsewhere = "https://evil.example.org/v26.0/1/feed?access_token=T0K&limit=9&after="
    answers = [
        {"data": [{"id": "1"}], "paging": {"next": elsewhere + "a"}},
        {"data": [], "paging": {"next": elsewhere + "b"}},
        {"data": [{"id": "2"}, "odd"], "paging": {"cursors": {}}},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json=answers[len(asked) - 1])

    pages = list(graph_of(answer).pages("1/feed", {"limit": 2}, now=NOW))
    assert pages == [[{"id": "1"}], [], [{"id": "2"}]]
    assert {url.host for url in asked} == {"graph.example.org"}
    assert [url.params.get("after") for url in asked] == [None, "a", "b"]
    assert {url.params["limit"] for url in asked} == {"2"}


# --- Limits --------------------------------------------------------------------------------------


def test_what_is_used_of_the_limits_is_told_to_the_meter(graph_of: Callable[..., Graph]) -> None:
    case = {
        "type": "pages",
        "call_count": 40,
        "total_time": 97,
        "total_cputime": 2,
        "estimated_time_to_regain_access": 12,
    }
    headers = {
        "x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":1}',
        "x-business-use-case-usage": json.dumps({"1": [case]}),
    }
    given = connection()
    graph = graph_of(
        lambda _: httpx.Response(400, json=error(80001), headers=headers), meter=given.meter
    )
    with pytest.raises(TryAgain) as later:
        graph.get("me", now=NOW)
    assert later.value.at == NOW + timedelta(minutes=12)
    _, signals = given.meter.take()
    told = {signal.name: (signal.used_percent, signal.until) for signal in signals}
    assert told == {"app": (28.0, None), "pages": (97.0, NOW + timedelta(minutes=12))}


@pytest.mark.parametrize("value", ["", "{", "[]", '{"call_count":"many"}', '{"call_count":1e999}'])
def test_a_limit_header_nobody_can_read_stops_nothing(
    graph_of: Callable[..., Graph], value: str
) -> None:
    headers = {"x-app-usage": value, "x-business-use-case-usage": value}
    graph = graph_of(lambda _: httpx.Response(200, json={"id": "1"}, headers=headers))
    assert graph.get("me", now=NOW) == {"id": "1"}


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://scontent-lhr8-1.xx.fbcdn.net/v/a.jpg?oe=1", True),
        ("https://lookaside.fbsbx.com/a", True),
        ("https://scontent.cdninstagram.com/a", True),
        ("https://graph.example.org/_media/1", True),
        ("http://scontent.xx.fbcdn.net/a", False),
        ("https://fbcdn.net.example.org/a", False),
        ("https://evilfbcdn.net/a", False),
        ("https://scontent.fbcdn.net@evil.example.org/a", False),
        ("http://127.0.0.1/a", False),
        ("file:///etc/passwd", False),
    ],
)
def test_attachments_are_fetched_from_the_platform_alone(url: str, known: bool) -> None:
    assert files._is_metas(url, BASE) is known
