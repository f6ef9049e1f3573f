"""A desk as it runs in life: `glede web` and `glede worker` on a database of their own."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from glede.commands.children import glede
from glede.kit import process
from tests.real.network import Account, Network, wait_for
from tests.runner.house import free_port

_ROOT = Path(__file__).parents[2]
_STOPS_WITHIN = 20
_NODE_MODULES = os.environ.get("GLEDE_NODE_MODULES", str(_ROOT / "build" / "node_modules"))
#: What the desk's processes wrote last, when a test fails.
_LAST_LINES = 60


class DatabaseAwayError(Exception):
    """The hand could not do it now; whether it was done, the database knows."""


@dataclass
class Desk:
    """One desk: where it is, and its processes by name."""

    home: Path
    database: Mapping[str, str]
    #: Where the test itself looks into the database, past any proxy.
    look_at: str
    extra: Mapping[str, str] = field(default_factory=dict)
    #: Settings of one process alone, by its name.
    apart: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _hand: subprocess.Popen[str] | None = None
    _keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.home / "static").mkdir(parents=True, exist_ok=True)
        self._keys = {
            "GLEDE_SECRET_KEY": "only-for-tests-" + "y" * 50,
            "GLEDE_VAULT_KEYS": Fernet.generate_key().decode(),
        }

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GLEDE_")}
        return {
            **kept,
            "GLEDE_NODE_MODULES": _NODE_MODULES,
            "GLEDE_HOME": str(self.home),
            "GLEDE_PORT": str(self.port),
            **self.database,
            **self._keys,
            **self.extra,
        }

    # --- Processes ------------------------------------------------------------------------

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            glede(*arguments),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def start(self, name: str) -> None:
        """Call it from the main thread: a process is bound to the thread that started it."""
        arguments = ["web", "--port", str(self.port)] if name == "web" else [name]
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = process.spawn(
                glede(*arguments),
                env={**self.environment(), **self.apart.get(name, {})},
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> int | None:
        """SIGKILL to it and to whatever it started, at once; its pid, if it was alive."""
        running = self.running.get(name)
        if running is None or running.poll() is not None:
            return None
        # It leads a group of its own: web's server and its worker die in the same moment.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        return running.pid

    def stop(self) -> None:
        hand, self._hand = self._hand, None
        if hand is not None:
            for end in (hand.stdin, hand.stdout):
                with contextlib.suppress(OSError):
                    if end is not None:
                        end.close()
            _end(hand)
        for running in reversed(self.running.values()):
            running.terminate()
        for running in self.running.values():
            _end(running)

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

    def logs(self) -> str:
        told = []
        for log in sorted(self.home.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
            told.append("\n".join((f"--- {log.name}", *lines)))
        return "\n".join(told)

    # --- What a test asks and does ----------------------------------------------------------

    def do(self, verb: str, /, **arguments: Any) -> Any:
        """One of the hand's verbs. Raises `DatabaseAwayError` where the database was away."""
        if self._hand is None or self._hand.poll() is not None:
            self._hand = self._new_hand()
        assert self._hand.stdin is not None
        assert self._hand.stdout is not None
        self._hand.stdin.write(json.dumps({"do": verb, "with": arguments}) + "\n")
        self._hand.stdin.flush()
        line = self._hand.stdout.readline()
        answer = json.loads(line) if line else {"error": "the hand died"}
        if "away" in answer:
            raise DatabaseAwayError(answer["away"])
        assert "error" not in answer, f"{verb}: {answer['error']}\n{self.logs()}"
        return answer["did"]

    def _new_hand(self) -> subprocess.Popen[str]:
        with (self.home / "hand.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.real.hand"],
                env=self.environment(),
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def rows(self, question: str, *values: object) -> list[dict[str, Any]]:
        """What stands in the desk's database."""
        with psycopg.connect(self.look_at, row_factory=psycopg.rows.dict_row) as connection:
            # The question is a constant of a test.
            return connection.execute(question, values).fetchall()  # type: ignore[call-overload]

    def wait_for[T](
        self, found: Callable[[], T | None], *, what: str, within_seconds: float = 60
    ) -> T:
        """As the network's, with the desk's logs when it does not come."""
        try:
            return wait_for(found, what=what, within_seconds=within_seconds, every=0.2)
        except AssertionError as error:
            error.add_note(self.logs())
            raise

    def wait_until_well(self) -> None:
        self.wait_for(self.health, what="the desk to say that it is well")

    def connect(
        self, network: Network, account: Account, *, brand: str = "red-kite", **settings: str
    ) -> int:
        """Connect a brand's page on the network; faults stand between the two."""
        made: int = self.do(
            "connect",
            brand=brand,
            did=account.did,
            handle=account.handle,
            password=account.app_password,
            base_url=network.pds,
            settings={
                "stream_url": network.pds.replace("http://", "ws://"),
                "timeout_seconds": "5",
                "poll_every": "1",
                **settings,
            },
        )
        return made

    def conversation_of(self, native_id: str) -> dict[str, Any] | None:
        """The conversation a resident's post became, with its newest clock."""
        found = self.rows(
            """
            SELECT conversation.id, conversation.name, conversation.state, conversation.due_at,
                conversation.due_kind, conversation.due_clause,
                message.received_at, clock.state AS clock,
                clock.due_at AS clock_due_at, clock.stopped_at, clock.started_at, clock.clause,
                clock.in_hours
            FROM conversations_message AS message
            JOIN conversations_conversation AS conversation
                ON conversation.id = message.conversation_id
            LEFT JOIN conversations_enquiry AS enquiry ON enquiry.id = message.enquiry_id
            LEFT JOIN clocks_clock AS clock
                ON clock.enquiry_id = enquiry.id AND clock.kind = 'acknowledge'
            WHERE message.native_id = %s
            """,
            native_id,
        )
        return found[0] if found else None


def _end(running: subprocess.Popen[Any]) -> None:
    try:
        running.wait(timeout=_STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


@contextlib.contextmanager
def prepared(
    home: Path,
    database: Mapping[str, str],
    *,
    look_at: str,
    apart: Mapping[str, Mapping[str, str]] | None = None,
    **extra: str,
) -> Iterator[Desk]:
    """A desk with tables and the group in it; nothing of it runs yet."""
    desk = Desk(home=home, database=database, look_at=look_at, extra=extra, apart=apart or {})
    try:
        made = desk.command("database")
        assert made.returncode == 0, made.stderr
        desk.do("build")
        yield desk
    finally:
        desk.stop()
