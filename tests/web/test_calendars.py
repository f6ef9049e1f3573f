"""Opening hours on the screen: seen by all, changed and corrected by who may."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client, TestCase
from playwright.sync_api import Browser, expect
from procrastinate.contrib.django.models import ProcrastinateJob

from glede.flow import replanning
from glede.kit import clock
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Role
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from glede.rulebook.policy.rules import RuleText, Status
from tests import cast, make
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web.serving import Desk

SCREENS = ((1440, 900, False), (1440, 900, True), (390, 844, False), (390, 844, True))


def client_of(person: int) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=person),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def filled(page: str, **changed: str) -> dict[str, str]:
    """What a browser would send of the form on this page."""
    form = page[page.index('<form method="post" class="column') :]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            sent[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent | changed


class TestCalendars(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        cls.kite = brands.brand("red-kite")

    def test_everybody_sees_when_a_brand_is_open(self) -> None:
        page = client_of(self.cast.stan.id).get("/calendars/red-kite/?year=2027").content.decode()

        assert "09:00–17:30" in page
        assert "Easter Monday" in page
        assert "26 March" in page
        assert "holidays of GB-ENG" in page
        assert "correct them" not in page, "who may not change them is offered nothing"

    def test_a_year_that_is_none_shows_the_present_one(self) -> None:
        client = client_of(self.cast.stan.id)

        for asked in ("", "abcd", "99999", "-5"):
            page = client.get(f"/calendars/red-kite/?year={asked}")
            assert f"Bank holidays {clock.now().year}" in page.content.decode()

    def test_a_change_is_looked_at_and_then_published(self) -> None:
        client = client_of(self.cast.noor.id)
        address = "/calendars/red-kite/next/"
        sent = filled(
            client.get(address).content.decode(),
            friday="09:00-12:00, 13:00-15:30",
            why="Friday closes early",
            on_0="2030-06-03",
            kind_0="closed",
            times_0="13:00-17:30",
            why_0="staff day",
        )

        looked = client.post(address, sent | {"act": "look"}).content.decode()
        assert "Nothing moves." in looked
        assert len(brands.calendars(self.kite.pk)) == 1, "looking publishes nothing"
        published = client.post(address, filled(looked, act="publish"))

        assert published.status_code == 302
        newest = brands.calendars(self.kite.pk)[0]
        assert (newest.version, newest.corrects) == (2, None)
        assert newest.hours["friday"] == [["09:00", "12:00"], ["13:00", "15:30"]]
        assert newest.closures[0]["why"] == "staff day"
        assert newest.closures[0]["source"].startswith(self.cast.noor.name)
        history = client.get("/calendars/red-kite/").content.decode()
        assert "a change: Friday closes early" in history
        assert f"by {self.cast.noor.name}" in history
        assert not ProcrastinateJob.objects.filter(task_name=replanning.REPLAN).exists()

    def test_a_correction_shows_what_moves_and_moves_it(self) -> None:
        with transaction.atomic():
            conversation = make.conversation(
                self.cast.red_kite_site, at=clock.now() - timedelta(minutes=5)
            )
        before = conversation.clocks.get(kind="acknowledge").due_at
        client = client_of(self.cast.noor.id)
        address = "/calendars/red-kite/next/?corrects=1"
        opposite = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "")
        opposite |= {"saturday": "", "sunday": ""}
        in_hours = conversation.clocks.get(kind="acknowledge").in_hours
        if in_hours:
            opposite |= {"monday": "03:00-03:01", "bank_holidays": ""}
        else:
            opposite |= dict.fromkeys(opposite, "00:00-24:00") | {"bank_holidays": ""}
        sent = filled(client.get(address).content.decode(), why="copied wrongly", **opposite)

        looked = client.post(address, sent | {"act": "look"}).content.decode()
        assert conversation.name in looked
        assert "Becomes due" in looked
        assert client.post(address, filled(looked, act="publish")).status_code == 302
        row = brands.calendars(self.kite.pk)[0]
        replanning.run(calendar_id=row.pk, now=clock.now())

        assert row.corrects is not None
        after = conversation.clocks.get(kind="acknowledge")
        assert after.due_at != before
        assert after.calendar_id == row.pk
        assert (
            "was wrong: version 2 stands in its place"
            in client.get("/calendars/red-kite/").content.decode()
        )

    def test_what_was_changed_after_the_preview_is_previewed_again(self) -> None:
        client = client_of(self.cast.noor.id)
        address = "/calendars/red-kite/next/"
        sent = filled(client.get(address).content.decode(), why="x", act="look")
        looked = client.post(address, sent).content.decode()

        again = client.post(address, filled(looked, act="publish", monday="10:00-16:00"))

        assert again.status_code == 200
        assert "You changed something since" in again.content.decode()
        assert len(brands.calendars(self.kite.pk)) == 1

    def test_bad_input_is_told_and_loses_nothing(self) -> None:
        client = client_of(self.cast.noor.id)
        address = "/calendars/red-kite/next/"
        start = filled(client.get(address).content.decode(), act="look", why="kept words")
        for changed, says in (
            ({"monday": "9am to 5"}, "are no opening hours"),
            ({"monday": "25:00-26:00"}, "not a time of day"),
            ({"from_at": "2027-03-28T01:30"}, "does not come at all"),
            ({"from_at": ""}, "Say from when"),
            ({"from_at": "2020-01-01T10:00"}, "correct them instead"),
            ({"on_0": "2030-06-03"}, "Say why"),
            ({"why_0": "staff day"}, "Say on which day"),
            ({"on_0": "3 June"}, "valid date"),
            (dict.fromkeys(["monday", "tuesday", "wednesday", "thursday", "friday"], ""), "never"),
            ({"source": ""}, "required"),
        ):
            answer = client.post(address, start | changed)
            page = answer.content.decode()
            assert answer.status_code == 422, changed
            assert says in page, changed
            assert "kept words" in page
        assert len(brands.calendars(self.kite.pk)) == 1

    def test_a_calendar_corrected_already_says_which_to_correct(self) -> None:
        client = client_of(self.cast.noor.id)
        for _ in range(2):
            address = "/calendars/red-kite/next/?corrects=1"
            sent = filled(client.get(address).content.decode(), why="wrong", act="look")
            looked = client.post(address, sent).content.decode()
            last = client.post(address, filled(looked, act="publish"))

        assert last.status_code == 422
        assert "correct calendar 2" in last.content.decode()

    def test_hours_that_the_policy_says_are_offered_and_taken_over(self) -> None:
        model = policy_queries.model_policy()
        friday = RuleText("hours.friday", [["09:00", "15:30"]], Status.CONFIRMED)
        others = tuple(rule for rule in model.rules if rule.key != "hours.friday")
        drafted = policy.draft(
            document=replace(model, number="2", rules=(*others, friday)), actor=SYSTEM, now=make.NOW
        )
        policy.approve(
            version_id=drafted,
            approved_by="Executive team",
            effective_at=make.LONG_AGO + timedelta(days=1),
            actor=SYSTEM,
            now=make.LONG_AGO,
        )
        client = client_of(self.cast.noor.id)
        assert (
            "Policy version 2 says other hours"
            in client.get("/calendars/red-kite/").content.decode()
        )

        page = client.get("/calendars/red-kite/next/?policy=2").content.decode()
        looked = client.post("/calendars/red-kite/next/?policy=2", filled(page, act="look"))
        client.post("/calendars/red-kite/next/", filled(looked.content.decode(), act="publish"))

        newest = brands.calendars(self.cast.red_kite)[0]
        assert (newest.version, newest.hours["friday"]) == (2, [["09:00", "15:30"]])
        assert newest.hours["monday"] == [["09:00", "17:30"]], "what it does not say stays"
        assert newest.source.startswith("policy version 2")
        assert client.get("/calendars/red-kite/next/?policy=77").status_code == 404

    def test_what_there_is_not_is_not_there(self) -> None:
        client = client_of(self.cast.noor.id)

        for address in (
            "/calendars/blue-kite/",
            "/calendars/blue-kite/next/",
            "/calendars/red-kite/next/?corrects=9",
        ):
            assert client.get(address).status_code == 404

    def test_the_manager_of_one_brand_changes_that_one_only(self) -> None:
        bea = make.person("Bea", Role.BRAND_MANAGER, brand_id=self.cast.pennvale)
        client = client_of(bea.id)

        assert client.get("/calendars/pennvale/next/").status_code == 200
        assert client.get("/calendars/red-kite/next/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "height", "dark"), SCREENS)
def test_the_pages_are_for_everybody(
    desk: Desk, browser: Browser, width: int, height: int, dark: bool
) -> None:
    with transaction.atomic():
        people = cast.build()
        make.conversation(people.red_kite_site, at=clock.now() - timedelta(minutes=5))
    with opened(browser, width=width, height=height, dark=dark) as page:
        desk.sign_in(page, people.noor)
        for path in (
            "/calendars/",
            "/calendars/red-kite/",
            "/calendars/red-kite/next/",
            "/calendars/red-kite/next/?corrects=1",
        ):
            page.goto(f"{desk.url}{path}")
            assert_accessible(page)
            assert_no_sideways_scroll(page)
        page.get_by_label("What was wrong").fill("copied wrongly")
        for day in (
            *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
            "Saturday",
            "Sunday",
        ):
            page.get_by_label(day).fill("00:00-24:00")
        page.get_by_role("button", name="See what it does").click()
        expect(page.get_by_role("heading", name="What publishing does")).to_be_visible()
        expect(page.get_by_role("columnheader", name="Becomes due")).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        page.get_by_role("button", name=re.compile("^Correct, and move")).click()
        expect(page.get_by_role("heading", name="Red Kite")).to_be_visible()
        expect(page.get_by_text("stands in its place")).to_be_visible()
