"""From what was read and decided to a policy document that can become a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from glede.rulebook.imports import typed
from glede.rulebook.imports.rules import FIELD, HOURS, Act, Found, Kind, required
from glede.rulebook.policy import registry
from glede.rulebook.policy.document.outline import Dated
from glede.rulebook.policy.registry import BadValue, UnknownRule
from glede.rulebook.policy.rules import ClauseText, Document, RuleText, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An item with what holds for it. `act` is `None` while nobody decided; then `value`, `clause`
    and `quote` are what was found."""

    id: int
    found: Found
    act: Act | None
    value: Any
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no version can be made yet, and the item where it is put right. Without a sentence,
    nobody decided about it."""

    item: int
    says: str


@dataclass(frozen=True, slots=True)
class Assumed:
    """A question nobody answered: what holds in the version until somebody does."""

    item: int
    key: str
    question: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a version made now would hold. `unbound` are answers that set no rule: they stay with
    the file."""

    obstacles: tuple[Obstacle, ...]
    assumed: tuple[Assumed, ...]
    unseen: tuple[int, ...]
    unbound: tuple[int, ...]
    rules: tuple[RuleText, ...]
    fields: Mapping[str, Any]


def plan(settled: Sequence[Settled]) -> Plan:
    """What is in the way, what stays assumed, and the rules and heading a version would have."""
    obstacles = [Obstacle(one.id, "") for one in settled if one.act is None and required(one.found)]
    rules, clashes = _rules(settled)
    return Plan(
        obstacles=(*obstacles, *clashes),
        assumed=tuple(_assumed(one) for one in settled if _open_question(one)),
        unseen=tuple(one.id for one in settled if one.found.kind is Kind.FLAG and one.act is None),
        unbound=tuple(
            one.id
            for one in settled
            if one.act in (Act.ANSWERED, Act.CONFIRMED) and _sets_none(one)
        ),
        rules=tuple(rules),
        fields=_fields(settled),
    )


def _open_question(one: Settled) -> bool:
    return one.found.kind is Kind.GAP and one.act is None


def _assumed(one: Settled) -> Assumed:
    words = typed.words(one.found.kind, one.found.key, one.found.value)
    return Assumed(one.id, one.found.key, one.found.says, words)


def _sets_none(one: Settled) -> bool:
    if one.found.kind is not Kind.GAP or one.found.key == HOURS:
        return False
    try:
        registry.kind(one.found.key)
    except UnknownRule:
        return True
    return False


def _fields(settled: Iterable[Settled]) -> dict[str, Any]:
    return {
        one.found.key: None if one.act is Act.DISMISSED else one.value
        for one in settled
        if one.found.kind is Kind.FIELD
    }


# --- Rules -----------------------------------------------------------------------------------


def _rules(settled: Sequence[Settled]) -> tuple[list[RuleText], list[Obstacle]]:
    """The rules by key: what the text says goes before a question nobody answered; two that differ
    stand in the way."""
    kept: dict[str, tuple[Settled, RuleText]] = {}
    clashes = []
    for one in sorted(settled, key=lambda one: (_open_question(one), one.id)):
        for rule in _of(one):
            if rule.key not in kept:
                kept[rule.key] = (one, rule)
                continue
            earlier, before = kept[rule.key]
            if before.value == rule.value or _open_question(one):
                continue
            clashes.append(
                Obstacle(
                    one.id,
                    f"{_named(rule)} is said twice: {_place(earlier, before)} and"
                    f" {_place(one, rule)}. Mark one of the two as not a rule.",
                )
            )
    return [rule for _, rule in kept.values()], clashes


def _of(one: Settled) -> Iterable[RuleText]:
    """The rules an item gives: none, one, or one for each day of a week."""
    if one.found.kind not in (Kind.RULE, Kind.GAP) or one.act is Act.DISMISSED:
        return
    if one.value is None:
        return
    status = _status(one)
    values = (
        {f"{HOURS}.{day}": spans for day, spans in one.value.items()}
        if one.found.key == HOURS
        else {one.found.key: one.value}
    )
    for key, value in values.items():
        try:
            registry.check(key, value)
        except (UnknownRule, BadValue):
            continue  # an answer the desk keeps and runs nothing by; decisions were checked before
        yield RuleText(key=key, value=value, status=status, clause=one.clause, quote=one.quote)


def _status(one: Settled) -> Status:
    """Written: found in the text and left as it is. What a person answered or put right is their
    word: confirmed."""
    if one.act is None:
        return Status.ASSUMED
    if one.act is Act.CONFIRMED and one.found.status == Status.WRITTEN and one.quote:
        return Status.WRITTEN
    return Status.CONFIRMED


def _named(rule: RuleText) -> str:
    return f"“{registry.kind(rule.key).meaning}”"


def _place(one: Settled, rule: RuleText) -> str:
    words = typed.words(Kind.RULE, rule.key, rule.value)
    return f"{words} in clause {one.clause}" if one.clause else words


# --- The document ----------------------------------------------------------------------------


def document(result: Mapping[str, Any], made: Plan, *, number: str, source_hash: str) -> Document:
    """The whole document under the version number `number`; `made` holds what was decided.

    `result` has the shape of `glede policy import --json`; it stays as the document's outline.
    """
    sections = {one["number"]: one["title"] for one in result.get("sections", ())}
    fields = made.fields
    return Document(
        number=number,
        title=str(fields.get("title") or "Policy"),
        clauses=tuple(
            ClauseText(
                number=clause["number"],
                text=clause["text"],
                section=sections.get(clause.get("section") or "", clause.get("section") or ""),
                heading=bool(clause.get("heading")),
            )
            for clause in result["clauses"]
        ),
        rules=made.rules,
        source_hash=source_hash,
        sections=sections,
        organisation=str(fields.get("organisation") or ""),
        approved_by=str(fields.get("approved_by") or ""),
        owner=str(fields.get("owner") or ""),
        reviewer=str(fields.get("reviewer") or ""),
        approved_on=_dated(fields.get("approved_on")),
        effective_on=_dated(fields.get("effective_on")),
        next_review=_dated(fields.get("next_review")),
        review_period_months=fields.get("review_period_months"),
        outline={name: value for name, value in result.items() if name not in FIELD},
    )


def _dated(value: Any) -> Dated | None:
    if not value:
        return None
    on = value.get("date")
    return Dated(value.get("written") or "", date.fromisoformat(on) if on else None)
