"""Open screens hear what changed: server-sent events at /live, bare ASGI beside Django.

A screen gets ids, never words, and asks the pages for what it may see. Every event has an id; a
screen that was away sends the last one it had and misses nothing. Who it is and what they may
see is asked again each minute, and at once when a role or session ends (`person.revoked`).
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, cast
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from glede.kit import clock, live
from glede.kit.dispatch import Receive, Scope, Send
from glede.kit.live import BadPosition, Event
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.stream import Hub, Screen

log = logging.getLogger(__name__)

#: Said to those whose rights may have changed; never sent to a screen.
REVOKED = "person.revoked"

_HEARTBEAT_SECONDS = 15.0
_CHECK_SECONDS = 60.0
#: How long a browser waits before it comes back.
_RETRY_MILLISECONDS = 2_000
_MOST_SCREENS = 2_000
_BATCH = 500

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]

#: An event rather than a comment, so that a page can tell a dead line from a quiet one.
#: Its id lets a quiet page come back after days without having missed what was not for it.
_PULSE = "id: {}\nevent: pulse\ndata: {{}}\n\n"

_hubs: list[Hub] = []


class _TurnedAwayError(Exception):
    """The call is answered with this status and sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Caller:
    """Whose screen it is: what is asked again each minute."""

    session_key: str
    viewer: Viewer

    def may_see(self, event: Event) -> bool:
        if event.person is not None and event.person != self.viewer.id:
            return False
        if event.brand is None:
            return True
        return self.viewer.may(Permission.READ_CONVERSATIONS, event.brand)


async def startup() -> None:
    hub = Hub()
    await hub.open()
    _hubs.append(hub)


async def shutdown() -> None:
    while _hubs:
        await _hubs.pop().close()


def position() -> str:
    """Up to where this process has told its screens; empty where it has none to tell.

    A page made now shows everything before this, so its screen goes on from here. A process that
    has only just started asks the database where that is.
    """
    if not _hubs:
        return ""
    return _hubs[0].position or live.head()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    try:
        hub, caller, after = await _let_in(scope)
    except _TurnedAwayError as refusal:
        await _refuse(send, refusal)
        return
    with hub.screen() as screen:
        # Its place in the hub is taken before the past is read: what comes meanwhile waits there.
        known = hub.position
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        gone = asyncio.create_task(_hang_up(receive))
        telling = asyncio.create_task(_tell(hub, screen, caller, after or known, known, send))
        done, waiting = await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in done:
            _say_why(task)
    with contextlib.suppress(OSError):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _say_why(task: "asyncio.Task[None]") -> None:
    error = task.exception()
    if error is not None and not isinstance(error, (DatabaseError, InterfaceError, OSError)):
        log.error("live: a stream failed", exc_info=error)


# --- Who may listen ----------------------------------------------------------------------------


async def _let_in(scope: Scope) -> tuple[Hub, _Caller, str]:
    if scope["path"].rstrip("/") != "/live":
        raise _TurnedAwayError(404, "There is nothing here. The stream of events is at /live.")
    if scope["method"] != "GET":
        raise _TurnedAwayError(405, "The stream of events is read with GET.")
    if not _hubs or not _hubs[0].position or len(_hubs[0]) >= _MOST_SCREENS:
        raise _TurnedAwayError(503, "The stream of events is not open just now. Try again soon.")
    headers = dict(scope["headers"])
    hub, key = _hubs[0], _session_key(headers.get(b"cookie", b"").decode("latin-1"))
    try:
        caller = await hub.run(partial(_caller, key)) if key else None
        after = await _resumed(hub, scope, headers)
    except (DatabaseError, InterfaceError) as error:
        raise _TurnedAwayError(503, "The database does not answer. Try again soon.") from error
    if caller is None:
        raise _TurnedAwayError(401, "Sign in first: events are for people who are signed in.")
    if scope["query_string"] == b"check":
        raise _TurnedAwayError(200, "You are signed in.")
    return hub, caller, after


def _session_key(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _caller(session_key: str) -> _Caller | None:
    """Whose session this is, if it still stands: ended, expired, or of an old password it is
    nobody's. The same question Django asks for each page."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    if not user.is_authenticated:
        return None
    return _Caller(session_key, people.viewer_of(cast(Any, user), now=clock.now()))


async def _resumed(hub: Hub, scope: Scope, headers: dict[bytes, bytes]) -> str:
    """The last event the screen had; empty for a screen that has had none."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    asked = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
    if not asked:
        return ""
    try:
        return asked if await hub.run(partial(live.can_resume, asked)) else "reset"
    except BadPosition as error:
        raise _TurnedAwayError(400, "That is no position in the stream.") from error


# --- Telling -----------------------------------------------------------------------------------


async def _tell(
    hub: Hub, screen: Screen, caller: _Caller, after: str, known: str, send: Send
) -> None:
    await _send(send, f"retry: {_RETRY_MILLISECONDS}\n\n")
    if after == "reset":
        # Older than what is kept: the screen loads its page again, and goes on from here.
        await _send(send, f"id: {known}\nevent: reset\ndata: {{}}\n\n")
    else:
        async for missed in _past(hub, after, known):
            await _pass_on(caller, [missed], send)
    # A screen that comes from another process may be ahead of this one: nothing comes twice.
    had = known if after == "reset" else max(after, known, key=_order)
    loop = asyncio.get_running_loop()
    check_at = loop.time() + _CHECK_SECONDS
    while not screen.overrun:
        events = await _next(screen, had, min(_HEARTBEAT_SECONDS, check_at - loop.time()))
        concerns_rights = any(
            event.topic == REVOKED and event.person == caller.viewer.id for event in events
        )
        if concerns_rights or loop.time() >= check_at:
            again = await hub.run(partial(_caller, caller.session_key))
            if again is None or again.viewer.id != caller.viewer.id:
                await _send(send, "event: signed-out\ndata: {}\n\n")
                return
            caller, check_at = again, loop.time() + _CHECK_SECONDS
        if events:
            had = events[-1].position
            await _pass_on(caller, events, send)
        elif screen.waiting.empty():
            had = max(had, hub.position, key=_order)
            await _send(send, _PULSE.format(had))


async def _past(hub: Hub, after: str, until: str) -> AsyncIterator[Event]:
    """Events after `after`, up to where the hub was when this screen took its place."""
    last = _order(until)
    while _order(after) < last:
        events = await hub.run(partial(live.read_after, after, limit=_BATCH))
        for event in events:
            if _order(event.position) > last:
                return
            yield event
            after = event.position
        if len(events) < _BATCH:
            return


def _order(position: str) -> tuple[int, int]:
    transaction, _, number = position.partition("-")
    return int(transaction), int(number)


async def _next(screen: Screen, had: str, seconds: float) -> list[Event]:
    """What waits after `had`, as soon as there is anything; empty when nothing comes in time.

    Up to whatever concerns somebody's rights: what comes after it waits until they were asked
    again."""
    found: list[Event] = []
    try:
        async with asyncio.timeout(max(seconds, 0.0)):
            while not found or not screen.waiting.empty():
                event = await screen.waiting.get()
                if _order(event.position) > _order(had):
                    found.append(event)
                    if event.topic == REVOKED:
                        break
    except TimeoutError:
        pass
    return found


async def _pass_on(caller: _Caller, events: list[Event], send: Send) -> None:
    shown = [one for one in events if one.topic != REVOKED and caller.may_see(one)]
    if shown:
        await _send(send, "".join(map(_frame, shown)))


def _frame(event: Event) -> str:
    return f"id: {event.position}\nevent: {event.topic}\ndata: {event.data}\n\n"


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _hang_up(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return


async def _refuse(send: Send, refusal: _TurnedAwayError) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
    ]
    if refusal.status == 503:
        headers.append((b"retry-after", b"5"))
    if refusal.status == 405:
        headers.append((b"allow", b"GET"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": str(refusal).encode()})
