"""The screens on which webhooks are added, tested, replayed and switched off."""

from datetime import timedelta
from typing import Any, ClassVar

from django.http import HttpResponse
from django.test import Client, TestCase

from glede.desk.webhooks import actions, queries
from glede.desk.webhooks.models import Endpoint, Sending
from glede.desk.webhooks.rules import State
from glede.kit import clock
from glede.kit.calling import Answered
from tests import cast
from tests.web.test_token_pages import client_of

GIVEN: dict[str, Any] = {
    "name": "Repairs system",
    "url": "https://repairs.example/hook",
    "kinds": ["message.received", "reply.sent"],
}


class TestWebhooks(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def setUp(self) -> None:
        self.ada: Client = client_of(self.cast.ada)

    def added(self, **more: Any) -> HttpResponse:
        answer: HttpResponse = self.ada.post("/webhooks/", GIVEN | more)
        return answer

    def test_a_webhook_is_added_and_its_secret_shown_once(self) -> None:
        page = self.added().content.decode()

        (made,) = queries.endpoints()
        (secret,) = queries.opened(Endpoint.objects.get().secrets)
        assert secret.text in page
        assert (made.name, made.url, made.created_by) == (GIVEN["name"], GIVEN["url"], "Ada")
        for address in ("/webhooks/", f"/webhooks/{made.id}/"):
            assert "whsec_" not in self.ada.get(address).content.decode()

    def test_what_was_typed_stays_beside_the_refusal(self) -> None:
        for change, says in (
            ({"url": "http://repairs.example/"}, "begins with https"),
            ({"url": "https://10.0.0.7/hook"}, "private network"),
            ({"kinds": []}, "This field is required"),
            ({"kinds": ["webhook.test"]}, "valid choice"),
            ({"brands": ["777"]}, "valid choice"),
            ({"name": ""}, "This field is required"),
        ):
            page = self.added(**change)

            with self.subTest(says=says):
                assert page.status_code == 422
                assert says in page.content.decode()
                assert "name" in change or 'value="Repairs system"' in page.content.decode()
        assert queries.endpoints() == []

    def test_it_is_changed_switched_rotated_and_deleted(self) -> None:
        self.added()
        made = queries.endpoints()[0].id

        self.ada.post(f"/webhooks/{made}/", GIVEN | {"brands": [self.cast.pennvale]})
        self.ada.post(f"/webhooks/{made}/switch/", {"to": "off"})
        off = self.ada.get(f"/webhooks/{made}/").content.decode()
        refused = self.ada.post(f"/webhooks/{made}/test/", follow=True).content.decode()
        self.ada.post(f"/webhooks/{made}/switch/", {"to": "on"})
        shown = self.ada.post(f"/webhooks/{made}/secret/").content.decode()

        assert queries.endpoint(made).brands == (self.cast.pennvale,)
        assert "Switch on" in off
        assert "It is switched off: switch it on first." in refused
        assert "whsec_" in shown
        assert "signed with the old secret too" in shown
        self.ada.post(f"/webhooks/{made}/delete/")
        assert queries.endpoints() == []
        assert self.ada.get(f"/webhooks/{made}/").status_code == 404

    def test_the_log_tells_each_try_and_sends_again(self) -> None:
        self.added()
        made = queries.endpoints()[0].id
        self.ada.post(f"/webhooks/{made}/test/")
        sending = Sending.objects.get().pk
        actions.tried(
            sending_id=sending,
            answered=Answered(500, ""),
            took=timedelta(milliseconds=120),
            now=clock.now(),
        )
        Sending.objects.update(state=State.GIVEN_UP)

        page = self.ada.get(f"/webhooks/{made}/").content.decode()
        self.ada.post(f"/webhooks/sent/{sending}/replay/")

        assert "500, 120 ms" in page
        assert "failing since" in page
        again = queries.logged(sending)
        assert again is not None
        assert (again.tries, len(again.log)) == (0, 1)

    def test_nobody_else_adds_or_sees_one(self) -> None:
        for viewer in (self.cast.priya, self.cast.noor, self.cast.sam):
            client = client_of(viewer)
            assert client.get("/webhooks/").status_code == 403
            assert client.post("/webhooks/", GIVEN).status_code == 403
        assert self.ada.get("/webhooks/777/").status_code == 404
        assert self.ada.post("/webhooks/sent/777/replay/").status_code == 404
