"""Outlines by hand, and what is found in one sentence."""

from datetime import date
from typing import Any

from glede.rulebook.policy.document.outline import Clause, Outline, Section
from glede.rulebook.policy.findings.find import find
from glede.rulebook.policy.findings.values import Findings

TODAY = date(2026, 11, 22)


def outline(*texts: str, over: str = "Our approach", heading: str = "", **more: Any) -> Outline:
    """One section of numbered clauses; `heading` stands above them."""
    clauses = [Clause("1.1", heading, "1", heading=True)] if heading else []
    clauses += [Clause(f"1.{number}", text, "1") for number, text in enumerate(texts, start=2)]
    given: dict[str, Any] = {
        "title": "Social Media Policy",
        "sections": (Section("1", over),),
        "clauses": tuple(clauses),
        "text": "\n\n".join(clause.text for clause in clauses),
    }
    return Outline(**{**given, **more})


def found(*texts: str, **more: Any) -> Findings:
    return find(outline(*texts, **more), today=TODAY)


def rules(*texts: str, **more: Any) -> dict[str, Any]:
    return {rule.key: rule.value for rule in found(*texts, **more).rules}


def kinds(*texts: str, **more: Any) -> list[str]:
    """Kinds of flags, without what the sentence cannot be blamed for."""
    return [flag.kind for flag in found(*texts, **more).flags if flag.kind not in _ALWAYS]


_ALWAYS = {"silent_on", "no_review_date"}
