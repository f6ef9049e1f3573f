"""The thread in a real Chromium: two people at one conversation, and what stops a second reply."""

import re

import pytest
from playwright.sync_api import expect

from glede.desk.conversations.models import Conversation, Message
from glede.desk.outbox.models import Delivery
from glede.flow import handling
from glede.kit import clock
from tests.browser import assert_accessible
from tests.web import inbox_desk, long_thread
from tests.web.inbox_desk import Town
from tests.web.serving import Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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

        # His page was closed: gone, and not from the row alone.
        expect(hers.locator("#here")).to_be_hidden()
        expect(row.locator(".here")).to_have_count(0)


def test_a_long_thread_is_read_to_its_beginning_and_back_in_a_small_page(
    town: Town, sit: Sit
) -> None:
    long = Conversation.objects.get(name="Sophie Kendrick")
    made = long_thread.write(long, 620, until=clock.now(), waiting=12)
    Message.objects.filter(pk=made[40].pk).update(flagged="words and pictures: a warning")
    with sit(town.sam, at(long)) as page:
        said, talk = page.locator("#talk > [data-said]"), page.locator("#talk")
        words = talk.get_by_text("Words 619.", exact=True)
        expect(words).to_be_in_viewport()
        # Whoever reads the first message that waits needs no way to it.
        way = page.locator("#waits a")
        expect(way).to_be_visible()
        way.click()
        expect(page.locator(f"#m{made[-12].pk}")).to_be_focused()
        expect(page.locator("#waits")).to_have_class(re.compile("there"))
        expect(way).to_be_hidden()
        for _ in range(6):
            first = page.locator("#talk > [id^=m]").first
            name = first.get_attribute("id")
            talk.evaluate("(talk) => { talk.scrollTop = 0; }")
            before = page.locator(f"#{name}").bounding_box()
            page.locator("#earlier a").click()
            expect(page.locator("#talk > [id^=m]").first).not_to_have_id(name or "")
            after = page.locator(f"#{name}").bounding_box()
            # What was being read stands where it stood: the new words went in above it.
            assert before is not None
            assert after is not None
            assert abs(after["y"] - before["y"]) <= 40
            assert said.count() <= 301
        expect(words).to_have_count(0)
        expect(way).to_be_visible()

        # What arrives meanwhile moves nothing here; the way back leads to it.
        inbox_desk.answer(long, town.priya, "We are on our way.", at=clock.now())
        expect(page.locator("#panel")).to_contain_text("Priya")
        expect(way).to_have_count(0)
        while page.locator("#later").count():
            page.locator("#later a").first.click()
            expect(page.locator("#later a[aria-busy]")).to_have_count(0)
            assert said.count() <= 301
        expect(page.locator("#talk > .ours").last).to_contain_text("We are on our way.")
        expect(page.locator("#later")).to_have_count(0)

        # A link to a message far above opens the page around it.
        page.evaluate(f"location.hash = '#m{made[40].pk}'")
        sought = page.locator(f"#m{made[40].pk}")
        expect(sought).to_be_focused()
        expect(sought).to_be_in_viewport()
        # It is veiled: a key shows it, and it stays so when the thread is renewed.
        expect(sought).not_to_contain_text("Words 40.")
        page.keyboard.press("v")
        expect(sought).to_contain_text("Words 40.")
        handling.note(
            viewer=town.priya, conversation_id=long.pk, text="Looked at it.", now=clock.now()
        )
        expect(page.locator("#panel")).to_contain_text("wrote a note")
        expect(sought).to_contain_text("Words 40.")
        assert_accessible(page)
