"""Memory of web, worker and PostgreSQL at rest: `python -m bench.memory`.

PSS: what is shared between processes is counted once, divided among those who share it.
The yardstick is one Python interpreter that does nothing.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from bench import report

#: After the start everything settles; then a few pages are asked for, as a desk at rest has been.
SETTLES_WITHIN = 30.0
STARTS_WITHIN = 180.0
_MIB = 1024 * 1024


def main() -> None:
    with _running() as root:
        parts = _pss_by_part(root)
    for part, size in sorted(parts.items()):
        report.say(figure=f"memory at rest: {part}", value=size / _MIB, unit="MiB")
    counted = sum(size for part, size in parts.items() if part in {"web", "worker", "postgres"})
    report.say(
        figure="memory at rest: web, worker and PostgreSQL",
        value=counted / _MIB,
        unit="MiB",
        yardstick=report.Yardstick(
            what="an idle Python interpreter", value=_idle_python() / _MIB, unit="MiB"
        ),
    )


@contextlib.contextmanager
def _running() -> Iterator[psutil.Process]:
    with tempfile.TemporaryDirectory(prefix="glede-bench-") as home:
        # Kept outside the processes' own variables, so that nothing of a developer's leaks in.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GLEDE_")
        } | {"GLEDE_HOME": home, "GLEDE_PORT": str(_port())}
        if "GLEDE_NODE_MODULES" in os.environ:
            environment["GLEDE_NODE_MODULES"] = os.environ["GLEDE_NODE_MODULES"]
        base = f"http://localhost:{environment['GLEDE_PORT']}"
        with Path(home, "run.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name("glede")), "run"],
                env=environment,
                stdout=log,
                stderr=log,
            )
            try:
                _wait_for_health(process, base, Path(home, "run.log"))
                _ask_for_pages(base)
                time.sleep(SETTLES_WITHIN)
                yield psutil.Process(process.pid)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for_health(process: "subprocess.Popen[bytes]", base: str, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"glede run ended early:\n{log.read_text(encoding='utf-8')[-2000:]}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{base}/health/", timeout=2).status_code == 200:
                return
        time.sleep(0.5)
    sys.exit("glede run did not become healthy in time.")


def _ask_for_pages(base: str) -> None:
    for path in ("/accounts/login/", "/health/", "/accounts/login/"):
        httpx.get(f"{base}{path}", timeout=10).raise_for_status()


def _pss_by_part(root: psutil.Process) -> dict[str, int]:
    parts: dict[str, int] = {"run": root.memory_full_info().pss}
    for process in root.children(recursive=True) + _postgres_of(root):
        with contextlib.suppress(psutil.NoSuchProcess):
            part = _part(" ".join(process.cmdline()))
            parts[part] = parts.get(part, 0) + process.memory_full_info().pss
    return parts


def _postgres_of(root: psutil.Process) -> list[psutil.Process]:
    """The embedded server is not a child of `glede run`: it outlives it."""
    home = root.environ()["GLEDE_HOME"]
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(home in word for word in words) and "postgres" in words[0]:
            found.extend([process, *process.children(recursive=True)])
    known = {child.pid for child in root.children(recursive=True)}
    return [process for process in found if process.pid not in known]


def _part(command: str) -> str:
    if "postgres" in command:
        return "postgres"
    found = re.search(r"glede(?:\.cli)? (\w+)|(sandbox)[ .]", command)
    return next((word for word in found.groups() if word), "other") if found else "other"


def _idle_python() -> int:
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(1)
        return int(psutil.Process(process.pid).memory_full_info().pss)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
