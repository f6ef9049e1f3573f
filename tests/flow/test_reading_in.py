"""A policy file comes in and is read apart; whatever the file does, it ends in a sentence."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import psutil
import pytest
from django.conf import settings
from django.db import connection, transaction

from glede.flow import reading_in
from glede.kit import clock
from glede.rulebook.imports import queries
from glede.rulebook.imports.models import Import, Item
from glede.rulebook.imports.rules import (
    Act,
    Choice,
    Kind,
    NotPossibleError,
    NotTakenError,
    State,
)
from glede.rulebook.people.rules import Role, Viewer
from glede.rulebook.policy import queries as policies
from glede.rulebook.policy.rules import Status
from tests import make
from tests.rulebook.policy_document import customers
from tests.web.serving import url_of_the_test_database

READERS = "tests.rulebook.import_readers"
#: Long enough for a process to start on a busy machine.
PATIENCE = 60


@pytest.fixture
def noor(transactional_db: None) -> Viewer:
    with transaction.atomic():
        return make.person("Noor", Role.OWNER)


@pytest.fixture
def short_time() -> Iterator[None]:
    before = settings.GLEDE_POLICY_READING_SECONDS
    settings.GLEDE_POLICY_READING_SECONDS = 3
    yield
    settings.GLEDE_POLICY_READING_SECONDS = before


def given(viewer: Viewer, data: bytes = b"The policy.", name: str = "policy.txt") -> int:
    import_id, _ = reading_in.take_in(viewer=viewer, data=data, name=name, note="", now=clock.now())
    return import_id


def read(import_id: int, reader: str = "read") -> Import:
    reading_in.read(import_id=import_id, reader=f"{READERS}:{reader}")
    return queries.one(import_id)


def asked_for() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id",
            [reading_in.READ],
        )
        found = [args for (args,) in cursor.fetchall()]
    return [(json.loads(one) if isinstance(one, str) else one)["import_id"] for one in found]


def test_a_file_is_kept_and_asked_to_be_read_with_the_same_commit(noor: Viewer) -> None:
    import_id = given(noor, b"The policy.")

    assert queries.one(import_id).state == State.WAITING
    assert queries.data_of(import_id) == b"The policy."
    assert asked_for() == [import_id]


def test_the_same_file_twice_opens_the_first(noor: Viewer) -> None:
    first = given(noor, name="policy.txt")
    again, new = reading_in.take_in(
        viewer=noor, data=b"The policy.", name="copy.txt", note="", now=clock.now()
    )

    assert (again, new) == (first, False)
    assert asked_for() == [first]


def test_what_is_no_policy_file_is_refused_with_a_sentence(noor: Viewer) -> None:
    for data, name, says in (
        (b"", "policy.txt", "is empty"),
        (b"MZ", "policy.exe", "not a kind of file we can read"),
        (b"x" * (settings.GLEDE_POLICY_FILE_MB * 1_000_000 + 1), "big.txt", "at most"),
    ):
        with pytest.raises(NotTakenError, match=says):
            given(noor, data, name)

    assert asked_for() == []


def test_what_was_read_is_kept_as_items(noor: Viewer) -> None:
    row = read(given(noor))

    assert row.state == State.READ
    assert (row.done, row.total, row.doing) == (2, 2, "Looking for promises")
    week = Item.objects.get(of=row, key="hours")
    assert week.value["friday"] == [["09:00", "17:00"]]
    assert (week.value["sunday"], week.clause) == ([], "2.2")
    assert Item.objects.get(of=row, key="repealed_law").quote == "Data Protection Act 1984"


def test_a_reader_that_refuses_ends_in_its_sentence(noor: Viewer) -> None:
    row = read(given(noor), "refuses")

    assert row.state == State.UNREADABLE
    assert row.error.startswith("These pages are pictures.")


@pytest.mark.parametrize("reader", ["kills_itself", "bursts", "is_mistaken", "is_not_there"])
def test_a_poison_file_harms_nobody_and_ends_in_a_sentence(noor: Viewer, reader: str) -> None:
    row = read(given(noor), reader)

    assert row.state == State.UNREADABLE
    assert "plain text" in row.error


def test_a_file_that_never_ends_is_ended(noor: Viewer, short_time: None) -> None:
    row = read(given(noor), "never_ends")

    assert row.state == State.UNREADABLE
    assert "more than 3 seconds" in row.error


def test_a_file_whose_worker_was_killed_is_asked_for_again_until_it_is_given_up(
    noor: Viewer,
) -> None:
    import_id = given(noor)
    later = clock.now()
    for _ in range(3):
        Import.objects.filter(pk=import_id).update(
            state=State.READING.value, alive_at=later, tries=queries.one(import_id).tries + 1
        )
        assert reading_in.stranded(now=later + timedelta(seconds=1)) == 0
        later += timedelta(minutes=2)
        assert reading_in.stranded(now=later) == 1

    assert asked_for() == [import_id] * 4
    row = read(import_id)
    assert row.state == State.UNREADABLE
    assert "3 times" in row.error


@pytest.mark.kill
def test_a_reader_killed_in_the_middle_takes_its_process_along_and_another_one_reads(
    noor: Viewer,
) -> None:
    import_id = given(noor)
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER.format(import_id=import_id, readers=READERS)],
        env={**os.environ, "GLEDE_DATABASE_URL": url_of_the_test_database()},
    )
    until = time.monotonic() + PATIENCE
    while queries.one(import_id).state != State.READING or not (
        children := psutil.Process(worker.pid).children(recursive=True)
    ):
        assert time.monotonic() < until, "Nobody began to read."
        time.sleep(0.1)

    worker.kill()
    worker.wait(timeout=PATIENCE)

    _, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert not alive
    assert queries.one(import_id).state == State.READING
    assert reading_in.stranded(now=clock.now() + timedelta(minutes=1)) == 1
    assert read(import_id).state == State.READ


_WORKER = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "glede.settings"
import django
django.setup()
from glede.flow import reading_in
reading_in.read(import_id={import_id}, reader="{readers}:never_ends")
"""


def test_what_somebody_else_reads_is_left_alone(noor: Viewer) -> None:
    import_id, other = given(noor), given(noor, b"Another policy.")
    Import.objects.filter(pk=import_id).update(
        state=State.READING.value, alive_at=clock.now(), tries=1
    )

    assert read(import_id).state == State.READING
    assert read(other).state == State.WAITING


def test_the_next_file_is_asked_for_when_one_is_read(noor: Viewer) -> None:
    first, second = given(noor), given(noor, b"Another policy.")

    read(first)

    assert asked_for() == [first, second, second]


def test_a_file_that_could_not_be_read_is_tried_again_by_a_person(noor: Viewer) -> None:
    import_id = given(noor)
    read(import_id, "refuses")

    reading_in.try_again(viewer=noor, import_id=import_id, now=clock.now())

    assert read(import_id).state == State.READ
    with pytest.raises(NotPossibleError):
        reading_in.try_again(viewer=noor, import_id=import_id, now=clock.now())


def test_a_plain_text_policy_is_read_to_its_promises(noor: Viewer) -> None:
    text = (
        "Speaking online\n\n1. Answering\n\n1.1 We answer every enquiry within 4 hours of"
        " receiving it.\n1.2 Out of hours we answer no longer than 12 hours after receipt.\n"
    )
    import_id = given(noor, text.encode())
    reading_in.read(import_id=import_id)

    row = queries.one(import_id)
    assert (row.state, row.error) == (State.READ, "")
    found = Item.objects.get(of=row, key="acknowledge.in_hours")
    assert (found.value, found.clause) == ("PT4H", "1.1")


def test_a_file_that_is_not_what_its_name_says_ends_in_a_sentence(noor: Viewer) -> None:
    import_id = given(noor, b"%PDF-1.7 and then nothing of the kind", "policy.pdf")
    reading_in.read(import_id=import_id)

    row = queries.one(import_id)
    assert row.state == State.UNREADABLE
    assert row.error.endswith(".")
    assert "fault is ours" not in row.error


def test_the_customers_policy_becomes_a_version_with_its_promises(noor: Viewer) -> None:
    import_id = given(noor, customers.policy().encode())
    reading_in.read(import_id=import_id)
    now = clock.now()
    for item in queries.items(import_id):
        if item.kind in (Kind.RULE, Kind.FIELD) and item.value is not None:
            reading_in.decide(
                viewer=noor,
                import_id=import_id,
                item_id=item.pk,
                version=0,
                choice=Choice(act=Act.CONFIRMED),
                now=now,
            )

    plan = reading_in.plan(import_id)
    made = reading_in.make_version(
        viewer=noor,
        import_id=import_id,
        number=reading_in.suggested_number(plan),
        accepted=frozenset(one.item for one in plan.assumed),
        now=now,
    )

    found = {rule.key: rule for rule in policies.rules_of(made.version_id)}
    assert made.number == "3"
    assert (found["acknowledge.in_hours"].value, found["acknowledge.in_hours"].clause) == (
        "PT4H",
        "6.5",
    )
    assert (found["acknowledge.out_of_hours"].value, found["acknowledge.out_of_hours"].clause) == (
        "PT12H",
        "6.7",
    )
    assert found["acknowledge.in_hours"].status == Status.WRITTEN
    assert found["four_hour_reading"].status == Status.ASSUMED
    assert plan.obstacles == ()
