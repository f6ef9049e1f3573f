"""Tables made once in a test run: whoever needs a migrated database begins with a copy of them.

All that runs side by side shares the folder named in TESTS_SHARED. The first to migrate leaves a
dump there. A database that was given the dump is still migrated by whoever uses it, who then finds
nothing to do.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glede.kit import cluster
from tests.databases import Database

SHARED = "TESTS_SHARED"
_WITHIN_SECONDS = 120


def _dump() -> Path:
    return Path(os.environ[SHARED]) / "tables.dump"


@contextmanager
def alone() -> Iterator[None]:
    """One maker at a time; the others wait, and then find the dump."""
    with (Path(os.environ[SHARED]) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrate(database: Database) -> None:
    """As `glede database` does it."""
    with tempfile.TemporaryDirectory(prefix="glede-test-") as home:
        own = {"GLEDE_HOME": home, "GLEDE_SECRET_KEY": "only-for-tests", **database.settings()}
        done = subprocess.run(
            [sys.executable, "-m", "glede.cli", "database"],
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=_WITHIN_SECONDS,
        )
    assert done.returncode == 0, done.stderr


def is_kept() -> bool:
    return _dump().exists()


def keep(url: str) -> None:
    """Keep the tables and rows of this database for the others."""
    half = _dump().with_suffix(".half")
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={half}", url)
    half.replace(_dump())


def give(url: str) -> None:
    """Fill an empty database, by its owner, with what was kept."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", *options, f"--dbname={url}", str(_dump()))


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [cluster.program(program), *arguments],
        env=cluster.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_SECONDS,
    )
    assert done.returncode == 0, done.stderr
