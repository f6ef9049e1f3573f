"""Moderating from the thread: what is offered to whom, what is asked, and what the thread says."""

from datetime import timedelta
from typing import Any

import time_machine

from glede.desk.conversations.models import Message
from glede.desk.moderation.models import Deed
from glede.desk.outbox.models import Delivery
from glede.flow import moderating
from glede.kit import clock
from glede.platforms.contract import Act
from glede.rulebook.people.rules import Role, Viewer
from tests import make
from tests.web.able_desk import NOW, OnAnAbleDesk
from tests.web.test_inbox import at_desk, html


def run_all() -> None:
    """Every act whose undo time is over leaves; the platform is asked within the test."""
    for deed in Deed.objects.exclude(next_try_at=None):
        leaving = moderating._leave(deed.pk, now=clock.now() + timedelta(seconds=30))
        assert leaving is not None
        moderating._settle(leaving, True, now=clock.now())


class TestAsking(OnAnAbleDesk):
    @property
    def url(self) -> str:
        return f"/c/{self.conversation.pk}/m/{self.message.pk}/"

    def ask(self, viewer: Viewer, act: str = "hide", **given: Any) -> Any:
        values = {"act": act, "reason": "abusive", "words": "", "until": ""}
        return at_desk(viewer).post(self.url, values | given)

    def test_an_advisor_hides_and_the_thread_says_so(self) -> None:
        answer = self.ask(self.able.sam)

        assert answer.status_code == 303
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Hide it: in 10 s" in page
        assert "Take it back" in page
        run_all()
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Hidden by us, 13:30." in page
        assert "Hidden by Sam, 13:30" in page
        assert "abusive, clause 6.8" in page
        assert "What it says" in page

    def test_it_is_taken_back_by_its_button(self) -> None:
        self.ask(self.able.sam)
        deed = Deed.objects.get()

        assert at_desk(self.able.sam).post(f"/deeds/{deed.pk}/take-back/").status_code == 303
        deed.refresh_from_db()
        assert deed.state == "taken back"

    def test_what_is_not_for_an_advisor_is_not_offered_and_says_why(self) -> None:
        page = html(at_desk(self.able.sam), self.url)

        assert 'value="hide"' in page
        assert 'value="delete"' not in page
        assert "<b>Delete it.</b> Clause 6.8 leaves it to those who lead." in page
        assert self.ask(self.able.sam, "delete", sure="on").status_code == 422
        assert not Deed.objects.exists()

    def test_deleting_asks_for_a_word_before(self) -> None:
        refused = self.ask(self.able.priya, "delete")
        assert refused.status_code == 422
        assert "cannot be taken back from here. Confirm" in refused.content.decode()

        assert self.ask(self.able.priya, "delete", sure="on").status_code == 303
        run_all()
        page = html(at_desk(self.able.priya), f"/c/{self.conversation.pk}/")
        assert "Removed by us, 13:30." in page
        assert "Deleted by Priya, 13:30" in page

    def test_a_reason_is_needed(self) -> None:
        answer = self.ask(self.able.sam, reason="")

        assert answer.status_code == 422
        assert not Deed.objects.exists()

    def test_what_was_written_is_kept_when_the_form_comes_back(self) -> None:
        answer = self.ask(self.able.sam, reason="", words="Swears at Meena")

        assert "Swears at Meena" in answer.content.decode()

    def test_a_reader_gets_neither_the_link_nor_the_page(self) -> None:
        page = html(at_desk(self.able.rae), f"/c/{self.conversation.pk}/")

        assert "/m/" not in page
        assert at_desk(self.able.rae).get(self.url).status_code == 403
        assert self.ask(self.able.rae).status_code == 403

    def test_a_message_of_another_conversation_is_not_found(self) -> None:
        other = self.able.asks("Hello", at=NOW, id="c-2", by="gareth")

        answer = at_desk(self.able.sam).get(f"/c/{self.conversation.pk}/m/{other.pk}/")
        assert answer.status_code == 404

    def test_an_act_of_a_brand_one_may_not_see_cannot_be_taken_back(self) -> None:
        self.ask(self.able.sam)
        elsewhere = make.brand("Pennvale", order=2)
        stranger = make.person("Olu", Role.LEAD, brand_id=elsewhere)

        answer = at_desk(stranger).post(f"/deeds/{Deed.objects.get().pk}/take-back/")
        assert answer.status_code == 404
        assert Deed.objects.get().state == "queued"

    def test_a_block_stands_in_the_list_until_its_day(self) -> None:
        answer = self.ask(self.able.priya, "block", until="2026-12-01", reason="threatening")
        assert answer.status_code == 303
        assert "Nobody is blocked" in html(at_desk(self.able.priya), "/blocks/")
        run_all()

        page = html(at_desk(self.able.priya), "/blocks/")
        assert "Until Wed 2 Dec 00:00, then it is lifted by itself." in page
        assert "threatening" in page
        assert "Lift the block" in html(at_desk(self.able.priya), self.url)

    def test_a_failed_act_says_why_and_can_be_tried_again(self) -> None:
        self.ask(self.able.sam)
        Deed.objects.update(state="failed", why="Not your comment", next_try_at=None)

        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Hide it: not done" in page
        assert "Not your comment." in page
        deed = Deed.objects.get()
        at_desk(self.able.sam).post(f"/deeds/{deed.pk}/again/")
        deed.refresh_from_db()
        assert deed.state == "retry"

    def test_what_somebody_hid_in_the_app_says_so(self) -> None:
        self.able.hears(self.able.network.moderated("c-1", Act.HIDE, at=NOW))

        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Hidden in the platform’s own app, 13:30." in page


class TestAnsweringInPrivate(OnAnAbleDesk):
    def say(self, **given: Any) -> Any:
        self.conversation.refresh_from_db()
        values = {"mode": "reply", "text": "Which flat?", "then": "", "note": ""}
        values["seen"] = str(self.conversation.revision)
        path = f"/c/{self.conversation.pk}/say/"
        return at_desk(self.able.sam).post(path, values | given)

    def test_a_reason_sends_it_in_private_and_the_line_in_public(self) -> None:
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Answer in private instead" in page

        assert self.say(where="data_protection", line="We wrote to you.").status_code == 303
        delivery = Delivery.objects.get()
        assert (delivery.private, delivery.private_because) == (True, "data_protection")
        assert delivery.public_line == "We wrote to you. ^Sam"
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Private: personal details are needed" in page

    def test_without_a_reason_it_goes_in_public(self) -> None:
        assert self.say(where="", line="We wrote to you.").status_code == 303
        delivery = Delivery.objects.get()
        assert (delivery.private, delivery.public_line) == (False, "")

    def test_a_reason_the_policy_does_not_name_is_asked_back_and_keeps_everything(self) -> None:
        answer = self.say(where="safety", line="Please look at your messages.")

        page = answer.content.decode()
        assert "moves a matter into private where personal details" in page
        assert '<option value="safety" selected>' in page
        assert "Please look at your messages." in page
        assert not Delivery.objects.exists()

    def test_where_they_wrote_last_in_private_the_reply_goes_there(self) -> None:
        Message.objects.update(private=True)

        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Send in private" in page
        assert "answer in public, without personal details" in page

    def test_an_answer_for_the_app_alone_is_a_task_with_its_link(self) -> None:
        self.say()
        Delivery.objects.update(
            state="failed",
            next_try_at=None,
            reason="They did not mention us.",
            answer_at="https://able.example/c-1",
        )

        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "Answer it in Able itself." in page
        assert page.count('href="https://able.example/c-1"') == 2
        assert "Try again" not in page
