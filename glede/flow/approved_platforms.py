"""Decide which platforms we may be on (clauses 2.1 and 3.1)."""

from datetime import date, datetime

from django.db import transaction

from glede.rulebook.accounts import actions_register, queries_register
from glede.rulebook.accounts.actions import AccountRefusedError
from glede.rulebook.accounts.register import Status
from glede.rulebook.audit.rules import SYSTEM, Actor


def begin(*, now: datetime) -> int:
    """Enter the platforms an organisation begins with; safe to repeat."""
    with transaction.atomic():
        return actions_register.begin(actor=SYSTEM, now=now)


def decide(
    *,
    slug: str,
    status: Status,
    reason: str,
    office: str,
    review_on: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Raises `RegisterRefusedError`, and `registry.UnknownPlatform` for one nobody knows."""
    known = queries_register.entry(slug)
    with transaction.atomic():
        actions_register.decide(
            slug=slug,
            name=known.name,
            status=status,
            reason=reason,
            office=office,
            review_on=review_on,
            actor=actor,
            now=now,
        )


def must_be_usable(slug: str) -> None:
    """Raises `AccountRefusedError` with who decides, where the platform is not approved."""
    refusal = queries_register.entry(slug).refusal()
    if refusal:
        raise AccountRefusedError(refusal)
