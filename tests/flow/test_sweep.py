"""Time passes: each step is crossed once, and the right people are told."""

from datetime import timedelta

from glede.desk.alerts import queries as alerts
from glede.desk.clocks.models import Clock, Step
from glede.flow import handling, sweep
from glede.rulebook.audit import queries as audit
from tests.flow.conftest import MORNING, Desk

HOUR = timedelta(hours=1)


def told(person_id: int) -> list[str]:
    return [alert.says for alert in reversed(alerts.latest(person_id))]


def test_nothing_is_said_before_half_the_time_is_gone(desk: Desk) -> None:
    desk.is_asked(at=MORNING)

    assert sweep.run(now=MORNING + 2 * HOUR - timedelta(seconds=1)) == 0


def test_advisors_are_told_at_half_time_and_the_lead_later(desk: Desk) -> None:
    desk.is_asked(at=MORNING)

    sweep.run(now=MORNING + 2 * HOUR)
    assert told(desk.sam.id) == ["Dawn waits for an answer: 2 h left, clause 6.5."]
    assert told(desk.lead.id) == []

    sweep.run(now=MORNING + 3 * HOUR)
    assert len(told(desk.sam.id)) == 1
    assert len(told(desk.lead.id)) == 1


def test_the_owner_of_a_conversation_is_told_at_every_step(desk: Desk) -> None:
    conversation = desk.is_asked(at=MORNING)
    handling.assign(
        viewer=desk.sam, conversation_id=conversation.pk, person_id=desk.sam.id, now=MORNING
    )
    for hours in (2, 3, 3.6, 4.5):
        sweep.run(now=MORNING + hours * HOUR)

    assert len(told(desk.sam.id)) == 4
    assert len(told(desk.meena.id)) == 1


def test_at_the_due_instant_the_promise_is_kept_and_after_it_broken(desk: Desk) -> None:
    desk.is_asked(at=MORNING)
    sweep.run(now=MORNING + 4 * HOUR)
    assert set(Step.objects.values_list("percent", flat=True)) == {50, 75, 90}

    sweep.run(now=MORNING + 4 * HOUR + timedelta(seconds=1))

    assert set(Step.objects.values_list("percent", flat=True)) == {50, 75, 90, 100}
    assert "waited past the promise of clause 6.5" in told(desk.lead.id)[-1]
    assert Clock.objects.get(kind="acknowledge").look_at is None


def test_sweeping_again_tells_nobody_twice(desk: Desk) -> None:
    desk.is_asked(at=MORNING)
    late = MORNING + 4.5 * HOUR

    assert sweep.run(now=late) == 4
    assert sweep.run(now=late) == 0
    assert Step.objects.count() == 4


def test_after_downtime_the_newest_step_is_told_and_those_before_it_are_on_record(
    desk: Desk,
) -> None:
    asked = desk.is_asked(at=MORNING)
    sweep.run(now=MORNING + 2 * HOUR)
    sweep.run(now=MORNING + 4.5 * HOUR)

    assert told(desk.lead.id) == ["Dawn has waited past the promise of clause 6.5: 30 min late."]
    passed = [
        (entry.details["percent"], entry.details["told"])
        for entry in reversed(audit.trail("conversation", asked.pk))
        if entry.verb.startswith("clock:") and "percent" in entry.details
    ]
    assert sorted(passed) == [(50, True), (75, False), (90, False), (100, True)]


def test_a_stopped_clock_warns_nobody(desk: Desk) -> None:
    desk.is_asked(at=MORNING, id="c-1")
    answer = desk.town.written("o-1", "On our way", at=MORNING + HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + HOUR)

    assert sweep.run(now=MORNING + 4.5 * HOUR) == 0


def test_a_clock_that_runs_again_goes_on_where_it_was(desk: Desk) -> None:
    desk.is_asked(at=MORNING, id="c-1")
    sweep.run(now=MORNING + 2 * HOUR)
    answer = desk.town.written("o-1", "On our way", at=MORNING + 2 * HOUR, ours=True, parent="c-1")
    desk.hears(answer, now=MORNING + 2 * HOUR)
    desk.hears(desk.town.deleted("o-1", at=MORNING + 3 * HOUR), now=MORNING + 3 * HOUR)

    assert sweep.run(now=MORNING + 3 * HOUR) == 1
    assert set(Step.objects.values_list("percent", flat=True)) == {50, 75}
