"""A form sent after its session had ended: its words wait for their writer, and nobody else."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import time_machine
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client

from glede.desk.outbox.models import Delivery
from glede.rulebook.people.rules import Viewer
from tests.web.test_inbox import NOW, OnATuesday, at_desk

WORDS = "A roofer comes tomorrow, Dawn.\nPlease keep the hall clear."
SIGN_IN = "/accounts/login/?next=%2Fme%2Fwords%2F"


def signs_in(client: Client, viewer: Viewer) -> None:
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )


class TestKeptWords(OnATuesday):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.client = at_desk(self.town.sam)
        self.page = f"/c/{self.town.dawn.pk}/"
        self.client.get(self.page)
        Session.objects.all().delete()

    def sends(self, path: str = "say/", **values: str) -> Any:
        form = {"mode": "reply", "then": "", "text": WORDS, "note": "", "seen": "99", **values}
        referer = {"Referer": f"http://testserver{self.page}"}
        return self.client.post(f"{self.page}{path}", form, headers=referer)

    def test_a_reply_a_note_and_a_timescale_wait_with_their_writer_and_nothing_is_sent(
        self,
    ) -> None:
        for path, values, said in (
            ("say/", {}, "A roofer comes tomorrow, Dawn.\nPlease keep"),
            ("say/", {"mode": "note", "text": "", "note": "Rang."}, ">\nRang.</textarea>"),
            ("timescale/", {"text": "", "what": "We mend it"}, ">\nWe mend it</textarea>"),
            (
                "timescale/",
                {"text": "", "what": "We look", "on": "2026-11-25"},
                'name="on" value="2026-11-25"',
            ),
        ):
            with self.subTest(path=path, values=values):
                refused = self.sends(path, **values)
                assert (refused.status_code, refused["Location"]) == (302, SIGN_IN)
                signs_in(self.client, self.town.sam)
                page = self.client.get("/me/words/").content.decode().replace("\r\n", "\n")

                assert said in page
                assert "Nothing was sent." in page
                assert f'action="{self.page}{path}?kept-words=yes"' in page
                assert f'href="{self.page}"' in page
                assert not Delivery.objects.filter(conversation=self.town.dawn).exists()
                Session.objects.all().delete()

    def test_going_on_sends_them_by_the_forms_own_way_and_keeps_them_no_longer(self) -> None:
        self.sends(mode="note", text="", note="Rang the roofer.")
        signs_in(self.client, self.town.sam)
        kept = self.client.get("/me/words/").context["kept"]
        sent = self.client.post(kept.action, {one.name: one.value for one in kept.fields})

        assert sent.status_code == 303
        assert "Rang the roofer." in self.client.get(self.page).content.decode()
        assert self.client.get("/me/words/")["Location"] == "/"

    def test_whoever_else_signs_in_at_the_same_computer_sees_nothing_of_them(self) -> None:
        self.sends()
        signs_in(self.client, self.town.priya)

        assert self.client.get("/me/words/").status_code == HTTPStatus.FOUND
        signs_in(self.client, self.town.sam)
        assert WORDS.splitlines()[0] in self.client.get("/me/words/").content.decode()

    def test_they_lie_sealed_and_not_for_long_and_can_be_thrown_away(self) -> None:
        self.sends()
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM cache")
            assert "roofer" not in str(cursor.fetchall())
        signs_in(self.client, self.town.sam)
        with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
            assert self.client.get("/me/words/").status_code == HTTPStatus.FOUND
        self.sends()
        assert self.client.post("/me/words/").status_code == HTTPStatus.FOUND
        assert self.client.get("/me/words/")["Location"] == "/"

    def test_a_stranger_a_forged_name_and_a_form_of_secrets_fill_nothing(self) -> None:
        last = self.client.cookies["glede-last"].value
        for cookie in ("", "1", last[:-1] + ("a" if last[-1] != "a" else "b")):
            self.client.cookies["glede-last"] = cookie
            assert SIGN_IN not in self.sends()["Location"]
        self.client.cookies["glede-last"] = last
        secret = {"oldpassword": "one two three", "password1": "four five six"}
        assert SIGN_IN not in self.client.post("/accounts/password/", secret)["Location"]
        assert SIGN_IN not in self.sends(text="")["Location"]
        assert SIGN_IN not in self.sends(text="long " * 20_000)["Location"]
        unchecked = Client(enforce_csrf_checks=True)
        unchecked.cookies = self.client.cookies
        assert unchecked.post(f"{self.page}say/", {"text": WORDS}).status_code == 403
        signs_in(self.client, self.town.sam)
        assert self.client.get("/me/words/")["Location"] == "/"
