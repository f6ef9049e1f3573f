"""The wall: figures that open their rows, of one's own brands, and no resident's name or words."""

import re
from urllib.parse import unquote

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glede.desk.alerts.models import Call
from glede.desk.conversations.models import Conversation
from glede.desk.views import rules
from tests.web.test_inbox import OnATuesday, at_desk, html


class TestWall(OnATuesday):
    def test_it_counts_what_is_late_and_near_and_says_where(self) -> None:
        page = html(at_desk(self.town.sam), "/wall/")

        late = Conversation.objects.filter(due_at__lt=self.town.now).count()
        assert late > 0
        assert f'Late</span><span class="fig">{late}</span>' in page
        assert "longest" in page
        assert 'href="/?q=brand%3Ared-kite"' in page
        assert 'href="/?q=platform%3Abluesky"' in page
        assert "Nobody is on duty" in page
        for query in re.findall(r'class="tile [^"]*" href="/\?q=([^"]+)"', page):
            assert not rules.read(unquote(query)).problems, query

    def test_residents_and_their_words_are_not_on_it(self) -> None:
        page = html(at_desk(self.town.sam), "/wall/")

        for one in Conversation.objects.all():
            assert one.name not in page
            assert one.words[:25] not in page

    def test_it_says_what_everybody_was_told_of_and_nobody_took(self) -> None:
        asked = self.town.asks("Ann", "Is the office open?", at=self.town.now)
        Call.objects.filter(conversation_id=asked.pk).update(
            unheard_at=self.town.now, kind="urgent"
        )

        page = html(at_desk(self.town.sam), "/wall/")

        assert "Everybody was told, and nobody has it" in page
        assert f'<a href="/c/{asked.pk}/">Red Kite: words that call for a person at once' in page
        assert Client().get("/health/").json()["alerts_nobody_took"] == 1
        Call.objects.filter(conversation_id=asked.pk).update(taken_at=self.town.now)
        assert "nobody has it" not in html(at_desk(self.town.sam), "/wall/")

    def test_it_knows_only_the_brands_one_reads(self) -> None:
        page = html(at_desk(self.town.meena), "/wall/")

        assert "Red Kite" in page
        assert "Pennvale" not in page

    def test_a_script_gets_the_figures_alone(self) -> None:
        answer = at_desk(self.town.sam).get("/wall/", headers={"HX-Request": "true"})

        assert answer.content.strip().startswith(b'<div id="wall"')

    def test_whoever_may_not_read_conversations_is_refused(self) -> None:
        assert Client().get("/wall/").status_code == 302

    def test_more_conversations_cost_no_more_queries(self) -> None:
        desk = at_desk(self.town.sam)
        desk.get("/wall/")
        with CaptureQueriesContext(connection) as few:
            desk.get("/wall/")
        for number in range(6):
            self.town.asks(f"Ann {number}", "Is the office open?", at=self.town.now)

        with CaptureQueriesContext(connection) as more:
            desk.get("/wall/")

        assert len(more) == len(few)
