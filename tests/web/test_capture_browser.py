"""Capturing by hand in a real Chromium: wide and narrow, with a script and without."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from glede.desk.captures.models import Capture
from glede.desk.conversations.models import Conversation
from glede.flow import inbound
from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.web.inbox_desk import Town
from tests.web.serving import Sit
from tests.web.test_capture_pages import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("javascript", "width"), [(True, 1440), (True, 390), (False, 390)])
def test_a_question_is_captured_and_its_answer_recorded(
    town: Town, sit: Sit, javascript: bool, width: int
) -> None:
    london = ZoneInfo("Europe/London")
    now = clock.now()
    # Counted before it is told in London's time: on two nights a year the two are not the same.
    posted, answered = ((now - timedelta(minutes=ago)).astimezone(london) for ago in (40, 30))
    shot = {"name": "s.png", "mimeType": "image/png", "buffer": picture().read()}
    with sit(town.sam, javascript=javascript, width=width, errors_expected=True) as page:
        page.goto("/capture/")
        assert_no_sideways_scroll(page)
        if javascript:  # axe-core is a script itself
            assert_accessible(page)
        page.get_by_label("Account").select_option(index=1)
        page.get_by_label("Who wrote it").fill("Ola Wren")
        page.get_by_label("Their words").fill("Does anybody answer here?")
        page.get_by_label("Screenshot").set_input_files(shot)  # type: ignore[arg-type] # as given
        page.get_by_role("button", name="Bring it in").click()

        expect(page.locator(".wrong")).to_contain_text("the clock runs from that time")
        expect(page.get_by_text("Your screenshot is kept.")).to_be_visible()
        if javascript:
            assert_accessible(page)
        page.get_by_label("When it was posted").fill(f"{posted:%Y-%m-%dT%H:%M}")
        page.get_by_role("button", name="Bring it in").click()
        expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
        inbound.drain(now=clock.now())
        with page.expect_navigation():
            page.get_by_role("link", name="Look again").click()
        assert_no_sideways_scroll(page)
        if javascript:
            assert_accessible(page)
        page.get_by_role("link", name="Open the conversation").click()
        expect(page.locator("#talk")).to_contain_text("Does anybody answer here?")
        conversation = Conversation.objects.get(name="Ola Wren")
        page.goto(f"/capture/answered/{conversation.pk}/")
        assert_no_sideways_scroll(page)
        if javascript:
            assert_accessible(page)
        page.get_by_label("What you answered").fill("We do. Sam calls you now.")
        page.get_by_label("When you answered").fill(f"{answered:%Y-%m-%dT%H:%M}")
        page.get_by_label("Screenshot").set_input_files(shot)  # type: ignore[arg-type] # as given
        page.get_by_role("button", name="Record the answer").click()
        expect(page.locator("#talk")).to_contain_text("We do. Sam calls you now.")

    conversation.refresh_from_db()
    assert conversation.waiting_count == 0
    assert Capture.objects.count() == 2
