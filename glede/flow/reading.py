"""Staff say that they have read the policy in force (clause 1.1)."""

from datetime import datetime

from django.db import transaction

from glede.rulebook.guidance import actions as guidance
from glede.rulebook.people.rules import Viewer


def read(*, viewer: Viewer, version_id: int, now: datetime) -> None:
    with transaction.atomic():
        guidance.read(version_id=version_id, actor=viewer.actor, now=now)
