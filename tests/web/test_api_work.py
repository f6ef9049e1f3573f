"""What the API changes besides conversations: each through its screen's own rule, and refused."""

import io
import json
import tempfile
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, TestCase
from django.test.utils import override_settings
from PIL import Image

from glede.desk.alerts.rules import Kind as AlertKind
from glede.desk.conversations.models import Conversation
from glede.desk.conversations.rules import State
from glede.desk.outbox.models import Delivery, Enclosure
from glede.desk.replies.models import ClosingLine
from glede.flow import casework, handling, inbound, notices, sweep
from glede.kit import clock
from glede.rulebook.audit.models import Entry
from glede.rulebook.people.rules import Permission, Role, Viewer
from glede.rulebook.tokens.rules import Kind
from tests import cast, make
from tests.web.able_desk import NOW, OnAnAbleDesk
from tests.web.test_api import token_of, told

P = Permission


def ask(
    method: str, path: str, secret: str, body: Any = None, *, key: str = "", form: Any = None
) -> HttpResponse:
    headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
    answer: HttpResponse
    if form is not None:
        answer = Client().post(f"/api/v1{path}", form, headers=headers)
    else:
        written = "" if body is None else json.dumps(body)
        answer = Client().generic(
            method, f"/api/v1{path}", written, content_type="application/json", headers=headers
        )
    return answer


def picture(colour: str = "teal") -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (20, 30), colour).save(target, "PNG")
    return SimpleUploadedFile("screen.png", target.getvalue(), "image/png")


class OverTheApi(TestCase):
    """Requests that must end in one status; the answer read."""

    def done(self, method: str, path: str, secret: str, body: Any = None, **more: Any) -> Any:
        answer = ask(method, path, secret, body, **more)
        assert answer.status_code in (200, 201, 202, 204), answer.content
        return told(answer) if answer.content else None

    def refused(
        self,
        status: int,
        says: str,
        method: str,
        path: str,
        secret: str,
        body: Any = None,
        **m: Any,
    ) -> Any:
        answer = ask(method, path, secret, body, **m)
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        problem = told(answer)
        assert says in problem["detail"], problem
        return problem


class TestWork(OverTheApi):
    cast: ClassVar[cast.Cast]
    mine: ClassVar[Conversation]
    other: ClassVar[Conversation]

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            cls.cast = cast.build()
            at = NOW - timedelta(minutes=5)
            cls.mine = make.conversation(cls.cast.red_kite_site, name="Dawn", at=at)
            cls.other = make.conversation(
                cls.cast.pennvale_site, slug="pennvale", name="Ravi", at=at
            )

    def setUp(self) -> None:
        travel = time_machine.travel(NOW, tick=False)
        travel.start()
        self.addCleanup(travel.stop)

    def own(self, viewer: Viewer, *permissions: Permission) -> str:
        return token_of(viewer, *permissions, kind=Kind.PERSON)

    def program(self, viewer: Viewer, *permissions: Permission) -> str:
        return token_of(viewer, *permissions, kind=Kind.PROGRAM)

    # --- Views, labels, mentions ---

    def test_a_view_is_kept_changed_moved_and_deleted_by_its_own_person(self) -> None:
        sam, meena = self.own(self.cast.sam), self.own(self.cast.meena)
        first = self.done("POST", "/views", sam, {"name": "Late", "q": "is:late"})
        given = {"name": "Lifts", "q": "lift", "share": "brand", "brand": "red-kite"}
        second = self.done("POST", "/views", sam, given)

        order = self.done("POST", f"/views/{second['id']}/up", sam)
        seen = self.done("GET", "/views", meena)
        changed = self.done("PUT", f"/views/{second['id']}", sam, {"name": "Our lifts"})

        assert [one["id"] for one in order] == [second["id"], first["id"]]
        assert [(one["name"], one["brand"], one["own"]) for one in seen] == [
            ("Lifts", "red-kite", False)
        ]
        assert (changed["name"], changed["share"], changed["brand"]) == ("Our lifts", "me", None)
        self.refused(409, "already", "POST", "/views", sam, {"name": "Late"})
        self.refused(422, "brand:", "POST", "/views", sam, {"name": "x", "q": "brnad:x"})
        away = given | {"name": "P", "brand": "pennvale"}
        self.refused(422, "one of your brands", "POST", "/views", meena, away)
        self.refused(404, "", "DELETE", f"/views/{first['id']}", meena)
        program = self.program(self.cast.sam, P.READ_CONVERSATIONS)
        self.refused(403, "own name", "POST", "/views", program, {"name": "x"})
        self.done("DELETE", f"/views/{first['id']}", sam)
        assert [one["id"] for one in self.done("GET", "/views", sam)] == [second["id"]]

    def test_somebody_elses_shared_view_is_read_and_not_changed(self) -> None:
        given = {"name": "Everything", "share": "team"}
        shared = self.done("POST", "/views", self.own(self.cast.sam), given)
        meena = self.own(self.cast.meena)

        self.refused(403, "made a view", "PUT", f"/views/{shared['id']}", meena, {"name": "x"})

    def test_labels_are_made_by_whoever_manages_them_for_that_brand(self) -> None:
        priya = self.program(self.cast.priya, P.READ_CONVERSATIONS, P.MANAGE_LABELS)
        local = token_of(self.cast.priya, P.MANAGE_LABELS, brand_ids=[self.cast.red_kite])
        made = self.done("POST", "/labels", priya, {"name": "damp", "brand": "pennvale"}, key="1")

        again = ask("POST", "/labels", priya, {"name": "damp", "brand": "pennvale"}, key="1")
        renamed = self.done("PUT", f"/labels/{made['id']}", priya, {"name": "mould"})
        archived = self.done("DELETE", f"/labels/{made['id']}", priya)
        back = self.done("POST", f"/labels/{made['id']}/back", priya)

        assert (again["Idempotency-Replayed"], told(again)) == ("true", made)
        assert (renamed["name"], renamed["brand"]) == ("mould", "pennvale")
        assert (archived["archived"], back["archived"]) == (True, False)
        self.refused(409, "already", "POST", "/labels", priya, {"name": "mould"})
        self.refused(422, "no brand", "POST", "/labels", priya, {"name": "x", "brand": "swallow"})
        self.refused(403, "that brand", "POST", "/labels", local, {"name": "x", "brand": None})
        self.refused(404, "", "PUT", f"/labels/{made['id']}", local, {"name": "x"})
        reads = self.own(self.cast.sam, P.READ_CONVERSATIONS)
        assert ask("GET", "/labels", reads).status_code == 200
        self.refused(403, "labels.manage", "POST", "/labels", reads, {"name": "x"})
        assert Entry.objects.filter(actor_name="Priya, by “Board report”").exists()

    def test_a_note_that_names_one_is_listed_and_read(self) -> None:
        handling.note(
            viewer=self.cast.priya,
            conversation_id=self.mine.pk,
            text="@Sam can you ring her?",
            now=clock.now(),
        )
        sam = self.own(self.cast.sam)
        (one,) = self.done("GET", "/mentions", sam)["mentions"]

        self.done("POST", f"/mentions/{one['id']}/read", sam)

        (after,) = self.done("GET", "/mentions", sam)["mentions"]
        assert (one["by"], one["conversation"], one["seen"]) == ("Priya", self.mine.pk, False)
        assert after["seen"]
        assert self.done("GET", "/mentions", self.own(self.cast.meena))["mentions"] == []
        self.refused(404, "", "POST", f"/mentions/{one['id']}/read", self.own(self.cast.meena))
        program = self.program(self.cast.sam, P.READ_CONVERSATIONS)
        self.refused(403, "own name", "POST", f"/mentions/{one['id']}/read", program)

    # --- Texts ---

    def test_texts_are_kept_by_whoever_keeps_a_brands_words_and_snippets_by_all(self) -> None:
        beth, sam = self.own(self.cast.beth), self.own(self.cast.sam)
        given = {"title": "Roofer", "words": "Hello {{first name}}.", "brand": "red-kite"}
        made = self.done("POST", "/texts", beth, given)
        mine = self.done("POST", "/snippets", sam, {"title": "Hi", "words": "Hello."})

        next_one = self.done("PUT", f"/texts/{made['id']}", beth, given | {"words": "Hello."})
        taken = self.done("POST", f"/conversations/{self.mine.pk}/texts/{made['id']}", sam)
        self.done("DELETE", f"/texts/{made['id']}", beth)

        assert (next_one["version"], next_one["brand"], next_one["own"]) == (2, "red-kite", False)
        assert (taken["words"], mine["own"]) == ("Hello.", True)
        (kept,) = [o for o in self.done("GET", "/texts", beth) if o["id"] == made["id"]]
        assert (kept["used"], kept["archived"]) == (1, True)
        assert not self.done("POST", f"/texts/{made['id']}/back", beth)["archived"]
        self.refused(404, "", "PUT", f"/texts/{mine['id']}", beth, given)
        self.refused(404, "", "DELETE", f"/snippets/{mine['id']}", self.own(self.cast.meena))
        self.refused(409, "stands for nothing", "POST", "/texts", beth,
                     given | {"title": "x", "words": "{{due date}}"})  # fmt: skip
        self.refused(403, "texts.manage", "POST", "/texts", sam, given)
        local = token_of(self.cast.beth, P.MANAGE_TEXTS, brand_ids=[self.cast.pennvale])
        self.refused(403, "that brand", "POST", "/texts", local, given | {"title": "y"})
        self.refused(404, "", "PUT", f"/texts/{made['id']}", local, given)

    def test_a_brands_voice_and_what_it_says_by_itself(self) -> None:
        beth = self.own(self.cast.beth)
        voice = {"link": "https://redkite.example/repairs", "phone": "01494 476100"}
        says = {"text": "Thank you. We open again {opening}.", "emergency_number": "0800 1"}

        kept = self.done("PUT", "/brands/red-kite/voice", beth, voice)
        automatic = self.done("PUT", "/brands/red-kite/acknowledgement", beth, says)

        assert self.done("GET", "/brands/red-kite/voice", beth) == kept
        assert (kept["phone"], kept["also"]) == ("01494 476100", [])
        assert (automatic["version"], automatic["changed_by"]) == (1, "Beth")
        assert "We open again" in automatic["preview"]
        promise = {"text": "We answer within 2 hours. {opening}"}
        self.refused(409, "promise", "PUT", "/brands/red-kite/acknowledgement", beth, promise)
        local = token_of(self.cast.beth, P.MANAGE_TEXTS, brand_ids=[self.cast.pennvale])
        self.refused(403, "this brand", "PUT", "/brands/red-kite/voice", local, voice)
        self.refused(404, "", "GET", "/brands/swallow/voice", beth)

    # --- Drafts and what stands before a reply ---

    def test_a_draft_is_the_persons_own_and_newer_words_are_not_lost(self) -> None:
        here = f"/conversations/{self.mine.pk}/drafts"
        sam, other = self.own(self.cast.sam), self.own(self.cast.sam)
        kept = self.done("PUT", f"{here}/reply", sam, {"text": "A roofer"})

        clash = self.refused(409, "something else", "PUT", f"{here}/reply", other, {"text": "No"})
        self.done("PUT", f"{here}/reply", other, {"text": "A man", "base": kept["saved_at"]})

        assert clash["draft"]["text"] == "A roofer"
        assert self.done("GET", here, sam)["reply"]["text"] == "A man"
        assert self.done("GET", here, self.own(self.cast.meena))["reply"]["text"] == ""
        program = self.program(self.cast.sam, P.READ_CONVERSATIONS, P.WORK_CONVERSATIONS)
        self.refused(403, "own name", "PUT", f"{here}/reply", program, {"text": "x"})
        away = f"/conversations/{self.other.pk}/drafts/note"
        self.refused(404, "", "PUT", away, self.own(self.cast.meena), {"text": "x"})

    # --- Captures ---

    def test_a_matter_is_logged_by_hand_once_and_its_clock_runs_from_its_own_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder, override_settings(GLEDE_STORE=Path(folder)):
            sam = self.program(self.cast.sam, P.READ_CONVERSATIONS, P.WORK_CONVERSATIONS)
            at = clock.now() - timedelta(hours=1)
            given = {"account": self.mine.account_id, "name": "Mrs Field", "at": at.isoformat(),
                     "text": "The gate does not shut.", "link": "https://x.example/1"}  # fmt: skip
            form = lambda: given | {"screenshot": picture()}  # noqa: E731 - a file is read once
            made = self.done("POST", "/captures", sam, form=form())
            again = self.done("POST", "/captures", sam, form=form(), key="again")
            key_again = ask("POST", "/captures", sam, form=form(), key="again")
            inbound.drain(now=clock.now())

            shown = self.done("GET", f"/captures/{made['id']}", sam)
            whole = ask("GET", f"/captures/{made['id']}/screenshot", sam)

            assert again["id"] == made["id"]
            assert key_again["Idempotency-Replayed"] == "true"
            assert (made["conversation"], shown["screenshot"]) == (None, True)
            clocks = self.done("GET", f"/conversations/{shown['conversation']}", sam)["clocks"]
            assert clocks[0]["started_at"][:19] == at.isoformat()[:19]
            assert (whole.status_code, whole["Content-Type"]) == (200, "image/png")
            meena = self.own(self.cast.meena)
            later = (clock.now() + timedelta(days=1)).isoformat()
            for more, says in (
                ({"at": later}, "still to come"),
                ({"account": 999}, "one of your accounts"),
                ({"text": " "}, "word for word"),
                ({"screenshot": SimpleUploadedFile("x.png", b"<html>")}, "PNG, JPEG or WebP"),
            ):
                self.refused(422, says, "POST", "/captures", sam, form=given | more)
            there = given | {"account": self.other.account_id}
            self.refused(422, "one of your accounts", "POST", "/captures", meena, form=there)
            elsewhere = self.done("POST", "/captures", sam, form=there)
            self.refused(404, "", "GET", f"/captures/{elsewhere['id']}", meena)

    def test_an_answer_given_in_the_place_itself_stops_the_clock(self) -> None:
        sam, here = self.own(self.cast.sam), f"/conversations/{self.mine.pk}/answered-there"
        at = (clock.now() - timedelta(minutes=1)).isoformat()
        given = {"text": "Somebody comes.", "at": at, "link": "https://x.example/1"}

        self.refused(422, "link or a screenshot", "POST", here, sam, form=given | {"link": ""})
        self.done("POST", here, sam, form=given)
        self.refused(422, "Nothing waits", "POST", here, sam, form=given)

        self.mine.refresh_from_db()
        assert self.mine.waiting_count == 0
        program = self.program(self.cast.sam, P.READ_CONVERSATIONS)
        self.refused(403, "own name", "POST", here, program, form=given)

    # --- One matter or two, handed on ---

    def test_a_duplicate_is_unlinked_and_a_merge_taken_back(self) -> None:
        sam = self.own(self.cast.sam)
        second = make.conversation(self.cast.red_kite_site, name="Una", at=clock.now())
        given = {"viewer": self.cast.sam, "now": clock.now()}
        casework.link(conversation_id=second.pk, duplicate_of_id=self.mine.pk, **given)
        self.done("DELETE", f"/conversations/{second.pk}/duplicate", sam)
        second.refresh_from_db()
        assert second.duplicate_of_id is None

        self.done(
            "POST",
            f"/conversations/{second.pk}/merge",
            sam,
            {"into": self.mine.pk, "why": "One flat."},
        )
        (merge,) = self.done("GET", f"/conversations/{self.mine.pk}/regroupings", sam)
        away = f"/conversations/{self.other.pk}/unmerge"
        self.refused(409, "nothing of that kind", "POST", away, sam, {"regrouping": merge["id"]})
        self.done("POST", f"/conversations/{self.mine.pk}/unmerge", sam,
                  {"regrouping": merge["id"]})  # fmt: skip

        second.refresh_from_db()
        assert second.merged_into_id is None
        meena = self.own(self.cast.meena)
        self.refused(404, "", "DELETE", f"/conversations/{self.other.pk}/duplicate", meena)

    def test_work_is_handed_over_asked_about_and_given_back_by_a_person(self) -> None:
        sam = self.own(self.cast.sam)
        here = f"/conversations/{self.mine.pk}"
        given = {"to": self.cast.meena.id, "note": "She knows the house."}

        handed = self.done("POST", f"{here}/hand-over", sam, given)

        assert handed["owner"]["name"] == "Meena"
        self.done("POST", f"/acts/{handed['undo']['act']}/undo", sam)
        self.refused(409, "what you ask", "POST", f"{here}/hand-over", sam,
                     {"to": self.cast.meena.id, "keep": True})  # fmt: skip
        away = f"/conversations/{self.other.pk}/hand-over"
        self.refused(422, "No colleague", "POST", away, sam, given)
        self.done("POST", f"{here}/assign", sam, {"person": self.cast.sam.id})
        assert self.done("POST", "/hand-over", sam, {"to": self.cast.meena.id})["count"] == 1
        meena = self.own(self.cast.meena)
        assert self.done("POST", "/give-back", meena)["count"] == 1
        program = self.program(self.cast.sam, P.READ_CONVERSATIONS, P.WORK_CONVERSATIONS)
        for path, body in (
            ("/give-back", None),
            ("/hand-over", given),
            (f"{here}/hand-over", given),
        ):
            self.refused(403, "own name", "POST", path, program, body)

    def test_a_message_is_veiled_and_its_veil_lifted(self) -> None:
        sam, message = self.own(self.cast.sam), self.mine.messages.get()
        here = f"/conversations/{self.mine.pk}/messages/{message.pk}/veil"

        self.done("POST", here, sam, {"veiled": True})
        message.refresh_from_db()
        veiled = message.flagged
        self.done("POST", here, sam, {"veiled": False})
        message.refresh_from_db()

        assert veiled
        assert not message.flagged
        strange = f"/conversations/{self.other.pk}/messages/{message.pk}/veil"
        self.refused(404, "", "POST", strange, sam, {"veiled": True})

    # --- People outside ---

    def test_what_we_may_know_of_a_person_is_kept_by_their_consent(self) -> None:
        sam, here = self.own(self.cast.sam), f"/people/{self.mine.contact_id}"
        today = f"{clock.now():%Y-%m-%d}"
        given = {"wish": "Large print", "since_on": today, "consent": "on the phone",
                 "consent_on": today}  # fmt: skip

        whole = self.done("POST", f"{here}/adjustments", sam, given)
        (one,) = whole["adjustments"]
        noted = self.done("POST", f"{here}/notes", sam, {"text": "Has a dog."})
        self.done("PUT", f"{here}/works-here", sam, {})

        shown = self.done("GET", here, sam)
        assert (one["says"], shown["works_here_since"]) == ("Large print", today)
        assert shown["conversations"] == [self.mine.pk]
        self.done("POST", f"{here}/adjustments/{one['id']}/review", sam, {})
        self.done("DELETE", f"{here}/adjustments/{one['id']}", sam)
        self.done("DELETE", f"{here}/notes/{noted['notes'][0]['id']}", sam)
        after = self.done("DELETE", f"{here}/works-here", sam)
        assert (after["adjustments"], after["notes"], after["works_here_since"]) == ([], [], None)
        tomorrow = f"{clock.now() + timedelta(days=2):%Y-%m-%d}"
        self.refused(409, "day to come", "POST", f"{here}/adjustments", sam,
                     given | {"consent_on": tomorrow})  # fmt: skip
        program = self.program(self.cast.sam, P.READ_CONVERSATIONS, P.WORK_CONVERSATIONS)
        self.refused(403, "own name", "POST", f"{here}/adjustments", program, given)
        by = self.done("POST", f"{here}/notes", program, {"text": "Rang."})["notes"][0]["text"]
        assert by == "“Board report”: Rang."
        self.refused(404, "", "GET", f"/people/{self.other.contact_id}", self.own(self.cast.meena))
        rae = self.own(self.cast.rae, P.READ_CONVERSATIONS)
        self.refused(403, "conversations.work", "POST", f"{here}/notes", rae, {"text": "x"})

    def test_two_are_said_to_be_one_person_parted_and_put_back(self) -> None:
        sam = self.own(self.cast.sam)
        make.conversation(
            self.cast.pennvale_site, slug="pennvale", name="Dawn", thread="d2", at=clock.now()
        )
        here = f"/people/{self.mine.contact_id}"
        (other,) = self.done("GET", here, sam)["perhaps"]

        joined = self.done("POST", f"{here}/join", sam, {"person": other["id"], "why": "Same."})
        (line,) = joined["regroups"]
        back = self.done("POST", f"{here}/regroups/{line['id']}/undo", sam)

        assert len(joined["names"]) == 2
        assert len(back["names"]) == 1
        joined = self.done("POST", f"{here}/join", sam, {"person": other["id"], "why": "Same."})
        names = [joined["names"][-1]["id"]]
        parted = self.done("POST", f"{here}/part", sam, {"names": names, "why": "Not."})
        assert parted["id"] != self.mine.contact_id
        self.refused(409, "from `perhaps`", "POST", f"{here}/join", sam,
                     {"person": self.other.contact_id, "why": "x"})  # fmt: skip
        self.refused(409, "names of this person", "POST", f"{here}/part", sam,
                     {"names": names, "why": "x"})  # fmt: skip
        # Of a brand one may not read, nobody is offered.
        assert self.done("GET", here, self.own(self.cast.meena))["perhaps"] == []

    # --- Alerts ---

    @override_settings(GLEDE_ALERT_SERVICES=frozenset({"ntfy"}))
    def test_an_alert_is_taken_once_and_told_how_and_where(self) -> None:
        sam = self.own(self.cast.sam)
        notices.tell(
            people=[self.cast.sam.id], key="x", says="The rota has a gap.", href="/rota/",
            kind=AlertKind.ROTA, now=clock.now(),
        )  # fmt: skip
        (alert,) = self.done("GET", "/alerts", sam)["alerts"]
        assert self.done("POST", f"/alerts/{alert['id']}/take", sam) == {"taken": 0}
        self.refused(404, "", "POST", f"/alerts/{alert['id']}/take", self.own(self.cast.meena))
        assert self.done("POST", "/alerts/seen", sam, {"alert": alert["id"]}) == {"seen": 1}

        sweep.run(now=NOW + timedelta(hours=2))
        late = next(
            one
            for one in self.done("GET", "/alerts", sam)["alerts"]
            if one["conversation"] == self.mine.pk
        )
        assert (late["kind"], late["may_take"]) == ("warning", True)
        assert self.done("POST", f"/alerts/{late['id']}/take", sam) == {"taken": 1}
        assert self.done("POST", f"/alerts/{late['id']}/take", sam) == {"taken": 0}

        quiet = [{"day": 0, "begins": "22:00", "ends": "07:00"}]
        given = {"ways": [{"kind": "breach", "ways": ["mail"]}], "quiet": quiet}
        kept = self.done("PUT", "/alerts/preferences", sam, given)
        assert {one["kind"]: one["ways"] for one in kept["ways"]}["breach"] == ["mail"]
        assert kept["quiet"] == quiet
        severe = given | {"ways": [{"kind": "urgent", "ways": []}]}
        self.refused(422, "cannot be chosen", "PUT", "/alerts/preferences", sam, severe)

        place = self.done("POST", "/alerts/ways", sam, {"name": "Me", "url": "ntfy://h.example/d"})
        assert (place["shown"], place["team"]) == ("ntfy://…", False)
        self.done("POST", f"/alerts/ways/{place['id']}/test", sam)
        assert self.done("GET", "/alerts/log", sam)[0]["what"] == "Test"
        priya = self.own(self.cast.priya)
        for method, path in (("POST", "/test"), ("DELETE", "")):
            self.refused(404, "", method, f"/alerts/ways/{place['id']}{path}", priya)
        channel = {"url": "ntfy://h.example/team", "kinds": ["breach"], "brand": "red-kite"}
        self.refused(403, "rota.manage", "POST", "/alerts/channels", sam, channel)
        made = self.done("POST", "/alerts/channels", priya, channel)
        assert (made["team"], made["brand"]) == (True, "Red Kite")
        self.done("DELETE", f"/alerts/ways/{place['id']}", sam)
        self.refused(409, "may not write to", "POST", "/alerts/ways", sam, {"url": "gopher://x"})

    # --- The rota, and sharing ---

    def test_a_week_is_saved_unless_opening_hours_have_nobody(self) -> None:
        priya = self.program(self.cast.priya, P.READ_CONVERSATIONS, P.MANAGE_ROTA)
        shifts = [
            {"person": self.cast.sam.id, "duty": "holder", "on": f"2026-11-{day}",
             "starts": "09:00", "ends": "17:30"}
            for day in range(23, 28)
        ]  # fmt: skip
        gap = self.refused(409, "somebody must be on duty", "PUT", "/rota/2026-11-23", priya,
                           {"seen": 0, "shifts": shifts[:3]})["gaps"]  # fmt: skip
        assert {one["lack"] for one in gap} == {"in_hours"}
        assert {one["from_at"][:10] for one in gap} == {"2026-11-26", "2026-11-27"}

        saved = self.done("PUT", "/rota/2026-11-23", priya, {"seen": 0, "shifts": shifts})
        week = self.done("GET", "/rota?day=2026-11-25", priya)

        assert (saved["version"], week["version"], len(week["shifts"])) == (1, 1, 5)
        self.refused(409, "while you wrote", "PUT", "/rota/2026-11-23", priya,
                     {"seen": 0, "shifts": shifts})  # fmt: skip
        self.refused(422, "its Monday", "PUT", "/rota/2026-11-24", priya, {"seen": 0, "shifts": []})
        stan = [*shifts[:1], shifts[1] | {"person": self.cast.stan.id}]
        self.refused(422, "may answer", "PUT", "/rota/2026-11-23", priya,
                     {"seen": 1, "shifts": stan})  # fmt: skip
        swap = f"/rota/shifts/{week['shifts'][2]['id']}/swap"
        given = {"person": self.cast.priya.id, "note": "Sam is ill."}
        assert self.done("POST", swap, priya, given)["person"]["name"] == "Priya"
        self.refused(409, "already", "POST", swap, priya, given)
        sam = self.own(self.cast.sam)
        self.refused(403, "rota.manage", "PUT", "/rota/2026-11-23", sam, {"seen": 1, "shifts": []})

        away = {"person": self.cast.sam.id, "from_on": "2026-11-26", "until_on": "2026-11-27"}
        (absent,) = self.done("POST", "/away", priya, away)
        assert self.done("GET", "/rota", priya)["gaps_ahead"]
        self.refused(409, "after the first", "POST", "/away", priya,
                     away | {"until_on": "2026-11-26"})  # fmt: skip
        self.done("DELETE", f"/away/{absent['id']}", priya)
        assert self.done("GET", "/away", priya) == []

    def test_rules_of_sharing_are_written_in_order_and_rehearsed(self) -> None:
        priya = self.program(self.cast.priya, P.SHARE_WORK, P.READ_CONVERSATIONS)
        self.done(
            "PUT", f"/sharing/people/{self.cast.sam.id}", priya, {"skills": ["cy"], "most": 9}
        )
        self.done("POST", "/sharing/rules", priya, {"brand": "pennvale"})
        rules = self.done(
            "POST", "/sharing/rules", priya, {"phrases": ["Lift"], "to": "skill", "skill": "cy"}
        )
        second = rules[1]["id"]

        first = self.done("POST", f"/sharing/rules/{second}/up", priya)
        off = self.done("POST", f"/sharing/rules/{rules[0]['id']}/off", priya)
        would = self.done("GET", "/sharing/rehearsal", priya)

        assert (first[0]["id"], first[0]["phrases"]) == (second, ["lift"])
        assert [one["active"] for one in off] == [True, False]
        assert {one["person"] for one in would} == {self.cast.sam.id}
        assert self.done("POST", f"/sharing/rules/{rules[0]['id']}/on", priya)[1]["active"]
        assert len(self.done("DELETE", f"/sharing/rules/{second}", priya)) == 1
        for more, says in (
            ({"platform": "orkut"}, "no platform"),
            ({"label": 9}, "no such label"),
            ({"person": self.cast.stan.id, "to": "person"}, "Nobody by that number"),
            ({"to": "skill", "skill": "cobol"}, "that skill"),
        ):
            self.refused(422, says, "POST", "/sharing/rules", priya, more)
        self.refused(409, "which person", "POST", "/sharing/rules", priya, {"to": "person"})
        self.refused(404, "", "POST", f"/sharing/rules/{second}/up", priya)
        self.refused(403, "work.share", "GET", "/sharing/rules", self.own(self.cast.sam))


class TestOnAnAblePlatform(OnAnAbleDesk, OverTheApi):
    """Where a platform takes pictures, and private answers."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        own = override_settings(GLEDE_STORE=Path(folder.name))
        own.enable()
        self.addCleanup(own.disable)
        super().setUp()

    def test_a_picture_is_chosen_looked_at_and_goes_with_the_reply(self) -> None:
        sam = token_of(self.able.sam)
        here = f"/conversations/{self.conversation.pk}"
        form = {"picture": picture(), "alt": "A map"}
        made = self.done("POST", f"{here}/pictures", sam, form=form)

        whole = ask("GET", f"/attachments/{made['id']}", sam)
        self.refused(409, "one picture", "POST", f"{here}/pictures", sam,
                     form={"picture": picture("red"), "alt": "More"})  # fmt: skip
        colleague = token_of(self.able.priya)
        self.refused(404, "", "GET", f"/attachments/{made['id']}", colleague)
        self.refused(404, "", "DELETE", f"{here}/pictures/{made['id']}", colleague)
        self.done("DELETE", f"{here}/pictures/{made['id']}", sam)
        assert self.done("GET", f"{here}/drafts", sam)["pictures"] == []
        self.done("POST", f"{here}/pictures", sam, form={"picture": picture(), "alt": "A map"})
        self.conversation.refresh_from_db()
        reply = {"text": "Here is a map.", "seen_revision": self.conversation.revision}
        stopped = self.refused(409, "Nothing was sent", "POST", f"{here}/replies", sam, reply)
        (look,) = stopped["findings"]
        assert "Look at the picture before anybody can" in look["says"]
        self.done("POST", f"{here}/replies", sam, reply | {"confirmed": [look["key"]]})

        assert (whole.status_code, whole["Content-Type"]) == (HTTPStatus.OK, "image/jpeg")
        assert whole["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert Enclosure.objects.get().attachment.alt == "A map"
        stranger = token_of(make.person("Olu", Role.LEAD, brand_id=make.brand("Away", order=5)))
        self.refused(404, "", "GET", f"/attachments/{made['id']}", stranger)
        rae = token_of(self.able.rae)
        self.refused(403, "replies.send", "POST", f"{here}/pictures", rae, form=form)

    def test_words_are_looked_at_before_they_go(self) -> None:
        here, sam = f"/conversations/{self.conversation.pk}", token_of(self.able.sam)

        (found,) = self.done("POST", f"{here}/check", sam, {"text": "Ring Mo on 07700 900123"})

        assert (found["box"], found["severity"]) == ("words", "second")
        assert self.done("POST", f"{here}/check", sam, {"text": "Thank you."}) == []
        assert "private message" in self.done("GET", f"{here}/invitation", sam)["words"]
        send = {"text": "Done.", "seen_revision": 0}
        self.refused(409, "meanwhile", "POST", f"{here}/closing-lines/1/send", sam, send)
        rae = token_of(self.able.rae)
        self.refused(403, "replies.send", "POST", f"{here}/check", rae, {"text": "x"})

    def test_the_same_answer_goes_to_others_who_ask_the_same(self) -> None:
        self.able.asks(self.said, at=NOW - timedelta(minutes=30), id="c-2", by="una")
        here, sam = f"/conversations/{self.conversation.pk}/alike", token_of(self.able.sam)
        (other,) = self.done("GET", here, sam)
        to = [{"conversation": other["conversation"], "revision": other["revision"]}]

        drafts = self.done("POST", here, sam, {"text": "Soon.", "to": to, "then": "drafts"})
        again = self.done("POST", here, sam, {"text": "Soon.", "to": to, "then": "drafts"})
        sent = self.done("POST", here, sam, {"text": "Soon.", "to": to, "then": "send"})

        assert (drafts["done"], again["done"], sent["done"]) == (1, 0, 1)
        assert "begun another answer" in again["outcomes"][0]["why_not"]
        strange = [{"conversation": self.conversation.pk, "revision": 0}]
        self.refused(422, "not among those alike", "POST", here, sam,
                     {"text": "Soon.", "to": strange, "then": "send"})  # fmt: skip

    def test_a_closing_line_is_sent_declined_and_asked_for_again(self) -> None:
        sam = token_of(self.able.sam)
        Conversation.objects.filter(pk=self.conversation.pk).update(state=State.RESOLVED)
        ClosingLine.objects.create(
            conversation=self.conversation, person_id=self.able.sam.id, asked_at=NOW
        )
        here = f"/conversations/{self.conversation.pk}/closing-lines"
        (line,) = self.done("GET", here, sam)
        one = f"{here}/{line['id']}"

        self.done("POST", f"{one}/decline", sam, {"why": "they asked us not to"})
        assert self.done("GET", here, sam) == []
        self.refused(409, "meanwhile", "POST", f"{one}/decline", sam,
                     {"why": "they asked us not to"})  # fmt: skip
        self.done("POST", f"{one}/ask-again", sam)
        empty = {"text": " ", "seen_revision": 99}
        assert self.refused(409, "Mend", "POST", f"{one}/send", sam, empty)["findings"]
        sent = self.done("POST", f"{one}/send", sam, {"text": line["line"], "seen_revision": 99})

        assert Delivery.objects.get(pk=sent["id"]).private is False
        assert ClosingLine.objects.get().delivery_id == sent["id"]
