"""Photograph the desk: docs/screenshots/*.png and the page docs/gallery.md that shows them.

python -m tools.screenshots              make every picture and the page
python -m tools.screenshots inbox wall   only pictures whose name begins so, and the page

It starts the demo on a fresh database in a folder that is thrown away, at one moment (Tuesday
24 November 2026, 13:30 in London), so that the same desk stands on every picture. Takes about
three minutes; a screen that could not be photographed is named, and the exit code is 1.
"""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tools import gallery
from tools.gallery import Picture

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "screenshots"
PAGE = ROOT / "docs" / "gallery.md"

#: Within working hours, between two dinners: what the demo and the design were made for.
MOMENT = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
#: The demo's platforms have ninety minutes of talk behind them; what comes on top would differ.
_NEXT_POST_SECONDS = 100_000
#: Talk of the platforms comes in after the desk has opened: as many rows, or this long.
_ROWS, _ROWS_WITHIN = 22, 60.0
_OPENS_WITHIN = 180.0
#: What the repository has room for.
MOST_BYTES = 6_000_000
_HEIGHTS = {1440: 900, 390: 844, 1920: 1080}
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as it runs: where, and everybody's password."""

    url: str
    password: str
    #: Address of a website's form, which has a key in it.
    form: str


def main(arguments: Sequence[str]) -> int:
    wanted = [
        one for one in gallery.PICTURES if not arguments or one.name.startswith(tuple(arguments))
    ]
    PICTURES.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    with _demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, _PROGRAMS)), None),
            args=_FLAGS,
            chromium_sandbox=os.geteuid() != 0,
        )
        cookies: dict[str, list[object]] = {}
        for one in wanted:
            try:
                _photograph(browser, demo, one, cookies)
            except (Error, AssertionError, OSError) as error:
                failed.append(one.name)
                print(f"{one.name}: {str(error).splitlines()[0]}", flush=True)
        browser.close()
    PAGE.write_text(gallery.page(gallery.PICTURES), encoding="utf-8")
    weight = sum(file.stat().st_size for file in PICTURES.glob("*.png"))
    print(f"{len(wanted) - len(failed)} pictures; docs/screenshots is {weight / 1e6:.1f} MB.")
    if weight > MOST_BYTES:
        print(f"That is more than the {MOST_BYTES / 1e6:.0f} MB the repository has room for.")
    return 1 if failed or weight > MOST_BYTES else 0


# --- The demo ----------------------------------------------------------------------------------


@contextmanager
def _demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="glede-shots-") as folder:
        home = Path(folder)
        said = home / "said.txt"
        port = _free_ports()
        ahead = (MOMENT - datetime.now(UTC)).total_seconds()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "glede.cli", "run"],
            cwd=ROOT,
            stdout=said.open("wb"),
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "GLEDE_HOME": folder,
                "GLEDE_PORT": str(port),
                "GLEDE_NODE_MODULES": str(ROOT / "build" / "node_modules"),
                "GLEDE_DEMO_POST_SECONDS": str(_NEXT_POST_SECONDS),
                "MOMENT_AHEAD": str(ahead),
                "PYTHONPATH": str(ROOT / "tools" / "moment"),
                "PYTHONUNBUFFERED": "1",
            },
        )
        try:
            _wait_until_open(process, said)
            password = (home / "demo" / "password").read_text(encoding="utf-8").strip()
            yield Demo(f"http://localhost:{port}", password, _visitors_form(home))
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _visitors_form(home: Path) -> str:
    asked = (
        "from glede.rulebook.accounts.models import App; "
        "print(App.objects.get(slug='pennvale').settings['public_key'])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "django", "shell", "--no-imports", "-c", asked],
        cwd=ROOT,
        env={
            **os.environ,
            "GLEDE_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "glede.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return f"/w/{done.stdout.strip()}/"


def _free_ports() -> int:
    """One of two free ports in a row: the desk's, and its platforms'."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
        return port


def _wait_until_open(process: subprocess.Popen[bytes], said: Path) -> None:
    """`glede run` says “Ctrl-C stops it” once everything stands."""
    until = time.monotonic() + _OPENS_WITHIN
    while "Ctrl-C stops it" not in (words := said.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"The demo did not open:\n{words}")
        time.sleep(0.2)


# --- Pictures ----------------------------------------------------------------------------------


def _photograph(
    browser: Browser, demo: Demo, one: Picture, cookies: dict[str, list[object]]
) -> None:
    context = browser.new_context(
        base_url=demo.url,
        viewport={"width": one.width, "height": _HEIGHTS[one.width]},
        color_scheme="dark" if one.theme == "dark" else "light",
        has_touch=one.width < 600,
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    try:
        if one.who:
            _sign_in(page, demo, one.who, cookies)
        if one.theme == "contrast":
            context.add_cookies([{"name": "glede-theme", "value": "contrast", "url": demo.url}])
        answer = page.goto(one.path.replace(gallery.FORM, demo.form))
        if answer is None or not answer.ok:
            raise SystemExit(
                f"{one.name}: {one.path} answered {answer and answer.status} to"
                f" {one.who or 'anybody'}. Name somebody in tools/gallery.py who may see it."
            )
        if one.theme == "contrast":
            page.evaluate("document.documentElement.dataset.theme = 'contrast'")
        for step in one.steps:
            step(page)
        page.evaluate("document.fonts.ready.then(() => true)")
        _keep(page.screenshot(), PICTURES / f"{one.name}.png")
    finally:
        context.close()


def _sign_in(page: Page, demo: Demo, who: str, cookies: dict[str, list[object]]) -> None:
    if who not in cookies:
        page.goto("/accounts/login/")
        page.get_by_label("Work e-mail").fill(f"{who}@redkitegroup.example")
        page.get_by_label("Password").fill(demo.password)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)
        if not cookies:
            _wait_for_the_talk(page)
        cookies[who] = list(page.context.cookies())
    page.context.add_cookies(cookies[who])  # type: ignore[arg-type] # as Playwright gave them


def _wait_for_the_talk(page: Page) -> None:
    """What was said on the platforms before anybody came is fetched account by account."""
    until = time.monotonic() + _ROWS_WITHIN
    rows: Callable[[], int] = lambda: page.locator("#rows .row").count()  # noqa: E731
    before = -1
    while time.monotonic() < until and not (rows() >= _ROWS and rows() == before):
        before = rows()
        page.wait_for_timeout(4_000)
        page.reload()
    expect(page.locator("#rows .row").first).to_be_visible()


def _keep(png: bytes, file: Path) -> None:
    """With at most 256 colours: an interface needs no more, and a picture takes a third."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = image.quantize(colors=256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(file, optimize=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
