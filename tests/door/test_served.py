"""The door as it is run: `glede web`, a database of its own that stops, and sixty-four callers."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from bench import callers
from glede.kit import postgres
from tests.door.caller import SECRET, SLUG, created, signed

VAULT = Fernet.generate_key().decode()


@dataclass(slots=True)
class Served:
    folder: Path
    server: postgres.Server
    port: int

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.url(database="glede")) as connection:
            found = connection.execute(statement, values)  # type: ignore[arg-type]  # ours
            return found.fetchall() if found.description else []

    def stop_database(self) -> None:
        postgres.stop(self.server)

    def start_database(self) -> None:
        self.server = postgres.start(folder=self.folder, durable=False)

    def post(self, body: bytes, headers: dict[str, str]) -> bytes:
        """The first bytes of the answer."""
        with socket.create_connection(self.address, timeout=30) as line:
            line.sendall(request(body, headers))
            return line.recv(4096)


def request(body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = [f"POST /hooks/website/{SLUG} HTTP/1.1", "Host: glede.test", *lines]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def event(number: int) -> bytes:
    body = created(number)
    return request(body, signed(f"many_{number}", body))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served") / "postgres"
    server = postgres.start(folder=folder, durable=False)
    postgres.make_database(server, name="glede")
    environment = os.environ | {
        "GLEDE_HOME": str(folder.parent),
        "GLEDE_DATABASE_URL": server.url(database="glede", user=postgres.RUNNING),
        "GLEDE_DATABASE_OWNER_URL": server.url(database="glede"),
        "GLEDE_VAULT_KEYS": VAULT,
    }
    glede = [sys.executable, "-W", "ignore", "-m", "glede.cli"]
    subprocess.run([*glede, "database"], env=environment, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = Served(folder, server, port)
    secrets = Fernet(VAULT).encrypt(json.dumps([SECRET]).encode())
    web.sql(
        "INSERT INTO accounts_app"
        " (platform, slug, name, secrets, credential, base_url, settings, created_at)"
        " VALUES ('website', %s, 'Site', %s, '', '', '{}', %s)",
        *(SLUG, secrets, datetime.now(UTC)),
    )
    process = subprocess.Popen([*glede, "web", "--port", str(port)], env=environment)
    try:
        wait_until(lambda: web.post(b"", {}).startswith(b"HTTP/1.1 401"))
        yield web
    finally:
        process.terminate()
        process.wait(30)
        with contextlib.suppress(postgres.PostgresError):
            postgres.stop(web.server)


def wait_until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if true():
                return
        time.sleep(0.05)
    raise AssertionError("It did not happen in time.")


def test_sixty_four_callers_share_commits_and_every_event_is_kept_once(served: Served) -> None:
    distinct = [event(number) for number in range(2_000)]

    called = callers.as_fast_as_answered(
        distinct + distinct[:200], address=served.address, connections=64
    )

    assert called.refused == 0
    sizes = served.sql(
        "SELECT count(*) FROM intake_rawevent WHERE key LIKE 'hook:many_%%' GROUP BY ingested_at"
        " ORDER BY 1"
    )
    assert sum(int(str(size)) for (size,) in sizes) == 2_000
    assert int(str(sizes[len(sizes) // 2][0])) >= 8


def test_the_worker_is_told_of_new_events(served: Served) -> None:
    with psycopg.connect(served.server.url(database="glede"), autocommit=True) as listener:
        listener.execute("LISTEN glede_intake")
        body = created(5_001)
        assert served.post(body, signed("told", body)).startswith(b"HTTP/1.1 200")
        assert [told.channel for told in listener.notifies(timeout=10, stop_after=1)]


def test_a_hundred_megabytes_are_turned_away_before_they_are_sent(served: Served) -> None:
    with socket.create_connection(served.address, timeout=30) as line:
        line.sendall(
            f"POST /hooks/website/{SLUG} HTTP/1.1\r\nHost: glede.test\r\n"
            "Content-Length: 104857600\r\n\r\n".encode()
        )
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_a_hundred_megabytes_without_a_length_are_turned_away_on_the_way(served: Served) -> None:
    part = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    sent = 0
    answer = b""
    with socket.create_connection(served.address, timeout=30) as line:
        line.sendall(
            f"POST /hooks/website/{SLUG} HTTP/1.1\r\nHost: glede.test\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        with contextlib.suppress(OSError):
            while sent < 104_857_600:
                line.sendall(part)
                sent += len(part)
        with contextlib.suppress(OSError):
            answer = line.recv(100)

    # The answer may be lost with the connection; that the rest was not taken is what counts.
    assert sent < 20_000_000
    assert answer.startswith(b"HTTP/1.1 413") or answer == b""


def test_while_the_database_is_stopped_callers_are_told_to_come_again(served: Served) -> None:
    body = created(9_000)
    kept = request(body, signed("evt_9000", body))
    served.stop_database()
    try:
        with socket.create_connection(served.address, timeout=60) as line:
            line.sendall(kept)
            answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in answer.lower()
    finally:
        served.start_database()

    wait_until(lambda: served.post(body, signed("evt_9000", body)).startswith(b"HTTP/1.1 200"))
    assert served.sql("SELECT count(*) FROM intake_rawevent WHERE key = 'hook:evt_9000'") == [(1,)]
