"""Capturing by hand on a page: what goes in, what is refused, and that nothing typed is lost."""

import io
import re
from datetime import timedelta
from typing import ClassVar

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from PIL import Image

from glede.desk.captures.models import Capture
from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation, Message
from glede.flow import inbound
from glede.kit import store
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM
from tests import cast, make
from tests.policy.desk_at_night import at, london, signed_in

NOON = london("2026-11-24 12:00")


def place(name: str, brand_id: int) -> int:
    """An account of a brand where no interface reads."""
    slug = f"elsewhere-{name.lower()}"
    app_id = accounts.register_app(
        platform="elsewhere",
        slug=slug,
        name=name,
        secrets=[],
        settings={},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )
    return accounts.connect(
        app_id=app_id,
        brand_id=brand_id,
        native_id=f"https://{name.lower()}.example/us",
        handle=name,
        base_url="",
        credential={},
        settings={"place": name, "address": f"https://{name.lower()}.example/us"},
        actor=SYSTEM,
        now=make.LONG_AGO,
    )


def picture(name: str = "screen.png") -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (20, 30), "teal").save(target, "PNG")
    return SimpleUploadedFile(name, target.getvalue(), content_type="text/html")


class TestCapture(TestCase):
    cast: ClassVar[cast.Cast]
    nextdoor: ClassVar[int]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        cls.nextdoor = place("Nextdoor", cls.cast.red_kite)
        cls.forum = place("Forum", cls.cast.pennvale)

    def setUp(self) -> None:
        travel = at(NOON)
        travel.__enter__()
        self.addCleanup(travel.__exit__, None, None, None)
        self.meena = signed_in(self.cast.meena)

    def sent(self, client: Client | None = None, **more: object) -> tuple[int, str]:
        given = {
            "account": self.nextdoor,
            "kind": "comment",
            "name": "Ola Wren",
            "handle": "@ola",
            "text": "My landlord ignores me.\r\nSince Friday.",
            "at": "2026-11-24T09:30",
            "link": "https://nextdoor.example/p/1",
            "seen_by": "the caretaker",
            **more,
        }
        answer = (client or self.meena).post("/capture/", given)
        return answer.status_code, answer.headers.get("Location", "") or answer.content.decode()

    def brought(self, **more: object) -> Conversation:
        status, where = self.sent(**more)
        assert status == 302, where
        inbound.drain(now=NOON)
        capture = Capture.objects.get(pk=int(where.split("/")[2]))
        return Conversation.objects.get(messages__native_id=capture.native_id)

    def test_a_person_is_offered_their_own_brands_accounts(self) -> None:
        page = self.meena.get("/capture/").content.decode()

        assert "Red Kite: Elsewhere, Nextdoor" in page
        assert "Forum" not in page
        assert self.sent(account=self.forum)[0] == 422

    def test_what_is_captured_is_in_the_inbox_with_its_evidence(self) -> None:
        status, where = self.sent(screenshot=picture())
        assert status == 302
        assert "in a moment" in self.meena.get(where).content.decode()

        inbound.drain(now=NOON)

        page = self.meena.get(where).content.decode()
        capture = Capture.objects.get()
        conversation = Conversation.objects.get()
        assert f'href="/c/{conversation.pk}/"' in page
        assert (capture.digest in page, "the caretaker" in page, "Meena" in page) == (True,) * 3
        assert "24 November 2026, 09:30 GMT" in page
        message = Message.objects.get()
        assert message.versions.get().text == "My landlord ignores me.\nSince Friday."
        assert message.received_at == london("2026-11-24 09:30")
        clock = Clock.objects.get(kind="acknowledge")
        assert clock.due_at == london("2026-11-24 13:30")
        thread = self.meena.get(f"/c/{conversation.pk}/").content.decode()
        assert f'href="/capture/{capture.pk}/"' in thread
        assert f'href="/capture/answered/{conversation.pk}/"' in thread

    def test_a_screenshot_is_shown_to_look_at_and_nothing_else(self) -> None:
        shot = picture()
        given = shot.read()
        shot.seek(0)
        _, where = self.sent(screenshot=shot)

        answer = self.meena.get(f"{where}screenshot/")

        assert answer.content == given
        assert store.read(Capture.objects.get().digest) == given
        assert answer["Content-Type"] == "image/png"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_others_brands_evidence_is_not_there(self) -> None:
        _, where = self.sent(screenshot=picture())
        stranger = signed_in(make.person("Pip", make.Role.ADVISOR, brand_id=self.cast.pennvale))

        assert stranger.get(where).status_code == 404
        assert stranger.get(f"{where}screenshot/").status_code == 404

    def test_what_is_wrong_is_said_and_what_was_typed_stays(self) -> None:
        for more, sentence in (
            ({"text": "  "}, "word for word"),
            ({"at": ""}, "the clock runs from that time"),
            ({"at": "last Friday"}, "is no time"),
            ({"at": "2026-11-24T12:01"}, "still to come"),
            ({"at": "2026-10-25T01:30"}, "comes twice"),
            ({"at": "2026-03-29T01:30"}, "does not come at all"),
            ({"name": ""}, "name that is shown"),
            ({"link": "nothing at all"}, "beginning with https"),
            ({"link": "javascript:alert(1)"}, "beginning with https"),
            ({"account": ""}, "to which account"),
            ({"text": "a" * 10_001}, "10000 characters"),
        ):
            status, page = self.sent(**more)
            assert (status, sentence in page) == (422, True), sentence
            assert 'value="@ola"' in page
            if "text" not in more:
                assert "My landlord ignores me." in page
        assert Capture.objects.count() == 0

    def test_an_hour_that_comes_twice_is_taken_once_it_is_told_which(self) -> None:
        conversation = self.brought(at="2026-10-25T01:30+00:00")

        assert conversation.messages.get().received_at == london("2026-10-25 01:30") + timedelta(
            hours=1
        )

    def test_what_is_no_picture_is_refused(self) -> None:
        page = "<script>alert(1)</script>"
        cut = picture().read()[:40]
        for content, sentence in (
            (page.encode(), "PNG, JPEG or WebP"),
            (cut, "damaged"),
            (b"", "empty file"),
        ):
            status, said = self.sent(screenshot=SimpleUploadedFile("a.png", content))
            assert (status, sentence in said) == (422, True), sentence
        with self.settings(GLEDE_SCREENSHOT_MB=0):
            assert "larger than" in self.sent(screenshot=picture())[1]

    def test_a_good_screenshot_outlives_a_form_that_is_wrong(self) -> None:
        _, page = self.sent(screenshot=picture(), at="")
        assert "Your screenshot is kept" in page
        found = re.search(r'name="kept" value="([^"]+)"', page)
        assert found is not None
        ticket = found.group(1)

        assert self.sent(kept=ticket)[0] == 302
        assert Capture.objects.get().digest

        sam = signed_in(self.cast.sam)
        status, said = self.sent(client=sam, kept=ticket, text="Another")
        assert (status, "Choose the screenshot again" in said) == (422, True)
        assert self.sent(kept=f"{ticket}x", text="A third")[0] == 422

    def test_an_answer_in_the_app_is_recorded_with_its_proof(self) -> None:
        conversation = self.brought()
        path = f"/capture/answered/{conversation.pk}/"
        given = {"text": "We are sorry. Sam calls you today.", "at": "2026-11-24T11:00"}

        assert "My landlord ignores me." in self.meena.get(path).content.decode()
        refused = self.meena.post(path, given)
        assert (refused.status_code, "link or a screenshot" in refused.content.decode()) == (
            422,
            True,
        )
        assert "Sam calls you today" in refused.content.decode()
        early = self.meena.post(path, {**given, "at": "2026-11-24T09:29", "screenshot": picture()})
        assert "before the question" in early.content.decode()
        done = self.meena.post(path, {**given, "screenshot": picture()})

        message = Message.objects.get(direction="out")
        assert done.headers["Location"] == f"/c/{conversation.pk}/#m{message.pk}"
        clock = Clock.objects.get(kind="acknowledge")
        assert clock.stopped_at == london("2026-11-24 11:00")
        page = self.meena.get(f"/c/{conversation.pk}/").content.decode()
        assert "Sam calls you today" in page
        capture = Capture.objects.get(side="ours")
        assert f'href="/capture/{capture.pk}/"' in page
        again = self.meena.post(path, {**given, "screenshot": picture()})
        assert "Nothing waits" in again.content.decode()

    def test_who_may_not_reply_records_no_answer(self) -> None:
        conversation = self.brought()
        for who in (self.cast.rae, self.cast.beth):
            answer = signed_in(who).post(f"/capture/answered/{conversation.pk}/", {})
            assert answer.status_code == 403
        stranger = signed_in(make.person("Pip", make.Role.ADVISOR, brand_id=self.cast.pennvale))
        assert stranger.get(f"/capture/answered/{conversation.pk}/").status_code == 404
