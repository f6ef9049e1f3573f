"""Brands and their hours: each instant has one calendar, and a published one stays as it is."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from glede.kit import hours
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import SYSTEM, Verb
from glede.rulebook.brands import actions, queries, rules
from glede.rulebook.brands.rules import ASSUMED_WEEK, OneOffDay

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2018, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def kite() -> int:
    return actions.create(slug="red-kite", name="Red Kite", code="RK", actor=SYSTEM, now=NOW)


def publish(brand_id: int, effective_at: datetime = LONG_AGO, **more: object) -> int:
    return actions.publish_calendar(
        brand_id=brand_id,
        effective_at=effective_at,
        actor=SYSTEM,
        now=NOW,
        **more,  # type: ignore[arg-type] # each test names one keyword
    )


def test_the_assumed_hours_are_weekdays_from_nine_to_half_past_five(kite: int) -> None:
    publish(kite)
    calendar = queries.calendar_at(kite, NOW).calendar

    assert hours.is_open(calendar, utc(11, 24, 9))
    assert hours.is_open(calendar, utc(11, 24, 17, 29))
    assert not hours.is_open(calendar, utc(11, 24, 17, 30))
    assert not hours.is_open(calendar, utc(11, 28, 11))


def test_the_bank_holidays_of_england_are_closed(kite: int) -> None:
    publish(kite)
    calendar = queries.calendar_at(kite, NOW).calendar

    assert not hours.is_open(calendar, utc(12, 25, 11))
    assert not hours.is_open(calendar, utc(12, 28, 11))
    assert hours.is_open(calendar, utc(11, 30, 11)), "St Andrew's Day is Scotland's"


def test_a_closure_and_an_opening_change_single_days(kite: int) -> None:
    publish(
        kite,
        closures=[OneOffDay(date(2026, 11, 24), "training", "owner", (("13:00", "17:30"),))],
        openings=[OneOffDay(date(2026, 11, 28), "move-in day", "owner", (("10:00", "12:00"),))],
    )
    calendar = queries.calendar_at(kite, NOW).calendar

    assert hours.is_open(calendar, utc(11, 24, 12, 59))
    assert not hours.is_open(calendar, utc(11, 24, 14))
    assert hours.is_open(calendar, utc(11, 28, 11))


def test_each_instant_has_the_calendar_that_was_in_force(kite: int) -> None:
    first = publish(kite)
    second = publish(kite, utc(11, 1, 0), week={"saturday": [["10:00", "14:00"]]})

    assert queries.calendar_at(kite, utc(10, 31, 23)).id == first
    assert queries.calendar_at(kite, utc(11, 1, 0)).id == second
    assert queries.calendar_at(kite, utc(11, 1, 0)).version == 2


def test_before_the_first_calendar_there_is_a_sentence(kite: int) -> None:
    publish(kite, utc(11, 1, 0))

    with pytest.raises(queries.NoCalendarError, match="Red Kite had no opening hours on 31 Octo"):
        queries.calendar_at(kite, utc(10, 31, 12))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"week": {"funday": [["09:00", "17:00"]]}}, "no day of the week"),
        ({"week": {"monday": [["9am", "17:00"]]}}, "not a time of day"),
        ({"week": {}}, "never opens"),
        ({"zone": "Europe/Wycombe"}, "no time zone"),
    ],
)
def test_a_calendar_that_cannot_work_is_refused(
    kite: int, more: dict[str, object], says: str
) -> None:
    with pytest.raises(hours.HoursError, match=says):
        publish(kite, **more)


def test_two_calendars_cannot_start_at_once(kite: int) -> None:
    publish(kite)

    with pytest.raises(hours.HoursError, match="starts at this very time"):
        publish(kite, week=dict(ASSUMED_WEEK))


@pytest.mark.parametrize(
    "statement", ["UPDATE brands_calendar SET source = ''", "DELETE FROM brands_calendar"]
)
def test_the_database_refuses_to_change_a_published_calendar(kite: int, statement: str) -> None:
    publish(kite)

    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_name_is_taken_once(kite: int) -> None:
    with pytest.raises(actions.BrandTakenError):
        actions.create(slug="kite", name="Red Kite", code="K", actor=SYSTEM, now=NOW)


def test_an_unknown_brand_is_answered_with_those_there_are(kite: int) -> None:
    with pytest.raises(queries.NoSuchBrandError, match="There are: red-kite"):
        queries.brand("blue-kite")


def test_a_database_belongs_to_one_group() -> None:
    actions.set_up(name="Red Kite Group", actor=SYSTEM, now=NOW)

    with pytest.raises(actions.AlreadySetUpError, match="belongs to Red Kite Group already"):
        actions.set_up(name="Another", actor=SYSTEM, now=NOW)


def test_an_archived_brand_leaves_the_list_and_stays_on_record(kite: int) -> None:
    actions.archive(brand_id=kite, actor=SYSTEM, now=NOW)

    assert queries.all_brands() == []
    assert [brand.slug for brand in queries.all_brands(archived=True)] == ["red-kite"]
    assert audit.trail("brand", kite)[0].verb == Verb.BRAND_ARCHIVED


# Corrections.


def correction(brand_id: int, wrong: int, **more: object) -> rules.Plan:
    return rules.Plan(
        brand_id=brand_id, corrects=wrong, why="wrong hours", **({"week": ASSUMED_WEEK} | more)
    )  # type: ignore[arg-type]


def test_a_correction_holds_from_when_the_wrong_calendar_did(kite: int) -> None:
    wrong = publish(kite, week={"monday": [["10:00", "12:00"]]})
    right = actions.publish_plan(plan=correction(kite, wrong), actor=SYSTEM, now=NOW)

    assert queries.calendar_at(kite, LONG_AGO).id == right
    assert queries.calendar(wrong).version == 1, "the wrong one stays on record"
    assert queries.in_its_place(wrong) == (right, frozenset({wrong}))
    assert audit.trail("calendar", right)[0].verb == Verb.CALENDAR_CORRECTED


def test_a_correction_leaves_later_calendars_alone(kite: int) -> None:
    wrong = publish(kite)
    later = publish(kite, utc(11, 1, 0))
    actions.publish_plan(plan=correction(kite, wrong), actor=SYSTEM, now=NOW)

    assert queries.calendar_at(kite, NOW).id == later
    assert queries.in_its_place(later) == (later, frozenset())


def test_a_correction_may_be_corrected_and_the_chain_is_known(kite: int) -> None:
    wrong = publish(kite)
    second = actions.publish_plan(plan=correction(kite, wrong), actor=SYSTEM, now=NOW)
    third = actions.publish_plan(plan=correction(kite, second), actor=SYSTEM, now=NOW)

    assert queries.calendar_at(kite, NOW).id == third
    for one in (wrong, second, third):
        assert queries.in_its_place(one) == (third, frozenset({wrong, second}))


def test_a_calendar_is_corrected_once_and_by_its_own_brand(kite: int) -> None:
    wrong = publish(kite)
    actions.publish_plan(plan=correction(kite, wrong), actor=SYSTEM, now=NOW)
    owl = actions.create(slug="owl", name="Owl", code="OW", actor=SYSTEM, now=NOW)

    with pytest.raises(actions.CalendarRefusedError, match="correct calendar 2"):
        actions.publish_plan(plan=correction(kite, wrong), actor=SYSTEM, now=NOW)
    with pytest.raises(actions.CalendarRefusedError, match="no version of this brand"):
        actions.publish_plan(plan=correction(owl, wrong), actor=SYSTEM, now=NOW)


def test_a_calendar_without_a_start_is_refused(kite: int) -> None:
    with pytest.raises(actions.CalendarRefusedError, match="from which on"):
        actions.publish_plan(
            plan=rules.Plan(brand_id=kite, week=ASSUMED_WEEK), actor=SYSTEM, now=NOW
        )


def test_a_plan_begins_with_what_holds(kite: int) -> None:
    publish(
        kite,
        closures=[OneOffDay(date(2026, 11, 24), "training", "owner", (("13:00", "17:30"),))],
        openings=[OneOffDay(date(2026, 11, 28), "move-in day", "owner")],
    )
    (row,) = queries.calendars(kite)

    again = rules.planned(queries.plan_of(row), name=queries.built(row).version)

    assert again == queries.built(row)
