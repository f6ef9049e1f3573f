"""A desk of its own for a benchmark: PostgreSQL, web and worker, and people who work at it."""

import base64
import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import psycopg
from cryptography.fernet import Fernet

from glede.kit import postgres

SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
BRANDS = ("Red Kite", "Twenty11", "Pennvale", "Edenmead")


@dataclass(frozen=True, slots=True)
class House:
    server: postgres.Server
    environment: dict[str, str]

    def url(self, database: str = "glede") -> str:
        return self.server.url(database=database)

    def copied(self, name: str) -> None:
        """A second database with everything the first one holds now."""
        _let_go()
        with psycopg.connect(self.server.url(database="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE glede")


@contextlib.contextmanager
def opened() -> Iterator[House]:
    """A server with an empty, migrated database; Django of this process uses it as well."""
    home = Path(tempfile.mkdtemp(prefix="glede-bench-"))
    server = postgres.start(folder=home / "postgres")
    try:
        postgres.make_database(server, name="glede")
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GLEDE_")}
        environment = ours | {
            "GLEDE_HOME": str(home),
            "GLEDE_DATABASE_URL": server.url(database="glede", user=postgres.RUNNING),
            "GLEDE_DATABASE_OWNER_URL": server.url(database="glede"),
            "GLEDE_SECRET_KEY": "only-for-a-bench-" + "x" * 50,
            "GLEDE_VAULT_KEYS": Fernet.generate_key().decode(),
            "GLEDE_UNDO_SECONDS": "1",
        }
        if kept := os.environ.get("GLEDE_NODE_MODULES"):
            environment["GLEDE_NODE_MODULES"] = kept
        subprocess.run(_glede("database"), env=environment, check=True)
        os.environ.update(environment)
        (home / "static").mkdir(exist_ok=True)
        os.environ["DJANGO_SETTINGS_MODULE"] = "glede.settings"
        django.setup()
        yield House(server, environment)
    finally:
        _let_go()
        postgres.stop(server)
        shutil.rmtree(home, ignore_errors=True)


def _let_go() -> None:
    if "django.db" in sys.modules:
        sys.modules["django.db"].connections.close_all()


def _glede(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "glede.cli", *arguments]


@contextlib.contextmanager
def web(house: House, *, database: str = "glede") -> Iterator[int]:
    """`glede web` on a database; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = house.environment | {
        "GLEDE_PORT": str(port),
        "GLEDE_DATABASE_URL": house.server.url(database=database, user=postgres.RUNNING),
    }
    child = subprocess.Popen(_glede("web", "--port", str(port)), env=environment)
    try:
        _wait_for(port, child)
        yield port
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


@contextlib.contextmanager
def worker(house: House) -> Iterator[None]:
    child = subprocess.Popen(_glede("worker"), env=house.environment)
    try:
        yield
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < until:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/robots.txt", headers={"Host": "localhost"})
            if line.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            line.close()
        time.sleep(0.1)
    raise SystemExit("The web process did not start.")


def share_of(waits: list[float], share: float) -> float:
    """The wait that this share of all stayed within."""
    found = sorted(waits)
    return found[min(len(found) - 1, int(len(found) * share))]


def get(port: int, path: str, cookie: str) -> tuple[float, Any]:
    """Seconds until the whole page was there, and the page."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    line.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
    answer = line.getresponse()
    page = answer.read()
    took = time.perf_counter() - began
    line.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}.")
    return took, page
