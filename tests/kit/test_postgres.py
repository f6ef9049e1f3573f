"""The embedded PostgreSQL survives what machines do to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from glede.kit import postgres

#: Real servers, started and killed.
pytestmark = pytest.mark.process


@pytest.fixture
def folder(server_folder: Path) -> Iterator[Path]:
    yield server_folder / "pg"
    if server := postgres.find(folder=server_folder / "pg"):
        postgres.stop(server)


def _value(server: postgres.Server, *, tcp: bool = False) -> int:
    with psycopg.connect(server.url(database="kept", tcp=tcp)) as connection:
        row = connection.execute("SELECT value FROM note").fetchone()
    assert row is not None
    return int(row[0])


def _keep_a_row(server: postgres.Server) -> None:
    postgres.make_database(server, name="kept")
    with psycopg.connect(server.url(database="kept")) as connection:
        connection.execute("CREATE TABLE note AS SELECT 7 AS value")


def test_a_stopped_server_starts_again_with_its_rows(folder: Path) -> None:
    server = postgres.start(folder=folder)
    _keep_a_row(server)
    postgres.stop(server)

    assert not postgres.is_running(folder=folder)
    assert _value(postgres.start(folder=folder)) == 7


def test_tcp_asks_for_the_password(folder: Path) -> None:
    server = postgres.start(folder=folder, tcp=True)
    _keep_a_row(server)

    assert _value(server, tcp=True) == 7
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url(database="kept", tcp=True).replace(server.password, "guess"))


def test_a_server_killed_with_its_backends_starts_again_with_its_rows(folder: Path) -> None:
    server = postgres.start(folder=folder)
    _keep_a_row(server)
    open_session = psycopg.connect(server.url(database="kept"))

    os.kill(server.pid, signal.SIGKILL)
    psutil.Process(server.pid).wait(timeout=30)

    assert (folder / "data" / "postmaster.pid").exists()
    assert not postgres.is_running(folder=folder)
    again = postgres.start(folder=folder)
    assert again.pid != server.pid
    assert _value(again) == 7
    open_session.close()


def test_a_pid_file_that_names_another_process_does_not_stop_a_start(folder: Path) -> None:
    server = postgres.start(folder=folder)
    _keep_a_row(server)
    postgres.stop(server)
    lines = [str(os.getpid()), str(folder / "data"), "1", "5432", str(folder / "socket")]
    (folder / "data" / "postmaster.pid").write_text("\n".join([*lines, "", "0 0", "ready", ""]))

    assert not postgres.is_running(folder=folder)
    assert _value(postgres.start(folder=folder)) == 7


def test_starting_a_running_server_finds_it(folder: Path) -> None:
    first = postgres.start(folder=folder)
    second = postgres.start(folder=folder)

    assert second.pid == first.pid
    with pytest.raises(postgres.PostgresError, match="without a TCP port"):
        postgres.start(folder=folder, tcp=True)


def test_two_starts_at_once_make_one_server(folder: Path) -> None:
    code = (
        "import sys, pathlib; from glede.kit import postgres;"
        "print(postgres.start(folder=pathlib.Path(sys.argv[1]), bound=False).pid)"
    )

    starts = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    pids = {start.communicate(timeout=60)[0].strip() for start in starts}

    assert len(pids) == 1
    assert postgres.is_running(folder=folder)


def test_a_bound_server_stops_when_its_starter_is_killed(folder: Path) -> None:

    code = (
        "import sys, pathlib, time; from glede.kit import postgres;"
        "print(postgres.start(folder=pathlib.Path(sys.argv[1])).pid, flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    database = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.communicate()

    database.wait(timeout=30)
    assert not (folder / "data" / "postmaster.pid").exists()


def test_a_half_made_cluster_is_made_again(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("18\n")

    assert postgres.is_running(folder=folder) is False
    _keep_a_row(postgres.start(folder=folder))


def test_the_running_role_may_not_make_tables(folder: Path) -> None:
    server = postgres.start(folder=folder)
    _keep_a_row(server)

    with (
        psycopg.connect(server.url(database="kept", user=postgres.RUNNING)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_a_socket_path_that_is_too_long_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(postgres.PostgresError, match="too long for a socket"):
        postgres.start(folder=tmp_path / "pg", socket=tmp_path / ("x" * 100))
