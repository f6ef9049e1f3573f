"""One ASGI application out of several: by path, with a lid on what a thread may be sent."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Part(Protocol):
    """A module with an application and something to open before it serves, and to close after."""

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None: ...
    async def startup(self) -> None: ...
    async def shutdown(self) -> None: ...


def by_path(parts: Mapping[str, Part], *, otherwise: Application) -> Application:
    """`parts` by the first step of the path ("/hooks"), `otherwise` for every other path."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(list(parts.values()), receive, send)
            return
        first = "/" + str(scope["path"]).split("/", 2)[1]
        part = parts.get(first)
        if part is not None:
            await part.application(scope, receive, send)
        else:
            await otherwise(scope, receive, send)

    return application


async def _lifespan(parts: Sequence[Part], receive: Receive, send: Send) -> None:
    await receive()
    ready = False
    try:
        for part in parts:
            await part.startup()
        ready = True
    finally:
        # Said before the error goes on its way: a server that hears only an error takes it for
        # "knows no lifespan", and serves with half of us closed.
        kind = "complete" if ready else "failed"
        await send({"type": f"lifespan.startup.{kind}"})
    await receive()
    for part in reversed(parts):
        await part.shutdown()
    await send({"type": "lifespan.shutdown.complete"})


def bounded(
    application: Application,
    *,
    most_bytes: int,
    large_bytes: int = 1_000_000,
    large_at_once: int = 8,
    within_seconds: float = 60,
) -> Application:
    """Hand over requests only once their body is here, and only if it is not too long.

    The application runs in a few threads: a slow sender must not hold one. Bodies without a
    length are refused, as WSGI could not read them anyway.
    """
    large = asyncio.Semaphore(large_at_once)

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers:
            await _refuse(send, 411, "Say how long the body is (Content-Length).")
        elif not length.isdigit():
            await _refuse(send, 400, "Content-Length must be a number.")
        elif int(length) > most_bytes:
            await _refuse(send, 413, f"The body is longer than {most_bytes} bytes.")
        elif int(length) > large_bytes:
            async with large:
                await hand_over(scope, receive, send)
        else:
            await hand_over(scope, receive, send)

    async def hand_over(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(within_seconds):
                body = await _body(receive, most_bytes)
        except TimeoutError:
            await _refuse(send, 408, "The body did not arrive in time.")
            return
        if body is not None:
            await application(scope, _replay(body, receive), send)

    return wrapped


async def _body(receive: Receive, most_bytes: int) -> bytes | None:
    """None when the sender went away; never more than was allowed for."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most_bytes or not message.get("more_body", False):
            return bytes(body[:most_bytes])


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return again


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = reason.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
