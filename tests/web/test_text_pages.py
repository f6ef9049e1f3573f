"""Texts and snippets over the wire: who writes them, who sees them, how they get into the box."""

from datetime import UTC, datetime
from typing import ClassVar

import time_machine
from django.test import TestCase

from glede.desk.outbox.models import Delivery
from glede.desk.replies import queries as drafts
from glede.desk.replies import queries_voices
from glede.desk.replies.models import Text, TextVersion
from glede.rulebook.audit.models import Entry
from glede.rulebook.brands.models import Brand
from glede.rulebook.people.rules import Role, Viewer
from tests import make
from tests.web import inbox_desk
from tests.web.test_inbox import at_desk, html

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


class TestTexts(TestCase):
    town: ClassVar[inbox_desk.Town]
    beth: ClassVar[Viewer]
    bo: ClassVar[Viewer]
    red_kite: ClassVar[int]
    pennvale: ClassVar[int]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = inbox_desk.tuesday(NOW)
        cls.red_kite = Brand.objects.get(slug="red-kite").pk
        cls.pennvale = Brand.objects.get(slug="pennvale").pk
        cls.beth = make.person("Beth", Role.BRAND_MANAGER)
        cls.bo = make.person("Bo", Role.BRAND_MANAGER, brand_id=cls.pennvale)

    def setUp(self) -> None:
        self.time = time_machine.travel(NOW, tick=True)
        self.time.start()
        self.addCleanup(self.time.stop)

    def write(self, words: str, path: str = "/texts/new/", viewer: Viewer | None = None,
              **more: str) -> int:  # fmt: skip
        given = {"title": "Roofer", "use": "reply", "language": "en", "brand": "", "words": words}
        answer = at_desk(viewer or self.beth).post(path, given | more)
        return int(answer.status_code)

    def test_each_change_is_a_version_and_what_is_refused_keeps_its_words(self) -> None:
        assert self.write("Hi {{first name}}, a roofer comes.") == 302
        (text,) = Text.objects.all()
        assert self.write("Hi, a roofer comes.", f"/texts/{text.pk}/") == 302
        assert TextVersion.objects.filter(text=text).count() == 2
        assert Entry.objects.filter(verb="reply:text:changed", actor_name="Beth").count() == 2

        answer = at_desk(self.beth).post(
            f"/texts/{text.pk}/",
            {"title": "Roofer", "use": "reply", "language": "en", "words": "Hi {{nobody}}."},
        )
        assert answer.status_code == 422
        assert "stands for nothing" in answer.content.decode()
        assert "Hi {{nobody}}." in answer.content.decode()
        assert self.write("Another of that name.") == 422
        text.refresh_from_db()
        assert (text.words, text.version) == ("Hi, a roofer comes.", 2)

    def test_whose_words_they_are_not_sees_and_changes_nothing(self) -> None:
        self.write("For all.")
        self.write("For Pennvale.", title="P", brand=str(self.pennvale))
        text = Text.objects.get(words="For all.")

        assert "For all." not in html(at_desk(self.bo), "/texts/")
        assert "For Pennvale." in html(at_desk(self.bo), "/texts/")
        assert self.write("Mine", f"/texts/{text.pk}/", self.bo) == 404
        assert self.write("For all too", viewer=self.bo, title="T") == 422
        assert self.write("Red Kite’s", viewer=self.bo, brand=str(self.red_kite)) == 422
        assert at_desk(self.bo).post(f"/texts/{text.pk}/archive/").status_code == 404
        assert at_desk(self.bo).get("/texts/voice/red-kite/").status_code == 403
        assert at_desk(self.town.sam).get("/texts/").status_code == 403

    def test_a_snippet_is_its_owners_alone(self) -> None:
        assert self.write("Cheers", "/texts/mine/new/", self.town.sam) == 302
        (text,) = Text.objects.all()

        assert "Cheers" in html(at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/texts/")
        assert "Cheers" not in html(at_desk(self.town.priya), f"/c/{self.town.dawn.pk}/texts/")
        assert "Cheers" not in html(at_desk(self.beth), "/texts/")
        other = at_desk(self.town.priya)
        assert other.get(f"/texts/mine/{text.pk}/").status_code == 404
        assert other.post(f"/texts/mine/{text.pk}/archive/").status_code == 404
        taken = other.post(f"/c/{self.town.dawn.pk}/texts/", {"text": str(text.pk)})
        assert taken.status_code == 404

    def test_a_text_put_away_is_offered_no_more_and_comes_back_unless_its_title_is_taken(
        self,
    ) -> None:
        self.write("First")
        first = Text.objects.get()
        beth = at_desk(self.beth)
        beth.post(f"/texts/{first.pk}/archive/")
        assert "First" not in html(at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/texts/")

        assert self.write("Second") == 302
        page = beth.post(f"/texts/{first.pk}/archive/", follow=True).content.decode()
        assert "has this title already" in page
        beth.post(f"/texts/{Text.objects.get(words='Second').pk}/archive/")
        beth.post(f"/texts/{first.pk}/archive/")
        assert "First" in html(at_desk(self.town.sam), f"/c/{self.town.dawn.pk}/texts/")

    def test_without_a_script_a_text_is_put_after_what_was_typed_filled_and_counted(self) -> None:
        at_desk(self.beth).post(
            "/texts/voice/red-kite/",
            {"link": "https://red-kite.example/write", "phrases": "Kite Homes\n"},
        )
        assert queries_voices.voice(self.red_kite).phrases == ("Kite Homes",)
        self.write("{{first name}}, {{brand}} opens {{next opening}}: {{link}} {{phone}}")
        text = Text.objects.get()
        sam, dawn = at_desk(self.town.sam), self.town.dawn

        answer = sam.post(
            f"/c/{dawn.pk}/say/",
            {"mode": "reply", "then": "texts", "text": "Hello.", "seen": str(dawn.revision)},
        )
        assert answer.headers["Location"] == f"/c/{dawn.pk}/texts/"
        sam.post(f"/c/{dawn.pk}/texts/", {"text": str(text.pk)})

        kept = drafts.draft(conversation_id=dawn.pk, person_id=self.town.sam.id)
        assert kept == (
            "Hello.\nDawn, Red Kite opens Wednesday 25 November at 9am:"
            " https://red-kite.example/write {{phone}}"
        )
        text.refresh_from_db()
        assert text.used == 1
        # A bracket never leaves.
        page = sam.post(
            f"/c/{dawn.pk}/say/", {"mode": "reply", "text": kept, "seen": str(dawn.revision)}
        )
        assert page.status_code == 422
        assert "“{{phone}}” has no value here" in page.content.decode()
        assert not Delivery.objects.filter(conversation=dawn).exists()

    def test_what_is_no_address_is_refused_as_a_brands_own(self) -> None:
        for wrong in ({"link": "javascript:alert(1)"}, {"email": "nobody"}, {"phone": "ring us"}):
            answer = at_desk(self.beth).post("/texts/voice/red-kite/", wrong)
            assert answer.status_code == 422, wrong
        assert at_desk(self.beth).get("/texts/voice/nobody/").status_code == 404
