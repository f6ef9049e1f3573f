"""Fast hands in a real Chromium: one's own keys, two in a row, the sheet; by keyboard alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from glede.desk.conversations.models import Conversation
from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web import inbox_desk
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: The script that reads ahead, as the page has it.
_AHEAD = """async () => {
    const loaded = performance.getEntriesByType("resource").map((one) => one.name);
    window.ahead = await import(loaded.find((name) => /inbox-ahead[^/]*\\.js/.test(name)));
}"""


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
        with page.expect_navigation():
            page.get_by_role("button", name="Keep these keys").click()
        expect(page.get_by_text("usually r", exact=True)).to_be_visible()

        page.keyboard.press("g")
        expect(page.locator("#key-hint")).to_contain_text("then")
        expect(page.locator("#key-hint")).to_contain_text("Go to Inbox")
        page.keyboard.press("i")
        page.wait_for_url(f"{desk.url}/")

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


def test_the_next_conversation_is_there_before_it_is_asked_for(
    desk: Desk, browser: Browser
) -> None:
    town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, errors_expected=True) as page:
        desk.sign_in(page, town.sam)
        press, title = page.keyboard.press, page.locator("#title")
        page.goto("/")
        # Who is the most urgent depends on the hour at which this runs.
        first, second = (_in_row(page, number) for number in (0, 1))
        _reads_ahead(page)
        # Read ahead is not read.
        expect(page.locator(f"#row-{first.pk}")).to_have_class(re.compile("unread"))

        press("j")
        expect(title).to_contain_text(first.name)
        _reads_ahead(page)
        page.context.set_offline(True)
        press("j")
        expect(title).to_contain_text(second.name)
        page.context.set_offline(False)
        expect(page.locator("#line")).to_be_hidden()

        # What was not answered cannot be resolved: it comes back with the reason.
        page.goto(f"/c/{first.pk}/")
        _reads_ahead(page)
        press("Shift+E")
        expect(page.locator("#fault")).to_contain_text("answer")
        expect(title).to_contain_text(first.name)

        # What was, is resolved behind the next one, and can be taken back.
        inbox_desk.answer(first, town.priya, "It is mended.", at=clock.now())
        page.goto(f"/c/{town.waiting.pk}/")
        row = page.locator(f"#row-{first.pk}")
        row.locator(".to").click()
        expect(title).to_contain_text(first.name)
        _reads_ahead(page)
        press("Shift+E")
        expect(title).not_to_contain_text(first.name)
        expect(page.locator("#done")).to_contain_text("Undo")
        expect(row).to_have_class(re.compile("left"))


def _in_row(page: Page, number: int) -> Conversation:
    row = page.locator("#rows .row").nth(number)
    return Conversation.objects.get(pk=row.get_attribute("data-id"))


def _reads_ahead(page: Page) -> None:
    """Until what comes next is here, as that script itself says."""
    page.evaluate(_AHEAD)
    page.wait_for_function("() => ahead.has(ahead.nextLink())")
