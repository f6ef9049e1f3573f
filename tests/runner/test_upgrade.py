"""A used database is backed up before it is changed; Glede needs no root."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from glede.kit import postgres, process
from tests.runner.house import House

pytestmark = pytest.mark.process


def _make_pending(house: House) -> None:
    """As if this version had brought a migration along: one that may be run twice."""
    server = postgres.start(folder=house.home / "postgres")
    with psycopg.connect(server.url(database="glede")) as connection:
        connection.execute("DELETE FROM django_migrations WHERE name = '0002_cache_table'")
    postgres.stop(server)


def test_a_used_database_is_backed_up_before_an_upgrade(group: House) -> None:
    assert not (group.home / "backups").exists()
    _make_pending(group)

    upgraded = group.command("database")

    assert upgraded.returncode == 0, upgraded.stderr
    assert "Taking a backup first" in upgraded.stderr
    assert len(list((group.home / "backups").glob("*-before-upgrade.glede"))) == 1
    assert group.command("database").returncode == 0
    assert len(list((group.home / "backups").iterdir())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="every other test runs as an ordinary user already")
def test_an_ordinary_user_needs_no_root() -> None:
    nobody = process.Account(name="nobody", uid=65534, gid=65534)
    for reached in (sys.executable, str(psycopg.__file__), __file__):
        process.let_through(Path(reached), account=nobody)
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, nobody.uid, nobody.gid)
        environment = House(home=Path(folder) / "home").environment() | {"HOME": folder}
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import pathlib, sys; from glede.kit import postgres;"
                "server = postgres.start(folder=pathlib.Path(sys.argv[1]));"
                "postgres.make_database(server, name='mine');"
                "print((server.folder / 'data').stat().st_uid); postgres.stop(server)",
                f"{folder}/pg",
            ],
            env=environment,
            user=nobody.uid,
            group=nobody.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(nobody.uid)
