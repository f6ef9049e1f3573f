"""What the policy says at an instant."""

from bisect import bisect_right
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db.models import F, QuerySet

from glede.kit import once
from glede.rulebook.policy import rules
from glede.rulebook.policy.models import Clause, Rule, Version
from glede.rulebook.policy.rules import Document, NoPolicyYet, NoRule, Rulebook, RuleValue, Status

__all__ = [
    "NoPolicyYet",
    "NoRule",
    "RuleValue",
    "clauses",
    "model_policy",
    "rule",
    "rulebook",
    "rulebook_at",
    "version_at",
    "versions",
]


def rule(key: str, *, at: datetime) -> RuleValue:
    """One rule in force at `at`. Raises `NoRule`; for several, ask `rulebook_at` once."""
    return rulebook_at(at).rule(key)


def rulebook_at(at: datetime) -> Rulebook:
    beginnings = _beginnings()
    begun = bisect_right(beginnings, at, key=lambda one: one[0])
    if not begun:
        raise NoPolicyYet(_NONE_YET.format(at=at))
    return _rulebook(beginnings[begun - 1][1])


@once.remembered
def _beginnings() -> tuple[tuple[datetime, int], ...]:
    """When each approved version begins to bind, oldest first."""
    approved = Version.objects.filter(approved_at__isnull=False).order_by("effective_at")
    rows = approved.values_list("effective_at", "pk")
    return tuple((begins, pk) for begins, pk in rows if begins is not None)


def rulebook(version_id: int) -> Rulebook:
    """The rules of one version, a draft's as they stand now. Raises `NoRule` where there is none.

    Only an approved version is kept in memory: a draft may still change.
    """
    approved_at = Version.objects.filter(pk=version_id).values_list("approved_at", flat=True)
    if not approved_at:
        raise NoRule(f"There is no policy version with the number {version_id}.")
    return _rulebook(version_id) if approved_at[0] else _rulebook.__wrapped__(version_id)


def rulebook_of(version: Version) -> Rulebook:
    """The same for a version already fetched."""
    return _rulebook(version.pk) if version.approved_at else _rulebook.__wrapped__(version.pk)


def version_at(at: datetime) -> Version:
    found = _in_force(at).first()
    if found is None:
        raise NoPolicyYet(_NONE_YET.format(at=at))
    return found


def versions() -> list[Version]:
    """All of them, the newest first; drafts before what is approved."""
    return list(Version.objects.order_by(F("effective_at").desc(nulls_first=True), "-pk"))


def clauses(version_id: int) -> list[Clause]:
    return list(Clause.objects.filter(version_id=version_id).order_by("order"))


def rules_of(version_id: int) -> list[Rule]:
    return list(Rule.objects.filter(version_id=version_id).order_by("pk"))


def model_policy() -> Document:
    """A policy in our own words to begin with: `glede demo` and `glede setup` use it."""
    text = Path(__file__).with_name("model_policy.toml").read_text(encoding="utf-8")
    return rules.read(text)


_NONE_YET = (
    "No policy was in force on {at:%Y-%m-%d %H:%M} UTC: approve a version that starts earlier."
)


def _in_force(at: datetime) -> QuerySet[Version]:
    approved = Version.objects.filter(approved_at__isnull=False, effective_at__lte=at)
    return approved.order_by("-effective_at")


@lru_cache(maxsize=32)
def _rulebook(version_id: int) -> Rulebook:
    """Kept in memory: an approved version never changes."""
    version = Version.objects.get(pk=version_id)
    return Rulebook(
        version=version.number,
        version_id=version_id,
        rules={
            row.key: RuleValue(
                key=row.key,
                value=row.value,
                clause=row.clause,
                version=version.number,
                version_id=version_id,
                status=Status(row.status),
            )
            for row in version.rules.all()
        },
    )
