"""Ask the worker for something, by name: the name is bound to a function in glede/worker."""

from datetime import datetime

from procrastinate.contrib.django import app


def defer(name: str, *, at: datetime | None = None, **arguments: str | int) -> None:
    """Part of the current transaction: without the change that needs it, there is no job.

    Not before `at`. Only `flow` calls this.
    """
    app.configure_task(name, schedule_at=at, allow_unknown=True).defer(**arguments)
