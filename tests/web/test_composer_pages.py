"""The composer over the wire: drafts of two windows, and what comes back when it is undone."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import time_machine
from django.http import HttpResponse
from django.test import Client, TestCase

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.desk.replies import queries as drafts
from glede.desk.replies import queries_closing
from glede.flow import confirm
from glede.platforms.contract import Receipt
from glede.rulebook.audit.models import Entry
from tests.web import inbox_desk
from tests.web.able_desk import OnAnAbleDesk
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

    # --- Checks ------------------------------------------------------------------------------

    def say(self, text: str, **more: Any) -> tuple[int, str]:
        given = {"mode": "reply", "text": text, "seen": "99", "then": ""}
        answer = self.sam.post(f"/c/{self.town.dawn.pk}/say/", given | more)
        return answer.status_code, answer.content.decode()

    def test_personal_details_in_public_are_stopped_marked_and_wait_with_a_reason(self) -> None:
        words = "Ring Mo on 07700 900123 about it"

        status, page = self.say(words)

        assert status == 422
        assert "A telephone number in a reply that anybody can read." in page
        assert ">07700 900123</mark>" in page
        assert f"{words}</textarea>" in page
        (token,) = re.findall(r'name="confirmed" value="(personal-phone:[0-9a-f]+)"', page)
        assert self.say(words, confirmed=token)[0] == 422, "a reason is wanted"
        reason = "it says nothing about a person"
        again = f"{words}, or 07700 900124"
        assert self.say(again, confirmed=token, anyway=reason)[0] == 422, "another number"
        assert not Delivery.objects.filter(conversation=self.town.dawn).exists()

        assert self.say(words, confirmed=token, anyway=reason)[0] == 303
        assert Delivery.objects.get(conversation=self.town.dawn).state == "waiting for a yes"
        entry = Entry.objects.get(verb="reply:second:asked")
        assert (entry.clause, entry.details["because"]) == ("5.4", reason)
        assert entry.details["found"] == "personal-phone"
        assert "07700" not in str(entry.details)

    def test_another_brands_name_is_asked_back_once(self) -> None:
        status, page = self.say("Pennvale sees to it.")
        assert status == 422
        assert "This speaks as Red Kite, and that is Pennvale’s." in page
        (token,) = set(re.findall(r'value="(wrong-brand:[0-9a-f]+)"', page))

        assert self.say("Pennvale sees to it.", confirmed=token)[0] == 303

    def test_what_stands_in_the_box_is_looked_at_while_it_is_written(self) -> None:
        url = f"/c/{self.town.dawn.pk}/check/"

        found = self.sam.post(url, {"text": "PLEASE RING 07700 900123 AGAIN"}).content.decode()
        assert ">07700 900123</mark>" in found
        assert 'id="anyway"' in found
        assert self.sam.post(url, {"text": "A roofer comes."}).content.decode().strip() == ""
        private = self.sam.post(url, {"text": "07700 900123", "where": "complex",
                                      "line": "Ring 07700 900123"}).content.decode()  # fmt: skip
        assert private.count("<mark ") == 1, "in the public line alone"
        assert at_desk(self.town.rae).post(url, {"text": "x"}).status_code == 403
        pennvale = Conversation.objects.filter(brand__slug="pennvale").first()
        assert pennvale is not None
        mina = at_desk(self.town.meena)
        assert mina.post(f"/c/{pennvale.pk}/check/", {"text": "x"}).status_code == 404


class TestLimits(OnAnAbleDesk):
    def test_what_the_platform_takes_and_until_when_is_said_before_it_bites(self) -> None:
        sam = at_desk(self.able.sam)

        assert "Able: a private answer closes in " in composer(sam, self.conversation)
        self.able.asks("In private", id="m-1", thread="dm-1", by="mo", private=True)
        chat = Conversation.objects.get(messages__native_id="m-1")
        assert "Able: this private chat closes in " in composer(sam, chat)
        with time_machine.travel(NOW + timedelta(days=8), tick=False):
            page = composer(at_desk(self.able.sam), chat)
        assert "The platform lets us answer in private for" in page
        assert 'class="soon"' in page


class TestClosingLine(OnAnAbleDesk):
    """What a person is asked once a public matter was settled in private."""

    def setUp(self) -> None:
        super().setUp()
        self.sam = at_desk(self.able.sam)
        self.url = f"/c/{self.conversation.pk}/closing/"
        answer = self.sam.post(
            f"/c/{self.conversation.pk}/say/",
            {"mode": "reply", "then": "resolve", "text": "Your flat is next.", "where": "complex",
             "seen": str(self.conversation.revision), "line": "We have written to you."},
        )  # fmt: skip
        assert answer.status_code == 303
        delivery = Delivery.objects.get()
        Delivery.objects.filter(pk=delivery.pk).update(state="sending")
        confirm.sent(delivery_id=delivery.pk, receipt=Receipt("a-1", NOW, ""), now=NOW)
        self.asked = queries_closing.asked(
            conversation_id=self.conversation.pk, person_id=self.able.sam.id
        )[0]

    def post(self, client: Client | None = None, **given: str) -> HttpResponse:
        known = {"closing": str(self.asked.id), "line": "It is settled.", "seen": "99"}
        return (client or self.sam).post(self.url, known | given)  # type: ignore[return-value] # Django's client

    def test_it_is_asked_for_here_and_named_elsewhere_until_it_is_seen_to(self) -> None:
        here = composer(self.sam, self.conversation)
        assert "It began in public and was settled in private." in here
        assert "We have settled this with you in private." in here
        other = self.able.asks("Any news?", id="c-2", by="mo", thread="t-2").conversation
        assert other is not None
        assert "was settled in private.</b> Nothing says so" in composer(self.sam, other)

        assert self.post(do="decline").status_code == 422
        answer = self.post(do="decline", why="they asked us not to")
        assert f"declined={self.asked.id}" in answer.headers["Location"]
        page = self.sam.get(answer.headers["Location"]).content.decode()
        assert "Your reason is recorded." in page
        assert "closing-form" not in page
        self.post(do="undo")
        assert "closing-form" in composer(self.sam, self.conversation)

    def test_what_the_guard_stops_keeps_its_words_and_what_is_sent_is_public(self) -> None:
        answer = self.post(do="send", line="Ring {{phone}}.")
        assert answer.status_code == 422
        assert "Ring {{phone}}.</textarea>" in answer.content.decode()
        page = self.post(do="send", line="Ring 07700 900123.").content.decode()
        assert "A telephone number in a reply" in page
        assert 'id="closing-anyway"' in page
        assert self.post(do="send").status_code == 303
        line = Delivery.objects.get(text="It is settled. ^Sam")
        assert (line.private, line.clause) == (False, "6.3")
        # Somebody else was quicker: said in a sentence, done once.
        assert self.post(do="send").status_code == 303
        assert Delivery.objects.filter(text="It is settled. ^Sam").count() == 1

    def test_who_may_not_reply_closes_nothing(self) -> None:
        assert self.post(at_desk(self.able.rae), do="send").status_code == 403
        other = self.able.asks("Any news?", id="c-2", by="mo", thread="t-2").conversation
        assert other is not None
        assert self.sam.post(
            f"/c/{other.pk}/closing/",
            {"closing": str(self.asked.id), "do": "send", "line": "Not theirs."},
        ).status_code == 303  # fmt: skip
        assert not Delivery.objects.filter(conversation=other).exists()
