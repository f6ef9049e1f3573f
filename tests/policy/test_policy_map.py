"""The map from clauses to code: nothing is forgotten and nothing claimed without proof."""

import ast
from functools import cache
from pathlib import Path

import pytest

from glede.rulebook.policy import enforcement, queries
from glede.rulebook.policy.enforcement import BadEntryError, Word
from tools import policy_map

ROOT = Path(__file__).parents[2]
LINES = [(entry.number, line) for entry in enforcement.everything() for line in entry.lines]


@cache
def names_in(path: str) -> frozenset[str]:
    """`function` and `Class::function`, of what pytest would collect there."""
    found = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        before = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for one in members:
            if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
                found.add(before + one.name)
    return frozenset(found)


def test_every_clause_of_the_model_policy_has_its_line_and_no_line_is_about_nothing() -> None:
    clauses = [clause.number for clause in queries.model_policy().clauses]

    assert [entry.number for entry in enforcement.everything()] == [enforcement.HEADING, *clauses]


def test_every_module_a_line_names_is_there() -> None:
    gone = [(number, path) for number, line in LINES for path in line.modules
            if not (ROOT / path).exists()]  # fmt: skip

    assert gone == []


def test_every_test_a_line_names_is_there() -> None:
    gone = []
    for number, line in LINES:
        for test in line.tests:
            path, _, name = test.partition("::")
            if not (ROOT / path).is_file() or name not in names_in(path):
                gone.append((number, test))

    assert gone == []


def test_the_page_says_what_the_entries_say() -> None:
    written = policy_map.PAGE.read_text(encoding="utf-8")

    assert written == policy_map.page(enforcement.everything()), (
        "docs/policy-map.md is out of date: run `python -m tools.policy_map --write`."
    )


def test_every_rule_with_a_clause_in_the_model_policy_is_named_by_a_line_of_that_clause() -> None:
    named = {
        entry.number: {key for line in entry.lines for key in line.keys}
        for entry in enforcement.everything()
    }
    everywhere = set().union(*named.values())
    forgotten = {rule.key for rule in queries.model_policy().rules if rule.clause} - everywhere

    assert forgotten == set()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('word = "enforced"\ndoes = "All of it."\nmodules = ["glede/cli.py"]', "which test"),
        (
            'word = "partly"\ndoes = "Some."\nmodules = ["glede/cli.py"]\ntests = ["a::b"]',
            "missing",
        ),
        ('word = "not yet"', "missing"),
        ('word = "not yet"\nmissing = "All."\ntests = ["a::b"]', "no test"),
        (
            'word = "enforced"\ndoes = "x"\nmissing = "y"\nmodules = ["m"]\ntests = ["a::b"]',
            "partly",
        ),
    ],
)
def test_a_claim_without_its_proof_is_refused(line: str, says: str) -> None:
    with pytest.raises(BadEntryError, match=says):
        enforcement.read(f'[[clauses]]\nnumber = "6.5"\n[[clauses.lines]]\n{line}\n')


def test_one_open_duty_makes_a_clause_partly() -> None:
    settled = enforcement.for_clause("6.4")
    mixed = enforcement.for_clause("3.1")
    nothing = enforcement.for_clause("6.13")

    assert settled is not None
    assert settled.word is Word.ENFORCED
    assert mixed is not None
    assert mixed.word is Word.PARTLY
    assert nothing is not None
    assert nothing.word is Word.NOT_YET
    assert enforcement.for_clause("99.9") is None


def test_a_document_with_other_numbers_is_matched_by_its_rules_not_by_its_numbers() -> None:
    numbers = ["1", "2", "6.5"]
    photos = enforcement.for_text("6.5", keys=[], numbers=numbers)
    promise = enforcement.for_text("2", keys=["acknowledge.in_hours"], numbers=numbers)

    assert photos is None
    assert promise is not None
    assert promise.number == "2"
    assert promise.word is Word.ENFORCED


def test_a_document_built_like_the_model_is_matched_by_number() -> None:
    numbers = [clause.number for clause in queries.model_policy().clauses]

    assert enforcement.for_text("6.5", keys=[], numbers=numbers) == enforcement.for_clause("6.5")
