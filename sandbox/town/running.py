"""The town and the scenarios on the server's own loop, and their part of `/_control`."""

import asyncio
import contextlib
import itertools
import json
import sys
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.kernel.bus import Happening
from sandbox.kernel.world import World
from sandbox.town import scenario
from sandbox.town.life import ACTS, Town
from sandbox.town.play import Play
from sandbox.town.scenario import ScenarioError

_TICK_SECONDS = 0.1
_LONGEST_TICK = 5.0
_FASTEST = 1_000_000.0
_REMEMBERED = 10
#: What happened on the platforms, for whoever compares: so much of it is remembered.
_TOLD = 50_000


@dataclass(slots=True)
class Running:
    """`speed`: town seconds in a second. Each play has a speed of its own."""

    world: World
    town: Town
    speed: float = 1.0
    plays: list[tuple[Play, float]] = field(default_factory=list)
    started: int = 0
    failures: int = 0
    happened: deque[Happening] = field(default_factory=lambda: deque(maxlen=_TOLD))
    #: How many happened before the first that is remembered.
    forgotten: int = 0

    def __post_init__(self) -> None:
        self.world.bus.call(self._note)

    def _note(self, happening: Happening) -> None:
        if len(self.happened) == _TOLD:
            self.forgotten += 1
        self.happened.append(happening)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = loop.time()
            # After a machine slept, the town does not do all at once what it slept through.
            passed, before = min(now - before, _LONGEST_TICK), now
            try:
                self.town.step(passed * self.speed)
                for play, speed in self.plays:
                    play.step(passed * speed)
            except Exception:  # noqa: BLE001 - a fault in one platform must not empty the town
                self.failures += 1
                print(f"town: {traceback.format_exc()}", file=sys.stderr, flush=True)

    def start(self, name: str, *, speed: float = 1.0) -> Play:
        """Raises `ScenarioError`."""
        if not 0 < speed <= _FASTEST:
            raise ScenarioError(f"A speed is more than 0 and at most {_FASTEST:g}.")
        play = Play(self.world, scenario.named(name), self.town)
        # Of those that are over the last few are remembered.
        over = [one for one in self.plays if one[0].over][-_REMEMBERED:]
        self.plays = [one for one in self.plays if not one[0].over or one in over]
        self.started += 1
        play.number = self.started
        self.plays.append((play, speed))
        play.step(0)
        return play

    def stop(self) -> None:
        for play, _ in self.plays:
            play.stop()

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/scenarios", self._scenarios, methods=["GET", "POST", "DELETE"]),
            Route("/happenings", self._happenings),
            Route("/town", self._town, methods=["GET", "POST"]),
        ]

    async def _scenarios(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.stop()
        elif request.method == "POST":
            try:
                given = json.loads(await request.body())
                self.start(str(given["name"]), speed=float(given.get("speed", 1)))
            except ScenarioError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            except (ValueError, TypeError, KeyError):
                why = 'The order must read {"name": "…", "speed": 60}.'
                return JSONResponse({"error": why}, status_code=400)
        return JSONResponse(
            {
                "scenarios": scenario.names(),
                "playing": [
                    {
                        "number": play.number,
                        "name": play.scenario.name,
                        "speed": speed,
                        "time": round(play.time, 1),
                        "lasts": play.scenario.lasts,
                        "over": play.over,
                        "log": [asdict(told) for told in play.log],
                    }
                    for play, speed in self.plays
                ],
            }
        )

    async def _happenings(self, request: Request) -> Response:
        """What really happened, from `after` on; to compare with what a desk knows."""
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            return JSONResponse({"error": "after must be a number."}, status_code=400)
        first = max(int(after) - self.forgotten, 0)
        told = [
            {**asdict(one), "at": one.at.isoformat()}
            for one in itertools.islice(self.happened, first, None)
        ]
        return JSONResponse({"next": self.forgotten + len(self.happened), "happened": told})

    async def _town(self, request: Request) -> Response:
        if request.method == "POST":
            why = 'The order must read {"every": 40, "speed": 1}, in seconds and times.'
            try:
                given = json.loads(await request.body())
                every = float(given.get("every", self.town.every))
                speed = float(given.get("speed", self.speed))
                acts = {str(act): float(share) for act, share in given.get("acts", {}).items()}
            except (ValueError, TypeError, AttributeError):
                return JSONResponse({"error": why}, status_code=400)
            known = acts.keys() <= ACTS.keys() and all(share >= 0 for share in acts.values())
            if not (known and 0 <= every < _FASTEST and 0 < speed <= _FASTEST):
                return JSONResponse({"error": why}, status_code=400)
            self.town.every, self.speed = every, speed
            self.town.reacting = given.get("reacting", self.town.reacting) is True
            self.town.acts = acts or self.town.acts
        counts = {**asdict(self.town.counts), "failures": self.failures}
        open_ = [stage.slug for stage in self.world.stages.values() if stage.can]
        told = {"every": self.town.every, "speed": self.speed, "platforms": open_}
        return JSONResponse({**told, **counts})


@contextlib.asynccontextmanager
async def lively(running: Running):  # type: ignore[no-untyped-def]  # contextlib names it
    """The town lives while the block lasts."""
    task = asyncio.create_task(running.run(), name="town")
    try:
        yield
    finally:
        running.stop()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
