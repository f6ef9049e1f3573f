"""Keep the registers beside the policy, each change in one transaction (sections 4.1 and 8)."""

from datetime import datetime

from django.db import transaction

from glede.rulebook.people.rules import Viewer
from glede.rulebook.policy import actions_registers as registers
from glede.rulebook.policy import queries
from glede.rulebook.policy.actions_registers import Card, Law


def keep_related(*, viewer: Viewer, related_id: int | None, card: Card, now: datetime) -> int:
    with transaction.atomic():
        return registers.keep_related(related_id=related_id, card=card, actor=viewer.actor, now=now)


def check_related(*, viewer: Viewer, related_id: int, found: bool, now: datetime) -> None:
    with transaction.atomic():
        registers.check_related(related_id=related_id, found=found, actor=viewer.actor, now=now)


def drop_related(*, viewer: Viewer, related_id: int, now: datetime) -> None:
    with transaction.atomic():
        registers.drop_related(related_id=related_id, actor=viewer.actor, now=now)


def keep_law(*, viewer: Viewer, law_id: int | None, law: Law, now: datetime) -> int:
    with transaction.atomic():
        return registers.keep_law(
            law_id=law_id, law=law, check_every=_months(now), actor=viewer.actor, now=now
        )


def check_law(*, viewer: Viewer, law_id: int, now_called: str, note: str, now: datetime) -> None:
    with transaction.atomic():
        registers.check_law(
            law_id=law_id,
            now_called=now_called,
            note=note,
            check_every=_months(now),
            actor=viewer.actor,
            now=now,
        )


def _months(now: datetime) -> int:
    return int(queries.rule("law.check_every", at=now).value)
