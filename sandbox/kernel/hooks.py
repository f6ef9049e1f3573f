"""Webhooks as the platforms deliver them: signed, batched, tried again, sometimes twice or out of
order. What a body looks like and how it is signed is the stage's; when it leaves is decided here.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx


@dataclass(frozen=True, slots=True)
class Call:
    """One event for one address. `bundle` makes one signed request of several events."""

    address: str
    event: object
    bundle: Callable[[Sequence[object]], tuple[bytes, Mapping[str, str]]]


@dataclass(slots=True)
class Manners:
    """How a platform delivers. `tries` are the waits in seconds before each further try."""

    most_at_once: int = 1
    gather_seconds: float = 0.0
    tries: tuple[float, ...] = (1.0, 5.0, 30.0, 120.0, 600.0)
    twice: float = 0.0  # this share of requests is delivered twice
    shuffled: bool = False
    delay: float = 0.0
    good: frozenset[int] = frozenset({200, 201, 202, 204})


@dataclass(slots=True)
class _Line:
    manners: Manners
    waiting: deque[Call] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Sent:
    """What became of a request: for the page of deliveries and for tests."""

    address: str
    events: int
    status: int
    at: datetime
    tries: int


@dataclass(slots=True)
class Hooks:
    """One line for each stage and address; `hold` stops all deliveries until they are released.

    `twice` and `shuffled` are ordered for every platform, whatever its own manners are."""

    now: Callable[[], datetime]
    rng: random.Random
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=1000))
    dropped: int = 0
    twice: float = 0.0
    shuffled: bool = False
    _lines: dict[tuple[str, str], _Line] = field(default_factory=dict)
    _late: set[asyncio.Task[None]] = field(default_factory=set)
    _client: httpx.AsyncClient | None = None
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def give(self, stage: str, call: Call, manners: Manners) -> None:
        """Deliver in the background; call it from the server's own loop."""
        line = self._lines.get((stage, call.address))
        if line is None:
            line = self._lines[stage, call.address] = _Line(manners)
        line.manners = manners
        line.waiting.append(call)
        line.ready.set()
        if line.task is None or line.task.done():
            line.task = asyncio.get_running_loop().create_task(self._run(line))

    def waiting(self) -> int:
        """How many events have not been answered for yet."""
        return sum(len(line.waiting) for line in self._lines.values()) + len(self._late)

    async def close(self) -> None:
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        tasks += self._late
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _run(self, line: _Line) -> None:
        while True:
            line.ready.clear()
            while line.waiting:
                await self._open.wait()
                manners = line.manners
                if manners.delay or manners.gather_seconds:
                    await asyncio.sleep(manners.delay or manners.gather_seconds)
                calls = self._take(line)
                await self._deliver(calls, manners)
            await line.ready.wait()

    def _take(self, line: _Line) -> list[Call]:
        most = max(line.manners.most_at_once, 1)
        calls = [line.waiting.popleft() for _ in range(min(most, len(line.waiting)))]
        if line.manners.shuffled or self.shuffled:
            self.rng.shuffle(calls)
        return calls

    async def _deliver(self, calls: list[Call], manners: Manners) -> None:
        times = 2 if self.rng.random() < max(manners.twice, self.twice) else 1
        for _ in range(times):
            if not await self._post(calls, manners, tries=1):
                # Tried again later; what comes after does not wait for it.
                task = asyncio.get_running_loop().create_task(self._again(calls, manners))
                self._late.add(task)
                task.add_done_callback(self._late.discard)

    async def _again(self, calls: list[Call], manners: Manners) -> None:
        for number, wait in enumerate(manners.tries, start=2):
            await asyncio.sleep(wait)
            await self._open.wait()
            if await self._post(calls, manners, tries=number):
                return
        self.dropped += len(calls)

    async def _post(self, calls: list[Call], manners: Manners, *, tries: int) -> bool:
        address = calls[0].address
        body, headers = calls[0].bundle([call.event for call in calls])
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=20, trust_env=False)
        try:
            answer = await self._client.post(address, content=body, headers=dict(headers))
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        self.sent.append(Sent(address, len(calls), status, self.now(), tries))
        return status in manners.good
