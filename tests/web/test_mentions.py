"""A colleague is named in a note: told once, shown, and never told of what they may not read."""

from glede.desk.alerts.models import Alert
from glede.desk.conversations.models import Mention, Message
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.models import Person
from glede.rulebook.people.rules import Role
from tests import make
from tests.web.test_inbox import OnATuesday, at_desk, html, say


class TestMentions(OnATuesday):
    def test_a_colleague_named_in_a_note_is_told_and_finds_it(self) -> None:
        sam, priya, dawn = at_desk(self.town.sam), at_desk(self.town.priya), self.town.dawn
        say(sam, dawn, mode="note", note="@Priya can the roofer come today? <b>@Sam</b>")

        note = Message.objects.get(mentions__isnull=False)
        assert [one.person_id for one in Mention.objects.all()] == [self.town.priya.id]
        assert note.direction == "note"
        alert = Alert.objects.get(kind="mention")
        assert (alert.person_id, alert.conversation_id) == (self.town.priya.id, dawn.pk)
        assert alert.says == "Sam names you in a note on Dawn Petherick"
        entry = Entry.objects.get(verb="conversation:note:colleagues-mentioned")
        assert entry.details["people"] == str(self.town.priya.id)

        mine = html(priya, "/mentions/")
        assert f"/c/{dawn.pk}/?at={note.pk}#m{note.pk}" in mine
        assert "can the roofer come today? &lt;b&gt;" in mine
        assert "Not looked at" in mine
        assert "No note names you" in html(sam, "/mentions/")
        thread = html(priya, f"/c/{dawn.pk}/")
        assert '<b class="named me">@Priya</b> can the roofer come today? &lt;b&gt;@Sam' in thread
        assert '<b class="named">@Priya</b>' in html(sam, f"/c/{dawn.pk}/")

    def test_who_may_not_read_the_brand_is_neither_offered_nor_told(self) -> None:
        sam, other = at_desk(self.town.sam), self.town.most_urgent  # Twenty11; Meena has Red Kite

        assert "Meena" in sam.get(f"/c/{self.town.dawn.pk}/colleagues/").json()["names"]
        assert "Meena" not in sam.get(f"/c/{other.pk}/colleagues/").json()["names"]
        assert at_desk(self.town.meena).get(f"/c/{other.pk}/colleagues/").status_code == 404
        say(sam, other, mode="note", note="@Meena look at this")
        assert not Mention.objects.exists()
        assert not Alert.objects.filter(kind="mention").exists()

    def test_a_note_that_could_mean_two_is_asked_about_and_kept(self) -> None:
        for name in ("Olu Price", "Olu Adeyemi"):
            person = make.person(name.replace(" ", ""), Role.ADVISOR)
            Person.objects.filter(pk=person.id).update(name=name)
        sam = at_desk(self.town.sam)

        refused = say(sam, self.town.dawn, mode="note", note="@Olu knows the flat")

        assert refused.status_code == 422
        page = refused.content.decode()
        assert "2 colleagues are called Olu. Write @Olu Adeyemi or @Olu Price." in page
        assert "@Olu knows the flat</textarea>" in page
        assert not Mention.objects.exists()
        assert say(sam, self.town.dawn, mode="note", note="@Olu Price knows").status_code == 303
        assert Mention.objects.get().person.name == "Olu Price"

    def test_what_one_may_no_longer_read_is_not_listed(self) -> None:
        say(at_desk(self.town.sam), self.town.dawn, mode="note", note="@Meena look at this")
        meena = at_desk(self.town.meena)
        assert "look at this" in html(meena, "/mentions/")

        self.town.dawn.brand_id = self.town.most_urgent.brand_id
        self.town.dawn.save(update_fields=["brand_id"])

        assert "look at this" not in html(meena, "/mentions/")
