"""Child processes that do not outlive us, and the system account a database may run as."""

import contextlib
import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: PR_SET_PDEATHSIG, prctl(2): "send this signal to me when my parent dies".
_SET_PARENT_DEATH_SIGNAL = 1

_DATABASE_ACCOUNT = "glede-postgres"
_USERADD_FOLDERS = ("/usr/sbin", "/sbin", "/usr/bin")


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a process shall run as."""

    name: str
    uid: int
    gid: int


def _account(name: str) -> Account | None:
    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam(name)
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    return None


def database_account() -> Account | None:
    """Whom PostgreSQL runs as: us, or, as it refuses to run as root, an account of its own.

    `nobody` is the last resort, for systems on which no account can be made.
    """
    if os.geteuid() != 0:
        return None
    if known := _account(_DATABASE_ACCOUNT):
        return known
    for folder in _USERADD_FOLDERS:
        tool = Path(folder) / "useradd"
        if not tool.exists():
            continue
        # Two starts at once may both try: the loser's failure is answered by looking again.
        subprocess.run(  # noqa: S603 - a fixed command
            [str(tool), "--system", "--no-create-home", "--shell", "/bin/false", _DATABASE_ACCOUNT],
            check=False,
            capture_output=True,
        )
        if made := _account(_DATABASE_ACCOUNT):
            return made
    return _account("nobody")


def let_through(path: Path, *, account: Account) -> None:
    """Let the account walk down to a path inside a closed folder, such as a home directory.

    Only the right to pass through (x for others) is added, and only where it is missing: nobody
    can list or read more than before.
    """
    for folder in reversed(path.resolve().parents):
        status = folder.stat()
        own = status.st_uid == account.uid and status.st_mode & stat.S_IXUSR
        if not own and not status.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)


def let_read(folder: Path) -> None:
    """Make an installed package readable after an installation under a strict umask."""
    if folder.stat().st_mode & stat.S_IROTH:
        return
    for root, _folders, files in os.walk(folder):
        for path in (Path(root), *(Path(root) / name for name in files)):
            mode = stat.S_IMODE(path.lstat().st_mode)
            if not path.is_symlink():
                runnable = stat.S_IXOTH if mode & stat.S_IXUSR else 0
                path.chmod(mode | stat.S_IROTH | runnable)


def _bound_to_parent(parent: int, on_death: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def bind() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(on_death), 0, 0, 0)
        # The parent may have died before the line above: then the signal never comes.
        if os.getppid() != parent:
            os._exit(1)

    return bind


def die_with_parent(on_death: signal.Signals) -> None:
    """Ask for a signal when the parent of this process dies (Linux)."""
    if bind := _bound_to_parent(os.getppid(), on_death):
        bind()


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    stdout: IO[bytes] | None = None,
    stderr: IO[bytes] | None = None,
    account: Account | None = None,
    bound: bool = True,
    on_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own; a bound one is told to stop when we die.

    Call it from the main thread: "parent" means the thread that called.
    """
    return subprocess.Popen(  # noqa: S603 - commands are ours
        list(command),
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd="/" if account else None,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        # Ctrl-C in a terminal goes to the whole group; we decide who stops when.
        start_new_session=True,
        preexec_fn=_bound_to_parent(os.getpid(), on_death) if bound else None,
    )
