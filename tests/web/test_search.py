"""Search finds what a person may read, by words, parts of names and filters; nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from glede.desk.search.queries import PAGE
from glede.kit import clock
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web import inbox_desk
from tests.web.inbox_desk import Town
from tests.web.serving import Desk
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html, say


def found(page: str) -> list[str]:
    """Whose conversations the messages found stand in."""
    hits = page.partition('id="s-hits"')[2].partition("</section>")[0]
    return re.findall(r'<a class="strong"[^>]*>([^<]+)</a>', hits)


def people(page: str) -> list[str]:
    named = page.partition('id="s-people"')[2].partition("</section>")[0]
    return re.findall(r'<a class="strong"[^>]*>([^<]+)</a>', named)


class TestSearch(OnATuesday):
    def ask(self, typed: str, *, who: Any = None, **more: str) -> str:
        client = at_desk(who or self.town.sam)
        return html(client, "/search/", data={"q": typed, **more})

    def comes(self, name: str, text: str, *, page: Any = None, ago: float = 1) -> None:
        at = NOW - timedelta(seconds=ago)
        inbox_desk.comment(page or self.town.red_kite, name, text, at=at)

    def test_words_are_found_in_every_form_and_marked(self) -> None:
        self.comes("Wilma Tarrant", "The porch roof was leaking on the stairs")
        page = self.ask("leaks porch ")
        assert found(page) == ["Wilma Tarrant"]
        assert "<mark>leaking</mark>" in page
        assert "<mark>porch</mark>" in page

    def test_a_word_that_is_begun_finds_what_begins_so(self) -> None:
        self.comes("Wilma Tarrant", "A cormorant sits on the aerial")
        assert found(self.ask("cormo")) == ["Wilma Tarrant"]
        assert found(self.ask("cormo ")) == []

    def test_a_phrase_and_what_is_left_out(self) -> None:
        self.comes("Wilma Tarrant", "The zinc bucket is gone")
        self.comes("Osric Bellamy", "A bucket of zinc")
        assert found(self.ask('"zinc bucket"')) == ["Wilma Tarrant"]
        assert found(self.ask("bucket zinc -gone")) == ["Osric Bellamy"]

    def test_what_a_resident_wrote_is_text_and_never_markup(self) -> None:
        self.comes("Wilma Tarrant", "<script>alert('zeppelin')</script> \ue000zeppelin\ue001")
        page = self.ask("zeppelin ")
        assert "<script>alert" not in page
        assert "<mark>zeppelin</mark>" in page
        assert "\ue000" not in page

    def test_people_are_found_by_a_part_of_their_name_and_with_a_letter_wrong(self) -> None:
        self.comes("Wilhelmina Tarrant", "Hello")
        assert people(self.ask("helmina")) == ["Wilhelmina Tarrant"]
        assert people(self.ask("Wilhelmena")) == ["Wilhelmina Tarrant"]
        assert people(self.ask("100%")) == []

    def test_another_brands_words_and_people_are_not_there(self) -> None:
        self.comes("Wilma Tarrant", "The zinc bucket is gone", page=self.town.pennvale)
        stranger = self.town.meena
        assert found(self.ask("zinc ")) == ["Wilma Tarrant"]
        page = self.ask("zinc wilma", who=stranger)
        assert (found(page), people(page)) == ([], [])
        assert "use one of red-kite" in self.ask("zinc brand:pennvale ", who=stranger)

    def test_filters_narrow(self) -> None:
        self.comes("Wilma Tarrant", "The zinc bucket is gone", ago=3)
        self.comes("Osric Bellamy", "No zinc here", page=self.town.pennvale, ago=2)
        assert found(self.ask("zinc brand:pennvale ")) == ["Osric Bellamy"]
        assert found(self.ask("zinc from:tarr ")) == ["Wilma Tarrant"]
        assert found(self.ask('zinc from:"ma tarrant"')) == ["Wilma Tarrant"]
        assert found(self.ask('zinc from:"tarrant wilma"')) == []
        assert found(self.ask("zinc on:website ")) == []
        assert found(self.ask("zinc on:bluesky ")) == ["Osric Bellamy", "Wilma Tarrant"]
        assert found(self.ask("zinc after:2026-11-25 ")) == []
        assert len(found(self.ask("zinc before:2026-11-25 is:open is:public "))) == 2
        assert found(self.ask("zinc is:private ")) == []
        assert found(self.ask("zinc is:ours ")) == []

    def test_notes_are_found_and_say_that_they_are_notes(self) -> None:
        conversation = self.town.asks("Wilma Tarrant", "Hello there", at=NOW)
        noted = say(
            at_desk(self.town.sam), conversation, mode="note", note="Her zinc bucket, see the file"
        )
        assert noted.status_code in (200, 303), noted.content.decode()
        page = self.ask("zinc is:note ")
        assert found(page) == ["Wilma Tarrant"]
        assert "Note by Sam" in page

    def test_words_that_were_taken_away_or_changed_are_not_found(self) -> None:
        written = NOW - timedelta(minutes=5)
        inbox_desk.comment(self.town.red_kite, "Wilma Tarrant", "The zinc bucket", at=written)
        assert found(self.ask("zinc ")) == ["Wilma Tarrant"]
        inbox_desk.taken_away(self.town.red_kite, "Wilma Tarrant", written=written, at=NOW)
        assert found(self.ask("zinc ")) == []

    def test_older_hits_stand_on_the_next_page_each_once(self) -> None:
        for number in range(PAGE + 3):
            self.comes(f"Person {number:02}", "zinc", ago=100 - number)
        first = self.ask("zinc ")
        assert len(found(first)) == PAGE
        older = re.search(r'href="\?q=zinc\+&amp;after=(\d+)"', first)
        assert older is not None
        second = self.ask("zinc ", after=older[1])
        assert len(found(second)) == 3
        assert not set(found(first)) & set(found(second))

    def test_an_empty_page_says_how_to_ask_and_a_vain_one_what_to_try(self) -> None:
        assert "How to ask" in self.ask("")
        assert "Nothing was found" in self.ask("zinc")
        assert "There is no filter" in self.ask("colour:red")
        html(at_desk(self.town.sam), "/search/", data={"q": "zinc", "after": "nonsense"})


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_search_by_keyboard_from_anywhere(
    desk: Desk, browser: Browser, width: int, dark: bool
) -> None:
    town: Town = inbox_desk.tuesday(clock.now())
    with opened(browser, base_url=desk.url, width=width, dark=dark) as page:
        desk.sign_in(page, town.sam)
        page.goto("/alerts/")
        page.keyboard.press("/")
        box = page.get_by_role("combobox", name="Search messages, notes and people")
        expect(box).to_be_focused()
        box.fill("grass contr")
        with page.expect_navigation():
            box.press("Enter")
        expect(page.locator("mark").first).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        page.locator(".hits a.strong").first.click()
        expect(page.locator("#title")).to_contain_text("Philip Wainwright")
