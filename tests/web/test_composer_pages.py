"""The composer over the wire: drafts of two windows, and what comes back when it is undone."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

import time_machine
from django.test import Client, TestCase

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.desk.replies import queries as drafts
from tests.web import inbox_desk
from tests.web.test_inbox import at_desk

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def composer(client: Client, conversation: Conversation) -> str:
    page = client.get(f"/c/{conversation.pk}/").content.decode()
    return page.partition('id="composer"')[2]


class TestDrafts(TestCase):
    town: ClassVar[inbox_desk.Town]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = inbox_desk.tuesday(NOW)

    def setUp(self) -> None:
        self.time = time_machine.travel(NOW, tick=True)
        self.time.start()
        self.addCleanup(self.time.stop)
        self.sam = at_desk(self.town.sam)

    def keep(self, text: str, *, tab: str, base: str = "") -> tuple[int, dict[str, Any]]:
        answer = self.sam.post(
            f"/c/{self.town.dawn.pk}/draft/",
            {"mode": "reply", "text": text, "tab": tab, "base": base},
        )
        return answer.status_code, json.loads(answer.content)

    def kept(self) -> str:
        return drafts.draft(conversation_id=self.town.dawn.pk, person_id=self.town.sam.id)

    def test_a_window_goes_on_with_its_own_draft_and_never_over_anothers(self) -> None:
        _, first = self.keep("One", tab="a")
        # Its own saves may overtake each other: it is not told of itself.
        assert self.keep("One two", tab="a", base="")[0] == 200

        status, found = self.keep("Other", tab="b", base=first["base"])
        assert (status, found["text"]) == (409, "One two")
        assert "In another window you wrote something else here" in found["says"]
        assert self.kept() == "One two"

        assert self.keep("Other", tab="b", base=found["base"])[0] == 200
        assert self.kept() == "Other"

    def test_a_late_save_does_not_bring_back_what_another_window_emptied(self) -> None:
        _, first = self.keep("One", tab="a")
        assert self.keep("", tab="b", base=first["base"]) == (200, {"base": "", "text": ""})

        status, found = self.keep("One more", tab="a", base=first["base"])

        assert (status, found["text"]) == (409, "")
        assert "sent or emptied" in found["says"]
        assert self.kept() == ""

    def test_a_base_that_is_no_time_is_taken_for_none(self) -> None:
        assert self.keep("One", tab="a", base="yesterday")[0] == 200

    def test_a_private_answer_taken_back_comes_back_as_a_private_one(self) -> None:
        question = self.town.asks("Nora New", "Where is my rent card?", at=NOW)
        self.sam.post(
            f"/c/{question.pk}/say/",
            {"mode": "reply", "text": "Your balance is nil.", "seen": "99", "where": ""},
        )
        delivery = Delivery.objects.get(conversation=question)
        Delivery.objects.filter(pk=delivery.pk).update(
            private_because="complex", public_line="We have written to you. ^Sam"
        )

        self.sam.post(f"/sending/{delivery.pk}/take-back/")

        kept = drafts.drafts(conversation_id=question.pk, person_id=self.town.sam.id)["reply"]
        assert (kept.text, kept.where) == ("Your balance is nil.", "complex")
        assert kept.line == "We have written to you."
