"""How tests see a page as a person does: a real Chromium, and what must hold on every page."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

#: The programs that draw pages, in the order we look for them.
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that wants something from another machine does not get it, and the test sees that.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
#: WCAG 2.0 to 2.2, levels A and AA, and axe's own list of good practice.
_AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What a theme alone can break, and what a width.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
LAYOUT_RULES = ["target-size", "scrollable-region-focusable"]
#: The theme somebody chose, and what their system asks for: light is what a page opens in.
_THEMES = (("dark", "light"), ("contrast", "light"), ("contrast", "dark"))
_IN_THEME = """(theme) => {
    const before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = theme;
    return before;
}"""
_RUN_AXE_ON = """(rules) => axe.run(document, {
    runOnly: {type: 'rule', values: rules}, resultTypes: ['violations'],
}).then((found) => found.violations)"""
_RUN_AXE = """([tags, behind]) => axe.run(behind ? {exclude: [behind]} : document, {
    runOnly: {type: 'tag', values: tags},
    // WCAG 2.2's 2.5.8 is the only AA rule that axe leaves off unless asked.
    rules: {'target-size': {enabled: true}},
    resultTypes: ['violations'],
}).then((found) => found.violations)"""
_WIDER_THAN_THE_PAGE = """() => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    return [...document.body.querySelectorAll('*')]
        .filter((element) => element.getBoundingClientRect().right > page.clientWidth + 0.5)
        .map((element) => element.outerHTML.slice(0, 120));
}"""

#: A machine that runs every test at once may take its time. An assertion that holds is over as
#: soon as it does; no test here measures how long anything takes.
expect.set_options(timeout=30_000)


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    impact: str
    help: str
    #: The elements, as `selector: html`.
    elements: tuple[str, ...]

    def __str__(self) -> str:
        return "\n    ".join((f"{self.rule} ({self.impact}): {self.help}", *self.elements))


@contextlib.contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.fail("Chromium is not installed: run `make setup` first.")
    with tempfile.TemporaryDirectory(prefix="glede-chromium-") as folder:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=_FLAGS,
            # Chromium's sandbox refuses to start as root.
            chromium_sandbox=os.geteuid() != 0,
            # Chromium keeps crash reports and caches in the home directory otherwise.
            env={**os.environ, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder},
        )
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; each test opens pages of its own in it."""
    # Playwright's event loop runs in this thread, so Django takes every test for asynchronous
    # code and refuses the database. Nothing of ours runs inside that loop.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"
    try:
        with sync_playwright() as playwright, chromium(playwright) as started:
            yield started
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextlib.contextmanager
def opened(
    browser: Browser,
    *,
    base_url: str | None = None,
    width: int = 1440,
    height: int = 900,
    dark: bool = False,
    javascript: bool = True,
    errors_expected: bool = False,
) -> Iterator[Page]:
    """A page in a profile of its own; what its console complained of fails the test at the end.

    A content security policy that was broken, a script that failed and a file that was missing
    all end in the console.
    """
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=javascript,
        has_touch=width < 600,
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({message.location.get('url', '')})")

    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert errors_expected or not complaints, "The page complained:\n" + "\n".join(complaints)


def axe(page: Page, *, behind: str = "") -> list[Violation]:
    """What axe-core finds against WCAG 2.2 AA and good practice, frames included.

    After an act that leads to another page, wait for that page (`page.expect_navigation`) before
    you look: until it comes, the one before it stands there. Its style sheets are waited for here.

    `behind` is what an open menu lies on: which of its targets the menu's edge happens to cut is
    no fault of theirs.

    The source is evaluated over the debugging protocol, so the page keeps its own content
    security policy while it is looked at.
    """
    page.wait_for_load_state()
    source = (_node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    for frame in page.frames:
        # The trailing value keeps Playwright from carrying axe itself back to Python.
        frame.evaluate(f"{source};0")
    return _violations(page.evaluate(_RUN_AXE, [_AXE_TAGS, behind]))


def axe_on(page: Page, rules: list[str]) -> list[Violation]:
    """These rules alone, on a page that `axe` has looked at."""
    return _violations(page.evaluate(_RUN_AXE_ON, rules))


def themed(page: Page) -> Iterator[str]:
    """What the colours of the other themes break, on a page that `axe` has looked at.

    The page is dressed as the button for it does, without another load.
    """
    before = None
    for theme, scheme in _THEMES:
        page.emulate_media(color_scheme=scheme)
        was = page.evaluate(_IN_THEME, theme)
        before = before or was
        for one in axe_on(page, COLOUR_RULES):
            yield f"{theme} on {scheme}: {one}"
    page.emulate_media(color_scheme="light")
    page.evaluate(_IN_THEME, before)


def _violations(found: list[dict[str, Any]]) -> list[Violation]:
    return [
        Violation(
            rule=one["id"],
            impact=one["impact"],
            help=one["help"],
            elements=tuple(f"{node['target']}: {node['html'][:160]}" for node in one["nodes"]),
        )
        for one in found
    ]


def assert_accessible(page: Page, *, behind: str = "") -> None:
    found = axe(page, behind=behind)
    assert not found, f"{page.url}:\n" + "\n".join(map(str, found))


def assert_accessible_in_every_theme(page: Page) -> None:
    assert_accessible(page)
    found = [*themed(page)]
    assert not found, f"{page.url}:\n" + "\n".join(found)


def wider_than(page: Page) -> list[str]:
    """The elements that make a page scroll sideways (WCAG 2.2, 1.4.10 Reflow)."""
    page.wait_for_load_state()
    wider: list[str] = page.evaluate(_WIDER_THAN_THE_PAGE)
    return wider


def assert_no_sideways_scroll(page: Page) -> None:
    wider = wider_than(page)
    assert not wider, f"{page.url} is wider than its window:\n" + "\n".join(wider)


def _node_modules() -> Path:
    return Path(os.environ.get("GLEDE_NODE_MODULES", "build/node_modules")).resolve()
