"""Webhooks in: verified, kept, and only then answered. Bare ASGI, outside Django's middleware.

`POST /hooks/<platform>/<app>`: 200 once the events are durable; 4xx when they are wrong, with a
sentence; 503 with Retry-After when we are. Whatever proves to be genuine is kept.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from html import escape

from django.conf import settings

from glede.door.allowances import Counter, TooOftenError
from glede.door.commit import GroupCommit, TooBusyError, UnkeepableError
from glede.door.line import DatabaseAwayError
from glede.door.registrations import Registrations
from glede.kit import clock
from glede.kit.dispatch import Message, Receive, Scope, Send
from glede.platforms import registry
from glede.platforms.contract import KEPT, Answer, Door, NotGenuine, Request
from glede.rulebook.accounts.rules import Registered

log = logging.getLogger(__name__)

#: A sender slower than this holds memory and a connection for nothing.
_BODY_SECONDS = 30
_RETRY_SECONDS = 5


def _messages(answer: Answer) -> tuple[Message, Message]:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": answer.body},
    )


_KEPT_MESSAGES = _messages(KEPT)


class _TurnedAwayError(Exception):
    """The call is answered with this status and sentence, and nothing is kept."""

    def __init__(self, status: int, why: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(why)
        self.status = status
        self.headers = headers


class _SenderGoneError(Exception):
    """There is nobody to answer."""


@dataclass(frozen=True, slots=True)
class _Room:
    registrations: Registrations
    commit: GroupCommit
    counter: Counter
    behind_proxy: bool


_rooms: list[_Room] = []


async def startup() -> None:
    """Opens the door on the running loop; the database may come later."""
    commit = GroupCommit(
        most_events=settings.GLEDE_DOOR_BATCH, most_waiting=settings.GLEDE_DOOR_WAITING
    )
    _rooms.append(_Room(Registrations(), commit, Counter(), settings.GLEDE_BEHIND_PROXY))


async def shutdown() -> None:
    while _rooms:
        room = _rooms.pop()
        await room.commit.close()
        await room.counter.close()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    try:
        answer = await _take(scope, receive)
    except _TurnedAwayError as error:
        answer = _refusal(scope, error)
    except _SenderGoneError:
        return
    start, body = _KEPT_MESSAGES if answer is KEPT else _messages(answer)
    await send(start)
    await send(body)


async def _take(scope: Scope, receive: Receive) -> Answer:
    if not _rooms:
        raise _not_now("The door is closed.")
    room = _rooms[-1]
    parts = str(scope["path"]).split("/")
    if len(parts) != 4 or parts[1] != "hooks":
        raise _TurnedAwayError(404, "There is nothing here. Hooks are /hooks/<platform>/<app>.")
    door = _door(parts[2])
    if scope["method"] not in door.open_methods:
        allowed = ", ".join(door.open_methods)
        raise _TurnedAwayError(405, f"Use {allowed} here.", (("allow", allowed),))
    try:
        found = await _registered(room, parts[2], parts[3])
        request = await _request(
            scope, receive, most_bytes=door.max_bytes, behind_proxy=room.behind_proxy
        )
        now = clock.now()
        door.verify(request, found.app, now)
        if door.allowances is not None:
            allowances = door.allowances(request, found.app)
            if allowances:
                await room.counter.count(allowances, now=now)
        events = door.split(request, found.app, now)
        await room.commit.keep(app_id=found.id, events=events)
    except NotGenuine as error:
        raise _TurnedAwayError(error.status, str(error)) from error
    except TooOftenError as error:
        raise _TurnedAwayError(429, str(error), (("retry-after", str(error.seconds)),)) from error
    except (DatabaseAwayError, TooBusyError, UnkeepableError) as error:
        raise _not_now("It could not be kept just now. Please send it again.") from error
    return KEPT if door.answer is None else door.answer(request, found.app)


async def _registered(room: _Room, platform: str, slug: str) -> Registered:
    found = room.registrations.known(platform, slug)
    if found is None:
        found = await room.registrations.find(platform, slug)
    if found is None:
        raise _TurnedAwayError(404, "No app of that platform is registered by this name.")
    return found


def _door(slug: str) -> Door:
    platform = registry.find(slug)
    door = platform.door if platform is not None else None
    if door is None:
        raise _TurnedAwayError(404, "No installed platform of that name has hooks.")
    return door


async def _request(
    scope: Scope, receive: Receive, *, most_bytes: int, behind_proxy: bool
) -> Request:
    # ASGI gives the names in lower case.
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()):
        raise _TurnedAwayError(400, "Content-Length is a number of bytes.")
    if len(length) > 18 or int(length) > most_bytes:
        raise _too_large(most_bytes)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"],
        headers=headers,
        body=await _body(receive, most_bytes=most_bytes),
        client=_client(scope, headers, behind_proxy=behind_proxy),
    )


async def _body(receive: Receive, *, most_bytes: int) -> bytes:
    """Never holds more than is allowed, however much is sent and however slowly."""
    parts: list[bytes] = []
    held = 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _SenderGoneError
                part = message.get("body", b"")
                held += len(part)
                if held > most_bytes:
                    raise _too_large(most_bytes)
                parts.append(part)
                if not message.get("more_body", False):
                    return parts[0] if len(parts) == 1 else b"".join(parts)
    except TimeoutError as error:
        raise _TurnedAwayError(408, "The body did not arrive in time.") from error


def _client(scope: Scope, headers: dict[str, str], *, behind_proxy: bool) -> str:
    """Whose address counts: behind a proxy of ours, the one it saw."""
    if behind_proxy and "x-forwarded-for" in headers:
        return headers["x-forwarded-for"].rpartition(",")[2].strip()
    client = scope.get("client")
    return str(client[0]) if client else ""


def _too_large(most_bytes: int) -> _TurnedAwayError:
    # The rest is not read: the connection cannot carry another call.
    return _TurnedAwayError(
        413, f"At most {most_bytes} bytes are taken here.", (("connection", "close"),)
    )


def _not_now(why: str) -> _TurnedAwayError:
    return _TurnedAwayError(503, why, (("retry-after", str(_RETRY_SECONDS)),))


def _refusal(scope: Scope, error: _TurnedAwayError) -> Answer:
    """One sentence; as a page where a person's browser asked for one."""
    wanted = b"".join(value for name, value in scope["headers"] if name.lower() == b"accept")
    if wanted.startswith(b"text/html"):
        page = _PAGE.format(escape(str(error)))
        content_type, body = "text/html; charset=utf-8", page.encode()
    else:
        content_type, body = "application/json", json.dumps({"error": str(error)}).encode()
    own = (("content-type", content_type), ("x-content-type-options", "nosniff"))
    return Answer(error.status, body, own + error.headers)


_PAGE = """<!doctype html>
<html lang="en-GB"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Not sent</title>
<h1>Not sent</h1><p>{}</p><p>Go back with your browser: what you typed should still be there.</p>
</html>
"""
