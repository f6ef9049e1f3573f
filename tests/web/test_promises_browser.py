"""The panel in a real Chromium: agree a date, hear the answer, need no reply, own words."""

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from glede.desk.conversations.models import Agreement, Conversation
from glede.desk.replies.models import AcknowledgementText
from glede.rulebook.people.rules import Role
from tests import make
from tests.browser import assert_accessible
from tests.web.inbox_desk import Town
from tests.web.serving import Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WHAT = "The roofer mends the leak in the stairwell"


def fill(page: Page, *, day: str = "2030-03-06") -> None:
    page.get_by_label("What will be done").fill(WHAT)
    page.get_by_label("Day", exact=True).fill(day)
    page.get_by_label("Time", exact=True).fill("12:00")


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_a_date_is_agreed_from_the_panel_to_the_answer(
    town: Town, sit: Sit, javascript: bool
) -> None:
    with sit(town.sam, f"/c/{town.waiting.pk}/", javascript=javascript) as page:
        page.get_by_role("link", name="Agree a timescale").click()
        expect(page.get_by_role("heading", name="Agree a timescale")).to_be_visible()
        if javascript:  # axe-core is a script itself
            assert_accessible(page)
        fill(page)
        page.get_by_label("I have told them already").check()
        page.get_by_role("button", name="Write the timescale down").click()

        expect(page.locator("#promise")).to_contain_text("told, no answer yet")
        expect(page.locator("#head .due")).to_contain_text("Promised")
        page.get_by_role("button", name="They agreed").click()
        expect(page.locator("#promise")).to_contain_text("agreed")
        expect(page.get_by_role("button", name="They agreed")).to_have_count(0)
        if javascript:  # axe-core is a script itself
            assert_accessible(page)

    assert Agreement.objects.get().state == "agreed"


def test_the_next_reply_tells_it_in_words_of_ones_own(town: Town, sit: Sit) -> None:
    with sit(town.sam, f"/c/{town.dawn.pk}/") as page:
        page.keyboard.press("w")
        fill(page)
        page.get_by_role("button", name="Write the timescale down").click()

        expect(page.locator("#words")).to_have_value(f"{WHAT} by Wed 6 Mar 2030 12:00.")
        expect(page.get_by_label("This reply tells them")).to_be_checked()
        page.get_by_role("button", name="Send in public").click()
        expect(page.locator(".msg.leaving")).to_contain_text("Going out in")

    made = Agreement.objects.get()
    assert made.state == "planned"
    assert made.deliveries.count() == 1


def test_a_closed_day_is_warned_of_and_nothing_typed_is_lost(town: Town, sit: Sit) -> None:
    with sit(town.sam, f"/c/{town.dawn.pk}/timescale/", errors_expected=True) as page:
        fill(page, day="2029-12-25")
        page.get_by_role("button", name="Write the timescale down").click()

        expect(page.get_by_role("alert")).to_contain_text("Christmas Day")
        expect(page.get_by_label("What will be done")).to_have_value(WHAT)
        assert_accessible(page)
        page.get_by_label("I know that nobody works then").check()
        page.get_by_role("button", name="Write the timescale down").click()
        expect(page.locator("#promise")).to_contain_text("not told yet")


def test_no_reply_needed_asks_for_a_reason(town: Town, sit: Sit) -> None:
    with sit(town.sam, f"/c/{town.dawn.pk}/", errors_expected=True) as page:
        page.get_by_role("link", name="No reply needed").click()
        page.get_by_role("button", name="No reply needed").click()
        expect(page.locator(".wrong")).to_contain_text("required")
        assert_accessible(page)
        page.get_by_label("Chat between residents").check()
        page.get_by_role("button", name="No reply needed").click()
        expect(page.locator("#title")).to_be_visible()

    assert Conversation.objects.get(pk=town.dawn.pk).state == "closed"


def test_a_brand_manager_changes_the_words_and_a_promise_is_refused(town: Town, sit: Sit) -> None:
    with transaction.atomic():
        beth = make.person("Beth", Role.BRAND_MANAGER)
    with sit(beth, "/acknowledgements/red-kite/", errors_expected=True) as page:
        page.get_by_label("What it says").fill("We open on {opening} and answer within 2 hours.")
        page.get_by_role("button", name="Use this text from now on").click()
        expect(page.locator(".wrong")).to_contain_text("is a promise that nobody may be there")
        page.get_by_label("What it says").fill("We open on {opening}. {emergency}")
        page.get_by_label("Emergency number").fill("01632 960 111")
        page.get_by_role("button", name="Use this text from now on").click()
        expect(page.locator(".auto")).to_contain_text("ring 01632 960 111, day or night")

    assert AcknowledgementText.objects.get().created_by_id == beth.id
