"""Faults to order: the next calls that match go wrong in the way that was asked for.

`POST /_control/faults` orders one over HTTP; tests order them on the object.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What a fault may do; each with the words of its argument.
KINDS = {
    "error-before": "answers `status` and does nothing",
    "error-after": "does it, and then answers `status`",
    "slow": "waits `seconds`, then answers as ever",
    "reset-before": "breaks the connection and does nothing",
    "reset-after": "does it, and then breaks the connection",
    "unknown-field": "adds a field nobody knows to every object of a JSON answer",
    "missing-field": "leaves the field `name` out of a JSON answer, wherever it stands",
    "new-value": "writes `value` into the field `name` of a JSON answer, wherever it stands",
    "body": "answers `status` with the JSON `body`",
    "down": "answers nothing to anybody until the fault is withdrawn",
}


class FaultOrderError(ValueError):
    """The order cannot be carried out; the message says why."""


@dataclass(slots=True)
class Fault:
    """Hits calls of `stage` (all if empty) whose method and path match, `times` times, after
    letting `skip` of them pass. `down` holds until it is withdrawn."""

    kind: str
    stage: str = ""
    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    status: int = 500
    seconds: float = 0.0
    name: str = ""
    value: Any = None
    body: Any = None
    hit: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultOrderError(f"There is no fault “{self.kind}”. There are: {', '.join(KINDS)}")

    def matches(self, stage: str, method: str, path: str) -> bool:
        return (
            self.stage in ("", stage)
            and self.method in ("", method)
            and re.search(self.path, path) is not None
        )


class Broken(Exception):  # noqa: N818 - reads as a state
    """The connection breaks here."""


@dataclass(slots=True)
class Faults:
    ordered: list[Fault] = field(default_factory=list)

    def order(self, kind: str, **more: Any) -> Fault:
        """Raises `FaultOrderError`."""
        try:
            fault = Fault(kind, **more)
        except TypeError as error:
            raise FaultOrderError(f"The order is not understood: {error}.") from error
        self.ordered.append(fault)
        return fault

    def withdraw(self, stage: str = "") -> None:
        self.ordered = [one for one in self.ordered if stage and one.stage != stage]

    def take(self, stage: str, method: str, path: str) -> Fault | None:
        for fault in self.ordered:
            if not fault.matches(stage, method, path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.hit += 1
            if fault.kind != "down":
                fault.times -= 1
                if fault.times <= 0:
                    self.ordered.remove(fault)
            return fault
        return None


@dataclass(slots=True)
class Faulty:
    """An ASGI app around one stage that lets ordered faults happen."""

    app: ASGIApp
    stage: str
    faults: Faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/see" in scope["path"]:
            await self.app(scope, receive, send)
            return
        fault = self.faults.take(self.stage, scope["method"], scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
            return
        match fault.kind:
            case "down" | "reset-before":
                await _break(send)
            case "error-before" | "body":
                await _drain(receive)
                await _answer(send, fault.status, fault.body)
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self.app(scope, receive, send)
            case "error-after" | "reset-after":
                await self.app(scope, receive, _nowhere)
                if fault.kind == "reset-after":
                    await _break(send)
                await _answer(send, fault.status, fault.body)
            case _:
                await self._changed(fault, scope, receive, send)

    async def _changed(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        body = b"".join(parts)
        try:
            said = json.loads(body)
        except ValueError:
            changed = body
        else:
            changed = json.dumps(_everywhere(said, _change(fault))).encode()
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        headers.append((b"content-length", str(len(changed)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": changed})


def _change(fault: Fault) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(one: dict[str, Any]) -> dict[str, Any]:
        match fault.kind:
            case "unknown-field":
                return {**one, "never_seen_before": {"since": "today"}}
            case "missing-field":
                return {key: value for key, value in one.items() if key != fault.name}
            case _:
                return {**one, fault.name: fault.value} if fault.name in one else one

    return change


def _everywhere(said: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(said, list):
        return [_everywhere(one, change) for one in said]
    if isinstance(said, dict):
        return change({key: _everywhere(value, change) for key, value in said.items()})
    return said


async def _answer(send: Send, status: int, body: Any) -> None:
    said = json.dumps(body if body is not None else {"error": "the sandbox was told to fail"})
    headers = [(b"content-type", b"application/json")]
    headers.append((b"content-length", str(len(said)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said.encode()})


async def _break(send: Send) -> None:
    """Promises more than it sends, and then the server has to close the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    raise Broken("The sandbox was told to break this connection.")


async def _drain(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _nowhere(message: Message) -> None:
    """What was answered, and nobody heard."""
