"""Somebody has to take it: told rung by rung until somebody does, by day and by night."""

from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from glede.desk.alerts import queries as alerts
from glede.desk.alerts.models import Alert, Call
from glede.desk.conversations.models import Conversation
from glede.desk.insight import timeline
from glede.desk.rota import queries
from glede.desk.rota.models import Shift, Week
from glede.desk.rota.rules import Duty, Planned, monday_of, watch_of
from glede.flow import alerting, handling, outbound, sweep, undoing
from glede.rulebook.audit import queries as audit
from glede.rulebook.people.rules import Role, Viewer
from tests import make
from tests.flow.conftest import MORNING, Desk, joins

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Tuesday 24 November 2026, 22:40 in London.
NIGHT = MORNING + 11 * HOUR


def told(person: Viewer) -> list[str]:
    return [alert.says for alert in reversed(alerts.latest(person.id))]


def on_the_rota(*shifts: tuple[Viewer, Duty, str, str], day: datetime = MORNING) -> None:
    """Shifts of one day in London; from 17:30 until 09:00 is through the night."""
    week = Week.objects.create(monday=monday_of(day.date()), version=1)
    for person, duty, starts, ends in shifts:
        planned = Planned(
            person_id=person.id,
            brand_id=None,
            duty=duty,
            on=day.date(),
            starts=time.fromisoformat(starts),
            ends=time.fromisoformat(ends),
        )
        watch = watch_of(planned, queries.zone())
        Shift.objects.create(
            week=week,
            person_id=person.id,
            duty=duty,
            on=planned.on,
            starts=planned.starts,
            ends=planned.ends,
            from_at=watch.from_at,
            until_at=watch.until_at,
        )


@pytest.fixture
def owner(desk: Desk) -> Viewer:
    return joins("Noor", Role.OWNER, None)


def minutes(start: datetime, *after: int) -> None:
    """The worker's turns, so many minutes after."""
    for one in after:
        alerting.run(now=start + one * MINUTE)


def test_a_post_is_told_within_the_minute_and_goes_up_until_somebody_has_it(
    desk: Desk, owner: Viewer
) -> None:
    on_the_rota((desk.sam, Duty.HOLDER, "09:00", "17:30"))
    asked = desk.is_asked(at=MORNING)
    seconds = MORNING + timedelta(seconds=6)

    minutes(seconds, 0, 1, 9)
    assert told(desk.sam) == ["Dawn wrote to Red Kite. Clause 6.5."]
    assert (told(desk.meena), told(desk.lead), told(owner)) == ([], [], [])

    minutes(seconds, 10, 19)
    assert len(told(desk.lead)) == 1
    assert told(owner) == []
    assert alerts.latest(desk.lead.id)[0].after == ("Sam",)

    minutes(seconds, 20, 60)
    assert len(told(owner)) == 1
    assert Alert.objects.count() == 3

    alerting.take(viewer=desk.lead, conversation_id=asked.pk, now=seconds + HOUR)
    line = alerts.latest(desk.sam.id)[0]
    assert (line.may_take, line.taken_by) == (False, "Priya")
    shown = timeline.of(desk.lead, asked.pk, now=seconds + HOUR)
    words = [(moment.what, moment.who) for moment in shown.moments if moment.key]
    order = ["received", "ingested", "alerted", "alert taken"]
    assert all(
        [what for what, _ in words].index(a) < [what for what, _ in words].index(b)
        for a, b in pairwise(order)
    )
    assert ("alert taken", "Priya") in words
    assert "alert:call:rerouted" in [entry.verb for entry in audit.trail("conversation", asked.pk)]


@pytest.mark.parametrize("how", ["says so", "opens it", "answers"])
def test_nobody_else_is_told_once_somebody_has_it(desk: Desk, how: str) -> None:
    asked = desk.is_asked(at=MORNING, id="c-1")
    minutes(MORNING, 1)
    assert len(told(desk.sam)) == 1

    at = MORNING + 2 * MINUTE
    if how == "says so":
        assert alerting.take(viewer=desk.sam, conversation_id=asked.pk, now=at) == 1
        assert alerting.take(viewer=desk.meena, conversation_id=asked.pk, now=at) == 0
    elif how == "opens it":
        alerting.opened(viewer=desk.sam, conversation_id=asked.pk, now=at)
        assert alerts.unseen_count(desk.sam.id) == 0
    else:
        desk.hears(desk.town.written("o-1", "Yes", at=at, ours=True, parent="c-1"), now=at)

    minutes(MORNING, 11, 30)
    assert told(desk.lead) == []


def test_whoever_may_only_read_does_not_have_it_by_looking(desk: Desk) -> None:
    reader = joins("Rae", Role.READER, None)
    asked = desk.is_asked(at=MORNING)
    minutes(MORNING, 1)

    alerting.opened(viewer=reader, conversation_id=asked.pk, now=MORNING + 2 * MINUTE)
    minutes(MORNING, 11)

    assert len(told(desk.lead)) == 1


def test_a_step_that_nobody_takes_goes_up_and_the_next_step_takes_its_place(
    desk: Desk, owner: Viewer
) -> None:
    desk.is_asked(at=MORNING)
    at = MORNING + 2 * HOUR
    sweep.run(now=at)
    assert (len(told(desk.sam)), told(desk.lead)) == (1, [])

    minutes(at, 9, 10, 20)
    assert (len(told(desk.lead)), len(told(owner))) == (1, 1)

    sweep.run(now=MORNING + 3 * HOUR)
    assert len(told(desk.lead)) == 2
    assert set(Call.objects.filter(over_why="overtaken").values_list("percent", flat=True)) == {
        0,
        50,
    }


def test_at_night_the_pager_goes_first_second_and_no_further_for_a_mere_post(
    desk: Desk, owner: Viewer
) -> None:
    on_the_rota(
        (desk.sam, Duty.FIRST, "17:30", "09:00"), (desk.meena, Duty.SECOND, "17:30", "09:00")
    )
    desk.is_asked(at=NIGHT)

    minutes(NIGHT, 1, 15)
    assert (len(told(desk.sam)), told(desk.meena)) == (1, [])
    minutes(NIGHT, 16, 60, 120)
    assert len(told(desk.meena)) == 1
    assert (told(desk.lead), told(owner)) == ([], [])


def test_the_policy_says_how_long_each_rung_has_and_how_far_a_post_climbs_at_night(
    desk: Desk, owner: Viewer
) -> None:
    make.policy_version(
        number="9",
        effective_at=MORNING - MINUTE,
        escalation_times=["PT5M", "PT30M"],
        alert__posts_climb_at_night=True,
    )
    desk.is_asked(at=MORNING)

    for after, lead, high in ((0, 0, 0), (4, 0, 0), (5, 1, 0), (34, 1, 0), (35, 1, 1)):
        minutes(MORNING + timedelta(seconds=5), after)
        assert (len(told(desk.lead)), len(told(owner))) == (lead, high)

    desk.is_asked(at=NIGHT, by="gus")
    minutes(NIGHT, 1, 10, 50)
    assert (len(told(desk.lead)), len(told(owner))) == (2, 2)


@pytest.mark.parametrize("how", ["assigned", "answered"])
def test_who_is_given_it_or_answers_has_it_until_that_is_undone(desk: Desk, how: str) -> None:
    asked = desk.is_asked(at=MORNING)
    minutes(MORNING, 1)
    at = MORNING + 2 * MINUTE
    if how == "assigned":
        done = handling.assign(
            viewer=desk.sam, conversation_id=asked.pk, person_id=desk.meena.id, now=at
        )
    else:
        asked.refresh_from_db()
        sent = outbound.queue_reply(
            viewer=desk.sam,
            conversation_id=asked.pk,
            text="On our way",
            seen_revision=asked.revision,
            now=at,
        )
    line = alerts.latest(desk.sam.id)[0]
    who = "Meena" if how == "assigned" else "Sam"
    assert (line.may_take, line.taken_by, line.taken_at) == (False, who, at)
    entry = next(one for one in audit.trail("conversation", asked.pk) if "taken" in one.verb)
    assert (entry.actor_name, entry.details["calls"]) == ("Sam", 1)
    minutes(MORNING, 11)
    assert told(desk.lead) == []

    later = at + timedelta(seconds=5)
    if how == "assigned":
        assert done is not None
        undoing.undo(viewer=desk.sam, act_id=done.id, now=later)
    else:
        assert isinstance(sent, outbound.Queued)
        outbound.take_back(viewer=desk.sam, delivery_id=sent.delivery_id, now=later)

    assert alerts.latest(desk.sam.id)[0].may_take
    minutes(MORNING, 12)
    assert len(told(desk.lead)) == 1


def test_what_is_severe_pages_at_night_all_the_way_up(desk: Desk, owner: Viewer) -> None:
    on_the_rota(
        (desk.sam, Duty.FIRST, "17:30", "09:00"), (desk.meena, Duty.SECOND, "17:30", "09:00")
    )
    asked = desk.is_asked("I can smell gas in the hall", at=NIGHT)

    def severe(person: Viewer) -> int:
        return Alert.objects.filter(person_id=person.id, kind="urgent").count()

    start = NIGHT + timedelta(seconds=5)
    everybody = (desk.sam, desk.meena, desk.lead, owner)
    for after, reached in ((0, 1), (14, 1), (15, 2), (30, 3), (45, 4), (59, 4)):
        minutes(start, after)
        assert [severe(person) for person in everybody] == [1] * reached + [0] * (4 - reached)

    # Everybody had it and nobody took it: all of them again, three times, and then the wall.
    for after, times in ((60, 2), (75, 3), (90, 4)):
        minutes(start, after)
        assert [severe(person) for person in everybody] == [times] * 4
    assert told(owner)[-1].startswith("Nobody has it yet. ")
    assert alerts.unheard(limit=5) == ()
    minutes(start, 105, 180)
    assert [severe(person) for person in everybody] == [4] * 4
    (left,) = alerts.unheard({desk.brand_id}, limit=5)
    assert (left.conversation_id, left.kind) == (asked.pk, "urgent")
    assert alerts.unheard({desk.brand_id + 1}, limit=5) == ()
    (entry,) = [
        one for one in audit.trail("conversation", asked.pk) if one.verb == "alert:call:unheard"
    ]
    assert (entry.details["people"], entry.policy_version) == (4, "1")

    alerting.take(viewer=owner, conversation_id=asked.pk, now=start + 3 * HOUR)
    assert alerts.unheard(limit=5) == ()


def test_a_worker_that_died_leaves_every_row_once(desk: Desk) -> None:
    desk.is_asked(at=MORNING)

    class Died(BaseException):
        pass

    def works_and_dies() -> None:
        with transaction.atomic():
            alerting.run(now=MORNING + MINUTE)
            assert Alert.objects.exists()
            raise Died

    with pytest.raises(Died):
        works_and_dies()
    assert not Alert.objects.exists()

    minutes(MORNING, 1, 1, 2)
    assert Alert.objects.count() == 2  # Sam and Meena may answer, and there is no rota


def test_a_batch_pays_one_statement_for_all_its_posts(desk: Desk) -> None:
    events = [
        desk.town.written(f"c-{name}", "When?", at=MORNING, by=name)
        for name in ("ann", "bea", "cy")
    ]
    with CaptureQueriesContext(connection) as asked:
        desk.hears(*events, now=MORNING + MINUTE)

    about = [one["sql"] for one in asked if "alerts_" in one["sql"]]
    assert len(about) == 1, about
    assert Call.objects.count() == 3


def test_a_minute_with_200_posts_is_one_alert_that_grows_and_severe_stands_alone(
    desk: Desk,
) -> None:
    """The settings as they come. Somebody is told of one thing that counts; severe stands alone."""
    events = [
        desk.town.written(f"c-{one}", "When?", at=MORNING, by=f"r{one}") for one in range(200)
    ]
    gas = desk.town.written("c-gas", "There is a gas leak", at=MORNING, by="gus")
    for tens in range(0, 200, 20):
        at = MORNING + timedelta(seconds=tens // 4)
        desk.hears(*events[tens : tens + 20], *([gas] if tens == 100 else []), now=at)
        alerting.run(now=at)

    for person in (desk.sam, desk.meena):
        own = alerts.latest(person.id)
        assert [alert.kind for alert in own] == ["storm"]
        assert own[0].says == "201 wait for an answer under one post of Red Kite."
        assert len(alerts.latest(person.id, bundle_id=own[0].id, limit=300)) == 201
    severe = [alert for alert in alerts.latest(desk.lead.id) if alert.kind == "urgent"]
    assert len(severe) == 1


def test_a_storm_is_one_alert_that_grows_and_severe_stands_alone(
    desk: Desk, settings: Settings
) -> None:
    settings.GLEDE_ALERT_STORM = 3
    for number in range(3):
        desk.is_asked(at=MORNING, by=f"r{number}")
    minutes(MORNING, 1)
    assert len(told(desk.sam)) == 3

    for number in range(3, 9):
        desk.is_asked(at=MORNING + MINUTE, by=f"r{number}")
    minutes(MORNING, 2)
    desk.is_asked("There is a gas leak", at=MORNING + 2 * MINUTE, by="gus")
    minutes(MORNING, 3)

    storm = Alert.objects.get(person_id=desk.sam.id, kind="storm")
    assert storm.says == "7 wait for an answer under one post of Red Kite."
    assert alerts.unseen_count(desk.sam.id) == 4
    assert len(alerts.latest(desk.sam.id, bundle_id=storm.pk)) == 7
    assert Alert.objects.filter(person_id=desk.lead.id, kind="urgent", bundle=None).count() == 1

    assert alerting.take_bundle(viewer=desk.sam, alert_id=storm.pk, now=MORNING + 4 * MINUTE) == 7
    assert alerts.unseen_count(desk.sam.id) == 3
    minutes(MORNING, 20)
    # The three that stood alone go on; those of the storm are in hand.
    taken = Conversation.objects.filter(alert__bundle=storm).distinct()
    assert not Alert.objects.filter(
        person_id=desk.lead.id, kind="new", conversation__in=taken
    ).exists()


def test_a_shift_that_changes_hands_tells_whoever_is_there_now(desk: Desk) -> None:
    on_the_rota(
        (desk.sam, Duty.HOLDER, "09:00", "11:45"), (desk.meena, Duty.HOLDER, "11:45", "17:30")
    )
    desk.is_asked(at=MORNING)
    minutes(MORNING, 1, 12)

    assert len(told(desk.sam)) == len(told(desk.meena)) == 1
    assert told(desk.lead) == []


def test_many_calls_are_told_with_as_many_statements_as_few(desk: Desk, settings: Settings) -> None:
    settings.GLEDE_ALERT_STORM = 1_000

    def statements(first: int, number: int) -> int:
        for one in range(first, first + number):
            desk.is_asked(at=MORNING, by=f"r{one}")
        with CaptureQueriesContext(connection) as asked:
            assert alerting.run(now=MORNING + MINUTE) == number
        return len(asked)

    few = statements(0, 2)
    assert statements(2, 12) == few
    assert few < 30
