"""Moderating, private answers and pictures in a real Chromium: with a script and without one."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from glede.desk.attachments import actions as attachments
from glede.desk.attachments.models import Attachment
from glede.desk.conversations.models import Conversation, Message
from glede.desk.moderation.models import Deed
from glede.desk.outbox.models import Delivery, Enclosure
from glede.kit import clock
from glede.rulebook.accounts.models import Account
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Sit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = [1440, 390]


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(target, "JPEG")
    return target.getvalue()


@pytest.fixture
def town() -> Town:
    made = inbox_desk.tuesday(clock.now())
    attachments.keep(attachment=Attachment.objects.get(), content=picture(), now=made.now)
    return made


def look_well(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_somebody_is_blocked_from_the_thread_and_it_is_taken_back(
    town: Town, sit: Sit, javascript: bool
) -> None:
    with sit(town.priya, f"/c/{town.dawn.pk}/", javascript=javascript) as page:
        page.get_by_role("link", name="Moderate what Dawn Petherick wrote").first.click()
        expect(page.get_by_role("heading", name="Moderate")).to_be_visible()
        if javascript:  # axe-core is a script itself
            look_well(page)
        page.get_by_label("Block the person").check()
        page.get_by_label("Why").select_option("threatening")
        page.get_by_label("In a few words").fill("Threatens a colleague")
        page.get_by_role("button", name="Do it").click()

        expect(page.locator(".deed")).to_contain_text("Block the person")
        expect(page.locator(".deed")).to_contain_text("threatening, clause 6.8")
        if javascript:
            look_well(page)
        page.get_by_role("button", name="Take it back").click()
        expect(page.locator(".deed")).to_have_count(0)

    assert Deed.objects.get().state == "taken back"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_says_what_is_missing_and_keeps_what_was_typed(
    town: Town, sit: Sit, width: int
) -> None:
    message = town.dawn.messages.filter(direction="in").first()
    assert message is not None
    path = f"/c/{town.dawn.pk}/m/{message.pk}/"
    with sit(town.priya, path, width=width, errors_expected=True) as page:
        look_well(page)
        page.get_by_label("In a few words").fill("Threatens a colleague")
        with page.expect_navigation():
            page.get_by_role("button", name="Do it").click()
        expect(page.get_by_label("In a few words")).to_have_value("Threatens a colleague")
        look_well(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_thread_shows_pictures_tombstones_and_what_was_done(
    town: Town, sit: Sit, width: int
) -> None:
    message = town.dawn.messages.filter(direction="in").first()
    assert message is not None
    message.hidden_at = town.now - timedelta(minutes=3)
    message.moderated_there = True
    message.save()
    with sit(town.sam, f"/c/{town.dawn.pk}/", width=width) as page:
        shown = page.get_by_role("img", name="Ceiling of a stairwell with a brown water stain")
        expect(shown).to_be_visible()
        # It is fetched when it is near, which a phone's small window says later.
        shown.scroll_into_view_if_needed()
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("img => img.naturalWidth") > 0
        expect(page.locator("#talk")).to_contain_text("Hidden in the platform’s own app")
        page.get_by_text("What it says").first.click()
        look_well(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_blocks_in_force_stand_in_a_list(town: Town, sit: Sit, width: int) -> None:
    message = town.dawn.messages.filter(direction="in").first()
    assert message is not None
    with sit(town.priya, f"/c/{town.dawn.pk}/m/{message.pk}/", width=width) as page:
        page.get_by_label("Block the person").check()
        page.get_by_label("Why").select_option("abusive")
        page.get_by_role("button", name="Do it").click()
        expect(page.locator(".deed")).to_have_count(1)
        Deed.objects.update(state="sent", next_try_at=None, done_at=clock.now())
        page.goto("/blocks/")
        expect(page.get_by_role("link", name="Lift it: Dawn Petherick")).to_be_visible()
        look_well(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_a_picture_goes_with_a_reply_and_no_word_is_lost(
    town: Town, sit: Sit, javascript: bool
) -> None:
    with sit(town.sam, f"/c/{town.dawn.pk}/", javascript=javascript, errors_expected=True) as page:
        page.get_by_label("Public reply as Red Kite").fill("Here is where the stopcock is.")
        page.get_by_text("Add a picture").click()
        page.get_by_label("Picture", exact=True).set_input_files(
            {"name": "map.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        )
        page.get_by_role("button", name="Add it").click()
        expect(page.locator(".enclosed")).to_contain_text("Describe the picture")
        expect(page.locator("#words")).to_have_value("Here is where the stopcock is.")
        if javascript:  # axe-core is a script itself
            look_well(page)
        page.get_by_label("Picture", exact=True).set_input_files(
            {"name": "map.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        )
        page.get_by_label("Describe it for those").fill("Where the stopcock is")
        page.get_by_role("button", name="Add it").click()
        expect(page.get_by_role("img", name="Where the stopcock is")).to_be_visible()
        expect(page.locator("#words")).to_have_value("Here is where the stopcock is.")
        page.locator("#send").click()
        expect(page.locator("#composer")).to_contain_text("Look at the picture before anybody can")
        if javascript:
            look_well(page)
        page.get_by_label("I looked: nobody can be recognised").check()
        page.locator("#send").click()
        expect(page.locator(".msg.leaving")).to_contain_text("Going out in")

    assert Enclosure.objects.get().attachment.alt == "Where the stopcock is"
    assert Delivery.objects.filter(state="queued").get().text.startswith("Here is where")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_answer_in_private_is_asked_for_with_its_reason(
    town: Town, sit: Sit, width: int
) -> None:
    # Bluesky has no private answer for us; Mastodon has one.
    Conversation.objects.filter(pk=town.dawn.pk).update(platform="mastodon")
    Account.objects.filter(pk=town.dawn.account_id).update(platform="mastodon")
    Message.objects.filter(conversation=town.dawn).update(platform="mastodon")
    with sit(town.sam, f"/c/{town.dawn.pk}/", width=width, errors_expected=True) as page:
        page.get_by_label("Public reply as Red Kite").fill("Which flat is it?")
        page.get_by_text("Answer in private instead").click()
        page.get_by_label("Because").select_option("safety")
        look_well(page)
        page.locator("#send").click()
        expect(page.locator("#composer")).to_contain_text("Your reason is recorded")
        expect(page.get_by_label("Because")).to_have_value("safety")
        look_well(page)
        page.locator("#send").click()
        expect(page.locator(".msg.leaving")).to_contain_text("somebody’s safety is at stake")

    assert Delivery.objects.filter(state="queued").get().private_because == "safety"
