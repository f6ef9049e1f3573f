"""One matter or two, and the person, in a real Chromium: by mouse, on a telephone, and for axe."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from glede.desk.conversations.models import Conversation
from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.web import inbox_desk
from tests.web.serving import Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_questions_are_one_matter_and_one_person_is_known(sit: Sit) -> None:
    now = clock.now()
    town = inbox_desk.tuesday(now)
    words = "Where do I get the key for the bin store?"
    asked = town.asks("Wyn Pugh", words, at=now - timedelta(minutes=90))
    again = town.asks("Wyn Pugh", f"{words} Please", at=now - timedelta(minutes=20))
    for number, name in enumerate(("Ann Lee", "Bob Ray", "Cis Orr"), start=2):
        inbox_desk.comment(
            town.red_kite,
            name,
            f"When do the new bin stores open? {name}",
            at=now - timedelta(minutes=number),
        )
    ann = Conversation.objects.get(name="Ann Lee")

    # One refusal on the way is meant, and the console says so.
    with sit(town.sam, f"/c/{asked.pk}/", errors_expected=True) as page:
        # Suggested beside it, merged by a person, undone from the bar.
        expect(page.locator("#matter")).to_contain_text("the same person in nearly the same words")
        with page.expect_navigation():
            page.get_by_role("link", name="Merge, link or split").click()
        assert_accessible(page)
        page.get_by_role("button", name="Merge it into this").click()
        expect(page.locator("#talk .msg")).to_have_count(2)
        expect(page.locator(f'#rows .row[data-id="{again.pk}"]')).to_have_count(0)
        page.locator("#done").get_by_role("button", name="Undo").click()
        expect(page.locator("#talk .msg")).to_have_count(1)

        # The same answer for those who ask the same, each looked at first.
        page.goto(f"/c/{ann.pk}/")
        page.get_by_role("link", name="2 others on this post ask the same").click()
        page.get_by_label("The answer").fill("They open on Monday at nine.")
        with page.expect_navigation():
            page.get_by_role("button", name="Look at it first").click()
        assert_accessible(page)
        page.get_by_role("button", name="Send to 2").click()
        expect(page.get_by_role("status").first).to_contain_text("2 replies on the way.")

        # What they asked us to do stands where an answer is written.
        page.goto(f"/c/{asked.pk}/")
        page.get_by_role("link", name="Everything on Wyn Pugh").click()
        page.get_by_text("Record an adjustment").click()
        page.get_by_label("What we do", exact=True).select_option("Large print")
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_role("alert")).to_contain_text("without their consent it is not kept")
        page.get_by_label("They agreed that we keep it").select_option("on the phone")
        page.get_by_role("button", name="Record it").click()
        expect(page.locator("#h-adjust ~ .others")).to_contain_text("Large print")
        assert_accessible(page)
        page.goto(f"/c/{asked.pk}/")
        expect(page.locator("#adjusts")).to_contain_text("Large print")

    with sit(town.sam, f"/c/{asked.pk}/cases/", width=390, dark=True) as page:
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        page.get_by_role("button", name="Merge it into this").tap()
        expect(page.locator("#talk .msg")).to_have_count(2)
        page.goto(f"/c/{again.pk}/")
        expect(page.locator("#went-on")).to_contain_text("This went on in another conversation.")
        expect(page.locator("#words")).to_have_count(0)
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        for path in (f"/people/{asked.contact_id}/", f"/c/{ann.pk}/alike/"):
            page.goto(path)
            assert_accessible(page)
            assert_no_sideways_scroll(page)
