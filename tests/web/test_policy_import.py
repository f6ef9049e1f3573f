"""A policy owner drops a document in, settles what was found, and makes a version of it."""

import html
import re
from typing import Any, ClassVar

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client, TestCase, override_settings

from glede.flow import reading_in
from glede.kit import clock
from glede.rulebook.imports import actions as imports
from glede.rulebook.imports import queries
from glede.rulebook.imports.models import Item
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policies
from glede.rulebook.policy.rules import Status
from tests import cast
from tests.rulebook import import_readers
from tests.web.test_access import signed_in

READER = "tests.rulebook.import_readers:read"
SCRIPT = {"HX-Request": "true", "HX-Request-Type": "partial"}


def text_of(response: HttpResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


class Desk(TestCase):
    """Noor owns the policy, Felix reviews it; a document was given and read."""

    cast: ClassVar[cast.Cast]
    import_id: ClassVar[int]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        now = clock.now()
        cls.import_id, _ = reading_in.take_in(
            viewer=cls.cast.noor, data=b"The policy.", name="voices.docx", note="", now=now
        )
        reading_in.read(import_id=cls.import_id, reader=READER)

    def setUp(self) -> None:
        self.noor, self.felix = signed_in(self.cast.noor), signed_in(self.cast.felix)

    def path(self, rest: str = "") -> str:
        return f"/policy/import/{self.import_id}/{rest}"

    def item(self, key: str) -> Item:
        return queries.items(self.import_id).get(key=key)

    def decide(
        self, key: str, act: str, *, client: Client | None = None, script: bool = False, **more: Any
    ) -> Any:
        item = self.item(key)
        return (client or self.noor).post(
            self.path(f"items/{item.pk}/decide/"),
            {"act": act, "version": str(item.version), **more},
            headers=SCRIPT if script else {},
        )

    def act_of(self, key: str) -> str:
        decision = self.item(key).decision
        return decision.act if decision else ""


def upload(client: Client, data: bytes, name: str = "policy.txt", note: str = "") -> Any:
    return client.post("/policy/import/", {"file": SimpleUploadedFile(name, data), "note": note})


class TestGiving(Desk):
    def test_a_file_is_given_and_the_page_says_how_far_it_is(self) -> None:
        response = upload(self.noor, b"Another policy.", note="From the intranet")
        page = self.noor.get(response["Location"])

        assert response.status_code == 302
        assert "Waiting for the worker" in text_of(page)
        assert 'http-equiv="refresh"' in page.content.decode()
        assert "From the intranet" in text_of(self.noor.get("/policy/import/"))

    def test_progress_is_told_until_it_is_read_and_then_the_page_loads_anew(self) -> None:
        path = upload(self.noor, b"Another policy.")["Location"]
        import_id = int(path.split("/")[-2])
        attempt = imports.begin(
            import_id=import_id, now=clock.now(), lost_after=reading_in._lost_after()
        )
        imports.progress(
            import_id=import_id, attempt=attempt, done=3, total=12, doing="pages", now=clock.now()
        )
        headers = {**SCRIPT, "HX-Target": "div#progress"}

        part = self.noor.get(path, headers=headers)
        imports.finish(
            import_id=import_id,
            attempt=attempt,
            result=import_readers.DOCUMENT,
            now=clock.now(),
        )
        done = self.noor.get(path, headers=headers)

        assert "Pages: 3 of 12." in text_of(part)
        assert b"<html" not in part.content
        assert (done.status_code, done["HX-Refresh"]) == (204, "true")

    def test_what_is_refused_says_why_and_keeps_the_words(self) -> None:
        for data, name, says in (
            (b"", "policy.txt", "The file is empty."),
            (b"x", "policy.xls", "“policy.xls” is not a kind of file we can read."),
        ):
            response = upload(self.noor, data, name, note="From the intranet")

            assert response.status_code == 422
            assert says in text_of(response)
            assert 'value="From the intranet"' in response.content.decode()
        assert "Choose the file" in text_of(self.noor.post("/policy/import/", {}))

    @override_settings(GLEDE_POLICY_FILE_MB=1)
    def test_a_file_that_is_too_large_is_refused_with_the_limit(self) -> None:
        response = upload(self.noor, b"x" * 1_000_001)

        assert response.status_code == 422
        assert "at most 1 MB" in text_of(response)

    @override_settings(GLEDE_POLICY_FILE_MB=1)
    def test_a_body_far_too_large_is_refused_before_it_is_kept(self) -> None:
        response = upload(self.noor, b"x" * 2_100_000)

        assert response.status_code == 413
        assert "That is too large to send" in text_of(response)

    def test_the_same_file_twice_opens_the_first(self) -> None:
        response = upload(self.noor, b"The policy.", "copy.txt")

        assert response["Location"] == self.path()
        assert "read in before" in text_of(self.noor.get(response["Location"]))

    def test_a_file_that_cannot_be_read_says_why_and_can_be_tried_again(self) -> None:
        path = upload(self.noor, b"A scan.", "scan.pdf")["Location"]
        import_id = int(path.split("/")[-2])
        reading_in.read(import_id=import_id, reader="tests.rulebook.import_readers:refuses")

        assert "These pages are pictures." in text_of(self.noor.get(path))
        assert 'http-equiv="refresh"' not in self.noor.get(path).content.decode()

        self.noor.post(f"{path}again/")
        reading_in.read(import_id=import_id, reader=READER)
        assert "Review what we found" in text_of(self.noor.get(path))

    def test_the_file_itself_is_only_ever_saved(self) -> None:
        response = self.noor.get(self.path("file/"))

        assert response.content == b"The policy."
        assert response["Content-Disposition"] == 'attachment; filename="voices.docx"'
        assert response["Content-Type"] == "application/octet-stream"
        assert response["X-Content-Type-Options"] == "nosniff"


class TestSettling(Desk):
    def test_text_and_items_stand_side_by_side_and_lead_to_each_other(self) -> None:
        item = self.item("acknowledge.in_hours")
        page = self.noor.get(self.path()).content.decode()

        assert f'<mark data-items="{item.pk}">within 4 hours of receiving it</mark>' in page
        assert f'#item-{item.pk}" data-item="{item.pk}"' in page
        assert 'data-clause="2.2">clause 2.2</a>' in page
        assert "<b>0 of 19</b> decided" in page

    def test_confirming_goes_on_with_the_next_and_counts(self) -> None:
        response = self.decide("title", "confirmed")
        following = self.item("organisation")

        assert response["Location"].endswith(f"?item={following.pk}#item-{following.pk}")
        page = text_of(self.noor.get(self.path()))
        assert "1 of 19 decided" in page
        assert "Confirmed by Noor" in page

    def test_a_script_gets_the_item_the_counts_and_the_clause_back(self) -> None:
        part = self.decide("resolve", "confirmed", script=True).content.decode()

        assert part.count("<li") == 1
        assert 'id="counts" class="counts" hx-swap-oob="true"' in part
        assert 'id="clause-2.2" hx-swap-oob="true"' in part
        assert "<html" not in part

    def test_a_correction_is_typed_in_words(self) -> None:
        self.decide(
            "acknowledge.in_hours",
            "corrected",
            words="6 hours",
            clause="2.2",
            quote="of receiving it",
        )

        page = text_of(self.noor.get(self.path()))
        assert "6 hours Corrected" in page
        assert "found: 4 hours. Corrected by Noor" in page
        marked = self.noor.get(self.path()).content.decode()
        number = self.item("acknowledge.in_hours").pk
        assert f'<mark data-items="{number}" class="on">of receiving it</mark>' in marked or (
            f'<mark data-items="{number}">of receiving it</mark>' in marked
        )

    def test_what_is_not_understood_says_what_to_write_and_keeps_the_words(self) -> None:
        response = self.decide(
            "acknowledge.in_hours", "corrected", words="soonish", clause="2.2", quote="x"
        )

        assert response.status_code == 422
        assert "Write “4 hours”, “2 working days” or “same day”." in text_of(response)
        assert 'value="soonish"' in response.content.decode()
        assert self.act_of("acknowledge.in_hours") == ""

    def test_a_quote_that_does_not_stand_there_is_refused(self) -> None:
        response = self.decide(
            "acknowledge.in_hours", "corrected", words="6 hours", clause="2.2", quote="six hours"
        )

        assert "These words do not stand in clause 2.2." in text_of(response)

    def test_hours_are_typed_by_weekday(self) -> None:
        page = self.noor.get(self.path(f"?item={self.item('hours').pk}&edit=change"))
        self.decide("hours", "corrected", monday="9am to 5pm", friday="9am to 4pm", sunday="closed")

        assert 'name="friday" value="09:00 to 17:00"' in page.content.decode()
        decision = self.item("hours").decision
        assert decision is not None
        assert decision.value == {
            "monday": [["09:00", "17:00"]],
            "friday": [["09:00", "16:00"]],
            "sunday": [],
        }

    def test_a_wrong_day_is_named_and_the_others_stay_as_typed(self) -> None:
        response = self.decide("hours", "corrected", monday="9am to 5pm", friday="early")

        assert "Friday: “early” is not understood." in text_of(response)
        assert 'name="monday" value="9am to 5pm"' in response.content.decode()

    def test_an_open_question_is_answered_by_choosing(self) -> None:
        page = self.noor.get(self.path(f"?item={self.item('four_hour_reading').pk}&edit=change"))
        self.decide("four_hour_reading", "answered", words="working")

        assert 'value="elapsed" checked' in page.content.decode()
        assert self.act_of("four_hour_reading") == "answered"

    def test_taking_a_rule_out_asks_why(self) -> None:
        refused = self.decide("resolve", "dismissed")
        self.decide("resolve", "dismissed", reason="It is a hope.")

        assert "Say why" in text_of(refused)
        page = text_of(self.noor.get(self.path()))
        assert "“It is a hope.” Not a rule by Noor" in page

    def test_a_flag_is_seen_with_what_happens_about_it(self) -> None:
        self.decide("repealed_law", "seen", reason="Put right in version 3")

        assert self.act_of("repealed_law") == "seen"
        assert "1 flag not seen" in text_of(self.noor.get(self.path()))

    def test_an_undo_brings_back_what_was_and_the_history_tells_both(self) -> None:
        self.decide("resolve", "confirmed")
        item = self.item("resolve")
        self.felix.post(self.path(f"items/{item.pk}/undo/"), {"version": str(item.version)})

        assert self.act_of("resolve") == ""
        page = text_of(self.noor.get(self.path(f"?item={item.pk}&edit=history")))
        assert re.search(r"Undone Felix .* Confirmed Noor", page)

    def test_two_people_at_once_lose_nothing_and_are_told(self) -> None:
        self.decide("resolve", "confirmed", client=self.felix)
        late = self.noor.post(
            self.path(f"items/{self.item('resolve').pk}/decide/"),
            {"act": "dismissed", "version": "0", "reason": "A hope"},
            headers=SCRIPT,
        )

        assert "Felix was here a moment ago." in text_of(late)
        assert "Confirmed by Felix" in text_of(late)
        assert 'value="A hope"' in late.content.decode()
        assert self.act_of("resolve") == "confirmed"

    def test_the_lists_show_what_is_to_do_the_flags_and_all(self) -> None:
        self.decide("title", "confirmed")

        assert self.noor.get(self.path("?show=todo")).content.decode().count('id="item-') == 18
        assert self.noor.get(self.path("?show=flags")).content.decode().count('id="item-') == 2
        assert self.noor.get(self.path()).content.decode().count('id="item-') == 19

    def test_an_address_that_makes_no_sense_shows_the_beginning(self) -> None:
        for query in ("?item=x", "?item=999999999", "?page=99&text=99", "?show=none&edit=none"):
            assert self.noor.get(self.path(query)).status_code == 200

    def test_words_of_the_document_are_shown_and_never_run(self) -> None:
        hostile = import_readers.DOCUMENT | {
            "clauses": [
                one | {"text": one["text"] + "<script>alert(1)</script>"}
                for one in import_readers.DOCUMENT["clauses"]
            ],
            "title": "<img src=x onerror=alert(2)>",
        }
        import_id, _ = reading_in.take_in(
            viewer=self.cast.noor, data=b"hostile", name="<b>.txt", note="", now=clock.now()
        )
        attempt = imports.begin(
            import_id=import_id, now=clock.now(), lost_after=reading_in._lost_after()
        )
        imports.finish(import_id=import_id, attempt=attempt, result=hostile, now=clock.now())

        page = self.noor.get(f"/policy/import/{import_id}/").content.decode()

        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>.txt" not in page

    def test_what_is_not_there_is_not_found(self) -> None:
        assert self.noor.get("/policy/import/999/").status_code == 404
        assert self.noor.get(self.path("items/999999/")).status_code == 404
        assert self.noor.post(self.path("items/999999/decide/"), {}).status_code == 404


class TestVersion(Desk):
    def settle(self) -> None:
        for item in queries.items(self.import_id):
            if item.kind == "flag" or item.kind == "gap" or item.status == "missing":
                continue
            self.decide(item.key, "confirmed")

    def test_what_is_undecided_stands_in_the_way(self) -> None:
        page = self.noor.get(self.path("version/"))
        refused = self.noor.post(self.path("version/"), {"number": "2"})

        assert "To decide first 13" in text_of(page)
        assert refused.status_code == 422
        assert "13 items have to be decided first." in text_of(refused)

    def test_open_questions_stay_as_assumed_once_somebody_accepted_the_list(self) -> None:
        self.settle()
        page = self.noor.get(self.path("version/"))
        seen = re.findall(r'name="seen" value="(\d+)"', page.content.decode())
        refused = self.noor.post(self.path("version/"), {"number": "2", "seen": seen})

        assert "Open questions that stay as assumed 2" in text_of(page)
        assert "2 open questions are left as assumed." in text_of(refused)

        made = self.noor.post(self.path("version/"), {"number": "2", "seen": seen, "accept": "on"})

        assert made.status_code == 302
        version = next(one for one in policies.versions() if one.number == "2")
        assert made["Location"] == "/policy/versions/2/"
        assert version.title == "Speaking online"
        found = {rule.key: rule for rule in policies.rules_of(version.pk)}
        assert found["acknowledge.in_hours"].value == "PT4H"
        assert found["acknowledge.in_hours"].status == Status.WRITTEN
        assert found["four_hour_reading"].status == Status.ASSUMED
        row = queries.one(self.import_id)
        assert (row.version_id, row.version_number) == (version.pk, "2")

    def test_a_draft_binds_nobody(self) -> None:
        before = policies.version_at(clock.now()).pk
        self.settle()
        self._make("2")

        assert policies.version_at(clock.now()).pk == before

    def test_a_number_that_is_taken_is_refused_with_a_sentence(self) -> None:
        self.settle()
        refused = self._make("1")

        assert refused.status_code == 422
        assert "There is a version 1 already." in text_of(refused)

    def test_a_number_no_address_can_hold_is_refused(self) -> None:
        self.settle()

        assert "Use digits, letters, dots" in text_of(self._make("2/3"))

    def test_a_version_is_made_once_and_the_import_remembers_it(self) -> None:
        self.settle()
        self._make("2")
        again = self._make("3")

        assert again.status_code == 422
        page = text_of(self.noor.get(self.path("version/")))
        assert "It became version 2" in page
        assert "became version 2" in text_of(self.noor.get("/policy/import/"))

    def test_after_the_draft_was_thrown_away_another_can_be_made(self) -> None:
        self.settle()
        self._make("2")
        version_id = queries.one(self.import_id).version_id
        assert version_id is not None
        policy.discard(version_id=version_id, actor=self.cast.noor.actor, now=clock.now())

        assert "Make the draft" in text_of(self.noor.get(self.path("version/")))
        assert self._make("2").status_code == 302

    def _make(self, number: str) -> Any:
        page = self.noor.get(self.path("version/")).content.decode()
        seen = re.findall(r'name="seen" value="(\d+)"', page)
        return self.noor.post(
            self.path("version/"), {"number": number, "seen": seen, "accept": "on"}
        )


class TestTenThousandClauses(TestCase):
    def test_a_page_of_a_very_long_document_shows_a_part_and_leads_to_the_rest(self) -> None:
        people = cast.build()
        noor = signed_in(people.noor)
        import_id, _ = reading_in.take_in(
            viewer=people.noor, data=b"long", name="long.txt", note="", now=clock.now()
        )
        reading_in.read(import_id=import_id, reader="tests.rulebook.import_readers:very_long")
        path = f"/policy/import/{import_id}/"
        item = queries.items(import_id).get(key="retention.kind_7000")

        first = noor.get(path).content.decode()
        middle = noor.get(f"{path}?item={item.pk}").content.decode()

        assert queries.counts(import_id).all == 10_010
        for page in (first, middle):
            assert page.count('id="item-') == 40
            assert page.count('id="clause-') == 80
        assert f'id="item-{item.pk}"' in middle
        assert f'<mark data-items="{item.pk}" class="on">for 7000 years</mark>' in middle
        assert "Later" in first
        decided = noor.post(
            f"{path}items/{item.pk}/decide/",
            {"act": "confirmed", "version": "0"},
            headers=SCRIPT,
        )
        assert "1 of 10010 decided" in text_of(decided)
