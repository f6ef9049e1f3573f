"""The page of a clause: its text for everybody, its figures for whoever may read them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import ClassVar

from django.test import TestCase

from glede.desk.clocks.rules import ClockState
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.rules import Role
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from glede.rulebook.policy.rules import Document
from tests import cast, make
from tests.desk import past
from tests.desk.past import Told
from tests.web.test_access import signed_in

HOUR = timedelta(hours=1)
#: 3 November 2026, 11:00 in London: in hours.
TUESDAY = datetime(2026, 11, 3, 11, tzinfo=UTC)
PERIOD = "period=custom&from=2026-11-01&to=2026-11-30"
PAGE = f"/policy/clauses/6.5/?{PERIOD}"
ROWS = f"/policy/clauses/6.5/rows/?{PERIOD}"


def number_link(page: str, says: str) -> tuple[int, str]:
    """The number under this name and where it leads."""
    found = re.search(rf'<a href="([^"]+)" aria-label="(\d+) {says}: show them">', page)
    assert found, f"no number is called “{says}”"
    return int(found[2]), unescape(found[1])


class TestClausePage(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = people = cast.build()
        at = TUESDAY
        stopped = ClockState.STOPPED
        for told in (
            Told(people.red_kite, at, stopped, HOUR, name="Dawn Petherick"),
            Told(people.red_kite, at + HOUR, stopped, 5 * HOUR, name="Gareth Olusanya"),
            Told(people.pennvale, at, stopped, 6 * HOUR, name="Jean Marsh"),
            Told(people.pennvale, at, ClockState.WITHDRAWN, HOUR, name="Marek Wolny"),
        ):
            past.tell(told)

    def get(self, path: str, viewer: cast.Viewer | None = None, status: int = 200) -> str:
        response = signed_in(viewer or self.cast.noor).get(path)
        assert response.status_code == status, response.content.decode()[:500]
        return response.content.decode()

    def test_staff_read_the_text_its_rules_and_what_enforces_it_but_no_figures(self) -> None:
        page = self.get("/policy/clauses/6.5/", self.cast.stan)

        assert "<mark>" in page
        assert 'class="tag written"' in page
        assert "What enforces it" in page
        assert "How well it was kept" not in page
        self.get("/policy/clauses/6.5/rows/", self.cast.stan, status=403)

    def test_every_number_opens_as_many_rows(self) -> None:
        page = self.get(PAGE)

        for says, expected in (("received", 4), ("kept", 1), ("late", 2), ("withdrawn", 1)):
            number, href = number_link(page, says)
            rows = self.get(href)
            assert number == expected
            assert f'<h2 id="h">{number} enquir' in rows
            assert rows.count('<th scope="row">') == number

    def test_numbers_of_a_brand_and_of_a_reading_open_theirs(self) -> None:
        page = self.get(PAGE)

        _, late_at_pennvale = number_link(page, "late, Pennvale")
        _, by_reading = number_link(page, "received, Working hours")

        rows = self.get(late_at_pennvale)
        assert "Jean Marsh" in rows
        assert "Gareth Olusanya" not in rows
        assert "judged by the working reading" in self.get(by_reading)

    def test_a_lead_of_one_brand_is_shown_that_brand(self) -> None:
        lena = make.person("Lena", Role.LEAD, brand_id=self.cast.red_kite)

        page = self.get(PAGE, lena)
        rows = self.get(f"{ROWS}&measure=received", lena)

        assert "Brands: Red Kite." in page
        assert number_link(page, "received")[0] == 2
        assert "Dawn Petherick" in rows
        assert "Jean Marsh" not in rows
        self.get(
            f"{ROWS}&measure=received&brand={self.cast.pennvale}",
            lena,
            status=404,
        )

    def test_figures_and_rows_are_to_be_had_as_files_of_the_same_period(self) -> None:
        for path in (PAGE, f"{ROWS}&measure=kept"):
            page = self.get(path)
            (href,) = re.findall(r'<a [^>]*href="([^"]+)">CSV</a>', page)
            assert "from=2026-11-01" in href
            file = signed_in(self.cast.noor).get(unescape(href))
            assert file.status_code == 200
            assert file["Content-Type"].startswith("text/csv")

    def test_a_period_that_makes_no_sense_is_said_and_nothing_typed_is_lost(self) -> None:
        page = self.get("/policy/clauses/6.5/?period=custom&from=2026-11-30&to=2026-11-01")

        assert "The period ends before it begins" in page
        assert 'value="2026-11-30"' in page
        assert "Shown meanwhile: the last 30 days" in page

    def test_a_period_without_enquiries_says_so(self) -> None:
        page = self.get("/policy/clauses/6.5/?period=custom&from=2020-02-01&to=2020-02-02")

        assert "No enquiry came under this clause" in page

    def test_an_older_version_keeps_its_text_and_a_draft_is_for_those_who_draft(self) -> None:
        document = policy_document("2", "Answer within one hour, we say now.")
        draft = policy.draft(document=document, actor=SYSTEM, now=make.NOW)

        assert "within one hour, we say now" in self.get(f"/policy/clauses/6.5/?version={draft}")
        self.get(f"/policy/clauses/6.5/?version={draft}", self.cast.stan, status=404)
        assert "Version 1, in force since" in self.get(
            f"/policy/clauses/6.5/?version={self.cast.policy}", self.cast.stan
        )

    def test_what_is_not_there_is_not_found(self) -> None:
        for path in (
            "/policy/clauses/99.9/",
            "/policy/clauses/6.5/?version=999",
            "/policy/clauses/6.5/?version=three",
            "/policy/clauses/6.5/rows/?measure=happiness",
            "/policy/clauses/6.5/rows/?hour=noon",
        ):
            with self.subTest(path=path):
                self.get(path, status=404)

    def test_pages_of_rows_go_on_where_the_last_one_ended(self) -> None:
        for minute in range(55):
            at = TUESDAY + timedelta(minutes=minute)
            past.tell(Told(self.cast.red_kite, at, ClockState.STOPPED, HOUR))

        first = self.get(f"{ROWS}&measure=kept")
        more = re.search(r'href="([^"]+)">More, received later', first)

        assert more is not None
        second = self.get(unescape(more[1]))
        assert "1 to 50 of 56" in first
        assert "51 to 56 of 56" in second


def policy_document(number: str, text: str) -> Document:
    """The model policy with other words in clause 6.5, and none of its rules."""
    document = policy_queries.model_policy()
    clauses = tuple(
        replace(one, text=text) if one.number == "6.5" else one for one in document.clauses
    )
    return replace(document, number=number, clauses=clauses, rules=())
