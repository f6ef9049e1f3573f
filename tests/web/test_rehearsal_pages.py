"""Asking for a rehearsal, watching it and reading what it found, without scripts."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import ClassVar

from django.test import TestCase

from glede.desk.clocks.rules import ClockState
from glede.desk.insight.models import Rehearsal
from glede.flow import rehearsing
from glede.kit import clock
from glede.rulebook.people.rules import Role
from tests import cast, make
from tests.desk import past
from tests.desk.past import Told
from tests.web.test_access import signed_in

HOUR = timedelta(hours=1)
WEEK = {
    "monday": "08:00 to 12:30, 13:30-18:00",
    "tuesday": "08:00 to 18:00",
    "wednesday": "08:00 to 18:00",
    "thursday": "08:00 to 18:00",
    "friday": "08:00 to 18:00",
}


class TestRehearsalPages(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = people = cast.build()
        # A Wednesday of the last three weeks, 08:30 in London: before the doors open.
        at = clock.now().replace(hour=8, minute=30, second=0, microsecond=0) - timedelta(days=14)
        at -= timedelta(days=(at.weekday() - 2) % 7)
        for brand, after in ((people.red_kite, 1), (people.pennvale, 6)):
            past.tell(Told(brand, at, ClockState.STOPPED, after * HOUR))

    def ask(self, **given: object) -> str:
        response = signed_in(self.cast.noor).post(
            "/policy/rehearsal/", {"days": "60", "hours_from": "receipt"} | given
        )
        assert response.status_code == 302, response.content.decode()
        return str(response["Location"])

    def get(self, path: str, viewer: cast.Viewer | None = None, status: int = 200) -> str:
        response = signed_in(viewer or self.cast.noor).get(path)
        assert response.status_code == status
        return str(response.content.decode())

    def played(self, **given: object) -> str:
        path = self.ask(**given)
        rehearsing.play(rehearsal_id=Rehearsal.objects.get().pk)
        return path

    def test_it_waits_then_shows_live_beside_rehearsed(self) -> None:
        path = self.ask(version=str(self.cast.policy))
        assert "Waiting for the worker" in self.get(path)

        rehearsing.play(rehearsal_id=Rehearsal.objects.get().pk)

        page = self.get(path)
        assert "Live beside rehearsed" in page
        assert "Cover needed out of hours" in page
        assert "Version 1" in self.get("/policy/rehearsal/")

    def test_other_hours_move_due_times_and_every_difference_opens_its_rows(self) -> None:
        page = self.get(self.played(hours_from="drafted", closed_on_bank_holidays="on", **WEEK))
        found = re.findall(r'<a href="([^"]+)" aria-label="(\d+) [^"]+: show them"', page)

        assert sum(int(number) for _, number in found) == 2
        for href, number in found:
            rows = self.get(unescape(href))
            assert f'<h2 id="h">{number} enquir' in rows
            assert rows.count('<th scope="row">') == int(number)

    def test_a_lead_of_one_brand_is_shown_that_brand(self) -> None:
        path = self.played(hours_from="drafted", **WEEK)
        lena = make.person("Lena", Role.LEAD, brand_id=self.cast.red_kite)

        page = self.get(path, lena)

        assert "Brands: Red Kite." in page
        assert re.search(r'Received</th><td class="num">1</td>', page)
        assert "Pennvale" not in self.get(f"{path}rows/?change=earlier", lena)

    def test_bad_input_loses_nothing_and_is_said_beside_the_field(self) -> None:
        response = signed_in(self.cast.noor).post(
            "/policy/rehearsal/",
            {"days": "0", "hours_from": "drafted", "monday": "nine to five", "friday": "10:00-9"},
        )
        page = response.content.decode()

        assert response.status_code == 422
        assert "Choose at least one day." in page
        assert "“nine to five” is no stretch of time" in unescape(page)
        assert 'value="nine to five"' in page
        assert not Rehearsal.objects.exists()

    def test_the_hours_of_a_version_need_a_version(self) -> None:
        response = signed_in(self.cast.noor).post(
            "/policy/rehearsal/", {"days": "9", "hours_from": "version"}
        )

        assert "Choose the version whose opening hours are meant." in response.content.decode()

    def test_who_may_not_read_figures_may_not_rehearse(self) -> None:
        path = self.played()

        for viewer in (self.cast.sam, self.cast.stan):
            self.get("/policy/rehearsal/", viewer, status=403)
            self.get(path, viewer, status=403)
            assert signed_in(viewer).post("/policy/rehearsal/").status_code == 403

    def test_a_worker_that_died_is_not_waited_for(self) -> None:
        path = self.ask()
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        Rehearsal.objects.update(state="running", total=100, done=40, touched_at=long_ago)

        page = self.get(path)

        assert "It stopped at 40 of 100." in page
        assert "hx-trigger" not in page

    def test_what_is_not_there_is_not_found(self) -> None:
        path = self.played()

        self.get("/policy/rehearsal/999/", status=404)
        self.get(f"{path}rows/?change=none", status=404)
