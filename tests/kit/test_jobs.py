"""A job exists if and only if the change that needs it does."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
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
def test_a_change_that_is_rolled_back_leaves_no_job() -> None:
    with transaction.atomic():
        jobs.defer("nobody-has-bound-this")
        transaction.set_rollback(True)

    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_that_commits_leaves_no_job_to_the_next(turn: int) -> None:
    assert not ProcrastinateJob.objects.exists()

    jobs.defer("nobody-has-bound-this", turn=turn)
