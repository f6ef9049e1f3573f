"""The line to the desk in a real Chromium: it breaks in the middle of a send, and while one sleeps.

One desk of the test's own, which is killed once and started again under four pages: at a desk and
on a phone, one that sends and one that sleeps.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection, transaction
from playwright.sync_api import Browser, CDPSession, Page, expect

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.flow import handling
from glede.kit import clock
from glede.rulebook.people.rules import Viewer
from tests.browser import (
    assert_accessible_in_every_theme,
    assert_no_sideways_scroll,
    opened,
)
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Desk, Served, served

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "A roofer comes tomorrow."
WIDTHS = (1440, 390)


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's page at one conversation."""

    page: Page
    viewer: Viewer
    conversation: Conversation

    @property
    def words(self) -> str:
        return f"{WORDS} At nine. ^{self.viewer.name}"


def test_a_line_that_breaks_loses_no_word_and_nothing_that_happened(
    browser: Browser, tmp_path: Path
) -> None:
    town = inbox_desk.tuesday(clock.now())
    with served(tmp_path) as server, ExitStack() as open_pages:

        def sit(viewer: Viewer, conversation: Conversation, width: int) -> Seat:
            page = open_pages.enter_context(_seated(browser, server.desk, viewer, width))
            with page.expect_response("**/live?after=*"):
                page.goto(f"/c/{conversation.pk}/")
            return Seat(page, viewer, conversation)

        asleep = [sit(town.priya, town.waiting, width) for width in WIDTHS]
        _half_a_thought(asleep[0].page)
        sending = [
            sit(viewer, conversation, width)
            for viewer, conversation, width in zip(
                (town.sam, town.meena), (town.dawn, _of("Maureen Tilley")), WIDTHS, strict=True
            )
        ]
        computers = [_falls_asleep(seat.page) for seat in asleep]
        _dies_with_replies_half_written(server, sending)
        for seat in sending:
            _is_told_that_there_is_no_line(seat)
        _much_happens(town)
        server.start()
        for seat in sending:
            _sends_it_once(seat)
        for seat, computer in zip(asleep, computers, strict=True):
            _wakes(seat.page, computer)
        expect(asleep[0].page.locator("#words")).to_have_value("Half a thought")


def _of(name: str) -> Conversation:
    return Conversation.objects.get(name=name)


@contextmanager
def _seated(browser: Browser, desk: Desk, viewer: Viewer, width: int) -> Iterator[Page]:
    # The browser notes each request that the desk did not answer.
    with opened(browser, base_url=desk.url, width=width, height=844, errors_expected=True) as page:
        desk.sign_in(page, viewer)
        yield page


def _half_a_thought(page: Page) -> None:
    page.locator("#words").fill("Half a thought")
    expect(page.locator("#kept")).to_contain_text("Saved")


def _dies_with_replies_half_written(server: Served, seats: list[Seat]) -> None:
    for seat in seats:
        seat.page.locator("#words").fill(WORDS)
        # Whatever waits below is the reply, and not its draft.
        expect(seat.page.locator("#kept")).to_contain_text("Saved")
    # Nobody changes a conversation while these are held.
    with transaction.atomic():
        held = [seat.conversation.pk for seat in seats]
        assert len(Conversation.objects.select_for_update().filter(pk__in=held)) == len(seats)
        for number, seat in enumerate(seats, start=1):
            seat.page.locator("#send").click()
            _until_somebody_waits(number)
        server.kill()


def _until_somebody_waits(number: int) -> None:
    """Until so many calls of the desk stand before the rows that are held here."""
    until = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() == (number,):
                return
            time.sleep(0.02)
    raise AssertionError("Nobody asked for the conversation.")


def _is_told_that_there_is_no_line(seat: Seat) -> None:
    page, words = seat.page, seat.page.locator("#words")
    expect(page.locator("#fault")).to_contain_text("Nothing was done: Glede did not answer.")
    expect(page.locator("#line")).to_contain_text("No line to Glede since")
    expect(words).to_have_value(WORDS)
    expect(words).to_be_editable()
    assert_accessible_in_every_theme(page)
    assert_no_sideways_scroll(page)

    # One goes on writing, and is told that it is kept in this tab alone.
    words.press("End")
    words.press_sequentially(" At nine.")
    words.blur()
    expect(page.locator("#kept")).to_contain_text("Not saved yet: no connection.")


def _sends_it_once(seat: Seat) -> None:
    page, words = seat.page, seat.page.locator("#words")
    # Pressed, or already taken away because the page tried by itself.
    page.locator("#line [data-act=reconnect]").dispatch_event("click")
    expect(page.locator("#line")).to_be_hidden()
    expect(page.locator("#kept")).to_contain_text("Saved")
    assert not Delivery.objects.filter(conversation=seat.conversation).exists()
    page.reload()
    expect(words).to_have_value(f"{WORDS} At nine.")
    page.locator("#send").click()
    expect(page.locator(".msg.leaving")).to_contain_text(seat.words)
    assert Delivery.objects.filter(conversation=seat.conversation).count() == 1


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


def _much_happens(town: Town) -> None:
    now = clock.now()
    inbox_desk.comment(town.red_kite, "Ola Fashanu", "It is Mill Lane.", at=now)
    town.asks("Nora New", "Is the office open on Saturday?", at=now)
    town.asks("Ned New", "Is the office open on Sunday?", at=now)
    handling.assign(
        viewer=town.sam, conversation_id=_of("Nadia Hussain").pk, person_id=town.sam.id, now=now
    )
    handling.note(
        viewer=town.sam, conversation_id=town.waiting.pk, text="Asked the council.", now=now
    )


def _wakes(page: Page, computer: CDPSession) -> None:
    computer.send("Debugger.resume")
    computer.send("Debugger.disable")
    expect(page.locator("#talk")).to_contain_text("It is Mill Lane.")
    expect(page.locator("#talk .note")).to_contain_text("Asked the council.")
    expect(page.locator("#fresh")).to_contain_text("2 new")
    expect(page.locator("#rows .row", has_text="Nadia Hussain")).to_contain_text("Sam")
    expect(page.locator("#line")).to_be_hidden()
