"""Shifts in instants, and the two kinds of gap, held against the live clock's own deadline."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glede.desk.clocks import rules as clocks
from glede.desk.clocks.rules import Promise, Reading
from glede.desk.rota import rules
from glede.desk.rota.rules import BadShift, Duty, Gap, Held, Lack, Planned, Watch
from glede.kit import hours

LONDON = ZoneInfo("Europe/London")
NINE_TO_FIVE = hours.Calendar(
    version="test",
    zone=LONDON,
    week=tuple(((hours.span("09:00", "17:30"),) if day < 5 else ()) for day in range(7)),
    bank_holidays="ENG",
)
WORK = timedelta(minutes=30)
#: Monday 23 November 2026.
MONDAY = date(2026, 11, 23)
DEFAULTS = (time(8), time(13), time(18), time(22))


def promise(reading: Reading = Reading.ELAPSED) -> Promise:
    return Promise(
        in_hours=timedelta(hours=4),
        in_hours_clause="6.5",
        out_of_hours=timedelta(hours=12),
        out_of_hours_clause="6.7",
        reading=reading,
        soft_after_opening=timedelta(hours=4),
    )


def at(day: int, clock: str, *, month: int = 11, year: int = 2026) -> datetime:
    told = datetime.fromisoformat(f"{year}-{month:02}-{day:02}T{clock}")
    return told.replace(tzinfo=LONDON).astimezone(UTC)


def held(start: datetime, end: datetime, reading: Reading = Reading.ELAPSED) -> Held:
    return Held(start, end, NINE_TO_FIVE, promise(reading))


def planned(on: date, starts: str, ends: str, duty: Duty, *checks: str) -> Planned:
    return Planned(
        person_id=1,
        brand_id=None,
        duty=duty,
        on=on,
        starts=time.fromisoformat(starts),
        ends=time.fromisoformat(ends),
        checks=tuple(map(time.fromisoformat, checks)),
    )


def on_duty(day: int, starts: str, ends: str) -> Watch:
    return rules.watch_of(planned(date(2026, 11, day), starts, ends, Duty.HOLDER), LONDON)


def looks(*when: datetime) -> Watch:
    return Watch(
        person_id=1,
        brand_id=None,
        duty=Duty.FIRST,
        from_at=when[0],
        until_at=when[-1] + timedelta(minutes=1),
        checks=when,
    )


# --- Wall time ---------------------------------------------------------------------------------


def test_a_shift_over_midnight_ends_the_next_day_with_its_checks_in_order() -> None:
    watch = rules.watch_of(
        planned(MONDAY, "17:30", "09:00", Duty.FIRST, "18:00", "22:00", "08:00"), LONDON
    )

    assert (watch.from_at, watch.until_at) == (at(23, "17:30"), at(24, "09:00"))
    assert watch.checks == (at(23, "18:00"), at(23, "22:00"), at(24, "08:00"))


def test_the_night_the_clocks_go_back_is_an_hour_longer() -> None:
    watch = rules.watch_of(planned(date(2026, 10, 24), "22:00", "09:00", Duty.HOLDER), LONDON)

    assert watch.until_at - watch.from_at == timedelta(hours=12)


def test_an_hour_that_comes_twice_belongs_to_the_shift_both_times() -> None:
    until = rules.watch_of(planned(date(2026, 10, 24), "22:00", "01:30", Duty.HOLDER), LONDON)
    begins = rules.watch_of(planned(date(2026, 10, 25), "01:30", "09:00", Duty.HOLDER), LONDON)

    assert until.until_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert begins.from_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_night_the_clocks_go_forward_is_an_hour_shorter_and_leaves_no_hole() -> None:
    first = rules.watch_of(planned(date(2027, 3, 27), "22:00", "01:30", Duty.HOLDER), LONDON)
    then = rules.watch_of(planned(date(2027, 3, 28), "01:30", "09:00", Duty.HOLDER), LONDON)

    assert first.until_at >= then.from_at
    assert then.until_at - first.from_at == timedelta(hours=10)


def test_a_week_is_copied_by_the_wall_clock_over_the_change_of_the_clocks() -> None:
    (copy,) = rules.copied(
        [planned(date(2026, 10, 23), "09:00", "17:30", Duty.HOLDER)], by=timedelta(days=7)
    )

    assert rules.watch_of(copy, LONDON).from_at == datetime(2026, 10, 30, 9, tzinfo=UTC)


def test_a_check_outside_its_shift_is_refused_and_a_shift_on_call_needs_one() -> None:
    with pytest.raises(BadShift, match="08:30 lies outside"):
        rules.check(planned(MONDAY, "17:30", "08:00", Duty.FIRST, "18:00", "08:30"))
    with pytest.raises(BadShift, match="at what times"):
        rules.check(planned(MONDAY, "17:30", "08:00", Duty.SECOND))
    with pytest.raises(BadShift, match="whole time"):
        rules.check(planned(MONDAY, "09:00", "17:30", Duty.HOLDER, "13:00"))
    rules.check(planned(MONDAY, "17:30", "09:00", Duty.FIRST, "08:59"))


def test_the_usual_checks_are_those_that_fall_into_the_shift() -> None:
    night = planned(MONDAY, "17:30", "09:00", Duty.FIRST)

    assert rules.default_checks(night, DEFAULTS) == (time(18), time(22), time(8))


def test_who_is_away_does_not_watch() -> None:
    watch = rules.watch_of(planned(MONDAY, "17:30", "09:00", Duty.FIRST, "18:00", "08:00"), LONDON)

    (left,) = rules.without(watch, [(at(24, "00:00"), at(25, "00:00"))])
    assert (left.from_at, left.until_at) == (at(23, "17:30"), at(24, "00:00"))
    assert left.checks == (at(23, "18:00"),)
    assert rules.without(watch, [(at(23, "00:00"), at(25, "00:00"))]) == ()


# --- Gaps --------------------------------------------------------------------------------------


def test_opening_hours_without_a_duty_holder_are_named_to_the_minute() -> None:
    gaps = rules.in_hours_gaps(
        7,
        [held(at(23, "00:00"), at(25, "00:00"))],
        [on_duty(23, "09:00", "12:00"), on_duty(23, "13:00", "17:30")],
    )

    assert gaps == (
        Gap(7, Lack.IN_HOURS, at(23, "12:00"), at(23, "13:00")),
        Gap(7, Lack.IN_HOURS, at(24, "09:00"), at(24, "17:30")),
    )


def test_somebody_on_call_is_no_duty_holder_and_somebody_elses_brand_is_none_of_ours() -> None:
    other = replace(on_duty(23, "09:00", "17:30"), brand_id=8)
    day = [held(at(23, "09:00"), at(23, "17:30"))]

    assert rules.in_hours_gaps(7, day, [other, looks(at(23, "10:00"))]) == (
        Gap(7, Lack.IN_HOURS, at(23, "09:00"), at(23, "17:30")),
    )
    assert rules.in_hours_gaps(8, day, [other]) == ()


def test_the_usual_checks_leave_no_gap_over_four_closed_days() -> None:
    # 25 to 28 December 2026 are closed; the doors open on Tuesday the 29th.
    checks = [
        at(day, f"{hour:02}:00", month=12) for day in range(24, 30) for hour in (8, 13, 18, 22)
    ]
    nights = [held(at(24, "17:30", month=12), at(29, "09:00", month=12))]

    assert rules.out_of_hours_gaps(7, nights, [looks(*checks)], work=WORK) == ()


def test_a_check_that_is_left_out_makes_the_gap_the_arithmetic_says() -> None:
    # Checks at 18:00 and 08:00: what comes from 18:00 to 20:30 is answered at 08:30, too late.
    night = [held(at(23, "17:30"), at(24, "09:00"))]

    watches = [looks(at(23, "18:00")), looks(at(24, "08:00")), on_duty(24, "09:00", "17:30")]
    gaps = rules.out_of_hours_gaps(7, night, watches, work=WORK)

    assert gaps == (Gap(7, Lack.OUT_OF_HOURS, at(23, "18:00"), at(23, "20:30")),)


def test_the_night_the_clocks_go_back_is_counted_in_real_hours() -> None:
    # From 20:30 BST to 08:00 GMT lie 12 h 30.
    # So an answer at 08:30 keeps what comes from 21:30 on.
    start, end = at(24, "20:30", month=10), at(25, "08:00", month=10)

    assert rules.out_of_hours_gaps(7, [held(start, end)], [looks(end)], work=WORK) == (
        Gap(7, Lack.OUT_OF_HOURS, start, at(24, "21:30", month=10)),
    )


def test_nobody_at_all_is_a_gap_to_the_opening_and_a_duty_holder_then_keeps_the_night() -> None:
    weekend = [held(at(27, "17:30"), at(30, "09:00"))]
    monday = on_duty(30, "09:00", "17:30")

    assert rules.out_of_hours_gaps(7, weekend, [], work=WORK) == (
        Gap(7, Lack.OUT_OF_HOURS, at(27, "17:30"), at(30, "09:00")),
    )
    assert rules.out_of_hours_gaps(7, weekend, [monday], work=WORK) == (
        Gap(7, Lack.OUT_OF_HOURS, at(27, "17:30"), at(29, "21:30")),
    )


def test_hours_that_never_open_are_a_gap_and_no_fault() -> None:
    never = hours.Calendar(version="never", zone=LONDON, week=((),) * 7, bank_holidays=None)
    one = Held(at(23, "00:00"), at(24, "00:00"), never, promise())

    assert rules.in_hours_gaps(7, [one], []) == ()
    assert rules.out_of_hours_gaps(7, [one], [looks(at(23, "12:00"))], work=WORK) == (
        Gap(7, Lack.OUT_OF_HOURS, one.from_at, one.until_at),
    )


# --- Properties --------------------------------------------------------------------------------

START = at(20, "00:00", month=10)
END = START + timedelta(days=9)  # over the end of summer time
_minutes = st.integers(0, 11 * 24 * 60)


@st.composite
def watch(draw: st.DrawFn) -> Watch:
    begins = START + timedelta(minutes=draw(_minutes))
    lasts = timedelta(minutes=draw(st.integers(1, 16 * 60)))
    duty = draw(st.sampled_from(Duty))
    checks: tuple[datetime, ...] = ()
    if duty not in rules.THERE:
        offsets = draw(st.lists(st.integers(0, lasts // timedelta(minutes=1) - 1), max_size=3))
        checks = tuple(sorted(begins + timedelta(minutes=one) for one in offsets))
    return Watch(
        person_id=1,
        brand_id=draw(st.sampled_from([None, 7, 8])),
        duty=duty,
        from_at=begins,
        until_at=begins + lasts,
        checks=checks,
    )


watches_of = st.lists(watch(), max_size=14)
readings = st.sampled_from(Reading)


def both(watches: Sequence[Watch], reading: Reading) -> tuple[Gap, ...]:
    window = [held(START, END, reading)]
    inside = rules.in_hours_gaps(7, window, watches)
    return inside + rules.out_of_hours_gaps(7, window, watches, work=WORK)


def within(inner: Gap, outer: Sequence[Gap]) -> bool:
    return any(
        gap.lack is inner.lack and gap.from_at <= inner.from_at and inner.until_at <= gap.until_at
        for gap in outer
    )


@settings(max_examples=60, deadline=None)
@given(watches=watches_of, more=watch(), reading=readings)
def test_more_cover_never_makes_a_new_gap(
    watches: list[Watch], more: Watch, reading: Reading
) -> None:
    before = both(watches, reading)

    assert all(within(gap, before) for gap in both([*watches, more], reading))


def answered(received_at: datetime, watches: Sequence[Watch]) -> datetime | None:
    """Written apart from the rules: when the first of all watches has answered what came then."""
    ours = [one for one in watches if one.brand_id in (None, 7)]
    seen = [at for one in ours for at in one.checks if at > received_at]
    for one in ours:
        if one.duty in rules.THERE and one.until_at > received_at:
            seen.append(max(one.from_at, received_at))
    return min(seen) + WORK if seen else None


def is_late(received_at: datetime, watches: Sequence[Watch], reading: Reading) -> bool:
    done = answered(received_at, watches)
    due = clocks.deadline(received_at, promise(reading), NINE_TO_FIVE).due_at
    return done is None or clocks.is_late(due_at=due, now=done)


@settings(max_examples=60, deadline=None)
@given(
    watches=watches_of,
    reading=readings,
    parts=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=4),
)
def test_every_instant_of_a_gap_really_breaches(
    watches: list[Watch], reading: Reading, parts: list[float]
) -> None:
    for gap in both(watches, reading):
        for part in (0.0, *parts):
            when = gap.from_at + (gap.until_at - gap.from_at) * part
            if when >= gap.until_at:
                continue
            if gap.lack is Lack.IN_HOURS:
                assert hours.is_open(NINE_TO_FIVE, when)
                assert not any(
                    one.from_at <= when < one.until_at
                    for one in watches
                    if one.duty in rules.THERE and one.brand_id in (None, 7)
                )
            else:
                assert not hours.is_open(NINE_TO_FIVE, when)
                assert is_late(when, watches, reading)


@settings(max_examples=60, deadline=None)
@given(watches=watches_of, reading=readings, minute=st.integers(0, 9 * 24 * 60 - 1))
def test_every_instant_outside_the_gaps_is_kept(
    watches: list[Watch], reading: Reading, minute: int
) -> None:
    when = START + timedelta(minutes=minute)
    in_a_gap = any(gap.from_at <= when < gap.until_at for gap in both(watches, reading))

    if not in_a_gap and not hours.is_open(NINE_TO_FIVE, when):
        assert not is_late(when, watches, reading)
