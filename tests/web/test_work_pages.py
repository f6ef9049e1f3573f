"""Work shared out, without a script: undo, labels, snooze, bulk, hand-over; each refuses too."""

from datetime import timedelta

import time_machine

from glede.desk.conversations.models import Conversation
from tests.web.test_inbox import FRAGMENT, NOW, OnATuesday, at_desk, html


class Undo(OnATuesday):
    def test_an_act_offers_its_undo_on_the_page_that_follows_and_takes_it_back(self) -> None:
        client = at_desk(self.town.sam)
        path = f"/c/{self.town.waiting.pk}/"
        answer = client.post(f"{path}resolve/", {"then": "next"})
        page = html(client, answer["Location"])
        assert "<p>Resolved.</p>" in page
        undo = f"/acts/{client.session['done']['id']}/undo/"
        assert undo in page

        answer = client.post(undo)
        assert (answer.status_code, answer["Location"]) == (303, path)
        assert Conversation.objects.get(pk=self.town.waiting.pk).state == "waiting for customer"
        assert undo not in html(client, path)

    def test_too_late_is_said_and_the_bar_is_gone(self) -> None:
        client = at_desk(self.town.sam)
        client.post(f"/c/{self.town.waiting.pk}/resolve/")
        undo = f"/acts/{client.session['done']['id']}/undo/"
        with time_machine.travel(NOW + timedelta(seconds=11), tick=False):
            assert undo not in html(client, "/")
            client.post(undo)
            assert "more than 10 seconds ago" in html(client, "/")
            assert client.post(undo, headers=FRAGMENT).status_code == 409
        assert Conversation.objects.get(pk=self.town.waiting.pk).state == "resolved"

    def test_somebody_elses_act_is_not_there(self) -> None:
        client = at_desk(self.town.sam)
        client.post(f"/c/{self.town.waiting.pk}/resolve/")
        undo = f"/acts/{client.session['done']['id']}/undo/"
        assert at_desk(self.town.priya).post(undo).status_code == 404
        assert at_desk(self.town.rae).post(undo).status_code == 403

    def test_a_script_is_told_what_changed_and_given_the_bar(self) -> None:
        client = at_desk(self.town.sam)
        path = f"/c/{self.town.dawn.pk}/"
        answer = client.post(f"{path}assign/", {"to": "nobody"}, headers=FRAGMENT)
        assert answer["HX-Reswap"] == "none"
        assert f'"ids": [{self.town.dawn.pk}]' in answer["HX-Trigger"]
        assert b"It has no owner now." in answer.content
        undo = f"/acts/{client.session['done']['id']}/undo/"
        here = {**FRAGMENT, "HX-Current-URL": f"http://testserver{path}"}
        answer = client.post(undo, headers=here)
        assert answer.status_code == 200, "what is being written stays"
        assert b"data-undo" not in answer.content
