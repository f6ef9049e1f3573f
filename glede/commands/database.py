"""`glede database`: bring tables and rights to what this version needs."""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from glede.commands import archive, grants
from glede.commands.failure import CommandError
from glede.flow import approved_platforms
from glede.kit import clock, memory
from glede.rulebook.brands.models import Organisation

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: Any number that nothing else locks: one migration at a time, from however many machines.
_MIGRATION_LOCK = 0x676C656465


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("database", help="bring the database to this version")
    parser.add_argument(
        "--tell", action="store_true", help="end with one line of JSON: whose database it is"
    )


def run(args: argparse.Namespace) -> int:
    with _locked():
        executor = MigrationExecutor(connection)
        _refuse_newer(executor)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            _migrate(count=len(pending), used=organisation() != "none")
        _grant()
        if organisation() != "none":
            # A group that was set up before there was a register gets the one it began with.
            approved_platforms.begin(now=clock.now())
    if args.tell:
        print(json.dumps({"organisation": organisation()}))
    return 0


def organisation() -> str:
    """Whose database it is: "none", "demo" or "real"."""
    if Organisation._meta.db_table not in connection.introspection.table_names():
        return "none"
    demo = Organisation.objects.values_list("demo", flat=True).first()
    if demo is None:
        return "none"
    return "demo" if demo else "real"


def _refuse_newer(executor: MigrationExecutor) -> None:
    labels = {app for app, _name in executor.loader.disk_migrations}
    unknown = [
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in labels
        and (app, name) not in executor.loader.disk_migrations
        and (app, name) not in executor.loader.replacements
    ]
    if unknown:
        raise CommandError(
            "This database belongs to a newer version of Glede (it has "
            f"{', '.join(sorted(unknown))}). Install that version, or restore an older backup."
        )


def _migrate(*, count: int, used: bool) -> None:
    if used:
        path = archive.automatic_path("before-upgrade", now=clock.now())
        _say(f"Taking a backup first: {path}")
        archive.write(path, now=clock.now())
    _say(f"Bringing the database up to date: {count} steps …")
    with connection.cursor() as cursor:
        # Better to fail and be tried again than to queue every reader behind us.
        cursor.execute("SET lock_timeout = '10s'")
        # A migration lost in a crash is only done again; the backup before it is on the disk.
        cursor.execute("SET synchronous_commit = off")
    with memory.collected_rarely():
        call_command("migrate", interactive=False, verbosity=0)


def _grant() -> None:
    role = settings.GLEDE_RUNNING_ROLE
    if role and role != connection.settings_dict["USER"]:
        with transaction.atomic(), connection.cursor() as cursor:
            grants.apply(cursor, role=role)


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def _say(text: str) -> None:
    # Standard output is for the answer to --tell.
    print(text, file=sys.stderr, flush=True)
