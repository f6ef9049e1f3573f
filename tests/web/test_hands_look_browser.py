"""The desk under strain: contrast, forced colours, twice the size, spacing, a thumb, no script.

One browser and one town for all of it; what each page looks like in itself is tested beside it.
"""

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web import inbox_desk
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: WCAG 2.2, 1.4.12: what a reader may set without losing words.
_SPACED = """() => { const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }"""
#: Buttons and fields smaller than a thumb; links in running text are excepted (2.5.8).
_TOO_SMALL = """(least) => [...document
    .querySelectorAll('button, summary, .btn, input, select, .rail a')]
    .filter((one) => one.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter((one) => !one.closest('.vh') && !one.matches('.vh, [type=checkbox], [type=radio]'))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.height < least - .5 || box.width < 24))
    .map(([one, box]) => `${Math.round(box.width)}x${Math.round(box.height)} `
        + one.outerHTML.slice(0, 90))"""


def test_the_desk_holds_in_every_theme_and_at_twice_the_size(desk: Desk, browser: Browser) -> None:
    town = inbox_desk.tuesday(clock.now())
    pages = ("/", f"/c/{town.dawn.pk}/", "/wall/", "/me/keys/")
    with opened(browser, base_url=desk.url, dark=True) as page:
        desk.sign_in(page, town.sam)
        for path in pages:
            _at(page, path)
            assert_accessible(page)
        page.emulate_media(forced_colors="active", color_scheme="light")
        assert_accessible(page)
        page.emulate_media(forced_colors="none")
        page.request.post("/me/look/", form={"theme": "contrast", **_token(page)})
        for path in pages[1:3]:
            _at(page, path)
            expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
            assert_accessible(page)
        # 1440 pixels at 200 % are 720.
        page.set_viewport_size({"width": 720, "height": 450})
        for path in pages:
            _at(page, path)
            page.evaluate(_SPACED)
            assert_no_sideways_scroll(page)


def test_a_phone_has_room_for_a_thumb(desk: Desk, browser: Browser) -> None:
    town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, width=390, height=844) as page:
        desk.sign_in(page, town.sam)
        for path in ("/", f"/c/{town.dawn.pk}/", "/wall/", "/me/keys/"):
            _at(page, path)
            assert_no_sideways_scroll(page)
            assert "\n".join(page.evaluate(_TOO_SMALL, 44)) == "", path


def test_a_promise_and_a_search_need_no_script(desk: Desk, browser: Browser) -> None:
    town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, javascript=False) as page:
        desk.sign_in(page, town.sam)
        _at(page, f"/c/{town.dawn.pk}/")
        expect(page.locator("kbd").first).to_be_hidden()
        page.locator("a[data-timescale]").first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.go_back()

        page.get_by_role("link", name="Search").click()
        page.get_by_role("searchbox").or_(page.locator("#q")).first.fill("stairwell")
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text("Dawn Petherick")

        _at(page, "/wall/")
        page.get_by_role("link", name="No owner").first.click()
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def _at(page: Page, path: str) -> None:
    page.goto(path)


def _token(page: Page) -> dict[str, str]:
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    return {"csrfmiddlewaretoken": cookies[settings.CSRF_COOKIE_NAME]}
