"""The import screen in a real browser: by keyboard, by two people at once, and without scripts."""

from dataclasses import dataclass

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from glede.flow import reading_in
from glede.kit import clock
from glede.rulebook.imports import queries
from glede.rulebook.imports.models import Item
from glede.rulebook.imports.rules import Act, Choice
from tests import cast
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web.serving import Desk

READERS = "tests.rulebook.import_readers"
SCREENS = ((1440, 900, False), (390, 844, True))


@dataclass(frozen=True, slots=True)
class Given:
    """A document that was read, one that waits and one that could not be read."""

    people: cast.Cast
    read: int
    waiting: int
    unreadable: int

    @property
    def path(self) -> str:
        return f"/policy/import/{self.read}/"

    def item(self, key: str) -> Item:
        return queries.items(self.read).get(key=key)

    def act_of(self, key: str) -> str:
        decision = self.item(key).decision
        return decision.act if decision else ""


@pytest.fixture
def given(transactional_db: None) -> Given:
    with transaction.atomic():
        people = cast.build()

    def take_in(data: bytes, name: str) -> int:
        import_id, _ = reading_in.take_in(
            viewer=people.noor, data=data, name=name, note="", now=clock.now()
        )
        return import_id

    read = take_in(b"The policy.", "voices.docx")
    reading_in.read(import_id=read, reader=f"{READERS}:read")
    unreadable = take_in(b"A scan.", "scan.pdf")
    reading_in.read(import_id=unreadable, reader=f"{READERS}:refuses")
    return Given(people, read, take_in(b"Waiting.", "waiting.txt"), unreadable)


def card(page: Page, given: Given, key: str) -> str:
    return f"#item-{given.item(key).pk}"


@pytest.mark.browser
def test_every_state_of_the_import_can_be_used_by_everybody(
    desk: Desk, browser: Browser, given: Given
) -> None:
    hours = given.item("hours").pk
    pages = (
        given.path,
        f"{given.path}?pane=text",
        f"{given.path}?item={hours}&edit=change",
        f"{given.path}?item={hours}&edit=dismiss",
        f"{given.path}?show=flags",
        f"/policy/import/{given.waiting}/",
        f"/policy/import/{given.unreadable}/",
    )
    for width, height, dark in SCREENS:
        with opened(browser, base_url=desk.url, width=width, height=height, dark=dark) as page:
            desk.sign_in(page, given.people.noor)
            for path in pages:
                page.goto(path)
                assert_accessible(page)
                assert_no_sideways_scroll(page)
                assert page.evaluate("document.scrollingElement.scrollHeight <= innerHeight"), path


@pytest.mark.browser
def test_the_whole_list_is_settled_by_keyboard(desk: Desk, browser: Browser, given: Given) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, given.people.noor)
        page.goto(given.path)
        page.keyboard.press("c")
        expect(page.locator("#counts")).to_contain_text("1 of 19")
        expect(page.locator(card(page, given, "organisation"))).to_be_focused()

        page.keyboard.press("k")
        page.keyboard.press("u")
        expect(page.locator("#counts")).to_contain_text("0 of 19")
        expect(page.locator(card(page, given, "title"))).to_be_focused()

        for _ in range(10):
            page.keyboard.press("j")
        rule = page.locator(card(page, given, "acknowledge.in_hours"))
        expect(rule).to_have_attribute("aria-current", "true")
        expect(page.locator("mark.on")).to_have_text("within 4 hours of receiving it")
        expect(page.locator("mark.on")).to_be_in_viewport()

        page.keyboard.press("e")
        box = rule.get_by_label("It says")
        expect(box).to_be_focused()
        box.fill("soon")
        page.keyboard.press("Enter")
        expect(rule.get_by_role("alert")).to_contain_text("Write “4 hours”")
        expect(rule.get_by_label("It says")).to_be_focused()
        rule.get_by_label("It says").fill("6 hours")
        page.keyboard.press("Enter")
        expect(rule).to_contain_text("Corrected by Noor")
        expect(page.locator(card(page, given, "hours"))).to_be_focused()

        page.keyboard.press("x")
        why = page.locator(card(page, given, "hours")).get_by_label("Why")
        expect(why).to_be_focused()
        page.keyboard.press("Escape")
        expect(why).to_have_count(0)
        expect(page.locator(card(page, given, "hours"))).to_be_focused()

        page.reload()
        expect(page.locator("#counts")).to_contain_text("1 of 19")
    assert given.act_of("acknowledge.in_hours") == Act.CORRECTED


@pytest.mark.browser
def test_numbers_in_the_text_lead_to_items_and_items_to_the_text(
    desk: Desk, browser: Browser, given: Given
) -> None:
    law = given.item("repealed_law")
    with opened(browser, base_url=desk.url, width=390, height=844) as page:
        desk.sign_in(page, given.people.noor)
        page.goto(f"{given.path}?pane=text")
        page.locator(f'#doc sup a[data-item="{law.pk}"]').click()
        found = page.locator(f"#item-{law.pk}")
        expect(found).to_be_in_viewport()
        expect(found).to_have_attribute("aria-current", "true")

        found.get_by_role("link", name="clause 3.2").click()
        expect(page.locator("mark.on")).to_have_text("Data Protection Act 1984")
        expect(page.locator("mark.on")).to_be_in_viewport()


@pytest.mark.browser
def test_what_a_colleague_decides_is_seen_at_once_and_what_is_typed_stays(
    desk: Desk, browser: Browser, given: Given
) -> None:
    resolve, hours = given.item("resolve"), given.item("hours")
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, given.people.noor)
        with page.expect_response("**/live**"):
            page.goto(f"{given.path}?item={hours.pk}&edit=change")
        page.get_by_label("Friday").fill("9am to 4pm")

        for item in (resolve, hours):
            reading_in.decide(
                viewer=given.people.felix,
                import_id=given.read,
                item_id=item.pk,
                version=0,
                choice=Choice(act=Act.CONFIRMED),
                now=clock.now(),
            )

        expect(page.locator(f"#item-{resolve.pk}")).to_contain_text("Confirmed by Felix")
        expect(page.get_by_label("Friday")).to_have_value("9am to 4pm")
        page.get_by_role("button", name="Keep it").click()
        mine = page.locator(f"#item-{hours.pk}")
        expect(mine.get_by_role("alert")).to_contain_text("Felix was here a moment ago")
        expect(mine.get_by_label("Friday")).to_have_value("9am to 4pm")
    assert given.act_of("hours") == Act.CONFIRMED


@pytest.mark.browser
def test_everything_works_without_scripts(desk: Desk, browser: Browser, given: Given) -> None:
    with opened(browser, base_url=desk.url, javascript=False) as page:
        desk.sign_in(page, given.people.noor)
        page.goto(given.path)
        title = page.locator(card(page, given, "title"))
        title.get_by_role("button", name="Confirm").click()
        expect(page.locator("#counts")).to_contain_text("1 of 19")

        week = page.locator(card(page, given, "hours"))
        week.get_by_role("link", name="Change").click()
        page.get_by_label("Friday").fill("9am to 4pm")
        page.get_by_role("button", name="Keep it").click()
        expect(page.locator("#counts")).to_contain_text("2 of 19")

        page.locator(card(page, given, "hours")).get_by_role("button", name="Undo").click()
        expect(page.locator("#counts")).to_contain_text("1 of 19")
        page.goto("/policy/import/")
        page.get_by_label("The policy").set_input_files(
            {"name": "new.txt", "mimeType": "text/plain", "buffer": b"1.1 A new policy."}
        )
        page.get_by_role("button", name="Read it").click()
        expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()


@pytest.mark.browser
def test_the_page_follows_the_reader_by_itself(desk: Desk, browser: Browser, given: Given) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, given.people.noor)
        page.goto(f"/policy/import/{given.waiting}/")
        expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()

        reading_in.read(import_id=given.waiting, reader=f"{READERS}:read")

        expect(page.get_by_role("heading", name="Review what we found")).to_be_visible()
