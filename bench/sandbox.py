"""How many things residents do in a second on all the sandbox's platforms, one process.

The town acts as fast as it can: it draws who, what and where, and each act leaves as a webhook to
a sink of ours over HTTP, a hundred in one call. The yardstick is the town alone, on a platform that
only counts.
"""

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench import report
from sandbox import stages
from sandbox.kernel.bus import Happening
from sandbox.kernel.hooks import Call, Manners
from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.world import Page, World
from sandbox.town.life import Town

_ACTS = 10_000
_WARM = 500
#: Then the loop has its turn, so that deliveries leave while the town goes on.
_AT_ONCE = 20
_MANNERS = Manners(most_at_once=100)


def main() -> None:
    rate = asyncio.run(_everything())
    world = World("http://127.0.0.1")
    world.add(_Plain())  # type: ignore[arg-type]  # residents need no more of it
    alone = _acts_per_second(Town(world, reacting=False))
    report.say(
        figure="what residents do on every platform of the sandbox, delivered",
        value=rate,
        unit="acts/s",
        yardstick=report.Yardstick(what="the town alone", value=alone, unit="acts/s"),
    )


class _Plain:
    slug, name = "plain", "Plain"
    can = frozenset({"comment", "mention", "message", "edit", "delete"})

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def pages(self) -> list[Page]:
        return [Page(one.slug, one.slug, one.name, one.handle) for one in LANDLORDS]

    def posts(self, page: str) -> Sequence[str]:
        return [page]

    def _count(self, *_given: object, **_named: object) -> str:
        return str(next(self._numbers))

    comment = mention = message = edit = delete = publish = _count


def _acts_per_second(town: Town) -> float:
    for _ in range(_WARM):
        town.act()
    began = time.perf_counter()
    for _ in range(_ACTS):
        town.act()
    return _ACTS / (time.perf_counter() - began)


async def _everything() -> float:
    """Until the last of them is delivered."""
    with _listening() as (listening, address):
        delivered = 0

        async def take(request: Request) -> Response:
            nonlocal delivered
            delivered += (await request.body()).count(b"\n")
            return Response()

        app = Starlette(routes=[Route("/", take, methods=["POST"])])
        sink = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        serving = asyncio.create_task(sink.serve(sockets=[listening]))
        world = World("http://127.0.0.1")
        stages.open_all(world)
        told = 0

        def tell(happening: Happening) -> None:
            nonlocal told
            told += 1
            world.hooks.give("bench", Call(address, happening, _bundle), _MANNERS)

        world.bus.call(tell)
        town = Town(world, reacting=False)
        for _ in range(_WARM):
            town.act()
        began, before = time.perf_counter(), town.counts.acts
        while town.counts.acts < before + _ACTS:
            for _ in range(_AT_ONCE):
                town.act()
            await asyncio.sleep(0)
        while delivered < told:
            await asyncio.sleep(0.001)
        rate = (town.counts.acts - before) / (time.perf_counter() - began)
        await world.hooks.close()
        for stage in world.stages.values():
            stage.close()
        sink.should_exit = True
        await serving
        return rate


def _bundle(events: Sequence[object]) -> tuple[bytes, dict[str, str]]:
    return "".join(f"{event!r}\n" for event in events).encode(), {}


@contextlib.contextmanager
def _listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening, f"http://127.0.0.1:{listening.getsockname()[1]}/"


if __name__ == "__main__":
    main()
