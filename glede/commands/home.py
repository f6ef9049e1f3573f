"""GLEDE_HOME: the folder, its keys, and the lock of whoever runs on it."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from glede.commands.failure import CommandError
from glede.kit import crypto


def prepare() -> None:
    """Make the folder and the keys that are neither set nor kept yet."""
    home: Path = settings.GLEDE_HOME
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    missing = []
    if settings.SECRET_KEY == settings.GLEDE_NO_SECRET_KEY:
        missing.append((home / "secret-key", secrets.token_urlsafe(64)))
    if not settings.GLEDE_VAULT_KEYS:
        missing.append((home / "vault-keys", crypto.new_vault_key()))
    if missing and (home / "postgres" / "initialised").exists():
        names = " and ".join(path.name for path, _content in missing)
        raise CommandError(
            f"{home} holds a database, but its {names} is gone. A new key could not open what was "
            "kept under the old one: put the file back, from a backup if need be."
        )
    for path, content in missing:
        _write_once(path, content)
    # The settings were read before there were keys.
    for path, _content in missing:
        name = "SECRET_KEY" if path.name == "secret-key" else "GLEDE_VAULT_KEYS"
        setattr(settings, name, path.read_text(encoding="ascii").strip())


def demo_websites() -> Path:
    """Which websites the demo has and how their calls are signed, for `sandbox.town.websites`."""
    return Path(settings.GLEDE_HOME) / "demo" / "websites.json"


def demo_sandbox() -> Path:
    """What the demo's platforms remember, and what they gave us to connect with."""
    return Path(settings.GLEDE_HOME) / "demo" / "sandbox"


def _write_once(path: Path, content: str) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    # Linked, not renamed: of two first starts at once, one key wins and both read it.
    with contextlib.suppress(FileExistsError):
        os.link(part, path)
    part.unlink()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold GLEDE_HOME for this process; the kernel lets go of a killed process's lock."""
    path: Path = settings.GLEDE_HOME / "run.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Glede already runs on {settings.GLEDE_HOME} (process {file.read().strip()}). "
                "Stop it first, or set GLEDE_HOME to another folder."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
