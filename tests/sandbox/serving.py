"""A sandbox that really listens, in a thread of the test's own process.

What a test does to the world's stages runs on the server's loop (`Served.do`), as if a resident had
clicked there.
"""

import asyncio
import contextlib
import functools
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import uvicorn

from sandbox.kernel.world import Stage, World
from sandbox.server import build
from sandbox.town.running import Running, lively


@dataclass(frozen=True, slots=True)
class Served:
    base: str
    world: World
    loop: asyncio.AbstractEventLoop

    def do[T](self, act: Callable[..., T], *given: Any, **named: Any) -> T:
        """Call `act` on the server's loop, and wait for what it returns."""
        done: Future[T] = Future()

        def call() -> None:
            try:
                done.set_result(act(*given, **named))
            except BaseException as error:  # noqa: BLE001 - carried to the test
                done.set_exception(error)

        self.loop.call_soon_threadsafe(call)
        return done.result(timeout=20)


@contextlib.contextmanager
def serving(
    *stages: Callable[[World], Stage],
    seed: int = 2011,
    town: Callable[[World], Running] | None = None,
) -> Iterator[Served]:
    """Stages on a free port of 127.0.0.1 until the block ends, with a `town` that lives there."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # callers wait here until the server has started
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        world = World(base, seed=seed)
        for stage in stages:
            world.add(stage(world))
        running = town(world) if town is not None else None
        app = build(
            world,
            control=running.routes() if running is not None else (),
            around=functools.partial(lively, running) if running is not None else None,
        )
        config = uvicorn.Config(app, log_level="critical", lifespan="on", loop="asyncio")
        server = uvicorn.Server(config)
        started: Future[asyncio.AbstractEventLoop] = Future()

        async def run() -> None:
            started.set_result(asyncio.get_running_loop())
            await server.serve(sockets=[listening])

        thread = threading.Thread(target=asyncio.run, args=(run(),), name="sandbox", daemon=True)
        thread.start()
        try:
            yield Served(base, world, started.result(timeout=20))
        finally:
            server.should_exit = True
            thread.join(timeout=20)
