"""Working days are whole dates: the law's own, and those on which a brand opens."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from glede.kit import hours, working

LONDON = ZoneInfo("Europe/London")
OFFICE_DAY = (hours.span("09:00", "17:30"),)


def office(**more: object) -> hours.Calendar:
    return hours.Calendar(
        version="test",
        zone=LONDON,
        **({"week": (OFFICE_DAY,) * 5 + ((), ()), "bank_holidays": "ENG"} | more),  # type: ignore[arg-type]
    )


def working_in(days: working.Days, first: date, last: date) -> list[int]:
    span = range((last - first).days + 1)
    return [on.day for n in span if not days.why_off(on := first + timedelta(days=n))]


def test_the_law_counts_weekdays_without_the_bank_holidays_of_england() -> None:
    assert working_in(working.ENGLAND, date(2026, 12, 21), date(2026, 12, 31)) == [
        *(21, 22, 23, 24),
        *(29, 30, 31),
    ]
    assert working.ENGLAND.why_off(date(2027, 3, 26)) == "Good Friday"
    assert working.ENGLAND.why_off(date(2026, 11, 28)) == "Saturday"
    assert working.ENGLAND.why_off(date(2026, 11, 30)) == "", "St Andrew's Day is Scotland's"


def test_a_listed_day_is_off_or_worked_against_the_week() -> None:
    jubilee = hours.ClosedDay(date(2026, 11, 24), "Jubilee", "owner")
    days = working.Weekdays(
        zone=LONDON, closed_days=(jubilee,), worked=(date(2026, 11, 28), date(2026, 12, 25))
    )

    assert days.why_off(date(2026, 11, 24)) == "Jubilee"
    assert days.why_off(date(2026, 11, 28)) == ""
    assert days.why_off(date(2026, 11, 29)) == "Sunday"


def test_a_brand_works_on_the_days_on_which_it_opens() -> None:
    closed = hours.OneOff(date(2026, 11, 24), hours.span("00:00", "24:00"), False, "stock", "x")
    fair = hours.OneOff(date(2026, 11, 28), hours.span("10:00", "12:00"), True, "fair", "x")
    days = working.OpenDays(office(one_offs=(closed, fair)))

    assert days.why_off(date(2026, 11, 24)) == "stock"
    assert days.why_off(date(2026, 11, 28)) == ""
    assert days.why_off(date(2026, 11, 29)) == "Sunday"
    assert days.why_off(date(2026, 12, 25)) == "Christmas Day"


def test_the_small_hours_of_a_night_shift_belong_to_the_evening_before() -> None:
    fridays = ((),) * 4 + ((hours.span("22:00", "06:00"),), (), ())
    days = working.OpenDays(office(week=fridays))

    assert working_in(days, date(2026, 11, 23), date(2026, 11, 29)) == [27]


def test_a_desk_that_never_closes_works_every_day() -> None:
    days = working.OpenDays(office(week=((hours.span("00:00", "24:00"),),) * 7, bank_holidays=None))

    assert working_in(days, date(2026, 12, 24), date(2026, 12, 28)) == [24, 25, 26, 27, 28]


@pytest.mark.parametrize(
    ("on", "months", "reached"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 11, 1), 13, date(2027, 12, 1)),
    ],
)
def test_a_month_later_is_the_same_date_or_the_last(on: date, months: int, reached: date) -> None:
    assert working.same_date_later(on, months) == reached


def test_a_day_ends_at_its_own_last_instant_also_when_the_clocks_change() -> None:
    for on, lasts in ((date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (date(2026, 11, 24), 24)):
        begins, ends = working.first_instant(LONDON, on), working.end_of_day(LONDON, on)

        assert ends + timedelta.resolution - begins == timedelta(hours=lasts)
        assert working.local_date(LONDON, ends) == on


def test_where_the_clocks_skip_midnight_the_day_begins_when_they_do() -> None:
    cairo = ZoneInfo("Africa/Cairo")

    assert working.first_instant(cairo, date(2026, 4, 24)) == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(hours.HoursError, match="counted from one"):
        working.nth_working(working.ENGLAND, date(2026, 11, 24), 0)
    with pytest.raises(hours.HoursError, match="counted forwards"):
        working.same_date_later(date(2026, 11, 24), 0)
    with pytest.raises(hours.NeverOpensError, match="no working day"):
        working.next_working(working.Weekdays(zone=LONDON, weekdays=()), date(2026, 11, 24))
