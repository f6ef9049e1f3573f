"""The line to the desk in a real Chromium: it breaks in the middle of a send, and while one sleeps.

One desk of the test's own, which is killed and started again under the page.
"""

import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from playwright.sync_api import Browser, CDPSession, Page, expect

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.flow import handling
from glede.kit import clock
from tests.browser import assert_accessible, opened
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "A roofer comes tomorrow."


def test_a_line_that_breaks_loses_no_word_and_nothing_that_happened(
    browser: Browser, tmp_path: Path
) -> None:
    town = inbox_desk.tuesday(clock.now())
    # The browser notes each request that the desk did not answer.
    with (
        served(tmp_path) as server,
        opened(browser, base_url=server.desk.url, errors_expected=True) as page,
    ):
        server.desk.sign_in(page, town.sam)
        page.goto(f"/c/{town.dawn.pk}/")
        _stops_during_a_send(page, server, town)
        _breaks_while_the_page_sleeps(page, server, town)


def _stops_during_a_send(page: Page, server: Served, town: Town) -> None:
    words = page.locator("#words")
    words.fill(WORDS)
    # Nobody changes the conversation while this is held: the desk dies with the reply half written.
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=town.dawn.pk)
        page.locator("#send").click()
        _until_somebody_waits()
        server.kill()
    expect(page.locator("#fault")).to_contain_text("Nothing was done: Glede did not answer.")
    expect(page.locator("#line")).to_contain_text("No line to Glede since")
    expect(words).to_have_value(WORDS)
    expect(words).to_be_editable()
    assert_accessible(page)

    # One goes on writing, and is told that it is kept in this tab alone.
    words.press("End")
    words.press_sequentially(" At nine.")
    words.blur()
    expect(page.locator("#kept")).to_contain_text("Not saved yet: no connection.")

    server.start()
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#line")).to_be_hidden()
    expect(page.locator("#kept")).to_contain_text("Saved")
    assert not Delivery.objects.filter(conversation=town.dawn).exists()
    page.reload()
    expect(words).to_have_value(f"{WORDS} At nine.")
    page.locator("#send").click()
    expect(page.locator(".msg.leaving")).to_contain_text(f"{WORDS} At nine. ^Sam")
    assert Delivery.objects.filter(conversation=town.dawn).count() == 1


def _until_somebody_waits() -> None:
    """Until a call of the desk stands before the row that is held here."""
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.02)
    raise AssertionError("Nobody asked for the conversation.")


def _falls_asleep(page: Page) -> CDPSession:
    """Nothing runs in the page any more and nothing reaches it, as when the lid is shut; the line
    it had dies unnoticed."""
    computer = page.context.new_cdp_session(page)
    asleep: list[bool] = []
    computer.on("Debugger.paused", lambda _: asleep.append(True))
    computer.send("Debugger.enable")
    computer.send("Debugger.pause")
    # Something of the page's own runs every half second, and is stopped there.
    while not asleep:  # until the test's own time is over
        page.wait_for_timeout(20)
    return computer


def _breaks_while_the_page_sleeps(page: Page, server: Served, town: Town) -> None:
    with page.expect_response("**/live?after=*"):
        page.goto(f"/c/{town.waiting.pk}/")
    page.locator("#words").fill("Half a thought")
    expect(page.locator("#kept")).to_contain_text("Saved")
    row = page.locator("#rows .row")
    computer = _falls_asleep(page)

    server.kill()
    now = clock.now()
    inbox_desk.comment(town.red_kite, "Ola Fashanu", "It is Mill Lane.", at=now)
    town.asks("Nora New", "Is the office open on Saturday?", at=now)
    town.asks("Ned New", "Is the office open on Sunday?", at=now)
    handling.assign(
        viewer=town.priya,
        conversation_id=Conversation.objects.get(name="Nadia Hussain").pk,
        person_id=town.priya.id,
        now=now,
    )
    handling.note(
        viewer=town.priya, conversation_id=town.waiting.pk, text="Asked the council.", now=now
    )
    server.start()
    # Whatever a new desk does for its first page is not waited for by the one that wakes.
    assert page.request.get(f"/c/{town.dawn.pk}/").ok

    computer.send("Debugger.resume")
    computer.send("Debugger.disable")
    expect(page.locator("#talk")).to_contain_text("It is Mill Lane.")
    expect(page.locator("#talk .note")).to_contain_text("Asked the council.")
    expect(page.locator("#fresh")).to_contain_text("2 new")
    expect(row.filter(has_text="Nadia Hussain")).to_contain_text("Priya")
    expect(page.locator("#line")).to_be_hidden()
    expect(page.locator("#words")).to_have_value("Half a thought")
