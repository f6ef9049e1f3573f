"""An event loop in a thread of its own: Playwright's runs in the tests' thread once it was used."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Loop:
    loop: asyncio.AbstractEventLoop

    def run[T](self, story: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(story, self.loop).result(timeout=120)


@contextlib.contextmanager
def running() -> Iterator[Loop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="door", daemon=True)
    thread.start()
    try:
        yield Loop(loop)
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
