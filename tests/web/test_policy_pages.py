"""The pages on which a policy lives: versions, approval, review, offices, registers, readings."""

from datetime import date, timedelta
from typing import ClassVar

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from glede.desk.alerts import queries as alerts
from glede.kit import clock
from glede.rulebook.offices import queries as offices
from glede.rulebook.policy import queries, queries_life
from glede.rulebook.policy.life import State
from glede.rulebook.policy.reviewing import CHECKLIST
from tests.web import policy_desk
from tests.web.policy_desk import Overdue
from tests.web.test_access import signed_in

PDF = b"%PDF-1.7\nminute\n"
LOOKED = {f"check_{key}": "Looked at." for key, _ in CHECKLIST}


def decided(**changes: object) -> dict[str, object]:
    return {
        "body": "Executive Management Team",
        "decided_on": queries_life.today(clock.now()) - timedelta(days=2),
        "minute_reference": "EMT 2026/11, item 7",
        "effective_at": "",
        "unattached_because": "",
        "attachment": SimpleUploadedFile("minute.pdf", PDF),
    } | changes


class TestPolicyPages(TestCase):
    town: ClassVar[Overdue]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = policy_desk.overdue(clock.now())

    def setUp(self) -> None:
        self.felix, self.noor = signed_in(self.town.cast.felix), signed_in(self.town.cast.noor)
        self.delia, self.stan = signed_in(self.town.cast.delia), signed_in(self.town.cast.stan)

    def text(self, client: Client, path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 200, path
        return answer.content.decode()

    def state(self, number: str) -> State:
        version = queries_life.by_number(number)
        assert version is not None
        return queries_life.state(version, at=clock.now())

    # --- A version into force ----------------------------------------------------------------

    def test_a_version_comes_into_force_by_two_people(self) -> None:
        policy_desk.in_review(self.town, clock.now())
        assert "No decision is recorded yet" in self.text(self.felix, "/policy/versions/4/")

        self.noor.post("/policy/versions/4/approval/", decided())
        mine = self.noor.post("/policy/versions/4/approval/confirm/", follow=True).content.decode()
        assert "a second person confirms it" in mine
        assert self.state("4") is State.IN_REVIEW
        assert any("must confirm" in one.says for one in alerts.latest(self.town.cast.delia.id))
        self.delia.post("/policy/versions/4/approval/confirm/")

        assert self.state("4") is State.EFFECTIVE
        assert self.state("3") is State.SUPERSEDED
        page = self.text(self.stan, "/policy/versions/4/")
        assert "Executive Management Team" in page
        assert "EMT 2026/11, item 7" in page
        assert "overdue since" not in self.text(self.stan, "/policy/")

    def test_a_decision_that_cannot_be_recorded_keeps_what_was_typed(self) -> None:
        policy_desk.in_review(self.town, clock.now())

        for changes, says in (
            ({"attachment": ""}, "Attach the minute, or say why there is none"),
            ({"decided_on": "2999-01-01"}, "still to come"),
            ({"attachment": SimpleUploadedFile("x.pdf", b"MZ")}, "A minute is a PDF"),
            ({"decided_on": "soon"}, "Enter a valid date"),
        ):
            answer = self.noor.post("/policy/versions/4/approval/", decided(**changes))
            page = answer.content.decode()
            with self.subTest(says):
                assert answer.status_code == 422
                assert says in page
                assert 'value="EMT 2026/11, item 7"' in page

    def test_a_scheduled_version_says_when_it_takes_effect(self) -> None:
        policy_desk.in_review(self.town, clock.now())
        later = clock.now() + timedelta(days=40)
        at = f"{later:%Y-%m-%dT}09:00"

        self.noor.post("/policy/versions/4/approval/", decided(effective_at=at))
        self.delia.post("/policy/versions/4/approval/confirm/")

        assert self.state("4") is State.APPROVED
        assert f"{later.day} {later:%B %Y} 09:00" in self.text(self.stan, "/policy/versions/4/")
        assert queries.version_at(clock.now()).number == "3"

    def test_whoever_wrote_it_is_told_so_before_they_try(self) -> None:
        policy_desk.in_review(self.town, clock.now())
        self.noor.post("/policy/versions/4/approval/", decided())

        page = self.text(self.noor, "/policy/versions/4/")
        assert "You recorded this decision: a second person confirms it." in page
        assert "disabled>Confirm this record" in page

    def test_the_minute_is_a_download_for_those_who_approve(self) -> None:
        policy_desk.in_review(self.town, clock.now())
        self.noor.post("/policy/versions/4/approval/", decided())

        answer = self.delia.get("/policy/versions/4/minute/")
        assert answer.content == PDF
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert self.felix.get("/policy/versions/4/minute/").status_code == 403
        assert self.delia.get("/policy/versions/3/minute/").status_code == 404

    def test_sent_back_it_says_why(self) -> None:
        policy_desk.in_review(self.town, clock.now())
        assert self.noor.post("/policy/versions/4/send-back/", {}).status_code == 422

        self.noor.post("/policy/versions/4/send-back/", {"because": "Clause 6.5 names no hours."})

        assert "Clause 6.5 names no hours." in self.text(self.felix, "/policy/versions/4/")
        told = alerts.latest(self.town.cast.felix.id)
        assert any("came back from review" in one.says for one in told)
        self.felix.post("/policy/versions/4/discard/")
        assert queries_life.by_number("4") is None

    def test_a_draft_is_reworded_and_its_rule_follows_the_words(self) -> None:
        policy_desk.in_review(self.town, clock.now())
        self.noor.post("/policy/versions/4/send-back/", {"because": "Two hours."})
        version = queries_life.by_number("4")
        assert version is not None
        text = next(one.text for one in queries.clauses(version.pk) if one.number == "6.5")

        assert self.noor.post("/policy/versions/4/clauses/6.5/", {}).status_code == 422
        self.noor.post(
            "/policy/versions/4/clauses/6.5/", {"text": text.replace("4 hours", "2 hours")}
        )

        rule = queries.rulebook(version.pk).rule("acknowledge.in_hours")
        assert (rule.value, rule.status) == ("PT2H", "written")
        assert "<ins>2</ins> hours" in self.text(self.stan, "/policy/versions/4/against/3/")
        # Whoever reworded it has a hand in it.
        self.felix.post("/policy/versions/4/submit/")
        self.delia.post("/policy/versions/4/approval/", decided())
        page = self.noor.post("/policy/versions/4/approval/confirm/", follow=True)
        assert "nobody approves their own change" in page.content.decode()
        assert self.noor.get("/policy/versions/3/clauses/6.5/").status_code == 302

    def test_two_versions_stand_beside_each_other(self) -> None:
        policy_desk.in_review(self.town, clock.now())

        page = self.text(self.stan, "/policy/versions/4/against/3/")

        assert "<ins> Write as you would speak.</ins>" in page
        assert "1 changed, 1 added, 1 removed" in page
        assert "<del>elapsed</del>" in page
        assert "<ins>working</ins>" in page

    # --- Review ------------------------------------------------------------------------------

    def test_a_review_that_is_not_whole_loses_no_word(self) -> None:
        review = policy_desk.reviewed(self.town, clock.now())
        typed = LOOKED | {"check_law": "", "reasons": "All is well.", "decision": "no change"}

        answer = self.felix.post(f"/policy/review/{review}/", typed | {"next_due_on": "2999-01-01"})

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Not looked at yet: The law and guidance" in page
        assert "All is well." in page

    def test_a_review_without_change_moves_the_date_once_confirmed(self) -> None:
        review = policy_desk.reviewed(self.town, clock.now())
        next_due = queries_life.today(clock.now()) + timedelta(days=365)
        self.felix.post(
            f"/policy/review/{review}/",
            LOOKED | {"reasons": "As it was.", "decision": "no change", "next_due_on": next_due},
        )
        assert "Review overdue since" in self.text(self.stan, "/policy/")

        self.delia.post(f"/policy/review/{review}/confirm/")

        assert "Review overdue since" not in self.text(self.stan, "/policy/")
        assert f"due again {next_due.day} {next_due:%B %Y}" in self.text(
            self.stan, "/policy/review/"
        )

    # --- Offices -----------------------------------------------------------------------------

    def test_a_vacant_post_is_a_red_flag_until_somebody_is_appointed(self) -> None:
        assert "<b>Futurologist is vacant.</b>" in self.text(self.stan, "/policy/offices/")
        (office,) = [one for one in offices.all_offices() if one.name == "Futurologist"]

        self.noor.post(
            f"/policy/offices/{office.pk}/appoint/",
            {"person": self.town.cast.felix.id, "part": "holder", "from_on": "2020-01-01"},
        )

        page = self.text(self.stan, "/policy/offices/")
        assert "Futurologist is vacant" not in page
        assert offices.holder("Futurologist", on=date(2020, 2, 1)) == self.town.cast.felix.id

    def test_an_appointment_that_is_refused_says_why_beside_the_form(self) -> None:
        (office,) = [one for one in offices.all_offices() if one.name == "Futurologist"]
        myself = {"person": self.town.cast.noor.id, "part": "holder", "from_on": "2020-01-01"}

        answer = self.noor.post(f"/policy/offices/{office.pk}/appoint/", myself)

        assert answer.status_code == 422
        assert "Nobody appoints themselves" in answer.content.decode()
        assert self.noor.post(f"/policy/offices/{office.pk}/appoint/", {}).status_code == 422

    # --- Registers ---------------------------------------------------------------------------

    def test_a_document_is_looked_for_and_put_right(self) -> None:
        row = next(
            one.row
            for one in queries_life.related(on=date(2026, 11, 24), version_id=self.town.old)
            if one.row.title == "The Bar"
        )
        self.felix.post(f"/policy/registers/documents/{row.pk}/act/", {"act": "missing"})
        assert "Whoever looked did not find it" in self.text(self.stan, "/policy/registers/")

        self.felix.post(
            f"/policy/registers/documents/{row.pk}/",
            {"title": "The Bar", "owner": "Beth", "location": "https://kite.example/bar"},
        )
        self.felix.post(f"/policy/registers/documents/{row.pk}/act/", {"act": "found"})

        page = self.text(self.stan, "/policy/registers/")
        assert "did not find it" not in page
        assert 'href="https://kite.example/bar"' in page

    def test_a_document_is_entered_once(self) -> None:
        answer = self.felix.post("/policy/registers/documents/new/", {"title": "the  BAR"})

        assert answer.status_code == 422
        assert "is in the register already" in answer.content.decode()

    def test_law_is_shown_as_written_and_as_now(self) -> None:
        law = next(one for one in queries_life.laws() if "1998" in one.written)
        self.felix.post(
            f"/policy/registers/law/{law.pk}/",
            {"written": law.written, "now": "UK GDPR and Data Protection Act 2018"},
        )
        self.felix.post(f"/policy/registers/law/{law.pk}/checked/")

        page = self.text(self.stan, "/policy/registers/")
        assert "Data Protection Act 1998" in page
        assert "Now: UK GDPR and Data Protection Act 2018" in page
        assert "by Felix" in page

    # --- Readings ----------------------------------------------------------------------------

    def test_staff_confirm_that_they_read_it_and_the_owner_sees_who_has(self) -> None:
        assert "not confirmed" in self.text(self.stan, "/policy/read/")

        self.stan.post("/policy/read/", {"version": self.town.old})

        assert "You confirmed on" in self.text(self.stan, "/policy/read/")
        page = self.text(self.noor, "/policy/read/staff/")
        assert "1 of 10 have confirmed" in page
        assert self.stan.get("/policy/read/staff/").status_code == 403

    def test_a_receipt_for_another_version_is_not_taken(self) -> None:
        answer = self.stan.post("/policy/read/", {"version": "999999"}, follow=True)

        assert "Another version has come into force" in answer.content.decode()
        assert "not confirmed" in self.text(self.stan, "/policy/read/")
