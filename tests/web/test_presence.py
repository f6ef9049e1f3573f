"""Who is at a conversation: what a screen says, what it costs, and who may hear of it."""

from datetime import timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glede.desk.conversations.models import Conversation
from glede.desk.presence import actions
from glede.desk.presence.models import Screen
from glede.desk.presence.rules import Doing
from glede.flow import presence
from glede.kit.models import LiveEvent
from tests.web.test_inbox import NOW, OnATuesday, at_desk

SCREEN, OTHER = "0123456789ab", "ba9876543210"
GONE = timedelta(seconds=settings.GLEDE_PRESENCE_GONE_SECONDS)


def be(client: Client, conversation: Conversation, doing: str = "looking") -> Any:
    return client.post(f"/c/{conversation.pk}/here/", {"screen": SCREEN, "doing": doing})


def who(client: Client, *conversations: Conversation) -> dict[str, Any]:
    found = client.get("/here/", {"id": [one.pk for one in conversations]})
    return dict(found.json()["here"])


class TestPresence(OnATuesday):
    def test_others_see_who_looks_and_writes_until_they_leave(self) -> None:
        sam, priya, dawn = at_desk(self.town.sam), at_desk(self.town.priya), self.town.dawn
        assert be(sam, dawn).status_code == 204

        assert who(priya, dawn) == {str(dawn.pk): {"words": "Sam is looking.", "writes": False}}
        assert who(sam, dawn) == {}
        be(sam, dawn, "private")
        assert who(priya, dawn)[str(dawn.pk)]["words"] == "Sam is writing a private reply."
        be(sam, self.town.waiting)
        assert list(who(priya, dawn, self.town.waiting)) == [str(self.town.waiting.pk)]
        sam.post("/here/gone/", {"screen": SCREEN})
        assert who(priya, dawn, self.town.waiting) == {}

    def test_who_is_not_heard_of_is_gone(self) -> None:
        be(at_desk(self.town.sam), self.town.dawn)
        priya = at_desk(self.town.priya)

        with time_machine.travel(NOW + GONE - timedelta(seconds=1), tick=False):
            assert who(priya, self.town.dawn)
        with time_machine.travel(NOW + GONE, tick=False):
            assert not who(priya, self.town.dawn)
            assert actions.drop_old(now=NOW + GONE + timedelta(seconds=1)) == 1

    def test_what_one_may_not_read_says_nothing_and_takes_nothing(self) -> None:
        meena, other = at_desk(self.town.meena), self.town.most_urgent  # of another brand
        be(at_desk(self.town.sam), other)

        assert be(meena, other).status_code == 404
        assert who(meena, other) == {}
        assert who(at_desk(self.town.priya), other)
        meena.post("/here/gone/", {"screen": SCREEN})  # a screen of somebody else's
        assert Screen.objects.count() == 1

    def test_what_is_no_screen_or_no_doing_is_refused(self) -> None:
        sam = at_desk(self.town.sam)

        for wrong in ({"screen": "x", "doing": "looking"}, {"screen": SCREEN, "doing": "dancing"}):
            assert sam.post(f"/c/{self.town.dawn.pk}/here/", wrong).status_code == 400
        assert sam.post("/here/gone/", {"screen": "<b>"}).status_code == 400
        assert Client().post("/here/gone/", {"screen": SCREEN}).status_code == 302

    def test_a_beat_is_one_statement_and_a_change_one_more(self) -> None:
        def cost(doing: Doing) -> list[str]:
            with CaptureQueriesContext(connection) as asked:
                presence.be(
                    viewer=self.town.sam,
                    token=SCREEN,
                    conversation_id=self.town.dawn.pk,
                    doing=doing,
                    now=NOW,
                )
            return [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]

        assert len(cost(Doing.LOOKING)) == 2
        assert len(cost(Doing.LOOKING)) == 1
        assert len(cost(Doing.PUBLIC)) == 2
        told = LiveEvent.objects.filter(topic="presence.changed")
        assert [(one.brand, one.payload) for one in told] == [
            (self.town.dawn.brand_id, {"id": self.town.dawn.pk})
        ] * 2

    def test_two_screens_of_one_person_leave_one_by_one(self) -> None:
        dawn, sam = self.town.dawn, self.town.sam
        for token in (SCREEN, OTHER):
            presence.be(
                viewer=sam, token=token, conversation_id=dawn.pk, doing=Doing.LOOKING, now=NOW
            )
        presence.leave(viewer=sam, token=SCREEN, now=NOW)

        assert who(at_desk(self.town.priya), dawn)
