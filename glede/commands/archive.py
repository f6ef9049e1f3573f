"""One archive with everything: the database, the files, the keys, and a manifest at its end."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from glede.commands.failure import CommandError
from glede.kit import postgres

_FORMAT = 1
_MANIFEST = "manifest.json"
_DUMP = "database.dump"
#: The heads of the record are taken before the database: it must know every one of them.
_KEPT = ("audit-heads.jsonl", "secret-key", "vault-keys")


# --- Writing -----------------------------------------------------------------------------------


def automatic_path(why: str, *, now: datetime) -> Path:
    folder: Path = settings.GLEDE_HOME / "backups"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{now:%Y-%m-%dT%H%M%S}Z-{why}.glede"


def write(path: Path, *, now: datetime) -> None:
    """Write an archive that only its owner can read; never over another file."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with (
            os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            tempfile.TemporaryDirectory(prefix="glede-backup-", dir=path.parent) as work,
        ):
            _fill(file, Path(work), now=now)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # unlike a rename, refuses to overwrite
    except FileExistsError as error:
        raise CommandError(f"{path} exists: a backup overwrites nothing.") from error
    finally:
        part.unlink(missing_ok=True)


def _fill(file: IO[bytes], work: Path, *, now: datetime) -> None:
    members = {}
    for name in _KEPT:
        if (settings.GLEDE_HOME / name).exists():
            members[f"home/{name}"] = Path(shutil.copy(settings.GLEDE_HOME / name, work))
    members[_DUMP] = work / _DUMP
    program("pg_dump", "--format=custom", f"--file={members[_DUMP]}")
    store = Path(settings.GLEDE_STORE)
    for found in sorted(store.rglob("*")):
        if found.is_file() and not found.is_symlink():
            members[f"store/{found.relative_to(store)}"] = found
    listed = {}
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, source in members.items():
            # A file may be cleaned away while we run: what the database needs was there at the
            # dump, and files are never changed, only added and removed.
            with contextlib.suppress(FileNotFoundError):
                listed[name] = _add(tar, name, source)
        manifest = json.dumps(
            {
                "format": _FORMAT,
                "at": now.isoformat(),
                "version": metadata.version("glede"),
                "migrations": sorted(
                    f"{app}.{name}"
                    for app, name in MigrationRecorder(connection).applied_migrations()
                ),
                "files": listed,
            }
        ).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size, entry.mode = len(manifest), 0o600
        tar.addfile(entry, io.BytesIO(manifest))


def _add(tar: tarfile.TarFile, name: str, source: Path) -> str:
    with source.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        content.seek(0)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = os.fstat(content.fileno()).st_size, 0o600
        entry.mtime = os.fstat(content.fileno()).st_mtime
        tar.addfile(entry, content)
    return digest


# --- Reading -----------------------------------------------------------------------------------


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Unpack into a folder that goes away again, with every file checked against the manifest."""
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    settings.GLEDE_HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.GLEDE_HOME) as work:
        folder = Path(work)
        try:
            with tarfile.open(path, "r:") as tar:
                tar.extractall(folder, filter="data")
            manifest = json.loads((folder / _MANIFEST).read_bytes())
        except (tarfile.TarError, FileNotFoundError, ValueError, EOFError) as error:
            raise CommandError(
                f"{path} is not a whole Glede backup ({error}). Nothing was changed."
            ) from error
        _verify(path, folder, manifest)
        yield folder, manifest


def _verify(path: Path, folder: Path, manifest: Mapping[str, Any]) -> None:
    if manifest.get("format") != _FORMAT or _DUMP not in manifest["files"]:
        raise CommandError(f"{path} is of a format this version does not know.")
    for name, digest in manifest["files"].items():
        member = folder / name
        if not member.is_file() or _digest(member) != digest:
            raise CommandError(f"{path} is damaged: {name} is not what was backed up.")
    unknown = set(manifest["migrations"]) - _known_migrations()
    if unknown:
        raise CommandError(
            f"{path} was made by a newer Glede (version {manifest['version']}): install that first."
        )
    program("pg_restore", "--list", str(folder / _DUMP), connects=False)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _known_migrations() -> set[str]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}


def dump_in(folder: Path) -> Path:
    return folder / _DUMP


def program(name: str, *arguments: str, connects: bool = True) -> str:
    """Run a PostgreSQL program on our database; the password goes by the environment."""
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    if connects:
        environment |= _connection_environment()
    done = subprocess.run(
        [postgres.program(name), *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CommandError(f"{name} failed: {done.stderr.strip()}")
    return done.stdout


def _connection_environment() -> dict[str, str]:
    known = connection.settings_dict
    options = {f"PG{key.upper()}": str(value) for key, value in known["OPTIONS"].items()}
    named = {
        "PGHOST": known["HOST"],
        "PGPORT": known["PORT"],
        "PGUSER": known["USER"],
        "PGPASSWORD": known["PASSWORD"],
        "PGDATABASE": known["NAME"],
    }
    return options | {key: str(value) for key, value in named.items() if value}
