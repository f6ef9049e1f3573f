"""Work shared out in a real Chromium, by keyboard and touch: undo, label, snooze, many at once."""

import pytest
from playwright.sync_api import Page, expect

from glede.desk.conversations.models import Conversation
from glede.flow import sorting
from glede.kit import clock
from tests import make
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def with_labels(made: Town) -> Town:
    for name in ("repairs", "bins", "noise"):
        sorting.create_label(viewer=made.priya, name=name, brand_id=None, now=made.now)
    return made


@pytest.fixture
def town() -> Town:
    return with_labels(inbox_desk.tuesday(clock.now()))


@pytest.fixture
def town_at_any_hour() -> Town:
    """Its rows stand in one order, whatever the hour of the test."""
    return with_labels(inbox_desk.tuesday(clock.now(), week=make.ALWAYS))


def look_well(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_by_keyboard_alone(town: Town, sit: Sit) -> None:
    with sit(town.sam, f"/c/{town.waiting.pk}/", errors_expected=True) as page:
        marks, bar = page.locator("#marks"), page.locator("#done")
        page.keyboard.press("l")
        page.keyboard.type("repairs")
        page.keyboard.press("Enter")
        expect(marks.locator(".labels")).to_contain_text("repairs")
        expect(bar).to_contain_text("Label put on.")
        look_well(page)

        page.locator("#title").focus()
        page.keyboard.press("z")
        expect(marks.locator(".labels")).to_have_count(0)
        expect(bar.locator(".toast")).to_have_count(0)

        page.keyboard.press("n")
        page.locator("#note").fill("Half a thought")
        page.locator("#title").focus()
        page.keyboard.press("e")
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        page.keyboard.press("z")
        expect(page.get_by_role("button", name="Resolve")).to_be_visible()
        expect(page.locator("#note")).to_have_value("Half a thought")
        # The row comes back to the list a moment after the conversation.
        expect(page.locator("#rows .row.left")).to_have_count(0)

        page.keyboard.press("s")
        look_well(page)
        page.locator("#snooze-menu").get_by_role("button", name="When we open next").or_(
            page.locator("#snooze-menu").get_by_role("button", name="Tomorrow at opening")
        ).first.click()
        # Whatever the hour of the test: it is snoozed, or a sentence says why it cannot be.
        expect(page.locator("#marks .planned, #fault:not([hidden])").first).to_be_visible()


def test_many_at_once_by_keyboard_alone(town_at_any_hour: Town, sit: Sit) -> None:
    town = town_at_any_hour
    with sit(town.sam) as page:
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("X")
        expect(page.locator("#picked")).to_have_text("3 chosen:")
        look_well(page)
        page.locator("#bulk").get_by_role("button", name="Assign").click()
        expect(page.get_by_role("heading", name="Will be done")).to_be_visible()
        look_well(page)
        with page.expect_navigation():
            page.get_by_role("button", name="Give to somebody").click()
        expect(page.locator("#done")).to_contain_text("given.")
        page.keyboard.press("z")
        expect(page.locator("#done .toast")).to_have_count(0)
    # His by the act, and the one he had answered.
    assert Conversation.objects.filter(owner_id=town.sam.id).count() == 2


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_under_a_thumb(town: Town, sit: Sit, javascript: bool) -> None:
    with sit(town.sam, f"/c/{town.waiting.pk}/", width=390, javascript=javascript) as page:
        page.locator("#label-menu summary").click()
        page.get_by_label("Put a label on").fill("bins")
        page.get_by_role("button", name="Put it on").click()
        expect(page.locator("#marks .labels")).to_contain_text("bins")
        expect(page.locator("#done")).to_contain_text("Label put on.")
        if javascript:
            look_well(page)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#marks .labels")).to_have_count(0)
        page.goto("/")
        page.locator("#rows .pick input").first.check()
        page.locator("#bulk").get_by_role("button", name="Resolve").click()
        expect(page.get_by_role("heading", name="Cannot be done")).to_be_visible()
        if javascript:
            look_well(page)
