"""The screens on which tokens are made, taken and revoked."""

from collections.abc import Callable
from typing import ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client, TestCase
from playwright.sync_api import Browser, Page, expect

from glede.flow import tokens as flow
from glede.kit import clock
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.tokens import queries
from glede.rulebook.tokens.queries import BadTokenError
from tests import cast
from tests.browser import assert_accessible, assert_no_sideways_scroll, opened
from tests.web.serving import Desk

SCREENS = ((1440, 900, False), (390, 844, True))


def client_of(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def waiting_for(viewer: Viewer, by: Viewer) -> int:
    made, _ = flow.make(
        name="Board report",
        person_id=viewer.id,
        permissions=[Permission.READ_POLICY],
        brand_ids=None,
        days=30,
        actor=Actor(ActorKind.PERSON, str(by.id), by.name),
        now=clock.now(),
    )
    return made


def look_at(page: Page) -> None:
    assert_no_sideways_scroll(page)
    assert_accessible(page)


def secret_on(page: str) -> str:
    begin = page.index("gl_")
    return page[begin : page.index("<", begin)]


class TestTokens(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def form(self, **changes: object) -> dict[str, object]:
        return {
            "name": "Board report",
            "person": self.cast.ada.id,
            "kind": "program",
            "permissions": ["policy.read"],
            "days": 30,
        } | changes

    def test_a_token_for_oneself_is_shown_once_and_works(self) -> None:
        ada = client_of(self.cast.ada)

        page = ada.post("/tokens/make/", self.form())

        secret = secret_on(page.content.decode())
        assert page["Cache-Control"] == "private, no-store"
        assert queries.bearer(secret, now=clock.now()).viewer.id == self.cast.ada.id
        assert secret not in ada.get("/tokens/").content.decode()
        assert secret not in ada.get("/tokens/mine/").content.decode()

    def test_a_token_for_somebody_else_is_shown_to_them_alone(self) -> None:
        ada, beth = client_of(self.cast.ada), client_of(self.cast.beth)
        given = self.form(person=self.cast.beth.id, permissions=["figures.read"])

        made = ada.post("/tokens/make/", given, follow=True).content.decode()
        (token,) = queries.tokens(now=clock.now())
        taken = beth.post(f"/tokens/mine/{token.id}/take/").content.decode()
        again = beth.post(f"/tokens/mine/{token.id}/take/")

        assert "waits for Beth" in made
        assert "gl_" not in made
        assert queries.bearer(secret_on(taken), now=clock.now()).viewer.id == self.cast.beth.id
        assert again.status_code == 404

    def test_nobody_takes_or_revokes_what_is_not_theirs(self) -> None:
        token = waiting_for(self.cast.beth, self.cast.ada)
        sam = client_of(self.cast.sam)

        assert sam.post(f"/tokens/mine/{token}/take/").status_code == 404
        assert sam.post(f"/tokens/mine/{token}/revoke/").status_code == 404
        assert client_of(self.cast.ada).post(f"/tokens/mine/{token}/take/").status_code == 404
        (listed,) = queries.tokens(now=clock.now())
        assert listed.state == "waiting"

    def test_it_is_revoked_by_its_person_or_by_who_manages_tokens(self) -> None:
        for client, path in (
            (client_of(self.cast.beth), "/tokens/mine/{}/revoke/"),
            (client_of(self.cast.ada), "/tokens/{}/revoke/"),
        ):
            token = waiting_for(self.cast.beth, self.cast.ada)
            secret = flow.take(
                token_id=token,
                actor=Actor(ActorKind.PERSON, str(self.cast.beth.id), "Beth"),
                now=clock.now(),
            )

            answer = client.post(path.format(token), follow=True)

            assert "opens nothing any more" in answer.content.decode()
            with pytest.raises(BadTokenError, match="revoked"):
                queries.bearer(secret, now=clock.now())

    def test_what_was_typed_stays_beside_the_refusal(self) -> None:
        ada = client_of(self.cast.ada)
        cases: tuple[tuple[dict[str, object], str], ...] = (
            ({"permissions": ["conversations.read"]}, "Ada may not do"),
            ({"days": 9999}, "1 to 365 days"),
            ({"permissions": []}, "This field is required"),
            ({"name": ""}, "This field is required"),
            ({"person": "x"}, "valid choice"),
            ({"permissions": ["people.manage"]}, "valid choice"),
            ({"permissions": ["replies.send"]}, "done under a person’s own name"),
            ({"kind": "robot"}, "valid choice"),
        )
        for change, says in cases:
            page = ada.post("/tokens/make/", self.form(**change))

            with self.subTest(says=says):
                assert page.status_code == 422
                assert says in page.content.decode()
                assert "name" in change or 'value="Board report"' in page.content.decode()
        assert queries.tokens(now=clock.now()) == []

    def test_an_unknown_token_is_not_there(self) -> None:
        assert client_of(self.cast.ada).post("/tokens/777/revoke/").status_code == 404

    def test_what_somebody_called_a_token_is_never_markup(self) -> None:
        ada = client_of(self.cast.ada)
        page = ada.post("/tokens/make/", self.form(name="<script>alert(1)</script>"))

        assert "<script>alert" not in page.content.decode()
        assert "<script>alert" not in ada.get("/tokens/").content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_tokens_are_made_taken_and_revoked_by_everybody_with_or_without_scripts(
    desk: Desk, browser: Browser
) -> None:
    with transaction.atomic():
        people = cast.build()
    for width, height, dark in SCREENS:
        with opened(browser, base_url=desk.url, width=width, height=height, dark=dark) as page:
            journey(desk, page, people, look_at)
            if dark:
                webhook_journey(desk, page, people)
    with opened(browser, base_url=desk.url, javascript=False) as page:
        journey(desk, page, people, lambda _: None)


def journey(desk: Desk, page: Page, people: cast.Cast, look: Callable[[Page], None]) -> None:
    desk.sign_in(page, people.ada)
    page.goto("/tokens/")
    fill(page)
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("main")).to_contain_text("waits for Beth")
    look(page)

    page.context.clear_cookies()
    desk.sign_in(page, people.beth)
    page.goto("/tokens/mine/")
    look(page)
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_label("The token", exact=True)).to_contain_text("gl_")
    look(page)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Revoke").first.click()
    expect(page.get_by_role("main")).to_contain_text("opens nothing any more")


def webhook_journey(desk: Desk, page: Page, people: cast.Cast) -> None:
    """A program is told as well as asking: the way there leads from the tokens."""
    page.context.clear_cookies()
    desk.sign_in(page, people.ada)
    page.goto("/tokens/")
    page.get_by_role("main").get_by_role("link", name="Webhooks").click()
    page.get_by_label("What is told there").fill("Repairs system")
    page.get_by_label("Address").fill("https://repairs.example/hook")
    look_at(page)
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.locator("pre.secret")).to_contain_text("whsec_")
    look_at(page)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("waiting", exact=True)).to_be_visible()
    look_at(page)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_refused_form_keeps_what_was_chosen(desk: Desk, browser: Browser) -> None:
    with transaction.atomic():
        people = cast.build()
    # The browser's console calls the refusal, a 422, an error.
    with opened(browser, base_url=desk.url, errors_expected=True) as page:
        desk.sign_in(page, people.ada)
        page.goto("/tokens/")
        fill(page, days="9999")
        page.get_by_role("button", name="Make the token").click()

        expect(page.get_by_role("alert")).to_contain_text("1 to 365 days")
        expect(page.get_by_label("Red Kite")).to_be_checked()
        look_at(page)


def fill(page: Page, *, days: str = "30") -> None:
    page.get_by_label("What it is for").fill("Board report")
    page.get_by_label("Acts for").select_option(label="Beth")
    page.get_by_label("Read figures and the rows behind them").check()
    page.get_by_label("Red Kite").check()
    page.get_by_label("Days it lasts").fill(days)
