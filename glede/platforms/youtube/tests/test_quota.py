"""Answers and acts always; looking for comments with what is left of a Californian day."""

from datetime import UTC, datetime, timedelta

import pytest

from glede.platforms.contract import TryAgain
from glede.platforms.meter import Meter
from glede.platforms.youtube.capabilities import QUOTA
from glede.platforms.youtube.quota import Plan, day, next_day

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # noon in California


def spent(units: int) -> Meter:
    return Meter({(QUOTA, "2026-11-22"): units})


def test_the_day_ends_at_midnight_in_california() -> None:
    assert day(datetime(2026, 11, 22, 7, 59, tzinfo=UTC)) == "2026-11-21"
    assert day(datetime(2026, 11, 22, 8, 0, tzinfo=UTC)) == "2026-11-22"
    assert next_day(NOW) == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    # The day the clocks go forward there has 23 hours.
    assert next_day(datetime(2026, 3, 8, 9, 0, tzinfo=UTC)) == datetime(2026, 3, 9, 7, tzinfo=UTC)


def test_with_units_left_a_poll_goes_ahead() -> None:
    Plan.of({}, every=60).may_poll(spent(1000), polled=NOW - timedelta(seconds=60), now=NOW)


def test_as_units_get_scarce_polls_come_further_apart() -> None:
    plan = Plan.of({}, every=60)
    polled = NOW - timedelta(seconds=60)

    with pytest.raises(TryAgain) as again:
        plan.may_poll(spent(7900), polled=polled, now=NOW)

    # 100 units above the reserve and three for each poll: 33 polls in the twelve hours left.
    assert again.value.at == polled + timedelta(hours=12) * 3 / 100
    plan.may_poll(spent(7900), polled=NOW - timedelta(minutes=22), now=NOW)


def test_when_only_the_reserve_is_left_polls_wait_for_the_next_day() -> None:
    with pytest.raises(TryAgain) as again:
        Plan.of({}, every=60).may_poll(spent(8000), polled=None, now=NOW)

    assert again.value.at == next_day(NOW)


def test_reserve_and_quota_are_settings() -> None:
    with pytest.raises(TryAgain):
        Plan.of({"reserve_replies": "200"}, every=60).may_poll(spent(0), polled=None, now=NOW)
    Plan.of({"quota_units": "50000"}, every=60).may_poll(spent(9999), polled=None, now=NOW)
