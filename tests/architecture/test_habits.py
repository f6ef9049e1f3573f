"""What we said we would not do, looked for in every file."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from glede.platforms import registry
from glede.worker import tasks
from tests.architecture import reading

#: Where it is the time that matters: the edge, and the flow around a network call.
BELOW_THE_EDGE = ("desk", "rulebook", "platforms", "kit")
#: kit/clock.py reads it for everybody. A stream lasts for hours, so nobody can pass it the time.
READERS = {"kit/clock.py", "platforms/bluesky/follow.py", "platforms/mastodon/follow.py"}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.datetime.now",
    "datetime.today",
    "date.today",
    "timezone.now",
    "time.time",
    "clock.now",
}
WRITES = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update"}


def test_nobody_below_the_edge_reads_the_clock() -> None:
    wrong = [
        f"{reading.where(path, call)} calls {reading.dotted(call.func)}"
        for path in reading.sources(*BELOW_THE_EDGE)
        if path.relative_to(reading.GLEDE).as_posix() not in READERS
        for call in reading.calls(path)
        if reading.dotted(call.func) in CLOCKS
    ]

    assert wrong == []


def _writes(call: ast.Call) -> bool:
    name = reading.dotted(call.func)
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    return call.func.attr == "save" or ".objects." in name or ".objects." in ast.unparse(call.func)


def test_only_actions_save() -> None:
    wrong = [
        f"{reading.where(path, call)}: {ast.unparse(call.func)}"
        for path in reading.sources("desk", "rulebook", "flow", "web", "door", "worker", "commands")
        if not path.stem.startswith("actions")
        for call in reading.calls(path)
        if _writes(call)
    ]

    assert wrong == []


def _compared(path: Path) -> Iterator[tuple[ast.AST, object]]:
    for node in ast.walk(reading.tree(path)):
        if isinstance(node, ast.Compare):
            for part in (node.left, *node.comparators):
                yield from (
                    (node, leaf.value) for leaf in ast.walk(part) if isinstance(leaf, ast.Constant)
                )
        elif isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Constant):
            yield node, node.value.value


def test_nobody_asks_which_platform_it_is() -> None:
    slugs = set(registry.slugs())
    wrong = [
        f"{reading.where(path, node)} compares with “{value}”"
        for path in reading.sources()
        for node, value in _compared(path)
        if value in slugs and path.relative_to(reading.GLEDE).parts[:2] != ("platforms", value)
    ]

    assert wrong == []


def test_packages_begin_empty() -> None:
    full = [
        str(path.relative_to(reading.ROOT))
        for folder in ("glede", "sandbox")
        for path in (reading.ROOT / folder).rglob("__init__.py")
        if path.read_text(encoding="utf-8").strip()
    ]

    assert full == []


def test_imports_stand_at_the_top() -> None:
    wrong = [
        reading.where(path, node)
        for path in reading.sources()
        for function in ast.walk(reading.tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert wrong == []


# --- Jobs ------------------------------------------------------------------------------------


def _deferred() -> Iterator[str]:
    """Every name given to `jobs.defer`, looked up where it is a constant of a module."""
    for path in reading.sources():
        dotted = ".".join(path.relative_to(reading.ROOT).with_suffix("").parts)
        for call in reading.calls(path):
            if reading.dotted(call.func) != "jobs.defer":
                continue
            assert dotted.startswith("glede.flow."), f"{reading.where(path, call)}: only flow may"
            name = call.args[0]
            if isinstance(name, ast.Constant):
                yield str(name.value)
                continue
            value: object = importlib.import_module(dotted)
            for part in reading.dotted(name).split("."):
                value = getattr(value, part)
            yield str(value)


def test_every_job_that_is_asked_for_is_bound_and_every_bound_job_is_asked_for() -> None:
    assert set(_deferred()) == set(tasks.BINDINGS)


# --- What a stranger's clone must not hold -----------------------------------------------------

_FOLDERS = ("/wo" + "rk/", "/ro" + "ot/", "/home/" + "[a-z]+/")
_HOSTS = ("pypi" + ".org", "files.python" + "hosted", "registry.npm" + "js")
_LOCAL = re.compile(
    "(?<![A-Za-z0-9_.{}$])(" + "|".join(_FOLDERS) + ")|" + "|".join(map(re.escape, _HOSTS))
)


def test_the_repository_names_no_machine_and_no_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=reading.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    wrong = []
    for name in filter(None, listed):
        path = reading.ROOT / name
        if not path.is_file() or path.suffix in {".png", ".woff2", ".ico"}:
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if found := _LOCAL.search(line):
                wrong.append(f"{name}:{number} names {found.group()}")

    assert wrong == []
