"""The browser tests see what they claim to see, on a page with our content security policy."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from playwright.sync_api import Browser, Error

from tests.browser import assert_accessible, assert_no_sideways_scroll, axe, opened

pytestmark = pytest.mark.browser

_POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"
_PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_PICTURE = f'<img src="data:image/gif;base64,{_PIXEL}" width="{{width}}"{{alt}}>'
_PAGES = {
    "/good": _PICTURE.format(width=10, alt=' alt="A lift"'),
    "/no-alt": _PICTURE.format(width=10, alt=""),
    "/framed": '<iframe title="Form" src="/no-alt-inside"></iframe>',
    "/no-alt-inside": _PICTURE.format(width=10, alt=""),
    "/inline-script": "<script>document.title = 'broken'</script>",
    "/wide": _PICTURE.format(width=3000, alt=' alt="A long wall"'),
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        inside = self.path == "/no-alt-inside"
        content = f"<h1>Page</h1>{_PAGES[self.path]}"
        html = (
            '<!doctype html><html lang="en"><head><title>Page</title>'
            '<link rel="icon" href="data:,"></head><body>'
            f"{content if inside else f'<main>{content}</main>'}</body></html>"
        )
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-security-policy", _POLICY)
        self.end_headers()
        self.wfile.write(html.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing to say."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_page_without_faults_passes(browser: Browser, site: str) -> None:
    with opened(browser, base_url=site) as page:
        page.goto("/good")

        assert_accessible(page)
        assert_no_sideways_scroll(page)


@pytest.mark.parametrize("path", ["/no-alt", "/framed"])
def test_a_picture_without_words_is_found_in_frames_too(
    browser: Browser, site: str, path: str
) -> None:
    with opened(browser, base_url=site) as page:
        page.goto(path)

        assert "image-alt" in [violation.rule for violation in axe(page)]


def test_a_broken_content_security_policy_fails_the_test(browser: Browser, site: str) -> None:
    with (
        pytest.raises(AssertionError, match="Content Security Policy"),
        opened(browser, base_url=site) as page,
    ):
        page.goto("/inline-script")


def test_a_page_wider_than_its_window_is_found(browser: Browser, site: str) -> None:
    with opened(browser, base_url=site, width=390) as page:
        page.goto("/wide")

        with pytest.raises(AssertionError, match="A long wall"):
            assert_no_sideways_scroll(page)


def test_names_other_than_this_machine_do_not_resolve(browser: Browser, site: str) -> None:
    # Without our flag Chromium takes every name under localhost for this machine.
    elsewhere = site.replace("localhost", "elsewhere.localhost")
    with (
        opened(browser, errors_expected=True) as page,
        pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"),
    ):
        page.goto(f"{elsewhere}/good")


@pytest.mark.django_db
def test_the_database_can_be_used_beside_an_open_page(browser: Browser, site: str) -> None:
    with opened(browser, base_url=site) as page:
        page.goto("/good")

        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
