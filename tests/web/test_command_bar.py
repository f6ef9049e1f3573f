"""Ctrl K: whatever can be done, opened or found, within a few key strokes and one's own brands."""

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from glede.kit import clock
from glede.rulebook.people.rules import Viewer
from tests.browser import assert_accessible, opened
from tests.web import inbox_desk
from tests.web.serving import Desk
from tests.web.test_inbox import OnATuesday, at_desk, html


class TestOptions(OnATuesday):
    def offered(self, typed: str, who: Viewer | None = None) -> str:
        return html(at_desk(who or self.town.sam), "/go/", data={"q": typed})

    def test_people_are_offered_to_those_who_may_read_them(self) -> None:
        assert "Nadia Hussain" in self.offered("nadia")
        assert "Nadia Hussain" not in self.offered("nadia", self.town.meena)

    def test_clauses_are_offered_by_number_and_by_word(self) -> None:
        assert "/policy/clauses/6.5/" in self.offered("6.5")
        assert "Clause" in self.offered("acknowledge")

    def test_a_search_is_always_offered_and_nothing_for_nothing(self) -> None:
        assert "Search for “&lt;b&gt;”" in self.offered("<b>")
        assert self.offered("  ").strip() == ""

    def test_signed_out_it_offers_nothing(self) -> None:
        assert Client().get("/go/", {"q": "nadia"}).status_code in (302, 403)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_the_bar_does_goes_and_finds(desk: Desk, browser: Browser, width: int, dark: bool) -> None:
    town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, width=width, dark=dark) as page:
        desk.sign_in(page, town.sam)
        page.goto("/alerts/")
        bar, box = page.locator("#bar"), page.get_by_role("combobox", name="Do, go or find")

        page.keyboard.press("Control+k")
        expect(box).to_be_focused()
        box.fill("pol")
        expect(bar.get_by_role("option", name="Go to Policy")).to_have_attribute(
            "aria-selected", "true"
        )
        assert_accessible(page)
        box.press("Enter")
        page.wait_for_url("**/policy/**")

        page.keyboard.press("Control+k")
        box.fill("nadia")
        found = bar.get_by_role("option", name="Nadia Hussain")
        expect(found).to_be_visible()
        while found.get_attribute("aria-selected") != "true":
            box.press("ArrowDown")
        box.press("Enter")
        page.wait_for_url("**/c/**")
        expect(page.get_by_role("heading", name="Nadia Hussain").first).to_be_visible()

        page.keyboard.press("Control+k")
        box.fill("assign to me")
        box.press("Enter")
        expect(bar).to_be_hidden()
        page.keyboard.press("Control+k")
        box.press("Escape")
        expect(bar).to_be_hidden()
