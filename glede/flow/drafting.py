"""A policy read from a file at the command line becomes a draft, all of it or nothing."""

from datetime import datetime

from django.db import transaction

from glede.rulebook.audit.rules import Actor
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy.rules import Document


def draft(*, document: Document, actor: Actor, now: datetime) -> int:
    """Returns the version's id; what `policy.actions.draft` refuses is refused here too."""
    with transaction.atomic():
        return policy.draft(document=document, actor=actor, now=now)
