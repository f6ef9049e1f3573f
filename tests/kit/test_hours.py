"""Opening hours, tried against an independent minute-by-minute reading of the wall clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glede.kit import hours

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OFFICE_DAY = (hours.span("09:00", "17:30"),)


def calendar(
    *week: tuple[hours.Span, ...],
    zone: ZoneInfo = LONDON,
    bank_holidays: str | None = None,
    closed_days: tuple[hours.ClosedDay, ...] = (),
    one_offs: tuple[hours.OneOff, ...] = (),
) -> hours.Calendar:
    """Without days: the office week. With one day: every day alike."""
    if len(week) == 1:
        week = week * 7
    return hours.Calendar(
        version="test 1",
        zone=zone,
        week=week or ((OFFICE_DAY,) * 5 + ((), ())),
        bank_holidays=bank_holidays,
        closed_days=closed_days,
        one_offs=one_offs,
    )


def one_off(on: date, opens_at: str, closes_at: str, *, opens: bool, why: str) -> hours.OneOff:
    return hours.OneOff(on, hours.span(opens_at, closes_at), opens, why, "Priya, 2 November 2026")


def at(words: str, zone: ZoneInfo = LONDON, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone, fold=fold).astimezone(UTC)


# Spans.


def test_a_span_holds_its_start_and_not_its_end() -> None:
    office = calendar()
    opens, closes = at("2026-11-24 09:00"), at("2026-11-24 17:30")

    assert not hours.is_open(office, opens - timedelta.resolution)
    assert hours.is_open(office, opens)
    assert hours.is_open(office, closes - timedelta.resolution)
    assert not hours.is_open(office, closes)


def test_a_day_may_have_many_spans_in_any_order_and_overlapping() -> None:
    split = calendar(
        (hours.span("13:00", "15:00"), hours.span("09:00", "12:00"), hours.span("14:00", "17:00"))
    )

    assert not hours.is_open(split, at("2026-11-24 12:30"))
    assert hours.close_of(split, at("2026-11-24 13:30")) == at("2026-11-24 17:00")
    assert (
        hours.open_time_between(split, at("2026-11-24 00:00"), at("2026-11-25 00:00")) == 7 * HOUR
    )


def test_a_span_over_midnight_closes_on_the_next_day() -> None:
    late = calendar((hours.span("21:00", "02:00"),), *((),) * 6)

    assert hours.is_open(late, at("2026-11-24 01:59"))
    assert hours.close_of(late, at("2026-11-23 22:00")) == at("2026-11-24 02:00")
    assert hours.day_close_of(late, at("2026-11-24 01:00")) == at("2026-11-24 02:00")
    assert not hours.is_open(late, at("2026-11-24 21:00"))


def test_a_span_that_ends_at_24_00_loses_no_minute_at_midnight() -> None:
    always = calendar((hours.span("00:00", "24:00"),))
    start = at("2026-11-24 00:00")

    assert hours.open_time_between(always, start, start + timedelta(days=3)) == timedelta(days=3)
    assert hours.close_of(always, start) is None
    assert hours.day_close_of(always, start) is None
    assert hours.next_opening(always, start + HOUR) == start + HOUR


def test_a_span_over_new_year_is_whole_from_both_sides() -> None:
    night = calendar((hours.span("18:00", "06:00"),))
    closes = at("2027-01-01 06:00")

    assert hours.close_of(night, at("2026-12-31 23:59")) == closes
    assert hours.close_of(night, at("2027-01-01 00:00")) == closes
    assert hours.add_open_time(night, at("2026-12-31 20:00"), 11 * HOUR) == at("2027-01-01 19:00")


def test_a_working_day_that_lies_in_two_utc_years_is_one_day() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    split = calendar((hours.span("09:00", "12:45"), hours.span("14:00", "17:00")), zone=auckland)
    received = at("2027-01-01 12:30", auckland)

    assert received.year == 2026
    assert hours.day_close_of(split, received) == at("2027-01-01 17:00", auckland)


def test_a_desk_open_for_weeks_closes_when_it_closes() -> None:
    closes_on = date(2027, 2, 10)
    siege = calendar(
        (hours.span("00:00", "24:00"),),
        one_offs=(one_off(closes_on, "12:00", "13:00", opens=False, why="fire drill"),),
    )

    assert hours.close_of(siege, at("2026-12-01 00:00")) == at("2027-02-10 12:00")
    assert hours.close_of(siege, at("2027-02-10 13:00")) is None


@pytest.mark.parametrize(
    ("opens", "closes", "says"),
    [
        ("9:00", "17:30", "like 09:00"),
        ("09:00", "24:01", "the last one is 24:00"),
        ("09:60", "17:30", "not a time of day"),
        ("09:00", "09:00", "no time or a whole day"),
        ("24:00", "09:00", "between 00:00 and 23:59"),
    ],
)
def test_a_span_that_is_none_is_refused(opens: str, closes: str, says: str) -> None:
    with pytest.raises(hours.HoursError, match=says):
        hours.span(opens, closes)


def test_a_span_longer_than_a_day_is_refused() -> None:
    with pytest.raises(hours.HoursError, match="lasts a day at most"):
        hours.Span(540, 540 + 24 * 60 + 1)


def test_a_week_of_six_days_is_refused() -> None:
    with pytest.raises(hours.HoursError, match="seven days"):
        hours.Calendar(version="short", zone=LONDON, week=((),) * 6)


# Closed days and one-offs.


def test_bank_holidays_are_closed_and_carry_name_and_source() -> None:
    found = {day.on: day for day in hours.bank_holidays("ENG", [2026, 2027])}
    office = calendar(bank_holidays="ENG")

    assert found[date(2026, 12, 28)].name == "Boxing Day (observed)"
    assert "GB-ENG" in found[date(2027, 3, 29)].source
    assert not any(hours.is_open(office, at(f"{on} 11:00")) for on in found)
    assert hours.next_opening(office, at("2026-12-24 17:30")) == at("2026-12-29 09:00")


def test_each_subdivision_has_its_own_bank_holidays() -> None:
    st_andrews_day = at("2026-11-30 11:00")

    assert hours.is_open(calendar(bank_holidays="ENG"), st_andrews_day)
    assert not hours.is_open(calendar(bank_holidays="SCT"), st_andrews_day)


def test_years_without_known_bank_holidays_are_refused() -> None:
    with pytest.raises(hours.OutsideCalendarError, match="No bank holidays are known"):
        hours.bank_holidays("ENG", [2150])


def test_a_closed_day_closes_the_whole_date_and_the_night_that_starts_on_it() -> None:
    night = calendar(
        (hours.span("21:00", "02:00"),),
        closed_days=(hours.ClosedDay(date(2026, 11, 24), "Staff day", "Sam"),),
    )

    assert hours.close_of(night, at("2026-11-23 21:00")) == at("2026-11-24 00:00")
    assert hours.next_opening(night, at("2026-11-24 00:00")) == at("2026-11-25 21:00")


def test_a_one_off_opening_beats_a_bank_holiday() -> None:
    office = calendar(
        bank_holidays="ENG",
        one_offs=(one_off(date(2026, 12, 26), "10:00", "12:00", opens=True, why="freeze"),),
    )

    assert hours.next_opening(office, at("2026-12-24 17:30")) == at("2026-12-26 10:00")
    assert hours.close_of(office, at("2026-12-26 10:00")) == at("2026-12-26 12:00")


def test_of_two_one_offs_the_later_entry_wins() -> None:
    on = date(2026, 11, 24)
    closed = one_off(on, "12:00", "17:30", opens=False, why="training")
    opened = one_off(on, "14:00", "15:00", opens=True, why="phones only")

    assert hours.is_open(calendar(one_offs=(closed, opened)), at("2026-11-24 14:30"))
    assert not hours.is_open(calendar(one_offs=(opened, closed)), at("2026-11-24 14:30"))


def test_of_two_one_offs_the_later_date_wins_whatever_their_order() -> None:
    opened = one_off(date(2026, 11, 24), "20:00", "03:00", opens=True, why="storm")
    closed = one_off(date(2026, 11, 25), "01:00", "02:00", opens=False, why="power cut")

    for one_offs in ((opened, closed), (closed, opened)):
        found = calendar(one_offs=one_offs)
        assert hours.close_of(found, at("2026-11-24 20:00")) == at("2026-11-25 01:00")
        assert hours.close_of(found, at("2026-11-25 02:00")) == at("2026-11-25 03:00")


# The nights the clocks change (Europe/London: 25 October 2026 and 28 March 2027, 01:00 UTC).


def test_the_missing_hour_is_not_counted() -> None:
    night = calendar((hours.span("00:00", "04:00"),))

    assert (
        hours.open_time_between(night, at("2027-03-27 22:00"), at("2027-03-28 12:00")) == 3 * HOUR
    )


def test_a_span_that_starts_in_the_missing_hour_starts_when_the_clock_has_passed_it() -> None:
    early = calendar((hours.span("01:30", "05:00"),))

    assert hours.next_opening(early, at("2027-03-27 22:00")) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_the_repeated_hour_counts_twice() -> None:
    night = calendar((hours.span("00:00", "04:00"),))

    assert (
        hours.open_time_between(night, at("2026-10-24 22:00"), at("2026-10-25 12:00")) == 5 * HOUR
    )


def test_both_of_the_two_half_past_ones_are_open_when_half_past_one_is() -> None:
    half_hour = calendar((hours.span("01:15", "01:45"),))
    first, second = (at("2026-10-25 01:30", fold=fold) for fold in (0, 1))

    assert second - first == HOUR
    assert hours.is_open(half_hour, first)
    assert hours.is_open(half_hour, second)
    assert not hours.is_open(half_hour, first + 30 * MINUTE)


def test_a_zone_that_shifts_by_half_an_hour_is_exact() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    night = calendar((hours.span("00:00", "04:00"),), zone=lord_howe)
    before, after = at("2026-10-03 22:00", lord_howe), at("2026-10-04 12:00", lord_howe)

    assert hours.open_time_between(night, before, after) == 3.5 * HOUR


def test_a_date_that_a_zone_left_out_has_no_hours() -> None:
    apia = ZoneInfo("Pacific/Apia")
    always = calendar((hours.span("09:00", "17:00"),), zone=apia)
    before, after = at("2011-12-29 18:00", apia), at("2011-12-31 09:00", apia)

    assert hours.next_opening(always, before) == after
    assert hours.open_time_between(always, before, after) == timedelta(0)


# Refusals.


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 24, 9)  # noqa: DTZ001 (the case)

    with pytest.raises(hours.NaiveTimeError, match="names no instant"):
        hours.is_open(calendar(), naive)


def test_a_calendar_that_never_opens_says_so() -> None:
    with pytest.raises(hours.NeverOpensError, match="“test 1” never opens"):
        hours.next_opening(calendar(()), at("2026-11-24 09:00"))
    with pytest.raises(hours.NeverOpensError):
        hours.add_open_time(calendar(()), at("2026-11-24 09:00"), HOUR)
    assert not hours.is_open(calendar(()), at("2026-11-24 09:00"))


def test_a_calendar_that_opens_once_more_is_found_years_ahead() -> None:
    single = calendar(
        (), one_offs=(one_off(date(2031, 5, 1), "10:00", "12:00", opens=True, why="fair"),)
    )

    assert hours.next_opening(single, at("2026-11-24 09:00")) == at("2031-05-01 10:00")
    with pytest.raises(hours.NeverOpensError):
        hours.add_open_time(single, at("2026-11-24 09:00"), 3 * HOUR)


def test_a_year_nobody_can_know_is_refused() -> None:
    with pytest.raises(hours.OutsideCalendarError, match="not for 9999"):
        hours.is_open(calendar(), datetime(9999, 12, 31, tzinfo=UTC))


def test_open_time_is_counted_forwards_only() -> None:
    now = at("2026-11-24 09:00")

    with pytest.raises(hours.HoursError, match="negative"):
        hours.add_open_time(calendar(), now, -HOUR)
    with pytest.raises(hours.HoursError, match="before the start"):
        hours.open_time_between(calendar(), now, now - HOUR)


def test_a_closed_instant_has_no_closing_time() -> None:
    with pytest.raises(hours.HoursError, match="outside the opening hours"):
        hours.close_of(calendar(), at("2026-11-24 08:00"))


# Why.


def test_every_stretch_says_why_it_counts_or_not() -> None:
    office = calendar(
        (hours.span("09:00", "12:00"), hours.span("13:00", "17:00")),
        OFFICE_DAY,
        OFFICE_DAY,
        OFFICE_DAY,
        OFFICE_DAY,
        (),
        (),
        one_offs=(
            one_off(date(2026, 11, 23), "15:00", "17:00", opens=False, why="training"),
            one_off(date(2026, 11, 22), "10:00", "11:00", opens=True, why="flood"),
        ),
    )

    steps = hours.explain(office, at("2026-11-21 23:00"), at("2026-11-23 18:00"))

    assert [(f"{step.from_at:%a %H:%M}", step.counted, step.why) for step in steps] == [
        ("Sat 23:00", False, "Saturday"),
        ("Sun 00:00", False, "before opening"),
        ("Sun 10:00", True, "open: flood"),
        ("Sun 11:00", False, "after closing"),
        ("Mon 00:00", False, "before opening"),
        ("Mon 09:00", True, "open"),
        ("Mon 12:00", False, "between opening hours"),
        ("Mon 13:00", True, "open"),
        ("Mon 15:00", False, "closed: training"),
        ("Mon 17:00", False, "after closing"),
    ]
    assert steps[-1].to_at == at("2026-11-23 18:00")


# Against the oracle.


def wall_is_open(of: hours.Calendar, instant: datetime) -> bool:
    """The definition, read minute by minute: no tables, no spans in UTC, no order of painting."""
    local = instant.astimezone(of.zone)
    today, eve, minute = (
        local.date(),
        local.date() - timedelta(days=1),
        local.hour * 60 + local.minute,
    )
    closed = {day.on for day in of.closed_days}
    if of.bank_holidays:
        years = sorted({today.year, eve.year})
        closed |= {day.on for day in hours.bank_holidays(of.bank_holidays, years)}
    for day, passed in ((today, minute), (eve, minute + 24 * 60)):
        for one in reversed(of.one_offs):
            if one.on == day and one.span.start <= passed < one.span.end:
                return one.opens
    return today not in closed and any(
        span.start <= passed < span.end
        for day, passed in ((today, minute), (eve, minute + 24 * 60))
        if day not in closed
        for span in of.week[day.weekday()]
    )


SPANS = st.builds(
    lambda start, length: hours.Span(start, start + length),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
DAYS = st.lists(SPANS, max_size=3).map(tuple)
# Around clock changes, leap day, new year and Christmas.
DATES = st.sampled_from(
    [
        date(2026, 3, 29),
        date(2026, 10, 25),
        date(2026, 12, 25),
        date(2027, 1, 1),
        date(2027, 3, 28),
        date(2028, 2, 29),
        date(2026, 3, 8),
        date(2026, 11, 1),
        date(2026, 4, 5),
        date(2026, 10, 4),
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[hours.Calendar, datetime]:
    around = draw(DATES)
    near = st.integers(-2, 2).map(lambda days: around + timedelta(days=days))
    made = hours.Calendar(
        version="drawn",
        zone=ZoneInfo(
            draw(
                st.sampled_from(
                    ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
                )
            )
        ),
        week=tuple(draw(DAYS) for _ in range(7)),
        bank_holidays=draw(st.sampled_from([None, "ENG", "SCT"])),
        closed_days=tuple(
            hours.ClosedDay(on, "Closed", "test") for on in draw(st.lists(near, max_size=2))
        ),
        one_offs=tuple(
            draw(
                st.lists(
                    st.builds(
                        hours.OneOff, near, SPANS, st.booleans(), st.just("why"), st.just("test")
                    ),
                    max_size=4,
                )
            )
        ),
    )
    midnight = datetime(around.year, around.month, around.day, tzinfo=UTC)
    return made, midnight + timedelta(minutes=draw(st.integers(-24 * 60, 24 * 60)))


@pytest.mark.exhaustive
@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(0, 26 * 60), st.integers(0, 26 * 60))
def test_every_answer_agrees_with_the_wall_clock(
    case: tuple[hours.Calendar, datetime], length: int, allowed: int
) -> None:
    made, start = case
    end = start + length * MINUTE
    opens = [wall_is_open(made, start + passed * MINUTE) for passed in range(length)]
    counted = [start + passed * MINUTE for passed, there in enumerate(opens) if there]

    assert hours.open_time_between(made, start, end) == len(counted) * MINUTE
    for instant in counted[:1] + counted[-1:]:
        assert hours.is_open(made, instant)
    if counted:
        assert hours.next_opening(made, start) == counted[0]
        nth = allowed % len(counted)
        assert hours.add_open_time(made, start, (nth + 1) * MINUTE) == counted[nth] + MINUTE
    if False in opens and opens[0]:
        assert hours.close_of(made, start) == start + opens.index(False) * MINUTE
    steps = hours.explain(made, start, end)
    explained = [step.to_at - step.from_at for step in steps if step.counted]
    assert sum(explained, timedelta(0)) == len(counted) * MINUTE


@pytest.mark.exhaustive
@settings(deadline=None)
@given(
    st.datetimes(datetime(2025, 12, 20), datetime(2028, 1, 10), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(0), timedelta(days=30)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_open_time_adds_up_and_comes_back(
    start: datetime, one: timedelta, other: timedelta
) -> None:
    office = calendar(bank_holidays="ENG")

    after_one = hours.add_open_time(office, start, one)
    after_both = hours.add_open_time(office, start, one + other)

    assert hours.open_time_between(office, start, after_one) == one
    assert hours.add_open_time(office, after_one, other) == after_both
    assert start <= after_one <= after_both
    if other:
        assert after_both - after_one >= other


# The tables are worked out when they are asked for, and kept.


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    instants = [
        datetime(year, month, day, hour, tzinfo=UTC)
        for year in (2025, 2026, 2027, 2028)
        for month, day in ((1, 1), (3, 28), (10, 25), (12, 31))
        for hour in (0, 12, 23)
    ]
    asked_in_any_order = calendar((hours.span("22:00", "12:30"),), bank_holidays="ENG")
    out_of_order = sorted(instants, key=lambda instant: (instant.hour, -instant.year))

    def answer(of: hours.Calendar, instant: datetime) -> tuple[bool, datetime, datetime]:
        return (
            hours.is_open(of, instant),
            hours.next_opening(of, instant),
            hours.add_open_time(of, instant, 40 * HOUR),
        )

    warm = {instant: answer(asked_in_any_order, instant) for instant in out_of_order}

    for instant in instants:
        fresh = calendar((hours.span("22:00", "12:30"),), bank_holidays="ENG")
        assert answer(fresh, instant) == warm[instant]


def test_a_used_calendar_is_still_the_same_value() -> None:
    used, fresh = calendar(), calendar()
    hours.is_open(used, at("2026-11-24 09:00"))

    assert used == fresh
    assert hash(used) == hash(fresh)
