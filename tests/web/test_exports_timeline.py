"""The evidence of one conversation: what it says, that it is one page, and who may have it."""

import argparse
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, TestCase
from pypdf import PdfReader

from glede.commands import timeline as command
from glede.commands.failure import CommandError
from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Conversation
from glede.desk.conversations.rules import NotNeeded
from glede.desk.insight import timeline as timelines
from glede.desk.insight.timeline import Timeline
from glede.flow import handling, sweep
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import GENESIS, Actor, ActorKind, Verb, digest
from glede.rulebook.people.rules import Viewer
from glede.web.exports import timeline as exports
from tests import cast, make
from tests.make import NOW

#: What a resident might be called who knows how pages and PDFs are made.
HOSTILE = (
    "#read(\"/etc/passwd\")",
    "#let x = 1; #panic(\"no\")",
    "*bold* _it_ $x^2$ `raw` <label> @ref // comment /* open",
    "]) } ${ {{ }} \\u{1F525} \\",
    "#image(\"http://127.0.0.1/x.png\")",
    "<script>alert(1)</script>",
    "\u202egnp.exe \u0000\ufffe \U0001f525 العربية 中文",
    "=HYPERLINK(\"http://x\")",
    "a" * 3_000,
)  # fmt: skip


def client_of(viewer: Viewer) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=viewer.id),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def acting(viewer: Viewer) -> Actor:
    return Actor(ActorKind.PERSON, str(viewer.id), viewer.name)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def glede_timeline(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    return command.run(parser.parse_args(["timeline", *words]))


class TestTimeline(TestCase):
    cast: ClassVar[cast.Cast]
    dawns: ClassVar[Conversation]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        cls.dawns = make.conversation(cls.cast.red_kite_site, name="Dawn Price")
        conversations.assign(
            conversation_id=cls.dawns.pk,
            person_id=cls.cast.sam.id,
            actor=acting(cls.cast.sam),
            now=NOW + timedelta(minutes=20),
        )

    def of(self, at: datetime = NOW + timedelta(hours=1)) -> Timeline:
        return timelines.of(self.cast.sam, self.dawns.pk, now=at)

    def what(self, of: Timeline) -> list[tuple[str, str]]:
        return [(one.what, one.who) for one in of.moments]

    def test_it_tells_receipt_ingestion_and_who_did_what(self) -> None:
        found = self.of()

        assert self.what(found)[0] == ("received", "Dawn Price")
        assert found.moments[0].at == NOW
        ingested = next(one for one in found.moments if one.what == "ingested")
        assert ingested.at == NOW + timedelta(seconds=5)
        assert ("assigned", "Sam") in self.what(found)

    def test_who_merely_looked_is_not_named(self) -> None:
        conversations.read(
            conversation_id=self.dawns.pk,
            person_id=self.cast.meena.id,
            revision=1,
            now=NOW + timedelta(minutes=3),
        )

        found = self.of()

        seen = next(one for one in found.moments if one.what == "seen")
        assert (seen.at, seen.who) == (NOW + timedelta(minutes=3), "the desk")
        assert "Meena" not in json.dumps(exports.as_json(found))

    def test_the_promise_carries_clause_versions_and_result(self) -> None:
        promise = next(one for one in self.of().promises if one.kind == "acknowledge")

        assert (promise.clause, promise.policy_version, promise.calendar_version) == ("6.5", "1", 1)
        assert promise.due_at == NOW + timedelta(hours=4)
        assert promise.kept is None
        late = self.of(NOW + timedelta(hours=5))
        assert next(one for one in late.promises if one.kind == "acknowledge").kept is False

    def test_alerts_and_the_broken_promise_are_told(self) -> None:
        for hours in (2, 4, 5):
            sweep.run(now=NOW + timedelta(hours=hours))

        found = self.of(NOW + timedelta(hours=6))

        assert any(one.what == "alerted" and "told" in one.note for one in found.moments)
        broken = next(one for one in found.moments if one.what == "promise broken")
        assert broken.clause == "6.5"

    def test_settling_it_is_told_with_who(self) -> None:
        handling.no_reply_needed(
            viewer=self.cast.sam,
            conversation_id=self.dawns.pk,
            reason=NotNeeded.PRAISE,
            now=NOW + timedelta(hours=1),
        )

        found = self.of(NOW + timedelta(hours=2))

        assert ("closed: no reply needed", "Sam") in self.what(found)
        promise = next(one for one in found.promises if one.kind == "acknowledge")
        assert promise.kept is None, "What needed no reply is counted apart."

    def test_no_word_of_the_conversation_is_in_it(self) -> None:
        conversations.add_note(
            conversation_id=self.dawns.pk,
            person_id=self.cast.sam.id,
            text="She has a baby in the flat.",
            actor=acting(self.cast.sam),
            now=NOW + timedelta(minutes=30),
        )
        found = self.of()

        told = (
            json.dumps(exports.as_json(found)) + read(exports.as_pdf(found)).pages[0].extract_text()
        )

        assert "lift" not in told
        assert "baby" not in told

    def test_its_hash_can_be_counted_again_and_changes_with_the_record(self) -> None:
        before = self.of().record
        rows = audit.rows_of("conversation", self.dawns.pk)
        assert before.sha256 == digest(GENESIS, rows)
        assert before.entries == len(rows) == Entry.objects.filter(
            object_kind="conversation", object_id=str(self.dawns.pk)
        ).count()  # fmt: skip

        conversations.add_note(
            conversation_id=self.dawns.pk,
            person_id=self.cast.sam.id,
            text="Called her.",
            actor=acting(self.cast.sam),
            now=NOW + timedelta(minutes=30),
        )
        assert self.of().record.sha256 != before.sha256

    def test_taking_it_is_on_record_and_does_not_change_what_it_rests_on(self) -> None:
        before = self.of().record

        answer = client_of(self.cast.sam).get(f"/c/{self.dawns.pk}/timeline.pdf")

        assert answer["Content-Type"] == "application/pdf"
        (entry,) = audit.trail("timeline", self.dawns.pk)
        assert (entry.verb, entry.actor_name) == (Verb.TIMELINE_EXPORTED, "Sam")
        assert self.of().record == before

    def test_it_is_one_page_with_both_times_and_the_hash(self) -> None:
        found = self.of()

        pdf = read(exports.as_pdf(found))

        text = pdf.pages[0].extract_text()
        assert len(pdf.pages) == 1
        for part in (
            "Tue 24 Nov 2026 11:40:00 GMT",
            "11:40:00Z",
            "Dawn Price",
            found.record.sha256,
        ):
            assert part in text
        assert pdf.metadata is not None
        assert pdf.metadata.title == f"Timeline of conversation {self.dawns.pk}"

    def test_in_the_night_the_clocks_change_both_times_are_told_apart(self) -> None:
        at = datetime.fromisoformat("2026-10-25T01:30:00+01:00")
        first = make.conversation(self.cast.red_kite_site, name="Ravi", at=at)
        second = make.conversation(self.cast.red_kite_site, name="Mira", at=at + timedelta(hours=1))
        told = [
            exports.as_json(timelines.of(self.cast.sam, one.pk, now=NOW))["moments"][0]
            for one in (first, second)
        ]

        assert [one["local"] for one in told] == [
            "Sun 25 Oct 2026 01:30:00 BST",
            "Sun 25 Oct 2026 01:30:00 GMT",
        ]
        assert [one["at"] for one in told] == [
            "2026-10-25T00:30:00+00:00",
            "2026-10-25T01:30:00+00:00",
        ]

    def test_a_hostile_name_is_shown_and_never_obeyed(self) -> None:
        for name in HOSTILE:
            Conversation.objects.filter(pk=self.dawns.pk).update(name=name.replace("\0", ""))
            found = self.of()

            pdf = read(exports.as_pdf(found))

            with self.subTest(name=name[:30]):
                text = pdf.pages[0].extract_text()
                assert len(pdf.pages) == 1
                assert "root:" not in text
                # What a font can show stands there letter by letter.
                assert name.isascii() is False or name[:12].split()[0] in text

    def test_a_conversation_that_goes_on_for_months_is_still_one_page(self) -> None:
        for number in range(60):
            conversations.assign(
                conversation_id=self.dawns.pk,
                person_id=(self.cast.sam if number % 2 else self.cast.priya).id,
                actor=acting(self.cast.priya),
                now=NOW + timedelta(hours=number),
            )
        found = self.of(NOW + timedelta(days=9))

        pdf = read(exports.as_pdf(found))

        assert len(pdf.pages) == 1
        assert "further moments are in the JSON" in pdf.pages[0].extract_text()
        assert len(exports.as_json(found)["moments"]) == len(found.moments) > 60

    def test_only_who_may_read_the_conversation_gets_it(self) -> None:
        pennvales = make.conversation(self.cast.pennvale_site, slug="pennvale", name="Ravi")
        meena = client_of(self.cast.meena)
        for form in ("pdf", "json"):
            assert meena.get(f"/c/{pennvales.pk}/timeline.{form}").status_code == 404
            assert meena.get(f"/c/{self.dawns.pk}/timeline.{form}").status_code == 200
            assert client_of(self.cast.ada).get(f"/c/1/timeline.{form}").status_code == 403
        assert audit.trail("timeline", pennvales.pk) == []

    def test_the_conversation_leads_to_it(self) -> None:
        page = client_of(self.cast.sam).get(f"/c/{self.dawns.pk}/").content.decode()

        assert f'href="/c/{self.dawns.pk}/timeline.pdf"' in page

    def test_the_json_on_the_page_is_that_of_the_command(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            printed = io.StringIO()
            patch.setattr("sys.stdout", printed)
            assert glede_timeline(str(self.dawns.pk), "--json") == 0
        page = json.loads(client_of(self.cast.sam).get(f"/c/{self.dawns.pk}/timeline.json").content)

        assert still(json.loads(printed.getvalue())) == still(page)


def still(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in {"as_of", "promises"}}


@pytest.mark.django_db
def test_the_command_writes_a_page_and_says_what_it_cannot(tmp_path: Path) -> None:
    people = cast.build()
    made = make.conversation(people.red_kite_site)
    out = tmp_path / "timeline.pdf"

    assert glede_timeline(str(made.pk), "--out", str(out)) == 0

    assert len(read(out.read_bytes()).pages) == 1
    (entry,) = audit.trail("timeline", made.pk)
    assert entry.actor_id.startswith("command:")
    with pytest.raises(CommandError, match="no conversation number"):
        glede_timeline("99999999", "--json")
    with pytest.raises(CommandError, match="--out FILE"):
        glede_timeline(str(made.pk))
