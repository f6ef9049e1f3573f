"""A job exists if and only if the change that needs it does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from glede.kit import jobs

AT = datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC)


@pytest.mark.django_db
def test_a_job_is_deferred_by_name_for_its_time() -> None:
    jobs.defer("nobody-has-bound-this", at=AT, delivery_id=7)

    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.scheduled_at) == (
        "nobody-has-bound-this",
        {"delivery_id": 7},
        AT,
    )
    assert job.status == "todo"


@pytest.mark.django_db
def test_what_nobody_waits_for_stands_behind_what_was_asked_for_later() -> None:
    with transaction.atomic():
        jobs.defer("glede.deliver", at=AT, behind=True, delivery_id=1)
    with transaction.atomic():
        jobs.defer("glede.deliver", at=AT, delivery_id=2)

    first, second = ProcrastinateJob.objects.order_by("-priority", "id")
    assert (first.args, second.args) == ({"delivery_id": 2}, {"delivery_id": 1})


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_leaves_no_job() -> None:
    with transaction.atomic():
        jobs.defer("nobody-has-bound-this")
        transaction.set_rollback(True)

    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db
def test_what_a_ready_job_stands_in_the_queue_for_is_not_without_one() -> None:
    for number in (3, 5, 6):
        jobs.defer("send", delivery_id=number)
    jobs.defer("send", at=AT + timedelta(hours=1), delivery_id=4)
    jobs.defer("another", delivery_id=2)
    jobs.defer("send", other_id=1)
    # Whoever took it may have died since: only what waits is sure to be done.
    ProcrastinateJob.objects.filter(args__delivery_id=6).update(status="doing")

    found = jobs.without("send", argument="delivery_id", ids=[6, 5, 4, 3, 2, 1], now=AT)

    assert found == [6, 4, 2, 1]
    assert jobs.without("send", argument="delivery_id", ids=[], now=AT) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_that_commits_leaves_no_job_to_the_next(turn: int) -> None:
    assert not ProcrastinateJob.objects.exists()

    jobs.defer("nobody-has-bound-this", turn=turn)


@pytest.mark.django_db
def test_what_dead_workers_left_is_forgotten_and_what_waits_is_not() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s), (%s) RETURNING id",
            [AT, AT - timedelta(hours=1)],
        )
        alive, dead = (row[0] for row in cursor.fetchall())
        for task, status, worker in (
            ("waits", "todo", None),
            ("is being done", "doing", alive),
            ("died with its worker", "doing", dead),
            ("its worker is forgotten", "doing", None),
            ("the database was away", "failed", None),
        ):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
                " VALUES ('default', %s, '{}', %s, %s)",
                [task, status, worker],
            )

    assert jobs.forget(now=AT + timedelta(seconds=10)) == 3

    left = ProcrastinateJob.objects.order_by("pk").values_list("task_name", flat=True)
    assert list(left) == ["waits", "is being done"]
