"""What happens on the stages, told to whoever listens: pages, streams and the town."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """`what`: posted, commented, mentioned, messaged, edited, deleted, hidden, unhidden, blocked,
    unblocked, reported, published. `by_page`: the landlord did it, through the API or in the app.
    `of` is what it was done to or in answer to; `who` is a resident's key, or the page's id."""

    stage: str
    what: str
    page: str
    native_id: str
    at: datetime
    who: str = ""
    of: str = ""
    text: str = ""
    by_page: bool = False
    private: bool = False


#: A listener that does not read for so long loses the oldest.
_MOST_WAITING = 10_000


@dataclass(slots=True)
class Bus:
    """One loop only: tell and listen from the loop's own thread, or through `World`'s server."""

    _calls: list[Callable[[Happening], None]] = field(default_factory=list)
    _queues: list[tuple[deque[Happening], asyncio.Event]] = field(default_factory=list)

    def tell(self, happening: Happening) -> None:
        for call in list(self._calls):
            call(happening)
        for waiting, ready in self._queues:
            waiting.append(happening)
            ready.set()

    def call(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        """`listener` is called at once for everything that happens; the answer ends that."""
        self._calls.append(listener)

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._calls.remove(listener)

        return end

    async def listen(self) -> AsyncIterator[Happening]:
        """Everything from now on, for a page or a stream that reads at its own pace."""
        entry = (deque[Happening](maxlen=_MOST_WAITING), asyncio.Event())
        self._queues.append(entry)
        waiting, ready = entry
        try:
            while True:
                while waiting:
                    yield waiting.popleft()
                ready.clear()
                await ready.wait()
        finally:
            self._queues.remove(entry)
