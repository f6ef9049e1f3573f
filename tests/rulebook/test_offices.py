"""Offices are held by people with dates; where nobody can act, somebody else is told."""

from datetime import date, timedelta
from typing import ClassVar

import pytest
from django.test import TestCase
from hypothesis import given
from hypothesis import strategies as st

from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind
from glede.rulebook.offices import actions, queries, rules
from glede.rulebook.offices.rules import Away, Held
from glede.rulebook.people import actions as people
from tests import cast, make

NOW = make.NOW
TODAY = date(2026, 11, 24)
JANUARY = date(2026, 1, 1)


def held(office: str, person: int, *, deputy: bool = False, until: date | None = None) -> Held:
    return Held(office, person, deputy, JANUARY, until)


def acting(
    office: str, *people: Held, away: tuple[Away, ...] = (), then: tuple[str, ...] = ()
) -> rules.Acting:
    return rules.acting(
        office, held=people, away=away, falls_to={"reviewer": "owner"}, then=then, on=TODAY
    )


def test_the_holder_acts_while_they_are_here() -> None:
    found = acting("Reviewer", held("reviewer", 1), held("reviewer", 2, deputy=True))

    assert (found.people, found.holder, found.vacant, found.fell_to) == ((1,), 1, False, "")


def test_a_deputy_acts_while_the_holder_is_away() -> None:
    away = (Away(1, TODAY, TODAY + timedelta(days=1)),)

    found = acting("reviewer", held("reviewer", 1), held("reviewer", 2, deputy=True), away=away)

    assert (found.people, found.holder, found.vacant) == ((2,), 1, False)


def test_with_both_away_the_next_office_up_is_told() -> None:
    away = tuple(Away(person, TODAY, TODAY + timedelta(days=1)) for person in (1, 2))

    found = acting(
        "reviewer",
        held("reviewer", 1),
        held("reviewer", 2, deputy=True),
        held("owner", 3),
        away=away,
    )

    assert (found.people, found.fell_to, found.vacant) == ((3,), "owner", False)


def test_a_vacant_post_falls_to_the_owner_and_then_to_the_one_above() -> None:
    above = held("deputy chief executive", 9)
    then = ("Owner", "Deputy Chief Executive")

    assert acting("reviewer", held("owner", 3), above, then=then).people == (3,)
    assert acting("reviewer", above, then=then).people == (9,)
    assert acting("reviewer", above, then=then).vacant
    assert acting("reviewer", then=then).is_nobody


def test_the_last_day_is_not_part_of_a_holding() -> None:
    assert held("owner", 1, until=TODAY + timedelta(days=1)).covers(TODAY)
    assert not held("owner", 1, until=TODAY).covers(TODAY)


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(1, 4)), max_size=6
    ),
    day=st.integers(0, 90),
)
def test_whoever_acts_holds_or_deputises_for_an_office_of_the_chain_and_is_not_away(
    spans: list[tuple[int, int, int]], day: int
) -> None:
    on = JANUARY + timedelta(days=day)
    rows = [
        Held(
            ("reviewer", "owner")[person % 2],
            person,
            bool(index % 2),
            JANUARY + timedelta(days=start),
            JANUARY + timedelta(days=start + length),
        )
        for index, (start, length, person) in enumerate(spans)
    ]
    away = [Away(1, JANUARY, JANUARY + timedelta(days=45))]

    found = rules.acting("reviewer", held=rows, away=away, falls_to={"reviewer": "owner"}, on=on)

    able = {
        row.person
        for row in rows
        if row.covers(on) and not (row.person == 1 and away[0].covers(on))
    }
    assert set(found.people) <= able
    assert found.is_nobody == (not able)


class TestOffices(TestCase):
    cast: ClassVar[cast.Cast]
    office: ClassVar[int]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast.build()
        cls.office = actions.name(office="Futurologist", actor=SYSTEM, now=NOW)

    def appoint(
        self,
        person: int,
        *,
        deputy: bool = False,
        from_on: date = JANUARY,
        until_on: date | None = None,
        actor: Actor = SYSTEM,
    ) -> int:
        return actions.appoint(
            office_id=self.office,
            person_id=person,
            deputy=deputy,
            from_on=from_on,
            until_on=until_on,
            actor=actor,
            now=NOW,
        )

    def test_one_person_at_a_time_holds_an_office(self) -> None:
        self.appoint(self.cast.felix.id, until_on=TODAY)

        with pytest.raises(actions.OfficeRefusedError, match="Felix holds Futurologist then"):
            self.appoint(self.cast.beth.id, from_on=TODAY - timedelta(days=1))
        self.appoint(self.cast.beth.id, from_on=TODAY)

        assert queries.holder("futurologist", on=TODAY - timedelta(days=1)) == self.cast.felix.id
        assert queries.holder("Futurologist", on=TODAY) == self.cast.beth.id

    def test_several_deputise_and_nobody_for_themselves(self) -> None:
        self.appoint(self.cast.felix.id)
        self.appoint(self.cast.beth.id, deputy=True)
        self.appoint(self.cast.priya.id, deputy=True)

        with pytest.raises(actions.OfficeRefusedError, match="Nobody deputises for themselves"):
            self.appoint(self.cast.felix.id, deputy=True)

    def test_only_who_may_appoints_and_never_themselves(self) -> None:
        for viewer, says in ((self.cast.sam, "may not say"), (self.cast.noor, "themselves")):
            actor = Actor(ActorKind.PERSON, str(viewer.id), viewer.name)
            with pytest.raises(actions.OfficeRefusedError, match=says):
                self.appoint(self.cast.noor.id, actor=actor)

    def test_whoever_leaves_leaves_a_vacant_post(self) -> None:
        self.appoint(self.cast.felix.id)
        people.deactivate(person_id=self.cast.felix.id, actor=SYSTEM, now=NOW)

        found = queries.acting("Futurologist", on=TODAY)
        assert found.vacant
        assert found.is_nobody

    def test_a_holding_ends_on_its_day(self) -> None:
        holding = self.appoint(self.cast.felix.id)
        actions.end(holding_id=holding, until_on=TODAY, actor=SYSTEM, now=NOW)

        assert queries.holder("Futurologist", on=TODAY - timedelta(days=1)) == self.cast.felix.id
        assert queries.holder("Futurologist", on=TODAY) is None
        with pytest.raises(actions.OfficeRefusedError, match="ends on 24 November 2026 already"):
            actions.end(holding_id=holding, until_on=TODAY, actor=SYSTEM, now=NOW)

    def test_an_office_nobody_set_up_is_vacant(self) -> None:
        assert queries.acting("Chief Harpist", on=TODAY).vacant

    def test_anybody_says_of_themselves_that_they_are_away(self) -> None:
        self.appoint(self.cast.felix.id)
        felix = Actor(ActorKind.PERSON, str(self.cast.felix.id), "Felix")
        sam = Actor(ActorKind.PERSON, str(self.cast.sam.id), "Sam")
        until = TODAY + timedelta(days=7)
        with pytest.raises(actions.OfficeRefusedError):
            actions.away(
                person_id=self.cast.felix.id, from_on=TODAY, until_on=until, actor=sam, now=NOW
            )
        absence = actions.away(
            person_id=self.cast.felix.id, from_on=TODAY, until_on=until, actor=felix, now=NOW
        )

        assert queries.acting("Futurologist", on=TODAY).is_nobody
        actions.back(absence_id=absence, actor=felix, now=NOW)
        assert queries.acting("Futurologist", on=TODAY).people == (self.cast.felix.id,)
