"""`python -m sandbox`: opens the platforms, remembers, and plays stories."""

import json
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.keeping import Kept, StateError
from sandbox.kernel.world import World
from sandbox.town.life import Town
from tests.runner.house import free_port, wait_until
from tests.sandbox.village import Village

pytestmark = pytest.mark.process


@dataclass
class Opened:
    state: Path
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *more: str) -> None:
        command = [sys.executable, "-m", "sandbox", "serve", f"--port={self.port}"]
        self.running = subprocess.Popen([*command, f"--state={self.state}", *more])
        wait_until("the sandbox opened", self.town)

    def town(self) -> dict[str, Any] | None:
        try:
            return dict(httpx.get(f"{self.base}/_control/town").json())
        except httpx.HTTPError:
            return None

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.running is not None
        self.running.send_signal(number)
        return self.running.wait(timeout=20)

    def pages(self) -> list[str]:
        """Addresses of every public page."""
        known = json.loads((self.state / "credentials.json").read_text())
        return [
            f"{self.base}/{slug}/see/{page['native_id']}"
            for slug, one in known.items()
            for page in one["pages"]
        ]

    def walls(self) -> list[str]:
        return [httpx.get(f"{page}/now").text for page in self.pages()]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    made = Opened(tmp_path / "state")
    yield made
    if made.running is not None and made.running.poll() is None:
        made.end(signal.SIGKILL)


def test_what_was_said_outlives_a_restart_and_a_kill(opened: Opened) -> None:
    opened.start("--every=10", "--speed=1000")
    wait_until("the town spoke", lambda: (opened.town() or {}).get("acts", 0) > 60)
    httpx.post(f"{opened.base}/_control/town", json={"every": 0, "speed": 0.001})
    pages, walls, secrets = opened.pages(), opened.walls(), _credentials(opened)
    assert sum(wall.count("<article") for wall in walls) > 20
    assert opened.end() == 0
    opened.start("--speed=0.001")
    assert opened.pages() == pages
    assert _without_times(opened.walls()) == _without_times(walls)
    assert _credentials(opened) == secrets

    threading.Event().wait(2.5)  # longer than it takes to write
    opened.end(signal.SIGKILL)
    opened.start("--speed=0.001")
    assert _without_times(opened.walls()) == _without_times(walls)


def _credentials(opened: Opened) -> Any:
    """Our apps at the platforms; tokens of pages may be given anew."""
    known = json.loads((opened.state / "credentials.json").read_text())
    return {
        slug: {name: value for name, value in one["app"].items() if name != "pages"}
        for slug, one in known.items()
    }


def _without_times(walls: list[str]) -> list[list[str]]:
    return [[line for line in wall.splitlines() if "<time" not in line] for wall in walls]


def test_a_new_state_begins_with_what_was_said_before(opened: Opened) -> None:
    opened.start("--past=90")
    walls = "".join(opened.walls())
    times = [datetime.fromisoformat(at) for at in re.findall(r'<time datetime="([^"]+)"', walls)]
    assert len(times) > 8
    now = datetime.now(UTC)
    assert now - timedelta(minutes=91) < min(times)
    assert min(times) < now - timedelta(minutes=30)
    assert max(times) < now
    opened.end()
    opened.start("--past=90")
    assert "".join(opened.walls()).count("<time") == len(times)


def test_what_is_kept_is_for_its_owner_alone(opened: Opened) -> None:
    opened.start("--every=10", "--speed=1000")
    wait_until("the town spoke", lambda: (opened.town() or {}).get("acts", 0) > 100)
    opened.end()
    files = [path for path in opened.state.rglob("*") if path.is_file()]
    assert len(files) >= 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(opened.state.stat().st_mode) == 0o700


def test_a_story_is_played_from_the_command_line(opened: Opened) -> None:
    opened.start()
    command = [sys.executable, "-m", "sandbox", "play", "quiet-sunday", "--speed=100000"]
    done = subprocess.run([*command, f"--base={opened.base}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "A quiet Sunday." in done.stdout
    assert "7:45  mention" in done.stdout
    assert "missed" not in done.stdout


def test_what_is_wrong_is_said_in_a_sentence(opened: Opened) -> None:
    def said(*arguments: str) -> str:
        command = [sys.executable, "-m", "sandbox", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1
        return done.stderr

    assert "There is no scenario “nothing”" in said("play", "nothing")
    nobody = f"http://127.0.0.1:{free_port()}"
    assert "does not answer" in said("play", "pile-on", f"--base={nobody}")
    assert "There is no platform “myspace”" in said("serve", "--only=myspace")
    opened.state.mkdir()
    (opened.state / "x.state").write_text("{")
    assert "Move" in said("serve", f"--state={opened.state}", "--only=x")


def test_listed_stories_have_titles() -> None:
    done = subprocess.run([sys.executable, "-m", "sandbox", "list"], capture_output=True, text=True)
    assert done.stdout.count("\n") == 16
    assert "A pile-on" in done.stdout


# --- The folder, without a process ---------------------------------------------------------------


def made(folder: Path) -> tuple[World, Village, Kept]:
    world = World("http://127.0.0.1:1")
    stage = Village(world)
    world.add(stage)
    return world, stage, Kept(folder, world, Town(world))


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    _, stage, kept = made(tmp_path)
    kept.load()
    kept.save()
    before = (tmp_path / "village.state").stat()
    kept.save()
    assert (tmp_path / "village.state").stat().st_ino == before.st_ino
    stage.publish("village-red-kite", "News")
    kept.save()
    assert (tmp_path / "village.state").stat().st_ino != before.st_ino
    assert not list(tmp_path.glob(".*"))


def test_pictures_and_their_addresses_outlive_a_restart(tmp_path: Path) -> None:
    world, _, kept = made(tmp_path)
    kept.load()
    digest = world.media.put(b"a picture", "image/png")
    address = world.media.address(digest)
    kept.save()
    again, _, later = made(tmp_path)
    later.load()
    assert again.media.get(digest) == (b"a picture", "image/png")
    assert again.media.address(digest) == address


def test_a_broken_file_is_named_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "village.state").write_text("{")
    _, _, kept = made(tmp_path)
    with pytest.raises(StateError, match=r"village\.state cannot be read"):
        kept.load()
    assert (tmp_path / "village.state").read_text() == "{"
