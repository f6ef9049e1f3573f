"""Clause 6.5: what stops the acknowledgement clock, what may happen to it, how near it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.clocks import rules
from glede.desk.clocks.rules import ClockEvent, ClockState, Urgency

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
REPLY = rules.Act(kind=rules.ActKind.REPLY, confirmed_at=NOON, visible_to_enquirer=True)
AUTOMATIC = replace(REPLY, automatic=True)


def stopped_at(
    *acts: rules.Act, in_hours: bool = True, auto_counts: bool = False
) -> datetime | None:
    return rules.stopped_at(acts, received_in_hours=in_hours, auto_counts_in_hours=auto_counts)


def test_a_reply_the_enquirer_can_see_stops_it_at_its_confirmed_time() -> None:
    assert stopped_at(REPLY) == NOON


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (replace(REPLY, kind=rules.ActKind.NOTE, visible_to_enquirer=False), "A note is not"),
        (replace(REPLY, kind=rules.ActKind.LIKE), "A like is not"),
        (replace(REPLY, confirmed_at=None), "has not confirmed"),
        (replace(REPLY, visible_to_enquirer=False), "cannot see"),
        (replace(REPLY, deleted=True), "was deleted"),
        (AUTOMATIC, "automatic acknowledgement does not answer"),
    ],
    ids=["note", "like", "draft or failed send", "invisible", "deleted", "automatic"],
)
def test_what_does_not_stop_it_says_why(act: rules.Act, why: str) -> None:
    said = rules.why_it_runs_on(act, received_in_hours=True, auto_counts_in_hours=False)

    assert said is not None
    assert why in said
    assert stopped_at(act) is None


def test_an_automatic_acknowledgement_answers_what_came_out_of_hours() -> None:
    assert stopped_at(AUTOMATIC, in_hours=False) == NOON


def test_an_organisation_may_let_it_count_in_hours_too() -> None:
    assert stopped_at(AUTOMATIC, in_hours=True, auto_counts=True) == NOON


def test_the_first_confirmed_reply_is_the_one_that_counts() -> None:
    later = replace(REPLY, confirmed_at=NOON + HOUR)
    note = replace(REPLY, kind=rules.ActKind.NOTE, confirmed_at=NOON - HOUR)

    assert stopped_at(later, note, REPLY) == NOON
    assert stopped_at(later, note, replace(REPLY, deleted=True)) == NOON + HOUR
    assert stopped_at() is None


@pytest.mark.parametrize(
    ("state", "event", "becomes"),
    [
        (ClockState.RUNNING, ClockEvent.ANSWERED, ClockState.STOPPED),
        (ClockState.RUNNING, ClockEvent.AUTHOR_WITHDREW, ClockState.WITHDRAWN),
        (ClockState.RUNNING, ClockEvent.NO_REPLY_NEEDED, ClockState.NOT_NEEDED),
        (ClockState.STOPPED, ClockEvent.ANSWER_DELETED, ClockState.RUNNING),
        (ClockState.NOT_NEEDED, ClockEvent.TAKEN_BACK, ClockState.RUNNING),
        (ClockState.RUNNING, ClockEvent.RESOLVED, ClockState.STOPPED),
        (ClockState.STOPPED, ClockEvent.REOPENED, ClockState.RUNNING),
        (ClockState.RUNNING, ClockEvent.PAUSED, ClockState.HELD),
        (ClockState.HELD, ClockEvent.RESUMED, ClockState.RUNNING),
        (ClockState.HELD, ClockEvent.RESOLVED, ClockState.STOPPED),
        (ClockState.HELD, ClockEvent.AUTHOR_WITHDREW, ClockState.WITHDRAWN),
        (ClockState.HELD, ClockEvent.NO_REPLY_NEEDED, ClockState.NOT_NEEDED),
        (ClockState.RUNNING, ClockEvent.DATE_AGREED, ClockState.AGREED),
        (ClockState.HELD, ClockEvent.DATE_AGREED, ClockState.AGREED),
        (ClockState.RUNNING, ClockEvent.DATE_REPLACED, ClockState.REPLACED),
        (ClockState.AGREED, ClockEvent.RESUMED, ClockState.RUNNING),
        (ClockState.RUNNING, ClockEvent.MERGED, ClockState.JOINED),
        (ClockState.JOINED, ClockEvent.UNMERGED, ClockState.RUNNING),
    ],
)
def test_what_a_clock_becomes(state: ClockState, event: ClockEvent, becomes: ClockState) -> None:
    assert rules.state_after(state, event) is becomes


def test_nothing_else_can_happen_to_a_clock() -> None:
    refused = [pair for pair in product(ClockState, ClockEvent) if not rules.may_follow(*pair)]

    assert len(refused) == len(ClockState) * len(ClockEvent) - 18
    for state, event in refused:
        with pytest.raises(rules.TransitionRefusedError, match=state.value):
            rules.state_after(state, event)


@pytest.mark.parametrize(
    ("due", "group"),
    [
        (NOON - timedelta.resolution, Urgency.LATE),
        (NOON, Urgency.SOON),
        (NOON + HOUR, Urgency.SOON),
        (NOON + HOUR + timedelta.resolution, Urgency.TODAY),
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), Urgency.TODAY),
        (datetime(2026, 11, 25, 0, 0, tzinfo=UTC), Urgency.LATER),
    ],
)
def test_the_list_is_grouped_by_how_near_the_due_time_is(due: datetime, group: Urgency) -> None:
    assert rules.urgency(due_at=due, now=NOON, soon_within=HOUR, zone=LONDON) is group


def test_today_ends_at_local_midnight() -> None:
    evening = datetime(2026, 7, 1, 20, tzinfo=UTC)
    after_midnight = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)

    found = rules.urgency(due_at=after_midnight, now=evening, soon_within=HOUR, zone=LONDON)

    assert found is Urgency.LATER


@pytest.mark.parametrize(
    ("passed", "left"), [(-1, 1.0), (0, 1.0), (1, 0.75), (3, 0.25), (4, 0.0), (9, 0.0)]
)
def test_what_is_left_of_the_time_for_the_pie(passed: int, left: float) -> None:
    now = NOON + passed * HOUR

    assert rules.left_fraction(received_at=NOON, due_at=NOON + 4 * HOUR, now=now) == left


def test_warnings_fall_at_their_share_of_the_time() -> None:
    due = NOON + 4 * HOUR

    def crossed(minutes: int) -> tuple[int, ...]:
        return rules.steps_crossed(
            received_at=NOON,
            due_at=due,
            percents=(90, 50, 75),
            now=NOON + timedelta(minutes=minutes),
        )

    assert rules.warn_at(received_at=NOON, due_at=due, percent=75) == NOON + 3 * HOUR
    assert [crossed(minutes) for minutes in (119, 120, 180, 216, 500)] == [
        (),
        (50,),
        (50, 75),
        (50, 75, 90),
        (50, 75, 90),
    ]


@given(st.integers(1, 10**12), st.integers(1, 100))
def test_a_warning_never_falls_outside_its_clock(lasts: int, percent: int) -> None:
    due = NOON + timedelta(microseconds=lasts)

    assert NOON <= rules.warn_at(received_at=NOON, due_at=due, percent=percent) <= due
