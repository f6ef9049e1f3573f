"""One person or two: their conversations go with their names, and come back with them."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from glede.desk.contacts import actions_known as contacts
from glede.desk.contacts import queries
from glede.desk.contacts.models import Contact
from glede.desk.contacts.rules import Asked, BadKnowledge
from glede.desk.conversations import actions_cases, queries_cases
from glede.flow import numbers
from glede.kit.words import of_error, say
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people.rules import Viewer


def merge(*, viewer: Viewer, source_id: int, target_id: int, why: str, now: datetime) -> None:
    """`source` is `target`: names, notes, adjustments and conversations. Raises `BadKnowledge`."""
    with transaction.atomic():
        _hold(source_id, target_id)
        going = queries_cases.ids_of_contact(source_id)
        contacts.merge(
            source_id=source_id,
            target_id=target_id,
            why=why,
            conversations=going,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        actions_cases.belong_to(ids=going, contact_id=target_id)


def undo(*, viewer: Viewer, regroup_id: int, now: datetime) -> None:
    """Take a merge back, or a split: names and conversations, with those begun since by these
    names. Raises `BadKnowledge`."""
    with transaction.atomic():
        of = queries.regroup(regroup_id)
        if of is None:
            raise BadKnowledge(say("There is nothing of that kind to take back."))
        _hold(of.source_id, of.target_id)
        # What went, and what these names began since.
        began = queries_cases.ids_by_handles(of.target_id, of.handles)
        theirs = set(queries_cases.ids_of_contact(of.target_id))
        back = sorted(theirs & (set(of.conversations) | set(began)))
        contacts.unmerge(
            regroup_id=regroup_id,
            conversations=back,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        actions_cases.belong_to(ids=back, contact_id=of.source_id)


def split(
    *, viewer: Viewer, contact_id: int, handle_ids: Sequence[int], why: str, now: datetime
) -> int:
    """These names are somebody else’s. Returns that person; raises `BadKnowledge`."""
    with transaction.atomic():
        _hold(contact_id)
        going = queries_cases.ids_by_handles(contact_id, handle_ids)
        made = contacts.split(
            contact_id=contact_id,
            handle_ids=handle_ids,
            why=why,
            conversations=going,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )
        actions_cases.belong_to(ids=going, contact_id=made.target_id)
        return made.target_id


# --- What we may know of them ---------------------------------------------------------------------


def adjust(*, viewer: Viewer, contact_id: int, asked: Asked, today: date, now: datetime) -> None:
    """Keep what they asked us to do, with their consent. Raises `BadKnowledge`."""
    with transaction.atomic():
        contacts.record(
            contact_id=contact_id,
            asked=asked,
            today=today,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )


def review(
    *,
    viewer: Viewer,
    contact_id: int,
    adjustment_id: int,
    review_on: date,
    today: date,
    now: datetime,
) -> None:
    """It still holds. Raises `BadKnowledge`."""
    with transaction.atomic():
        contacts.review(
            contact_id=contact_id,
            adjustment_id=adjustment_id,
            review_on=review_on,
            today=today,
            actor=viewer.actor,
            now=now,
        )


def end(*, viewer: Viewer, contact_id: int, adjustment_id: int, now: datetime) -> None:
    """It is needed no more, or their consent is taken back."""
    with transaction.atomic():
        contacts.end(
            contact_id=contact_id,
            adjustment_id=adjustment_id,
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )


def note(*, viewer: Viewer, contact_id: int, text: str, now: datetime) -> None:
    """Raises `BadKnowledge` when it is empty or too long."""
    with transaction.atomic():
        contacts.note(
            contact_id=contact_id, text=text, person_id=viewer.id, actor=viewer.actor, now=now
        )


def remove_note(*, viewer: Viewer, contact_id: int, note_id: int, now: datetime) -> None:
    """Its words are gone; that there was one stays in the record."""
    with transaction.atomic():
        contacts.remove_note(contact_id=contact_id, note_id=note_id, actor=viewer.actor, now=now)


def declare(*, viewer: Viewer, contact_id: int, declared_on: date, now: datetime) -> None:
    """They said of their own accord that they work here (clause 6.14)."""
    with transaction.atomic():
        contacts.declare(
            contact_id=contact_id,
            declared_on=declared_on,
            stamp=_stamp(now),
            person_id=viewer.id,
            actor=viewer.actor,
            now=now,
        )


def withdraw(*, viewer: Viewer, contact_id: int, now: datetime) -> None:
    """They took that back."""
    with transaction.atomic():
        contacts.withdraw(contact_id=contact_id, stamp=_stamp(now), actor=viewer.actor, now=now)


#: Speaking of us as one would face to face: where staff say who they are.
_DECLARING = "6.14"


def _stamp(now: datetime) -> Stamp:
    return Stamp(_DECLARING, numbers.in_force(now).version)


def _hold(*ids: int) -> None:
    try:
        contacts.lock(*ids)
    except Contact.DoesNotExist as error:
        raise BadKnowledge(of_error(error)) from error
