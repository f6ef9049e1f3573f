"""One port for several applications; a lid on what a page may be sent."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from glede.kit import dispatch
from glede.kit.dispatch import Message, Receive, Scope, Send
from tests.door import loop


class _Part:
    def __init__(self, name: str, log: list[str], *, fails: bool = False) -> None:
        self.name, self.log, self.fails = name, log, fails

    async def startup(self) -> None:
        if self.fails:
            raise OSError("no database")
        self.log.append(f"{self.name} up")

    async def shutdown(self) -> None:
        self.log.append(f"{self.name} down")

    async def application(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        self.log.append(f"{self.name} {scope['path']}")


def _run(story: Coroutine[Any, Any, None]) -> None:
    with loop.running() as running:
        running.run(story)


def _call(
    application: dispatch.Application, scope: dict[str, Any], *messages: Message
) -> list[Message]:
    waiting, sent = list(messages), list[Message]()

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        return await asyncio.Event().wait() or {}

    async def send(message: Message) -> None:
        sent.append(message)

    _run(application({"type": "http", "headers": [], **scope}, receive, send))
    return sent


def _body(*chunks: bytes) -> list[Message]:
    last = len(chunks) - 1
    return [
        {"type": "http.request", "body": chunk, "more_body": number < last}
        for number, chunk in enumerate(chunks)
    ]


def test_the_first_step_of_the_path_decides() -> None:
    log: list[str] = []
    hooks, pages = _Part("hooks", log), _Part("pages", log)
    application = dispatch.by_path({"/hooks": hooks}, otherwise=pages.application)

    for path in ("/hooks", "/hooks/bluesky/1", "/hooksy", "/inbox/hooks", "/"):
        _call(application, {"path": path})

    assert log == [
        "hooks /hooks",
        "hooks /hooks/bluesky/1",
        "pages /hooksy",
        "pages /inbox/hooks",
        "pages /",
    ]


def test_parts_start_in_order_and_stop_in_reverse() -> None:
    log: list[str] = []
    parts = {"/a": _Part("a", log), "/b": _Part("b", log)}
    application = dispatch.by_path(parts, otherwise=_Part("pages", log).application)

    sent = _call(application, {"type": "lifespan"}, {"type": "startup"}, {"type": "shutdown"})

    assert log == ["a up", "b up", "b down", "a down"]
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_a_part_that_cannot_start_is_said_aloud() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        sent.append(message)

    parts = {"/a": _Part("a", [], fails=True)}
    application = dispatch.by_path(parts, otherwise=_Part("pages", []).application)
    with pytest.raises(OSError, match="no database"):
        _run(application({"type": "lifespan"}, receive, send))

    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    assert message["more_body"] is False
    await send({"type": "http.response.body", "body": message["body"]})


def _status(sent: list[Message]) -> int:
    return int(sent[0]["status"])


def test_a_body_is_handed_over_whole() -> None:
    application = dispatch.bounded(_echo, most_bytes=10)

    sent = _call(application, {"headers": [(b"content-length", b"6")]}, *_body(b"abc", b"def"))

    assert [message["body"] for message in sent] == [b"abcdef"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"content-length", b"11")], 413),
        ([(b"content-length", b"100000000")], 413),
        ([(b"content-length", b"-1")], 400),
        ([(b"content-length", b"ten")], 400),
        ([(b"transfer-encoding", b"chunked")], 411),
    ],
)
def test_a_body_too_long_or_without_length_is_refused_unread(
    headers: list[tuple[bytes, bytes]], status: int
) -> None:
    application = dispatch.bounded(_echo, most_bytes=10)

    assert _status(_call(application, {"headers": headers})) == status


def test_a_body_longer_than_it_says_is_cut() -> None:
    application = dispatch.bounded(_echo, most_bytes=10)

    sent = _call(application, {"headers": [(b"content-length", b"1")]}, *_body(b"x" * 8, b"y" * 8))

    assert sent[0]["body"] == b"x" * 8 + b"y" * 2


def test_a_body_that_does_not_arrive_is_given_up() -> None:
    application = dispatch.bounded(_echo, most_bytes=10, within_seconds=0.01)
    begun: Message = {"type": "http.request", "body": b"a", "more_body": True}

    assert _status(_call(application, {"headers": [(b"content-length", b"6")]}, begun)) == 408


def test_a_sender_that_goes_away_costs_no_thread() -> None:
    application = dispatch.bounded(_echo, most_bytes=10)

    assert _call(application, {}, {"type": "http.disconnect"}) == []
