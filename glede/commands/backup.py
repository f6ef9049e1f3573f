"""`glede backup FILE`: everything in one archive."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from glede.commands import archive
from glede.commands.failure import CommandError
from glede.kit import clock
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Verb

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("backup", help="write database, files and keys to one archive")
    parser.add_argument("file", type=Path)


def run(args: argparse.Namespace) -> int:
    path: Path = args.file.expanduser().absolute()
    if path.exists():
        raise CommandError(f"{path} exists: a backup overwrites nothing.")
    if not path.parent.is_dir():
        raise CommandError(f"There is no folder {path.parent}.")
    now = clock.now()
    archive.write(path, now=now)
    audit.record(
        actor=SYSTEM,
        verb=Verb.BACKUP_TAKEN,
        object_kind="backup",
        object_id=now.isoformat(),
        now=now,
    )
    print(
        f"Wrote {path} ({path.stat().st_size / 1e6:.1f} MB). "
        "It holds the keys: keep it as safe as the database."
    )
    return 0
