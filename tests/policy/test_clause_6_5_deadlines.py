"""Clauses 6.5 and 6.7: within 4 hours of receipt in opening hours, within 12 hours outside them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.clocks import rules
from glede.desk.clocks.rules import Reading
from glede.kit import hours

LONDON = ZoneInfo("Europe/London")
NINE_TO_HALF_PAST_FIVE = (hours.span("09:00", "17:30"),)
OFFICE = hours.Calendar(
    version="office",
    zone=LONDON,
    week=(NINE_TO_HALF_PAST_FIVE,) * 5 + ((), ()),
    bank_holidays="ENG",
)
HOUR = timedelta(hours=1)


def promise(reading: Reading = Reading.ELAPSED) -> rules.Promise:
    return rules.Promise(
        in_hours=4 * HOUR,
        in_hours_clause="6.5",
        out_of_hours=12 * HOUR,
        out_of_hours_clause="6.7",
        reading=reading,
        soft_after_opening=4 * HOUR,
    )


def london(words: str) -> datetime:
    """“2026-10-25 01:30 GMT”: the zone's name is checked, so a wrong half of the year is seen."""
    day, time, name = words.split()
    wall = datetime.fromisoformat(f"{day} {time}").replace(tzinfo=LONDON)
    told = next(at for fold in (0, 1) if (at := wall.replace(fold=fold)).tzname() == name)
    return told.astimezone(UTC)


def due(received: str, reading: Reading) -> datetime:
    return rules.deadline(london(received), promise(reading), OFFICE).due_at


# received, in hours, soft target, due elapsed, due working, due handover
TABLE = [
    (
        "2026-11-24 09:15 GMT",
        True,
        "2026-11-24 13:15 GMT",
        "2026-11-24 13:15 GMT",
        "2026-11-24 13:15 GMT",
        "2026-11-24 13:15 GMT",
    ),
    (
        "2026-11-24 13:30 GMT",
        True,
        "2026-11-24 17:30 GMT",
        "2026-11-24 17:30 GMT",
        "2026-11-24 17:30 GMT",
        "2026-11-24 17:30 GMT",
    ),
    (
        "2026-11-24 13:31 GMT",
        True,
        "2026-11-24 17:30 GMT",
        "2026-11-24 17:31 GMT",
        "2026-11-25 09:01 GMT",
        "2026-11-25 01:31 GMT",
    ),
    (
        "2026-11-24 14:00 GMT",
        True,
        "2026-11-24 17:30 GMT",
        "2026-11-24 18:00 GMT",
        "2026-11-25 09:30 GMT",
        "2026-11-25 02:00 GMT",
    ),
    (
        "2026-11-27 17:29 GMT",
        True,
        "2026-11-27 17:30 GMT",
        "2026-11-27 21:29 GMT",
        "2026-11-30 12:59 GMT",
        "2026-11-28 05:29 GMT",
    ),
    (
        "2026-11-27 17:30 GMT",
        False,
        "2026-11-28 05:30 GMT",
        "2026-11-28 05:30 GMT",
        "2026-11-30 13:00 GMT",
        "2026-11-28 05:30 GMT",
    ),
    (
        "2026-11-27 17:31 GMT",
        False,
        "2026-11-28 05:31 GMT",
        "2026-11-28 05:31 GMT",
        "2026-11-30 13:00 GMT",
        "2026-11-28 05:31 GMT",
    ),
    (
        "2026-11-30 08:55 GMT",
        False,
        "2026-11-30 13:00 GMT",
        "2026-11-30 20:55 GMT",
        "2026-11-30 13:00 GMT",
        "2026-11-30 13:00 GMT",
    ),
    (
        "2026-11-28 11:00 GMT",
        False,
        "2026-11-28 23:00 GMT",
        "2026-11-28 23:00 GMT",
        "2026-11-30 13:00 GMT",
        "2026-11-28 23:00 GMT",
    ),
    (
        "2026-12-24 16:00 GMT",
        True,
        "2026-12-24 17:30 GMT",
        "2026-12-24 20:00 GMT",
        "2026-12-29 11:30 GMT",
        "2026-12-25 04:00 GMT",
    ),
    (
        "2026-12-25 10:00 GMT",
        False,
        "2026-12-25 22:00 GMT",
        "2026-12-25 22:00 GMT",
        "2026-12-29 13:00 GMT",
        "2026-12-25 22:00 GMT",
    ),
    (
        "2026-10-24 22:00 BST",
        False,
        "2026-10-25 09:00 GMT",
        "2026-10-25 09:00 GMT",
        "2026-10-26 13:00 GMT",
        "2026-10-25 09:00 GMT",
    ),
    (
        "2026-10-25 01:30 BST",
        False,
        "2026-10-25 12:30 GMT",
        "2026-10-25 12:30 GMT",
        "2026-10-26 13:00 GMT",
        "2026-10-25 12:30 GMT",
    ),
    (
        "2026-10-25 01:30 GMT",
        False,
        "2026-10-25 13:30 GMT",
        "2026-10-25 13:30 GMT",
        "2026-10-26 13:00 GMT",
        "2026-10-25 13:30 GMT",
    ),
    (
        "2027-03-27 22:00 GMT",
        False,
        "2027-03-28 11:00 BST",
        "2027-03-28 11:00 BST",
        "2027-03-30 13:00 BST",
        "2027-03-28 11:00 BST",
    ),
    (
        "2027-03-25 16:45 GMT",
        True,
        "2027-03-25 17:30 GMT",
        "2027-03-25 20:45 GMT",
        "2027-03-30 12:15 BST",
        "2027-03-26 04:45 GMT",
    ),
]
EACH_ROW = pytest.mark.parametrize(
    ("received", "in_hours", "soft", "elapsed", "working", "handover"),
    TABLE,
    ids=[row[0] for row in TABLE],
)


@EACH_ROW
def test_the_three_readings_of_the_promise(
    received: str, in_hours: bool, soft: str, elapsed: str, working: str, handover: str
) -> None:
    assert due(received, Reading.ELAPSED) == london(elapsed)
    assert due(received, Reading.WORKING) == london(working)
    assert due(received, Reading.HANDOVER) == london(handover)


@EACH_ROW
def test_the_soft_target_and_the_clause(
    received: str, in_hours: bool, soft: str, elapsed: str, working: str, handover: str
) -> None:
    found = rules.deadline(london(received), promise(), OFFICE)

    assert found.soft_at == london(soft)
    assert found.in_hours is in_hours
    assert found.clause == ("6.5" if in_hours else "6.7")


def test_closing_time_is_out_of_hours_to_the_microsecond() -> None:
    closing = london("2026-11-27 17:30 GMT")

    last = rules.deadline(closing - timedelta.resolution, promise(), OFFICE)
    first = rules.deadline(closing, promise(), OFFICE)

    assert (last.in_hours, first.in_hours) == (True, False)
    assert last.due_at == closing - timedelta.resolution + 4 * HOUR


def test_opening_time_is_in_hours() -> None:
    assert rules.deadline(london("2026-11-24 09:00 GMT"), promise(), OFFICE).in_hours


def test_a_lunch_break_does_not_end_the_day() -> None:
    morning_and_afternoon = (hours.span("09:00", "12:00"), hours.span("13:00", "17:30"))
    calendar = hours.Calendar(version="lunch", zone=LONDON, week=(morning_and_afternoon,) * 7)
    received = london("2026-11-24 11:59 GMT")

    found = {reading: rules.deadline(received, promise(reading), calendar) for reading in Reading}

    assert found[Reading.ELAPSED].soft_at == london("2026-11-24 15:59 GMT")
    assert found[Reading.HANDOVER].due_at == london("2026-11-24 15:59 GMT")
    assert found[Reading.WORKING].due_at == london("2026-11-24 16:59 GMT")


def test_a_desk_that_never_closes_has_no_closing_time_to_beat() -> None:
    calendar = hours.Calendar(
        version="always", zone=LONDON, week=((hours.span("00:00", "24:00"),),) * 7
    )
    received = london("2026-12-31 23:00 GMT")

    for reading in Reading:
        found = rules.deadline(received, promise(reading), calendar)
        assert found.in_hours
        assert found.due_at == found.soft_at == received + 4 * HOUR


def test_a_receipt_may_be_told_in_any_zone() -> None:
    received = london("2026-10-25 01:30 BST")

    here = rules.deadline(received.astimezone(LONDON), promise(Reading.WORKING), OFFICE)

    assert here == rules.deadline(received, promise(Reading.WORKING), OFFICE)
    assert here.reading is Reading.WORKING
    assert here.received_at.tzinfo is here.due_at.tzinfo is UTC


def test_a_receipt_without_a_zone_is_refused() -> None:
    with pytest.raises(hours.NaiveTimeError, match="names no instant"):
        rules.deadline(datetime(2026, 11, 24, 9), promise(), OFFICE)  # noqa: DTZ001 (the case)


def test_a_promise_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="allows some time"):
        rules.Promise(
            in_hours=timedelta(0),
            in_hours_clause="6.5",
            out_of_hours=12 * HOUR,
            out_of_hours_clause="6.7",
            reading=Reading.ELAPSED,
            soft_after_opening=4 * HOUR,
        )


# Why this deadline.


def told(received: str, reading: Reading) -> list[tuple[str, str, bool, str]]:
    steps = rules.deadline(london(received), promise(reading), OFFICE).steps
    return [
        (
            f"{step.from_at.astimezone(LONDON):%a %H:%M}",
            f"{step.to_at.astimezone(LONDON):%a %H:%M}",
            step.counted,
            step.why,
        )
        for step in steps
    ]


def test_why_says_that_every_hour_counts_in_the_elapsed_reading() -> None:
    assert told("2026-11-27 17:29 GMT", Reading.ELAPSED) == [
        ("Fri 17:29", "Fri 21:29", True, "received in opening hours: every hour counts")
    ]
    assert told("2026-11-27 17:30 GMT", Reading.ELAPSED) == [
        ("Fri 17:30", "Sat 05:30", True, "received out of hours: every hour counts")
    ]


def test_why_names_each_closed_day_in_the_working_reading() -> None:
    assert told("2026-12-24 16:00 GMT", Reading.WORKING) == [
        ("Thu 16:00", "Thu 17:30", True, "open"),
        ("Thu 17:30", "Fri 00:00", False, "after closing"),
        ("Fri 00:00", "Sat 00:00", False, "Christmas Day"),
        ("Sat 00:00", "Sun 00:00", False, "Boxing Day"),
        ("Sun 00:00", "Mon 00:00", False, "Sunday"),
        ("Mon 00:00", "Tue 00:00", False, "Boxing Day (observed)"),
        ("Tue 00:00", "Tue 09:00", False, "before opening"),
        ("Tue 09:00", "Tue 11:30", True, "open"),
    ]


def test_why_says_that_closing_came_first_in_the_handover_reading() -> None:
    ((_, _, _, kept),) = told("2026-11-24 13:30 GMT", Reading.HANDOVER)
    ((_, _, _, handed_over),) = told("2026-11-24 13:31 GMT", Reading.HANDOVER)
    capped = told("2026-11-30 08:55 GMT", Reading.HANDOVER)

    assert kept == "received in opening hours: every hour counts"
    assert handed_over.startswith("closing comes first")
    assert capped == [
        ("Mon 08:55", "Mon 09:00", False, "before opening"),
        ("Mon 09:00", "Mon 13:00", True, "open"),
    ]


# What holds for every receipt.

RECEIVED = st.datetimes(
    min_value=datetime(2024, 12, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2028, 2, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
# Seconds around the edges of days, where the faults live.
NEAR_AN_EDGE = st.builds(
    lambda day, minute, second: (
        datetime.combine(day, datetime.min.time(), LONDON).astimezone(UTC)
        + timedelta(minutes=minute, seconds=second)
    ),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from([0, 60, 90, 120, 9 * 60, 13 * 60 + 30, 17 * 60 + 30]),
    st.integers(-2, 2),
)
INSTANTS = RECEIVED | NEAR_AN_EDGE
READINGS = st.sampled_from(Reading)


@given(INSTANTS, READINGS)
def test_an_answer_falls_due_after_receipt(received: datetime, reading: Reading) -> None:
    found = rules.deadline(received, promise(reading), OFFICE)

    assert received < found.soft_at <= found.due_at


@given(INSTANTS)
def test_no_reading_is_stricter_than_the_default_in_opening_hours(received: datetime) -> None:
    elapsed, working, handover = (
        rules.deadline(received, promise(reading), OFFICE) for reading in Reading
    )

    assert handover.due_at <= working.due_at
    if elapsed.in_hours:
        assert elapsed.due_at <= handover.due_at
    else:
        assert handover.due_at <= elapsed.due_at


@given(INSTANTS, INSTANTS, READINGS)
def test_who_wrote_later_is_never_due_earlier_within_one_regime(
    one: datetime, other: datetime, reading: Reading
) -> None:
    earlier, later = (rules.deadline(at, promise(reading), OFFICE) for at in sorted([one, other]))

    if earlier.in_hours == later.in_hours:
        assert earlier.due_at <= later.due_at


@given(INSTANTS, READINGS)
def test_the_steps_lead_from_receipt_to_the_due_time_without_a_gap(
    received: datetime, reading: Reading
) -> None:
    found = rules.deadline(received, promise(reading), OFFICE)

    assert found.steps[0].from_at == received
    assert found.steps[-1].to_at == found.due_at
    assert all(
        before.to_at == after.from_at
        for before, after in zip(found.steps, found.steps[1:], strict=False)
    )
    if reading is Reading.WORKING:
        counted = [step.to_at - step.from_at for step in found.steps if step.counted]
        assert sum(counted, timedelta(0)) == 4 * HOUR
