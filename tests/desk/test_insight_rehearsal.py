"""Past traffic played again: against a count by hand, minute by minute, that shares no code."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from glede.desk.clocks.rules import ClockState, Promise, Reading
from glede.desk.insight import replay
from glede.desk.insight.replay import Change, Counts, Stage
from glede.desk.insight.rules import Fact, Outcome
from glede.kit import hours

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 3, 25, tzinfo=UTC)
LAST = datetime(2026, 12, 31, tzinfo=UTC)


def office(opens: str = "09:00", closes: str = "17:30") -> hours.Calendar:
    return hours.Calendar(
        version="office",
        zone=LONDON,
        week=((hours.span(opens, closes),),) * 5 + ((), ()),
        bank_holidays="ENG",
    )


def promise(inside: int, outside: int, reading: Reading) -> Promise:
    return Promise(
        in_hours=inside * HOUR,
        in_hours_clause="6.5",
        out_of_hours=outside * HOUR,
        out_of_hours_clause="6.7",
        reading=reading,
        soft_after_opening=4 * HOUR,
    )


# --- The oracle --------------------------------------------------------------------------------


def is_open(at: datetime, opens: time, closes: time) -> bool:
    local = at.astimezone(LONDON)
    on: date = local.date()
    closed = local.weekday() > 4 or on in holidays.country_holidays("GB", subdiv="ENG")
    return not closed and opens <= local.time() < closes


def due(at: datetime, asked: Promise, opens: time, closes: time) -> datetime:
    """Minute by minute; `at` is a whole minute."""
    inside = is_open(at, opens, closes)
    straight = at + (asked.in_hours if inside else asked.out_of_hours)
    if asked.reading is Reading.ELAPSED:
        return straight
    left, working = asked.in_hours // MINUTE, at
    while left:
        left -= is_open(working, opens, closes)
        working += MINUTE
    if asked.reading is Reading.WORKING:
        return working
    if inside and all(
        is_open(at + minute * MINUTE, opens, closes) for minute in range((straight - at) // MINUTE)
    ):
        return straight
    return min(at + asked.out_of_hours, working)


_PAST = st.lists(
    st.tuples(
        st.integers(0, (LAST - FIRST) // MINUTE),
        st.sampled_from([ClockState.STOPPED, ClockState.WITHDRAWN, ClockState.NOT_NEEDED]),
        st.integers(1, 40 * 60),
    ),
    max_size=6,
)


def fact(number: int, at: datetime, state: ClockState, after: int, due_at: datetime) -> Fact:
    return Fact(
        kind="acknowledge",
        enquiry_id=number,
        conversation_id=number,
        brand_id=1,
        platform="website",
        received_at=at,
        due_at=due_at,
        stopped_at=at + after * MINUTE,
        state=state,
        in_hours=True,
        clause="6.5",
        reading=Reading.ELAPSED,
        policy_id=1,
        calendar_id=1,
        ingested_at=at,
    )


@settings(max_examples=60, deadline=None)
@given(
    past=_PAST,
    inside=st.integers(1, 8),
    outside=st.integers(2, 24),
    reading=st.sampled_from(Reading),
    opens=st.sampled_from(["08:00", "09:00", "10:30"]),
    closes=st.sampled_from(["16:00", "17:30", "20:00"]),
)
def test_a_rehearsal_agrees_with_a_count_by_hand(
    past: list[tuple[int, ClockState, int]],
    inside: int,
    outside: int,
    reading: Reading,
    opens: str,
    closes: str,
) -> None:
    old, new = promise(4, 12, Reading.ELAPSED), promise(inside, outside, reading)
    nine, half_past_five = time(9), time(17, 30)
    from_time, to_time = time.fromisoformat(opens), time.fromisoformat(closes)
    stage = Stage(
        promise_for=lambda _: new,
        calendar_for=lambda _: rehearsed,
        live_calendar_for=lambda _: live,
        auto_counts=lambda _: False,
    )
    live, rehearsed = office(), office(opens, closes)
    found = Counts()
    expected = {"live": [0, 0], "rehearsed": [0, 0], "due": 0, "outside": 0}
    changes = dict.fromkeys(Change, 0)
    for number, (minute, state, after) in enumerate(past):
        at = FIRST + minute * MINUTE
        was, would = (
            due(at, old, nine, half_past_five),
            due(at, new, from_time, to_time),
        )
        played = replay.play(fact(number, at, state, after, was), stage, now=NOW)
        found.add(played)

        assert played.due_at == would
        answered = at + after * MINUTE
        if state is ClockState.STOPPED:
            expected["live"][answered > was] += 1
            expected["rehearsed"][answered > would] += 1
            expected["due"] += 1
            expected["outside"] += not is_open(would - MINUTE, from_time, to_time)
            if (answered > was) != (answered > would):
                changes[Change.NOW_LATE if answered > would else Change.NOW_KEPT] += 1
                continue
        if was != would:
            changes[Change.EARLIER if would < was else Change.LATER] += 1

    assert [found.live.kept, found.live.breached] == expected["live"]
    assert [found.rehearsed.kept, found.rehearsed.breached] == expected["rehearsed"]
    assert found.changes == changes
    assert sum(map(sum, found.due)) == expected["due"]
    assert sum(map(sum, found.outside)) == expected["outside"]
    assert replay.counts_of(found.as_dict()) == found


def test_an_answer_due_at_closing_time_needs_nobody_out_of_hours() -> None:
    half_past_five = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)

    assert not replay.is_outside(office(), half_past_five)
    assert replay.is_outside(office(), half_past_five + MINUTE)


def test_load_is_put_into_the_hour_of_the_week_by_the_wall_clock() -> None:
    counts = Counts()
    # Received Tuesday 7 July 2026, 10:00 in summer time; due 14:30 on the wall clock.
    at = datetime(2026, 7, 7, 9, tzinfo=UTC)
    stage = Stage(
        promise_for=lambda _: promise(2, 12, Reading.ELAPSED),
        calendar_for=lambda _: office(),
        live_calendar_for=lambda _: office(),
        auto_counts=lambda _: False,
    )

    counts.add(
        replay.play(
            fact(1, at, ClockState.STOPPED, 30, at + 4 * HOUR + 30 * MINUTE), stage, now=NOW
        )
    )

    assert list(replay.busy(counts.due_live)) == [(1, 14, 1)]
    # Due at 12:00 sharp: the work of the hour before it.
    assert list(replay.busy(counts.due)) == [(1, 11, 1)]
    assert replay.by_hour(counts.due)[11] == 1


def test_what_went_out_by_itself_counts_as_the_rehearsed_version_says() -> None:
    """In hours an automatic acknowledgement stops nothing, unless the version lets it."""
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    live = fact(1, at, ClockState.STOPPED, 5 * 60, at + 4 * HOUR)
    live = live._replace(automatic_at=at + MINUTE, person_at=live.stopped_at)
    for counts, outcome in ((False, Outcome.BREACHED), (True, Outcome.KEPT)):
        stage = Stage(
            promise_for=lambda _: promise(4, 12, Reading.ELAPSED),
            calendar_for=lambda _: office(),
            live_calendar_for=lambda _: office(),
            auto_counts=lambda _, counts=counts: counts,
        )

        played = replay.play(live, stage, now=NOW)

        assert (played.live, played.outcome) == (Outcome.BREACHED, outcome)


def test_longer_hours_take_the_automatic_answer_away_and_leave_the_persons() -> None:
    """Out of hours at 08:30 it counted; with the doors open from eight it does not."""
    at = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    live = fact(1, at, ClockState.STOPPED, 1, at + 12 * HOUR)
    live = live._replace(automatic=True, automatic_at=live.stopped_at, person_at=at + 5 * HOUR)
    stage = Stage(
        promise_for=lambda _: promise(4, 12, Reading.ELAPSED),
        calendar_for=lambda _: office("08:00"),
        live_calendar_for=lambda _: office(),
        auto_counts=lambda _: False,
    )

    played = replay.play(live, stage, now=NOW)

    assert (played.live, played.outcome) == (Outcome.KEPT, Outcome.BREACHED)
    assert played.change is Change.NOW_LATE


def test_two_brands_add_up() -> None:
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    stage = Stage(
        promise_for=lambda _: promise(1, 12, Reading.ELAPSED),
        calendar_for=lambda _: office(),
        live_calendar_for=lambda _: office(),
        auto_counts=lambda _: False,
    )
    one, other = Counts(), Counts()
    one.add(replay.play(fact(1, at, ClockState.STOPPED, 120, at + 4 * HOUR), stage, now=NOW))
    other.add(replay.play(fact(2, at, ClockState.STOPPED, 30, at + 4 * HOUR), stage, now=NOW))

    both = one.plus(other)

    assert (both.live.kept, both.rehearsed.kept, both.rehearsed.breached) == (2, 1, 1)
    assert both.changes[Change.NOW_LATE] == both.changes[Change.EARLIER] == 1
    assert replay.by_hour(both.due)[10] == 2
    assert played_outcomes(one) == {Outcome.BREACHED}


def played_outcomes(counts: Counts) -> set[Outcome]:
    return {Outcome(name) for name, number in counts.rehearsed.as_dict().items() if number}
