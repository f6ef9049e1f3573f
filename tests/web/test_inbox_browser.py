"""The inbox in a real Chromium: without a script, by keyboard alone, on a phone, with others."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.desk.replies import queries as drafts
from glede.kit import clock
from tests import make
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Desk, Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


LIST = "#rows .row"


@pytest.fixture
def town() -> Town:
    return inbox_desk.tuesday(clock.now(), week=make.ALWAYS)


def at(conversation: Conversation) -> str:
    return f"/c/{conversation.pk}/"


def row(page: Page, name: str) -> Any:
    return page.locator(LIST, has_text=name)


def names(page: Page) -> list[str]:
    found: list[str] = page.locator("#rows .to").evaluate_all(
        "(all) => all.map((link) => link.lastChild.textContent.trim())"
    )
    return found


# --- Without a script ----------------------------------------------------------------------------


def test_reading_and_replying_work_without_a_script(town: Town, sit: Sit) -> None:
    with sit(town.sam, javascript=False) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
        row(page, "Dawn Petherick").locator(".to").click()
        # One heading of the first level, with a list and a conversation side by side too.
        expect(page.get_by_role("heading", level=1)).to_contain_text(["Dawn Petherick"])
        page.get_by_label("Public reply as Red Kite").fill("A roofer comes tomorrow.")
        page.get_by_role("button", name="Send in public").click()

        expect(page.locator(".msg.leaving")).to_contain_text("A roofer comes tomorrow. ^Sam")
        page.get_by_role("button", name="Undo").click()

        expect(page.locator("#words")).to_have_value("A roofer comes tomorrow.")
        assert Delivery.objects.get(conversation=town.dawn).state == "taken back"


def test_notes_owners_and_resolving_work_without_a_script(town: Town, sit: Sit) -> None:
    with sit(town.sam, at(town.waiting), javascript=False) as page:
        page.get_by_role("radio", name="Note").check()
        expect(page.locator("#words")).to_be_hidden()
        page.get_by_label("Internal note, never sent").fill("Ring her at four.")
        page.get_by_role("button", name="Keep note").click()
        expect(page.locator(".note").last).to_contain_text("Ring her at four.")

        # Who answered owns it.
        page.locator("#owner summary").click()
        page.get_by_role("button", name="No owner").click()
        expect(page.locator("#owner summary")).to_contain_text("No owner")
        page.locator("#owner summary").click()
        page.get_by_role("button", name="Give it to me").click()
        expect(page.locator("#owner summary")).to_contain_text("You")

        page.locator("#settle button").click()
        expect(page.get_by_role("button", name="Reopen")).to_be_visible()
        expect(row(page, "Ola Fashanu")).to_have_count(0)


def test_the_sum_behind_a_due_time_is_a_link_without_a_script(town: Town, sit: Sit) -> None:
    with sit(town.sam, javascript=False, width=1024, height=768) as page:
        row(page, "Dawn Petherick").locator(".due").click()

        expect(page.locator("#panel #why")).to_be_visible()
        expect(page.locator("#panel")).to_contain_text("Acknowledge or reply")


def test_on_a_phone_without_a_script_back_leads_to_the_list_and_words_outlive_the_session(
    desk: Desk, town: Town, sit: Sit
) -> None:
    with sit(town.sam, javascript=False, width=390, height=844) as page:
        row(page, "Dawn Petherick").locator(".to").click()
        expect(page.locator("#rows")).to_be_hidden()

        page.get_by_role("link", name="Back to the inbox").click()

        expect(page.locator("#rows")).to_be_visible()
        expect(page.locator("#main")).to_be_hidden()

        # The session ends while they write: the words wait behind the sign-in.
        row(page, "Dawn Petherick").locator(".to").click()
        page.locator("#words").fill("A roofer comes tomorrow.")
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.locator("#send").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        desk.sign_in(page, town.sam)
        page.goto("/me/words/")
        expect(page.get_by_label("Your words")).to_have_value("A roofer comes tomorrow.")
        page.get_by_role("button", name="Go on with these words").click()
        expect(page.locator(".msg.leaving")).to_contain_text("A roofer comes tomorrow.")


# --- By keyboard alone ---------------------------------------------------------------------------


#: Where the focus is in the first turn of the page after the chosen conversation was put in: a key
#: struck at the worst moment falls there. A message comes before any timer.
_FOCUS_ONCE_NEW = """() => {
    const turn = new MessageChannel();
    turn.port1.onmessage = () => { window.focusOnceNew = document.activeElement.id; };
    const put = () => turn.port2.postMessage("");
    document.addEventListener("htmx:before:settle", put, { once: true });
}"""


def test_the_whole_journey_by_keyboard_alone(town: Town, sit: Sit) -> None:
    # Resolving what nobody answered is refused, and the browser notes the refusal.
    with sit(town.sam, errors_expected=True) as page:
        press = page.keyboard.press
        title = page.locator("#title")

        press("j")
        expect(title).to_contain_text("Kerry-Ann Dobbs")
        press("j")
        expect(title).to_contain_text("Maureen Tilley")
        press("k")
        expect(title).to_contain_text("Kerry-Ann Dobbs")

        press("m")
        expect(page.locator("#owner summary")).to_contain_text("You")

        press("r")
        expect(page.locator("#words")).to_be_focused()
        page.keyboard.type("It is being mended today.")
        expect(page.locator("#count")).to_have_text("30 of 300")
        press("Control+Enter")
        expect(page.locator(".msg.leaving")).to_contain_text("Going out in")
        expect(title).to_be_focused()

        press("z")
        expect(page.locator(".msg.leaving")).to_have_count(0)
        expect(page.locator("#words")).to_have_value("It is being mended today.")

        press("n")
        expect(page.locator("#note")).to_be_focused()
        page.keyboard.type("Lift firm told, job 5120.")
        press("Control+Enter")
        expect(page.locator(".note")).to_contain_text("Lift firm told")
        # The note may stand here before its answer does: until then the box is still the note's.
        expect(title).to_be_focused()

        press("r")
        press("Control+Shift+Enter")
        expect(title).to_contain_text("Maureen Tilley")
        expect(page.locator(".composer")).to_contain_text("reply to Kerry-Ann Dobbs")
        assert Delivery.objects.get(state="queued").afterwards == "resolve"

        press("E")
        expect(page.get_by_role("alert")).to_contain_text("Nobody has answered Maureen Tilley yet")
        assert Conversation.objects.get(name="Maureen Tilley").state == "new"

        press("r")
        page.keyboard.type("Yes, on Monday at noon.")
        page.evaluate(_FOCUS_ONCE_NEW)
        press("Control+Shift+Enter")
        expect(title).to_contain_text("Callum Frith")
        # No key can fall between the new conversation and its heading into the new box.
        assert page.evaluate("() => window.focusOnceNew") == "title"
        assert Delivery.objects.filter(afterwards="resolve").count() == 2

        press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        expect(page.locator("#keys-list")).to_contain_text("Resolve and open the next")
        press("Escape")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_a_row_renewed_under_the_key_that_chose_it_still_opens(town: Town, sit: Sit) -> None:
    with sit(town.sam) as page:
        page.keyboard.press("j")
        expect(page.locator("#title")).to_contain_text("Kerry-Ann Dobbs")

        page.evaluate("""() => {
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
            const row = document.querySelector("#rows .to[aria-current]").closest(".row");
            const renewed = row.cloneNode(true);
            row.replaceWith(renewed);
            htmx.process(renewed);
        }""")

        expect(page.locator("#title")).to_contain_text("Maureen Tilley")


def test_single_keys_are_silent_while_one_writes(town: Town, sit: Sit) -> None:
    with sit(town.sam, at(town.dawn)) as page:
        page.locator("#words").click()
        page.keyboard.type("jkemz?.")

        expect(page.locator("#words")).to_have_value("jkemz?.")
        expect(page.locator("#title")).to_contain_text("Dawn Petherick")
        assert Conversation.objects.get(pk=town.dawn.pk).state != "resolved"


def test_the_sum_opens_in_place_and_gives_the_focus_back(town: Town, sit: Sit) -> None:
    with sit(town.sam) as page:
        chip = row(page, "Dawn Petherick").locator(".due")
        chip.focus()
        page.keyboard.press("Enter")
        pop = page.locator("#why-pop")

        # Which clock is the nearest depends on the hour.
        expect(pop).to_contain_text("Received Bluesky’s time")
        expect(pop).to_be_focused()
        page.keyboard.press("Escape")

        expect(pop).to_be_hidden()
        expect(chip).to_be_focused()


# --- Words that are not lost ---------------------------------------------------------------------


def test_what_one_types_survives_a_reload_and_another_conversation(town: Town, sit: Sit) -> None:
    with sit(town.sam, at(town.dawn)) as page:
        page.locator("#words").fill("Half a sentence")
        row(page, "Kerry-Ann Dobbs").locator(".to").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(["Kerry-Ann Dobbs"])
        expect(page.locator("#title")).to_contain_text("Kerry-Ann Dobbs")

        row(page, "Dawn Petherick").locator(".to").click()
        expect(page.locator("#words")).to_have_value("Half a sentence")
        page.locator("#title").focus()
        page.keyboard.press("r")
        page.keyboard.type(" more")
        expect(page.locator("#kept")).to_contain_text("Saved")
        page.reload()

        expect(page.locator("#words")).to_have_value("Half a sentence more")


def test_a_reply_that_is_too_long_is_refused_with_its_words(town: Town, sit: Sit) -> None:
    # A family is one character to a person and to Bluesky, and eleven to a computer.
    words = "👨‍👩‍👧" * 296
    with sit(town.sam, at(town.dawn)) as page:
        page.locator("#words").fill(words)
        expect(page.locator("#count")).to_have_text("1 too long")
        page.locator("#send").click()

        expect(page.locator(".guard.stop")).to_contain_text("too long")
        expect(page.locator("#words")).to_have_value(words)
        expect(page.locator("#words")).to_be_focused()
        assert_accessible(page)


# --- With others ---------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1440, 390])
def test_a_new_post_waits_behind_a_word_and_the_list_does_not_move(
    town: Town, sit: Sit, width: int
) -> None:
    with sit(town.sam, width=width) as page:
        before, first = names(page), page.locator(LIST).first.bounding_box()

        town.asks("Nora New", "Is the office open on Saturday?", at=clock.now())

        fresh = page.locator("#fresh")
        expect(fresh).to_contain_text("1 new")
        assert names(page) == before
        assert page.locator(LIST).first.bounding_box() == first
        expect(page.locator("#tabs")).to_contain_text("All 13")
        page.keyboard.press(".")

        expect(row(page, "Nora New")).to_be_visible()
        expect(fresh).to_be_hidden()


def test_a_row_changes_where_it_stands_when_somebody_takes_it(town: Town, sit: Sit) -> None:
    with sit(town.sam) as mine, sit(town.priya, at(town.dawn)) as hers:
        before = names(mine)

        hers.locator("#owner summary").click()
        hers.get_by_role("button", name="Give it to me").click()

        expect(row(mine, "Dawn Petherick")).to_contain_text("Priya")
        assert names(mine) == before


def test_new_words_come_into_the_open_thread_and_leave_what_one_types(town: Town, sit: Sit) -> None:
    with sit(town.sam, at(town.dawn)) as page:
        page.locator("#words").fill("A roofer comes tomorrow")
        inbox_desk.comment(town.red_kite, "Dawn Petherick", "Hello? Anybody?", at=clock.now())

        expect(page.locator("#talk")).to_contain_text("Hello? Anybody?")
        expect(page.locator("#words")).to_have_value("A roofer comes tomorrow")
        expect(page.locator("#words")).to_be_focused()
        expect(page.locator("#while-writing")).to_contain_text(
            "1 new message while you were writing"
        )
        page.locator("#send").click()
        expect(page.locator(".guard[role=alert]:visible")).to_contain_text(
            "wrote or changed something"
        )
        page.get_by_role("button", name="Send anyway").click()

        expect(page.locator(".msg.leaving")).to_contain_text("A roofer comes tomorrow ^Sam")


def test_the_outcome_appears_on_the_message_by_itself(town: Town, sit: Sit) -> None:
    with sit(town.sam, at(town.dawn)) as page:
        inbox_desk.answer(town.dawn, town.priya, "He comes at nine.", at=clock.now())

        expect(page.locator("#talk .ours").last).to_contain_text("He comes at nine. ^Priya")
        expect(page.locator("#talk .ours").last).to_contain_text("Sent")
        expect(page.locator("#head .due")).to_contain_text("resolve")
        expect(page.locator("#panel")).to_contain_text("kept, ")


def test_reading_makes_it_read_here_and_not_for_others(town: Town, sit: Sit) -> None:
    with sit(town.sam) as page:
        expect(row(page, "Gareth Olusanya")).to_have_class(re.compile("unread"))
        row(page, "Gareth Olusanya").locator(".to").click()

        expect(row(page, "Gareth Olusanya")).not_to_have_class(re.compile("unread"))
    with sit(town.priya) as page:
        expect(row(page, "Gareth Olusanya")).to_have_class(re.compile("unread"))


# --- On a phone ----------------------------------------------------------------------------------


def test_a_phone_shows_one_pane_and_both_ways_back_lead_to_the_list(town: Town, sit: Sit) -> None:
    with sit(town.sam, width=390, height=844) as page:
        row(page, "Dawn Petherick").locator(".to").click()
        expect(page.locator("#title")).to_contain_text("Dawn Petherick")
        expect(page.locator("#rows")).to_be_hidden()
        assert_no_sideways_scroll(page)

        page.get_by_role("link", name="Back to the inbox").click()
        expect(page.locator("#rows")).to_be_visible()

        row(page, "Maureen Tilley").locator(".to").click()
        expect(page.locator("#title")).to_contain_text("Maureen Tilley")
        page.go_back()
        expect(page.locator("#rows")).to_be_visible()
        expect(page.locator("#main")).to_be_hidden()


# --- For everybody -------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_barrier_with_menus_sums_keys_and_errors_open(
    town: Town, sit: Sit, width: int, dark: bool
) -> None:
    with sit(town.sam, width=width, height=900, dark=dark) as page:
        assert_accessible(page)
        page.locator("#filter summary").click()
        assert_accessible(page, behind="#rows")
        page.keyboard.press("Escape")
        row(page, "Dawn Petherick").locator(".due").click()
        expect(page.locator("#why-pop")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")

        page.goto(at(town.dawn))
        page.locator("#owner summary").click()
        assert_accessible(page)
        page.keyboard.press("Escape")
        page.locator(".versions summary").first.click()
        if width < 1200:
            page.locator(".open-panel").click()
            expect(page.locator("#panel")).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        if width < 1200:
            page.keyboard.press("Escape")
        page.get_by_role("radio", name="Note").check()
        assert_accessible(page)
        page.get_by_role("radio", name="Public reply").check()
        page.locator("#words").fill("")
        page.locator("#send").click()
        expect(page.locator(".guard.stop")).to_contain_text("Write something first.")
        assert_accessible(page)
        page.locator("#words").fill("A roofer comes tomorrow.")
        page.locator("#send").click()
        expect(page.locator(".msg.leaving")).to_be_visible()
        assert_accessible(page)
        if width > 1200:
            page.keyboard.press("?")
            assert_accessible(page)


def test_nothing_is_cut_off_sideways_at_any_width(town: Town, sit: Sit) -> None:
    for width in (1440, 1024, 768, 390, 320):
        with sit(town.sam, at(town.dawn), width=width, height=800) as page:
            assert_no_sideways_scroll(page)


def test_a_reader_meets_a_sentence_instead_of_a_dead_button(town: Town, sit: Sit) -> None:
    with sit(town.rae, at(town.dawn)) as page:
        expect(page.locator(".composer")).to_contain_text("You may read this, not reply.")
        expect(page.locator("textarea")).to_have_count(0)
        page.keyboard.press("r")
        page.keyboard.press("e")
        assert_accessible(page)
    assert drafts.draft(conversation_id=town.dawn.pk, person_id=town.rae.id) == ""


def test_the_chips_go_on_by_themselves(town: Town, sit: Sit) -> None:
    with sit(town.sam, errors_expected=True) as page:
        chip = row(page, "Dawn Petherick").locator(".due b")
        before = chip.inner_text()
        page.clock.install(time=clock.now() + timedelta(hours=1))
        page.reload()
        # Chips change at whole minutes of the clock: the second of them is a minute on for certain.
        page.clock.run_for(121_000)

        expect(chip).not_to_have_text(before)
