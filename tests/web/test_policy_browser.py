"""The pages of the policy in a real Chromium: for everybody, on a phone, without a script."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from glede.kit import clock
from glede.rulebook.policy import queries_life
from glede.rulebook.policy.life import State
from tests.browser import opened
from tests.web import policy_desk
from tests.web.policy_desk import Overdue
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town() -> Overdue:
    now = clock.now()
    made = policy_desk.overdue(now)
    policy_desk.in_review(made, now)
    policy_desk.reviewed(made, now)
    return made


def test_two_people_put_a_version_in_force_without_a_script(
    town: Overdue, desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    minute = tmp_path / "minute.pdf"
    minute.write_bytes(b"%PDF-1.7\n")
    with opened(browser, base_url=desk.url, javascript=False) as page:
        desk.sign_in(page, town.cast.noor)
        page.goto("/policy/versions/4/")
        page.get_by_label("Body that decided").fill("Executive Management Team")
        yesterday = queries_life.today(clock.now()) - timedelta(days=1)
        page.get_by_label("Day of the decision").fill(yesterday.isoformat())
        page.get_by_label("Reference of the minute").fill("EMT 2026/11, item 7")
        page.get_by_label("The minute", exact=True).set_input_files(minute)
        page.get_by_role("button", name="Record the decision").click()

        expect(page.locator("main")).to_contain_text("It binds once a second person confirms it")
        expect(page.get_by_role("button", name="Confirm this record")).to_be_disabled()

    with opened(browser, base_url=desk.url, javascript=False) as page:
        desk.sign_in(page, town.cast.delia)
        page.goto("/policy/versions/4/")
        page.get_by_role("button", name="Confirm this record").click()

        expect(page.locator("main")).to_contain_text("Version 4 is approved")

    version = queries_life.by_number("4")
    assert version is not None
    assert queries_life.state(version, at=clock.now()) is State.EFFECTIVE
