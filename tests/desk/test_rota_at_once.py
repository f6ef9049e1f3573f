"""Two at the same time: one week is saved once, and one gap is told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from glede.desk.alerts.models import Alert
from glede.desk.rota import queries
from glede.desk.rota.actions import RotaRefused
from glede.desk.rota.models import Lapse
from glede.flow import rota
from glede.rulebook.audit.rules import SYSTEM
from glede.rulebook.people import actions as people_actions
from glede.rulebook.people.rules import Viewer
from tests import cast
from tests.desk.test_rota import FRIDAY, MONDAY, days

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people() -> cast.Cast:
    with transaction.atomic():
        return cast.build()


def at_once[T](*each: Callable[[], T]) -> list[T]:
    together = Barrier(len(each))

    def run(one: Callable[[], T]) -> T:
        try:
            together.wait(10)
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(each)) as pool:
        return list(pool.map(run, each))


def test_of_two_who_save_a_new_week_at_once_one_is_told_to_look_again(people: cast.Cast) -> None:
    def save(who: Viewer) -> str:
        try:
            rota.save_week(viewer=people.priya, monday=MONDAY, shifts=days(who), seen=0, now=FRIDAY)
        except RotaRefused as error:
            return str(error)
        return ""

    said = at_once(lambda: save(people.sam), lambda: save(people.noor))

    assert sorted(bool(one) for one in said) == [False, True]
    assert len(queries.week(MONDAY)) == 5
    assert len({row.person_id for row in queries.week(MONDAY)}) == 1


def test_two_who_look_for_gaps_at_once_tell_of_each_once(people: cast.Cast) -> None:
    rota.save_week(viewer=people.priya, monday=MONDAY, shifts=days(people.sam), seen=0, now=FRIDAY)
    Alert.objects.all().delete()
    Lapse.objects.all().delete()
    with transaction.atomic():
        people_actions.deactivate(person_id=people.sam.id, actor=SYSTEM, now=FRIDAY)

    told = at_once(*[lambda: rota.watch(now=FRIDAY)] * 3)

    found = [(row.brand_id, row.from_at) for row in Lapse.objects.all()]
    assert len(found) == len(set(found)) > 0
    assert sorted(bool(one) for one in told) == [False, False, True]
    assert Alert.objects.filter(person_id=people.priya.id).count() == 2
