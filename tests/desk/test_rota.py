"""A week of the rota: saved, refused, swapped; gaps ahead told once; what the evening owes."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import ClassVar

import pytest
from django.test import TestCase

from glede.desk.alerts.models import Alert
from glede.desk.rota import queries
from glede.desk.rota.actions import RotaRefused, Uncovered
from glede.desk.rota.models import Lapse, Shift
from glede.desk.rota.rules import BadShift, Duty, Lack, Planned
from glede.flow import rota, sweep
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.models import Entry
from glede.rulebook.audit.rules import SYSTEM, Verb
from glede.rulebook.brands import actions as brands
from glede.rulebook.offices import actions as offices
from glede.rulebook.people import actions as people
from glede.rulebook.people.rules import Viewer
from tests import cast, make

#: Friday 20 November 2026, 10:00 in London.
FRIDAY = datetime.fromisoformat("2026-11-20T10:00+00:00")
MONDAY = date(2026, 11, 23)
NEXT = MONDAY + timedelta(days=7)


def days(viewer: Viewer, *, monday: date = MONDAY, brand_id: int | None = None) -> list[Planned]:
    """On duty from Monday to Friday in opening hours."""
    return [
        Planned(
            person_id=viewer.id,
            brand_id=brand_id,
            duty=Duty.HOLDER,
            on=monday + timedelta(days=day),
            starts=time(9),
            ends=time(17, 30),
        )
        for day in range(5)
    ]


def nights(viewer: Viewer, *checks: time, monday: date = MONDAY) -> list[Planned]:
    return [
        Planned(
            person_id=viewer.id,
            brand_id=None,
            duty=Duty.FIRST,
            on=monday + timedelta(days=day),
            starts=time(17, 30) if day < 5 else time(9),
            ends=time(9),
            checks=checks,
        )
        for day in range(7)
    ]


class TestRota(TestCase):
    cast: ClassVar[cast.Cast]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()

    def save(self, shifts: list[Planned], *, seen: int = 0, now: datetime = FRIDAY) -> None:
        rota.save_week(viewer=self.cast.priya, monday=MONDAY, shifts=shifts, seen=seen, now=now)

    def on_x(self) -> None:
        """Red Kite's account is on a platform that acknowledges nothing by itself."""
        Account.objects.filter(brand_id=self.cast.red_kite).update(platform="x")

    def test_a_covered_week_is_saved_with_its_instants_and_on_record(self) -> None:
        self.save(days(self.cast.sam))

        row = queries.week(MONDAY)[0]
        assert (row.person_id, row.from_at.isoformat()) == (
            self.cast.sam.id,
            "2026-11-23T09:00:00+00:00",
        )
        entry = Entry.objects.get(verb=Verb.ROTA_SAVED)
        assert entry.actor_name == self.cast.priya.name
        assert entry.details["added"] == 5

    def test_a_week_with_an_uncovered_hour_is_refused_with_the_slots_and_nothing_is_kept(
        self,
    ) -> None:
        shifts = days(self.cast.sam)
        shifts[2] = replace(shifts[2], starts=time(10))

        with pytest.raises(Uncovered) as refused:
            self.save(shifts)

        assert [(gap.brand_id, gap.lack, gap.from_at.hour) for gap in refused.value.gaps] == [
            (self.cast.red_kite, Lack.IN_HOURS, 9),
            (self.cast.pennvale, Lack.IN_HOURS, 9),
        ]
        assert not Shift.objects.exists()

    def test_somebody_named_to_stand_in_makes_the_week_whole(self) -> None:
        whole = days(self.cast.sam)
        instead = replace(whole[2], person_id=self.cast.noor.id, duty=Duty.STAND_IN)

        self.save([*whole[:2], instead, *whole[3:]])

        assert Shift.objects.filter(duty="stand_in", person_id=self.cast.noor.id).count() == 1

    def test_only_whoever_may_answer_for_the_brand_can_watch(self) -> None:
        with pytest.raises(BadShift, match="Rae may not answer for every brand"):
            self.save(days(self.cast.rae))
        with pytest.raises(BadShift, match="Meena may not answer for Pennvale"):
            self.save(days(self.cast.meena, brand_id=self.cast.pennvale))
        with pytest.raises(BadShift, match="every brand"):
            self.save(days(self.cast.meena))
        self.save(
            days(self.cast.meena, brand_id=self.cast.red_kite)
            + days(self.cast.sam, brand_id=self.cast.pennvale)
        )

    def test_two_people_who_save_the_same_week_do_not_overwrite_each_other(self) -> None:
        self.save(days(self.cast.sam))

        with pytest.raises(RotaRefused, match="Somebody saved this week"):
            self.save(days(self.cast.priya))

        assert {row.person_id for row in queries.week(MONDAY)} == {self.cast.sam.id}

    def test_a_changed_shift_stays_the_same_row_and_an_emptied_one_goes(self) -> None:
        self.save(days(self.cast.sam) + nights(self.cast.priya, time(18), time(8)))
        before = queries.week(MONDAY)
        kept = [queries.planned(row) for row in before if row.duty == "holder"]

        self.save([replace(kept[0], person_id=self.cast.priya.id), *kept[1:]], seen=1)

        after = queries.week(MONDAY)
        assert {row.pk for row in after} == {one.id for one in kept}
        assert after[0].person_id == self.cast.priya.id
        entry = Entry.objects.filter(verb=Verb.ROTA_SAVED).latest("pk")
        assert (entry.details["changed"], entry.details["removed"]) == (1, 7)

    def test_what_of_the_week_is_over_is_not_held_against_it(self) -> None:
        thursday = datetime.fromisoformat("2026-11-26T18:00+00:00")

        self.save(days(self.cast.sam)[4:], now=thursday)

        assert queries.version_of(MONDAY) == 1

    def test_hours_that_change_in_the_middle_of_the_week_are_asked_for_each_day(self) -> None:
        brands.publish_calendar(
            brand_id=self.cast.red_kite,
            effective_at=datetime.fromisoformat("2026-11-25T00:00+00:00"),
            week={day: [("09:00", "19:00")] for day in ("wednesday", "thursday", "friday")},
            actor=SYSTEM,
            now=FRIDAY,
        )

        with pytest.raises(Uncovered) as refused:
            self.save(days(self.cast.sam))

        assert {(gap.from_at.day, gap.from_at.hour) for gap in refused.value.gaps} == {
            (25, 17),
            (26, 17),
            (27, 17),
        }

    def test_a_promise_that_changes_in_the_middle_of_the_week_is_asked_for_each_message(
        self,
    ) -> None:
        self.on_x()
        thursday = datetime.fromisoformat("2026-11-26T00:00+00:00")
        make.policy_version(number="2", effective_at=thursday, acknowledge__out_of_hours="PT24H")
        self.save(days(self.cast.sam))

        start = datetime.fromisoformat("2026-11-23T09:00+00:00")
        gaps = queries.gaps(start, start + timedelta(days=4), now=FRIDAY)

        # Within 24 hours a night passes, within 12 it does not.
        assert [(gap.from_at.day, gap.until_at.day) for gap in gaps] == [
            (23, 23),
            (24, 24),
            (25, 25),
        ]

    def test_a_shift_of_another_week_and_a_week_that_begins_on_no_monday_are_refused(self) -> None:
        with pytest.raises(RotaRefused, match="not in the week"):
            self.save(days(self.cast.sam, monday=NEXT))
        with pytest.raises(RotaRefused, match="no Monday"):
            rota.save_week(
                viewer=self.cast.priya,
                monday=date(2026, 11, 24),
                shifts=[],
                seen=0,
                now=FRIDAY,
            )

    def test_somebody_takes_a_shift_with_a_note_and_who_writes_on_the_week_is_told(self) -> None:
        self.save(days(self.cast.sam))
        row = queries.week(MONDAY)[0]

        rota.swap(
            viewer=self.cast.priya,
            shift_id=row.pk,
            person_id=self.cast.priya.id,
            note="Sam is at the dentist",
            now=FRIDAY,
        )

        taken = queries.shift(row.pk)
        assert taken is not None
        assert (taken.person_id, taken.note) == (self.cast.priya.id, "Sam is at the dentist")
        entry = Entry.objects.get(verb=Verb.SHIFT_SWAPPED)
        assert entry.details == {
            "from": self.cast.sam.id,
            "to": self.cast.priya.id,
            "on": "2026-11-23",
        }
        with pytest.raises(RotaRefused, match="Somebody saved"):
            self.save(days(self.cast.sam), seen=1)

    def test_a_swap_that_cannot_be_is_refused(self) -> None:
        self.save(days(self.cast.sam))
        row = queries.week(MONDAY)[0]
        after = row.until_at + timedelta(minutes=1)

        for person, note, now, why in (
            (self.cast.priya, " ", FRIDAY, "Say why"),
            (self.cast.sam, "same", FRIDAY, "have this shift already"),
            (self.cast.rae, "a reader", FRIDAY, "may not answer"),
            (self.cast.priya, "late", after, "is over"),
        ):
            with pytest.raises((RotaRefused, BadShift), match=why):
                rota.swap(
                    viewer=self.cast.priya, shift_id=row.pk, person_id=person.id, note=note, now=now
                )

    # --- Gaps ahead ------------------------------------------------------------------------

    def test_without_a_rota_nobody_is_missed(self) -> None:
        rota.run(now=FRIDAY)

        assert queries.ahead(now=FRIDAY) == []
        assert not Alert.objects.exists()

    def test_brands_that_acknowledge_by_themselves_need_nobody_at_night(self) -> None:
        self.save(days(self.cast.sam))

        assert {one.channels for one in queries.watched_brands(now=FRIDAY)} == {()}
        assert all(gap.lack is Lack.IN_HOURS for gap in queries.ahead(now=FRIDAY))

    def test_a_night_without_a_check_warns_the_leads_and_is_saved_nonetheless(self) -> None:
        self.on_x()

        saved = rota.save_week(
            viewer=self.cast.priya, monday=MONDAY, shifts=days(self.cast.sam), seen=0, now=FRIDAY
        )

        nightly = [gap for gap in saved.gaps if gap.lack is Lack.OUT_OF_HOURS]
        assert len(nightly) == 5, "four nights, and the weekend"
        assert {gap.brand_id for gap in nightly} == {self.cast.red_kite}
        first = nightly[0]
        # Seen at 09:00 on Tuesday and answered at 09:30: what came by 21:30 was due before.
        assert first.from_at.isoformat() == "2026-11-23T17:30:00+00:00"
        assert first.until_at.isoformat() == "2026-11-23T21:30:00+00:00"

    def test_the_usual_checks_leave_no_gap(self) -> None:
        self.on_x()
        checks = (time(18), time(22), time(8))
        weekend = (time(13), time(18), time(22), time(8))
        shifts = days(self.cast.sam)
        for one in nights(self.cast.priya, *checks):
            shifts.append(replace(one, checks=weekend) if one.on.weekday() > 4 else one)

        self.save(shifts)

        window = datetime.fromisoformat("2026-11-23T09:00+00:00")
        found = queries.gaps(window, window + timedelta(days=6), now=FRIDAY)
        assert found == []

    def test_each_gap_is_told_once_to_whoever_manages_the_rota(self) -> None:
        self.save(days(self.cast.sam))
        Alert.objects.all().delete()
        Lapse.objects.all().delete()
        people.deactivate(person_id=self.cast.sam.id, actor=SYSTEM, now=FRIDAY)

        rota.run(now=FRIDAY)
        for minutes in range(1, 4):
            rota.run(now=FRIDAY + timedelta(minutes=minutes))

        told = Alert.objects.filter(person_id=self.cast.priya.id)
        assert len(told) == 2, "one for each brand, with all its gaps"
        assert all("nobody is on duty" in one.says for one in told)
        assert "more times" in told[0].says
        assert not Alert.objects.filter(person_id=self.cast.meena.id).exists()

    def test_who_is_away_is_not_there_and_a_swap_closes_the_gap(self) -> None:
        self.save(days(self.cast.sam))
        monday = datetime.fromisoformat("2026-11-23T08:00+00:00")
        offices.away(
            person_id=self.cast.sam.id,
            from_on=date(2026, 11, 25),
            until_on=date(2026, 11, 26),
            actor=self.cast.sam.actor,
            now=FRIDAY,
        )
        rota.run(now=FRIDAY)
        wednesday = next(row for row in queries.week(MONDAY) if row.on == date(2026, 11, 25))
        kite = Lapse.objects.filter(brand_id=self.cast.red_kite, closed_at=None)
        assert wednesday.from_at in {row.from_at for row in kite}

        rota.swap(
            viewer=self.cast.priya,
            shift_id=wednesday.pk,
            person_id=self.cast.priya.id,
            note="Sam is away",
            now=FRIDAY,
        )

        assert wednesday.from_at not in {row.from_at for row in kite.all()}
        assert Entry.objects.filter(verb=Verb.GAP_CLOSED).count() == 2
        at_eleven = monday.replace(day=25, hour=11)
        assert queries.on_for(self.cast.red_kite, now=at_eleven) == {self.cast.priya.id}

    # --- Now, and the evening --------------------------------------------------------------

    def test_whoever_is_on_duty_comes_before_whoever_is_on_call(self) -> None:
        self.save(days(self.cast.sam) + nights(self.cast.priya, time(18), time(8)))
        noon = datetime.fromisoformat("2026-11-24T12:00+00:00")
        night = datetime.fromisoformat("2026-11-24T23:00+00:00")

        assert queries.on_for(self.cast.red_kite, now=noon) == {self.cast.sam.id}
        assert queries.on_for(self.cast.red_kite, now=night) == {self.cast.priya.id}
        assert queries.next_up(now=noon)[0].person_id == self.cast.priya.id

    def test_before_closing_the_duty_holder_is_told_once_what_falls_due(self) -> None:
        self.save(days(self.cast.sam))
        written = datetime.fromisoformat("2026-11-24T15:00+00:00")
        make.conversation(self.cast.red_kite_site, at=written)
        Alert.objects.all().delete()

        rota.go_home(now=datetime.fromisoformat("2026-11-24T16:29+00:00"))
        assert not Alert.objects.exists(), "not yet an hour before closing"
        for minute in (30, 31):
            rota.go_home(now=datetime.fromisoformat(f"2026-11-24T16:{minute}+00:00"))

        alert = Alert.objects.get()
        assert alert.person_id == self.cast.sam.id
        assert alert.says.startswith("Red Kite closes at 17:30: 2 promises fall due before")
        assert alert.href == "/rota/home/"

    def test_what_falls_due_after_the_opening_is_not_on_the_list(self) -> None:
        saturday = datetime.fromisoformat("2026-11-28T11:00+00:00")
        make.conversation(self.cast.red_kite_site, at=saturday)

        by_brand = {
            one.brand.pk: {due.kind for due in one.due}
            for one in queries.evenings(now=saturday + timedelta(minutes=1))
        }

        assert "acknowledge" in by_brand[self.cast.red_kite], "due on Saturday at 23:00"
        assert "resolve" not in by_brand[self.cast.red_kite], "due at the close of Monday"
        assert by_brand[self.cast.pennvale] == set()

    def test_at_half_time_whoever_is_on_duty_is_told_and_later_the_lead(self) -> None:
        self.save(days(self.cast.meena, brand_id=self.cast.red_kite) + self.pennvale_days())
        written = datetime.fromisoformat("2026-11-24T10:00+00:00")
        make.conversation(self.cast.red_kite_site, at=written)
        Alert.objects.all().delete()

        sweep.run(now=written + timedelta(hours=2))
        assert set(Alert.objects.values_list("person_id", flat=True)) == {self.cast.meena.id}

        sweep.run(now=written + timedelta(hours=3))
        assert self.cast.priya.id in set(Alert.objects.values_list("person_id", flat=True))

    def test_where_nobody_has_the_brand_the_whole_pod_is_told(self) -> None:
        self.save(days(self.cast.sam))
        night = datetime.fromisoformat("2026-11-24T19:00+00:00")
        make.conversation(self.cast.red_kite_site, at=night)
        Alert.objects.all().delete()

        sweep.run(now=night + timedelta(hours=6))

        told = set(Alert.objects.values_list("person_id", flat=True))
        assert {self.cast.sam.id, self.cast.meena.id} <= told

    def pennvale_days(self) -> list[Planned]:
        return days(self.cast.sam, brand_id=self.cast.pennvale)
