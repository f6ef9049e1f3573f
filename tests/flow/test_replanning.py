"""A wrong calendar is corrected: what is still open gets the due time it should have had."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from glede.desk.alerts.models import Alert
from glede.desk.clocks.models import Clock, Step
from glede.desk.clocks.rules import ClockKind
from glede.desk.conversations.models import Conversation
from glede.flow import replanning, sweep
from glede.kit import hours
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import Verb
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.actions import CalendarRefusedError
from glede.rulebook.brands.rules import OneOffDay, Plan
from tests.flow.conftest import Desk

pytestmark = pytest.mark.django_db

#: Tuesday 24 November 2026, 14:00 in London.
AFTERNOON = datetime(2026, 11, 24, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wrong(desk: Desk) -> Plan:
    """The calendar that holds, as a plan that corrects it."""
    (row, *_) = brands.calendars(desk.brand_id)
    return replace(brands.plan_of(row), corrects=row.pk, why="hours were copied wrongly")


def closes_at_noon(desk: Desk) -> Plan:
    return replace(wrong(desk), week={"tuesday": [("09:00", "12:00")]})


def clock(conversation: Conversation, kind: ClockKind = ClockKind.ACKNOWLEDGE) -> Clock:
    return Clock.objects.get(conversation=conversation, kind=kind)


def correct(desk: Desk, plan: Plan, *, now: datetime) -> int:
    calendar_id = replanning.publish(viewer=desk.lead, plan=plan, now=now)
    return replanning.run(calendar_id=calendar_id, now=now)


def test_an_open_promise_moves_to_the_hours_that_should_have_held(desk: Desk) -> None:
    conversation = desk.is_asked(at=AFTERNOON)
    assert clock(conversation).due_at == AFTERNOON + 4 * HOUR

    moved = correct(desk, closes_at_noon(desk), now=AFTERNOON + HOUR)

    found = clock(conversation)
    assert moved >= 1
    assert (found.in_hours, found.clause) == (False, "6.7")
    assert found.due_at == AFTERNOON + 12 * HOUR
    assert found.calendar.version == 2
    conversation.refresh_from_db()
    assert conversation.due_at is not None


def test_the_preview_says_exactly_what_then_moves(desk: Desk) -> None:
    for number in range(3):
        desk.is_asked(at=AFTERNOON + number * HOUR / 4, id=f"m{number}", by=f"person{number}")
    now, plan = AFTERNOON + HOUR, closes_at_noon(desk)

    seen = replanning.look_ahead(plan=plan, now=now).preview
    assert Clock.objects.filter(calendar__version=2).count() == 0, "looking moves nothing"
    correct(desk, plan, now=now)

    for move in seen.moving:
        after = Clock.objects.get(pk=move.clock_id)
        assert (after.due_at, after.soft_at) == (move.becomes.due_at, move.becomes.soft_at)
        assert move.was.due_at != move.becomes.due_at
    assert len(seen.moving) == len(
        [one for one in audit.latest(limit=500) if one.verb == Verb.CLOCK_REPLANNED]
    )
    assert seen.touched == Clock.objects.filter(calendar__version=2).count()


def test_each_move_is_on_record_with_both_times(desk: Desk) -> None:
    conversation = desk.is_asked(at=AFTERNOON)
    correct(desk, closes_at_noon(desk), now=AFTERNOON + HOUR)

    entries = [
        entry
        for entry in audit.trail("conversation", conversation.pk)
        if entry.verb == Verb.CLOCK_REPLANNED and entry.details["kind"] == ClockKind.ACKNOWLEDGE
    ]

    (entry,) = entries
    assert entry.details["from"] == (AFTERNOON + 4 * HOUR).isoformat()
    assert entry.details["due_at"] == (AFTERNOON + 12 * HOUR).isoformat()
    assert entry.details["calendar"] == 2


def test_a_change_from_now_on_moves_nothing(desk: Desk) -> None:
    conversation = desk.is_asked(at=AFTERNOON)
    now = AFTERNOON + HOUR
    plan = replace(closes_at_noon(desk), corrects=None, effective_at=now)

    outlook = replanning.look_ahead(plan=plan, now=now)
    calendar_id = replanning.publish(viewer=desk.lead, plan=plan, now=now)

    assert outlook.preview.touched == 0
    assert outlook.still_open >= 1
    assert not ProcrastinateJob.objects.filter(task_name=replanning.REPLAN).exists()
    assert replanning.run(calendar_id=calendar_id, now=now) == 0
    assert clock(conversation).due_at == AFTERNOON + 4 * HOUR


def test_a_change_cannot_hold_from_a_time_that_is_over(desk: Desk) -> None:
    plan = replace(wrong(desk), corrects=None, effective_at=AFTERNOON - HOUR)

    for act in (
        lambda: replanning.look_ahead(plan=plan, now=AFTERNOON),
        lambda: replanning.publish(viewer=desk.lead, plan=plan, now=AFTERNOON),
        lambda: replanning.look_ahead(plan=replace(plan, effective_at=None), now=AFTERNOON),
    ):
        with pytest.raises(CalendarRefusedError):
            act()


def test_what_came_under_a_later_calendar_stays(desk: Desk) -> None:
    change = AFTERNOON - HOUR
    plan = closes_at_noon(desk)
    replanning.publish(
        viewer=desk.lead, plan=replace(wrong(desk), corrects=None, effective_at=change), now=change
    )
    conversation = desk.is_asked(at=AFTERNOON)

    assert correct(desk, plan, now=AFTERNOON + HOUR) == 0
    assert clock(conversation).due_at == AFTERNOON + 4 * HOUR


def test_an_answered_promise_stays_as_it_was_kept(desk: Desk) -> None:
    conversation = desk.is_asked(at=AFTERNOON)
    Clock.objects.filter(conversation=conversation).update(
        state="stopped", stopped_at=AFTERNOON + HOUR
    )

    assert correct(desk, closes_at_noon(desk), now=AFTERNOON + 2 * HOUR) == 0
    assert clock(conversation).calendar.version == 1


def test_the_job_is_asked_for_with_the_correction_and_once_more_later(desk: Desk) -> None:
    calendar_id = replanning.publish(viewer=desk.lead, plan=wrong(desk), now=AFTERNOON)

    jobs = ProcrastinateJob.objects.filter(task_name=replanning.REPLAN).order_by("id")
    assert [job.args for job in jobs] == [{"calendar_id": calendar_id}] * 2
    assert jobs[1].scheduled_at == AFTERNOON + replanning.LOOK_AGAIN_AFTER


def test_running_twice_moves_nothing_twice(desk: Desk) -> None:
    desk.is_asked(at=AFTERNOON)
    calendar_id = replanning.publish(viewer=desk.lead, plan=closes_at_noon(desk), now=AFTERNOON)

    assert replanning.run(calendar_id=calendar_id, now=AFTERNOON) >= 1
    assert replanning.run(calendar_id=calendar_id, now=AFTERNOON) == 0


def test_more_than_a_batch_is_moved(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replanning, "BATCH", 2)
    for number in range(5):
        desk.is_asked(at=AFTERNOON, id=f"m{number}", by=f"person{number}")

    correct(desk, closes_at_noon(desk), now=AFTERNOON)

    assert not Clock.objects.filter(calendar__version=1).exists()


def test_a_correction_of_a_correction_catches_what_the_first_left(desk: Desk) -> None:
    conversation = desk.is_asked(at=AFTERNOON)
    first = replanning.publish(viewer=desk.lead, plan=closes_at_noon(desk), now=AFTERNOON)
    replanning.publish(viewer=desk.lead, plan=wrong(desk), now=AFTERNOON)

    replanning.run(calendar_id=first, now=AFTERNOON)

    assert clock(conversation).calendar.version == 3
    assert clock(conversation).due_at == AFTERNOON + 12 * HOUR, "3 was planned from 2"


def test_a_warning_given_by_a_wrong_due_time_can_come_again(desk: Desk) -> None:
    conversation = desk.is_asked(at=AFTERNOON)
    late = AFTERNOON + 5 * HOUR
    sweep.run(now=late)
    assert Step.objects.filter(clock=clock(conversation), percent=100).exists()
    assert Alert.objects.filter(conversation=conversation, kind="breach").exists()

    correct(desk, closes_at_noon(desk), now=late)

    found = clock(conversation)
    assert not found.steps.filter(percent=100).exists(), "it is not late any more"
    assert found.look_at is not None
    assert found.look_at > late
    sweep.run(now=found.due_at + HOUR)
    assert found.steps.filter(percent=100).exists(), "and is told when it truly is"


def test_a_closure_forgotten_until_the_day_itself(desk: Desk) -> None:
    """The desk was closed today and the calendar did not say so."""
    conversation = desk.is_asked(at=AFTERNOON)
    today = OneOffDay(AFTERNOON.date(), "burst pipe in the office", "Priya")

    correct(desk, replace(wrong(desk), closures=(today,)), now=AFTERNOON + HOUR)

    assert clock(conversation).clause == "6.7"
    assert clock(conversation).due_at == AFTERNOON + 12 * HOUR


def test_hours_that_never_open_are_refused_before_anything_happens(desk: Desk) -> None:
    with pytest.raises(hours.NeverOpensError):
        replanning.look_ahead(plan=replace(wrong(desk), week={}), now=AFTERNOON)
