"""Figures, rows and rehearsals in a real browser: light and dark, wide and narrow, with data."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from playwright.sync_api import Browser, expect

from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockState
from glede.desk.insight.period import Period
from glede.desk.insight.replay import HoursFrom
from glede.flow import rehearsing
from glede.flow.rehearsing import Wanted
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.rules import Viewer
from tests import cast
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.desk import past
from tests.desk.past import Told
from tests.web.serving import Desk

SCREENS = ((1440, 900, False), (390, 844, True))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Monday 2 November 2026, 07:00 in London.
MONDAY = datetime(2026, 11, 2, 7, tzinfo=UTC)
ASKED = MONDAY + timedelta(days=12)
PERIOD = "period=custom&from=2026-11-01&to=2026-11-30"
WEEK = {day: [["08:00", "18:00"]] for day in ("monday", "tuesday", "wednesday", "thursday")}


@dataclass(frozen=True, slots=True)
class Traffic:
    noor: Viewer
    stan: Viewer
    rehearsal: int


@pytest.fixture
def traffic(transactional_db: None) -> Traffic:
    """A fortnight of enquiries, most answered in time, and a rehearsal of longer hours."""
    with transaction.atomic():
        people = cast.build()
        _writes(people)
        wanted = Wanted(
            Period(MONDAY, MONDAY + timedelta(days=14)),
            hours_from=HoursFrom.DRAFTED,
            hours={"brand": None, "week": WEEK, "closed_on_bank_holidays": True},
        )
        played = rehearsing.play_now(wanted=wanted, actor=SYSTEM, now=ASKED)
    return Traffic(people.noor, people.stan, played.pk)


def _writes(people: cast.Cast) -> None:
    states = (*[ClockState.STOPPED] * 7, ClockState.WITHDRAWN, ClockState.NOT_NEEDED)
    for number in range(54):
        at = MONDAY + timedelta(days=number % 11, minutes=number * number % 840)
        after = (17 + number * 37 % 330) * MINUTE
        brand = people.pennvale if number % 3 == 0 else people.red_kite
        state = states[number % len(states)]
        lag = 25 * MINUTE if number % 13 == 0 else 5 * MINUTE / 60
        told = Told(brand, at, state, after, lag=lag, name=f"Resident {number}")
        clock: Clock = past.tell(told)
        if number % 4 == 0:
            past.resolves(
                clock,
                due_at=at + 9 * HOUR,
                state=ClockState.STOPPED,
                ended_at=at + (number % 12) * HOUR,
            )


def _pages(traffic: Traffic) -> tuple[str, ...]:
    return (
        f"/policy/clauses/6.5/?{PERIOD}",
        f"/policy/clauses/6.5/rows/?{PERIOD}&measure=received",
        f"/policy/clauses/6.5/rows/?{PERIOD}&measure=running",
        "/policy/clauses/6.4/",
        "/policy/rehearsal/",
        f"/policy/rehearsal/{traffic.rehearsal}/",
        f"/policy/rehearsal/{traffic.rehearsal}/rows/?change=earlier",
    )


@pytest.mark.browser
def test_figures_of_a_fortnight_can_be_read_by_everybody(
    desk: Desk, browser: Browser, traffic: Traffic
) -> None:
    for width, height, dark in SCREENS:
        with opened(browser, base_url=desk.url, width=width, height=height, dark=dark) as page:
            desk.sign_in(page, traffic.noor)
            for path in _pages(traffic):
                page.goto(path)
                assert_accessible(page)
                assert_no_sideways_scroll(page)


@pytest.mark.browser
def test_from_a_number_to_the_conversation_and_back_without_scripts(
    desk: Desk, browser: Browser, traffic: Traffic
) -> None:
    with opened(browser, base_url=desk.url, javascript=False) as page:
        desk.sign_in(page, traffic.noor)
        page.goto(f"/policy/clauses/6.5/?{PERIOD}")
        late = page.get_by_role("link", name="late, Pennvale: show them")
        number = int(late.inner_text())
        late.click()

        rows = page.locator("tbody tr")
        expect(rows).to_have_count(number)
        rows.first.get_by_role("link").click()
        expect(page).to_have_url(re.compile("/c/"))
        page.go_back()
        page.get_by_role("link", name="Clause 6.5", exact=True).click()
        expect(page.get_by_label("First day")).to_have_value("2026-11-01")


@pytest.mark.browser
def test_a_page_that_waits_shows_what_was_found_by_itself(
    desk: Desk, browser: Browser, traffic: Traffic
) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, traffic.noor)
        page.goto("/policy/rehearsal/")
        page.get_by_label("Days of past traffic").fill("30")
        page.get_by_role("button", name="Rehearse").click()
        expect(page.get_by_role("heading", name="Waiting for the worker")).to_be_visible()

        waiting = int(page.url.rstrip("/").rsplit("/", 1)[1])
        rehearsing.play(rehearsal_id=waiting)

        expect(page.get_by_role("heading", name="Live beside rehearsed")).to_be_visible()
        assert_accessible(page)
