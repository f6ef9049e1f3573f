"""The thread in a real Chromium: two people at one conversation, and what stops a second reply."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.kit import clock
from glede.rulebook.people.rules import Viewer
from tests.browser import assert_accessible, opened
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

type Sit = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def town() -> Town:
    return inbox_desk.tuesday(clock.now())


@pytest.fixture
def sit(desk: Desk, browser: Browser) -> Sit:
    """Somebody at the desk, signed in, at an address of it."""

    @contextmanager
    def at(viewer: Viewer, path: str = "/", **look: Any) -> Iterator[Page]:
        with opened(browser, base_url=desk.url, **look) as page:
            desk.sign_in(page, viewer)
            page.goto(path)
            yield page

    return at


def at(conversation: Conversation) -> str:
    return f"/c/{conversation.pk}/"


def test_two_people_at_one_conversation_see_each_other_and_answer_it_once(
    town: Town, sit: Sit
) -> None:
    with sit(town.priya) as hers:
        row = hers.locator("#rows .row", has_text="Dawn Petherick")
        expect(row.locator(".here")).to_have_count(0)
        with sit(town.sam, at(town.dawn)) as his:
            expect(row.locator(".here")).to_have_attribute("title", "Sam is looking.")
            row.locator(".to").click()
            expect(hers.locator("#here")).to_have_text("Sam is looking.")
            expect(his.locator("#here")).to_have_text("Priya is looking.")

            his.locator("#words").press_sequentially("A roofer comes")
            expect(hers.locator("#here")).to_have_text("Sam is writing a public reply.")
            expect(row.locator(".here")).to_have_attribute(
                "title", "Sam is writing a public reply."
            )
            assert_accessible(hers)
            his.get_by_role("radio", name="Note").check()
            his.locator("#note").press_sequentially("Rang the roofer")
            expect(hers.locator("#here")).to_have_text("Sam is writing a note.")

            # “@” offers who may read it; the one named finds it under “Mentions me”.
            his.locator("#note").press_sequentially(", see @pr")
            expect(his.get_by_role("option", name="Priya")).to_have_attribute(
                "aria-selected", "true"
            )
            assert_accessible(his)
            his.keyboard.press("Enter")
            expect(his.locator("#note")).to_have_value("Rang the roofer, see @Priya ")
            his.locator("#keep").click()
            expect(hers.locator(".note .named.me")).to_have_text("@Priya")

            # Both wrote; his leaves first.
            hers.locator("#words").fill("Somebody looks at it today.")
            expect(his.locator("#here")).to_have_text("Priya is writing a public reply.")
            inbox_desk.answer(town.dawn, town.sam, "A roofer comes tomorrow.", at=clock.now())
            hers.locator("#send").click()
            expect(hers.locator(".guard[role=alert]:visible")).to_contain_text("Sam")
            expect(hers.locator("#words")).to_have_value("Somebody looks at it today.")
            assert Delivery.objects.filter(conversation=town.dawn).count() == 1

            # The resident writes while hers is looked at again: stopped for that too, once.
            inbox_desk.comment(town.red_kite, "Dawn Petherick", "At what time?", at=clock.now())
            hers.get_by_role("button", name="Send anyway").click()
            expect(hers.locator(".guard[role=alert]:visible")).to_contain_text("Dawn")
            expect(hers.locator("#words")).to_have_value("Somebody looks at it today.")
            hers.get_by_role("button", name="Send anyway").click()
            expect(hers.locator(".msg.leaving")).to_contain_text("Somebody looks at it today.")

        # His page was closed: gone at once, and not from the row alone.
        expect(hers.locator("#here")).to_be_hidden()
        expect(row.locator(".here")).to_have_count(0)
