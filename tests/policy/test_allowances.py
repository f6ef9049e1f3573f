"""Every way of allowing time, against the dates that law and policy themselves come to."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from glede.desk.clocks import counting, rules
from glede.desk.clocks.counting import (
    Allowance,
    CalendarDays,
    Elapsed,
    Ends,
    Months,
    NextOpeningPlus,
    OpenTime,
    SameDay,
    SkipHours,
    WorkingDays,
)
from glede.kit import hours, working
from glede.rulebook.policy import registry

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
OFFICE = hours.Calendar(
    version="office",
    zone=LONDON,
    week=((hours.span("09:00", "17:30"),),) * 5 + ((), ()),
    bank_holidays="ENG",
)
SEVEN_DAYS = hours.Calendar(
    version="seven days", zone=LONDON, week=((hours.span("08:00", "20:00"),),) * 7
)
ALWAYS = hours.Calendar(version="always", zone=LONDON, week=((hours.span("00:00", "24:00"),),) * 7)


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=LONDON).astimezone(UTC)


def due(
    start: str,
    allowance: Allowance,
    calendar: hours.Calendar = OFFICE,
    days: working.Days | None = None,
) -> str:
    found = counting.due(at(start), allowance, calendar, days).due_at
    return f"{found.astimezone(LONDON):%Y-%m-%d %H:%M}"


def why(
    start: str,
    allowance: Allowance,
    calendar: hours.Calendar = OFFICE,
    days: working.Days | None = None,
) -> list[tuple[str, bool, str]]:
    steps = counting.due(at(start), allowance, calendar, days).steps
    return [(f"{s.from_at.astimezone(LONDON):%a %d %H:%M}", s.counted, s.why) for s in steps]


# The clocks of the law.


def test_a_defamation_notice_leaves_out_whole_days_that_are_no_working_days() -> None:
    notice = SkipHours(48 * HOUR)

    assert due("2026-12-24 15:00", notice, SEVEN_DAYS, working.ENGLAND) == "2026-12-30 15:00"
    assert due("2026-11-24 15:00", notice, OFFICE, working.ENGLAND) == "2026-11-26 15:00"
    assert due("2026-11-28 11:00", notice, OFFICE, working.ENGLAND) == "2026-12-02 00:00"
    assert why("2026-12-24 15:00", notice, SEVEN_DAYS, working.ENGLAND) == [
        ("Thu 24 15:00", True, "every hour of a working day counts"),
        ("Fri 25 00:00", False, "no working day: Christmas Day"),
        ("Sat 26 00:00", False, "no working day: Boxing Day"),
        ("Sun 27 00:00", False, "no working day: Sunday"),
        ("Mon 28 00:00", False, "no working day: Boxing Day (observed)"),
        ("Tue 29 00:00", True, "every hour of a working day counts"),
    ]


def test_a_left_out_day_is_left_out_whole_however_long_the_clocks_make_it() -> None:
    friday = "2026-10-23 15:00"

    assert due(friday, SkipHours(24 * HOUR), OFFICE, working.ENGLAND) == "2026-10-26 15:00"


def test_a_request_for_ones_data_is_due_a_month_later_or_on_the_next_working_day() -> None:
    assert due("2027-01-31 12:00", Months(1), OFFICE, working.ENGLAND) == "2027-03-01 23:59"
    assert due("2026-11-24 12:00", Months(1), OFFICE, working.ENGLAND) == "2026-12-24 23:59"
    assert due("2026-11-25 12:00", Months(1), OFFICE, working.ENGLAND) == "2026-12-29 23:59"
    assert due("2026-11-24 12:00", Months(3), OFFICE, working.ENGLAND) == "2027-02-24 23:59"
    assert due("2027-01-31 12:00", Months(1, rolls=False)) == "2027-02-28 23:59"
    assert why("2027-01-31 12:00", Months(1), OFFICE, working.ENGLAND) == [
        ("Sun 31 12:00", True, "1 month: Sunday 28 February 2027"),
        (
            "Mon 01 00:00",
            False,
            "Sunday 28 February 2027 is no working day (Sunday): on to the next",
        ),
    ]


def test_a_complaint_is_acknowledged_and_answered_in_working_days_of_england() -> None:
    tweet = "2026-12-24 10:00"
    acknowledged = counting.due(at(tweet), WorkingDays(5), SEVEN_DAYS, working.ENGLAND)
    answered = counting.due(at("2027-01-05 16:00"), WorkingDays(10), SEVEN_DAYS, working.ENGLAND)

    assert acknowledged.due_on == date(2027, 1, 5)
    assert answered.due_on == date(2027, 1, 19)
    assert [step[1:] for step in why(tweet, WorkingDays(5), SEVEN_DAYS, working.ENGLAND)][:6] == [
        (False, "the day it came in: counting starts the day after"),
        (False, "no working day: Christmas Day"),
        (False, "no working day: Boxing Day"),
        (False, "no working day: Sunday"),
        (False, "no working day: Boxing Day (observed)"),
        (True, "working day 1 of 5: Tuesday 29 December 2026"),
    ]


def test_a_brand_open_every_day_changes_nothing_for_the_law() -> None:
    assert due("2026-11-27 10:00", WorkingDays(1), SEVEN_DAYS) == "2026-11-28 23:59"
    assert due("2026-11-27 10:00", WorkingDays(1), SEVEN_DAYS, working.ENGLAND) == (
        "2026-11-30 23:59"
    )


@pytest.mark.parametrize(
    ("start", "allowance", "expected"),
    [
        # legal 0, rows 4, 6 and 10: every hour counts, through weekends and holidays.
        ("2026-11-27 17:29", Elapsed(24 * HOUR), "2026-11-28 17:29"),
        ("2026-12-24 16:00", Elapsed(72 * HOUR), "2026-12-27 16:00"),
        ("2026-10-24 22:00", Elapsed(12 * HOUR), "2026-10-25 09:00"),
        # Row 5: a significant hazard.
        ("2026-12-21 10:00", WorkingDays(10), "2027-01-07 23:59"),
        ("2026-12-21 10:00", WorkingDays(3), "2026-12-24 23:59"),
        # Row 8: 30 days; the earlier way of counting, and the roll.
        ("2026-11-24 10:00", CalendarDays(30), "2026-12-24 23:59"),
        ("2026-11-24 10:00", CalendarDays(30, from_first_day=True), "2026-12-23 23:59"),
        ("2026-11-25 10:00", CalendarDays(30, rolls=True), "2026-12-29 23:59"),
        # Row 9: the poster has five days, by midnight, whatever day it is.
        ("2026-12-30 15:00", CalendarDays(5), "2027-01-04 23:59"),
    ],
)
def test_the_numbers_of_the_law(start: str, allowance: Allowance, expected: str) -> None:
    assert due(start, allowance, OFFICE, working.ENGLAND) == expected


# The promises of a desk.


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-24 09:00", "2026-11-24 17:30"),
        ("2026-11-24 16:29:59", "2026-11-24 17:30"),
        ("2026-11-24 16:30", "2026-11-25 17:30"),
        ("2026-11-24 17:29:59", "2026-11-25 17:30"),
        ("2026-11-24 17:30", "2026-11-25 17:30"),
        ("2026-11-24 08:59:59", "2026-11-24 17:30"),
        ("2026-11-27 17:00", "2026-11-30 17:30"),
        ("2026-11-28 11:00", "2026-11-30 17:30"),
        ("2026-12-24 16:45", "2026-12-29 17:30"),
    ],
)
def test_the_same_day_is_the_close_of_business(start: str, expected: str) -> None:
    assert due(start, SameDay(HOUR)) == expected


def test_a_desk_that_never_closes_ends_its_day_at_midnight() -> None:
    assert due("2026-11-24 10:00", SameDay(HOUR), ALWAYS) == "2026-11-24 23:59"
    assert due("2026-11-24 23:10", SameDay(HOUR), ALWAYS) == "2026-11-25 23:59"
    weekdays = hours.Calendar(
        version="weekdays", zone=LONDON, week=((hours.span("00:00", "24:00"),),) * 5 + ((), ())
    )
    assert due("2026-11-26 10:00", SameDay(HOUR), weekdays) == "2026-11-26 23:59"
    assert due("2026-11-27 10:00", SameDay(HOUR), weekdays) == "2026-11-27 23:59"


def test_a_night_shift_ends_its_day_in_the_morning() -> None:
    night = hours.Calendar(
        version="night", zone=LONDON, week=((hours.span("22:00", "06:00"),),) * 7
    )

    assert due("2026-11-24 23:00", SameDay(HOUR), night) == "2026-11-25 06:00"
    assert due("2026-11-25 05:30", SameDay(HOUR), night) == "2026-11-26 06:00"
    assert due("2026-11-24 12:00", WorkingDays(1, Ends.CLOSE), night) == "2026-11-26 06:00"


def test_a_person_follows_up_four_working_hours_after_the_next_opening() -> None:
    follow_up = NextOpeningPlus(4 * HOUR)

    assert due("2026-11-27 17:30", follow_up) == "2026-11-30 13:00"
    assert due("2026-11-27 17:29", follow_up) == "2026-11-30 12:59"
    assert due("2026-11-28 11:00", NextOpeningPlus(timedelta(0))) == "2026-11-30 09:00"


def test_a_promise_in_working_days_ends_at_close_of_business() -> None:
    two = WorkingDays(2, Ends.CLOSE)

    assert due("2026-11-24 10:00", two) == "2026-11-26 17:30"
    assert due("2026-11-27 18:00", two) == "2026-12-01 17:30"
    assert due("2026-12-24 10:00", two) == "2026-12-30 17:30"
    assert due("2026-12-24 10:00", WorkingDays(1, Ends.CLOSE), OFFICE, SeveralDays()) == (
        "2026-12-25 23:59"
    ), "nothing opens on Christmas Day: the day itself ends at midnight"


class SeveralDays:
    """Every date is a working day, whatever opens on it."""

    zone = LONDON

    def why_off(self, on: date) -> str:  # noqa: ARG002 (a Days must take it)
        return ""


def test_open_time_is_what_the_opening_hours_say() -> None:
    assert due("2026-11-27 17:29", OpenTime(4 * HOUR)) == "2026-11-30 12:59"


# A promise that says itself how it is counted.


def promised(inside: Any, outside: Any, reading: rules.Reading) -> rules.Promise:
    return rules.Promise(
        in_hours=inside,
        in_hours_clause="2.1",
        out_of_hours=outside,
        out_of_hours_clause="2.2",
        reading=reading,
        soft_after_opening=4 * HOUR,
    )


@pytest.mark.parametrize("reading", rules.Reading)
def test_no_reading_touches_a_promise_in_working_days(reading: rules.Reading) -> None:
    promise = promised(WorkingDays(1, Ends.CLOSE), WorkingDays(1, Ends.CLOSE), reading)

    for received, expected in (
        ("2026-11-24 10:00", "2026-11-25 17:30"),
        ("2026-11-28 10:00", "2026-11-30 17:30"),
    ):
        found = rules.deadline(at(received), promise, OFFICE)
        assert found.due_at == at(expected)
        assert found.steps[-1].to_at == found.due_at
        assert found.soft_at <= found.due_at


def test_the_two_halves_of_a_promise_may_be_counted_differently() -> None:
    promise = promised(4 * HOUR, WorkingDays(1, Ends.CLOSE), rules.Reading.HANDOVER)

    assert rules.deadline(at("2026-11-24 14:00"), promise, OFFICE).due_at == at("2026-11-25 09:30")
    assert rules.deadline(at("2026-11-28 14:00"), promise, OFFICE).due_at == at("2026-11-30 17:30")


# What a policy writes.


@pytest.mark.parametrize(
    ("value", "allowance", "words"),
    [
        ("PT4H", Elapsed(4 * HOUR), "4 hours"),
        ("P1DT30M", Elapsed(24.5 * HOUR), "24 hours 30 minutes"),
        ("P1W", Elapsed(168 * HOUR), "168 hours"),
        ({"working_days": 1}, WorkingDays(1, Ends.CLOSE), "1 working day"),
        ({"calendar_days": 30}, CalendarDays(30, rolls=True, from_first_day=True), "30 days"),
        ({"months": 1}, Months(1), "1 month"),
        (
            {"skipping": "PT48H"},
            SkipHours(48 * HOUR),
            "48 hours, leaving out days that are no working days",
        ),
        ("same_day", SameDay(HOUR), "the same working day"),
    ],
)
def test_what_a_rule_says_is_read_as_time(value: Any, allowance: Allowance, words: str) -> None:
    assert counting.read(value, same_day_last=HOUR) == allowance
    assert counting.in_words(allowance) == words


def test_every_time_the_law_allows_is_one_the_desk_can_count() -> None:
    statutes = [kind for key, kind in registry.KINDS.items() if key.startswith("statute.")]

    assert statutes
    for kind in statutes:
        allowance = counting.read_law(kind.default)
        found = counting.due(at("2026-12-24 15:00"), allowance, OFFICE, working.ENGLAND)
        assert found.due_at > found.start_at


def test_the_law_gives_the_whole_of_the_last_working_day() -> None:
    assert counting.read_law({"working_days": 5}) == WorkingDays(5, Ends.MIDNIGHT)


@pytest.mark.parametrize(
    "value",
    ["soon", "PT0H", "P", "PT", "", None, 4, {"working_days": 0}, {"working_days": True}, {}, []],
)
def test_words_that_name_no_time_are_refused(value: Any) -> None:
    with pytest.raises(counting.AllowanceError):
        counting.read(value, same_day_last=HOUR)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(hours.NaiveTimeError, match="names no instant"):
        counting.due(datetime(2026, 11, 24, 9), Elapsed(HOUR), OFFICE)  # noqa: DTZ001 (the case)


EVERY: Sequence[Allowance] = (
    Elapsed(4 * HOUR),
    OpenTime(4 * HOUR),
    NextOpeningPlus(4 * HOUR),
    SkipHours(48 * HOUR),
    WorkingDays(5),
    WorkingDays(2, Ends.CLOSE),
    CalendarDays(30, rolls=True),
    Months(1),
    SameDay(HOUR),
)


@pytest.mark.parametrize("allowance", EVERY, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("start", ["2026-12-24 16:45", "2026-11-28 11:00", "2026-10-25 00:30"])
def test_the_steps_lead_from_start_to_due_time_without_a_gap(
    allowance: Allowance, start: str
) -> None:
    found = counting.due(at(start), allowance, OFFICE)
    steps = found.steps

    assert steps[0].from_at == at(start)
    assert steps[-1].to_at == found.due_at
    assert all(one.to_at == two.from_at for one, two in pairwise(steps))
    assert all(step.why for step in steps)
