"""Past traffic is played once, in the background, for what a version or a week would change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import connection
from django.test import TestCase

from glede.desk.clocks.rules import ClockState
from glede.desk.insight import actions, queries, rehearsals
from glede.desk.insight.models import Difference, Rehearsal
from glede.desk.insight.period import BadPeriod, Period
from glede.desk.insight.replay import Change, HoursFrom, State
from glede.flow import numbers, rehearsing
from glede.flow.rehearsing import Wanted
from glede.kit.hours import HoursError
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people.rules import Role
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import queries as policy_queries
from glede.rulebook.policy.rules import NoRule, Status
from tests import cast, make
from tests.desk import past
from tests.desk.past import Told

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Tuesday 24 November 2026, 10:00 in London.
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)


def two_hours(number: str = "4") -> int:
    """A draft that promises an answer within two hours instead of four."""
    document = policy_queries.model_policy()
    rules = tuple(
        replace(rule, value="PT2H", status=Status.CONFIRMED, quote="")
        if rule.key == "acknowledge.in_hours"
        else rule
        for rule in document.rules
    )
    return policy.draft(
        document=replace(document, number=number, rules=rules), actor=SYSTEM, now=NOW
    )


class TestRehearsal(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = people = cast.build()
        stopped = ClockState.STOPPED
        for told in (
            Told(people.red_kite, TUESDAY, stopped, HOUR),
            Told(people.red_kite, TUESDAY + MINUTE, stopped, 3 * HOUR),
            Told(people.pennvale, TUESDAY + 2 * MINUTE, stopped, 5 * HOUR),
            Told(people.pennvale, TUESDAY - 2 * HOUR, stopped, 3 * HOUR),  # out of hours
            Told(people.red_kite, TUESDAY + 3 * MINUTE, ClockState.NOT_NEEDED, HOUR),
        ):
            past.tell(told)

    def played(self, **wanted: object) -> Rehearsal:
        return rehearsing.play_now(wanted=Wanted(NOVEMBER, **wanted), actor=SYSTEM, now=NOW)  # type: ignore[arg-type]

    def test_a_draft_is_played_and_changes_nothing_live(self) -> None:
        before = queries.clause_figures("6.5", NOVEMBER, self.cast.noor, now=NOW)

        rehearsal = self.played(version=two_hours())

        found = rehearsals.rehearsed(rehearsal.pk, self.cast.noor)
        assert found is not None
        assert rehearsal.state == State.DONE
        assert (rehearsal.total, rehearsal.done) == (5, 5)
        assert (found.counts.live.kept, found.counts.live.breached) == (3, 1)
        assert (found.counts.rehearsed.kept, found.counts.rehearsed.breached) == (2, 2)
        assert found.counts.changes[Change.NOW_LATE] == 1
        assert queries.clause_figures("6.5", NOVEMBER, self.cast.noor, now=NOW) == before

    def test_every_change_opens_exactly_its_rows(self) -> None:
        rehearsal = self.played(version=two_hours())

        found = rehearsals.rehearsed(rehearsal.pk, self.cast.noor)

        assert found is not None
        for change in Change:
            rows = rehearsals.differences(rehearsal.pk, self.cast.noor, change=change)
            assert rows.total == found.counts.changes[change] == len(rows.rows)
        (late,) = rehearsals.differences(rehearsal.pk, self.cast.noor, change=Change.NOW_LATE).rows
        assert late.live_due_at - late.due_at == 2 * HOUR

    def test_the_same_version_again_changes_nothing(self) -> None:
        rehearsal = self.played(version=self.cast.policy)

        found = rehearsals.rehearsed(rehearsal.pk, self.cast.noor)

        assert found is not None
        assert found.counts.live == found.counts.rehearsed
        assert not Difference.objects.exists()

    def test_other_opening_hours_of_one_brand(self) -> None:
        """Pennvale opening at eight makes its message of eight one that came in hours."""
        week = {day: [["08:00", "17:30"]] for day in ("monday", "tuesday")}
        rehearsal = self.played(
            hours_from=HoursFrom.DRAFTED,
            hours={"brand": self.cast.pennvale, "week": week, "closed_on_bank_holidays": True},
        )

        rows = rehearsals.differences(rehearsal.pk, self.cast.noor, change=Change.EARLIER).rows

        assert [(row.brand, row.live_due_at - row.due_at) for row in rows] == [
            ("Pennvale", 8 * HOUR)
        ]

    def test_the_hours_a_version_states(self) -> None:
        rehearsal = self.played(version=self.cast.policy, hours_from=HoursFrom.VERSION)

        assert rehearsal.state == State.DONE
        assert not Difference.objects.exists()

    def test_a_lead_of_one_brand_sees_what_concerns_it(self) -> None:
        rehearsal = self.played(version=two_hours())
        lena = make.person("Lena", Role.LEAD, brand_id=self.cast.pennvale)

        found = rehearsals.rehearsed(rehearsal.pk, lena)

        assert found is not None
        assert found.counts.live.received == 2
        assert rehearsals.differences(rehearsal.pk, lena, change=Change.NOW_LATE).total == 0
        assert rehearsals.rehearsed(rehearsal.pk, self.cast.sam) is None

    def test_asking_leaves_a_job_and_it_is_played_once(self) -> None:
        asked = rehearsing.ask(
            wanted=Wanted(NOVEMBER, version=two_hours()), viewer=self.cast.noor, now=NOW
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, args->>'rehearsal_id' FROM procrastinate_jobs")
            assert cursor.fetchall() == [(rehearsing.REHEARSE, str(asked))]

        rehearsing.play(rehearsal_id=asked, tells=lambda: NOW)
        rehearsing.play(rehearsal_id=asked, tells=lambda: NOW)

        assert Difference.objects.filter(change=Change.NOW_LATE).count() == 1
        verbs = Entry.objects.filter(object_kind="rehearsal").order_by("pk")
        assert [entry.verb for entry in verbs] == [
            "insight:rehearsal:asked",
            "insight:rehearsal:done",
        ]

    def test_progress_is_kept_while_it_plays(self) -> None:
        seen = []
        told = iter([NOW] * 99)

        def tells() -> datetime:
            seen.append(Rehearsal.objects.values_list("state", "done").get())
            return next(told)

        made = rehearsing.ask(wanted=Wanted(NOVEMBER), viewer=self.cast.noor, now=NOW)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rehearsing, "TOGETHER", 2)
            rehearsing.play(rehearsal_id=made, tells=tells)

        assert ("running", 2) in seen
        assert ("running", 4) in seen
        assert Rehearsal.objects.get().done == 5

    def test_what_cannot_be_played_is_refused_in_words(self) -> None:
        for wanted, error in (
            (Wanted(NOVEMBER, version=999), NoRule),
            (
                Wanted(NOVEMBER, hours_from=HoursFrom.DRAFTED, hours={"week": {"someday": []}}),
                HoursError,
            ),
            (Wanted(Period(NOW + HOUR, NOW + 2 * HOUR)), BadPeriod),
        ):
            with self.subTest(error=error), pytest.raises(error):
                rehearsing.ask(wanted=wanted, viewer=self.cast.noor, now=NOW)

        assert not Rehearsal.objects.exists()

    def test_a_draft_thrown_away_meanwhile_ends_it_with_a_sentence(self) -> None:
        draft = two_hours()
        made = rehearsing.ask(
            wanted=Wanted(NOVEMBER, version=draft), viewer=self.cast.noor, now=NOW
        )
        policy.discard(version_id=draft, actor=SYSTEM, now=NOW)

        rehearsing.play(rehearsal_id=made, tells=lambda: NOW)

        rehearsal = Rehearsal.objects.get()
        assert rehearsal.state == State.FAILED
        assert "no policy version" in rehearsal.says

    def test_what_was_found_is_dropped_after_the_policys_time_and_the_record_stays(self) -> None:
        old = self.played(version=two_hours())
        kept_for = numbers.duration("rehearsal.kept", at=NOW)

        assert actions.drop_old(kept_for=kept_for, now=NOW + kept_for) == 0
        assert actions.drop_old(kept_for=kept_for, now=NOW + kept_for + MINUTE) == 1

        assert not Rehearsal.objects.filter(pk=old.pk).exists()
        assert not Difference.objects.exists()
        assert Entry.objects.filter(object_kind="rehearsal", object_id=str(old.pk)).count() == 2
