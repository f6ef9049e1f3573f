"""A resident on the brand's own site writes in the widget and reads the answer, by keyboard too."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from glede.desk.conversations.models import Conversation
from glede.rulebook.accounts.models import App
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.visitor.conftest import Visitor, deliver, drain
from tests.web.serving import Desk

pytestmark = pytest.mark.browser


class CustomersSite(http.server.BaseHTTPRequestHandler):
    """The brand's own website, elsewhere; `body` is the one page it has."""

    body: ClassVar[str] = ""

    def do_GET(self) -> None:
        head = "<!doctype html><html lang=en><title>Red Kite</title>"
        page = f"{head}<main><h1>Repairs</h1>{self.body}</main>"
        self.send_response(200 if self.path != "/favicon.ico" else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@dataclass(frozen=True, slots=True)
class Site:
    url: str

    def shows(self, body: str) -> None:
        CustomersSite.body = body


@pytest.fixture
def site() -> Iterator[Site]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), CustomersSite)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    thread.join(10)


def allow(visitor: Visitor, origin: str) -> None:
    app = App.objects.get(pk=visitor.app_id)
    app.settings |= {"sites": origin}
    app.save()


def write(where: Page | FrameLocator, text: str) -> None:
    where.get_by_label("Your name").fill("Iris Blandford")
    where.get_by_label("Your message").fill(text)
    where.get_by_role("button", name="Send").click()


def test_a_resident_writes_in_the_widget_and_reads_the_answer_there(
    visitor: Visitor, desk: Desk, browser: Browser, site: Site
) -> None:
    allow(visitor, site.url)
    site.shows(f'<script src="{desk.url}/w/{visitor.key}/embed.js"></script>')

    with opened(browser) as page:
        page.goto(site.url)
        frame = page.frame_locator('iframe[title="Write to Red Kite"]')
        write(frame, "My boiler is out")
        expect(frame.get_by_role("heading", name="Thank you, your message is here")).to_be_visible()
        assert_accessible(page)

        drain()
        expect(frame.get_by_text("My boiler is out")).to_be_visible()
        conversation = Conversation.objects.get()
        frame.get_by_label("Write again").fill("half a thought")
        deliver(visitor.is_answered(conversation_id=conversation.pk))
        page.frames[1].evaluate("document.querySelector('main').dataset.again = 1")
        page.frames[1].goto(page.frames[1].url)
        expect(frame.get_by_text("We come at two. ^Sam")).to_be_visible()
        assert_accessible(page)
        assert page.context.cookies() == []
    assert conversation.messages.get(direction="in").url == f"{site.url}/"


def test_a_site_nobody_registered_cannot_frame_it(
    visitor: Visitor, desk: Desk, browser: Browser, site: Site
) -> None:
    allow(visitor, "https://red-kite.example")
    site.shows(f'<iframe src="{desk.url}/w/{visitor.key}/?in=frame" title="Write to us"></iframe>')

    with opened(browser, errors_expected=True) as page:
        page.goto(site.url)
        expect(page.frame_locator("iframe").get_by_label("Your name")).to_have_count(0)


@pytest.mark.parametrize(
    ("width", "dark"), [(1440, False), (390, False), (1440, True), (390, True)]
)
def test_every_page_is_accessible_and_fits(
    visitor: Visitor, desk: Desk, browser: Browser, width: int, dark: bool
) -> None:
    with opened(browser, base_url=desk.url, width=width, dark=dark) as page:
        for path in (f"/w/{visitor.key}/", f"/w/{visitor.key}/thanks/"):
            page.goto(path)
            assert_accessible(page)
            assert_no_sideways_scroll(page)
        page.goto(f"/w/{visitor.key}/")
        write(page, "My boiler is out, and " + "the " * 40 + "x" * 200)
        expect(page.get_by_role("heading", name="Thank you, your message is here")).to_be_visible()
        assert_accessible(page)
        drain()
        deliver(visitor.is_answered(conversation_id=Conversation.objects.get().pk))
        expect(page.get_by_text("We come at two. ^Sam")).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
    with opened(browser, base_url=desk.url, width=width, dark=dark, errors_expected=True) as page:
        page.goto("/v/nothing/")
        assert_accessible(page)


def test_it_all_works_without_javascript_and_by_keyboard(
    visitor: Visitor, desk: Desk, browser: Browser
) -> None:
    with opened(browser, base_url=desk.url, javascript=False) as page:
        page.goto(f"/w/{visitor.key}/")
        page.keyboard.press("Tab")  # the page in Welsh
        page.keyboard.press("Tab")
        page.keyboard.type("Iris Blandford")
        page.keyboard.press("Tab")
        page.keyboard.type("My boiler is out")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Thank you, your message is here")).to_be_visible()
        drain()
        page.get_by_role("link", name="Show it now").click()
        expect(page.get_by_text("My boiler is out")).to_be_visible()
        page.get_by_label("Write again").fill("It still is")
        page.get_by_role("button", name="Send").click()
        drain()
        page.reload()
        expect(page.get_by_text("It still is")).to_be_visible()
    assert Conversation.objects.get().message_count == 2
