"""What each brand says by itself: read, changed with care, and tried on oneself."""

from typing import ClassVar

from django.core import mail
from django.test import Client, TestCase

from glede.desk.replies import queries
from glede.desk.replies.models import AcknowledgementText
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.rules import Role
from tests import cast, make
from tests.policy.desk_at_night import at, clock, london, signed_in, writes

NIGHT = london("2026-12-24 18:00")


class TestAcknowledgements(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def setUp(self) -> None:
        travel = at(NIGHT)
        travel.__enter__()
        self.addCleanup(travel.__exit__, None, None, None)
        self.beth = signed_in(self.cast.beth)

    def page(self, client: Client, path: str = "red-kite/") -> str:
        return client.get(f"/acknowledgements/{path}").content.decode()

    def write(self, text: str, number: str = "", client: Client | None = None) -> int:
        given = {"text": text, "emergency_number": number}
        answer = (client or self.beth).post("/acknowledgements/red-kite/", given)
        return int(answer.status_code)

    def test_until_somebody_writes_one_the_desk_has_words_of_its_own(self) -> None:
        page = self.page(self.beth, "")

        assert "Glede’s own words" in page
        assert "Tuesday 29 December at 9am" in page
        assert "No emergency number is set." in page

    def test_each_change_is_a_version_with_a_name_and_goes_out_from_then_on(self) -> None:
        assert self.write("We open on {opening}. {emergency}", "01632 960 111") == 302
        assert self.write("{brand} opens on {opening}.") == 302

        assert [one.version for one in queries.texts_of(self.cast.red_kite)] == [2, 1]
        assert "Version 1" in self.page(self.beth)
        verbs = Entry.objects.filter(verb="reply:acknowledgement-text:changed")
        assert [entry.actor_name for entry in verbs] == ["Beth", "Beth"]
        asked = writes(self.cast, "My tap drips.", when="2026-12-24 18:05")
        assert asked.deliveries.get().text == "Red Kite opens on Tuesday 29 December at 9am."
        assert clock(asked).state == "running"

    def test_what_is_refused_keeps_its_words(self) -> None:
        words = "We open on {opening} and answer within 2 hours."

        answer = self.beth.post("/acknowledgements/red-kite/", {"text": words})

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert self.write("We open on {opening}.", "ring Bob") == 422
        assert not AcknowledgementText.objects.exists()

    def test_a_test_goes_to_oneself_with_the_opening_worked_out(self) -> None:
        self.beth.post("/acknowledgements/red-kite/test/")

        (letter,) = mail.outbox
        assert letter.to == ["beth@kite.example"]
        assert "Tuesday 29 December at 9am" in letter.body
        assert Entry.objects.filter(verb="reply:acknowledgement-text:tested").exists()

    def test_somebody_of_another_brand_changes_nothing_here(self) -> None:
        other = make.person("Bo", Role.BRAND_MANAGER, brand_id=self.cast.pennvale)

        assert self.write("We open on {opening}.", client=signed_in(other)) == 403
        assert "Red Kite" not in self.page(signed_in(other), "")
        assert signed_in(self.cast.sam).get("/acknowledgements/").status_code == 403
        assert self.beth.get("/acknowledgements/nobody/").status_code == 404
