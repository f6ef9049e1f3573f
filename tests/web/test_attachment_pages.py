"""Pictures in the thread and in the composer: for whom, with which headers, and what is kept."""

import io
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image

from glede.desk.attachments import actions
from glede.desk.attachments.models import Attachment
from glede.desk.attachments.rules import State
from glede.desk.conversations.models import Message
from glede.desk.outbox.models import Delivery, Enclosure
from glede.desk.replies import queries as drafts
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.rules import Role
from tests import make
from tests.web.able_desk import NOW, OnAnAbleDesk
from tests.web.test_inbox import at_desk, html


def picture(colour: str = "red") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(target, "JPEG")
    return target.getvalue()


#: The beginning of a film, as far as its kind is told by it.
FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + bytes(200)


class WithAStore(OnAnAbleDesk):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        own = override_settings(GLEDE_STORE=Path(folder.name))
        own.enable()
        self.addCleanup(own.disable)
        super().setUp()

    def came(self, content: bytes | None = None, *, alt: str = "A wet ceiling") -> Attachment:
        """The resident's picture, fetched."""
        media = [{"url": "https://able.example/p", "alt": alt}]
        self.able.asks("Look at this", at=NOW - timedelta(minutes=9), id="c-p", media=media)
        attachment = Attachment.objects.get(message__native_id="c-p")
        actions.keep(attachment=attachment, content=content or picture(), now=NOW)
        return attachment


class TestTheirs(WithAStore):
    def test_a_picture_stands_in_the_thread_with_its_description(self) -> None:
        attachment = self.came()

        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert f'<img src="/attachments/{attachment.pk}/small/" alt="A wet ceiling"' in page

    def test_it_is_served_to_run_nothing_and_to_be_guessed_by_nobody(self) -> None:
        attachment = self.came()

        for path in (f"/attachments/{attachment.pk}/", f"/attachments/{attachment.pk}/small/"):
            answer = at_desk(self.able.rae).get(path)
            assert answer.status_code == 200
            assert answer["Content-Type"] == "image/jpeg"
            assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Disposition"].startswith('inline; filename="')
            assert "no-store" in answer["Cache-Control"]

    def test_a_file_that_is_no_picture_is_only_saved(self) -> None:
        attachment = self.came(b"%PDF-1.7 a letter")

        answer = at_desk(self.able.sam).get(f"/attachments/{attachment.pk}/")
        assert answer["Content-Disposition"] == (
            f'attachment; filename="attachment-{attachment.pk}.pdf"'
        )
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "save it" in page

    def test_a_film_plays_where_it_stands_from_our_own_copy(self) -> None:
        attachment = self.came(FILM, alt="Water through the ceiling")

        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        film = page.partition("<video")[2].partition("</video>")[0]
        assert f'src="/attachments/{attachment.pk}/"' in film
        assert " controls " in film
        assert 'aria-label="Water through the ceiling"' in film
        assert "autoplay" not in page
        assert "<b>Described by its author:</b> Water through the ceiling" in page

    def test_a_film_is_served_in_the_parts_that_are_asked_for(self) -> None:
        attachment = self.came(FILM)
        path, sam = f"/attachments/{attachment.pk}/", at_desk(self.able.sam)

        whole = sam.get(path)
        assert (whole.status_code, whole["Accept-Ranges"]) == (200, "bytes")
        part = sam.get(path, headers={"range": "bytes=4-11"})
        assert (part.status_code, part.getvalue()) == (206, b"ftypisom")
        assert part["Content-Length"] == "8"
        assert part["Content-Range"] == f"bytes 4-11/{len(FILM)}"
        assert part["Content-Type"] == "video/mp4"
        assert part["Content-Security-Policy"] == "default-src 'none'; sandbox"
        other = sam.get(path, headers={"range": "bytes=4-11", "if-range": '"another"'})
        assert (other.status_code, other.content) == (200, FILM)
        beyond = sam.get(path, headers={"range": "bytes=9000-"})
        assert (beyond.status_code, beyond.content) == (416, b"")
        assert beyond["Content-Range"] == f"bytes */{len(FILM)}"
        stranger = make.person("Olu", Role.LEAD, brand_id=make.brand("Pennvale", order=2))
        refused = at_desk(stranger).get(path, headers={"range": "bytes=4-11"})
        assert refused.status_code == 404

    def test_another_brands_people_and_nobody_at_all_are_refused(self) -> None:
        attachment = self.came()
        elsewhere = make.brand("Pennvale", order=2)
        stranger = make.person("Olu", Role.LEAD, brand_id=elsewhere)

        path = f"/attachments/{attachment.pk}/"
        assert at_desk(stranger).get(path).status_code == 404
        assert self.client.get(path).status_code == 302

    def test_what_its_author_took_away_is_served_no_more(self) -> None:
        attachment = self.came()
        self.able.hears(self.able.network.deleted("c-p", at=NOW))

        answer = at_desk(self.able.sam).get(f"/attachments/{attachment.pk}/")
        assert answer.status_code == 404

    def test_what_could_not_be_had_says_why(self) -> None:
        self.came()
        Attachment.objects.update(state=State.EXPIRED, why="")

        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert "It expired before we fetched it." in page
        assert "<b>Described by its author:</b> A wet ceiling" in page


class TestTheirSubject(WithAStore):
    """The post that people comment on, with what it shows."""

    def under(self, **about: Any) -> Attachment:
        media = [{"url": "https://able.example/s", "alt": "The new bin store"}]
        about = {"id": "s-9", "media": media} | about
        self.able.asks("Where is the key?", at=NOW, id="c-s", thread="t-9", about=about)
        attachment = Attachment.objects.get(subject__native_id="s-9")
        actions.keep(attachment=attachment, content=picture(), now=NOW)
        self.talk = f"/c/{Message.objects.get(native_id='c-s').conversation_id}/"
        return attachment

    def quoted(self, query: str = "") -> str:
        page = html(at_desk(self.able.sam), f"{self.talk}{query}")
        return page.partition('id="subject"')[2].partition("<article")[0]

    def test_the_post_stands_above_with_its_pictures(self) -> None:
        attachment = self.under()
        # A second comment brings them no second time.
        about = {"id": "s-9", "media": [{"url": "https://able.example/s"}]}
        self.able.asks("And the code?", at=NOW, id="c-t", thread="t-9", about=about)

        quoted = self.quoted()
        assert f'<img src="/attachments/{attachment.pk}/small/" alt="The new bin store"' in quoted
        assert "<b>We described it:</b> The new bin store" in quoted
        assert Attachment.objects.count() == 1

    def test_the_picture_is_for_those_who_may_read_there(self) -> None:
        path = f"/attachments/{self.under().pk}/small/"
        stranger = make.person("Olu", Role.LEAD, brand_id=make.brand("Pennvale", order=2))

        assert at_desk(self.able.rae).get(path).status_code == 200
        assert at_desk(stranger).get(path).status_code == 404

    def test_a_veiled_one_is_not_loaded_until_somebody_asks(self) -> None:
        self.under(veil="marked as sensitive")

        quoted = self.quoted()
        assert "Pictures are not shown: marked as sensitive." in quoted
        assert "<img" not in quoted
        assert "The new bin store" in quoted  # the description tells what one would see
        assert "<img" in self.quoted("?show=0")

    def test_a_post_that_was_taken_away_is_told_and_not_shown(self) -> None:
        attachment = self.under()
        self.able.hears(self.able.network.deleted("s-9", at=NOW))

        quoted = self.quoted()
        assert "The post was taken away at 13:30." in quoted
        assert "New bin stores" not in quoted
        assert "<img" not in quoted
        answer = at_desk(self.able.sam).get(f"/attachments/{attachment.pk}/")
        assert answer.status_code == 404


class TestOurs(WithAStore):
    def say(self, content: bytes | None = None, **given: Any) -> Any:
        self.conversation.refresh_from_db()
        values = {"mode": "reply", "text": "Here is a map.", "then": "", "note": "", "alt": ""}
        values["seen"] = str(self.conversation.revision)
        if content is not None:
            values["picture"] = SimpleUploadedFile("p.jpg", content, "image/jpeg")  # type: ignore[assignment]
        path = f"/c/{self.conversation.pk}/say/"
        return at_desk(self.able.sam).post(path, values | given)

    def test_a_picture_is_added_and_the_words_stay(self) -> None:
        answer = self.say(picture(), then="picture", alt="A map of Castle Court")

        assert answer.status_code == 303
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        assert 'alt="A map of Castle Court"' in page
        assert "Here is a map." in page
        # One is what this platform takes: there is no field for a second.
        assert 'type="file"' not in page
        assert not Delivery.objects.exists()

    def test_sending_takes_the_chosen_picture_with_it(self) -> None:
        self.say(picture(), then="picture", alt="A map")
        held = Attachment.objects.get()
        page = html(at_desk(self.able.sam), f"/c/{self.conversation.pk}/")
        tick = f"pictures to look at:{held.pk}"
        assert f'name="confirmed" value="{tick}"' in page

        assert self.say(confirmed=tick).status_code == 303

        assert Enclosure.objects.get().attachment.alt == "A map"
        assert Delivery.objects.get().text == "Here is a map. ^Sam"
        looked = Entry.objects.get(verb="reply:guard:pictures-looked-at")
        assert (looked.clause, looked.details["pictures"]) == ("5.4", str(held.pk))
        assert looked.policy_version

    def test_a_picture_that_nobody_looked_at_goes_nowhere_in_public(self) -> None:
        for again in range(2):
            content = None if again else picture()
            refused = self.say(content, alt="A map", confirmed="pictures to look at:0")
            assert refused.status_code == 422, "sending once more is no tick"
            page = refused.content.decode()
            assert "Look at the picture before anybody can" in page
            assert "Send again to confirm" not in page
            assert "Here is a map." in page
        assert not Delivery.objects.exists()

    def test_a_picture_without_a_description_is_refused_and_nothing_is_lost(self) -> None:
        answer = self.say(picture(), then="", alt=" ")

        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Describe the picture for those who cannot see it." in page
        assert "Here is a map." in page
        assert not Delivery.objects.exists()

    def test_what_is_no_picture_is_refused(self) -> None:
        answer = self.say(b"<svg onload='alert(1)'>", then="picture", alt="A map")

        assert answer.status_code == 422
        assert "no picture we can send" in answer.content.decode()
        assert not Attachment.objects.exists()

    @override_settings(GLEDE_UPLOAD_MB=0)
    def test_what_is_too_large_is_refused(self) -> None:
        answer = self.say(picture(), then="picture", alt="A map")

        assert "larger than the 0 MB" in answer.content.decode()

    def test_a_picture_is_taken_out_again_and_the_words_stay(self) -> None:
        self.say(picture(), then="picture", alt="A map")
        held = Attachment.objects.get()

        assert self.say(drop=str(held.pk)).status_code == 303
        assert not Attachment.objects.exists()
        words = drafts.draft(
            conversation_id=self.conversation.pk, person_id=self.able.sam.id, mode="reply"
        )
        assert words == "Here is a map."

    def test_adding_nothing_says_so(self) -> None:
        assert "Choose a picture first." in self.say(then="picture").content.decode()

    def test_a_reader_cannot_add_one(self) -> None:
        answer = at_desk(self.able.rae).post(
            f"/c/{self.conversation.pk}/say/",
            {"mode": "reply", "then": "picture", "seen": "1", "alt": "A map"},
        )

        assert answer.status_code == 403
        assert not Attachment.objects.exists()
