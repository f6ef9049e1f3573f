"""The pages of alerts: who has it, how I am told, where to, what was sent."""

import json
from datetime import timedelta
from typing import ClassVar

from django.test import Client, TestCase, override_settings

from glede.desk.alerts import queries, queries_ways
from glede.desk.alerts.models import Address, Alert, Dispatch
from glede.desk.alerts.rules import Kind, Way
from glede.flow import alerting, paging, reaching
from glede.kit import clock
from tests import cast, make
from tests.flow import push_service
from tests.policy.desk_at_night import signed_in

FORM = {
    "ways": ["new:push", "new:mail", "breach:service"],
    "quiet-0-from": "20:00",
    "quiet-0-until": "06:30",
    "quiet_on_duty": "on",
}


class TestAlertPages(TestCase):
    cast: ClassVar[cast.Cast]
    sam: Client
    priya: Client

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def setUp(self) -> None:
        self.sam, self.priya = signed_in(self.cast.sam), signed_in(self.cast.priya)

    def asked(self, *names: str) -> list[Alert]:
        now = clock.now()
        for name in names:
            make.conversation(self.cast.red_kite_site, name=name, at=now - timedelta(minutes=1))
        alerting.run(now=now)
        return list(Alert.objects.filter(person_id=self.cast.sam.id).order_by("pk"))

    def test_i_have_it_is_said_on_the_page_and_stands_there_for_everybody(self) -> None:
        (alert,) = self.asked("Dawn")
        page = self.sam.get("/alerts/").content.decode()
        assert "Dawn wrote to Red Kite." in page
        assert "nobody has it" in page

        meenas = Alert.objects.get(person_id=self.cast.meena.id)
        assert self.sam.post(f"/alerts/{meenas.pk}/take/").status_code == 404
        assert queries.own(self.cast.sam.id, alert.pk).may_take  # type: ignore[union-attr]
        self.sam.post(f"/alerts/{alert.pk}/take/")

        page = signed_in(self.cast.meena).get("/alerts/").content.decode()
        assert "Sam has it since" in page
        assert "I have it" not in page
        again = signed_in(self.cast.meena).post(f"/alerts/{meenas.pk}/take/", follow=True)
        assert "Somebody had it already" in again.content.decode()

    def test_the_list_is_narrowed_and_its_rows_are_asked_for_alone(self) -> None:
        self.asked("Dawn")
        assert "Dawn wrote" in self.sam.get("/alerts/?show=time").content.decode()
        assert "Dawn wrote" not in self.sam.get("/alerts/?show=rest").content.decode()
        rows = self.sam.get("/alerts/", headers={"HX-Request": "true"}).content.decode()
        assert "Dawn wrote" in rows
        assert "<html" not in rows

    @override_settings(GLEDE_ALERT_STORM=2)
    def test_a_storm_opens_as_a_list_and_is_taken_as_one(self) -> None:
        alerts = self.asked("Ann", "Bea", "Cy")
        storm = next(one for one in alerts if one.kind == Kind.STORM)
        page = self.sam.get("/alerts/").content.decode()
        assert "3 wait for an answer at Red Kite" in page
        assert "Bea wrote" not in page
        assert "Bea wrote" in self.sam.get(f"/alerts/{storm.pk}/").content.decode()
        assert self.priya.get(f"/alerts/{storm.pk}/").status_code == 404

        self.sam.post(f"/alerts/{storm.pk}/take/")

        assert queries.unseen_count(self.cast.sam.id) == 0
        assert "Sam has it" in self.sam.get(f"/alerts/{storm.pk}/").content.decode()

    def test_preferences_are_kept_and_a_half_written_night_is_refused_with_what_was_typed(
        self,
    ) -> None:
        assert self.sam.get("/alerts/preferences/").status_code == 200
        assert self.sam.post("/alerts/preferences/", FORM).status_code == 302
        kept = queries_ways.wishes_of(self.cast.sam.id)
        assert kept.of(Kind.NEW) == {Way.PUSH, Way.MAIL}
        assert kept.of(Kind.WARNING) == frozenset()
        assert [f"{at:%H:%M}" for at in kept.quiet[0]] == ["20:00", "06:30"]
        assert (set(kept.quiet), kept.quiet_on_duty, kept.only_on_duty) == ({0}, True, False)

        half = {**FORM, "quiet-1-from": "21:15", "ways": ["new:push"]}
        answer = self.sam.post("/alerts/preferences/", half)
        assert answer.status_code == 422
        assert "Tuesday: say from when until when" in answer.content.decode()
        assert 'value="21:15"' in answer.content.decode()
        assert queries_ways.wishes_of(self.cast.sam.id) == kept
        bad = self.sam.post("/alerts/preferences/", {"ways": ["urgent:push"]})
        assert bad.status_code == 422

    def test_a_browser_hands_its_subscription_over_and_is_tried_and_removed(self) -> None:
        with push_service.opened() as service:
            receiver = push_service.Receiver(service).subscription
            body = {
                "endpoint": receiver.endpoint,
                "keys": {"p256dh": receiver.p256dh, "auth": receiver.auth},
                "name": "Firefox on Linux",
            }

            def hands_over(given: object) -> int:
                answer = self.sam.post(
                    "/alerts/ways/browser/", json.dumps(given), content_type="application/json"
                )
                return answer.status_code

            assert [hands_over(one) for one in ("x", {"endpoint": 1}, [], body)] == [
                400,
                400,
                400,
                422,
            ]
            with override_settings(GLEDE_PUSH_HOSTS=frozenset({f"127.0.0.1:{service.port}"})):
                assert [hands_over(body), hands_over(body)] == [201, 201]
                # Its push service gave it a new address: that takes the place of the old one.
                renewed = {**body, "endpoint": f"{service.url}/push/new", "name": ""}
                assert hands_over({**renewed, "instead_of": receiver.endpoint}) == 201
            old = Address.objects.get(ended_why="renewed")
            assert bytes(old.secret) == b""
            address = Address.objects.get(ended_at=None)
            self.sam.post(f"/alerts/ways/{address.pk}/test/")
            paging.run(now=clock.now())
        page = self.sam.get("/alerts/ways/").content.decode()
        assert "Firefox on Linux" in page
        assert "sent: 201 Created" in page
        assert receiver.endpoint not in page

        assert self.priya.post(f"/alerts/ways/{address.pk}/remove/").status_code == 404
        assert self.priya.post(f"/alerts/ways/{address.pk}/test/").status_code == 404
        self.sam.post(f"/alerts/ways/{address.pk}/remove/")
        assert "Firefox on Linux" not in self.sam.get("/alerts/ways/").content.decode()

    def test_a_service_is_added_masked_and_what_may_not_be_is_refused_in_words(self) -> None:
        slack = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#pod"
        self.sam.post("/alerts/ways/service/", {"name": "Slack", "url": slack})
        answer = self.sam.post(
            "/alerts/ways/service/", {"name": "Inside", "url": "json://10.0.0.1/"}
        )
        assert answer.status_code == 422
        assert "may not write to “json”" in answer.content.decode()
        page = self.sam.get("/alerts/ways/").content.decode()
        assert "slack://…" in page
        assert "TIiajkdnlazkcOXrIdevi7FQ" not in page
        assert "Channels of the team" not in page

        team = {"team-name": "Pod", "team-url": slack, "team-kinds": ["breach"], "team-brand": ""}
        assert self.sam.post("/alerts/ways/team/", team).status_code == 403
        assert self.priya.post("/alerts/ways/team/", team).status_code == 302
        none = self.priya.post("/alerts/ways/team/", {**team, "team-kinds": []})
        assert none.status_code == 422
        assert "A promise is late" in self.priya.get("/alerts/ways/").content.decode()

    def test_the_log_is_ones_own_and_everybodys_for_a_lead(self) -> None:
        reaching.send_test(viewer=self.cast.sam, address_id=None, now=clock.now())
        paging.run(now=clock.now())
        assert Dispatch.objects.get().state == "sent"
        assert "the mail server took it" in self.sam.get("/alerts/log/").content.decode()
        assert "Nothing was sent" in self.priya.get("/alerts/log/").content.decode()
        assert "Sam" in self.priya.get("/alerts/log/?everybody&state=sent").content.decode()
        meena = signed_in(self.cast.meena)
        assert "Nothing was sent" in meena.get("/alerts/log/?everybody").content.decode()

    def test_the_app_is_described_to_anybody_and_its_script_is_served_from_the_root(self) -> None:
        manifest = Client().get("/manifest.webmanifest")
        assert manifest["Content-Type"] == "application/manifest+json"
        found = manifest.json()
        assert (found["display"], found["start_url"]) == ("standalone", "/")
        assert {one["sizes"] for one in found["icons"]} == {"192x192", "512x512"}
        worker = Client().get("/sw.js")
        assert worker["Content-Type"].startswith("text/javascript")
        assert "no-cache" in worker["Cache-Control"]
