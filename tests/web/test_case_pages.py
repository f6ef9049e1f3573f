"""One matter or two, as pages: what is suggested, done, refused, and hidden from other brands."""

from datetime import timedelta
from typing import ClassVar, cast

import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from glede.desk.clocks.models import Clock
from glede.desk.contacts import queries as contacts
from glede.desk.conversations import talk
from glede.desk.conversations.models import Conversation, Regrouping
from glede.desk.outbox.models import Delivery
from glede.desk.replies.models import Draft
from glede.web.access import DeskRequest
from glede.web.inbox import page, related
from tests.web import inbox_desk
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html

MINUTE = timedelta(minutes=1)


class TestCases(OnATuesday):
    asked: ClassVar[Conversation]
    again: ClassVar[Conversation]
    elsewhere: ClassVar[Conversation]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with time_machine.travel(NOW, tick=False):
            words = "Where do I get the key for the bin store?"
            cls.asked = cls.town.asks("Wyn Pugh", words, at=NOW - 90 * MINUTE)
            cls.again = cls.town.asks("Wyn Pugh", f"{words} Please", at=NOW - 20 * MINUTE)
            cls.elsewhere = cls.town.asks("Wyn Pugh", words, at=NOW - 10 * MINUTE, slug="pennvale")
            Conversation.objects.filter(pk=cls.elsewhere.pk).update(contact_id=cls.asked.contact_id)

    def act(self, client: Client, of: Conversation, act: str, **given: object) -> int:
        answer = client.post(f"/c/{of.pk}/cases/", {"act": act, **given})
        return answer.status_code

    def test_the_desk_suggests_and_a_person_merges_and_takes_it_back(self) -> None:
        client = at_desk(self.town.sam)
        panel = html(client, f"/c/{self.asked.pk}/")
        assert "Perhaps the same matter" in panel
        assert "the same person in nearly the same words" in panel

        assert self.act(client, self.asked, "merge", other=self.again.pk) == 303

        assert "Merged into one matter." in html(client, f"/c/{self.asked.pk}/")
        assert "Where do I get the key for the bin store? Please" in html(
            client, f"/c/{self.asked.pk}/"
        )
        gone = html(client, f"/c/{self.again.pk}/")
        assert "This went on in another conversation." in gone
        assert "Answer in the conversation it was merged into." in gone
        listed = html(client, "/")
        assert f'data-id="{self.again.pk}"' not in listed
        merged = Regrouping.objects.get()
        assert "Take the merge back" in html(client, f"/c/{self.asked.pk}/cases/")
        assert self.act(client, self.asked, "unmerge", other=merged.pk) == 303
        self.again.refresh_from_db()
        assert self.again.merged_into_id is None

    def test_what_is_suggested_costs_two_queries_however_much_there_is(self) -> None:
        viewer = self.town.sam
        request = cast("DeskRequest", RequestFactory().get("/"))
        request.viewer, request.now = viewer, NOW
        sight = page.sight_of(request)
        card = talk.card(viewer, self.town.dawn.pk)
        known = contacts.known(card.contact_id)
        with CaptureQueriesContext(connection) as asked:
            built = related.build(card, sight, known=known)
        assert built.alike == 0
        assert len(asked) == 2

    def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(self) -> None:
        client = at_desk(self.town.sam)
        answer = client.post(
            f"/c/{self.asked.pk}/cases/",
            {"act": "move", "brand": "", "why": "Castle Court is Pennvale’s"},
        )
        said = answer.content.decode()
        assert answer.status_code == 422
        assert "Choose the brand it belongs to." in said
        assert "Castle Court is Pennvale’s" in said
        answer = client.post(f"/c/{self.asked.pk}/cases/", {"act": "merge", "other": "nonsense"})
        assert "copy its address here" in answer.content.decode()
        assert self.act(client, self.asked, "dance") == 422

    def test_another_brand_is_neither_shown_nor_merged_into(self) -> None:
        client = at_desk(self.town.meena)  # Red Kite alone
        assert "Pennvale" not in html(client, f"/c/{self.asked.pk}/").partition('id="panel"')[2]
        assert client.get(f"/c/{self.elsewhere.pk}/cases/").status_code == 404
        answer = client.post(
            f"/c/{self.asked.pk}/cases/", {"act": "link", "other": self.elsewhere.pk}
        )
        assert f"There is no conversation {self.elsewhere.pk} here." in answer.content.decode()
        assert at_desk(self.town.rae).get(f"/c/{self.asked.pk}/cases/").status_code == 403

    def test_the_same_on_another_page_is_linked_and_shown_on_both(self) -> None:
        client = at_desk(self.town.sam)
        assert self.act(client, self.elsewhere, "link", other=f"http://x/c/{self.asked.pk}/") == 303

        for one, other in ((self.asked, self.elsewhere), (self.elsewhere, self.asked)):
            panel = html(client, f"/c/{one.pk}/")
            assert "Said elsewhere too" in panel
            assert f"/c/{other.pk}/" in panel
        assert self.act(client, self.elsewhere, "unlink") == 303
        assert "Said elsewhere too" not in html(client, f"/c/{self.asked.pk}/")

    def test_part_of_it_is_split_off_with_a_clock_of_its_own(self) -> None:
        client = at_desk(self.town.sam)
        self.act(client, self.asked, "merge", other=self.again.pk)
        newest = self.asked.messages.order_by("-received_at").first()
        assert newest is not None

        assert self.act(client, self.asked, "split", messages=[newest.pk]) == 303

        made = Regrouping.objects.get(kind="split").target
        clock = Clock.objects.get(conversation=made, kind="acknowledge")
        assert clock.started_at == newest.received_at
        assert self.act(client, self.asked, "split", messages=[999_999]) == 422

    def test_what_was_moved_says_over_which_page_the_answer_goes(self) -> None:
        client = at_desk(self.town.sam)
        given = {"brand": self.elsewhere.brand_id, "why": "Pennvale’s bin store"}

        assert self.act(client, self.asked, "move", **given) == 303

        assert "another brand’s page. The answer goes out there." in html(
            client, f"/c/{self.asked.pk}/"
        )
        gone = at_desk(self.town.meena)
        assert gone.get(f"/c/{self.asked.pk}/").status_code == 404

    def test_many_who_ask_the_same_each_get_a_reply_of_their_own(self) -> None:
        asks = [
            inbox_desk.comment(
                self.town.red_kite,
                name,
                f"When do the bin stores open? {name}",
                at=NOW - number * MINUTE,
            )
            for number, name in enumerate(("Ann", "Bob", "Cis"), start=2)
        ]
        client = at_desk(self.town.sam)
        first, *others = asks
        assert "2 others on this post ask the same" in html(client, f"/c/{first.pk}/")
        path = f"/c/{first.pk}/alike/"
        to = [f"{one.pk}:{one.said_revision}" for one in others]
        given = {"text": "They open on Monday at nine.", "to": to}

        assert client.post(path, {**given, "text": " ", "then": "look"}).status_code == 422
        looked = client.post(path, {**given, "then": "look"}).content.decode()
        assert "Send to 2" in looked
        assert not Delivery.objects.filter(conversation__in=asks).exists()
        client.post(path, {**given, "to": [to[1]], "then": "drafts"})
        assert Draft.objects.get().conversation_id == others[1].pk
        Conversation.objects.filter(pk=others[0].pk).update(revision=9, said_revision=9)
        stopped = client.post(path, {**given, "to": [to[0]], "then": "send"}).content.decode()
        assert "0 replies on the way" in stopped
        assert "kept as a draft there" in stopped
        given["to"] = [f"{others[0].pk}:9", to[1]]
        sent = client.post(path, {**given, "then": "send"}).content.decode()

        assert "2 replies on the way" in sent
        going = Delivery.objects.filter(conversation__in=others)
        assert {one.conversation_id for one in going} == {one.pk for one in others}
        assert {one.text for one in going} == {"They open on Monday at nine. ^Sam"}
        assert at_desk(self.town.rae).get(path).status_code == 403
        assert client.get("/c/999999/alike/").status_code == 404
