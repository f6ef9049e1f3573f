"""Read an organisation's policy out of its own file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from glede.rulebook.policy import registry
from glede.rulebook.policy.document import build
from glede.rulebook.policy.document.blocks import Limits, Progress
from glede.rulebook.policy.document.errors import UnreadableError
from glede.rulebook.policy.document.outline import Dated, Named, Outline
from glede.rulebook.policy.document.read import read as read_file
from glede.rulebook.policy.findings.find import find
from glede.rulebook.policy.findings.values import Findings, FoundRule
from glede.rulebook.policy.rules import ClauseText, Document, RuleText, Status

__all__ = ["Imported", "Progress", "UnreadableError", "as_json", "read", "to_document"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A file as understood: what it says of itself and its clauses, and what was found in them."""

    outline: Outline
    findings: Findings
    #: SHA-256 of the file, in hexadecimal digits.
    source_hash: str = ""


def read(
    data: bytes,
    name: str,
    *,
    today: date,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Imported:
    """Raises `UnreadableError`; its message is one sentence for the person who chose the file."""
    source = read_file(data, name, limits=limits, progress=progress)
    outline = build.outline(source)
    return Imported(outline, find(outline, today=today), sha256(data).hexdigest())


def as_json(imported: Imported) -> dict[str, Any]:
    """The shape of `glede policy import --json`: docs/reference/policy-import.md."""
    outline, findings = imported.outline, imported.findings
    return {
        "title": outline.title,
        "organisation": outline.organisation,
        "version": outline.version,
        "approved_by": outline.approved_by,
        "owner": outline.owner,
        "reviewer": outline.reviewer,
        "effective_on": _dated(outline.effective_on),
        "approved_on": _dated(outline.approved_on),
        "next_review": _dated(outline.next_review),
        "review_period_months": outline.review_period_months,
        "sections": [{"number": s.number, "title": s.title} for s in outline.sections],
        "clauses": [
            {"number": c.number, "heading": c.heading, "section": c.section, "text": c.text}
            for c in outline.clauses
        ],
        "definitions": [
            {"term": d.term, "text": d.text, "clause": d.clause} for d in outline.definitions
        ],
        "duties": [{"role": d.role, "text": d.text, "clause": d.clause} for d in outline.duties],
        "laws": _names(outline.laws),
        "related": _names(outline.related),
        "cited": [{"name": n.name, "clause": n.clause} for n in outline.cited],
        "platforms": _names(outline.platforms),
        "truncated": outline.truncated,
        "rules": [_rule(rule) for rule in findings.rules],
        "gaps": [
            {"key": g.key, "assumed": g.assumed, "question": g.question, "clause": g.clause}
            for g in findings.gaps
        ],
        "flags": [
            {"kind": f.kind, "clause": f.clause, "quote": f.quote, "says": f.says, "key": f.key}
            for f in findings.flags
        ],
    }


def to_document(imported: Imported, *, number: str = "") -> Document:
    """What `actions.draft` takes: clauses, and the rules that the desk knows. `number` is for a
    document that gives itself none."""
    outline = imported.outline
    titles = {section.number: section.title for section in outline.sections}
    return Document(
        number=number or outline.version or "1",
        title=outline.title,
        clauses=tuple(
            ClauseText(c.number, c.text, titles.get(c.section, ""), c.heading)
            for c in outline.clauses
        ),
        rules=tuple(_known(imported.findings.rules)),
        source_hash=imported.source_hash,
        sections=titles,
        organisation=outline.organisation,
        approved_by=outline.approved_by,
        owner=outline.owner,
        reviewer=outline.reviewer,
        approved_on=outline.approved_on,
        effective_on=outline.effective_on,
        next_review=outline.next_review,
        review_period_months=outline.review_period_months,
        outline=as_json(imported),
    )


def _known(found: Iterable[FoundRule]) -> Iterable[RuleText]:
    """One rule of each key: the first, for the clauses stand in their order; a second value of the
    same key is a flag, not a rule."""
    seen: set[str] = set()
    for rule in found:
        if rule.key in seen or not registry.knows(rule.key):
            continue
        if rule.status is Status.WRITTEN and not rule.clause:
            continue  # said in the heading, which the version keeps in fields of its own
        seen.add(rule.key)
        yield RuleText(rule.key, rule.value, rule.status, rule.clause, rule.quote)


def _dated(dated: Dated | None) -> dict[str, str | None] | None:
    if dated is None:
        return None
    return {"written": dated.written, "date": dated.on.isoformat() if dated.on else None}


def _names(named: Iterable[Named]) -> list[str]:
    return [one.name for one in named]


def _rule(rule: FoundRule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "value": rule.value,
        "unit": rule.unit,
        "clause": rule.clause,
        "quote": rule.quote,
        "status": rule.status.value,
    }
