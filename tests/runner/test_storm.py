"""A small storm on every platform of the demo: nothing lost, nothing doubled, every time kept."""

import pytest

from bench import storm

pytestmark = [pytest.mark.process, pytest.mark.kill, pytest.mark.timeout(600)]


def test_a_storm_loses_nothing_doubles_nothing_and_keeps_every_time() -> None:
    with storm.opened() as desk:
        outcome = storm.storm(desk, events=240, per_second=20, down_seconds=5)
        sent = desk.control("deliveries")["sent"]
    assert outcome.whole, str(outcome)
    assert len(outcome.happened) >= 2
    assert sum(outcome.happened.values()) >= 240
    assert any(one["status"] == 200 for one in sent)
