"""Who is told, who next, by which way and when; what a storm says."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from glede.desk.alerts import rules
from glede.desk.alerts.rules import Counted, Kind, Rung, Way, Wishes

H, D, F, S, L, O = Rung  # noqa: E741 - the rungs from the lowest to the highest
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("kind", "percent", "is_open", "on_call", "climb"),
    [
        # By day: duty holder, lead, owner (clause 6.5).
        (Kind.NEW, 0, True, False, [{H}, {L}, {O}]),
        (Kind.WARNING, 50, True, False, [{H}, {L}, {O}]),
        (Kind.WARNING, 75, True, True, [{L}, {O}]),
        (Kind.WARNING, 90, True, False, [{L}, {O}]),
        (Kind.BREACH, 100, True, False, [{L, O}]),
        (Kind.URGENT, 0, True, True, [{D, L, O}]),
        # Out of hours: the pager (clauses 6.7 and 6.9). What merely appeared wakes nobody above.
        (Kind.NEW, 0, False, True, [{F}, {S}]),
        (Kind.WARNING, 50, False, True, [{F}, {S}, {L}, {O}]),
        (Kind.WARNING, 75, False, True, [{F, L}, {S}, {O}]),
        (Kind.BREACH, 100, False, True, [{F, L, O}, {S}]),
        (Kind.URGENT, 0, False, True, [{F}, {S}, {L}, {O}]),
        # Out of hours with nobody on call.
        (Kind.NEW, 0, False, False, [{H}]),
        (Kind.WARNING, 50, False, False, [{H}, {L}, {O}]),
        (Kind.BREACH, 100, False, False, [{L, O}]),
        (Kind.URGENT, 0, False, False, [{D, L, O}]),
    ],
)
def test_the_ladder(
    kind: Kind, percent: int, *, is_open: bool, on_call: bool, climb: list[set[Rung]]
) -> None:
    found = rules.ladder(kind, percent=percent, is_open=is_open, on_call=on_call)

    assert found == tuple(map(frozenset, climb))


def test_a_rung_with_nobody_new_on_it_is_passed_over() -> None:
    climb = rules.ladder(Kind.NEW, is_open=True, on_call=False)
    people = {Rung.HOLDER: frozenset({1}), Rung.LEAD: frozenset({1}), Rung.OWNER: frozenset({2})}

    assert rules.next_rung(climb, people, ()) == (frozenset({H}), frozenset({1}))
    assert rules.next_rung(climb, people, (1,)) == (frozenset({O}), frozenset({2}))
    assert rules.next_rung(climb, people, (1, 2)) is None


def test_an_alert_goes_by_the_ways_somebody_chose_and_a_storm_by_those_of_what_it_holds() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    wishes = Wishes(ways={Kind.NEW: frozenset({Way.PUSH, Way.MAIL})})

    def planned(kind: Kind) -> set[Way]:
        return set(rules.plan(kind, wishes, on_duty=False, now=at, zone=LONDON))

    assert planned(Kind.NEW) == planned(Kind.STORM) == {Way.PUSH, Way.MAIL}
    assert planned(Kind.BREACH) == set()
    assert planned(Kind.URGENT) == set(Way)


NIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "on_duty", "wishes", "at"),
    [
        (Kind.BREACH, False, Wishes(), {Way.PUSH: MORNING, Way.SERVICE: MORNING}),
        (Kind.BREACH, True, Wishes(), {Way.PUSH: NIGHT, Way.SERVICE: NIGHT}),
        (Kind.NEW, True, Wishes(quiet_on_duty=True), {Way.PUSH: MORNING}),
        (Kind.NEW, False, Wishes(only_on_duty=True), {}),
        (Kind.POLICY, False, Wishes(only_on_duty=True), {Way.MAIL: NIGHT}),
        (Kind.URGENT, False, Wishes(only_on_duty=True), dict.fromkeys(Way, NIGHT)),
    ],
)
def test_what_rings_waits_for_the_morning_unless_it_is_severe_or_one_is_on_duty(
    kind: Kind, *, on_duty: bool, wishes: Wishes, at: dict[Way, datetime]
) -> None:
    assert rules.plan(kind, wishes, on_duty=on_duty, now=NIGHT, zone=LONDON) == at


_TIMES = some.sampled_from([time(hour, minute) for hour in range(24) for minute in (0, 30)])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    quiet=some.dictionaries(
        some.integers(0, 6), some.tuples(_TIMES, _TIMES).filter(lambda span: span[0] != span[1])
    ),
    minutes=some.integers(0, 366 * 24 * 60),
)
def test_quiet_hours_end_when_it_is_quiet_no_more(
    quiet: dict[int, tuple[time, time]], minutes: int
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    until = rules.quiet_until(quiet, now, LONDON)

    if until is None:
        assert not _is_quiet(quiet, now)
    else:
        assert now < until <= now + timedelta(days=8)
        assert _is_quiet(quiet, now)
        assert len(quiet) == 7 or not _is_quiet(quiet, until)


def _is_quiet(quiet: dict[int, tuple[time, time]], at: datetime) -> bool:
    """By the wall clock: today's stretch, or what yesterday's leaves of today."""
    found = False
    for back in (0, 1):
        day = at.astimezone(LONDON).date() - timedelta(days=back)
        span = quiet.get(day.weekday())
        if span:
            ends_on = day if span[0] < span[1] else day + timedelta(days=1)
            found |= (
                datetime.combine(day, span[0], LONDON).astimezone(UTC)
                <= at
                < datetime.combine(ends_on, span[1], LONDON).astimezone(UTC)
            )
    return found


def test_tries_grow_apart_wait_when_asked_and_end() -> None:
    def after(tries: int, asked: datetime | None = None) -> datetime | None:
        return rules.again_at(tries=tries, most=6, now=NIGHT, asked=asked)

    waits = [after(tries) for tries in range(1, 7)]
    assert [at and (at - NIGHT).total_seconds() for at in waits] == [30, 120, 600, 1800, 1800, None]
    assert after(1, asked=NIGHT + timedelta(hours=1)) == NIGHT + timedelta(hours=1)


def test_a_storm_says_how_many_where_and_how_urgent() -> None:
    one = Counted(number=37, late=0, within_the_hour=4, brands=["Red Kite"], one_post=True)
    two = Counted(number=12, late=2, within_the_hour=0, brands=["Pennvale", "Red Kite"])

    assert rules.storm_says(one) == (
        "37 wait for an answer under one post of Red Kite, 4 due within 1 h."
    )
    assert rules.storm_says(two) == "12 wait for an answer at Pennvale and Red Kite, 2 late."
