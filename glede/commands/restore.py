"""`glede restore FILE`: put an archive back; all of the database, or nothing."""

import argparse
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from glede.commands import archive, database, embedded, home
from glede.commands.failure import CommandError
from glede.kit import clock, postgres
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Verb

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("restore", help="put an archive back")
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--replace",
        action="store_true",
        help="throw away what the database holds now, after a backup of it",
    )


def run(args: argparse.Namespace) -> int:
    path: Path = args.file.expanduser().absolute()
    settings.GLEDE_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        stack.enter_context(home.alone())
        folder, manifest = stack.enter_context(archive.opened(path))
        if embedded.is_used():
            stack.callback(postgres.stop, embedded.start())
        _make_room(replace=args.replace)
        _restore_database(folder)
        _restore_files(folder)
        connection.close()
        database.run(argparse.Namespace(tell=False))
        audit.record(
            actor=SYSTEM,
            verb=Verb.BACKUP_RESTORED,
            object_kind="backup",
            object_id=manifest["at"],
            now=clock.now(),
        )
    print(f"Restored the backup of {manifest['at']} from {path}.")
    return 0


def _make_room(*, replace: bool) -> None:
    if database.organisation() == "none":
        return
    if not replace:
        raise CommandError(
            "The database holds an organisation already. "
            "Say --replace to put the backup in its place; what is there is backed up first."
        )
    safety = archive.automatic_path("before-restore", now=clock.now())
    archive.write(safety, now=clock.now())
    print(f"What was there is kept in {safety}.")


def _restore_database(folder: Path) -> None:
    """In one transaction: should anything fail, the database is as it was."""
    script = folder / "restore.sql"
    archive.program(
        "pg_restore",
        "--no-owner",
        "--no-acl",
        f"--file={script}",
        str(archive.dump_in(folder)),
        connects=False,
    )
    first = folder / "first.sql"
    first.write_text(_EMPTY, encoding="ascii")
    archive.program(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        f"--file={first}",
        f"--file={script}",
    )


def _restore_files(folder: Path) -> None:
    store = Path(settings.GLEDE_STORE)
    for source in sorted((folder / "store").rglob("*")):
        target = store / source.relative_to(folder / "store")
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.move(source, target)
    for source in sorted((folder / "home").glob("*")):
        target = Path(settings.GLEDE_HOME) / source.name
        if target.exists() and target.read_bytes() != source.read_bytes():
            # Kept: secrets written since the backup open with these keys only, and the heads of
            # the record since then show what the restore took away.
            kept = target.with_name(f"{source.name}.{clock.now():%Y-%m-%dT%H%M%SZ}")
            target.replace(kept)
            print(f"{target.name} as it was is kept as {kept}.")
        shutil.copyfile(source, target)
        target.chmod(0o600)
