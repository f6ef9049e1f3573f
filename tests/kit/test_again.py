"""Two transactions that wait for each other: the one that is given up is done again."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections, transaction

from glede.kit.again import again


@pytest.mark.django_db(transaction=True)
def test_both_of_two_that_wait_for_each_other_are_done_in_the_end() -> None:
    meet = threading.Barrier(2, timeout=10)
    began: list[str] = []

    def take(first: int, second: int) -> str:
        name = f"{first} then {second}"
        with transaction.atomic():
            _lock(first)
            began.append(name)
            if began.count(name) == 1:
                meet.wait()
            _lock(second)
        return name

    def alone(first: int, second: int) -> str:
        try:
            return again(lambda: take(first, second))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(alone, 1, 2), pool.submit(alone, 2, 1)]

    assert {one.result() for one in done} == {"1 then 2", "2 then 1"}
    assert len(began) == 3  # one of them twice


@pytest.mark.django_db(transaction=True)
def test_another_fault_of_the_database_is_told_at_once() -> None:
    tries: list[int] = []

    def fails() -> None:
        tries.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError, match="disk"):
        again(fails)
    assert tries == [1]


def _lock(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
