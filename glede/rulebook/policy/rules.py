"""What a rule says at an instant, and whether a policy document can be worked by."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from glede.kit.words import Spoken, say
from glede.rulebook.policy import registry
from glede.rulebook.policy.document.outline import Dated


class NoRule(LookupError):  # noqa: N818 - reads as a sentence
    """No policy version says it."""


class NoPolicyYet(NoRule):
    """No version is in force at that time: not one that says too little, none at all."""


class BadDocument(ValueError):  # noqa: N818 - reads as a sentence
    """A policy document contradicts itself or the registry."""


class Status(Spoken):
    """Where a value comes from."""

    WRITTEN = "written"
    ASSUMED = "assumed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class RuleValue:
    """One rule in force: its value, and the clause and version to keep with what it produces."""

    key: str
    value: Any
    clause: str
    version: str
    version_id: int
    status: Status


@dataclass(frozen=True, slots=True)
class ClauseText:
    number: str
    text: str
    section: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as a document gives it. `quote` is the words of the clause it was read from."""

    key: str
    value: Any
    status: Status
    clause: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole policy text with the rules read out of it; not yet in force.

    Offices are names of posts, not of people (“Head of Relationships”). Dates of the heading keep
    the words they were written in. `outline` is everything else that was read out of the file, in
    the shape of `glede policy import --json`: definitions, duties, laws, related, gaps, flags.
    """

    number: str
    title: str
    clauses: tuple[ClauseText, ...]
    rules: tuple[RuleText, ...]
    #: Where the heading names no date of its own; else `next_review` goes before.
    review_due_on: date | None = None
    #: SHA-256 of the file it came from, in hex.
    source_hash: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    organisation: str = ""
    approved_by: str = ""
    owner: str = ""
    reviewer: str = ""
    approved_on: Dated | None = None
    effective_on: Dated | None = None
    next_review: Dated | None = None
    review_period_months: int | None = None
    outline: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of the version in force at an instant; ask it several things with one look-up."""

    version: str
    version_id: int
    rules: dict[str, RuleValue]

    def rule(self, key: str) -> RuleValue:
        """What the version says; where it is silent, the registry's assumption."""
        kind = registry.kind(key)
        if found := self.rules.get(key):
            return found
        if kind.default is None:
            raise NoRule(
                say(
                    "Policy version %(version)s does not say “%(key)s”, and it must.",
                    version=self.version,
                    key=key,
                )
            )
        return RuleValue(key, kind.default, "", self.version, self.version_id, Status.ASSUMED)


def check(document: Document) -> None:
    """Raises `BadDocument`, `registry.UnknownRule` or `registry.BadValue`."""
    clauses = {clause.number: clause for clause in document.clauses}
    if len(clauses) != len(document.clauses):
        raise BadDocument(say("Two clauses have the same number."))
    _no_key_twice(document.rules)
    for rule in document.rules:
        registry.check(rule.key, rule.value)
        if rule.clause and rule.clause not in clauses:
            raise BadDocument(
                say(
                    "The rule %(rule)s names clause %(clause)s: there is none.",
                    rule=rule.key,
                    clause=rule.clause,
                )
            )
        if rule.status is Status.WRITTEN:
            _stands_there(rule, clauses.get(rule.clause))


def _no_key_twice(rules: Iterable[RuleText]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.key in seen:
            raise BadDocument(say("The rule %(rule)s is given twice.", rule=rule.key))
        seen.add(rule.key)


def _stands_there(rule: RuleText, clause: ClauseText | None) -> None:
    if clause is None or not rule.quote or rule.quote not in clause.text:
        raise BadDocument(
            say(
                "The rule %(rule)s is called written, but its quote does not stand in clause"
                " %(clause)s.",
                rule=rule.key,
                clause=rule.clause or say("(none named)"),
            )
        )


def read(text: str) -> Document:
    """A document as TOML: see model_policy.toml beside this."""
    given = tomllib.loads(text)
    sections = {section["number"]: section["title"] for section in given["sections"]}
    return Document(
        number=given["number"],
        title=given["title"],
        review_due_on=given.get("review_due_on"),
        review_period_months=given.get("review_period_months"),
        owner=given.get("owner", ""),
        reviewer=given.get("reviewer", ""),
        outline=given.get("outline", {}),
        sections=sections,
        clauses=tuple(
            ClauseText(
                number=clause["number"],
                text=" ".join(clause["text"].split()),
                section=sections[clause["number"].partition(".")[0]],
                heading=clause.get("heading", False),
            )
            for clause in given["clauses"]
        ),
        rules=tuple(
            RuleText(
                key=rule["key"],
                value=rule["value"],
                status=Status(rule["status"]),
                clause=rule.get("clause", ""),
                quote=rule.get("quote", ""),
            )
            for rule in given["rules"]
        ),
    )
