"""The next version begun from an earlier one: the same text, its flags looked for anew. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from glede.rulebook.policy.document.outline import (
    Clause,
    Dated,
    Definition,
    Duty,
    Named,
    Outline,
    Section,
)
from glede.rulebook.policy.findings import find
from glede.rulebook.policy.rules import Document, RuleText, Status


def again(document: Document, *, number: str, today: date) -> Document:
    """A draft of the next version. Its dates are open: it is neither approved nor in force.

    Rules keep their status and their quotes; what should be looked at is found anew, since law and
    bodies have changed names since the text was read the first time.
    """
    found = find.find(outline_of(document), today=today)
    kept = dict(document.outline)
    return replace(
        document,
        number=number,
        approved_on=None,
        effective_on=None,
        next_review=None,
        review_due_on=None,
        source_hash="",
        outline={
            **kept,
            "version": number,
            "flags": [asdict(flag) for flag in found.flags] or kept.get("flags", []),
        },
    )


def reworded(document: Document, *, clause: str, text: str, today: date) -> Document:
    """The draft with other words in one clause, and its rules read out of them anew.

    A rule whose quote still stands keeps its value. One whose words are gone takes the value the
    new words give it; if they give none, it becomes an open question with its old value.
    """
    clauses = tuple(
        replace(one, text=text) if one.number == clause else one for one in document.clauses
    )
    changed = replace(document, clauses=clauses)
    found = find.find(outline_of(changed), today=today)
    read = {rule.key: rule for rule in found.rules if rule.clause == clause and rule.quote in text}
    rules = []
    for rule in document.rules:
        if rule.clause != clause or not rule.quote or rule.quote in text:
            rules.append(rule)
        elif again := read.get(rule.key):
            rules.append(RuleText(rule.key, again.value, Status.WRITTEN, clause, again.quote))
        else:
            rules.append(RuleText(rule.key, rule.value, Status.ASSUMED, clause))
    kept = dict(document.outline)
    outline = {**kept, "flags": [asdict(flag) for flag in found.flags] or kept.get("flags", [])}
    return replace(changed, rules=tuple(rules), outline=outline)


def outline_of(document: Document) -> Outline:
    """The outline a stored document was read from, as far as it was kept."""
    kept = document.outline
    sections = {
        str(row.get("number")): str(row.get("section", "")) for row in _rows(kept, "clauses")
    }
    clauses, position = [], 0
    for clause in document.clauses:
        end = position + len(clause.text)
        section = sections.get(clause.number, clause.section)
        clauses.append(Clause(clause.number, clause.text, section, clause.heading, position, end))
        position = end + 1
    return Outline(
        title=document.title,
        organisation=document.organisation,
        version=document.number,
        approved_by=document.approved_by,
        owner=document.owner,
        reviewer=document.reviewer,
        effective_on=document.effective_on,
        approved_on=document.approved_on,
        next_review=document.next_review or _review(document),
        review_period_months=document.review_period_months,
        sections=tuple(
            Section(str(row.get("number", "")), str(row.get("title", "")))
            for row in _rows(kept, "sections")
        ),
        clauses=tuple(clauses),
        definitions=tuple(
            Definition(str(row.get("term", "")), str(row.get("text", "")), _clause(row))
            for row in _rows(kept, "definitions")
        ),
        duties=tuple(
            Duty(str(row.get("role", "")), str(row.get("text", "")), _clause(row))
            for row in _rows(kept, "duties")
        ),
        laws=_named(kept, "laws"),
        related=_named(kept, "related"),
        cited=_named(kept, "cited"),
        platforms=_named(kept, "platforms"),
        text="\n".join(clause.text for clause in document.clauses),
    )


def _review(document: Document) -> Dated | None:
    return Dated("", document.review_due_on) if document.review_due_on else None


def _rows(outline: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    for row in outline.get(key, ()):
        yield {"name": row} if isinstance(row, str) else row


def _named(outline: Mapping[str, Any], key: str) -> tuple[Named, ...]:
    return tuple(
        Named(str(row.get("name", "")), _clause(row), str(row.get("quote", "")))
        for row in _rows(outline, key)
    )


def _clause(row: Mapping[str, Any]) -> str:
    return str(row.get("clause", ""))
