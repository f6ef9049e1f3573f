"""A whole Glede in a folder of its own, driven like a person drives it: by command and signal."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from glede.kit import crypto, postgres
from tests import head_start

_WITHIN = 90.0


def wait_until(what: str, condition: Callable[[], Any], *, within: float = _WITHIN) -> Any:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"In {within:g} seconds it did not happen that {what}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class House:
    """`glede` in one GLEDE_HOME on one port."""

    home: Path
    port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GLEDE_") or name == "GLEDE_NODE_MODULES"
        }
        return {**kept, "GLEDE_HOME": str(self.home), "GLEDE_PORT": str(self.port), **self.extra}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "glede.cli", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def has_tables(self) -> None:
        """Begin as after a first start that went no further than the tables."""
        self.home.mkdir(mode=0o700)
        (self.home / "secret-key").write_text(secrets.token_urlsafe(64))
        (self.home / "vault-keys").write_text(crypto.new_vault_key())
        for key in ("secret-key", "vault-keys"):
            (self.home / key).chmod(0o600)
        server = postgres.start(folder=self.home / "postgres")
        try:
            postgres.make_database(server, name="glede")
            head_start.give(server.url(database="glede"))
        finally:
            postgres.stop(server)

    def set_up(self, *, password_file: Path) -> None:
        password_file.write_text("correct horse battery")
        done = self.command(
            "setup",
            "--organisation=Test Group",
            "--owner-name=Ann Owner",
            "--owner-email=ann@example.org",
            f"--password-file={password_file}",
            "--brand=Red Kite:red-kite",
            "--brand=Twenty 11:twenty11",
        )
        assert done.returncode == 0, done.stderr

    @property
    def output(self) -> Path:
        return self.home.with_name(f"{self.home.name}.output")

    def said(self) -> str:
        return self.output.read_text() if self.output.exists() else ""

    def start(self, *arguments: str) -> None:
        """Start `glede run` and wait until it says that it is open."""
        with self.output.open("wb") as output:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "glede.cli", "run", *arguments],
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = self.running
        wait_until(
            "Glede opened", lambda: "Glede is open" in self.said() or running.poll() is not None
        )
        assert running.poll() is None, self.said()

    def health(self) -> dict[str, Any] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/health/", headers={"Host": "localhost"})
            answer = connection.getresponse()
            found = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        else:
            return dict(found) if answer.status == 200 else None
        finally:
            connection.close()

    def wait_until_well(self) -> dict[str, Any]:
        return dict(wait_until("health said that all is well", self.health))

    def processes(self) -> list[psutil.Process]:
        """Every process under `glede run`."""
        assert self.running is not None
        return psutil.Process(self.running.pid).children(recursive=True)

    def process(self, name: str) -> psutil.Process:
        """The child called by this subcommand, or the PostgreSQL server ("postgres")."""

        def find() -> psutil.Process | None:
            for found in psutil.Process(self.running.pid).children() if self.running else []:
                try:
                    words = found.cmdline()
                except psutil.Error:
                    continue  # on its way out
                if name in words[2:] or (name == "postgres" and words[0].endswith("/postgres")):
                    return found
            return None

        found = wait_until(f"there was a process {name}", find)
        assert isinstance(found, psutil.Process)
        return found

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.running is not None
        self.running.send_signal(signal.SIGINT)
        return self.running.wait(timeout=60)

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()
        self.running.wait(timeout=60)

    def close(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
            try:
                self.running.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()
