"""A snooze ends at its time, when they write or when a clock comes near, and stops no clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import TestCase
from hypothesis import given
from hypothesis import strategies as st

from glede.desk.clocks.models import Clock
from glede.desk.conversations.models import Conversation
from glede.desk.conversations.snoozing import BadSnooze, choices, ends_at
from glede.flow import handling, sorting, sweep
from glede.kit.hours import is_open
from glede.rulebook.audit.models import Entry
from glede.rulebook.brands import queries as brands
from tests import make
from tests.web import inbox_desk

NOW = make.NOW
LONGEST = timedelta(days=60)
minutes = st.integers(-10_000, 80_000).map(lambda one: NOW + timedelta(minutes=one))


@given(asked=minutes, due_at=st.none() | minutes, near=st.lists(minutes, max_size=4))
def test_it_ends_before_it_falls_due_and_at_the_first_step_to_come(
    asked: datetime, due_at: datetime | None, near: list[datetime]
) -> None:
    try:
        ends = ends_at(asked, due_at=due_at, near=near, longest=LONGEST, now=NOW)
    except BadSnooze:
        past_or_far = asked <= NOW or asked > NOW + LONGEST
        assert past_or_far or (due_at is not None and (due_at <= NOW or asked >= due_at))
        return
    assert NOW < ends <= asked
    assert due_at is None or NOW < ends < due_at
    assert not [one for one in near if NOW < one < ends]


@pytest.mark.django_db
def test_the_choices_are_openings_in_order_and_each_time_once() -> None:
    calendar = brands.calendar_at(make.brand("Red Kite"), NOW).calendar
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for hour in range(0, 14 * 24, 3):
        now = start + timedelta(hours=hour)
        found = choices(now, calendar, later=timedelta(hours=3))
        times = [one.at for one in found]
        assert times == sorted(set(times))
        assert all(at > now and is_open(calendar, at) for at in times)
    friday = datetime(2026, 11, 27, 10, 7, tzinfo=UTC)
    said = [
        (one.words, f"{one.at:%a %H:%M}")
        for one in choices(friday, calendar, later=timedelta(hours=3))
    ]
    assert said == [("Later today", "Fri 13:15"), ("When we open next", "Mon 09:00")]


class Snoozed(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = inbox_desk.tuesday(NOW)

    def snoozed(self) -> datetime | None:
        return Conversation.objects.get(pk=self.town.waiting.pk).snoozed_until

    def snooze(self, **later: int) -> datetime:
        until = NOW + timedelta(**later)
        sorting.snooze(
            viewer=self.town.sam,
            conversation_id=self.town.waiting.pk,
            until_at=until,
            now=NOW,
        )
        found = self.snoozed()
        assert found is not None
        return found

    def why(self) -> str:
        return str(
            Entry.objects.filter(verb="conversation:snooze:ended").latest("pk").details["why"]
        )

    def test_it_comes_back_at_its_time_and_no_clock_moved(self) -> None:
        clocks = list(Clock.objects.order_by("pk").values())
        ends = self.snooze(minutes=20)
        assert sorting.wake(now=ends - timedelta(seconds=1)) == 0
        assert sorting.wake(now=ends) == 1
        assert (self.snoozed(), self.why()) == (None, "its time came")
        assert list(Clock.objects.order_by("pk").values()) == clocks

    def test_it_comes_back_when_they_write(self) -> None:
        self.snooze(minutes=20)
        inbox_desk.comment(
            self.town.red_kite, "Ola Fashanu", "Mill Lane", at=NOW + timedelta(minutes=1)
        )
        assert self.snoozed() is None

    def test_it_comes_back_when_a_clock_crosses_a_step(self) -> None:
        dawn = self.town.dawn.pk
        asked = NOW + timedelta(minutes=30)
        kept = sorting.snooze(viewer=self.town.sam, conversation_id=dawn, until_at=asked, now=NOW)
        assert kept is not None
        assert kept.says == "Snoozed until its clock comes near."
        half = Conversation.objects.get(pk=dawn).snoozed_until
        assert half is not None
        assert NOW < half < asked
        sweep.run(now=half)
        assert Conversation.objects.get(pk=dawn).snoozed_until is None
        assert self.why() == "a clock came near"

    def test_what_is_settled_needs_none_and_resolving_ends_one(self) -> None:
        self.snooze(minutes=20)
        handling.resolve(viewer=self.town.sam, conversation_id=self.town.waiting.pk, now=NOW)
        assert self.snoozed() is None
        with pytest.raises(BadSnooze, match="settled"):
            self.snooze(minutes=20)
