"""The streams: server-sent events for one account, with a heartbeat."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.mastodon.api import Api, Caller
from sandbox.mastodon.instance import Instance

#: What each stream carries; None is everything that concerns the account.
_CARRIES = {
    "user": None,
    "user/notification": frozenset({"notification"}),
    "direct": frozenset({"conversation"}),
}


class Streams:
    def __init__(self, instance: Instance, api: Api) -> None:
        self.instance = instance
        self.api = api
        self.thump_seconds = 15.0
        self._ended = False

    def routes(self) -> list[BaseRoute]:
        async def healthy(_request: object) -> Response:
            return PlainTextResponse("OK")

        found: list[BaseRoute] = [Route("/api/v1/streaming/health", healthy)]
        for name, carries in _CARRIES.items():
            scope = "read:notifications" if "notification" in name else "read:statuses"
            path = f"/api/v1/streaming/{name}"
            found.append(self.api.route(path, self._opening(carries), scope=scope))
        return found

    def close(self) -> None:
        """Every open stream ends."""
        self._ended = True
        self.cut()

    def cut(self) -> None:
        """The connections break; whoever comes back has missed what happened in between."""
        for queues in self.instance.streams.values():
            for queue in queues:
                queue.put_nowait(("", ""))

    def _opening(self, carries: frozenset[str] | None):  # type: ignore[no-untyped-def]
        async def call(caller: Caller) -> Response:
            queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
            self.instance.streams.setdefault(caller.me.id, []).append(queue)
            return StreamingResponse(
                self._events(caller.me.id, queue, carries),
                media_type="text/event-stream",
                headers={"cache-control": "private, no-store"},
            )

        return call

    async def _events(
        self,
        account: str,
        queue: asyncio.Queue[tuple[str, str]],
        carries: frozenset[str] | None,
    ) -> AsyncIterator[str]:
        try:
            yield ":)\n"
            while not self._ended:
                try:
                    event, said = await asyncio.wait_for(queue.get(), self.thump_seconds)
                except TimeoutError:
                    yield ":thump\n"
                    continue
                if not event:
                    return
                if carries is None or event in carries:
                    yield f"event: {event}\ndata: {said}\n\n"
        finally:
            self.instance.streams[account].remove(queue)
