"""What each figure means: periods by the wall clock, outcomes, shares, and the test behind rows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.clocks.rules import ClockState, Reading
from glede.desk.insight import period as periods
from glede.desk.insight import rules
from glede.desk.insight.period import BadPeriod
from glede.desk.insight.rules import Fact, Measure, Outcome, Tally, Times, Where

NOW = datetime(2026, 11, 24, 11, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


def fact(**changes: object) -> Fact:
    known = Fact(
        kind="acknowledge",
        enquiry_id=1,
        conversation_id=1,
        brand_id=1,
        platform="website",
        received_at=NOW - 3 * HOUR,
        due_at=NOW + HOUR,
        stopped_at=None,
        state=ClockState.RUNNING,
        in_hours=True,
        clause="6.5",
        reading=Reading.ELAPSED,
        policy_id=1,
        calendar_id=1,
        ingested_at=NOW - 3 * HOUR,
    )
    return known._replace(**changes)


# --- Periods -----------------------------------------------------------------------------------


def test_thirty_days_end_with_today_and_begin_at_a_midnight_of_the_wall_clock() -> None:
    period = periods.last_days(30, now=NOW)

    assert (period.first_on, period.last_on) == (date(2026, 10, 26), date(2026, 11, 24))
    # Monday 26 October is the first whole day of winter time: midnight is 00:00 UTC.
    assert period.from_at == datetime(2026, 10, 26, tzinfo=UTC)
    assert period.to_at == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_period_over_the_clock_change_has_an_hour_more() -> None:
    period = periods.days(date(2026, 10, 25), date(2026, 10, 25))

    assert period.to_at - period.from_at == timedelta(hours=25)


@pytest.mark.parametrize(
    ("now", "back", "first", "last"),
    [
        (NOW, 0, date(2026, 10, 1), date(2026, 12, 31)),
        (NOW, 1, date(2026, 7, 1), date(2026, 9, 30)),
        (datetime(2026, 1, 2, tzinfo=UTC), 1, date(2025, 10, 1), date(2025, 12, 31)),
        # 23:30 UTC on the last of June is July already on the wall clock.
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), 0, date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_a_quarter_is_three_months_of_the_wall_clock(
    now: datetime, back: int, first: date, last: date
) -> None:
    period = periods.quarter(now=now, back=back)

    assert (period.first_on, period.last_on) == (first, last)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), "ends before it begins"),
        (date(1990, 1, 1), date(2026, 1, 1), "longer than ten years"),
        (date(9999, 1, 1), date.max, "no day after"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_in_words(
    first: date, last: date, says: str
) -> None:
    with pytest.raises(BadPeriod, match=says):
        periods.days(first, last)


# --- Outcomes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "stopped", "due", "outcome"),
    [
        (ClockState.STOPPED, NOW, NOW, Outcome.KEPT),
        (ClockState.STOPPED, NOW + timedelta.resolution, NOW, Outcome.BREACHED),
        (ClockState.RUNNING, None, NOW, Outcome.RUNNING),
        (ClockState.RUNNING, None, NOW - timedelta.resolution, Outcome.BREACHED),
        (ClockState.WITHDRAWN, NOW + HOUR, NOW, Outcome.WITHDRAWN),
        (ClockState.NOT_NEEDED, NOW - HOUR, NOW, Outcome.NOT_NEEDED),
        (ClockState.HELD, None, NOW - HOUR, Outcome.RUNNING),
        (ClockState.AGREED, NOW + HOUR, NOW, Outcome.AGREED),
        (ClockState.REPLACED, NOW - HOUR, NOW, Outcome.REPLACED),
    ],
)
def test_the_due_instant_itself_still_keeps_a_promise(
    state: ClockState, stopped: datetime | None, due: datetime, outcome: Outcome
) -> None:
    assert rules.outcome(state=state, due_at=due, stopped_at=stopped, now=NOW) is outcome


@given(state=st.sampled_from(ClockState), due=st.integers(-90, 90), end=st.integers(-90, 90))
def test_every_state_of_a_clock_has_exactly_one_outcome(
    state: ClockState, due: int, end: int
) -> None:
    ended = None if state is ClockState.RUNNING else NOW + end * timedelta(minutes=1)
    one = fact(state=state, stopped_at=ended, due_at=NOW + due * timedelta(minutes=1))
    found = rules.judged(one, due_under=lambda of, _: of.due_at, now=NOW)

    answers = [
        measure
        for measure in (Measure(outcome.value) for outcome in Outcome)
        if rules.belongs(found, measure, Where(), lag_passes=HOUR)
    ]

    assert answers == [Measure(found.outcome.value)]
    assert rules.belongs(found, Measure.RECEIVED, Where(), lag_passes=HOUR)


def test_closing_late_is_said_although_it_is_counted_apart() -> None:
    for state in (ClockState.WITHDRAWN, ClockState.NOT_NEEDED):
        late = fact(state=state, stopped_at=NOW, due_at=NOW - HOUR)
        in_time = fact(state=state, stopped_at=NOW, due_at=NOW)
        for one, said in ((late, True), (in_time, False)):
            found = rules.judged(one, due_under=lambda of, _: of.due_at, now=NOW)
            assert rules.belongs(found, Measure.CLOSED_LATE, Where(), lag_passes=HOUR) is said
            assert not rules.belongs(found, Measure.BREACHED, Where(), lag_passes=HOUR)


def test_the_lag_that_the_policy_lets_pass_is_no_lag_yet() -> None:
    for lag, said in ((HOUR, False), (HOUR + timedelta.resolution, True)):
        one = fact(ingested_at=NOW - 3 * HOUR + lag)
        found = rules.judged(one, due_under=lambda of, _: of.due_at, now=NOW)

        assert rules.belongs(found, Measure.LAGGED, Where(), lag_passes=HOUR) is said


# --- Arithmetic -----------------------------------------------------------------------------


def test_attainment_leaves_out_what_is_undecided_or_apart() -> None:
    assert Tally(kept=3, breached=1, running=50, withdrawn=9, not_needed=9).attainment == 75
    assert Tally(running=50, withdrawn=9, not_needed=9).attainment is None
    assert Tally(kept=3, breached=1, running=50, withdrawn=9, not_needed=9).received == 72


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), min_size=1), st.integers(1, 100))
def test_a_share_is_the_smallest_time_that_covers_so_many(
    times: list[timedelta], percent: int
) -> None:
    found = rules.share(times, percent)

    assert found is not None
    assert sum(one <= found for one in times) * 100 >= percent * len(times)
    assert sum(one < found for one in times) * 100 < percent * len(times)


def test_no_answer_has_no_median() -> None:
    assert Times.of([]) == Times(0, None, None, None)
    assert rules.share([], 50) is None


@given(st.lists(st.sampled_from(Outcome)), st.lists(st.sampled_from(Outcome)))
def test_tallies_of_two_parts_add_up_to_the_tally_of_the_whole(
    one: list[Outcome], other: list[Outcome]
) -> None:
    parts = [Tally(), Tally(), Tally()]
    for tally, outcomes in zip(parts, (one, other, one + other), strict=True):
        for outcome in outcomes:
            tally.add(outcome)

    assert parts[0].plus(parts[1]) == parts[2]
    assert parts[2].received == len(one) + len(other)
    assert Tally(**parts[2].as_dict()) == parts[2]


def test_every_measure_has_a_label_and_a_definition() -> None:
    for measure in Measure:
        assert rules.LABELS[measure]
        assert rules.DEFINITIONS[measure].endswith(".")
