"""A policy version on its way into force: each step in one transaction, and the people told.

Draft → in review → a decision recorded → confirmed by a second person → in force from its time on.
"""

from datetime import datetime

from django.db import transaction

from glede.flow import approved_platforms, notices
from glede.rulebook.audit.rules import SYSTEM, Actor
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import actions as policy
from glede.rulebook.policy import actions_life as life
from glede.rulebook.policy import actions_registers as registers
from glede.rulebook.policy import queries, queries_life, redrafting
from glede.rulebook.policy.actions_life import Decided
from glede.rulebook.policy.rules import Document


def begin(*, document: Document, approved_by: str, effective_at: datetime, now: datetime) -> int:
    """The first version, at set-up: in force at once, recorded as such; the registers hold what it
    names, and the platforms one begins with are approved. Returns its id."""
    with transaction.atomic():
        version_id = policy.draft(document=document, actor=SYSTEM, now=now)
        policy.approve(
            version_id=version_id,
            approved_by=approved_by,
            effective_at=effective_at,
            actor=SYSTEM,
            now=now,
        )
        _into_registers(version_id, SYSTEM, now=now)
        approved_platforms.begin(now=now)
    return version_id


def submit(*, viewer: Viewer, version_id: int, now: datetime) -> None:
    """Into review; whoever may approve is told."""
    with transaction.atomic():
        life.submit(version_id=version_id, actor=viewer.actor, now=now)
        _tell_approvers(
            version_id,
            but=viewer.id,
            key=f"policy:{version_id}:submitted:{now:%Y%m%d%H%M%S}",
            says="is in review: a decision on it can be recorded.",
            now=now,
        )


def reword(*, viewer: Viewer, version_id: int, clause: str, text: str, now: datetime) -> None:
    """Other words for one clause of a draft; the rules they set are read out of them."""
    with transaction.atomic():
        document = redrafting.reworded(
            queries_life.document(version_id),
            clause=clause,
            text=" ".join(text.split()),
            today=queries_life.today(now),
        )
        policy.reword(
            version_id=version_id, clause=clause, document=document, actor=viewer.actor, now=now
        )


def send_back(*, viewer: Viewer, version_id: int, because: str, now: datetime) -> None:
    """Back to being a draft; those who worked on it are told."""
    with transaction.atomic():
        life.send_back(version_id=version_id, because=because, actor=viewer.actor, now=now)
        version = queries_life.by_id(version_id)
        if version is not None:
            notices.tell(
                people=[person for person in version.hands if person != viewer.id],
                key=f"policy:{version_id}:back:{now:%Y%m%d%H%M%S}",
                says=f"Version {version.number} of the policy came back from review.",
                href=f"/policy/versions/{version.number}/",
                now=now,
            )


def record(*, viewer: Viewer, version_id: int, decided: Decided, now: datetime) -> None:
    """Write a body's decision down; whoever else may approve is asked to confirm it."""
    with transaction.atomic():
        life.record_approval(version_id=version_id, decided=decided, actor=viewer.actor, now=now)
        _tell_approvers(
            version_id,
            but=viewer.id,
            key=f"policy:{version_id}:recorded:{now:%Y%m%d%H%M%S}",
            says="has a decision recorded that a second person must confirm.",
            now=now,
        )


def withdraw(*, viewer: Viewer, version_id: int, now: datetime) -> None:
    with transaction.atomic():
        life.withdraw(version_id=version_id, actor=viewer.actor, now=now)


def confirm(*, viewer: Viewer, version_id: int, now: datetime) -> datetime:
    """The second person agrees: it binds from the returned instant on, the registers take over
    what it names."""
    with transaction.atomic():
        effective_at = life.confirm(version_id=version_id, actor=viewer.actor, now=now)
        _into_registers(version_id, viewer.actor, now=now)
    return effective_at


def discard(*, viewer: Viewer, version_id: int, now: datetime) -> None:
    with transaction.atomic():
        policy.discard(version_id=version_id, actor=viewer.actor, now=now)


def take_over(*, viewer: Viewer, version_id: int, now: datetime) -> int:
    """Into the registers, what a version names; returns how much that was."""
    with transaction.atomic():
        return _into_registers(version_id, viewer.actor, now=now)


def _into_registers(version_id: int, by: Actor, *, now: datetime) -> int:
    months = int(queries.rulebook(version_id).rule("law.check_every").value)
    return registers.take_over(version_id=version_id, check_every=months, actor=by, now=now)


def _tell_approvers(version_id: int, *, but: int, key: str, says: str, now: datetime) -> None:
    version = queries_life.by_id(version_id)
    if version is None:
        return
    able = people.who_may(Permission.APPROVE_POLICY, brand_id=None, now=now)
    notices.tell(
        people=[one.id for one in able if one.id != but],
        key=key,
        says=f"Version {version.number} of the policy {says}",
        href=f"/policy/versions/{version.number}/",
        now=now,
    )
