"""The town writes as a real website would: signed, understood, and until it is taken."""

import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import pytest

from glede.platforms import registry
from glede.platforms.contract import DoorApp, NotGenuine, Request, Written
from sandbox.town import stories, websites

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRvd24gaW4gYSB0ZXN0"
SLUGS = ("red-kite", "twenty11", "pennvale", "edenmead")


@dataclass
class Door:
    """Verifies like ours and notes what it took; refuses the first calls if told to."""

    base: str = ""
    refuse: int = 0
    calls: int = 0
    taken: dict[str, bytes] = field(default_factory=dict)
    slugs: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> int:
        self.calls += 1
        slug = request.path.rpartition("/")[2]
        door = registry.get("website").door
        assert door is not None
        try:
            door.verify(request, DoorApp(slug=slug, secrets=(SECRET,)), datetime.now(UTC))
        except NotGenuine as error:
            return error.status
        if self.calls <= self.refuse:
            return 503
        self.taken[request.headers["webhook-id"]] = request.body
        self.slugs.append(slug)
        return 200


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(made.answer(Request("POST", self.path, b"", headers, body)))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    file = tmp_path / "websites.json"
    listed = [{"slug": slug, "brand": slug, "secret": SECRET} for slug in SLUGS]
    file.write_text(json.dumps({"apps": listed}))
    return file


def walk(door: Door, apps: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "sandbox.town.websites",
        f"--base={door.base}",
        f"--apps={apps}",
        *more,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def test_every_post_is_signed_taken_and_understood(door: Door, apps: Path) -> None:
    walk(door, apps, "--every=0", "--most=60")

    assert len(door.taken) == 60
    assert set(door.slugs) == set(SLUGS)
    for slug, body in zip(door.slugs, door.taken.values(), strict=True):
        (event,) = registry.get("website").parse(body, slug)
        assert isinstance(event, Written)
        assert event.post.text
        assert event.post.author.name


def test_the_same_seed_tells_the_same_and_another_run_has_other_ids(door: Door, apps: Path) -> None:
    def told(*more: str) -> tuple[set[str], list[str]]:
        door.taken.clear()
        walk(door, apps, "--every=0", "--most=20", *more)
        bodies = [json.loads(body)["data"] for body in door.taken.values()]
        return set(door.taken), [data["text"] for data in bodies]

    first, again = told("--seed=7", "--run=a"), told("--seed=7", "--run=a")
    other = told("--seed=7", "--run=b")
    assert first == again
    assert other[1] == first[1]
    assert not other[0] & first[0]


def test_a_post_is_sent_again_until_it_is_taken(door: Door, apps: Path) -> None:
    door.refuse = 1
    done = walk(door, apps, "--every=0", "--most=2")

    assert len(door.taken) == 2
    assert door.calls == 3
    assert "answered 503" in done.stderr
    assert SECRET not in done.stderr


def test_the_town_goes_quiet_when_asked(door: Door, apps: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "sandbox.town.websites",
        f"--base={door.base}",
        f"--apps={apps}",
    ]
    with subprocess.Popen([*command, "--every=0.2"]) as running:
        while not door.taken and running.poll() is None:
            threading.Event().wait(0.05)
        running.send_signal(signal.SIGTERM)

        assert running.wait(timeout=10) == 0


def test_a_round_tells_every_story_once_with_follow_ups_in_their_order() -> None:
    everybody = stories.stories()
    count = sum(len(story.messages) for story in everybody)
    round_one = list(islice(stories.told(random.Random(1)), count))  # noqa: S311

    threads: dict[str, list[int]] = {}
    for message in round_one:
        threads.setdefault(message.thread, []).append(message.number)
    assert len(threads) == len(everybody) >= 140
    assert all(numbers == sorted(numbers) for numbers in threads.values())
    assert {message.language for message in round_one} == {"en", "cy"}


def test_secrets_do_not_show(apps: Path) -> None:
    assert SECRET not in repr(websites.read_sites(apps))
