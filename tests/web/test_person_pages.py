"""A person outside: one or two, what we may know of them, and nothing of another brand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.test import Client

from glede.desk.contacts import rules
from glede.desk.contacts.models import Adjustment, Declaration, Handle, Note
from glede.desk.contacts.rules import Asked, BadKnowledge, Consent, Wish
from glede.desk.conversations.models import Conversation
from glede.rulebook.audit.models import Entry
from tests.web import inbox_desk
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html

TODAY = date(2026, 11, 24)
ADJUSTMENT = {
    "act": "adjust",
    "wish": "Large print",
    "words": "",
    "since_on": "2026-11-24",
    "consent": "on the phone",
    "consent_on": "2026-11-23",
    "review_on": "2027-11-24",
}


def asked(**other: Any) -> Asked:
    values: dict[str, Any] = {
        "wish": Wish.LARGE_PRINT,
        "words": "",
        "since_on": TODAY,
        "consent": Consent.CALL,
        "consent_on": TODAY,
        "review_on": TODAY + timedelta(days=365),
    }
    return Asked(**(values | other))


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"consent": None}, "without their consent"),
        ({"consent_on": None}, "without their consent"),
        ({"consent_on": TODAY + timedelta(days=1)}, "A day to come"),
        ({"review_on": TODAY}, "looks at it again"),
        ({"wish": Wish.LANGUAGE}, "Say in a few words"),
        ({"words": "x" * 121}, "not why they need it"),
    ],
)
def test_an_adjustment_is_not_kept_unless(other: dict[str, Any], says: str) -> None:
    with pytest.raises(BadKnowledge, match=says):
        rules.check(asked(**other), today=TODAY)


def test_an_adjustment_that_was_agreed_is_kept_by_that_consent() -> None:
    assert rules.check(asked(), today=TODAY) == rules.Agreed(Consent.CALL, TODAY)


class TestPerson(OnATuesday):
    form: ClassVar[Conversation]
    page: ClassVar[Conversation]
    pennvale: ClassVar[Conversation]

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with time_machine.travel(NOW, tick=False):
            cls.form = cls.town.asks("Wyn Pugh", "Where is my key?", at=NOW)
            cls.page = inbox_desk.comment(
                cls.town.red_kite, "Wyn Pugh", "Still no key", at=NOW - timedelta(minutes=3)
            )
            cls.pennvale = cls.town.asks("Wyn Pugh", "Secret of Pennvale", at=NOW, slug="pennvale")

    def does(self, client: Client, contact: int, **given: Any) -> Any:
        return client.post(f"/people/{contact}/", given)

    def test_names_on_two_platforms_are_one_person_until_somebody_parts_them(self) -> None:
        client, mine, other = at_desk(self.town.sam), self.form.contact_id, self.page.contact_id
        page = html(client, f"/people/{mine}/")
        assert "Perhaps the same person" in page
        assert "a name the same, Wyn Pugh" in page
        assert self.does(client, mine, act="merge", of=other, why="").status_code == 422

        answer = self.does(client, mine, act="merge", of=other, why="Same key, same flat")

        assert answer.status_code == 303
        page = html(client, f"/people/{mine}/")
        assert "Still no key" in page
        assert "Same key, same flat" in page
        assert client.get(f"/people/{other}/")["Location"] == f"/people/{mine}/"
        assert "Still no key" in html(client, f"/c/{self.form.pk}/").partition('id="panel"')[2]
        began = inbox_desk.comment(
            self.town.pennvale, "Wyn Pugh", "Another page", at=NOW + timedelta(seconds=1)
        )
        assert began.contact_id == mine

        merged = Entry.objects.get(verb="contact:contact:merged", object_id=str(mine))
        regroup = merged.details["regroup"]
        assert self.does(client, mine, act="undo", of=regroup).status_code == 303

        for one, whose in ((self.form, mine), (self.page, other), (began, other)):
            one.refresh_from_db()
            assert one.contact_id == whose
        assert self.does(client, mine, act="undo", of=regroup).status_code == 422

    def test_names_of_two_people_are_parted_with_their_conversations(self) -> None:
        client, mine, other = at_desk(self.town.sam), self.form.contact_id, self.page.contact_id
        self.does(client, mine, act="merge", of=other, why="Looks like it")
        wrong = Handle.objects.get(contact_id=mine, platform="bluesky")

        assert self.does(client, mine, act="part", handles=[], why="x").status_code == 422
        answer = self.does(client, mine, act="part", handles=[wrong.pk], why="Another flat")

        self.page.refresh_from_db()
        assert answer["Location"] == f"/people/{self.page.contact_id}/"
        assert self.page.contact_id not in (mine, other)
        self.form.refresh_from_db()
        assert self.form.contact_id == mine

    def test_an_adjustment_needs_consent_and_stands_above_the_composer(self) -> None:
        client, mine = at_desk(self.town.sam), self.form.contact_id
        refused = self.does(client, mine, **ADJUSTMENT | {"consent": "", "consent_on": ""})
        assert refused.status_code == 422
        assert "without their consent it is not kept" in refused.content.decode()
        assert not Adjustment.objects.exists()

        self.does(client, mine, **ADJUSTMENT)
        self.does(client, mine, **ADJUSTMENT | {"wish": "Prefers not to be phoned"})

        composer = html(client, f"/c/{self.form.pk}/").partition('id="composer"')[2]
        assert "Large print, prefers not to be phoned" in composer
        first = Adjustment.objects.order_by("pk")[0]
        self.does(client, mine, act="end", of=first.pk)
        assert "Large print" not in html(client, f"/c/{self.form.pk}/")
        verbs = set(Entry.objects.filter(object_kind="contact").values_list("verb", flat=True))
        assert verbs == {"contact:adjustment:recorded", "contact:adjustment:ended"}

    def test_a_note_is_kept_and_removed_without_a_trace_of_its_words(self) -> None:
        client, mine = at_desk(self.town.sam), self.form.contact_id
        assert self.does(client, mine, act="note", text=" ").status_code == 422
        self.does(client, mine, act="note", text="Writes for the tenants’ group")
        assert "Writes for the tenants’ group" in html(client, f"/people/{mine}/")

        self.does(client, mine, act="forget", of=Note.objects.get().pk)

        assert Note.objects.get().text == ""
        assert "tenants’ group" not in html(client, f"/people/{mine}/")

    def test_staff_are_marked_when_they_say_so_and_not_when_they_take_it_back(self) -> None:
        client, mine = at_desk(self.town.sam), self.form.contact_id
        self.does(client, mine, act="declare")
        assert ">Staff<" in html(client, f"/c/{self.form.pk}/")
        assert Entry.objects.get(verb="contact:staff:declared").clause == "6.14"

        self.does(client, mine, act="withdraw")

        assert ">Staff<" not in html(client, f"/c/{self.form.pk}/")
        assert Declaration.objects.get().withdrawn_at == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)

    def test_other_brands_stay_out_of_sight(self) -> None:
        meena = at_desk(self.town.meena)  # Red Kite alone
        assert meena.get(f"/people/{self.pennvale.contact_id}/").status_code == 404
        assert meena.get("/people/999999/").status_code == 404
        page = html(meena, f"/people/{self.form.contact_id}/")
        assert "Secret of Pennvale" not in page
        assert f"/people/{self.pennvale.contact_id}/" not in page
        answer = self.does(
            meena, self.form.contact_id, act="merge", of=self.pennvale.contact_id, why="sure"
        )
        assert answer.status_code == 422
        assert at_desk(self.town.rae).get(f"/people/{self.form.contact_id}/").status_code == 200
        reader = self.does(at_desk(self.town.rae), self.form.contact_id, act="declare")
        assert reader.status_code == 403
