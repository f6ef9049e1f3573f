"""Make docs/reference/conformance.md from tests/platforms/journeys.toml and the platforms.

python -m tools.conformance_map              print the matrix
python -m tools.conformance_map --write      write the page
python -m tools.conformance_map --run NAMES  run what proves it, of all platforms or of these,
                                             and print the matrix of results
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from glede.platforms import registry
from glede.platforms.contract import Act, By, Can, Capabilities, Platform
from glede.rulebook.accounts.abilities import DONE, RECEIVED

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "platforms" / "journeys.toml"
PAGE = ROOT / "docs" / "reference" / "conformance.md"

#: What residents say; the rest of what is received is about what was said, or is ours.
_SAID = ("comments", "mentions", "quotes", "messages", "reviews", "forms")


class BadCellError(ValueError):
    """The data says something that cannot be so; the message says what."""


class Word(StrEnum):
    PROVEN = "proven"
    OTHERWISE = "another way"
    NOT_THERE = "not there"


SHAPES = {Word.PROVEN: "●", Word.OTHERWISE: "◐", Word.NOT_THERE: "○"}


@dataclass(frozen=True, slots=True)
class Journey:
    """What is tried, and whether a platform, by its own capabilities, could do it at all."""

    key: str
    name: str
    says: str
    possible: Callable[[Platform], bool]


@dataclass(frozen=True, slots=True)
class Cell:
    """One journey on one platform: the tests that prove it, or why there is none and what the desk
    does instead; then `tests` prove that."""

    tests: tuple[str, ...]
    none: str = ""
    instead: str = ""

    @property
    def word(self) -> Word:
        if not self.none:
            return Word.PROVEN
        return Word.OTHERWISE if self.tests else Word.NOT_THERE


type Row = Mapping[str, Cell]


# --- What a platform could do --------------------------------------------------------------


def _heard(*names: str, by: frozenset[By] = frozenset(By) - {By.NONE}) -> Callable[..., bool]:
    return lambda platform: any(platform.capabilities.receive[one].by in by for one in names)


def _done(*names: str) -> Callable[[Platform], bool]:
    return lambda platform: any(
        platform.capabilities.abilities[one].can is not Can.NO for one in names
    )


def _polled(platform: Platform) -> bool:
    return platform.poll_every > 0


def _watched(platform: Platform) -> bool:
    return platform.poll_every > 0 or platform.door is not None


def _by_token(platform: Platform) -> bool:
    return platform.oauth is not None or any(
        field.secret and field.required for field in platform.fields
    )


def _limited(platform: Platform) -> bool:
    door = platform.door
    return _by_token(platform) or (door is not None and door.allowances is not None)


_ACTS = tuple(act.value for act in Act)
JOURNEYS = (
    Journey("receive", "Receive", "what residents write comes in as it was written, with the "
            "platform's own time", _heard(*_SAID)),
    Journey("duplicate", "Duplicate", "what comes twice, or by two ways, is one message",
            _heard(*_SAID)),
    Journey("reorder", "Reorder", "calls that come in another order end in what is true",
            _heard(*_SAID, by=frozenset({By.WEBHOOK}))),
    Journey("edit", "Edit", "new words become a version beside the first, and no new clock",
            _heard("edits")),
    Journey("delete", "Delete", "what its author took back is marked so, and an unanswered "
            "enquiry is withdrawn", _heard("deletions")),
    Journey("gap", "Gap", "what was said while nobody heard is fetched, with its original time",
            _polled),
    Journey("reply", "Reply", "an answer stands where it was asked, once, with the platform's id "
            "and time", _done("reply_public", "reply_private")),
    Journey("lost_answer", "Time-out after success", "a write whose answer was lost is found by "
            "looking, and never stands twice", _done("reply_public", "reply_private", "publish")),
    Journey("token_death", "Token death", "a credential that ended is renewed, or a person is "
            "asked to connect again; nothing is lost or doubled", _by_token),
    Journey("throttle", "Throttle", "a limit is kept to, and waited out as long as it is told",
            _limited),
    Journey("moderation", "Moderation", "hide, show, delete, block, unblock and report do what "
            "they say, or are refused in words", _done(*_ACTS)),
    Journey("health", "Health", "an account that is not heard is told, and since when",
            _watched),
)  # fmt: skip


# --- The data ------------------------------------------------------------------------------


def everything(text: str = "") -> dict[str, Row]:
    """Every cell, by platform and journey. Raises `BadCellError`."""
    data = tomllib.loads(text or DATA.read_text(encoding="utf-8"))
    return {slug: _row(slug, given) for slug, given in data.items()}


def kits() -> dict[str, str]:
    """By platform, the test that runs the contract's checks with its kit."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return {slug: given["conformance"] for slug, given in data.items() if "conformance" in given}


def left_out(slug: str) -> dict[str, str]:
    """The contract's checks that do not fit this platform, each with its reason."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return dict(data[slug].get("left_out", {}))


def _row(slug: str, given: Mapping[str, object]) -> Row:
    known = {journey.key for journey in JOURNEYS}
    conformance = str(given.get("conformance", ""))
    row: dict[str, Cell] = {}
    for key, cell in given.items():
        if not isinstance(cell, dict) or key == "left_out":
            continue
        if key not in known:
            raise BadCellError(f"{slug}: there is no journey “{key}”.")
        row[key] = _cell(f"{slug}, {key}", conformance, cell)
    return row


def _cell(where: str, conformance: str, given: Mapping[str, Sequence[str]]) -> Cell:
    checks = tuple(f"{conformance}[{name}]" for name in given.get("checks", ()))
    if checks and not conformance:
        raise BadCellError(f"{where}: which test runs the checks is not said.")
    cell = Cell(
        checks + tuple(given.get("tests", ())),
        str(given.get("none", "")),
        str(given.get("instead", "")),
    )
    if not cell.tests and not cell.none:
        raise BadCellError(f"{where}: neither a test nor a reason.")
    if cell.tests and cell.none and not cell.instead:
        raise BadCellError(f"{where}: what the desk does instead is not said.")
    if cell.instead and not cell.none:
        raise BadCellError(f"{where}: an “instead” without the reason for it.")
    return cell


# --- The page ------------------------------------------------------------------------------

_BEFORE = f"""\
# Conformance
Twelve journeys, tried on every platform: against the sandbox, which speaks each platform's real
HTTP API, against real Bluesky servers, and at the website's own door. What a plug-in says it can,
a check of `glede/platforms/conformance.py` has to see done; what it says it cannot, it has to
refuse.

- {SHAPES[Word.PROVEN]} **proven**: tests do it on this platform; the number says how many.
- {SHAPES[Word.OTHERWISE]} **another way**: the platform does not offer it; the desk does something
  else instead, and tests prove that.
- {SHAPES[Word.NOT_THERE]} **not there**: there is nothing that could be done; the reason is below.

This page is made from `tests/platforms/journeys.toml` and the platforms' own capabilities by
`python -m tools.conformance_map --write`. A test fails when an installed platform or a journey is
missing, when a test that is named does not exist, when a reason contradicts what the platform says
it can, and when this page is out of date. `python -m tools.conformance_map --run` runs everything
that is named here and prints the results.
"""


def page(rows: Mapping[str, Row]) -> str:
    """The whole page."""
    lines = [_BEFORE, "## The journeys", *_meanings(), "", "## The matrix", *matrix(rows), ""]
    for slug, row in rows.items():
        lines += _section(registry.get(slug), row)
    return "\n".join(lines)


def _meanings() -> Iterator[str]:
    for journey in JOURNEYS:
        yield f"- **{journey.name}**: {journey.says}."


def matrix(rows: Mapping[str, Row], results: Mapping[str, str] | None = None) -> Iterator[str]:
    names = [registry.get(slug).name for slug in rows]
    yield f"| Journey | {' | '.join(names)} |"
    yield "|---|" + "---|" * len(names)
    for journey in JOURNEYS:
        cells = [_short(row[journey.key], results) for row in rows.values()]
        yield f"| {journey.name} | {' | '.join(cells)} |"


def _short(cell: Cell, results: Mapping[str, str] | None) -> str:
    said = f"{SHAPES[cell.word]} {cell.word.value}"
    if not cell.tests:
        return said
    if results is None:
        return f"{said} ({len(cell.tests)})"
    counted = Counter(_result(test, results) for test in cell.tests)
    return f"{said}: {', '.join(f'{number} {word}' for word, number in counted.items())}"


def _result(test: str, results: Mapping[str, str]) -> str:
    """Of a test with several cases the worst counts."""
    found = {word for name, word in results.items() if _names(test, name)}
    return next((word for word in ("failed", "skipped", "passed") if word in found), "not run")


def _names(test: str, case: str) -> bool:
    return case == test or case.startswith(f"{test}[")


def _section(platform: Platform, row: Row) -> Iterator[str]:
    yield f"## {platform.name}"
    yield "| Journey | Word | Why, and what instead | Proved by |"
    yield "|---|---|---|---|"
    for journey in JOURNEYS:
        cell = row[journey.key]
        why = " ".join(filter(None, [cell.none, cell.instead])) or "–"
        tests = "<br>".join(f"`{test}`" for test in cell.tests) or "–"
        yield _line(journey.name, f"{SHAPES[cell.word]} {cell.word.value}", why, tests)
    yield ""
    for name, why in left_out(platform.slug).items():
        yield f"The check “{name}” does not fit: {why[0].lower()}{why[1:]}"
        yield ""
    yield f"**What {platform.name} does not do, or only on conditions**"
    yield ""
    yield "| What | Word | Note | Source |"
    yield "|---|---|---|---|"
    for what, word, note, source in lacking(platform.capabilities):
        yield _line(what, word, note, source)
    yield ""


def lacking(capabilities: Capabilities) -> Iterator[tuple[str, str, str, str]]:
    for key, name in RECEIVED.items():
        heard = capabilities.receive[key]
        if heard.by is By.NONE:
            yield f"Hear: {name.lower()}", "no", heard.note, heard.source
    for key, name in DONE.items():
        ability = capabilities.abilities[key]
        if ability.can is not Can.YES:
            word = "no" if ability.can is Can.NO else "on conditions"
            yield name, word, ability.note, ability.source


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"


# --- Tests ---------------------------------------------------------------------------------


def proofs(rows: Mapping[str, Row]) -> list[str]:
    """Every test that is named, once."""
    return list(
        dict.fromkeys(test for row in rows.values() for c in row.values() for test in c.tests)
    )


def missing(tests: Sequence[str], found: Collection[str]) -> list[str]:
    return [test for test in tests if not any(_names(test, case) for case in found)]


class _Results:
    """What became of each case, as pytest reports it."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self.words[report.nodeid] = report.outcome


def run(rows: Mapping[str, Row]) -> tuple[int, dict[str, str]]:
    results = _Results()
    return int(pytest.main(["-q", *proofs(rows)], plugins=[results])), results.words


def main(arguments: list[str]) -> int:
    rows = everything()
    if arguments == ["--write"]:
        PAGE.write_text(page(rows), encoding="utf-8")
        print(f"Wrote {PAGE.relative_to(ROOT)}.")
        return 0
    code, results = 0, None
    if arguments[:1] == ["--run"]:
        rows = {slug: row for slug, row in rows.items() if slug in (arguments[1:] or rows)}
        code, results = run(rows)
    print("\n".join(matrix(rows, results)))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
