"""The life of a version: states from dates alone, two people, and records that stay."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from hypothesis import given
from hypothesis import strategies as st

from glede.kit import store
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind
from glede.rulebook.offices import actions as offices
from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import actions, life, queries, queries_life
from glede.rulebook.policy import actions_life as acts
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.life import Life, State
from tests import cast, make

NOW = make.NOW
PDF = b"%PDF-1.7\n%minutes of the meeting\n"

# --- States ------------------------------------------------------------------------------------

INSTANTS = st.integers(0, 12 * 365 * 24).map(
    lambda hours: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)
DONE = st.builds(
    lambda submitted, approved, at: (submitted, approved, at),
    st.booleans(),
    st.booleans(),
    st.none() | INSTANTS,
)


def lives_of(done: list[tuple[bool, bool, datetime | None]]) -> list[Life]:
    return [
        Life(id=number, submitted=submitted, approved=approved and at is not None, effective_at=at)
        for number, (submitted, approved, at) in enumerate(done, start=1)
    ]


@given(
    done=st.lists(DONE, max_size=8, unique_by=lambda one: one[2] or object()),
    at=INSTANTS,
)
def test_exactly_one_version_is_in_force_from_the_first_that_took_effect_on(
    done: list[tuple[bool, bool, datetime | None]], at: datetime
) -> None:
    lives = lives_of(done)
    states = [life.state(one, among=lives, at=at) for one in lives]
    begun = [one for one in lives if one.approved and one.effective_at and one.effective_at <= at]

    assert states.count(State.EFFECTIVE) == (1 if begun else 0)
    assert states.count(State.SUPERSEDED) == max(0, len(begun) - 1)
    for one, state in zip(lives, states, strict=True):
        assert (state is State.EFFECTIVE) == (life.in_force(lives, at) == one.id)
        assert (state in (State.DRAFT, State.IN_REVIEW)) == (not one.approved)


@given(done=st.lists(DONE, max_size=8, unique_by=lambda one: one[2] or object()), at=INSTANTS)
def test_the_one_in_force_is_the_last_to_have_taken_effect(
    done: list[tuple[bool, bool, datetime | None]], at: datetime
) -> None:
    lives = lives_of(done)
    found = life.in_force(lives, at)
    begun = {
        one.id: one.effective_at
        for one in lives
        if one.approved and one.effective_at and one.effective_at <= at
    }

    assert found == (max(begun, key=lambda key: begun[key]) if begun else None)


def test_a_version_goes_from_draft_to_superseded_as_time_goes_by() -> None:
    noon = NOW + timedelta(hours=1)
    old = Life(1, submitted=True, approved=True, effective_at=make.LONG_AGO)
    new = Life(2, submitted=True, approved=True, effective_at=noon)

    assert life.state(Life(3), among=[old], at=NOW) is State.DRAFT
    assert life.state(Life(3, submitted=True), among=[old], at=NOW) is State.IN_REVIEW
    assert life.state(new, among=[old, new], at=NOW) is State.APPROVED
    assert life.state(old, among=[old, new], at=NOW) is State.EFFECTIVE
    assert life.state(new, among=[old, new], at=noon) is State.EFFECTIVE
    assert life.state(old, among=[old, new], at=noon) is State.SUPERSEDED


# --- Numbers and dates ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("3", "3.0", True), ("v3", "3", True), ("Version 3", "3", True), ("3", "3.1", False),
     ("3.10", "3.1", False), ("30", "3", False)],
)  # fmt: skip
def test_two_ways_to_write_a_number_are_one(one: str, other: str, same: bool) -> None:
    assert life.same_number(one, other) is same


def test_the_next_version_is_one_above_the_highest() -> None:
    assert life.next_number([]) == "1"
    assert life.next_number(["1", "3.2", "draft"]) == "4"


@pytest.mark.parametrize(
    ("approved", "months", "month_only", "due"),
    [
        (date(2018, 10, 1), 12, True, date(2019, 10, 31)),
        (date(2018, 10, 1), 12, False, date(2019, 10, 1)),
        (date(2024, 2, 29), 12, False, date(2025, 2, 28)),
        (date(2026, 8, 31), 6, False, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, True, date(2027, 1, 31)),
        (date(2026, 1, 15), 36, False, date(2029, 1, 15)),
    ],
)
def test_a_review_is_due_a_period_after_the_approval(
    approved: date, months: int, month_only: bool, due: date
) -> None:
    assert life.review_due(approved, months, month_only=month_only) == due


def test_the_written_date_is_checked_against_approval_and_period() -> None:
    october = Dated("October 2018", date(2018, 10, 1))
    agree = life.due(
        approved_on=october,
        months=12,
        written=Dated("October 2019", date(2019, 10, 31)),
        fallback=None,
    )
    differ = life.due(
        approved_on=Dated("3 March 2025", date(2025, 3, 3)),
        months=24,
        written=Dated("March 2026", date(2026, 3, 31)),
        fallback=None,
    )
    silent = life.due(approved_on=october, months=None, written=None, fallback=None)

    assert agree == life.Due(date(2019, 10, 31))
    assert differ.on == date(2027, 3, 3)
    assert "the heading says 31 March 2026" in differ.says
    assert silent.on is None
    assert silent.says


# --- Two people ----------------------------------------------------------------------------------


def actor(viewer: Viewer) -> Actor:
    return Actor(ActorKind.PERSON, str(viewer.id), viewer.name)


def decided(**changes: object) -> acts.Decided:
    one = acts.Decided(
        body="Executive team",
        decided_on=date(2026, 11, 20),
        minute_reference="EMT 2026/11, item 7",
        attachment=acts.File("minute.pdf", PDF),
    )
    return replace(one, **changes)  # type: ignore[arg-type] # each test names its own


class TestApproval(TestCase):
    cast: ClassVar[cast.Cast]
    version: int

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        document = replace(
            queries.model_policy(),
            number="2",
            owner="Head of Relationships",
            reviewer="Futurologist",
            review_period_months=12,
        )
        cls.version = actions.draft(document=document, actor=actor(cls.cast.felix), now=NOW)

    def state(self, at: datetime = NOW) -> State:
        version = queries_life.by_id(self.version)
        assert version is not None
        return queries_life.state(version, at=at)

    def submit(self) -> None:
        acts.submit(version_id=self.version, actor=actor(self.cast.felix), now=NOW)

    def record(self, viewer: Viewer | None = None, **changes: object) -> None:
        acts.record_approval(
            version_id=self.version,
            decided=decided(**changes),
            actor=actor(viewer or self.cast.noor),
            now=NOW,
        )

    def confirm(self, viewer: Viewer, now: datetime = NOW) -> datetime:
        return acts.confirm(version_id=self.version, actor=actor(viewer), now=now)

    def test_a_draft_becomes_the_version_in_force_by_two_people(self) -> None:
        assert self.state() is State.DRAFT
        self.submit()
        assert self.state() is State.IN_REVIEW
        self.record()
        assert self.state() is State.IN_REVIEW

        assert self.confirm(self.cast.delia) == NOW

        assert self.state() is State.EFFECTIVE
        version = queries.version_at(NOW)
        assert (version.number, version.approved_by) == ("2", "Executive team")
        assert version.review_due_on == date(2027, 11, 20)
        approval = queries_life.approval(self.version)
        assert approval is not None
        assert approval.recorded_by_id == self.cast.noor.id
        assert approval.confirmed_by_id == self.cast.delia.id
        assert store.read(approval.attachment) == PDF

    def test_whoever_recorded_it_does_not_confirm_it(self) -> None:
        self.submit()
        self.record()

        with pytest.raises(acts.PolicyRefusedError, match="a second person confirms it"):
            self.confirm(self.cast.noor)
        assert self.state() is State.IN_REVIEW

    def test_whoever_wrote_it_does_not_confirm_it(self) -> None:
        document = replace(queries.model_policy(), number="3")
        self.version = actions.draft(document=document, actor=actor(self.cast.noor), now=NOW)
        self.submit()
        self.record(self.cast.delia)

        with pytest.raises(acts.PolicyRefusedError, match="nobody approves their own change"):
            self.confirm(self.cast.noor)

    def test_whoever_answered_a_question_of_it_does_not_confirm_it(self) -> None:
        document = replace(queries.model_policy(), number="3")
        self.version = actions.draft(
            document=document,
            actor=actor(self.cast.felix),
            now=NOW,
            hands=[self.cast.noor.id],
        )
        self.submit()
        self.record(self.cast.delia)

        with pytest.raises(acts.PolicyRefusedError, match="nobody approves their own change"):
            self.confirm(self.cast.noor)

    def test_nobody_without_the_right_records_or_confirms(self) -> None:
        self.submit()
        with pytest.raises(acts.PolicyRefusedError, match="may not approve"):
            self.record(self.cast.felix)
        self.record()
        with pytest.raises(acts.PolicyRefusedError, match="may not approve"):
            self.confirm(self.cast.beth)

    def test_a_person_cannot_put_a_version_in_force_alone(self) -> None:
        with pytest.raises(acts.PolicyRefusedError, match="puts a version in force alone"):
            actions.approve(
                version_id=self.version,
                approved_by="Me",
                effective_at=NOW,
                actor=actor(self.cast.noor),
                now=NOW,
            )

    def test_after_two_people_approved_one_the_machine_alone_approves_none(self) -> None:
        self.submit()
        self.record()
        self.confirm(self.cast.delia)
        document = replace(queries.model_policy(), number="9")
        later = actions.draft(document=document, actor=SYSTEM, now=NOW)

        with pytest.raises(acts.PolicyRefusedError, match="two people approve every one"):
            actions.approve(
                version_id=later,
                approved_by="Machine",
                effective_at=NOW + timedelta(days=1),
                actor=SYSTEM,
                now=NOW,
            )

    def test_a_draft_is_not_approved_before_it_is_in_review(self) -> None:
        with pytest.raises(acts.PolicyRefusedError, match="send it for review"):
            self.record()

    def test_what_is_missing_from_a_record_is_said(self) -> None:
        self.submit()
        for changes, says in (
            ({"body": " "}, "which body"),
            ({"minute_reference": ""}, "reference of the minute"),
            ({"decided_on": date(2026, 11, 25)}, "still to come"),
            ({"attachment": None}, "Attach the minute"),
            ({"attachment": acts.File("minute.pdf", b"MZ\x90\x00")}, "A minute is a PDF"),
            ({"attachment": acts.File("x.docx", b"PK\x03\x04 a zip of anything")}, "A minute is"),
            ({"attachment": acts.File("big.pdf", PDF + b" " * 10 * 1024**2)}, "more than 10 MB"),
            ({"effective_at": NOW - timedelta(days=1)}, "not in the past"),
        ):
            with self.subTest(says), pytest.raises(acts.PolicyRefusedError, match=says):
                self.record(**changes)
        self.record(attachment=None, unattached_because="The minute book of 2018 is lost.")

    def test_a_scheduled_version_takes_effect_by_itself(self) -> None:
        later = NOW + timedelta(days=3)
        self.submit()
        self.record(effective_at=later)
        self.confirm(self.cast.delia)

        assert self.state() is State.APPROVED
        assert queries.version_at(later - timedelta(microseconds=1)).number == "1"
        assert queries.version_at(later).number == "2"
        assert self.state(later) is State.EFFECTIVE

    def test_confirmed_too_late_it_binds_from_the_confirmation_and_never_backwards(self) -> None:
        self.submit()
        self.record(effective_at=NOW + timedelta(hours=1))

        at = self.confirm(self.cast.delia, now=NOW + timedelta(hours=2))

        assert at == NOW + timedelta(hours=2)

    def test_a_record_taken_back_can_be_made_anew(self) -> None:
        self.submit()
        self.record()
        acts.withdraw(version_id=self.version, actor=actor(self.cast.noor), now=NOW)

        assert queries_life.approval(self.version) is None
        self.record(minute_reference="EMT 2026/11, item 8")

    def test_sent_back_it_is_a_draft_with_a_reason(self) -> None:
        self.submit()
        self.record()
        with pytest.raises(acts.PolicyRefusedError, match="what has to change"):
            acts.send_back(
                version_id=self.version, because="", actor=actor(self.cast.noor), now=NOW
            )
        acts.send_back(
            version_id=self.version,
            because="Clause 6.5 names no hours.",
            actor=actor(self.cast.noor),
            now=NOW,
        )

        assert self.state() is State.DRAFT
        assert queries_life.approval(self.version) is None

    def test_owner_and_reviewer_in_one_person_cannot_sign_off(self) -> None:
        self.submit()
        for office in ("Head of Relationships", "Futurologist"):
            made = offices.name(office=office, actor=SYSTEM, now=NOW)
            offices.appoint(
                office_id=made,
                person_id=self.cast.noor.id,
                from_on=date(2026, 1, 1),
                actor=SYSTEM,
                now=NOW,
            )

        with pytest.raises(acts.PolicyRefusedError, match="Noor holds both"):
            self.record()

    def test_an_office_that_owns_and_reviews_cannot_sign_off(self) -> None:
        document = replace(
            queries.model_policy(), number="4", owner="Futurologist", reviewer="futurologist"
        )
        self.version = actions.draft(document=document, actor=SYSTEM, now=NOW)
        self.submit()

        with pytest.raises(acts.PolicyRefusedError, match="as owner and as reviewer"):
            self.record()

    def test_the_same_version_under_another_spelling_is_refused(self) -> None:
        document = replace(queries.model_policy(), number="2.0")

        with pytest.raises(acts.PolicyRefusedError, match="call this one 3"):
            actions.draft(document=document, actor=SYSTEM, now=NOW)

    def test_the_heading_is_kept_as_written(self) -> None:
        document = replace(
            queries.model_policy(),
            number="7",
            approved_on=Dated("October 2018", date(2018, 10, 1)),
            next_review=Dated("October 2019", date(2019, 10, 31)),
            outline={"laws": ["Data Protection Act 1998"]},
        )
        made = actions.draft(document=document, actor=SYSTEM, now=NOW)

        again = queries_life.document(made)
        assert again.approved_on == Dated("October 2018", date(2018, 10, 1))
        assert again.next_review == Dated("October 2019", date(2019, 10, 31))
        assert again.outline == {"laws": ["Data Protection Act 1998"]}
        assert again.clauses == document.clauses
        assert again.rules == document.rules

    def test_the_database_keeps_what_was_confirmed(self) -> None:
        self.submit()
        self.record()
        self.confirm(self.cast.delia)
        for statement in (
            "UPDATE policy_approval SET body = 'x'",
            "DELETE FROM policy_approval",
            "UPDATE policy_version SET outline = '{}' WHERE number = '2'",
        ):
            with (
                self.subTest(statement),
                pytest.raises(IntegrityError, match="never changes"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
