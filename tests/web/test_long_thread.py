"""A thread of thousands: a window of it at a constant cost, and ways to everything else."""

import re
from datetime import timedelta

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Conversation, Message, MessageVersion
from glede.desk.conversations.rules import Direction
from tests.web import inbox_desk, long_thread
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html

YESTERDAY = NOW - timedelta(days=1)
#: Of the whole page of a public conversation, its list included.
MOST_QUESTIONS = 20


def shown(page: str) -> list[int]:
    """The numbers in “Words 7.”, in the order in which they stand in the thread."""
    return [int(one) for one in re.findall(r"Words (\d+)\.", page)]


def link(page: str, words: str) -> str:
    found = re.search(rf'href="([^"]*)"[^>]*>(?:<svg[^>]*>.*?</svg> )?{words}', page)
    assert found, words
    return found[1].replace("&amp;", "&")


@override_settings(GLEDE_THREAD_SHOWN=20)
class TestLongThread(OnATuesday):
    def setUp(self) -> None:
        super().setUp()
        self.client = at_desk(self.town.sam)
        self.long = Conversation.objects.get(name="Sophie Kendrick")

    def test_the_newest_are_shown_and_the_rest_is_reached_in_both_directions(self) -> None:
        long_thread.write(self.long, 70, until=YESTERDAY)
        newest = html(self.client, f"/c/{self.long.pk}/?view=all")

        assert shown(newest) == list(range(51, 70))  # and what opened the conversation
        assert 'data-more="/c' in newest
        assert 'id="later"' not in newest.partition("<template")[0]
        older = html(self.client, link(newest, "Earlier messages"))
        assert shown(older) == list(range(31, 51))
        assert shown(html(self.client, link(older, "Later messages"))) == list(range(51, 70))
        oldest = html(self.client, link(html(self.client, link(older, "Earlier")), "Earlier"))
        assert shown(oldest) == list(range(11))
        assert 'id="earlier"' not in oldest.partition("<template")[0]
        assert shown(html(self.client, link(oldest, "To the newest"))) == list(range(51, 70))

    def test_a_link_to_a_message_shows_it_with_what_stands_around_it(self) -> None:
        made = long_thread.write(self.long, 70, until=YESTERDAY)

        around = html(self.client, f"/c/{self.long.pk}/?at={made[30].pk}")

        assert shown(around) == list(range(20, 40))
        assert f'data-at="m{made[30].pk}"' in around
        assert "Earlier messages" in around
        assert "Later messages" in around
        for wrong in (self.town.dawn.messages.all()[0].pk, "999999999999", "x", "²"):
            page = html(self.client, f"/c/{self.long.pk}/?at={wrong}")
            assert shown(page) == list(range(51, 70))
            assert "data-at" not in page

    def test_the_first_unanswered_has_a_link_wherever_it_stands(self) -> None:
        made = long_thread.write(self.long, 70, until=YESTERDAY, waiting=40)

        newest = html(self.client, f"/c/{self.long.pk}/")

        there = link(newest, "First unanswered")
        assert there.endswith(f"?at={made[30].pk}#m{made[30].pk}")
        assert "Waiting for an answer" not in newest
        found = html(self.client, there.partition("#")[0])
        assert found.count("Waiting for an answer") == 1
        # Everything below it waits too, and is marked so, in whichever window it stands.
        assert newest.count(' focus" id="m') == 20

    def test_it_costs_as_many_questions_for_five_thousand_as_for_a_few(self) -> None:
        short = Conversation.objects.get(name="Callum Frith")
        long_thread.write(short, 25, until=YESTERDAY, waiting=25)
        made = long_thread.write(self.long, 5_000, until=YESTERDAY, waiting=3_000)
        html(self.client, "/")  # activity of the session is noted once a minute

        def asked(path: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                html(self.client, path)
            return len(queries)

        few = asked(f"/c/{short.pk}/")
        assert few <= MOST_QUESTIONS
        assert asked(f"/c/{self.long.pk}/") == few
        assert asked(f"/c/{self.long.pk}/?earlier={made[2_500].pk}") <= few + 1
        assert asked(f"/c/{self.long.pk}/?at={made[2_500].pk}") <= few + 2

    def test_what_came_since_one_looked_begins_under_a_line(self) -> None:
        rae, dawn = at_desk(self.town.rae), self.town.dawn
        page = html(rae, f"/c/{dawn.pk}/")
        assert "New since you last looked" not in page  # she never looked: all of it is new
        inbox_desk.comment(
            self.town.red_kite, "Dawn Petherick", "Hello?", at=NOW - timedelta(minutes=1)
        )
        dawn.refresh_from_db()
        seen = {"revision": dawn.revision, "at": (NOW - timedelta(minutes=5)).isoformat()}
        assert rae.post(f"/c/{dawn.pk}/read/", seen).status_code == 204

        page = html(rae, f"/c/{dawn.pk}/")

        line = page.index("New since you last looked, 13:25")
        assert page.index("told you twice") < line < page.index("Hello?</p>")
        later = (NOW + timedelta(hours=1)).isoformat()  # nobody looked in the future
        rae.post(f"/c/{dawn.pk}/read/", {"revision": dawn.revision, "at": later})
        assert dawn.reading_set.get(person_id=self.town.rae.id).at == NOW
        assert "New since you last looked" not in html(rae, f"/c/{dawn.pk}/")
        assert rae.post(f"/c/{dawn.pk}/read/", seen | {"at": "soon"}).status_code == 400

    def test_a_late_word_of_an_old_screen_never_makes_it_unread_again(self) -> None:
        at = {"conversation_id": self.town.dawn.pk, "person_id": self.town.sam.id}
        conversations.read(**at, revision=4, now=NOW)
        conversations.read(**at, revision=2, now=NOW - timedelta(hours=1))

        kept = self.town.dawn.reading_set.get(person_id=self.town.sam.id)
        assert (kept.revision, kept.at) == (4, NOW)

    def test_neighbours_are_folded_where_they_are_many_and_answers_name_what_they_answer(
        self,
    ) -> None:
        page = html(self.client, f"/c/{self.town.dawn.pk}/")
        assert "2 comments beside it by Gareth Olusanya and Marek Wolny" in page
        assert re.search(r'<details class="tree" [^>]* open>', page)
        for number, name in enumerate(("Ann", "Bea", "Cid", "Dot")):
            at = NOW - timedelta(minutes=30 - number)
            inbox_desk.comment(self.town.red_kite, name, "Us too", at=at)

        page = html(self.client, f"/c/{self.town.dawn.pk}/")

        assert "4 comments beside it by Ann, Bea and 2 others" in page
        assert len(re.findall(r'<details class="tree" [^>]* open>', page)) == 1

    def test_the_post_under_discussion_is_quoted_and_not_told_again_as_a_comment(self) -> None:
        thread = self.town.dawn.thread
        assert thread.subject is not None
        ours = Message.objects.create(
            thread=thread,
            platform=self.town.dawn.platform,
            native_id=thread.subject.native_id,
            direction=Direction.OUT,
            kind="post",
            received_at=thread.opened_at,
            ingested_at=thread.opened_at,
        )
        MessageVersion.objects.create(
            message=ours, number=1, text=thread.subject.text, at=thread.opened_at
        )

        page = html(self.client, f"/c/{self.town.dawn.pk}/")

        assert page.count(escape(thread.subject.text)) == 1
