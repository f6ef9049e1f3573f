"""The public pages in a real browser: they follow what happens, and fit desk and phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.see.people import resident
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.sandbox.serving import Served, serving
from tests.sandbox.village import Village

pytestmark = pytest.mark.browser

PAGE = "village-red-kite"


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Village) as served:
        yield served


def village(served: Served) -> Village:
    stage = served.world.stages["village"]
    assert isinstance(stage, Village)
    return stage


def lively(served: Served) -> None:
    """A wall with everything a wall may show."""
    stage, nia, omar = village(served), resident("Nia Prosser"), resident("Omar Said")

    def happen() -> None:
        post = stage.publish(PAGE, "The lift in Heron Court is being mended today.")
        asked = stage.comment(nia, "Until when? " + "a-very-long-word" * 20, on=post)
        stage.answer_in_app(PAGE, "Until four, Nia.", to=asked)
        rude = stage.mention(nia, "Rude words", page=PAGE)
        stage.hide(rude)
        gone = stage.mention(omar, "Never mind", page=PAGE)
        stage.comment(nia, "What was that?", on=gone)
        stage.delete(omar, of=gone)
        written = stage.message(nia, "My number is 01632 960 123", page=PAGE)
        stage.answer_in_app(PAGE, "Thank you, we will call.", to=written)

    served.do(happen)


def visit(page: Page, name: str = "Nia Prosser") -> None:
    page.goto(f"/village/see/{PAGE}?as={name}")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_are_accessible_and_fit(
    served: Served, browser: Browser, width: int, dark: bool
) -> None:
    lively(served)
    with opened(browser, base_url=served.base, width=width, dark=dark) as page:
        for address in ("/", "/village/see", f"/village/see/{PAGE}"):
            page.goto(address)
            assert_accessible(page)
            assert_no_sideways_scroll(page)
        visit(page)
        for summary in page.locator("summary").all():
            summary.click()
        assert_accessible(page)
        assert_no_sideways_scroll(page)


def test_what_happens_appears_and_what_i_am_writing_stays(served: Served, browser: Browser) -> None:
    with opened(browser, base_url=served.base) as page:
        visit(page)
        page.get_by_label("Your post").fill("There is no hot water")
        page.get_by_role("button", name="Post").click()
        expect(page.locator("article")).to_contain_text("There is no hot water")
        (post,) = village(served).items
        page.get_by_label("Only Red Kite reads this").fill("half a sente")
        served.do(village(served).answer_in_app, PAGE, "We are on our way.", to=post)
        expect(page.locator("article article")).to_contain_text("We are on our way.")
        expect(page.get_by_label("Only Red Kite reads this")).to_have_value("half a sente")


def test_an_answer_half_written_is_not_swept_away(served: Served, browser: Browser) -> None:
    lively(served)
    with opened(browser, base_url=served.base) as page:
        visit(page)
        page.locator("summary", has_text="Reply · Red Kite").first.click()
        page.locator("details[open] textarea").fill("Thank")
        served.do(village(served).message, resident("Nia Prosser"), "And?", page=PAGE)
        expect(page.locator('[data-live="chat"]')).to_contain_text("And?")
        expect(page.locator("details[open] textarea")).to_have_value("Thank")


def test_it_works_without_a_script(served: Served, browser: Browser) -> None:
    lively(served)
    with opened(browser, base_url=served.base, javascript=False) as page:
        visit(page)
        page.locator("summary", has_text="Reply · Red Kite").first.click()
        page.locator("details[open] textarea").fill("Thank you")
        page.locator("details[open]").get_by_role("button", name="Reply").click()
        expect(page.locator("article", has_text="Thank you").first).to_be_visible()
