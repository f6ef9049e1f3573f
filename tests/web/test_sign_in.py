"""Signing in, being refused, second factors, and ending sessions."""

import base64
import hashlib
import hmac
import re
import struct
from datetime import UTC, datetime
from typing import ClassVar

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, TestCase

from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import Verb
from glede.rulebook.people.rules import Role, Viewer
from glede.web.accounts.sessions import browser_words
from tests import make

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def totp(secret: str, at: datetime) -> str:
    """RFC 6238 with its defaults: what an app on a phone shows."""
    counter = int(at.timestamp()) // 30
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def try_to_sign_in(
    client: Client, password: str = make.PASSWORD, email: str = "sam@kite.example"
) -> HttpResponse:
    return client.post("/accounts/login/", {"login": email, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def verbs(of: Viewer) -> list[str]:
    return [entry.verb for entry in audit.trail("person", of.id)]


class TestSigningIn(TestCase):
    sam: ClassVar[Viewer]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.sam = make.person("Sam", Role.ADVISOR)

    def setUp(self) -> None:
        cache.clear()

    def test_the_right_password_opens_the_desk_and_is_recorded(self) -> None:
        client = Client()

        response = try_to_sign_in(client)

        assert response.status_code == 302
        assert response["Location"] == "/"
        assert is_in(client)
        assert Verb.SIGNED_IN in verbs(self.sam)

    def test_a_wrong_password_says_how_many_tries_are_left(self) -> None:
        client = Client()

        first, second = try_to_sign_in(client, "wrong"), try_to_sign_in(client, "wrong")

        assert "do not match. 4 tries left." in first.content.decode()
        assert "do not match. 3 tries left." in second.content.decode()
        assert not is_in(client)
        refused = [row for row in audit.latest() if row.verb == Verb.SIGN_IN_FAILED]
        assert len(refused) == 2
        assert "sam@" not in str([(row.object_id, row.details) for row in refused])

    def test_an_address_nobody_has_is_refused_in_the_same_words(self) -> None:
        known = try_to_sign_in(Client(), "wrong")
        unknown = try_to_sign_in(Client(), "wrong", "nobody@kite.example")

        assert "do not match. 4 tries left." in known.content.decode()
        assert "do not match. 4 tries left." in unknown.content.decode()

    def test_after_five_wrong_passwords_even_the_right_one_must_wait(self) -> None:
        client = Client()
        for _ in range(5):
            try_to_sign_in(client, "wrong")

        refused = try_to_sign_in(client)

        assert refused.status_code == 429
        assert refused["Retry-After"] == "300"
        assert "Too many tries" in refused.content.decode()
        assert not is_in(client)

    def test_the_wait_is_over_after_five_minutes(self) -> None:
        client = Client()
        with time_machine.travel(NOON, tick=False):
            for _ in range(6):
                try_to_sign_in(client, "wrong")
        with time_machine.travel(NOON.replace(minute=6), tick=False):
            try_to_sign_in(client)

            assert is_in(client)

    def test_one_machine_that_tries_many_addresses_must_wait_too(self) -> None:
        for number in range(10):
            try_to_sign_in(Client(), "wrong", f"guess{number}@kite.example")

        assert try_to_sign_in(Client()).status_code == 429

    def test_a_closed_login_is_refused_with_the_right_password(self) -> None:
        client = Client()
        get_user_model().objects.filter(pk=self.sam.id).update(is_active=False)

        response = try_to_sign_in(client)

        assert response["Location"] == "/accounts/closed/"
        assert not is_in(client)

    def test_nobody_signs_up_or_resets_a_password_by_mail(self) -> None:
        for path in ("signup", "email", "password/reset", "confirm-email"):
            assert Client().get(f"/accounts/{path}/").status_code == 404

    def test_signing_in_leads_back_but_never_to_another_site(self) -> None:
        where = [
            Client().post(
                f"/accounts/login/?next={wanted}",
                {"login": "sam@kite.example", "password": make.PASSWORD, "next": wanted},
            )["Location"]
            for wanted in ("/policy/", "https://elsewhere.example/", "//elsewhere.example/")
        ]

        assert where == ["/policy/", "/", "/"]

    def test_a_form_without_its_token_is_refused_in_words(self) -> None:
        client = Client(enforce_csrf_checks=True)

        response = try_to_sign_in(client)

        assert response.status_code == 403
        assert "This form is too old to send" in response.content.decode()

    def test_every_page_forbids_scripts_and_styles_that_are_not_files_of_ours(self) -> None:
        client = Client()
        pages = [client.get("/accounts/login/")]
        try_to_sign_in(client)
        pages += [client.get(path) for path in ("/me/", "/accounts/passkeys/", "/nothing/")]

        for page in pages:
            rules = dict(
                rule.strip().split(" ", 1) for rule in page["Content-Security-Policy"].split(";")
            )
            assert rules["default-src"] == rules["script-src"] == rules["style-src"] == "'self'"
            assert rules["frame-ancestors"] == "'none'"
            assert not re.search(r"\sstyle=|\son\w+=|<style", page.content.decode())


class TestSecondFactor(TestCase):
    sam: ClassVar[Viewer]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.sam = make.person("Sam", Role.ADVISOR)

    def setUp(self) -> None:
        cache.clear()

    def add_app(self, client: Client) -> str:
        """What a person does under My settings: the password again, then the app's first code."""
        page = client.get("/accounts/2fa/app/add/", follow=True)
        assert "Is it still you?" in page.content.decode()
        page = client.post(
            "/accounts/again/?next=/accounts/2fa/app/add/",
            {"password": make.PASSWORD, "next": "/accounts/2fa/app/add/"},
            follow=True,
        )
        found = re.search(r'id="authenticator_secret" value="(\w+)"', page.content.decode())
        assert found
        with self.captureOnCommitCallbacks(execute=True):
            client.post("/accounts/2fa/app/add/", {"code": totp(found[1], NOON)})
        return found[1]

    def test_with_an_app_the_password_alone_lets_nobody_in(self) -> None:
        with time_machine.travel(NOON, tick=False):
            secret = self.add_app(self._signed_in())
            client = Client()

            response = try_to_sign_in(client)
            assert response["Location"] == "/accounts/2fa/code/"
            assert not is_in(client)
            wrong = client.post("/accounts/2fa/code/", {"code": "000000"})
            assert "That code is not right" in wrong.content.decode()
            assert not is_in(client)

        with time_machine.travel(NOON.replace(minute=1), tick=False):
            client.post("/accounts/2fa/code/", {"code": totp(secret, NOON.replace(minute=1))})
            assert is_in(client)
        assert {Verb.SECOND_FACTOR_CHANGED, Verb.SIGN_IN_FAILED} <= set(verbs(self.sam))

    def test_a_code_works_once(self) -> None:
        with time_machine.travel(NOON, tick=False):
            secret = self.add_app(self._signed_in())
        later = NOON.replace(minute=5)
        with time_machine.travel(later, tick=False):
            first, second = Client(), Client()
            for client in (first, second):
                try_to_sign_in(client)
                client.post("/accounts/2fa/code/", {"code": totp(secret, later)})

            assert is_in(first)
            assert not is_in(second)

    def test_a_recovery_code_lets_in_once(self) -> None:
        with time_machine.travel(NOON, tick=False):
            owner = self._signed_in()
            self.add_app(owner)
            page = owner.get("/accounts/2fa/recovery/").content.decode()
            code = re.findall(r"<code>(\d+)</code>", page)[0]

            first, second = Client(), Client()
            for client in (first, second):
                try_to_sign_in(client)
                client.post("/accounts/2fa/code/", {"code": code})

            assert is_in(first)
            assert not is_in(second)

    def test_codes_cannot_be_guessed_by_trying(self) -> None:
        with time_machine.travel(NOON, tick=False):
            secret = self.add_app(self._signed_in())
            client = Client()
            try_to_sign_in(client)
            for number in range(6):
                client.post("/accounts/2fa/code/", {"code": f"{number:06}"})

            client.post("/accounts/2fa/code/", {"code": totp(secret, NOON)})

            assert not is_in(client)

    def test_the_secret_of_an_app_is_not_kept_in_the_clear(self) -> None:
        with time_machine.travel(NOON, tick=False):
            secret = self.add_app(self._signed_in())

        kept = [str(row.data) for row in Authenticator.objects.all()]

        assert kept
        assert not any(secret in data for data in kept)

    def _signed_in(self) -> Client:
        client = Client()
        try_to_sign_in(client)
        return client


class TestSessions(TestCase):
    sam: ClassVar[Viewer]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.sam = make.person("Sam", Role.ADVISOR)

    def setUp(self) -> None:
        cache.clear()
        self.here, self.there = Client(), Client(headers={"User-Agent": "Firefox on Windows NT"})
        for client in (self.here, self.there):
            try_to_sign_in(client)
            client.get("/me/")

    def test_a_person_sees_where_they_are_signed_in_and_ends_one(self) -> None:
        page = self.here.get("/me/sessions/").content.decode()
        assert "2 places" in page
        assert "Firefox on Windows" in page
        (ends,) = re.findall(r'action="(/me/sessions/\d+/end/)"', page)

        self.here.post(ends)

        assert is_in(self.here)
        assert not is_in(self.there)

    def test_nobody_ends_the_session_of_somebody_else(self) -> None:
        make.person("Stan", Role.STAFF)
        stan = Client()
        try_to_sign_in(stan, email="stan@kite.example")
        page = self.here.get("/me/sessions/").content.decode()
        (ends,) = re.findall(r'action="(/me/sessions/\d+/end/)"', page)

        assert stan.post(ends).status_code == 404
        assert is_in(self.there)

    def test_signing_out_everywhere_ends_every_session(self) -> None:
        self.here.post("/me/sessions/end/")

        assert not is_in(self.here)
        assert not is_in(self.there)

    def test_signing_out_ends_this_session_only(self) -> None:
        self.here.post("/accounts/logout/")

        assert not is_in(self.here)
        assert is_in(self.there)
        assert Verb.SIGNED_OUT in verbs(self.sam)

    def test_a_new_password_ends_the_other_sessions(self) -> None:
        new = "Some 4 quiet harriers"
        response = self.here.post(
            "/accounts/password/",
            {"oldpassword": make.PASSWORD, "password1": new, "password2": new},
        )

        assert response.status_code == 302
        assert is_in(self.here)
        assert not is_in(self.there)
        assert Verb.PASSWORD_CHANGED in verbs(self.sam)

    def test_a_short_or_known_password_is_refused(self) -> None:
        for bad in ("short", "password1234"):
            page = self.here.post(
                "/accounts/password/",
                {"oldpassword": make.PASSWORD, "password1": bad, "password2": bad},
            )
            assert 'class="wrong"' in page.content.decode()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/149.0 Safari/537.36 Edg/149.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Firefox/149.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 17) Chrome/149.0 Mobile", "Chrome on Android"),
        ("curl/8", "A browser"),
    ],
)
def test_a_browser_goes_by_the_name_people_know(agent: str, words: str) -> None:
    assert browser_words(agent) == words
