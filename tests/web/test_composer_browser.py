"""The composer in a real Chromium: one sitting with drafts, one with everything else."""

from typing import Any, cast

import pytest
from django.conf import settings
from playwright.sync_api import expect

from glede.desk.conversations.models import Conversation
from glede.desk.replies import queries as drafts
from glede.desk.replies.texts import Use, Wording
from glede.flow import texts
from glede.kit import clock
from glede.rulebook.people.rules import Role
from tests import make
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.web.inbox_desk import Town
from tests.web.serving import Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def at(conversation: Conversation) -> str:
    return f"/c/{conversation.pk}/"


_BREAK_THE_NEXT_DRAFT = """() => {
    const whole = window.fetch;
    window.fetch = async (...asked) => {
        const answer = await whole(...asked);
        if (!String(asked[0]).endsWith("/draft/")) return answer;
        window.fetch = whole;
        const broken = new ReadableStream({ start: (words) => words.error(new TypeError("gone")) });
        return new Response(broken, { status: answer.status });
    };
}"""


def test_what_is_typed_survives_a_crash_a_lost_line_and_a_second_window(
    town: Town, sit: Sit
) -> None:
    # A window that is refused, and one without a line, are noted by the browser.
    with sit(town.sam, at(town.dawn), errors_expected=True) as page:
        words, kept = page.locator("#words"), page.locator("#kept")

        # Typing on and on is saved all the same, and the page dies without a word.
        words.press_sequentially("A roofer comes tomorrow", delay=100)
        expect(kept).to_contain_text("Saved")
        page.close(run_before_unload=False)
        page = page.context.new_page()
        page.goto(at(town.dawn))
        expect(page.locator("#words")).to_have_value("A roofer comes tomorrow")
        expect(page.locator("#kept")).to_contain_text("Saved")

        # Without a line nothing is lost either: it stays in the tab, and is sent back after.
        words, kept = page.locator("#words"), page.locator("#kept")
        page.context.set_offline(True)
        words.fill("A roofer comes tomorrow at nine")
        words.blur()
        expect(kept).to_contain_text("no connection")
        page.context.set_offline(False)
        expect(kept).to_contain_text("Saved")
        assert page.evaluate("Object.keys(sessionStorage).length") == 0

        # Nor where the line breaks between the head of the desk's answer and its words.
        page.evaluate(_BREAK_THE_NEXT_DRAFT)
        words.fill("A roofer comes tomorrow at ten")
        words.blur()
        expect(kept).to_contain_text("no connection")
        expect(kept).to_contain_text("Saved")
        assert draft(town) == "A roofer comes tomorrow at ten"

        # A second window: the older one is told, and nothing is written over unsaid.
        second = page.context.new_page()
        second.goto(at(town.dawn))
        second.locator("#words").fill("A roofer comes at ten")
        second.locator("#words").blur()
        expect(second.locator("#kept")).to_contain_text("Saved")
        words.fill("Something else")
        words.blur()
        elsewhere = page.locator("#elsewhere")
        expect(elsewhere).to_contain_text("In another window you wrote something else here")
        assert draft(town) == "A roofer comes at ten"
        page.get_by_role("button", name="Take those words").click()
        expect(words).to_have_value("A roofer comes at ten")
        words.fill("A roofer comes at eleven")
        words.blur()
        expect(kept).to_contain_text("Saved")
        assert draft(town) == "A roofer comes at eleven"
        second.close()

        # The session ends while one writes: what was sent in vain is there after signing in again.
        signed_in = page.context.cookies()
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        words.fill("A roofer comes at noon")
        expect(kept).to_contain_text("you are signed out")
        expect(page.locator("#checked")).to_be_empty()
        page.locator("#send").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.context.add_cookies(cast(Any, signed_in))
        page.goto(at(town.dawn))
        expect(page.locator("#words")).to_have_value("A roofer comes at noon")
        expect(page.locator("#kept")).to_contain_text("Saved")
        assert draft(town) == "A roofer comes at noon"


def draft(town: Town) -> str:
    return drafts.draft(conversation_id=town.dawn.pk, person_id=town.sam.id)


def test_a_text_is_found_filled_and_put_in_by_keys_and_by_mouse(town: Town, sit: Sit) -> None:
    beth = make.person("Beth", Role.BRAND_MANAGER)
    now = clock.now()
    for title, words in (
        ("Roofer booked", "Hi {{first name}}, a roofer is booked."),
        ("Ring us", "Ring {{brand}} on {{phone}}."),
    ):
        wording = Wording(None, Use.REPLY, "en", title, words)
        texts.write(viewer=beth, text_id=None, own=False, wording=wording, now=now)
    with sit(town.sam, at(town.dawn)) as page:
        words = page.locator("#words")
        words.press_sequentially("Half past two; then ")
        expect(page.locator("#texts-pop")).to_be_hidden()

        words.press_sequentially(";roo")
        option = page.get_by_role("option", name="Roofer booked")
        expect(option).to_have_attribute("aria-selected", "true")
        expect(words).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "-")
        assert_accessible(page)
        words.press("Enter")
        expect(words).to_have_value("Half past two; then Hi Dawn, a roofer is booked.")
        expect(page.locator("#texts-pop")).to_be_hidden()

        words.press_sequentially(" ;zzz")
        expect(page.locator("#texts-none")).to_be_visible()
        words.press("Escape")
        expect(page.locator("#texts-pop")).to_be_hidden()
        expect(words).to_be_focused()

        words.fill("")
        page.get_by_role("button", name="Texts").click()
        page.get_by_role("option", name="Ring us").click()
        expect(words).to_have_value("Ring Red Kite on {{phone}}.")
        chosen = page.evaluate("getSelection().toString()")
        assert chosen == "{{phone}}", "typed over at once"
        page.keyboard.type("01494 476 100")
        expect(words).to_have_value("Ring Red Kite on 01494 476 100.")
        expect(page.locator("#count")).to_have_text("36 of 300")


@pytest.mark.parametrize("width", [1440, 390])
def test_what_the_checks_find_is_mended_or_waits_for_a_second_yes(
    town: Town, sit: Sit, width: int
) -> None:
    with sit(town.sam, at(town.dawn), width=width, height=844, errors_expected=True) as page:
        words, checked = page.locator("#words"), page.locator("#checked")
        words.fill("Ring Mo 👍 on 07700 900123 or 07700 900124. PLEASE READ THE LETTER")
        found = checked.locator(".spotted")
        expect(found).to_have_count(2)
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        expect(page.locator("#send")).to_be_in_viewport()

        found.filter(has_text="telephone").get_by_role("button").click()
        expect(words).to_have_value("Ring Mo 👍 on or. PLEASE READ THE LETTER")
        expect(found).to_have_count(1)
        page.get_by_label("I mean it").check()

        # Sending looks at the words as they are then, whatever stands on the screen.
        words.fill("Ring Mo on 07700 900123. PLEASE READ THE LETTER")
        page.locator("#send").click()
        expect(page.locator("#checked mark").first).to_have_text("07700 900123")
        expect(words).to_have_value("Ring Mo on 07700 900123. PLEASE READ THE LETTER")
        # The place where the reason is chosen says what is missing, the button what it will do.
        because = page.get_by_label("It should stand there, because")
        expect(because).to_be_focused()
        expect(page.get_by_role("alert").filter(has_text="Not sent")).to_be_visible()
        expect(page.locator("#send")).to_contain_text("Ask to send in public")
        assert_accessible(page)
        page.get_by_label("I mean it").check()
        because.select_option("it says nothing about a person")
        page.get_by_label("A second person has to say yes. Ask").select_option("Priya")
        page.locator("#send").click()

        held = page.locator(".msg.leaving")
        expect(held).to_contain_text("Waits for a second person’s yes")
        assert_accessible(page)
        with sit(town.priya, at(town.dawn)) as hers:
            second = hers.locator(".msg.leaving")
            second.get_by_text("Say no", exact=True).click()
            assert_accessible(hers)
            second.get_by_label("Because").fill("Nobody asked for it.")
            second.get_by_role("button", name="Say no: keep it back").click()
            expect(second).to_contain_text("a second person said no")
            hers.locator("#done").get_by_role("button", name="Undo").click()
            second.get_by_role("button", name="Say yes: send it").click()
            expect(second).to_contain_text("Going out")
            hers.locator("#done").get_by_role("button", name="Undo").click()
            expect(second).to_contain_text("Waits for a second person’s yes")
        page.get_by_role("button", name="Take the words back").click()
        expect(page.locator("#words")).to_have_value(
            "Ring Mo on 07700 900123. PLEASE READ THE LETTER"
        )

        # Where it goes is said by the button as soon as it is chosen, and by the key for it.
        page.goto(at(town.asks("Nora New", "May I ask you something?", at=clock.now())))
        expect(page.locator("#send")).to_contain_text("Send in private")
        page.goto(at(town.most_urgent))
        page.locator("#title").focus()
        page.keyboard.press("p")
        expect(page.locator("#where")).to_be_focused()
