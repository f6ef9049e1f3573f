"""Say that one has read the policy."""

from datetime import datetime

from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Stamp, Verb
from glede.rulebook.guidance import queries
from glede.rulebook.guidance.models import Receipt


class ReadingRefusedError(Exception):
    """The receipt cannot be given; the message says why."""


def read(*, version_id: int, actor: Actor, now: datetime) -> None:
    """A receipt for the version in force, of the person themselves; a second one does nothing."""
    if actor.kind is not ActorKind.PERSON:
        raise ReadingRefusedError(say("A person reads."))
    version = queries.asked_of_staff(at=now)
    if version is None or version.pk != version_id:
        raise ReadingRefusedError(
            say("Another version has come into force meanwhile: read that one, and confirm it.")
        )
    standing = queries.of_person(int(actor.id), version=version, now=now)
    if standing.is_read:
        return
    _, is_new = Receipt.objects.get_or_create(
        person_id=int(actor.id), version=version, turn=standing.turn, defaults={"read_at": now}
    )
    if is_new:
        audit.record(
            actor=actor,
            verb=Verb.POLICY_READ,
            object_kind="policy",
            object_id=version.pk,
            now=now,
            stamp=Stamp("1.1", version.number),
            details={"turn": standing.turn},
        )
