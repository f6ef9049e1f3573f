"""The inbox answers without a script: what stands in it, for whom, and what every act does."""

import gzip
import re
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from glede.desk.conversations.models import Conversation, Label, Message, Reading
from glede.desk.outbox.models import Delivery
from glede.desk.replies import queries as drafts
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.rules import Viewer
from tests.web import inbox_desk
from tests.web.inbox_desk import Town

#: Tuesday 24 November 2026, 13:30 in London: in working hours.
NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#chosen"}


class OnATuesday(TestCase):
    """Made once for a class; every test sees it untouched."""

    town: ClassVar[Town]

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            cls.town = inbox_desk.tuesday(NOW)

    def setUp(self) -> None:
        travel = time_machine.travel(NOW, tick=False)
        travel.start()
        self.addCleanup(travel.stop)


def at_desk(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def html(client: Client, path: str, **more: Any) -> str:
    answer = client.get(path, **more)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def names(page: str) -> list[str]:
    """The names in the list, in its order, without the word “Unread.”"""
    found = re.findall(r'<a class="to"[^>]*>(.*?)</a>', page)
    return [re.sub(r"<span.*?</span>", "", one) for one in found]


def copied(of: Conversation, times: int) -> None:
    """The same row of the list many times over: cheaper than as many people writing."""
    of.refresh_from_db()
    rows = []
    for number in range(times):
        row = copy(of)
        row.pk, row.name = None, f"{of.name} {number:02}"
        rows.append(row)
    Conversation.objects.bulk_create(rows)


def say(client: Client, conversation: Conversation, **given: Any) -> Any:
    conversation.refresh_from_db()
    values = {"mode": "reply", "text": "A roofer comes tomorrow.", "then": "", "note": ""}
    values["seen"] = str(conversation.revision)
    return client.post(f"/c/{conversation.pk}/say/", values | given)


class TestList(OnATuesday):
    def test_the_list_is_in_the_order_of_time_left_under_headings(self) -> None:
        page = html(at_desk(self.town.sam), "/")

        assert names(page)[:4] == [
            "Kerry-Ann Dobbs",
            "Maureen Tilley",
            "Callum Frith",
            "Aisha Rahmani",
        ]
        assert names(page)[-1] == "Ola Fashanu"
        headings = re.findall(r'<h2 id="g-[^"]*">([^<]+) <span class="n">(\d+)', page)
        assert headings == [
            ("Late", "1"),
            ("Due in 1 h", "3"),
            ("Today", "8"),
        ]

    def test_a_row_says_time_left_and_due_time_in_words(self) -> None:
        page = html(at_desk(self.town.sam), "/")

        assert "<b>Late 25 min</b>" in page
        assert "<b>11 min left</b>" in page
        assert " · 15:40</span>" in page

    def test_the_first_page_takes_at_most_six_queries_however_much_there_is(self) -> None:
        client = at_desk(self.town.sam)
        html(client, "/")  # activity of the session is noted once a minute

        with CaptureQueriesContext(connection) as few:
            html(client, "/")
        for number in range(30):
            inbox_desk.comment(
                self.town.red_kite, f"Person {number}", "Hello", at=NOW - timedelta(seconds=number)
            )
        with CaptureQueriesContext(connection) as many:
            html(client, "/")

        assert len(many) == len(few) <= 6, "\n".join(one["sql"][:160] for one in many)

    def test_an_advisor_of_one_brand_sees_that_brand_alone(self) -> None:
        page = html(at_desk(self.town.meena), "/")

        assert "Dawn Petherick" in names(page)
        assert not {"Kerry-Ann Dobbs", "Callum Frith", "Philip Wainwright"} & set(names(page))
        assert "Pennvale" not in page

    def test_views_and_filters_narrow_the_list(self) -> None:
        client = at_desk(self.town.sam)

        # Ola was answered by him: whoever answers what nobody has, has it.
        assert names(html(client, "/?q=owner:me")) == ["Dawn Petherick", "Ola Fashanu"]
        assert "Kerry-Ann Dobbs" not in names(html(client, "/?q=owner:none"))
        assert names(html(client, "/?q=brand:pennvale")) == [
            "Jean and Tony Marsh",
            "Philip Wainwright",
        ]
        both = "/?q=platform:website+brand:red-kite"
        assert names(html(client, both)) == ["Sophie Kendrick"]
        assert names(html(client, "/?q=-is:late+owner:priya")) == []
        assert names(html(client, "/?q=is:late")) == ["Kerry-Ann Dobbs"]
        assert names(html(client, "/?q=%22roses+again%22")) == ["Philip Wainwright"]
        assert names(html(client, "/?q=state:waiting-for-customer")) == ["Ola Fashanu"]
        assert names(html(client, "/?q=due:%3C20m"))[-1] == "Maureen Tilley"

    def test_an_address_of_before_the_line_of_words_leads_to_what_it_meant(self) -> None:
        client = at_desk(self.town.sam)

        for older, now in {
            "/?view=mine": "/?q=owner%3Ame",
            "/?view=no-owner&brand=red-kite": "/?q=owner%3Anone+brand%3Ared-kite",
            "/?brand=pennvale&q=roses": "/?q=roses+brand%3Apennvale",
            "/?platform=website": "/?q=platform%3Awebsite",
            "/?view=all": "/",
            "/?view=://x&brand=%22": "/",
        }.items():
            answer = client.get(older)
            assert (answer.status_code, answer["Location"]) == (302, now), older

    def test_a_row_says_in_words_whose_its_words_are(self) -> None:
        waiting = self.town.waiting

        def words_for(viewer: Viewer) -> str:
            page = html(at_desk(viewer), "/")
            row = page.partition(f'id="row-{waiting.pk}"')[2].partition('<div class="about">')[0]
            return strip_tags(row.partition('<div class="words">')[2]).strip()

        question = "Which road is the street light on, please?"
        assert words_for(self.town.sam).startswith(f"You: {question}")
        assert words_for(self.town.priya).startswith(f"Sam: {question}")
        Conversation.objects.filter(pk=waiting.pk).update(words_person=None)
        assert words_for(self.town.priya).startswith(f"Red Kite: {question}")
        inbox_desk.comment(self.town.red_kite, "Ola Fashanu", "Mill Lane", at=NOW)
        assert words_for(self.town.sam) == "Mill Lane"

    def test_what_is_not_understood_shows_nothing_and_says_what_would_be(self) -> None:
        page = html(at_desk(self.town.sam), "/?q=brand:penvale+is:late")

        assert names(page) == []
        assert "There is no brand “penvale”." in page
        assert 'href="/?q=brand%3Apennvale+is%3Alate"' in page
        assert 'value="brand:penvale is:late"' in page  # what was typed is still there

    def test_somebody_elses_brand_is_no_word(self) -> None:
        page = html(at_desk(self.town.meena), "/?q=brand:pennvale")

        assert names(page) == []
        assert "There is no brand “pennvale”." in page

    def test_every_filter_is_a_chip_that_a_link_takes_away(self) -> None:
        page = html(at_desk(self.town.sam), "/?q=brand:pennvale+-is:late&order=newest")

        assert 'href="/?q=-is%3Alate&amp;order=newest" aria-label="Without Pennvale"' in page
        assert 'href="/?q=brand%3Apennvale&amp;order=newest" aria-label="Without Not late"' in page
        assert 'href="/?q=brand%3Apennvale+-is%3Alate" aria-label="Without Newest words' in page
        assert "Without" not in html(at_desk(self.town.sam), "/?q=owner:me")  # the tab says it

    def test_the_list_goes_by_what_was_said_last_when_asked(self) -> None:
        client = at_desk(self.town.sam)
        newest, oldest = (names(html(client, f"/?order={one}")) for one in ("newest", "oldest"))

        assert newest[0] == "Philip Wainwright"
        assert newest == oldest[::-1]

    def test_headings_count_everything_under_them_and_not_the_page(self) -> None:
        copied(self.town.waiting, 70)
        page = html(at_desk(self.town.sam), "/")

        assert len(names(page)) == 50
        assert re.findall(r'id="g-today">Today <span class="n">(\d+)', page) == ["78"]

    def test_a_row_says_its_language_and_its_labels(self) -> None:
        label = Label.objects.create(name="Repairs", created_at=NOW)
        Conversation.objects.filter(pk=self.town.dawn.pk).update(labels=[label.pk], language="cy")
        client = at_desk(self.town.sam)
        page = html(client, "/?q=label:repairs+lang:cy")

        assert names(page) == ["Dawn Petherick"]
        assert "Welsh" in page
        assert '<span class="tag">Repairs</span>' in page
        assert names(html(client, "/?q=lang:cy+-label:repairs")) == []

    def test_a_page_and_a_live_update_are_small(self) -> None:
        copied(self.town.dawn, 60)
        client = at_desk(self.town.sam)

        assert len(gzip.compress(html(client, "/").encode())) < 60_000
        update = html(client, f"/rows/?id={self.town.dawn.pk}", headers=FRAGMENT)
        assert names(update) == ["Dawn Petherick"]
        assert len(gzip.compress(update.encode())) < 4_000

    def test_pages_go_on_where_the_last_one_ended_and_back(self) -> None:
        copied(self.town.dawn, 110)
        client = at_desk(self.town.sam)
        first = html(client, "/")
        pages = [first]
        while found := re.search(r'href="([^"]+)">More, later in time', pages[-1]):
            pages.append(html(client, found[1].replace("&amp;", "&")))
        every = [name for page in pages for name in names(page)]

        assert len(pages) == 3
        assert len(every) == len(set(every)) == 122
        back = re.search(r'href="([^"]+)">Nearer their due time', pages[2])
        assert back
        assert names(html(client, back[1].replace("&amp;", "&"))) == names(pages[1])

    def test_an_address_that_makes_no_sense_shows_the_top(self) -> None:
        client = at_desk(self.town.sam)

        top = names(html(client, "/"))
        for strange in ("after=x", "after=-.x", "before=9.9.9", "order=%00", "after=" + "9" * 40):
            assert names(html(client, f"/?{strange}")) == top

    def test_with_nothing_open_the_list_says_so(self) -> None:
        Conversation.objects.update(state="closed", due_at=None)

        assert "Nothing is waiting" in html(at_desk(self.town.sam), "/")


class TestConversation(OnATuesday):
    def test_a_conversation_shows_its_words_its_edits_and_what_stands_around_it(self) -> None:
        page = html(at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/")

        assert "Is anyone going to look at the leak" in page
        assert "Edited 11:52, see what changed" in page
        assert "ceiling<ins> since Sunday</ins>, I’ve" in page
        assert "<b>Described by its author:</b> Ceiling of a stairwell" in page
        assert "Same on the second floor" in page
        assert "deleted this at 12:20" in page
        assert "Typical." not in page
        assert "On our post" in page
        assert "Internal note, never sent" in page

    def test_the_sum_names_the_source_of_every_figure(self) -> None:
        page = html(at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/")

        assert "Bluesky’s time, Tue 24 Nov" in page
        assert "Red Kite, 09:00 to 17:30" in page
        assert '#c-6.5">Clause 6.5</a>, policy v1, written' in page
        assert "+ 4 h 00" in page
        assert "50 % at 13:40" in page

    def test_a_message_that_reached_us_late_says_so(self) -> None:
        lewis = Conversation.objects.get(name="Lewis Abara")

        assert "reached us 13:10, 39 min later" in html(at_desk(self.town.sam), f"/c/{lewis.pk}/")

    def test_a_brand_that_is_not_yours_is_not_there(self) -> None:
        client = at_desk(self.town.meena)
        other = self.town.most_urgent.pk
        sent = Delivery.objects.create(
            key="k",
            conversation=self.town.most_urgent,
            thread=self.town.most_urgent.thread,
            account=self.town.most_urgent.account,
            person_id=self.town.priya.id,
            text="Soon.",
            state="queued",
            queued_at=NOW,
            release_at=NOW + timedelta(seconds=10),
        )

        for path in ("", "live/", "why/"):
            assert client.get(f"/c/{other}/{path}").status_code == 404
        for path in ("say/", "draft/", "read/", "assign/", "resolve/", "reopen/"):
            assert client.post(f"/c/{other}/{path}", {"to": "me"}).status_code == 404
        for path in ("take-back/", "again/"):
            assert client.post(f"/sending/{sent.pk}/{path}").status_code == 404
        assert f'id="row-{other}"' not in html(client, f"/rows/?id={other}")
        assert client.get("/c/999999/").status_code == 404

    def test_looking_changes_nothing(self) -> None:
        client = at_desk(self.town.sam)
        before = (Entry.objects.count(), Reading.objects.count(), Message.objects.count())

        for path in ("", "live/", "why/"):
            client.get(f"/c/{self.town.dawn.pk}/{path}", headers=FRAGMENT)
        client.get("/")
        client.get(f"/rows/?id={self.town.dawn.pk}")

        assert (Entry.objects.count(), Reading.objects.count(), Message.objects.count()) == before
        for path in ("say", "draft", "read", "assign", "resolve", "reopen"):
            assert client.get(f"/c/{self.town.dawn.pk}/{path}/").status_code == 405

    def test_a_fragment_is_the_conversation_without_the_list_and_has_an_address(self) -> None:
        answer = at_desk(self.town.sam).get(
            f"/c/{self.town.dawn.pk}/?q=owner%3Ame", headers=FRAGMENT
        )
        page = answer.content.decode()

        assert "<html" not in page
        assert names(page) == []
        assert 'id="main"' in page
        assert 'hx-swap-oob="true"' in page
        assert answer["HX-Push-Url"] == f"/c/{self.town.dawn.pk}/?q=owner%3Ame"


class TestActs(OnATuesday):
    def test_a_reply_is_queued_with_the_sign_off_and_can_be_taken_back(self) -> None:
        client = at_desk(self.town.sam)

        answer = say(client, self.town.dawn)

        assert (answer.status_code, answer["Location"]) == (303, f"/c/{self.town.dawn.pk}/#latest")
        delivery = Delivery.objects.get(conversation=self.town.dawn)
        assert delivery.text == "A roofer comes tomorrow. ^Sam"
        assert "Going out in 10 s" in html(client, f"/c/{self.town.dawn.pk}/")

        answer = client.post(f"/sending/{delivery.pk}/take-back/")

        assert answer.status_code == 303
        delivery.refresh_from_db()
        assert delivery.state == "taken back"
        assert ">A roofer comes tomorrow.</textarea>" in html(client, f"/c/{self.town.dawn.pk}/")

    def test_send_and_next_opens_the_next_and_keeps_undo_at_hand(self) -> None:
        client = at_desk(self.town.sam)
        following = Conversation.objects.get(name="Maureen Tilley")

        answer = say(client, self.town.most_urgent, then="next")

        assert answer["Location"] == f"/c/{following.pk}/"
        page = html(client, answer["Location"])
        assert "Goes out in 10 s" in page
        assert "reply to Kerry-Ann Dobbs" in page

    def test_send_and_resolve_settles_it_once_sent(self) -> None:
        say(at_desk(self.town.sam), self.town.dawn, then="resolve")

        assert Delivery.objects.get(conversation=self.town.dawn).afterwards == "resolve"

    def test_too_long_is_refused_and_keeps_the_words(self) -> None:
        client = at_desk(self.town.sam)
        words = "a" * 296

        answer = say(client, self.town.dawn, text=words)

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "1 characters too long" in page
        assert f">{words}</textarea>" in page
        assert not Delivery.objects.filter(conversation=self.town.dawn).exists()
        assert f">{words}</textarea>" in html(client, f"/c/{self.town.dawn.pk}/"), "kept as a draft"

    def test_the_guard_stops_once_when_they_wrote_meanwhile_and_sending_again_confirms(
        self,
    ) -> None:
        client = at_desk(self.town.sam)
        seen = str(Conversation.objects.get(pk=self.town.dawn.pk).revision)
        inbox_desk.comment(
            self.town.red_kite, "Dawn Petherick", "Hello?", at=NOW - timedelta(seconds=30)
        )

        page = say(client, self.town.dawn, seen=seen).content.decode()

        assert "Dawn Petherick wrote or changed something" in page
        assert not Delivery.objects.filter(conversation=self.town.dawn).exists()
        confirmed = re.findall(r'name="confirmed" value="([^"]+)"', page)
        assert confirmed == ["new words"]

        answer = say(client, self.town.dawn, seen=seen, confirmed=confirmed)

        assert answer.status_code == 303
        assert Delivery.objects.filter(conversation=self.town.dawn).exists()

    def test_somebody_elses_answer_stops_mine(self) -> None:
        seen = str(Conversation.objects.get(pk=self.town.dawn.pk).revision)
        say(at_desk(self.town.priya), self.town.dawn)

        page = say(at_desk(self.town.sam), self.town.dawn, seen=seen).content.decode()

        assert "Priya is sending a reply now" in page

    def test_a_reader_is_told_why_there_is_no_box(self) -> None:
        client = at_desk(self.town.rae)
        page = html(client, f"/c/{self.town.dawn.pk}/")

        assert "You may read this, not reply." in page
        assert "<textarea" not in page
        for path in ("say", "assign", "resolve", "reopen", "draft"):
            assert client.post(f"/c/{self.town.dawn.pk}/{path}/", {"to": "me"}).status_code == 403

    def test_without_a_sign_off_only_notes_can_be_written(self) -> None:
        client = at_desk(self.town.unsigned)
        page = html(client, f"/c/{self.town.dawn.pk}/")

        assert "You have no sign-off yet." in page
        assert 'id="words"' not in page
        assert 'id="note"' in page
        assert say(client, self.town.dawn).status_code == 422

    def test_a_note_is_kept_and_never_sent(self) -> None:
        client = at_desk(self.town.sam)

        say(client, self.town.dawn, mode="note", note="Ring her at four.")

        assert "Ring her at four." in html(client, f"/c/{self.town.dawn.pk}/")
        assert not Delivery.objects.filter(conversation=self.town.dawn).exists()
        assert say(client, self.town.dawn, mode="note", note=" ").status_code == 422

    def test_assigning_goes_to_people_who_work_for_the_brand(self) -> None:
        client = at_desk(self.town.sam)
        late = self.town.most_urgent

        client.post(f"/c/{late.pk}/assign/", {"to": "me"})
        late.refresh_from_db()
        assert late.owner_id == self.town.sam.id

        client.post(f"/c/{late.pk}/assign/", {"to": "nobody"})
        late.refresh_from_db()
        assert late.owner_id is None

        # Meena works for Red Kite alone, this is Twenty11's.
        refused = client.post(f"/c/{late.pk}/assign/", {"to": str(self.town.meena.id)})
        assert refused.status_code == 404
        assert client.post(f"/c/{late.pk}/assign/", {"to": "x"}).status_code == 400

    def test_what_nobody_answered_is_not_resolved_and_says_why(self) -> None:
        client = at_desk(self.town.sam)

        client.post(f"/c/{self.town.dawn.pk}/resolve/", {"then": "next"})

        page = html(client, "/")
        assert "Dawn Petherick" in names(page)
        assert "Nobody has answered Dawn Petherick yet." in page

    def test_resolving_takes_what_was_answered_off_the_list(self) -> None:
        client = at_desk(self.town.sam)

        client.post(f"/c/{self.town.waiting.pk}/resolve/")

        assert "Ola Fashanu" not in names(html(client, "/"))

    def test_no_reply_needed_takes_it_off_the_list_and_reopening_brings_its_clock_back(
        self,
    ) -> None:
        client = at_desk(self.town.sam)

        answer = client.post(f"/c/{self.town.dawn.pk}/no-reply/", {"reason": "praise"})

        following = Conversation.objects.get(name="Gareth Olusanya")
        assert answer["Location"] == f"/c/{following.pk}/"
        assert "Dawn Petherick" not in names(html(client, "/"))
        assert "Reopen" in html(client, f"/c/{self.town.dawn.pk}/")

        client.post(f"/c/{self.town.dawn.pk}/reopen/")

        assert "Dawn Petherick" in names(html(client, "/"))
        self.town.dawn.refresh_from_db()
        assert self.town.dawn.due_at == datetime(2026, 11, 24, 15, 40, tzinfo=UTC)

    def test_what_is_typed_is_kept_and_reading_is_remembered(self) -> None:
        client = at_desk(self.town.sam)

        client.post(f"/c/{self.town.dawn.pk}/draft/", {"mode": "reply", "text": "Half a sen"})
        client.post(f"/c/{self.town.dawn.pk}/read/", {"revision": "999999"})

        assert (
            drafts.draft(conversation_id=self.town.dawn.pk, person_id=self.town.sam.id)
            == "Half a sen"
        )
        assert ">Half a sen</textarea>" in html(client, f"/c/{self.town.dawn.pk}/")
        assert ">Half a sen</textarea>" not in html(
            at_desk(self.town.priya), f"/c/{self.town.dawn.pk}/"
        )
        self.town.dawn.refresh_from_db()
        assert Reading.objects.get(
            person_id=self.town.sam.id, conversation=self.town.dawn
        ).revision == (self.town.dawn.revision)

    def test_an_answer_written_in_the_app_itself_is_ours_and_others_answers_stay_quiet(
        self,
    ) -> None:
        page = html(at_desk(self.town.sam), f"/c/{self.town.waiting.pk}/")

        assert "Which road is the street light on, please? ^Sam" in page
        assert "<b>Sent 11:05</b>" in page
        assert "kept, 11:05" in page
        assert "Resolve, or agree a date" in page

    def test_words_of_residents_cannot_become_markup(self) -> None:
        told = self.town.asks(
            "<b>Eve</b>", "<script>alert(1)</script>", at=NOW - timedelta(minutes=1)
        )

        page = html(at_desk(self.town.sam), f"/c/{told.pk}/")

        assert "<script>alert" not in page
        assert "<b>Eve" not in page
