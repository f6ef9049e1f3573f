"""One clause as a page shows it: its text in a version, its rules, what enforces it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from glede.kit import clock
from glede.kit.words import say
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import enforcement, queries
from glede.rulebook.policy.enforcement import Enforcement
from glede.rulebook.policy.queries import NoRule
from glede.rulebook.policy.registry import KINDS
from glede.rulebook.policy.rules import Status
from glede.web.policy.pages import marked, value_words

#: Who works on a draft may see it; everybody else sees what was approved.
_SEES_DRAFTS = (Permission.DRAFT_POLICY, Permission.APPROVE_POLICY)


@dataclass(frozen=True, slots=True)
class Choice:
    """A version to choose from."""

    id: int
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A clause in the list beside the text."""

    number: str
    begins: str
    heading: bool
    open_questions: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    meaning: str
    value: str
    status: str
    note: int
    source: str
    key: str

    @property
    def is_open(self) -> bool:
        return self.status == Status.ASSUMED


@dataclass(frozen=True, slots=True)
class ClausePage:
    version_id: int
    title: str
    number: str
    standing: str
    in_force: bool
    versions: tuple[Choice, ...]
    sections: tuple[tuple[str, tuple[Neighbour, ...]], ...]
    clause: str
    section: str
    heading: bool
    text: SafeString
    rules: tuple[RuleRow, ...]
    questions: tuple[str, ...]
    enforcement: Enforcement | None

    @property
    def open_rules(self) -> tuple[RuleRow, ...]:
        return tuple(rule for rule in self.rules if rule.is_open)

    @property
    def open_count(self) -> int:
        return len(self.open_rules) + len(self.questions)


def clause_page(
    number: str, *, version_id: int | None, viewer: Viewer, now: datetime
) -> ClausePage | None:
    """The clause in the version in force, or in the one asked for; None where there is none that
    this person may see."""
    try:
        current = queries.version_at(now)
    except NoRule:
        current = None
    seen = [version for version in queries.versions() if may_see(version, viewer)]
    wanted = version_id if version_id is not None else current.pk if current else None
    version = next((one for one in seen if one.pk == wanted), None)
    if version is None:
        return None
    clauses = queries.clauses(version.pk)
    clause = next((one for one in clauses if one.number == number), None)
    if clause is None:
        return None
    rules = queries.rules_of(version.pk)
    of_clause = [rule for rule in rules if rule.clause == number]
    quotes = list(dict.fromkeys(rule.quote for rule in of_clause if rule.quote))
    return ClausePage(
        version_id=version.pk,
        title=version.title,
        number=version.number,
        standing=_standing(version, current),
        in_force=current is not None and current.pk == version.pk,
        versions=tuple(
            Choice(
                one.pk,
                say(
                    "Version %(number)s, %(standing)s",
                    number=one.number,
                    standing=_standing(one, current),
                ),
                one.pk == version.pk,
            )
            for one in seen
        ),
        sections=_sections(clauses, rules),
        clause=clause.number,
        section=clause.section,
        heading=clause.heading,
        text=marked(clause.text, quotes),
        rules=tuple(_rule(rule, quotes) for rule in of_clause),
        questions=_questions(version, number),
        enforcement=enforcement.for_text(
            number,
            keys={rule.key for rule in of_clause},
            numbers={one.number for one in clauses},
        ),
    )


def may_see(version: Any, viewer: Viewer) -> bool:
    return version.approved_at is not None or any(map(viewer.may, _SEES_DRAFTS))


def _standing(version: Any, current: Any) -> str:
    if version.approved_at is None or version.effective_at is None:
        return say("a draft")
    if current is not None and version.pk == current.pk:
        return say("in force since %(day)s", day=clock.short_date_words(version.effective_at))
    if current is not None and version.effective_at > current.effective_at:
        return say("in force from %(day)s", day=clock.short_date_words(version.effective_at))
    return say(
        "in force from %(day)s, then followed by another",
        day=clock.short_date_words(version.effective_at),
    )


def _sections(
    clauses: Sequence[Any], rules: Sequence[Any]
) -> tuple[tuple[str, tuple[Neighbour, ...]], ...]:
    found: dict[str, list[Neighbour]] = {}
    for clause in clauses:
        open_questions = sum(
            rule.clause == clause.number and rule.status == Status.ASSUMED for rule in rules
        )
        found.setdefault(clause.section, []).append(
            Neighbour(clause.number, clause.text, clause.heading, open_questions)
        )
    return tuple((section, tuple(neighbours)) for section, neighbours in found.items())


def _rule(rule: Any, quotes: list[str]) -> RuleRow:
    kind = KINDS.get(rule.key)
    return RuleRow(
        meaning=kind.meaning if kind else rule.key,
        value=value_words(rule.value),
        status=rule.status,
        note=quotes.index(rule.quote) + 1 if rule.quote else 0,
        source=kind.source if kind else "",
        key=rule.key,
    )


def _questions(version: Any, number: str) -> tuple[str, ...]:
    """Open questions that the reading of the document left at this clause."""
    outline = getattr(version, "outline", None) or {}
    return tuple(
        str(gap["question"])
        for gap in outline.get("gaps", ())
        if gap.get("clause") == number and gap.get("question")
    )
