"""Asking the list in a real Chromium: the line, its offers, chips and views; wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web import inbox_desk
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_list_is_asked_for_with_the_keyboard_kept_and_taken_apart(
    desk: Desk, browser: Browser, width: int
) -> None:
    town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, width=width, height=844) as page:
        desk.sign_in(page, town.sam)
        page.goto("/")
        page.keyboard.press("f")
        line = page.get_by_role("combobox", name="Ask the list for")
        expect(line).to_be_focused()

        page.keyboard.type("brand:pe")
        expect(page.get_by_role("option")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option")).to_have_attribute("aria-selected", "true")
        assert_accessible(page, behind="#rows")
        page.keyboard.press("Enter")
        expect(line).to_have_value("brand:pennvale ")
        page.keyboard.type("owner:none")
        page.keyboard.press("Enter")

        expect(page.locator(".chips .tag")).to_have_text(["Pennvale", "No owner"])
        names = page.locator("#rows .to")
        # Which of them is due first depends on the hour.
        expect(names).to_have_count(2)
        for name in ("Jean and Tony Marsh", "Philip Wainwright"):
            expect(names.filter(has_text=name)).to_have_count(1)
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        page.get_by_role("link", name="Keep as a view").click()
        page.get_by_label("Name").first.fill("Pennvale, nobody’s")
        assert_accessible(page)
        page.get_by_role("button", name="Keep the view").click()
        expect(page.locator("#views summary")).to_contain_text("Pennvale, nobody’s")
        expect(page.locator(".chips")).to_have_count(0)

        page.goto("/?q=brand:penvale+is:late")
        expect(page.get_by_role("alert")).to_contain_text("There is no brand “penvale”.")
        assert_accessible(page)
        page.get_by_role("link", name="Ask for brand:pennvale is:late").click()
        expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
        page.get_by_role("link", name="Without Late").click()
        expect(page.locator("#rows .row")).to_have_count(2)
        page.locator("#views summary").click()
        assert_accessible(page, behind="#rows")
        page.goto("/views/")
        assert_accessible(page)
        assert_no_sideways_scroll(page)
