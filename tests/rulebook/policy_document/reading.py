"""A file read the way the importer reads it, with what the tests ask of it."""

from pathlib import Path

from glede.rulebook.policy.document import build
from glede.rulebook.policy.document.outline import Clause, Outline
from glede.rulebook.policy.document.read import read
from tests.rulebook.policy_document import rendering

DOCUMENTS = Path(__file__).parent / "documents"
NAMES = sorted(path.stem for path in DOCUMENTS.glob("*.txt"))


def text_of(name: str) -> str:
    return (DOCUMENTS / f"{name}.txt").read_text(encoding="utf-8")


def outline(data: bytes, name: str = "policy.txt") -> Outline:
    return build.outline(read(data, name))


def document(name: str) -> Outline:
    return outline(rendering.plain(text_of(name)))


def clause(given: Outline, number: str) -> Clause:
    return next(clause for clause in given.clauses if clause.number == number)


def numbers(given: Outline) -> list[str]:
    return [clause.number for clause in given.clauses]


def titles(given: Outline) -> list[tuple[str, str]]:
    return [(section.number, section.title) for section in given.sections]


def duties(given: Outline) -> list[tuple[str, str]]:
    return [(duty.role, duty.text) for duty in given.duties]


def names(named: object) -> list[str]:
    return [one.name for one in named]  # type: ignore[attr-defined]
