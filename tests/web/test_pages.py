"""The pages around the inbox: what they show, and that everybody can use them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Never

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import OperationalError, transaction
from django.test import Client, RequestFactory, TestCase
from playwright.sync_api import Browser, Page, expect

from glede.desk.alerts import actions as alerts
from glede.desk.alerts import queries as alert_queries
from glede.desk.alerts.rules import Kind
from glede.desk.intake import actions as intake
from glede.desk.intake import queries as intake_queries
from glede.kit import beat, clock, live
from glede.platforms.contract import RawEvent
from glede.rulebook.policy.queries import NoPolicyYet
from glede.web import errors
from tests import cast, make
from tests.browser import assert_accessible, opened
from tests.web.serving import Desk, with_real_password

#: Every page of mine with what it is made of; the inbox has tests of its own.
PAGES = (
    "/alerts/",
    "/intake/",
    "/policy/",
    "/me/",
    "/me/sessions/",
    "/accounts/password/",
    "/accounts/2fa/",
    "/accounts/passkeys/",
    "/nothing/here/",
)


def set_something_aside(app_id: int) -> int:
    now = clock.now()
    event = RawEvent(key="broken-17", body=b"{not json", account="red-kite")
    intake.keep(app_id=app_id, events=[event], now=now, way="webhook")
    with transaction.atomic():
        (waiting,) = intake.take(limit=1, now=now)
        intake.set_aside(
            event_id=waiting.pk, error="The body is not JSON: line 1, column 2.", now=now
        )
    return waiting.pk


def alert(person: int, app_id: int, says: str, kind: Kind = Kind.BREACH) -> int:
    with transaction.atomic():
        conversation = make.conversation(app_id, at=clock.now() - timedelta(hours=20))
        (raised,) = alerts.raise_for(
            people=[person],
            conversation=conversation,
            kind=kind,
            key=says,
            says=says,
            now=clock.now(),
        )
    return raised.pk


def fail(error: Exception) -> Never:
    raise error


def client_of(person: int) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=person),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


class TestPages(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def test_an_alert_is_seen_by_the_person_it_is_for_and_nobody_else(self) -> None:
        told = alert(self.cast.sam.id, self.cast.red_kite_site, "Dawn waits since 5 h")
        sam, priya = client_of(self.cast.sam.id), client_of(self.cast.priya.id)
        assert "Dawn waits since 5 h" in sam.get("/alerts/").content.decode()
        assert "Dawn waits since 5 h" not in priya.get("/alerts/").content.decode()

        priya.post("/alerts/seen/", {"alert": told})
        before = alert_queries.unseen_count(self.cast.sam.id)
        sam.post("/alerts/seen/", {"alert": told})

        assert alert_queries.unseen_count(self.cast.sam.id) == before - 1

    def test_what_was_set_aside_shows_its_error_and_is_tried_again(self) -> None:
        event = set_something_aside(self.cast.red_kite_site)
        ada = client_of(self.cast.ada.id)
        page = ada.get("/intake/").content.decode()
        assert "The body is not JSON: line 1, column 2." in page
        assert "{not json" not in page

        ada.post(f"/intake/{event}/replay/")

        assert intake_queries.counts().aside == 0
        assert intake_queries.counts().waiting == 1
        again = ada.post(f"/intake/{event}/replay/", follow=True)
        assert "replayed already" in again.content.decode()

    def test_the_policy_shows_each_rule_beside_the_words_it_was_read_from(self) -> None:
        page = client_of(self.cast.stan.id).get("/policy/").content.decode()

        assert 'id="c-6.5"' in page
        assert "<mark>" in page
        assert '<b class="value">4 h</b>' in page
        assert '<span class="tag assumed">assumed</span>' in page
        assert "PT4H" not in page

    def test_how_the_desk_looks_is_kept_with_the_person(self) -> None:
        sam = client_of(self.cast.sam.id)

        sam.post("/me/look/", {"theme": "dark"})
        sam.post("/me/look/", {"density": "compact", "single_keys": "off"})

        page = sam.get("/me/").content.decode()
        assert 'data-theme="dark" data-density="compact" data-keys="off"' in page
        assert sam.post("/me/look/", {"theme": "pink"}).status_code == 422

    def test_a_page_signed_out_looks_as_was_chosen_on_this_device(self) -> None:
        sam = client_of(self.cast.sam.id)
        sam.post("/me/look/", {"theme": "contrast"})
        sam.post("/accounts/logout/")

        assert 'data-theme="contrast"' in sam.get("/accounts/login/").content.decode()

    def test_health_is_ill_without_a_worker_and_says_nothing_about_anybody(self) -> None:
        ill = Client().get("/health/")
        beat.beat(part="worker", details={"pid": 7}, now=clock.now())
        well = Client().get("/health/")

        assert ill.status_code == 503
        assert ill.json()["worker"]["alive"] is False
        assert well.status_code == 200
        assert well.json()["status"] == "ok"
        assert well.json()["database"] == "ok"
        assert set(well.json()) == {
            *("status", "database", "worker", "oldest_due_at", "oldest_waiting_at", "at"),
            *("alerts_nobody_took", "version"),
        }

    def test_the_rail_counts_what_a_person_may_see(self) -> None:
        alert(self.cast.noor.id, self.cast.red_kite_site, "Dawn waits")
        set_something_aside(self.cast.red_kite_site)

        owner = client_of(self.cast.noor.id).get("/me/counts/").json()
        staff = client_of(self.cast.stan.id).get("/me/counts/").json()

        assert owner["inbox"] == {"n": "1", "words": "1 open, 1 late", "late": True}
        assert owner["intake"]["n"] == "1"
        assert owner["alerts"]["n"] != ""
        assert staff == {"alerts": {"n": "", "words": "0 not seen", "late": False}}

    def test_a_database_that_is_away_is_said_to_be_no_fault_of_the_page(self) -> None:
        request = RequestFactory().get("/me/")
        try:
            fail(OperationalError("the connection is closed"))
        except OperationalError:
            away = errors.our_fault(request)
        try:
            fail(KeyError("theme"))
        except KeyError:
            fault = errors.our_fault(request)

        assert (away.status_code, away["Retry-After"]) == (503, "5")
        assert "Glede cannot answer just now" in away.content.decode()
        assert fault.status_code == 500
        assert "This page could not be shown" in fault.content.decode()

    def test_before_a_policy_is_approved_a_page_of_promises_says_so(self) -> None:
        try:
            fail(NoPolicyYet("No policy version is in force."))
        except NoPolicyYet:
            answer = errors.our_fault(RequestFactory().get("/sample/"))

        assert answer.status_code == 409
        assert "No policy is in force yet" in answer.content.decode()

    def test_search_engines_are_asked_to_stay_away(self) -> None:
        assert "Disallow: /" in Client().get("/robots.txt").content.decode()

    def test_a_page_of_the_desk_asks_the_database_little_before_its_own_questions(self) -> None:
        sam = client_of(self.cast.sam.id)
        sam.get("/me/")

        with self.assertNumQueries(3):  # session, person, roles
            sam.get("/me/")


@dataclass(frozen=True, slots=True)
class Town:
    people: cast.Cast


@pytest.fixture
def town(transactional_db: None) -> Town:
    cache.clear()
    with transaction.atomic():
        people = cast.build()
    set_something_aside(people.red_kite_site)
    alert(people.noor.id, people.red_kite_site, "Dawn’s comment on Red Kite is late by 25 min")
    return Town(people)


@pytest.mark.browser
def test_signing_in_and_changing_how_it_looks_work_without_scripts(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with_real_password(town.people.sam)
    with opened(browser, base_url=desk.url, javascript=False) as page:
        page.goto("/accounts/login/?next=/me/")
        expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
        page.get_by_label("Work e-mail").fill("sam@kite.example")
        page.get_by_label("Password").fill(make.PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Dark").check()
        page.get_by_role("button", name="Keep these settings").click()

        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.browser
def test_no_page_breaks_its_own_content_policy(desk: Desk, browser: Browser, town: Town) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, town.people.noor)
        for path in (*PAGES[:-1], "/"):
            page.goto(path)
            page.wait_for_load_state("load")


@pytest.mark.browser
def test_the_sheet_of_keys_opens_and_closes_by_key_and_gives_focus_back(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, town.people.sam)
        page.goto("/me/")
        page.keyboard.press("?")
        sheet = page.get_by_role("dialog", name="Keys")
        expect(sheet).to_be_visible()
        expect(sheet).to_contain_text("This sheet")
        assert_accessible(page)

        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()

        button = page.get_by_role("button", name="Keys")
        button.focus()
        page.keyboard.press("Enter")
        expect(sheet).to_be_visible()
        page.keyboard.press("Escape")
        expect(button).to_be_focused()


@pytest.mark.browser
def test_single_keys_are_silent_while_somebody_writes_and_when_switched_off(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, town.people.sam)
        page.goto("/accounts/password/")
        page.get_by_label("Password now").press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

        page.goto("/me/")
        page.get_by_label("Off").check()
        with page.expect_navigation():
            page.get_by_role("button", name="Keep these settings").click()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


@pytest.mark.browser
def test_the_theme_button_is_kept_for_the_next_page(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, town.people.sam)
        page.goto("/me/")
        for _ in range(2):
            with page.expect_response("**/me/look/"):
                page.get_by_role("button", name="Theme").click()

        page.goto("/policy/")

        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


#: What went wrong is said above the bar that says there is no line, both to be read.
_APART = """() => document.querySelector('#fault').getBoundingClientRect().bottom
    <= document.querySelector('#line').getBoundingClientRect().top"""


@pytest.mark.browser
def test_an_event_reaches_the_scripts_of_an_open_page_and_a_break_is_said_honestly(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with opened(browser, base_url=desk.url, errors_expected=True) as page:
        desk.sign_in(page, town.people.sam)
        page.goto("/me/")
        page.evaluate("""() => { window.heard = [];
            document.addEventListener('glede:conversation.changed',
                (event) => window.heard.push(event.detail.id)); }""")
        tell(1, town)
        page.wait_for_function("() => window.heard.includes(1)")

        page.context.set_offline(True)
        expect(page.locator("#line")).to_contain_text("You are offline since")
        tell(2, town)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.locator("[data-act=theme]").dispatch_event("click")
            expect(page.locator("#fault")).to_have_text("Your theme was not kept: you are offline.")
            assert page.evaluate(_APART), f"the fault covers the bar at {width}"
        assert_accessible(page)

        page.context.set_offline(False)
        page.wait_for_function("() => window.heard.includes(2)")
        expect(page.locator("#line")).to_be_hidden()
        assert page.evaluate("window.heard") == [1, 2]


@pytest.mark.browser
def test_a_page_whose_session_has_ended_says_so_and_leads_to_sign_in(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with opened(browser, base_url=desk.url) as page:
        desk.sign_in(page, town.people.sam)
        # The stream, not the script of that name: it must stand before the session ends.
        with page.expect_response("**/live?after=*"):
            page.goto("/policy/")
        elsewhere = Client()
        elsewhere.cookies[settings.SESSION_COOKIE_NAME] = next(
            cookie["value"]
            for cookie in page.context.cookies()
            if cookie["name"] == settings.SESSION_COOKIE_NAME
        )
        elsewhere.post("/accounts/logout/")

        expect(page.locator("#line")).to_contain_text("You are signed out.")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/accounts/login/?next=%2Fpolicy%2F")


@pytest.mark.browser
def test_a_passkey_is_added_and_then_signs_in_alone(
    desk: Desk, browser: Browser, town: Town
) -> None:
    with_real_password(town.people.sam)
    with opened(browser, base_url=desk.url) as page:
        has_a_key(page)
        page.goto("/accounts/login/?next=/me/")
        page.get_by_label("Work e-mail").fill("sam@kite.example")
        page.get_by_label("Password").fill(make.PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/me/")

        page.goto("/accounts/passkeys/add/")
        page.get_by_label("Your password").fill(make.PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**/accounts/passkeys/add/")
        page.get_by_label("What you call it").fill("Sam’s ring")
        page.get_by_role("button", name="Add a passkey").click()
        page.wait_for_url("**/accounts/2fa/recovery/")
        assert_accessible(page)
        page.goto("/accounts/passkeys/")
        expect(page.get_by_role("main")).to_contain_text("Sam’s ring")
        expect(page.get_by_role("main")).to_contain_text("signs in alone")
        assert_accessible(page)
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/accounts/login/")

        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(f"{desk.url}/")
        page.goto("/me/")
        expect(page.get_by_role("main")).to_contain_text("Sam")


def tell(number: int, town: Town) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": number},
        brand=town.people.red_kite,
        now=clock.now(),
    )


def has_a_key(page: Page) -> None:
    """A virtual key that says yes at once, with a finger already on it (WebAuthn over CDP)."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
