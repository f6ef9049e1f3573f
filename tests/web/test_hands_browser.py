"""Fast hands in a real Chromium: one's own keys, two in a row, the sheet; by keyboard alone."""

import pytest
from playwright.sync_api import Browser, expect

from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web import inbox_desk
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
def test_own_keys_work_and_are_said_wherever_keys_are_said(
    desk: Desk, browser: Browser, width: int
) -> None:
    town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, width=width, errors_expected=True) as page:
        desk.sign_in(page, town.sam)
        page.goto("/me/keys/")
        assert_accessible(page)
        assert_no_sideways_scroll(page)

        page.get_by_label("Reply", exact=True).fill("n")
        page.get_by_role("button", name="Keep these keys").click()
        expect(page.get_by_role("alert").first).to_contain_text("“n” would do two things")
        expect(page.get_by_label("Reply", exact=True)).to_have_value("n")

        page.get_by_label("Reply", exact=True).fill("q")
        page.get_by_label("Resolve", exact=True).fill("")
        page.get_by_role("button", name="Keep these keys").click()
        expect(page.get_by_text("usually r", exact=True)).to_be_visible()

        page.keyboard.press("g")
        expect(page.locator("#key-hint")).to_contain_text("then")
        expect(page.locator("#key-hint")).to_contain_text("Go to Inbox")
        page.keyboard.press("i")
        page.wait_for_url("**/")

        page.goto(f"/c/{town.dawn.pk}/")
        expect(page.locator("#settle kbd")).to_be_hidden()
        page.keyboard.press("r")
        page.keyboard.press("e")
        expect(page.locator("#title")).to_contain_text("Dawn Petherick")
        page.keyboard.press("q")
        expect(page.locator("#words")).to_be_focused()
        page.keyboard.type("g i e")
        expect(page.locator("#words")).to_have_value("g i e")
        page.keyboard.press("Escape")

        page.keyboard.press("?")
        sheet = page.get_by_role("dialog", name="Keys")
        expect(sheet.locator("#keys-list div", has_text="Reply").first).to_contain_text("q")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        expect(page.locator("#owner .sheet button").first).to_be_focused()

        page.goto("/me/keys/")
        page.get_by_role("button", name="The usual keys again").click()
        expect(page.get_by_label("Resolve", exact=True)).to_have_value("e")
