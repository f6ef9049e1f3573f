"""When quiet is too quiet, and when a credential's end is told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.health import rules
from glede.desk.health.rules import Hour, Usual

LONDON = ZoneInfo("Europe/London")
#: Tuesday 24 November 2026, noon.
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVERY_HOUR = {(day, hour): 6.0 for day in range(7) for hour in range(24)}
OFFICE = {(day, hour): 6.0 for day in range(5) for hour in range(9, 17)}

moments = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
lengths = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=20))
rates = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 23)), st.floats(0, 500), max_size=60
)


def silence(
    known: Usual, last_at: datetime, now: datetime, *, events: float = 7, minutes: int = 30
) -> rules.Silence:
    return rules.silence(
        known,
        last_at=last_at,
        now=now,
        zone=LONDON,
        after_events=events,
        after=timedelta(minutes=minutes),
    )


def test_what_is_usual_is_the_mean_of_each_weekday_and_hour() -> None:
    since = NOON - timedelta(days=14)
    hours = [
        Hour(NOON - timedelta(days=7), 4),
        Hour(NOON - timedelta(days=14), 2),
        Hour(NOON, 900),  # the hour that runs is not over
    ]
    known = rules.usual(hours, since=since, until=NOON + timedelta(minutes=10), zone=LONDON)

    assert known.known
    assert known.at(NOON, LONDON) == 3.0
    assert known.at(NOON + timedelta(hours=1), LONDON) == 0.0


def test_before_a_week_was_heard_nothing_is_known_and_nothing_alarms() -> None:
    begun = NOON - timedelta(days=6, hours=23)
    hours = [Hour(NOON - timedelta(hours=n), 50) for n in range(1, 100)]
    known = rules.usual(hours, since=begun, until=NOON, zone=LONDON)

    assert not known.known
    assert not silence(known, NOON - timedelta(days=2), NOON).alarm


@pytest.mark.parametrize(
    ("rates", "last_at", "now", "alarm"),
    [
        # Six an hour: 70 minutes are seven events.
        (EVERY_HOUR, NOON, NOON + timedelta(minutes=69), False),
        (EVERY_HOUR, NOON, NOON + timedelta(minutes=70), True),
        # Friday 16:59 to Monday 09:00: a weekend in which nobody writes.
        (OFFICE, datetime(2026, 11, 27, 16, 59, tzinfo=UTC),
         datetime(2026, 11, 30, 9, tzinfo=UTC), False),
        (OFFICE, datetime(2026, 11, 27, 16, 59, tzinfo=UTC),
         datetime(2026, 11, 30, 10, 10, tzinfo=UTC), True),
        # A burst ends: very many usually, but not yet for long.
        ({(1, 12): 600.0}, NOON, NOON + timedelta(minutes=29), False),
        ({(1, 12): 600.0}, NOON, NOON + timedelta(minutes=30), True),
    ],
)  # fmt: skip
def test_quiet_alarms_when_so_much_usually_comes_in_that_time(
    rates: dict[rules.Slot, float], last_at: datetime, now: datetime, alarm: bool
) -> None:
    assert silence(Usual(rates, known=True), last_at, now).alarm is alarm


def test_hours_are_those_on_the_wall() -> None:
    summer = datetime(2026, 7, 7, 8, 30, tzinfo=UTC)

    assert rules.slot(summer, LONDON) == (1, 9)


@given(rates, moments, lengths, lengths)
def test_a_longer_silence_is_never_less_alarming(
    known: dict[rules.Slot, float], last_at: datetime, first: timedelta, more: timedelta
) -> None:
    usual = Usual(known, known=True)
    sooner = silence(usual, last_at, last_at + min(first, timedelta(days=13)))
    later = silence(usual, last_at, last_at + min(first + more, timedelta(days=14)))

    assert later.expected >= sooner.expected - 1e-6
    assert later.alarm or not sooner.alarm or later.expected < 7.000001


@given(rates, moments, lengths, lengths)
def test_hearing_something_later_never_raises_an_alarm(
    known: dict[rules.Slot, float], last_at: datetime, heard: timedelta, length: timedelta
) -> None:
    usual, now = Usual(known, known=True), last_at + length
    before = silence(usual, last_at, now)
    after = silence(usual, min(last_at + heard, now), now)

    assert before.alarm or not after.alarm or before.expected > 6.999999


@given(moments, lengths)
def test_an_account_on_which_nobody_writes_is_never_silent(
    last_at: datetime, length: timedelta
) -> None:
    assert not silence(Usual({}, known=True), last_at, last_at + length).alarm


@given(rates, moments, lengths, st.integers(1, 12))
def test_expected_is_the_sum_of_its_parts(
    known: dict[rules.Slot, float], begin: datetime, length: timedelta, parts: int
) -> None:
    usual, length = Usual(known, known=True), min(length, timedelta(days=13))
    marks = [begin + length * n / parts for n in range(parts + 1)]
    whole = rules.expected(usual, since=begin, until=marks[-1], zone=LONDON)
    summed = sum(rules.expected(usual, since=a, until=b, zone=LONDON) for a, b in pairwise(marks))

    assert summed == pytest.approx(whole, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("by_way", "pushes", "dead"),
    [
        ({"poll": 3}, ("webhook",), True),
        ({"poll": 2}, ("webhook",), False),
        ({"poll": 30, "webhook": 1}, ("webhook",), False),
        ({"poll": 30}, (), False),
        ({}, ("stream",), False),
    ],
)
def test_a_push_is_dead_when_polls_bring_its_work(
    by_way: dict[str, int], pushes: tuple[str, ...], dead: bool
) -> None:
    assert rules.push_is_dead(by_way, pushes=pushes, least=3) is dead


@pytest.mark.parametrize(
    ("left", "told"),
    [(15, None), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0, 1), (-3, 1)],
)
def test_the_end_of_a_credential_is_told_at_each_of_its_days(left: int, told: int | None) -> None:
    assert rules.warns_at(NOON + timedelta(days=left), NOON, (14, 7, 1)) == told
