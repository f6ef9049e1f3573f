"""What enforces each clause, in one word and with its proof: docs/policy-map.md is made from this,
and the page of a clause shows the same word.

The entries follow the numbers of the model policy. A document with other numbers is matched by
the rules its clauses set: the same rule is enforced by the same code, whatever number stands
before it (`for_text`).
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

#: The entry about the document's own heading: version, approval, review.
HEADING = "Heading"


class BadEntryError(ValueError):
    """An entry claims more than it shows."""


class Word(StrEnum):
    ENFORCED = "enforced"
    PARTLY = "partly"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Line:
    """One duty of a clause. `tests` are `file::function` or `file::Class::function`, seen from
    the root of the repository; `modules` are files or folders there; `keys` the rules it keeps."""

    part: str
    word: Word
    does: str
    missing: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enforcement:
    """All duties of one clause."""

    number: str
    lines: tuple[Line, ...]

    @property
    def word(self) -> Word:
        """The word for the whole clause: one duty left open makes it *partly*."""
        words = {line.word for line in self.lines}
        return words.pop() if len(words) == 1 else Word.PARTLY


@lru_cache(maxsize=1)
def everything() -> tuple[Enforcement, ...]:
    """Every entry, in the order of the model policy. Raises `BadEntryError`."""
    text = Path(__file__).with_name("enforcement.toml").read_text(encoding="utf-8")
    return read(text)


def read(text: str) -> tuple[Enforcement, ...]:
    given = tomllib.loads(text)["clauses"]
    return tuple(
        Enforcement(entry["number"], tuple(_line(entry["number"], line) for line in entry["lines"]))
        for entry in given
    )


def for_clause(number: str) -> Enforcement | None:
    """By the numbers of the model policy."""
    return next((entry for entry in everything() if entry.number == number), None)


def for_text(number: str, *, keys: Collection[str], numbers: Collection[str]) -> Enforcement | None:
    """For a clause of any document: `numbers` are all of the document's, `keys` the rules that
    this clause sets.

    A document with the model's numbers is taken to be built like it. In any other a number means
    nothing, and only the rules tell what the desk does about a clause; None where it sets none.
    """
    known = {entry.number for entry in everything()} - {HEADING}
    if known <= set(numbers):
        return for_clause(number)
    lines = tuple(
        line for entry in everything() for line in entry.lines if set(line.keys) & set(keys)
    )
    return Enforcement(number, lines) if lines else None


def _line(number: str, given: dict[str, Any]) -> Line:
    line = Line(
        part=given.get("part", ""),
        word=Word(given["word"]),
        does=" ".join(given.get("does", "").split()),
        missing=" ".join(given.get("missing", "").split()),
        modules=tuple(given.get("modules", ())),
        tests=tuple(given.get("tests", ())),
        keys=tuple(given.get("keys", ())),
    )
    if complaint := _complaint(line):
        raise BadEntryError(f"Clause {number}{f' ({line.part})' if line.part else ''}: {complaint}")
    return line


def _complaint(line: Line) -> str:
    if line.word is Word.NOT_YET:
        if line.tests or line.modules:
            return "what is not done yet has no module and no test."
    elif not (line.does and line.modules and line.tests):
        return "a claim says what is done, where, and which test proves it."
    if line.word is Word.ENFORCED and line.missing:
        return "what is enforced lacks nothing: call it partly."
    if line.word is not Word.ENFORCED and not line.missing:
        return "say what is missing."
    return ""
