"""The rota on the screen: seen by whoever reads, changed by leads, refused with the slots named."""

import re
from datetime import date, datetime, timedelta
from typing import ClassVar
from unittest import mock

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from glede.desk.rota import queries
from glede.desk.rota.models import Shift
from glede.flow import rota
from glede.kit import clock
from glede.web.rota import pages
from tests import cast, make
from tests.desk.test_rota import FRIDAY, MONDAY, NEXT, days, nights
from tests.web.test_calendars import client_of

ADDRESS = "/rota/week/2026-11-23/"


def filled(page: str, **changed: str) -> dict[str, str]:
    """What a browser would send of the form of a week."""
    form = page[page.index('class="shifts"') :]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            sent[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        sent[name] = chosen[1] if chosen else (first[1] if first else "")
    return sent | changed


def rows_of(person: int, *, monday: date = MONDAY, days: int = 5) -> dict[str, str]:
    sent = {"seen": "0", "rows": str(days)}
    for number in range(days):
        on = monday + timedelta(days=number)
        sent |= {
            f"s{number}-person": str(person),
            f"s{number}-on": on.isoformat(),
            f"s{number}-duty": "holder",
            f"s{number}-brand": "",
            f"s{number}-starts": "09:00",
            f"s{number}-ends": "17:30",
        }
    return sent


class TestRotaPages(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def setUp(self) -> None:
        stopped = mock.patch.object(clock, "now", return_value=FRIDAY)
        stopped.start()
        self.addCleanup(stopped.stop)

    def lead(self) -> Client:
        return client_of(self.cast.priya.id)

    def planned(self) -> None:
        rota.save_week(
            viewer=self.cast.priya,
            monday=MONDAY,
            shifts=days(self.cast.sam) + nights(self.cast.priya, *queries.usual_checks()[::3]),
            seen=0,
            now=FRIDAY,
        )

    def test_before_there_is_a_rota_the_page_says_so_and_offers_leads_to_plan(self) -> None:
        lead = self.lead().get("/rota/").content.decode()
        reader = client_of(self.cast.rae.id).get("/rota/").content.decode()

        assert "There is no rota yet" in lead
        assert "Plan it" in lead
        assert "Plan it" not in reader
        assert "A lead writes it" in reader

    def test_a_week_is_planned_saved_and_shown_with_its_gaps(self) -> None:
        saved = self.lead().post(ADDRESS, rows_of(self.cast.sam.id))

        assert saved.status_code == 302
        assert saved["Location"] == "/rota/?week=2026-11-23"
        page = self.lead().get("/rota/?week=2026-11-23").content.decode()
        assert page.count("09:00–17:30") >= 5
        assert "duty holder, every brand" in page
        assert "Mon 23 Nov" in page

    def test_an_uncovered_slot_is_refused_by_name_and_a_stand_in_settles_it(self) -> None:
        sent = rows_of(self.cast.sam.id)
        sent["s2-starts"] = "10:00"

        refused = self.lead().post(ADDRESS, sent)

        page = refused.content.decode()
        assert refused.status_code == 422
        assert "nobody is on duty, Wed 25 Nov 09:00 to 10:00" in page
        assert not Shift.objects.exists()
        rows = int(filled(page)["rows"])
        named = {f"s{row}-person": str(self.cast.noor.id) for row in (rows - 2, rows - 1)}
        again = self.lead().post(ADDRESS, filled(page, **named))
        assert again.status_code == 302
        stood_in = Shift.objects.filter(duty="stand_in")
        assert {row.brand_id for row in stood_in} == {self.cast.red_kite, self.cast.pennvale}
        assert {f"{row.starts:%H:%M}-{row.ends:%H:%M}" for row in stood_in} == {"09:00-10:00"}

    def test_what_cannot_be_read_is_marked_and_kept(self) -> None:
        sent = rows_of(self.cast.sam.id) | {
            "s0-starts": "nine",
            "s1-duty": "first",
            "s1-checks": "18:00",
            "s2-checks": "soon",
        }

        refused = self.lead().post(ADDRESS, sent)

        page = refused.content.decode()
        assert refused.status_code == 422
        assert "Enter a valid time" in page
        assert "The check at 18:00 lies outside the shift." in page
        assert "“soon” is no time" in page
        assert "nine" in page

    def test_anything_at_all_in_the_form_is_refused_and_breaks_nothing(self) -> None:
        for sent in (
            {},
            {"rows": "²", "seen": "x"},
            {"rows": "999", "seen": "0"},
            {"rows": "1", "seen": "0", "s0-person": "99999", "s0-on": "2020-01-01"},
            rows_of(self.cast.sam.id) | {"s0-brand": "x", "s0-duty": "king", "s0-id": "-1"},
        ):
            assert self.lead().post(ADDRESS, sent).status_code == 422

    def test_a_week_is_named_by_its_monday(self) -> None:
        for wrong in ("x", "2026-11-24", "2026-13-01"):
            assert self.lead().get(f"/rota/week/{wrong}/").status_code == 404
        assert self.lead().get("/rota/?week=x").status_code == 200
        assert self.lead().get(f"{ADDRESS}?from=x").status_code == 404

    def test_a_night_is_drawn_to_its_end_in_the_morning_after(self) -> None:
        self.planned()
        nine = 9 * 60

        tuesday = pages.week(MONDAY, now=FRIDAY).days[1]
        monday_after = pages.week(NEXT, now=FRIDAY)

        assert [(one.x, one.wide) for one in tuesday.tails] == [(0, nine)]
        assert [(one.x, one.wide) for one in monday_after.days[0].tails] == [(0, nine)]
        assert [row.person for row in monday_after.rows] == ["Priya"]

    def test_another_weeks_pattern_is_offered_and_saved_only_when_asked(self) -> None:
        self.planned()

        page = self.lead().get(f"/rota/week/{NEXT}/?from={MONDAY}").content.decode()
        assert queries.week(NEXT) == []
        saved = self.lead().post(f"/rota/week/{NEXT}/", filled(page))

        assert saved.status_code == 302
        was, copy = queries.week(MONDAY), queries.week(NEXT)
        assert [(one.on + timedelta(days=7), one.starts, one.checks) for one in was] == [
            (one.on, one.starts, one.checks) for one in copy
        ]

    def test_a_week_saved_by_somebody_else_meanwhile_is_not_overwritten(self) -> None:
        page = self.lead().get(ADDRESS).content.decode()
        self.planned()

        late = self.lead().post(ADDRESS, filled(page) | rows_of(self.cast.noor.id))

        assert late.status_code == 422
        assert "Somebody saved this week while you wrote" in late.content.decode()

    def test_an_emptied_row_takes_the_shift_off_the_rota(self) -> None:
        self.planned()
        page = self.lead().get(ADDRESS).content.decode()
        sent = filled(page)
        (night,) = [
            name.split("-")[0]
            for name, value in sent.items()
            if name.endswith("-duty")
            and value == "first"
            and sent[name.replace("duty", "on")] == "2026-11-25"
        ]

        self.lead().post(ADDRESS, sent | {f"{night}-person": ""})

        assert Shift.objects.count() == 11
        assert not Shift.objects.filter(on=date(2026, 11, 25), duty="first").exists()

    def test_a_shift_changes_hands_with_a_note(self) -> None:
        self.planned()
        row = queries.week(MONDAY)[0]
        address = f"/rota/shift/{row.pk}/"

        without = self.lead().post(address, {"person": self.cast.noor.id, "note": ""})
        done = self.lead().post(address, {"person": self.cast.noor.id, "note": "Sam is away"})

        assert without.status_code == 422
        assert done.status_code == 302
        page = self.lead().get("/rota/?week=2026-11-23").content.decode()
        assert "Sam is away" in page
        assert self.lead().get("/rota/shift/999999/").status_code == 404

    def test_who_is_on_who_is_next_and_what_is_mine(self) -> None:
        self.planned()
        noon = datetime.fromisoformat("2026-11-24T12:00+00:00")

        with mock.patch.object(clock, "now", return_value=noon):
            page = client_of(self.cast.sam.id).get("/rota/").content.decode()

        assert re.search(r"On now</h2>.*?<b>Sam</b>", page, re.S)
        assert re.search(r"Next</h2>.*?<b>Priya</b>", page, re.S)
        assert "You have no shift to come" not in page
        assert 'class="now"' in page, "the line of the present"
        assert "/rota/shift/" not in page, "only whoever manages the rota is offered it"

    def test_before_going_home_everything_due_by_the_opening_is_listed_by_brand(self) -> None:
        make.conversation(self.cast.red_kite_site, at=FRIDAY)
        make.conversation(self.cast.pennvale_site, slug="pennvale", name="Gwil", at=FRIDAY)

        everything = client_of(self.cast.sam.id).get("/rota/home/").content.decode()
        kite_only = client_of(self.cast.meena.id).get("/rota/home/").content.decode()

        assert "Dawn" in everything
        assert "Gwil" in everything
        assert "closes" in everything
        assert "Gwil" not in kite_only
        assert "Pennvale" not in kite_only

    def test_a_lead_says_that_somebody_is_away_and_sees_at_once_what_that_uncovers(self) -> None:
        self.planned()
        sent = {
            "person": str(self.cast.sam.id),
            "from_on": "2026-11-24",
            "until_on": "2026-11-25",
        }

        wrong = self.lead().post("/rota/away/", sent | {"until_on": "2026-11-24"})
        done = self.lead().post("/rota/away/", sent)

        assert wrong.status_code == 422
        assert done.status_code == 302
        page = self.lead().get("/rota/?week=2026-11-23").content.decode()
        assert "nobody is on duty, Tue 24 Nov 09:00 to 17:30" in page
        listed = self.lead().get("/rota/away/").content.decode()
        (back,) = re.findall(r'action="(/rota/away/\d+/back/)"', listed)
        self.lead().post(back)
        page = self.lead().get("/rota/?week=2026-11-23").content.decode()
        assert "nobody is on duty, Tue 24 Nov" not in page

    def test_the_week_costs_no_more_queries_for_more_shifts(self) -> None:
        self.lead().post(ADDRESS, rows_of(self.cast.sam.id))
        lead = self.lead()
        with CaptureQueriesContext(connection) as few:
            lead.get("/rota/?week=2026-11-23")
        Shift.objects.all().delete()
        rota.save_week(
            viewer=self.cast.priya,
            monday=MONDAY,
            shifts=days(self.cast.sam) * 3 + nights(self.cast.priya, *queries.usual_checks()[::3]),
            seen=1,
            now=FRIDAY,
        )
        with CaptureQueriesContext(connection) as many:
            lead.get("/rota/?week=2026-11-23")

        assert len(many) <= len(few)
