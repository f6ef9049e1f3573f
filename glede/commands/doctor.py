"""`glede doctor`: look at everything that can be wrong, and say it in sentences."""

import argparse
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from glede.commands import grants
from glede.desk.clocks import queries as clocks
from glede.desk.health import queries as health
from glede.desk.intake import queries as intake
from glede.flow import notices
from glede.kit import beat, clock, scanning
from glede.rulebook.audit import queries as audit
from glede.rulebook.brands import queries as brands

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

#: (all is well, sentence)
type Finding = tuple[bool, str]

_OLDEST_PYTHON = (3, 13)
_OLDEST_POSTGRES = 17
_LEAST_FREE_BYTES = 1_000_000_000
_LONGEST_WAIT_SECONDS = 300
_WORKER_SILENT_SECONDS = 30


def add(subparsers: "Subparsers") -> None:
    parser = subparsers.add_parser("doctor", help="say what is wrong")
    parser.add_argument(
        "--audit", action="store_true", help="look for changed, removed or added audit entries"
    )


def run(args: argparse.Namespace) -> int:
    now = clock.now()
    checks: list[Callable[[datetime], Iterator[Finding]]] = [_audit] if args.audit else _ALL
    wrong = 0
    for check in checks:
        for well, sentence in check(now):
            print(f"{'well ' if well else 'WRONG'}  {sentence}")
            wrong += not well
    print("All is well." if not wrong else f"{wrong} found wrong.")
    return 1 if wrong else 0


def _python(_now: datetime) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield sys.version_info[:2] >= _OLDEST_PYTHON, f"Python is {version}."


def _front_end(_now: datetime) -> Iterator[Finding]:
    folder = settings.GLEDE_NODE_MODULES
    yield (
        (folder / "htmx.org").is_dir(),
        f"The front-end packages (htmx, Inter) are looked for in {folder}; `make setup` installs"
        " them.",
    )


def _languages(_now: datetime) -> Iterator[Finding]:
    for folder in settings.LOCALE_PATHS:
        missing = [
            po.parent.parent.name
            for po in sorted(Path(folder).glob("*/LC_MESSAGES/django.po"))
            if not po.with_suffix(".mo").is_file()
        ]
        if missing:
            yield (
                False,
                f"Not made yet: {', '.join(missing)}. Residents' pages are in English until"
                " `make setup` has run.",
            )
        else:
            yield True, "Residents' pages are in every language we speak."


def _settings(_now: datetime) -> Iterator[Finding]:
    found = [message for message in run_checks() if message.is_serious()]
    for message in found:
        yield False, f"{message.msg} {message.hint or ''}".strip()
    if not found:
        yield True, "The settings hold together."


def _keys(_now: datetime) -> Iterator[Finding]:
    for name, value in (("secret-key", settings.SECRET_KEY), ("vault-keys", _vault_keys())):
        path = Path(settings.GLEDE_HOME) / name
        if not value or value == settings.GLEDE_NO_SECRET_KEY:
            yield False, f"There is no {name}: `glede run` and `glede setup` make one."
        elif not path.exists():
            yield True, f"The {name} comes from the environment."
        else:
            mode = stat.S_IMODE(path.stat().st_mode)
            yield mode & 0o077 == 0, f"{path} may be read by its owner only (mode {mode:04o})."


def _vault_keys() -> str:
    return str(settings.GLEDE_VAULT_KEYS)


def _database(_now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_database()")
        version, name = cursor.fetchone()
    known = int(version.split(".")[0])
    yield known >= _OLDEST_POSTGRES, f"PostgreSQL {version} answers, database {name}."
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        yield False, f"{len(pending)} migrations are pending: `glede run` or `glede database`."
    else:
        yield True, "The tables are those of this version."


def _rights(_now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        changeable = grants.changeable(cursor, role=role)
    if changeable:
        yield (
            False,
            f"The role {role} could change the record ({', '.join(changeable)}): let another role "
            "own the tables (GLEDE_DATABASE_OWNER_URL) and run `glede database`.",
        )
    else:
        yield True, f"The role {role} can add to the record and change nothing in it."


def _organisation(_now: datetime) -> Iterator[Finding]:
    known = brands.organisation()
    if known is None:
        yield False, "There is no organisation yet: `glede setup`, or `glede demo` to look around."
    else:
        yield True, f"This is {known.name}{' (demo)' if known.demo else ''}."


def _mail(_now: datetime) -> Iterator[Finding]:
    if notices.can_mail():
        yield True, "A mail server is named."
    else:
        yield True, "No mail server is named (GLEDE_SMTP_HOST): staff are told in the app alone."


def _scanner(_now: datetime) -> Iterator[Finding]:
    if not scanning.is_configured():
        yield (
            True,
            "No scanner for malware is named (GLEDE_SCAN_COMMAND, GLEDE_SCAN_SOCKET): attachments"
            " are made anew or kept without anybody having looked.",
        )
        return
    try:
        verdict = scanning.scan(b"glede doctor")
    except scanning.NotScannedError as error:
        yield False, f"{error} Attachments wait until it can."
    else:
        yield not verdict.found, f"Attachments are looked into by {verdict.by}."


def _worker(now: datetime) -> Iterator[Finding]:
    seen = beat.last("worker")
    if seen is None:
        yield False, "No worker was ever seen here: `glede run` or `glede worker`."
    else:
        silent = (now - seen).total_seconds()
        said = clock.duration_words(now - seen)
        yield silent <= _WORKER_SILENT_SECONDS, f"The worker was last seen {said} ago."


def _disk(_now: datetime) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.GLEDE_HOME).free
    yield (
        free >= _LEAST_FREE_BYTES,
        f"{free / 1e9:.1f} GB are free where {settings.GLEDE_HOME} stands.",
    )


def _waiting(now: datetime) -> Iterator[Finding]:
    counts = intake.counts()
    if counts.oldest_waiting_at is None:
        yield True, "Nothing that came in waits to be read."
    else:
        waited = now - counts.oldest_waiting_at
        yield (
            waited.total_seconds() <= _LONGEST_WAIT_SECONDS,
            f"{counts.waiting} events wait to be read, the oldest for "
            f"{clock.duration_words(waited)}.",
        )
    if counts.aside:
        yield False, f"{counts.aside} events could not be read and are set aside: look at Intake."
    look_at = clocks.nearest_look()
    if look_at is not None and look_at < now:
        late = now - look_at
        yield (
            late.total_seconds() <= _LONGEST_WAIT_SECONDS,
            f"The oldest due step of a clock has waited {clock.duration_words(late)}.",
        )


def _channels(now: datetime) -> Iterator[Finding]:
    """The same words as on the screen of channels."""
    found = health.every(now=now)
    for one in found:
        if not one.well:
            name = f"{one.account.handle or one.account.native_id} on {one.platform.name}"
            yield False, f"{name}: {', '.join(one.words)}. See /channels/{one.account.pk}/."
    unusable = health.unusable()
    for account, why in unusable:
        yield False, f"{account.handle or account.native_id} on {account.platform}: {why}"
    if found and not unusable and all(one.well for one in found):
        yield True, f"All {len(found)} accounts are heard as usual."


def _audit(now: datetime) -> Iterator[Finding]:
    found = audit.check(now=now)
    for sentence in found:
        yield False, sentence
    if not found:
        yield True, "The record is whole: nothing was changed, removed, added or cut off."


_ALL = [
    _python,
    _front_end,
    _languages,
    _settings,
    _keys,
    _database,
    _rights,
    _organisation,
    _mail,
    _scanner,
    _worker,
    _disk,
    _waiting,
    _channels,
]
