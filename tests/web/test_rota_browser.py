"""The rota in a real Chromium: by keyboard, without scripts, on a phone, in every theme."""

import re
from datetime import date, time, timedelta

import pytest
from django.db import transaction
from playwright.sync_api import Browser, expect

from glede.desk.rota import queries, rules
from glede.desk.rota.models import Shift
from glede.flow import rota
from glede.kit import clock
from tests import cast
from tests.browser import opened
from tests.desk.test_rota import days, nights
from tests.web.serving import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> cast.Cast:
    with transaction.atomic():
        return cast.build()


def monday() -> date:
    return rules.monday_of(clock.now().astimezone(queries.zone()).date())


def plan(people: cast.Cast, on: date) -> None:
    rota.save_week(
        viewer=people.priya,
        monday=on,
        shifts=days(people.sam, monday=on) + nights(people.priya, time(18), time(8), monday=on),
        seen=0,
        now=clock.now(),
    )


def test_a_week_is_copied_forward_by_keyboard_alone(
    desk: Desk, browser: Browser, people: cast.Cast
) -> None:
    this = monday()
    plan(people, this)
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, people.priya)
        page.goto("/rota/")
        page.get_by_role("link", name="Copy to the week after").press("Enter")
        expect(page.get_by_text("The pattern of another week")).to_be_visible()
        page.get_by_role("button", name="Save the week").press("Enter")
        expect(page.get_by_text("The week is saved.")).to_be_visible()

    assert len(queries.week(this + timedelta(days=7))) == 12


def test_a_gap_is_refused_and_filled_on_a_phone_without_scripts(
    desk: Desk, browser: Browser, people: cast.Cast
) -> None:
    after = monday() + timedelta(days=7)
    plan(people, after)
    wednesday = after + timedelta(days=2)
    with opened(
        browser, base_url=desk.url, width=390, height=844, javascript=False, errors_expected=True
    ) as page:
        desk.sign_in(page, people.priya)
        page.goto(f"/rota/week/{after}/")
        row = page.locator(
            ".shift-row",
            has=page.locator(f'select[name$="-on"]:has(option[value="{wednesday}"][selected])'),
        ).filter(has=page.locator('option[value="holder"][selected]'))
        row.get_by_label(re.compile("^From")).fill("10:00")
        page.get_by_role("button", name="Save the week").click()
        expect(page.get_by_role("alert")).to_contain_text("09:00 to 10:00")
        offered = page.locator(".shift-row").filter(
            has=page.locator('option[value="stand_in"][selected]')
        )
        expect(offered).to_have_count(2)
        for number in range(2):
            offered.nth(number).get_by_label(re.compile("^Person")).select_option("Noor")
        page.get_by_role("button", name="Save the week").click()
        expect(page.get_by_text("The week is saved.")).to_be_visible()
        expect(page.locator(".by-day").get_by_text("stands in, Red Kite")).to_be_visible()

    assert Shift.objects.filter(duty="stand_in").count() == 2
