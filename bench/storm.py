"""A storm on every platform at once, and whether the desk kept all of it.

The demo is started as anybody would start it. Residents write as fast as ordered; one call in five
is delivered twice, batches are shuffled, one platform is down for a while and the calls of all are
held back, another throttles, the worker is killed twice. Then what really happened on the
platforms is compared with the desk's tables: nothing lost, nothing doubled, every original time
kept.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from bench import report
from glede.kit import postgres

_EVENTS = 5_000
_PER_SECOND = 60
#: Ten minutes of the story, at the sandbox's usual thirty to one.
_DOWN_SECONDS = 20.0
_TWICE = 0.2
_THROTTLED = 40
_OPENS_WITHIN = 240.0
#: What a polled platform brings takes some polls, and what it missed a look back.
_SETTLES_WITHIN = 420.0
#: Platforms say when something was written to the second, rounded down, or finer; what happened is
#: told a moment after its time was taken.
_EXACT = timedelta(seconds=1.5)
_WROTE = frozenset({"commented", "mentioned", "messaged"})
_KEPT = """
    SELECT m.platform, m.native_id, m.received_at, m.direction
    FROM conversations_message m WHERE m.native_id IS NOT NULL
"""
_ASIDE = "SELECT count(*) FROM intake_rawevent WHERE state = 'aside'"


@dataclass(slots=True)
class Outcome:
    """What the platforms know against what the desk knows; the lists name what differs."""

    happened: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    untimely: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    aside: int = 0
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        return not (self.lost or self.doubled or self.untimely or self.unknown or self.aside)

    def __str__(self) -> str:
        parts = [
            f"{sum(self.happened.values())} happened ({dict(self.happened)}), {self.kept} kept"
        ]
        for name in ("lost", "doubled", "untimely", "unknown"):
            found = getattr(self, name)
            parts.append(f"{len(found)} {name}{': ' if found else ''}{'; '.join(found[:5])}")
        return ", ".join([*parts, f"{self.aside} set aside, {self.seconds:.0f} s"])


@dataclass(slots=True)
class Desk:
    """`glede run` with its demo, in a folder of its own."""

    home: Path
    port: int
    sandbox: int
    running: subprocess.Popen[bytes]

    def control(self, name: str, order: object = None, **asked: Any) -> dict[str, Any]:
        address = f"http://127.0.0.1:{self.sandbox}/_control/{name}"
        with httpx.Client(timeout=60, trust_env=False) as client:
            answer = (
                client.post(address, json=order) if order else client.get(address, params=asked)
            )
        answer.raise_for_status()
        return dict(answer.json())

    def mend(self) -> None:
        httpx.delete(f"http://127.0.0.1:{self.sandbox}/_control/faults").raise_for_status()

    def kill_worker(self) -> None:
        for child in psutil.Process(self.running.pid).children():
            if "worker" in child.cmdline()[2:]:
                child.kill()
                return
        raise AssertionError("No worker runs.")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        server = postgres.find(folder=self.home / "postgres")
        assert server is not None
        with psycopg.connect(server.url(database="glede")) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def opened() -> Iterator[Desk]:
    home = Path(tempfile.mkdtemp(prefix="glede-storm-"))
    home.chmod(0o711)
    port, sandbox = _free_port(), _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GLEDE_")}
    if modules := os.environ.get("GLEDE_NODE_MODULES"):
        kept["GLEDE_NODE_MODULES"] = modules
    environment = kept | {
        "GLEDE_HOME": str(home / "home"),
        "GLEDE_PORT": str(port),
        "GLEDE_SANDBOX_PORT": str(sandbox),
        "GLEDE_DEMO_POST_SECONDS": "0",
    }
    said = home / "said"
    with said.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "glede.cli", "run"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + _OPENS_WITHIN
        while "Ctrl-C stops it." not in said.read_text() and running.poll() is None:
            assert time.monotonic() < until, f"It did not open: {said.read_text()}"
            time.sleep(0.1)
        assert running.poll() is None, said.read_text()
        yield Desk(home / "home", port, sandbox, running)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def storm(desk: Desk, *, events: int, per_second: float, down_seconds: float) -> Outcome:
    """Every platform that is connected and lets residents write takes part."""
    connected = {row[0] for row in desk.ask("SELECT DISTINCT platform FROM accounts_account")}
    slugs = sorted(connected & set(desk.control("town")["platforms"]))
    began = time.monotonic()
    first = int(desk.control("happenings")["next"])
    before = int(desk.control("town")["acts"])
    desk.control("deliveries", {"twice": _TWICE, "shuffled": True})
    writes = {"comment": 50, "mention": 30, "message": 20}
    desk.control("town", {"every": 1 / per_second, "speed": 1, "reacting": False, "acts": writes})
    plan = [
        (0.15, lambda: _throttle(desk, slugs[-1])),
        (0.3, lambda: _down(desk, slugs[0])),
        (0.4, desk.kill_worker),
        (0.7, desk.kill_worker),
    ]
    mended = float("inf")
    while True:
        done = int(desk.control("town")["acts"]) - before
        if plan and done >= events * plan[0][0]:
            share, act = plan.pop(0)
            act()
            if share == 0.3:
                mended = time.monotonic() + down_seconds
        if time.monotonic() >= mended:
            _up(desk)
            mended = float("inf")
        if done >= events and not plan and mended == float("inf"):
            break
        time.sleep(0.1)
    desk.control("town", {"every": 0})
    outcome = _compared(desk, first)
    until = time.monotonic() + _SETTLES_WITHIN
    while not outcome.whole and time.monotonic() < until:
        time.sleep(2)
        outcome = _compared(desk, first)
    outcome.seconds = time.monotonic() - began
    return outcome


def _throttle(desk: Desk, slug: str) -> None:
    order = {"kind": "error-before", "stage": slug, "status": 429, "times": _THROTTLED}
    desk.control("faults", order)


def _down(desk: Desk, slug: str) -> None:
    desk.control("faults", {"kind": "down", "stage": slug})
    desk.control("deliveries", {"held": True})


def _up(desk: Desk) -> None:
    desk.mend()
    desk.control("deliveries", {"held": False})


def _compared(desk: Desk, first: int) -> Outcome:
    outcome = Outcome()
    happened = [
        one
        for one in desk.control("happenings", after=first)["happened"]
        if one["what"] in _WROTE and not one["by_page"]
    ]
    truth = {(one["stage"], one["native_id"]): one for one in happened}
    outcome.happened = Counter(one["stage"] for one in happened)
    # A plug-in may put a word of its own before a platform's id, to tell two kinds apart.
    rows = [
        (platform, native_id.rpartition("/")[2], at, direction)
        for platform, native_id, at, direction in desk.ask(_KEPT)
    ]
    seen = Counter((platform, native_id) for platform, native_id, _, _ in rows)
    kept = {(platform, native_id): at for platform, native_id, at, _ in rows}
    outcome.kept = len(truth.keys() & kept.keys())
    for key, one in truth.items():
        name = f"{key[0]} {key[1]}"
        if key not in kept:
            outcome.lost.append(f"{name} ({one['what']})")
        elif abs(kept[key] - datetime.fromisoformat(one["at"])) >= _EXACT:
            outcome.untimely.append(f"{name}: {one['at']} became {kept[key]}")
        if seen[key] > 1:
            outcome.doubled.append(name)
    platforms = {key[0] for key in truth}
    outcome.unknown = [
        f"{platform} {native_id}"
        for platform, native_id, at, direction in rows
        if direction == "in" and platform in platforms and (platform, native_id) not in truth
    ]
    outcome.aside = int(desk.ask(_ASIDE)[0][0])
    return outcome


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=_EVENTS)
    parser.add_argument("--per-second", type=float, default=_PER_SECOND)
    args, _ = parser.parse_known_args()
    with opened() as desk:
        outcome = storm(
            desk, events=args.events, per_second=args.per_second, down_seconds=_DOWN_SECONDS
        )
    print(outcome, file=sys.stderr)
    total = sum(outcome.happened.values())
    wrong = len(outcome.lost) + len(outcome.doubled) + len(outcome.untimely) + len(outcome.unknown)
    report.say(figure="storm: events kept once with their time", value=total - wrong, unit="events")
    report.say(figure="storm: events that happened", value=total, unit="events")
    if not outcome.whole:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
