"""The sandbox's platforms, and the town that lives on them.

python -m sandbox serve --port 8001 --state FOLDER    open the platforms
python -m sandbox play boiler-outage --speed 60       play a story on a sandbox that is open
python -m sandbox list                                which stories there are
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from sandbox import stages
from sandbox.keeping import Kept, StateError
from sandbox.kernel.world import World
from sandbox.server import build
from sandbox.town import scenario
from sandbox.town.life import Town
from sandbox.town.running import Running, lively
from sandbox.town.scenario import ScenarioError

_LOOPBACK = "127.0.0.1"
_PORT = 8001
#: Seconds between two matters of the past on average.
_PAST_EVERY = 300.0


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    try:
        return int(args.do(args))
    except (ScenarioError, StateError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=(__doc__ or "").splitlines()[0])
    acts = parser.add_subparsers(required=True, metavar="act")
    serve = acts.add_parser("serve", help="open the platforms on a port of this machine")
    serve.add_argument("--port", type=int, default=_PORT)
    serve.add_argument("--state", type=Path, help="folder that outlives a restart")
    serve.add_argument("--only", default="", help="platforms to open, with commas; else all")
    serve.add_argument("--seed", type=int, default=2011, help="decides everything left to chance")
    serve.add_argument(
        "--every", type=float, default=0.0, help="town seconds between new matters; 0: none"
    )
    serve.add_argument("--speed", type=float, default=1.0, help="town seconds in a second")
    serve.add_argument(
        "--past", type=int, default=0, help="a new state begins with so many minutes of talk"
    )
    serve.set_defaults(do=_serve)
    play = acts.add_parser("play", help="play a story on a sandbox that is open")
    play.add_argument("name", help="`python -m sandbox list` names them")
    play.add_argument("--speed", type=float, default=1.0, help="story seconds in a second")
    play.add_argument("--base", default=f"http://{_LOOPBACK}:{_PORT}", help="its address")
    play.set_defaults(do=_play)
    listed = acts.add_parser("list", help="which stories there are")
    listed.set_defaults(do=_list)
    return parser.parse_args(arguments)


@dataclass(slots=True)
class _Clock:
    """What time it is on the platforms; `behind` only while the past is made."""

    behind: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.behind


class _Server(uvicorn.Server):
    """Ends as an ordinary program does; uvicorn's own would die of the signal that ended it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams that look on are cut off here, each with a trace that tells nobody anything.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


# --- Serve -----------------------------------------------------------------------------------


def _serve(args: argparse.Namespace) -> int:
    clock = _Clock()
    world = World(f"http://{_LOOPBACK}:{args.port}", seed=args.seed, now=clock)
    stages.open_all(world, tuple(slug for slug in args.only.split(",") if slug))
    town = Town(world, every=args.every)
    kept = Kept(args.state, world, town) if args.state else None
    fresh = kept is None or kept.is_new()
    if kept is not None:
        kept.load()
        kept.save()
    running = Running(world, town, speed=args.speed)

    @contextlib.asynccontextmanager
    async def around() -> AsyncIterator[None]:
        if fresh:
            _live_through(args.past, town, clock)
        saving = asyncio.create_task(kept.run(), name="keeping") if kept is not None else None
        try:
            async with lively(running):
                yield
        finally:
            if saving is not None and kept is not None:
                saving.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await saving
                kept.save()

    app = build(
        world,
        control=running.routes(),
        names=sorted(one.who.name for one in town.people),
        around=around,
    )
    config = uvicorn.Config(
        app,
        host=_LOOPBACK,
        port=args.port,
        log_level="warning",
        access_log=False,
        # Pages that look on never end by themselves.
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    server.run()
    return 0 if server.started else 1


def _live_through(minutes: int, town: Town, clock: _Clock) -> None:
    """What was said before anybody came, with the times at which it would have been said."""
    every, town.every = town.every, _PAST_EVERY
    for minute in range(minutes):
        clock.behind = timedelta(minutes=minutes - minute)
        town.step(60)
    clock.behind, town.every = timedelta(0), every


# --- Play ------------------------------------------------------------------------------------


def _play(args: argparse.Namespace) -> int:
    told = scenario.named(args.name)
    print(f"{told.title}. {told.about}")
    for line in told.expect:
        print(f"  A desk that keeps the policy: {line}")
    address = f"{args.base.rstrip('/')}/_control/scenarios"
    shown = 0
    try:
        with httpx.Client(timeout=20, trust_env=False) as client:
            order = {"name": args.name, "speed": args.speed}
            number = _asked(client.post(address, json=order))["playing"][-1]["number"]
            while True:
                listed = _asked(client.get(address))["playing"]
                playing = next(one for one in listed if one["number"] == number)
                for line in playing["log"][shown:]:
                    print(_line(line), flush=True)
                shown = len(playing["log"])
                if playing["over"]:
                    return 0
                time.sleep(0.2)
    except httpx.HTTPError as error:
        print(f"sandbox: {args.base} does not answer ({type(error).__name__}).", file=sys.stderr)
        return 1


def _asked(answer: httpx.Response) -> dict[str, Any]:
    """Raises `ScenarioError`."""
    said = answer.json()
    if answer.status_code != httpx.codes.OK:
        raise ScenarioError(said["error"])
    return dict(said)


def _line(told: dict[str, Any]) -> str:
    hours, seconds = divmod(int(told["at"]), 3600)
    missed = " missed:" if told["missed"] else ""
    return f"{hours:3}:{seconds // 60:02}  {told['do']:8}{missed} {told['says']}"


def _list(_args: argparse.Namespace) -> int:
    for name in scenario.names():
        told = scenario.named(name)
        print(f"{name:28}  {told.title}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
