"""The policy is looked at again in time: who is told, when, once, and by which ways."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, override_settings

from glede.desk.alerts import queries as alerts
from glede.desk.alerts import queries_ways as ways
from glede.desk.alerts.models import Alert, Dispatch
from glede.flow import paging, reading, reminding
from glede.flow import review as reviewing
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.guidance import queries as guidance
from glede.rulebook.guidance.actions import ReadingRefusedError
from glede.rulebook.offices import actions as offices
from glede.rulebook.offices import queries as known_offices
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import actions_registers as registers
from glede.rulebook.policy import actions_review as reviews
from glede.rulebook.policy import queries, queries_life
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.reviewing import CHECKLIST
from tests import cast, make
from tests.visitor import mailbox
from tests.web import policy_desk

DUE = date(2026, 10, 31)
#: The last day before the review is overdue, at noon.
DUE_NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
LOOKED = {key: "Looked at; nothing found." for key, _ in CHECKLIST}


def told(viewer: Viewer, *, starts: str = "") -> list[str]:
    found = Alert.objects.filter(person_id=viewer.id, kind="policy").order_by("pk")
    return [alert.says for alert in found if starts in alert.key]


class TestReviewCycle(TestCase):
    cast: ClassVar[cast.Cast]
    version: ClassVar[int]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        before = DUE_NOON - timedelta(days=200)
        document = policy_desk.document("3")
        cls.version = policy.draft(
            document=replace(document, next_review=Dated("31 October 2026", DUE)),
            actor=SYSTEM,
            now=before,
        )
        policy.approve(
            version_id=cls.version,
            approved_by="EMT",
            effective_at=before,
            actor=SYSTEM,
            now=before,
        )
        above = offices.name(office="Deputy Chief Executive", actor=SYSTEM, now=before)
        owner = offices.name(
            office="Head of Relationships", falls_to=above, actor=SYSTEM, now=before
        )
        reviewer = offices.name(office="Futurologist", falls_to=owner, actor=SYSTEM, now=before)
        for office, person in (
            (above, cls.cast.delia), (owner, cls.cast.noor), (reviewer, cls.cast.felix)
        ):  # fmt: skip
            offices.appoint(
                office_id=office,
                person_id=person.id,
                from_on=date(2020, 1, 1),
                actor=SYSTEM,
                now=before,
            )

    def at(self, days: int) -> datetime:
        """So many days after the day it is due."""
        return DUE_NOON + timedelta(days=days)

    def test_reviewer_and_owner_are_reminded_at_each_step_once(self) -> None:
        for day in range(-100, 9):
            reminding.run(now=self.at(day))
            reminding.run(now=self.at(day) + timedelta(hours=1))

        for viewer in (self.cast.felix, self.cast.noor):
            found = told(viewer, starts="review:")
            assert len(found) == 6
            assert "must be reviewed in 90 days, by 31 October 2026" in found[0]
            assert "must be reviewed in 7 days" in found[3]
            assert "overdue since 31 October 2026" in found[4]
        assert told(self.cast.delia, starts="review:") == []

    def test_after_thirty_days_it_goes_to_the_office_above_once(self) -> None:
        for day in range(28, 40):
            reminding.run(now=self.at(day))

        found = told(self.cast.delia, starts="review:")
        assert len(found) == 1
        assert "nobody has finished it" in found[0]

    def test_a_vacant_reviewer_falls_to_the_owner_and_the_flag_is_told(self) -> None:
        (holding,) = known_offices.standings(on=DUE)[1].now
        assert holding.person_id == self.cast.felix.id
        offices.end(
            holding_id=holding.pk, until_on=date(2026, 1, 1), actor=SYSTEM, now=self.at(-60)
        )

        reminding.run(now=self.at(-60))

        assert told(self.cast.felix, starts="review:") == []
        assert len(told(self.cast.noor, starts="review:")) == 1
        assert "Nobody holds the office Futurologist" in told(self.cast.noor, starts="vacant:")[0]

    def test_a_post_that_falls_vacant_again_is_told_again(self) -> None:
        (office,) = [one for one in known_offices.all_offices() if one.name == "Futurologist"]
        (holding,) = known_offices.standings(on=DUE)[1].now
        first, second = date(2026, 1, 1), date(2026, 3, 1)
        offices.end(holding_id=holding.pk, until_on=first, actor=SYSTEM, now=self.at(-150))
        for _ in range(2):
            reminding.run(now=self.at(-150))
        again = offices.appoint(
            office_id=office.pk,
            person_id=self.cast.beth.id,
            from_on=first,
            actor=SYSTEM,
            now=self.at(-140),
        )
        offices.end(holding_id=again, until_on=second, actor=SYSTEM, now=self.at(-130))
        reminding.run(now=self.at(-130))

        assert len(told(self.cast.noor, starts="vacant:")) == 2

    def test_with_owner_and_deputies_away_the_one_above_is_told(self) -> None:
        for viewer in (self.cast.felix, self.cast.noor):
            offices.away(
                person_id=viewer.id,
                from_on=date(2026, 1, 1),
                until_on=date(2027, 1, 1),
                actor=SYSTEM,
                now=self.at(-60),
            )

        reminding.run(now=self.at(-60))

        assert len(told(self.cast.delia, starts="review:")) == 1
        assert told(self.cast.noor, starts="review:") == []

    # --- A review ----------------------------------------------------------------------------

    def test_nothing_changes_only_when_a_second_person_agrees(self) -> None:
        now = self.at(-20)
        review = reviewing.start(viewer=self.cast.felix, interim=False, because="", now=now)
        reviewing.no_change(
            viewer=self.cast.felix,
            review_id=review,
            checked=LOOKED,
            reasons="The law is as it was, and the promises were kept.",
            next_due_on=date(2027, 10, 31),
            now=now,
        )
        version = queries.version_at(now)
        assert queries_life.standing(version, on=DUE).due_on == DUE
        assert told(self.cast.delia, starts=f"review:{review}:decided")

        with pytest.raises(policy.PolicyRefusedError, match="may not confirm"):
            reviewing.confirm(viewer=self.cast.felix, review_id=review, now=now)
        reviewing.confirm(viewer=self.cast.delia, review_id=review, now=now)

        assert queries_life.standing(version, on=DUE).due_on == date(2027, 10, 31)
        with pytest.raises(policy.PolicyRefusedError, match="finished and never changes"):
            reviewing.reopen(viewer=self.cast.felix, review_id=review, now=now)

    def test_an_owner_who_did_the_review_does_not_confirm_it(self) -> None:
        now = self.at(-20)
        review = reviewing.start(viewer=self.cast.noor, interim=False, because="", now=now)
        reviewing.no_change(
            viewer=self.cast.noor,
            review_id=review,
            checked=LOOKED,
            reasons="As it was.",
            next_due_on=date(2027, 10, 31),
            now=now,
        )

        with pytest.raises(policy.PolicyRefusedError, match="did this review yourself"):
            reviewing.confirm(viewer=self.cast.noor, review_id=review, now=now)

    def test_an_interim_review_moves_the_date_only_when_confirmed(self) -> None:
        now = self.at(-150)
        with pytest.raises(policy.PolicyRefusedError, match="before its time"):
            reviewing.start(viewer=self.cast.felix, interim=True, because=" ", now=now)
        review = reviewing.start(
            viewer=self.cast.felix, interim=True, because="A new Act.", now=now
        )
        reviewing.no_change(
            viewer=self.cast.felix,
            review_id=review,
            checked=LOOKED,
            reasons="The Act does not touch us.",
            next_due_on=date(2027, 6, 1),
            now=now,
        )
        version = queries.version_at(now)

        assert queries_life.standing(version, on=DUE).due_on == DUE
        reviewing.reopen(viewer=self.cast.delia, review_id=review, now=now)
        assert queries_life.standing(version, on=DUE).due_on == DUE

    def test_a_review_without_reasons_or_with_lines_left_is_not_finished(self) -> None:
        now = self.at(-20)
        review = reviewing.start(viewer=self.cast.felix, interim=False, because="", now=now)
        for checked, reasons, says in (
            (LOOKED, "", "Give the reasons"),
            (LOOKED | {"law": ""}, "As it was.", "Not looked at yet: The law"),
        ):
            with pytest.raises(policy.PolicyRefusedError, match=says):
                reviewing.no_change(
                    viewer=self.cast.felix,
                    review_id=review,
                    checked=checked,
                    reasons=reasons,
                    next_due_on=date(2027, 10, 31),
                    now=now,
                )
        with pytest.raises(policy.PolicyRefusedError, match="open already"):
            reviewing.start(viewer=self.cast.noor, interim=False, because="", now=now)

    def test_the_database_keeps_finished_reviews_and_receipts(self) -> None:
        now = self.at(-20)
        review = reviewing.start(viewer=self.cast.felix, interim=False, because="", now=now)
        reviewing.change(
            viewer=self.cast.felix,
            review_id=review,
            checked=LOOKED,
            reasons="The law has moved on.",
            now=now,
        )
        reading.read(viewer=self.cast.stan, version_id=self.version, now=now)
        for statement in (
            "UPDATE policy_review SET reasons = ''",
            "DELETE FROM policy_review",
            "UPDATE guidance_receipt SET turn = 2",
            "DELETE FROM guidance_receipt",
        ):
            with (
                self.subTest(statement),
                pytest.raises(IntegrityError, match="never changes"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)

    # --- Registers and drafts ------------------------------------------------------------------

    def test_law_and_documents_whose_check_is_due_are_told_once(self) -> None:
        entered = self.at(-199)
        registers.take_over(version_id=self.version, check_every=6, actor=SYSTEM, now=entered)
        reminding.run(now=entered)
        assert told(self.cast.felix, starts="register:") == []

        for _ in range(2):
            reminding.run(now=entered + timedelta(days=185))

        assert len(told(self.cast.felix, starts="register:law")) == 2
        registers.check_law(
            law_id=queries_life.laws()[0].pk,
            now_called="UK GDPR and Data Protection Act 2018",
            note="",
            check_every=6,
            actor=SYSTEM,
            now=entered + timedelta(days=185),
        )
        reminding.run(now=entered + timedelta(days=186))
        assert len(told(self.cast.felix, starts="register:law")) == 2

    def test_a_version_that_waits_too_long_for_a_decision_is_told(self) -> None:
        desk = policy_desk.Overdue(self.cast, self.version)
        policy_desk.in_review(desk, self.at(-150))

        reminding.run(now=self.at(-140))
        assert told(self.cast.noor, starts="draft:") == []
        reminding.run(now=self.at(-135))
        reminding.run(now=self.at(-134))

        assert len(told(self.cast.noor, starts="draft:")) == 1

    # --- Readers ---------------------------------------------------------------------------------

    def test_whoever_has_not_read_it_within_two_weeks_is_told_and_so_is_the_owner(self) -> None:
        version = queries.version_at(DUE_NOON)
        assert version.effective_at is not None
        reading.read(viewer=self.cast.sam, version_id=version.pk, now=version.effective_at)

        reminding.run(now=version.effective_at + timedelta(days=14))
        assert told(self.cast.stan, starts="read:") == []
        for hours in (1, 2):
            reminding.run(now=version.effective_at + timedelta(days=14, hours=hours))

        assert len(told(self.cast.stan, starts="read:")) == 1
        assert told(self.cast.sam, starts="read:") == []
        assert told(self.cast.nell, starts="read:") == []
        assert len(told(self.cast.noor, starts="unread:")) == 1

    def test_a_receipt_counts_for_its_version_and_for_a_year(self) -> None:
        version = queries.version_at(DUE_NOON)
        stan = self.cast.stan.id

        def is_read(now: datetime) -> bool:
            return guidance.of_person(stan, version=version, now=now).is_read

        assert not is_read(DUE_NOON)
        for _ in range(2):
            reading.read(viewer=self.cast.stan, version_id=version.pk, now=DUE_NOON)
        assert is_read(DUE_NOON + timedelta(days=364))
        assert not is_read(DUE_NOON + timedelta(days=366))
        reading.read(
            viewer=self.cast.stan, version_id=version.pk, now=DUE_NOON + timedelta(days=367)
        )
        assert is_read(DUE_NOON + timedelta(days=368))
        with pytest.raises(ReadingRefusedError, match="Another version"):
            reading.read(viewer=self.cast.stan, version_id=version.pk + 1, now=DUE_NOON)

    # --- E-mail --------------------------------------------------------------------------------

    def test_a_reminder_is_on_the_alerts_page_and_goes_out_by_e_mail_once(self) -> None:
        now = self.at(-90)
        reminding.run(now=now)
        mail.outbox.clear()

        while paging.run(now=now):
            pass
        assert paging.run(now=now + timedelta(hours=1)) == 0

        to_felix = [letter for letter in mail.outbox if letter.to == ["felix@kite.example"]]
        assert any("must be reviewed in 90 days" in str(letter.subject) for letter in to_felix)
        assert "/policy/review/" in "".join(str(letter.body) for letter in to_felix)
        assert any(one.href == "/policy/review/" for one in alerts.latest(self.cast.felix.id))
        assert len(mail.outbox) == Dispatch.objects.filter(way="mail", state="sent").count()

    def test_without_a_mail_server_e_mails_wait_and_are_no_fault(self) -> None:
        now = self.at(-90)
        reminding.run(now=now)
        backend = "django.core.mail.backends.smtp.EmailBackend"
        with override_settings(MAILERS={"default": {"BACKEND": backend, "OPTIONS": {"host": ""}}}):
            for hour in range(6):
                assert paging.run(now=now + timedelta(hours=hour)) == 0

        assert not ways.unsent_mail()
        assert paging.run(now=now + timedelta(hours=6)) > 0

    def test_an_e_mail_no_server_takes_is_tried_again_and_then_shown(self) -> None:
        now = self.at(-90)
        reminding.run(now=now)
        with mailbox.opened() as box:
            box.on_data = "451 the disk is full"
            server = {"host": "127.0.0.1", "port": box.port, "timeout": 5}
            backend = "django.core.mail.backends.smtp.EmailBackend"
            with override_settings(MAILERS={"default": {"BACKEND": backend, "OPTIONS": server}}):
                for hour in range(6):
                    while paging.run(now=now + timedelta(hours=hour)):
                        pass

            assert box.letters == []
        assert {one.outcome for one in ways.unsent_mail()} == {"the mail server: SMTPDataError"}
        assert not Dispatch.objects.exclude(state="given up").exists()
        assert paging.run(now=now + timedelta(days=1)) == 0


def test_a_reminder_goes_once_whoever_looks(db: None) -> None:
    first, second = (
        reviews.remind(
            subject="review of 1", due_on=DUE, step="90 days before", actor=SYSTEM, now=make.NOW
        )
        for _ in range(2)
    )

    assert (first, second) == (True, False)
