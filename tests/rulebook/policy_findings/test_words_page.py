"""The page of words names every word the importer uses."""

from pathlib import Path

from glede.rulebook.policy import registry
from glede.rulebook.policy.findings import gaps
from glede.rulebook.policy.findings.flags import KINDS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "policy-words.md").read_text("utf-8")


def test_every_kind_of_flag_is_explained() -> None:
    assert [kind for kind in KINDS if f"| `{kind}` |" not in PAGE] == []


def test_every_question_is_explained_and_has_a_kind() -> None:
    asked = {*gaps.RULES, *gaps.QUESTIONS, "unknown_document"}

    assert [key for key in asked if not registry.knows(key)] == []
    assert [key for key in asked if f"`{key}`" not in PAGE and not key.startswith("hours.")] == []
