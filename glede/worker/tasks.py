"""Which function of the flow each job name means; the only place where the two meet."""

from collections.abc import Callable

from django.db import close_old_connections
from procrastinate import App

from glede.flow import (
    attaching,
    moderating,
    names,
    outbound,
    poll,
    reading_in,
    rehearsing,
    replanning,
)
from glede.kit import clock
from glede.worker.loops import give_way


def _deliver(delivery_id: int) -> None:
    outbound.deliver(delivery_id=delivery_id)


def _fetch(attachment_id: int) -> None:
    attaching.fetch(attachment_id=attachment_id)


def _look_up(account_id: int, native_id: str, tries: int) -> None:
    poll.look_up(account_id=account_id, native_id=native_id, tries=tries)


def _moderate(deed_id: int) -> None:
    moderating.run(deed_id=deed_id)


def _read_in(import_id: int) -> None:
    reading_in.read(import_id=import_id)


def _rehearse(rehearsal_id: int) -> None:
    rehearsing.play(rehearsal_id=rehearsal_id)


def _replan(calendar_id: int) -> None:
    replanning.run(calendar_id=calendar_id, now=clock.now())


BINDINGS: dict[str, Callable[..., None]] = {
    names.DELIVER: _deliver,
    names.MODERATE: _moderate,
    names.FETCH: _fetch,
    names.LOOK_UP: _look_up,
    reading_in.READ: _read_in,
    rehearsing.REHEARSE: _rehearse,
    replanning.REPLAN: _replan,
}


def bind(app: App) -> None:
    """Register every job. A job's function starts and ends with sound database connections."""
    for name, function in BINDINGS.items():
        if name not in app.tasks:
            app.task(name=name)(_with_sound_connections(function))


def _with_sound_connections(function: Callable[..., None]) -> Callable[..., None]:
    def run(**arguments: int | str) -> None:
        give_way()
        close_old_connections()
        try:
            function(**arguments)
        finally:
            close_old_connections()

    return run
