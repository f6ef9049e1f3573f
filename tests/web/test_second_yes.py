"""Personal details leave in public only with a second person's yes (clause 5.4), over the wire."""

import re
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import time_machine
from django.test import Client, TestCase

from glede.desk.alerts.models import Alert
from glede.desk.conversations.models import Conversation
from glede.desk.outbox import actions as outbox
from glede.desk.outbox.models import Delivery
from glede.desk.replies import queries as drafts
from glede.flow import outbound, second_unanswered
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import Role
from tests import make
from tests.web import inbox_desk
from tests.web.test_inbox import at_desk, html

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
WORDS = "Ring Mo on 07700 900123 about it"
BECAUSE = "they gave it in public themselves and asked for it"


class TestSecondYes(TestCase):
    town: ClassVar[inbox_desk.Town]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = inbox_desk.tuesday(NOW)

    def setUp(self) -> None:
        self.time = time_machine.travel(NOW, tick=False)
        self.time.start()
        self.addCleanup(self.time.stop)
        self.sam, self.priya = at_desk(self.town.sam), at_desk(self.town.priya)
        self.of = self.town.dawn
        self.asked = self.ask()

    def ask(self, *, of: str = "") -> Delivery:
        given = {"mode": "reply", "text": WORDS, "seen": "99", "then": "", "ask": of}
        stopped = self.sam.post(f"/c/{self.of.pk}/say/", given).content.decode()
        (token,) = re.findall(r'name="confirmed" value="(personal-phone:[0-9a-f]+)"', stopped)
        given |= {"confirmed": token, "anyway": BECAUSE}
        assert self.sam.post(f"/c/{self.of.pk}/say/", given).status_code == 303
        return Delivery.objects.filter(conversation=self.of).latest("pk")

    def says(self, client: Client, do: str, *, why: str = "", seen: str = "99") -> int:
        given = {"do": do, "why": why, "seen": seen}
        return client.post(f"/sending/{self.asked.pk}/second/", given).status_code

    def state(self) -> str:
        return Delivery.objects.values_list("state", flat=True).get(pk=self.asked.pk)

    def test_it_waits_and_leaves_with_a_colleagues_yes_to_exactly_those_words(self) -> None:
        assert (self.asked.state, self.asked.next_try_at) == ("waiting for a yes", None)
        mine = html(self.sam, f"/c/{self.of.pk}/")
        assert "Waits for a second person’s yes" in mine
        assert f"A telephone number: {BECAUSE}" in mine
        assert "Say yes: send it" not in mine
        assert "The clock runs on" in mine
        assert Conversation.objects.get(pk=self.of.pk).waiting_count == 1
        told = Alert.objects.filter(person_id=self.town.priya.id).latest("pk")
        assert "asks for a second person’s yes" in told.says
        assert "07700" not in told.says
        assert "Say yes: send it" in html(self.priya, f"/c/{self.of.pk}/")
        assert self.of.name in html(self.priya, "/seconds/")

        # A colleague who would answer meanwhile is told of it.
        given = {"mode": "reply", "text": "A roofer comes.", "seen": "99", "then": ""}
        stopped = self.priya.post(f"/c/{self.of.pk}/say/", given).content.decode()
        assert "wrote a reply that waits for a second person’s yes." in stopped

        assert self.says(self.priya, "yes") == 303
        agreed = Delivery.objects.get(pk=self.asked.pk)
        assert agreed.state == "queued"
        assert agreed.release_at == NOW + timedelta(seconds=10)
        assert agreed.person_id == self.town.sam.id, "it is still the writer’s"
        assert "No reply waits for a yes" in html(self.priya, "/seconds/")
        asked, said = (
            Entry.objects.get(verb=verb) for verb in ("reply:second:asked", "reply:second:agreed")
        )
        for one, who in ((asked, self.town.sam), (said, self.town.priya)):
            assert (one.clause, one.actor_id) == ("5.4", str(who.id))
            assert one.policy_version
            assert one.details["because"] == BECAUSE
            assert "07700" not in str(one.details)

    def test_nobody_says_yes_to_their_own_and_no_time_does(self) -> None:
        assert self.says(self.sam, "yes") == 403
        assert self.says(at_desk(self.town.rae), "yes") == 403, "may read, not reply"
        pennvale = Conversation.objects.filter(brand__slug="pennvale").first()
        assert pennvale is not None
        for_pennvale = at_desk(make.person("Pen", Role.ADVISOR, brand_id=pennvale.brand_id))
        assert self.says(for_pennvale, "yes") == 404, "another brand’s is not there"
        assert self.of.name not in html(for_pennvale, "/seconds/")
        assert at_desk(self.town.rae).get("/seconds/").status_code == 403
        with time_machine.travel(NOW + timedelta(days=3), tick=False):
            outbound.deliver(delivery_id=self.asked.pk)
            later = NOW + timedelta(days=3)
            assert outbox.due(now=later, overdue_by=timedelta(0), limit=9) == []
        assert self.state() == "waiting for a yes"

    def test_the_name_of_somebody_else_waits_for_a_second_person_too(self) -> None:
        def checked(text: str, of: Conversation = self.of) -> str:
            return self.sam.post(f"/c/{of.pk}/check/", {"text": text, "where": ""}).content.decode()

        other = checked("Callum Frith asked the same.")
        assert "The name of somebody else who wrote to us" in other
        assert 'name="confirmed" value="personal-name:' in other
        assert "A second person has to say yes" in other
        here = checked("As Gareth Olusanya wrote.")
        assert "somebody else who writes here in public" in here
        assert "A second person has to say yes" not in here
        for less in ("As Gareth wrote.", "as gareth olusanya wrote"):
            assert "somebody else who writes here in public" in checked(less)
        assert "The name of" not in checked("Dear Dawn, at dawn. Callum’s way is closed.")
        assert "The name of" not in checked("Dear Dawn Petherick, it is mended.")
        assert "The name of" not in checked("Dear Nobody Known, it is mended.")

    def told(self, person_id: int) -> list[str]:
        unseen = Alert.objects.filter(person_id=person_id, kind="second", seen_at=None)
        return list(unseen.order_by("pk").values_list("says", flat=True))

    def test_one_that_nobody_answers_is_told_to_all_who_may_until_somebody_does(self) -> None:
        Conversation.objects.filter(pk=self.of.pk).update(due_at=NOW + timedelta(hours=1))
        self.says(self.priya, "no", why="Not like this.")
        self.asked = self.ask(of=str(self.town.priya.id))
        assert len(self.told(self.town.priya.id)) == 1
        assert self.told(self.town.meena.id) == [], "one colleague was asked"

        # A quarter of the hour that was left.
        assert second_unanswered.run(now=NOW + timedelta(minutes=14)) == 0
        assert second_unanswered.run(now=NOW + timedelta(minutes=15)) == 1
        for who in (self.town.priya, self.town.meena):
            assert self.told(who.id)[-1] == (
                "A reply to Dawn Petherick waits for a second person’s yes since 13:30. "
                "Nobody has answered. Clause 5.4."
            )
        assert self.told(self.town.sam.id) == self.told(self.town.rae.id) == []
        assert second_unanswered.run(now=NOW + timedelta(minutes=16)) == 0
        entry = Entry.objects.get(verb="reply:second:unanswered")
        assert (entry.clause, bool(entry.policy_version)) == ("5.4", True)
        assert "07700" not in str(entry.details)
        # Again after a quarter of what is left now; then whoever wrote it too.
        later = NOW + timedelta(minutes=15) + timedelta(minutes=45) / 4
        assert second_unanswered.run(now=later) == 1
        assert len(self.told(self.town.sam.id)) == 1

        assert self.says(self.priya, "yes") == 303
        for who in (self.town.priya, self.town.meena, self.town.sam):
            assert self.told(who.id) == [], "answered: nobody is wanted any more"
        assert second_unanswered.run(now=NOW + timedelta(days=1)) == 0

    def test_several_are_told_as_one_and_end_with_the_last_answer(self) -> None:
        first = self.asked
        self.of = self.town.most_urgent
        self.asked = second = self.ask()
        assert second_unanswered.run(now=NOW + timedelta(hours=1)) == 2

        (both,) = [one for one in self.told(self.town.priya.id) if "Nobody" in one]
        assert both == (
            "2 replies wait for a second person’s yes, the longest since 13:30. "
            "Nobody has answered. Clause 5.4."
        )
        # Meena answers for Red Kite alone: hers is about one.
        (one,) = [one for one in self.told(self.town.meena.id) if "Nobody" in one]
        assert "Dawn Petherick" in one
        assert self.says(self.priya, "no", why="No.") == 303
        assert both in self.told(self.town.priya.id), "one still waits"
        self.asked = first
        self.sam.post(f"/sending/{first.pk}/take-back/")
        assert second.pk != first.pk
        assert self.told(self.town.priya.id) == []

    def test_what_is_not_what_was_asked_about_gets_no_yes(self) -> None:
        Delivery.objects.filter(pk=self.asked.pk).update(text="Ring Mo on 07700 900999")

        self.says(self.priya, "yes")

        assert self.state() == "waiting for a yes"
        assert "It is not what was asked about" in html(self.priya, f"/c/{self.of.pk}/")

    def test_a_yes_is_stopped_once_where_the_resident_wrote_meanwhile(self) -> None:
        self.says(self.priya, "yes", seen="0")
        assert self.state() == "waiting for a yes"
        assert "wrote or changed something since" in html(self.priya, f"/c/{self.of.pk}/")

    def test_a_no_needs_a_reason_and_the_words_go_back_before_what_was_typed_since(self) -> None:
        self.says(self.priya, "no")
        assert self.state() == "waiting for a yes"
        assert "Say in a few words why" in html(self.priya, f"/c/{self.of.pk}/")

        self.says(self.priya, "no", why="Mo did not ask for that.")
        assert self.state() == "refused"
        page = html(self.sam, f"/c/{self.of.pk}/")
        assert "Not sent: a second person said no" in page
        assert "“Mo did not ask for that.”" in page
        assert Alert.objects.filter(person_id=self.town.sam.id, says__contains="said no").exists()
        assert self.sam.post(f"/sending/{self.asked.pk}/again/").status_code == 303
        assert self.state() == "refused", "trying again is no way round it"
        self.priya.post(f"/sending/{self.asked.pk}/take-back/")
        assert self.state() == "refused", "only who wrote it takes it back"

        self.sam.post(f"/c/{self.of.pk}/draft/", {"mode": "reply", "text": "Hello again"})
        self.sam.post(f"/sending/{self.asked.pk}/take-back/")
        kept = drafts.draft(conversation_id=self.of.pk, person_id=self.town.sam.id)
        assert kept == f"{WORDS}\n\nHello again"
        assert self.state() == "taken back"

    def test_an_answer_is_undone_within_its_seconds(self) -> None:
        for answer, why in (("yes", ""), ("no", "Not theirs.")):
            self.says(self.priya, answer, why=why)
            done = self.priya.session["done"]
            assert self.priya.post(f"/acts/{done['id']}/undo/").status_code == 303
            assert self.state() == "waiting for a yes"
        self.says(self.priya, "yes")
        done = self.priya.session["done"]
        Delivery.objects.filter(pk=self.asked.pk).update(state="sent")
        self.priya.post(f"/acts/{done['id']}/undo/")
        assert self.state() == "sent"

    def test_it_is_withdrawn_by_who_wrote_it_and_asked_of_one_colleague(self) -> None:
        self.sam.post(f"/sending/{self.asked.pk}/take-back/")
        assert self.state() == "taken back"
        assert self.says(self.priya, "yes") == 303
        assert self.state() == "taken back"
        Alert.objects.all().delete()

        again = self.ask(of=str(self.town.priya.id))

        told = Alert.objects.filter(says__contains="second person’s yes")
        assert [one.person_id for one in told] == [self.town.priya.id]
        assert "Priya" in html(self.sam, f"/c/{self.of.pk}/").partition(f'id="d{again.pk}"')[2]

    def test_a_reply_of_somebody_who_left_is_not_sent_by_a_yes(self) -> None:
        people.deactivate(person_id=self.town.sam.id, actor=SYSTEM, now=NOW)

        self.says(self.priya, "yes")

        assert self.state() == "waiting for a yes"
        assert "may not reply for this brand any more" in html(self.priya, f"/c/{self.of.pk}/")
        self.priya.post(f"/sending/{self.asked.pk}/take-back/")
        assert self.state() == "taken back", "its words go to who takes it on"
