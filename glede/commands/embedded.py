"""The embedded PostgreSQL of this GLEDE_HOME."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from glede.commands import home
from glede.commands.failure import CommandError
from glede.kit import postgres

DATABASE = "glede"


def is_used() -> bool:
    return not settings.GLEDE_DATABASE_URL


def folder() -> Path:
    return Path(settings.GLEDE_HOME) / "postgres"


def start() -> postgres.Server:
    server = postgres.start(folder=folder(), socket=settings.GLEDE_POSTGRES_SOCKET)
    postgres.make_database(server, name=DATABASE)
    return server


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """The database of this home for the time of one command, started if nothing else runs it."""
    if not is_used() or postgres.is_running(folder=folder()):
        yield
        return
    if not (folder() / "initialised").exists():
        raise CommandError(
            f"There is no database in {settings.GLEDE_HOME} yet: start Glede with `glede run` "
            "once, or name a PostgreSQL of your own in GLEDE_DATABASE_URL."
        )
    # Held, so that `glede run` does not adopt a server that stops with this command.
    with home.alone():
        server = start()
        try:
            yield
        finally:
            postgres.stop(server)
