"""Bring a policy text in, and put it in force."""

from datetime import datetime

from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Details, Verb
from glede.rulebook.policy import rules
from glede.rulebook.policy.models import Clause, Rule, Version
from glede.rulebook.policy.rules import Document


class PolicyRefusedError(Exception):
    """What was asked of a policy version is not possible; the message says why."""


def draft(*, document: Document, actor: Actor, now: datetime) -> int:
    """Take a document in; it binds nobody until it is approved."""
    rules.check(document)
    if Version.objects.filter(number=document.number).exists():
        raise PolicyRefusedError(f"There is a version {document.number} already.")
    version = Version.objects.create(
        number=document.number,
        title=document.title,
        review_due_on=document.review_due_on,
        source_hash=document.source_hash,
    )
    Clause.objects.bulk_create(
        Clause(
            version=version,
            number=clause.number,
            section=clause.section,
            heading=clause.heading,
            text=clause.text,
            order=order,
        )
        for order, clause in enumerate(document.clauses)
    )
    Rule.objects.bulk_create(
        Rule(
            version=version,
            key=rule.key,
            value=rule.value,
            clause=rule.clause,
            quote=rule.quote,
            status=rule.status.value,
        )
        for rule in document.rules
    )
    _record(version, Verb.POLICY_DRAFTED, actor, now)
    return version.pk


def approve(
    *, version_id: int, approved_by: str, effective_at: datetime, actor: Actor, now: datetime
) -> None:
    """From `effective_at` on it binds what is received; from now on it never changes.

    Only the very first version may take effect in the past: another would change afterwards what
    people were promised.
    """
    version = Version.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise PolicyRefusedError(f"There is no policy version with the id {version_id}.")
    if version.approved_at is not None:
        raise PolicyRefusedError(
            f"Version {version.number} was approved on {version.approved_at:%-d %B %Y} and never"
            " changes: a change is a new version."
        )
    if not approved_by.strip():
        raise PolicyRefusedError("Say who approved it: a body or a person.")
    earlier = Version.objects.filter(approved_at__isnull=False)
    if effective_at < now and earlier.exists():
        raise PolicyRefusedError("A new version takes effect now or later, not in the past.")
    if earlier.filter(effective_at=effective_at).exists():
        raise PolicyRefusedError("Another version takes effect at this very time.")
    version.approved_by = approved_by.strip()
    version.approved_at = now
    version.effective_at = effective_at
    version.save(update_fields=["approved_by", "approved_at", "effective_at"])
    _record(version, Verb.POLICY_APPROVED, actor, now, {"effective_at": effective_at.isoformat()})


def discard(*, version_id: int, actor: Actor, now: datetime) -> None:
    """Throw a draft away."""
    version = Version.objects.select_for_update().filter(pk=version_id).first()
    if version is None or version.approved_at is not None:
        raise PolicyRefusedError("Only a draft can be thrown away.")
    _record(version, Verb.POLICY_DISCARDED, actor, now)
    version.rules.all().delete()
    version.clauses.all().delete()
    version.delete()


def _record(
    version: Version, verb: Verb, actor: Actor, now: datetime, details: Details | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="policy",
        object_id=version.pk,
        now=now,
        details={"version": version.number, **(details or {})},
    )
