"""What is veiled is shown when it is asked for, to whoever asks, and its picture is not loaded."""

from glede.desk.conversations.models import Conversation, Message
from glede.rulebook.audit.models import Entry
from tests.web import inbox_desk
from tests.web.test_inbox import NOW, OnATuesday, at_desk, html

EMBED = {"images": [{"alt": "A cut hand", "fullsize": "https://x.example/p"}]}


class TestVeils(OnATuesday):
    def test_what_its_platform_marks_is_veiled_until_somebody_asks(self) -> None:
        hurt = inbox_desk.comment(
            self.town.red_kite,
            "Hal Hurt",
            "The railing cut me badly",
            at=NOW,
            embed=EMBED,
            labels=["!warn"],
        )
        sam, message = at_desk(self.town.sam), hurt.messages.get()

        page = html(sam, f"/c/{hurt.pk}/")
        assert "Words and pictures are not shown: labelled !warn on Bluesky." in page
        assert "The railing cut me" not in page
        assert "A cut hand" not in page
        assert Conversation.objects.get(pk=hurt.pk).words == "Veiled: labelled !warn on Bluesky"

        shown = html(sam, f"/c/{hurt.pk}/?at={message.pk}&show={message.pk}")
        assert "The railing cut me badly" in shown
        assert "A cut hand" in shown
        assert "are not shown" not in shown
        # Asking is for this page alone.
        assert "The railing cut me" not in html(sam, f"/c/{hurt.pk}/")

    def test_a_mark_for_pictures_leaves_the_words(self) -> None:
        hurt = inbox_desk.comment(
            self.town.red_kite, "Hal Hurt", "It cut me", at=NOW, embed=EMBED, labels=["gore"]
        )

        page = html(at_desk(self.town.sam), f"/c/{hurt.pk}/")

        assert "Pictures are not shown: labelled gore on Bluesky." in page
        assert "It cut me" in page
        assert "A cut hand" in page  # the description tells what one would see
        assert "See it on" not in page.partition("It cut me")[2].partition("</article>")[0]

    def test_an_advisor_veils_a_message_and_lifts_the_veil(self) -> None:
        sam, dawn = at_desk(self.town.sam), self.town.dawn
        message = dawn.messages.filter(direction="in")[0]
        path = f"/c/{dawn.pk}/m/{message.pk}/veil/"

        assert sam.post(path, {"to": "veil"}).status_code == 303

        page = html(at_desk(self.town.priya), f"/c/{dawn.pk}/")
        assert "Words and pictures are not shown: veiled by Sam." in page
        assert "told you twice" not in page.partition('id="panel"')[0].partition('id="talk"')[2]
        assert "Veiled: veiled by Sam" in html(sam, "/")
        found = html(sam, "/search/?q=told+twice")
        assert "Veiled: veiled by Sam" in found
        assert "twice" not in found.partition("<main")[2].replace('value="told twice"', "")
        assert sam.post(path, {"to": "lift"}).status_code == 303
        assert "told you twice" in html(sam, f"/c/{dawn.pk}/")
        verbs = [one.verb for one in Entry.objects.filter(verb__endswith="veiled").order_by("pk")]
        assert verbs == ["conversation:message:veiled", "conversation:message:unveiled"]

    def test_an_edit_of_a_marked_message_stays_veiled(self) -> None:
        given = {"at": NOW, "labels": ["!warn"]}
        inbox_desk.comment(self.town.red_kite, "Hal Hurt", "First words", **given)
        hurt = inbox_desk.comment(
            self.town.red_kite, "Hal Hurt", "Other words", edited=NOW, **given
        )

        page = html(at_desk(self.town.sam), f"/c/{hurt.pk}/")

        assert "First words" not in page
        assert "Other words" not in page

    def test_what_one_may_not_work_on_or_is_no_message_of_theirs_is_refused(self) -> None:
        dawn = self.town.dawn
        message = dawn.messages.filter(direction="in")[0]
        note = Message.objects.filter(conversation=dawn, direction="note")[0]
        path = f"/c/{dawn.pk}/m/{message.pk}/veil/"

        assert at_desk(self.town.rae).post(path, {"to": "veil"}).status_code == 403
        other = self.town.most_urgent
        theirs = f"/c/{other.pk}/m/{other.messages.all()[0].pk}/veil/"
        assert at_desk(self.town.meena).post(theirs, {"to": "veil"}).status_code == 404
        sam = at_desk(self.town.sam)
        assert sam.post(f"/c/{dawn.pk}/m/{note.pk}/veil/", {"to": "veil"}).status_code == 404
        assert sam.post(path, {"to": "burn"}).status_code == 400
        assert not Message.objects.exclude(flagged="").exists()

    def test_a_reply_names_what_it_answers(self) -> None:
        first = self.town.dawn.messages.filter(direction="in")[0]
        at_once = inbox_desk.comment(
            self.town.red_kite, "Gareth Olusanya", "Bring a mop", at=NOW, answers=first
        )

        page = html(at_desk(self.town.sam), f"/c/{at_once.pk}/")

        assert "Dawn Petherick, 11:40: Is anyone going to look at the leak" in page
        assert f'href="#m{first.pk}"' in page
