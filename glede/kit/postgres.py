"""The embedded PostgreSQL: a cluster in a folder, started, found again and stopped."""

import contextlib
import os
import re
import signal
import socket as sockets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from glede.kit import cluster, process
from glede.kit.cluster import PostgresError as PostgresError
from glede.kit.cluster import program as program

#: Owns the database and changes its tables.
OWNER = "glede_owner"
#: What web, door and worker connect as: uses the tables, owns none.
RUNNING = "glede"
_DEFAULT_PORT = 5432
#: For a small machine. Statements and DETAIL lines may quote what a resident wrote, so errors are
#: logged without either.
_SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "jit": "off",
    "io_method": "sync",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_LARGEST_LOG = 10_000_000
#: Servers this process started, by pid: only a parent can collect its dead child.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    folder: Path
    socket: Path
    port: int
    pid: int
    tcp: bool
    password: str = field(repr=False)

    def url(self, *, database: str, user: str = OWNER, tcp: bool = False) -> str:
        if not tcp:
            host = quote(str(self.socket), safe="")
            return f"postgresql://{user}@/{database}?host={host}&port={self.port}"
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"


def start(
    *,
    folder: Path,
    socket: Path | None = None,
    tcp: bool = False,
    durable: bool = True,
    bound: bool = True,
    within_seconds: float = 60,
) -> Server:
    """Start the cluster in `folder` (made if new), or find it running; safe to call twice at once.

    A bound server stops when the process that started it dies, once its clients have gone. Without
    durability it may lose data in a crash: for tests only.
    """
    account = process.database_account()
    folder = folder.resolve()
    socket = socket or folder / "socket"
    if len(os.fsencode(socket)) > cluster.LONGEST_SOCKET_FOLDER:
        raise PostgresError(f"{socket} is too long for a socket: choose a shorter folder.")
    cluster.make_folders(folder, socket, account=account)
    with cluster.locked(folder):
        _collect()
        until = time.monotonic() + within_seconds
        _wait_while_stopping(folder, until=until)
        if running := find(folder=folder):
            if tcp and not running.tcp:
                raise PostgresError(f"PostgreSQL in {folder} runs already, without a TCP port.")
            return running
        cluster.initialise(folder, account=account, durable=durable)
        server = _launch(
            folder, socket, account=account, tcp=tcp, durable=durable, bound=bound, until=until
        )
        _make_roles(server)
        return server


def find(*, folder: Path) -> Server | None:
    """The ready server of this folder, if it runs."""
    lines = _postmaster(folder)
    if lines is None or lines[7] != "ready":
        return None
    return Server(
        folder=folder.resolve(),
        socket=Path(lines[4]),
        port=int(lines[3]),
        pid=int(lines[0]),
        tcp=bool(lines[5]),
        password=(folder / "password").read_text(encoding="ascii"),
    )


def is_running(*, folder: Path) -> bool:
    return find(folder=folder) is not None


def stop(server: Server, *, within_seconds: float = 30) -> None:
    """Fast shutdown: open transactions are rolled back, nothing committed is lost."""
    with cluster.locked(server.folder):
        if not _is_postmaster(server.pid, server.folder):
            return
        os.kill(server.pid, signal.SIGINT)
        try:
            if child := _children.get(server.pid):
                child.wait(timeout=within_seconds)
            else:
                psutil.Process(server.pid).wait(timeout=within_seconds)
        except psutil.NoSuchProcess:
            return
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired) as error:
            raise PostgresError(
                f"PostgreSQL (process {server.pid}) did not stop within {within_seconds:g} seconds."
            ) from error
        _collect()


def make_database(server: Server, *, name: str, owner: str = OWNER) -> bool:
    """Make an empty database; False when it exists."""
    with _superuser(server) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(owner)
            )
        )
        return True


def drop_database(server: Server, *, name: str) -> None:
    with _superuser(server) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _collect() -> None:
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]


# --- Who runs ----------------------------------------------------------------------------------


def _is_postmaster(pid: int, folder: Path) -> bool:
    """Process ids are reused, above all in containers: a number in a file proves nothing."""
    with contextlib.suppress(psutil.Error, OSError):
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            return False
        return found.name() == "postgres" and Path(found.cwd()) == (folder / "data").resolve()
    return False


def _postmaster(folder: Path) -> list[str] | None:
    """The lines of postmaster.pid, if that process lives: pid, data, started, port, socket, …"""
    try:
        text = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    lines = [line.strip() for line in text.splitlines()]
    if not lines or not lines[0].isdecimal() or not _is_postmaster(int(lines[0]), folder):
        return None
    return lines + [""] * (8 - len(lines))


def _wait_while_stopping(folder: Path, *, until: float) -> None:
    while (lines := _postmaster(folder)) and lines[7] != "ready":
        if lines[7] == "stopping":
            # Nobody can connect to it any more, so do not wait for a client that stays.
            os.kill(int(lines[0]), signal.SIGINT)
        if time.monotonic() > until:
            raise PostgresError(
                f"PostgreSQL in {folder} (process {lines[0]}) neither starts nor stops."
            )
        time.sleep(0.05)


# --- Making and launching ------------------------------------------------------------------------


def _free_port() -> int:
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launch(
    folder: Path,
    socket: Path,
    *,
    account: process.Account | None,
    tcp: bool,
    durable: bool,
    bound: bool,
    until: float,
) -> Server:
    cluster.write_access_rules(folder)
    port = _free_port() if tcp else _DEFAULT_PORT
    for stale in (folder / "data" / "postmaster.pid", *socket.glob(".s.PGSQL.*")):
        # Left by a killed server; its number may by now be another process of ours, which
        # PostgreSQL would take for a living server. Shared memory still guards the files.
        stale.unlink(missing_ok=True)
    settings = _SETTINGS | {
        "listen_addresses": "127.0.0.1" if tcp else "",
        "port": str(port),
        "unix_socket_directories": str(socket),
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    command = [program("postgres"), "-D", str(folder / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = folder / "log"
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(folder / "log.1")
    with log.open("ab") as output:
        begins = output.tell()
        child = process.spawn(
            command,
            env=cluster.environment(),
            stdout=output,
            stderr=output,
            account=account,
            bound=bound,
            # Smart shutdown: whoever else was bound to the same parent may finish first.
            on_death=signal.SIGTERM,
        )
    _children[child.pid] = child
    while time.monotonic() < until:
        lines = _postmaster(folder)
        if lines and lines[7] == "ready" and lines[0] == str(child.pid):
            return Server(
                folder=folder,
                socket=socket,
                port=port,
                pid=child.pid,
                tcp=tcp,
                password=(folder / "password").read_text(encoding="ascii"),
            )
        if child.poll() is not None:
            break
        time.sleep(0.02)
    return _failed(child, log, begins)


def _failed(child: subprocess.Popen[bytes], log: Path, begins: int) -> Server:
    if child.poll() is None:
        child.send_signal(signal.SIGQUIT)
        child.wait()
    said = log.read_bytes()[begins:].decode(errors="replace")
    reasons = re.findall(r"(?:FATAL|PANIC|ERROR|error): *(.+)", said)
    raise PostgresError(f"PostgreSQL did not start ({'; '.join(reasons) or 'see'} {log}).")


# --- Roles -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _superuser(server: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        host=str(server.socket),
        port=server.port,
        user=cluster.SUPERUSER,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        yield connection


def _make_roles(server: Server) -> None:
    with _superuser(server) as connection:
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for name, rights in ((OWNER, "LOGIN CREATEDB"), (RUNNING, "LOGIN")):
            if name not in known:
                connection.execute(
                    sql.SQL("CREATE ROLE {} {} PASSWORD {}").format(
                        sql.Identifier(name), sql.SQL(rights), sql.Literal(server.password)
                    )
                )
