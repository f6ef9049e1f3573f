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


def be(client: Client, conversation: Conversation, number: int, doing: str = "looking") -> Any:
    return client.post(
        f"/c/{conversation.pk}/here/", {"screen": SCREEN, "number": number, "doing": doing}
    )


def leave(client: Client, number: int) -> Any:
    return client.post("/here/gone/", {"screen": SCREEN, "number": number})


def who(client: Client, *conversations: Conversation) -> dict[str, Any]:
    found = client.get("/here/", {"id": [one.pk for one in conversations]})
    return dict(found.json()["here"])


class TestPresence(OnATuesday):
    def test_others_see_who_looks_and_writes_until_they_leave(self) -> None:
        sam, priya, dawn = at_desk(self.town.sam), at_desk(self.town.priya), self.town.dawn
        assert be(sam, dawn, 1).status_code == 204

        assert who(priya, dawn) == {str(dawn.pk): {"words": "Sam is looking.", "writes": False}}
        assert who(sam, dawn) == {}
        be(sam, dawn, 2, "private")
        assert who(priya, dawn)[str(dawn.pk)]["words"] == "Sam is writing a private reply."
        be(sam, self.town.waiting, 3)
        assert list(who(priya, dawn, self.town.waiting)) == [str(self.town.waiting.pk)]
        leave(sam, 4)
        assert who(priya, dawn, self.town.waiting) == {}

    def test_a_beat_that_its_pages_goodbye_or_a_later_beat_overtook_changes_nothing(self) -> None:
        sam, priya, dawn = at_desk(self.town.sam), at_desk(self.town.priya), self.town.dawn
        be(sam, dawn, 2, "public")

        assert be(sam, dawn, 1).status_code == 204
        assert who(priya, dawn)[str(dawn.pk)]["words"] == "Sam is writing a public reply."
        leave(sam, 4)
        be(sam, dawn, 3)
        assert who(priya, dawn) == {}
        assert LiveEvent.objects.filter(topic="presence.changed").count() == 2

        # The page comes back from the browser's memory, and counts on.
        be(sam, dawn, 5)
        leave(sam, 1)
        assert who(priya, dawn)

    def test_a_goodbye_before_the_only_beat_leaves_nobody_there(self) -> None:
        sam = at_desk(self.town.sam)
        leave(sam, 2)
        be(sam, self.town.dawn, 1)

        assert who(at_desk(self.town.priya), self.town.dawn) == {}
        assert not LiveEvent.objects.filter(topic="presence.changed").exists()
        assert actions.drop_old(now=NOW + GONE + timedelta(seconds=1)) == 1

    def test_who_is_not_heard_of_is_gone(self) -> None:
        be(at_desk(self.town.sam), self.town.dawn, 1)
        priya = at_desk(self.town.priya)

        with time_machine.travel(NOW + GONE - timedelta(seconds=1), tick=False):
            assert who(priya, self.town.dawn)
        with time_machine.travel(NOW + GONE, tick=False):
            assert not who(priya, self.town.dawn)
            assert actions.drop_old(now=NOW + GONE + timedelta(seconds=1)) == 1

    def test_what_one_may_not_read_says_nothing_and_takes_nothing(self) -> None:
        meena, other = at_desk(self.town.meena), self.town.most_urgent  # of another brand
        be(at_desk(self.town.sam), other, 1)

        assert be(meena, other, 1).status_code == 404
        assert who(meena, other) == {}
        assert who(at_desk(self.town.priya), other)
        leave(meena, 2)  # a screen of somebody else's
        assert who(at_desk(self.town.priya), other)

    def test_what_is_no_screen_or_no_doing_is_refused(self) -> None:
        sam = at_desk(self.town.sam)

        right = {"screen": SCREEN, "number": 1, "doing": "looking"}
        for wrong in ({"screen": "x"}, {"doing": "dancing"}, {"number": 0}, {"number": 10**20}):
            refused = sam.post(f"/c/{self.town.dawn.pk}/here/", right | wrong)
            assert refused.status_code == 400
        assert sam.post("/here/gone/", {"screen": "<b>", "number": 1}).status_code == 400
        assert leave(Client(), 1).status_code == 302
        assert not Screen.objects.exists()

    def test_a_beat_is_one_statement_and_a_change_one_more(self) -> None:
        def cost(number: int, doing: Doing) -> list[str]:
            with CaptureQueriesContext(connection) as asked:
                presence.be(
                    viewer=self.town.sam,
                    token=SCREEN,
                    number=number,
                    conversation_id=self.town.dawn.pk,
                    doing=doing,
                    now=NOW,
                )
            return [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]

        assert len(cost(1, Doing.LOOKING)) == 2
        assert len(cost(2, Doing.LOOKING)) == 1
        assert len(cost(3, Doing.PUBLIC)) == 2
        told = LiveEvent.objects.filter(topic="presence.changed")
        assert [(one.brand, one.payload) for one in told] == [
            (self.town.dawn.brand_id, {"id": self.town.dawn.pk})
        ] * 2

    def test_two_screens_of_one_person_leave_one_by_one(self) -> None:
        dawn, sam = self.town.dawn, self.town.sam
        for token in (SCREEN, OTHER):
            presence.be(
                viewer=sam,
                token=token,
                number=1,
                conversation_id=dawn.pk,
                doing=Doing.LOOKING,
                now=NOW,
            )
        presence.leave(viewer=sam, token=SCREEN, number=2, now=NOW)

        assert who(at_desk(self.town.priya), dawn)
