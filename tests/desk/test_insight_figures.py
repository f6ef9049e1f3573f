"""Figures of a clause and the rows behind them, for what one person may see."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from django.test import TestCase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockState, Reading
from glede.desk.contacts import actions_known as contacts
from glede.desk.insight import queries, rules
from glede.desk.insight.period import Period
from glede.desk.insight.rules import By, Measure, Outcome, Where
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people.rules import Role
from tests import cast, make
from tests.desk import past
from tests.desk.past import Told

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
#: Tuesday 24 November 2026, 14:00 in London: in hours.
TUESDAY = datetime(2026, 11, 24, 14, tzinfo=UTC)
#: Saturday 28 November 2026, 11:00 in London: out of hours.
SATURDAY = datetime(2026, 11, 28, 11, tzinfo=UTC)


class TestOneMonth(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = people = cast.build()
        kite, vale = people.red_kite, people.pennvale
        stopped = ClockState.STOPPED
        for told in (
            Told(kite, TUESDAY, stopped, 30 * MINUTE),
            Told(kite, TUESDAY + MINUTE, stopped, 4 * HOUR),  # at the due instant
            Told(kite, TUESDAY + 2 * MINUTE, stopped, 4 * HOUR + MINUTE),
            # Promptly answered for when we had it, and an hour late all the same.
            Told(vale, TUESDAY - 4 * HOUR, stopped, 5 * HOUR, lag=4 * HOUR + 50 * MINUTE),
            Told(vale, TUESDAY + 3 * MINUTE),  # nobody ever answered
            Told(kite, TUESDAY + 4 * MINUTE, ClockState.WITHDRAWN, 9 * HOUR),
            Told(kite, TUESDAY + 5 * MINUTE, ClockState.NOT_NEEDED, HOUR),
            Told(kite, SATURDAY, stopped, 3 * HOUR),
            Told(kite, datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), stopped, HOUR),
            Told(kite, datetime(2026, 12, 1, tzinfo=UTC), stopped, HOUR),
        ):
            past.tell(told)

    def figures(self, clause: str = "6.5") -> rules.ClauseFigures:
        return queries.clause_figures(clause, NOVEMBER, self.cast.noor, now=NOW)

    def test_each_enquiry_is_counted_once_and_the_apart_ones_apart(self) -> None:
        whole = self.figures().whole

        assert (whole.kept, whole.breached, whole.running) == (2, 3, 0)
        assert (whole.withdrawn, whole.not_needed) == (1, 1)
        assert whole.received == 7
        assert whole.attainment == 40
        assert self.figures().closed_late == 1

    def test_colleagues_who_said_so_are_counted_apart_and_in_no_other_figure(self) -> None:
        before = self.figures()
        late = Clock.objects.get(started_at=TUESDAY + 3 * MINUTE)
        contact_id = late.conversation.contact_id
        noor, stamp = self.cast.noor, Stamp("6.14", "3")
        contacts.declare(
            contact_id=contact_id,
            declared_on=NOW.date(),
            stamp=stamp,
            person_id=noor.id,
            actor=noor.actor,
            now=NOW,
        )

        found = self.figures()
        assert (before.staff, found.staff) == (0, 1)
        assert found.whole.received == before.whole.received - 1
        assert found.whole.breached == before.whole.breached - 1
        assert sum(one.tally.received for one in found.by(By.BRAND)) == found.whole.received
        rows = queries.rows("6.5", NOVEMBER, Measure.STAFF, self.cast.noor, now=NOW).rows
        assert [one.conversation_id for one in rows] == [late.conversation_id]
        rows = queries.rows("6.5", NOVEMBER, Measure.BREACHED, self.cast.noor, now=NOW).rows
        assert late.conversation_id not in {one.conversation_id for one in rows}

        contacts.withdraw(contact_id=contact_id, stamp=stamp, actor=noor.actor, now=NOW)
        assert self.figures().whole == before.whole

    def test_a_period_is_half_open_and_a_clause_is_its_own(self) -> None:
        assert self.figures("6.7").whole.received == 1
        assert self.figures("9.9").whole.received == 0
        assert self.figures("9.9").whole.attainment is None

    def test_the_same_enquiries_under_three_readings(self) -> None:
        found = {one.reading: one for one in self.figures().readings}

        # 14:01 and 14:02: due 18:01 and 18:02 as elapsed, 09:31 and 09:32 next day in open time,
        # 02:01 and 02:02 where the out-of-hours promise takes over.
        assert [one.tally.kept for one in found.values()] == [2, 3, 3]
        assert found[Reading.ELAPSED].tally == self.figures().whole
        assert [reading for reading, one in found.items() if one.in_use] == [Reading.ELAPSED]

    def test_a_slow_connection_is_reported_and_excuses_nothing(self) -> None:
        found = self.figures()
        late = queries.rows("6.5", NOVEMBER, Measure.LAGGED, self.cast.noor, now=NOW)

        assert found.lagged == late.total == 1
        assert late.rows[0].outcome is Outcome.BREACHED
        assert late.rows[0].lag == 4 * HOUR + 50 * MINUTE
        assert found.lag.longest == 4 * HOUR + 50 * MINUTE
        assert found.lag.median == timedelta(seconds=5)

    def test_times_to_the_first_response_are_of_those_answered(self) -> None:
        found = self.figures().first_response

        assert (found.count, found.median, found.p90) == (4, 4 * HOUR, 5 * HOUR)

    def test_groups_add_up_and_name_brands_platforms_and_hours(self) -> None:
        found = self.figures()

        for by in By:
            assert sum(one.tally.received for one in found.by(by)) == found.whole.received
        assert [one.label for one in found.by(By.BRAND)] == ["Red Kite", "Pennvale"]
        assert [one.label for one in found.by(By.HOUR)] == ["10:00 to 11:00", "14:00 to 15:00"]
        assert found.versions == ("1",)
        assert found.zone == "Europe/London"

    def test_the_hour_of_receipt_is_that_of_the_wall_clock(self) -> None:
        summer = datetime(2026, 7, 7, 13, 30, tzinfo=UTC)
        past.tell(Told(self.cast.red_kite, summer, ClockState.STOPPED, HOUR))
        july = Period(summer - HOUR, summer + HOUR)

        found = queries.clause_figures("6.5", july, self.cast.noor, now=NOW)

        assert [one.key for one in found.by(By.HOUR)] == ["14"]

    def test_a_lead_of_one_brand_sees_that_brand_alone(self) -> None:
        lena = make.person("Lena", Role.LEAD, brand_id=self.cast.red_kite)

        of_kite = queries.clause_figures("6.5", NOVEMBER, lena, now=NOW)
        rows = queries.rows("6.5", NOVEMBER, Measure.RECEIVED, lena, now=NOW)

        assert of_kite.brands == ("Red Kite",)
        assert of_kite.whole.received == rows.total == 5
        assert {row.brand for row in rows.rows} == {"Red Kite"}

    def test_somebody_without_the_right_to_figures_sees_none(self) -> None:
        for viewer in (self.cast.sam, self.cast.nell, self.cast.ada):
            found = queries.clause_figures("6.5", NOVEMBER, viewer, now=NOW)
            rows = queries.rows("6.5", NOVEMBER, Measure.RECEIVED, viewer, now=NOW)

            assert found.whole.received == rows.total == 0
            assert found.brands == ()

    def test_rows_come_in_pages_in_order_of_receipt(self) -> None:
        first = queries.rows("6.5", NOVEMBER, Measure.RECEIVED, self.cast.noor, now=NOW, limit=4)
        assert first.after is not None
        second = queries.rows(
            "6.5", NOVEMBER, Measure.RECEIVED, self.cast.noor, now=NOW, limit=4, offset=first.after
        )

        together = [row.received_at for row in (*first.rows, *second.rows)]
        assert together == sorted(together)
        assert len({row.enquiry_id for row in (*first.rows, *second.rows)}) == 7
        assert second.after is None

    def test_an_automatic_acknowledgement_keeps_the_promise_and_is_no_answer_of_a_person(
        self,
    ) -> None:
        clock = Clock.objects.get(started_at=SATURDAY)
        before = self.figures("6.7")
        past.was_automatic(clock)

        found = self.figures("6.7")

        assert (before.automatic, before.first_response.count) == (0, 1)
        assert (found.automatic, found.first_response.count) == (1, 0)
        assert found.whole == before.whole
        rows = queries.rows("6.7", NOVEMBER, Measure.AUTOMATIC, self.cast.noor, now=NOW)
        assert [row.automatic for row in rows.rows] == [True]

    def test_what_came_in_by_the_flow_is_counted_with_every_clock_it_started(self) -> None:
        make.conversation(self.cast.red_kite_site, slug="red-kite", at=TUESDAY + 6 * MINUTE)

        found = self.figures()
        solving = found.others[-1]

        assert found.whole.received == 8
        assert (solving.kind, solving.tally.received) == ("resolve", 1)
        rows = queries.rows(
            "6.5",
            NOVEMBER,
            Measure.RECEIVED,
            self.cast.noor,
            now=NOW,
            where=Where(kind="resolve"),
        )
        assert rows.total == 1
        assert found.recounted == 0

    def test_other_clocks_of_the_clause_are_counted_beside_and_open_their_rows(self) -> None:
        first = self.figures()
        for minute, state, ended in (
            (0, ClockState.STOPPED, HOUR),
            (1, ClockState.STOPPED, 4 * HOUR),
            (2, ClockState.AGREED, 9 * HOUR),
            (3, ClockState.HELD, None),
        ):
            of = Clock.objects.get(started_at=TUESDAY + minute * MINUTE)
            past.resolves(
                of,
                due_at=TUESDAY + 3 * HOUR,
                state=state,
                ended_at=None if ended is None else TUESDAY + ended,
            )

        found = self.figures()

        (solving,) = found.others
        assert found.whole == first.whole
        assert (solving.tally.kept, solving.tally.breached) == (1, 1)
        assert (solving.tally.agreed, solving.tally.running) == (1, 1)
        where = Where(kind=solving.kind)
        for measure in (Measure.RECEIVED, Measure.AGREED, Measure.BREACHED):
            rows = queries.rows("6.5", NOVEMBER, measure, self.cast.noor, now=NOW, where=where)
            assert rows.total == getattr(solving.tally, measure.value)

    def test_a_due_time_that_was_stored_wrong_is_found(self) -> None:
        clock = Clock.objects.filter(started_at=TUESDAY).get()
        assert self.figures().recounted == 0

        Clock.objects.filter(pk=clock.pk).update(due_at=clock.due_at + HOUR)

        rows = queries.rows("6.5", NOVEMBER, Measure.RECOUNTED, self.cast.noor, now=NOW)
        assert self.figures().recounted == rows.total == 1
        assert rows.rows[0].enquiry_id == clock.enquiry_id


_STATES = st.sampled_from(ClockState)
_TOLD = st.tuples(
    st.integers(0, 1),
    st.integers(-2 * 24 * 60, 32 * 24 * 60),
    _STATES,
    st.integers(0, 30 * 60),
    st.sampled_from([0, 1, 10, 11, 300]),
)


class TestNumbersAndRows(HypothesisTestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_TOLD, max_size=8))
    def test_every_figure_is_the_number_of_its_rows(
        self, told: list[tuple[int, int, ClockState, int, int]]
    ) -> None:
        brands = (self.cast.red_kite, self.cast.pennvale)
        for which, minute, state, after, lag in told:
            at = NOVEMBER.from_at + minute * MINUTE
            past.tell(Told(brands[which], at, state, after * MINUTE, lag=lag * MINUTE))

        for clause in ("6.5", "6.7"):
            found = queries.clause_figures(clause, NOVEMBER, self.cast.noor, now=NOW)
            self._agree(clause, found)

    def _agree(self, clause: str, found: rules.ClauseFigures) -> None:
        def total(measure: Measure, where: Where = Where()) -> int:  # noqa: B008 - frozen
            return queries.rows(
                clause, NOVEMBER, measure, self.cast.noor, now=NOW, where=where, limit=1
            ).total

        assert total(Measure.RECEIVED) == found.whole.received
        assert total(Measure.ANSWERED) == found.first_response.count
        assert total(Measure.LAGGED) == found.lagged
        assert total(Measure.CLOSED_LATE) == found.closed_late
        assert total(Measure.RECOUNTED) == found.recounted == 0
        for outcome, number in found.whole.as_dict().items():
            assert total(Measure(outcome)) == number
        for under in found.readings:
            for outcome, number in under.tally.as_dict().items():
                assert total(Measure(outcome), Where(reading=under.reading)) == number
        for group in found.groups:
            where = {
                By.BRAND: lambda key: Where(brand=int(key)),
                By.PLATFORM: lambda key: Where(platform=key),
                By.HOUR: lambda key: Where(hour=int(key)),
            }[group.by](group.key)
            assert total(Measure.RECEIVED, where) == group.tally.received
            assert total(Measure.BREACHED, where) == group.tally.breached
