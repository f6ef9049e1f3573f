"""One person or two, and what we may know of them. Each act is in the record; its words are not."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from glede.desk.contacts import rules
from glede.desk.contacts.models import (
    Adjustment,
    Contact,
    Declaration,
    Handle,
    Note,
    Regroup,
)
from glede.desk.contacts.rules import Asked, BadKnowledge, Regrouped
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import UNSTAMPED, Actor, Details, Stamp, Verb


def lock(*ids: int) -> dict[int, Contact]:
    """These people, held until the transaction ends, always in the same order. Raises
    `Contact.DoesNotExist`."""
    found = Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    held = {one.pk: one for one in found}
    if len(held) < len(set(ids)):
        raise Contact.DoesNotExist("There is no such person.")
    return held


def merge(
    *,
    source_id: int,
    target_id: int,
    why: str,
    conversations: Sequence[int],
    person_id: int,
    actor: Actor,
    now: datetime,
) -> Regroup:
    """Everything of `source` is `target`’s from now on; `conversations` are those that go along.
    Raises `BadKnowledge`."""
    if source_id == target_id:
        raise BadKnowledge(say("That is this person already."))
    if not why.strip():
        raise BadKnowledge(say("Say what makes you sure that they are one person."))
    lock(source_id, target_id)
    moved: dict[str, Any] = {
        "handles": _ids(Handle.objects.filter(contact_id=source_id)),
        "notes": _ids(Note.objects.filter(contact_id=source_id)),
        "adjustments": _ids(Adjustment.objects.filter(contact_id=source_id)),
        "declarations": [],
        "conversations": list(conversations),
    }
    if not Declaration.objects.filter(contact_id=target_id, withdrawn_at=None).exists():
        moved["declarations"] = _ids(Declaration.objects.filter(contact_id=source_id))
    _give(moved, target_id)
    made = Regroup.objects.create(
        kind=Regrouped.MERGE,
        source_id=source_id,
        target_id=target_id,
        person_id=person_id,
        at=now,
        why=" ".join(why.split()),
        moved=moved,
    )
    _audit_both(made, Verb.CONTACTS_MERGED, actor=actor, now=now)
    return made


def unmerge(
    *, regroup_id: int, conversations: Sequence[int], person_id: int, actor: Actor, now: datetime
) -> Regroup:
    """They are two after all: what went goes back, with the conversations that its handles began
    since. Raises `BadKnowledge` where something newer has to go back first."""
    made = Regroup.objects.get(pk=regroup_id)
    lock(made.source_id, made.target_id)
    made.refresh_from_db()
    if made.undone_at is not None:
        raise BadKnowledge(say("It was taken back already."))
    both = (made.source_id, made.target_id)
    newer = Regroup.objects.filter(pk__gt=made.pk, undone_at=None)
    if newer.filter(Q(source_id__in=both) | Q(target_id__in=both)).exists():
        raise BadKnowledge(say("Something was merged or parted here since. Take that back first."))
    _give(made.moved, made.source_id)
    made.moved = {**made.moved, "went_back": list(conversations)}
    made.undone_at, made.undone_by_id = now, person_id
    made.save(update_fields=["moved", "undone_at", "undone_by"])
    _audit_both(made, Verb.CONTACTS_UNMERGED, actor=actor, now=now)
    return made


def split(
    *,
    contact_id: int,
    handle_ids: Sequence[int],
    why: str,
    conversations: Sequence[int],
    person_id: int,
    actor: Actor,
    now: datetime,
) -> Regroup:
    """These names belong to somebody else, who is a person of their own from now on. Notes and
    adjustments stay: whose they are only a person knows. Raises `BadKnowledge`."""
    lock(contact_id)
    theirs = Handle.objects.filter(contact_id=contact_id)
    chosen = list(theirs.filter(pk__in=handle_ids).order_by("first_seen_at", "pk"))
    if not chosen:
        raise BadKnowledge(say("Choose the names that belong to somebody else."))
    if len(chosen) == theirs.count():
        raise BadKnowledge(say("Leave at least one name here: otherwise nobody is parted."))
    if not why.strip():
        raise BadKnowledge(say("Say what shows that they are two people."))
    made_for = Contact.objects.create(name=chosen[0].name, created_at=now)
    moved = {"handles": [one.pk for one in chosen], "conversations": list(conversations)}
    _give(moved, made_for.pk)
    made = Regroup.objects.create(
        kind=Regrouped.SPLIT,
        source_id=contact_id,
        target=made_for,
        person_id=person_id,
        at=now,
        why=" ".join(why.split()),
        moved=moved,
    )
    _audit_both(made, Verb.CONTACT_SPLIT, actor=actor, now=now)
    return made


def note(*, contact_id: int, text: str, person_id: int, actor: Actor, now: datetime) -> Note:
    """Raises `BadKnowledge` when it is empty or too long."""
    words = " ".join(text.split())
    if not words:
        raise BadKnowledge(say("A note needs words."))
    if len(words) > rules.LONGEST_NOTE:
        raise BadKnowledge(say("Keep it to %(most)s characters.", most=rules.LONGEST_NOTE))
    made = Note.objects.create(contact_id=contact_id, text=words, person_id=person_id, at=now)
    _audit(contact_id, Verb.CONTACT_NOTED, {"note": made.pk}, actor=actor, now=now)
    return made


def remove_note(*, contact_id: int, note_id: int, actor: Actor, now: datetime) -> None:
    """Its words are gone; that there was one stays."""
    found = Note.objects.filter(pk=note_id, contact_id=contact_id, removed_at=None)
    if found.update(text="", removed_at=now):
        _audit(contact_id, Verb.CONTACT_NOTE_REMOVED, {"note": note_id}, actor=actor, now=now)


def record(
    *, contact_id: int, asked: Asked, today: date, person_id: int, actor: Actor, now: datetime
) -> Adjustment:
    """Keep an adjustment. Raises `BadKnowledge`, first of all without consent."""
    agreed = rules.check(asked, today=today)
    made = Adjustment.objects.create(
        contact_id=contact_id,
        wish=asked.wish,
        words=" ".join(asked.words.split()),
        since_on=asked.since_on,
        consent=agreed.consent,
        consent_on=agreed.on,
        review_on=asked.review_on,
        person_id=person_id,
        at=now,
    )
    details: Details = {"adjustment": made.pk, "review_on": asked.review_on.isoformat()}
    _audit(contact_id, Verb.ADJUSTMENT_RECORDED, details, actor=actor, now=now)
    return made


def review(
    *,
    contact_id: int,
    adjustment_id: int,
    review_on: date,
    today: date,
    actor: Actor,
    now: datetime,
) -> None:
    """It still holds, and is looked at again then. Raises `BadKnowledge`."""
    if review_on <= today:
        raise BadKnowledge(say("Choose a day to come on which somebody looks at it again."))
    found = Adjustment.objects.filter(pk=adjustment_id, contact_id=contact_id, ended_at=None)
    if found.update(review_on=review_on):
        details: Details = {"adjustment": adjustment_id, "review_on": review_on.isoformat()}
        _audit(contact_id, Verb.ADJUSTMENT_REVIEWED, details, actor=actor, now=now)


def end(
    *, contact_id: int, adjustment_id: int, person_id: int, actor: Actor, now: datetime
) -> None:
    """It is needed no more, or they took their consent back: its words go with it."""
    found = Adjustment.objects.filter(pk=adjustment_id, contact_id=contact_id, ended_at=None)
    if found.update(ended_at=now, ended_by_id=person_id, words=""):
        details: Details = {"adjustment": adjustment_id}
        _audit(contact_id, Verb.ADJUSTMENT_ENDED, details, actor=actor, now=now)


def declare(
    *, contact_id: int, declared_on: date, stamp: Stamp, person_id: int, actor: Actor, now: datetime
) -> None:
    """They said of their own accord that they work here (clause 6.14)."""
    lock(contact_id)
    if Declaration.objects.filter(contact_id=contact_id, withdrawn_at=None).exists():
        return
    Declaration.objects.create(
        contact_id=contact_id, declared_on=declared_on, person_id=person_id, at=now
    )
    _audit(contact_id, Verb.STAFF_DECLARED, {}, actor=actor, now=now, stamp=stamp)


def withdraw(*, contact_id: int, stamp: Stamp, actor: Actor, now: datetime) -> None:
    """They took it back; declaring is voluntary."""
    found = Declaration.objects.filter(contact_id=contact_id, withdrawn_at=None)
    if found.update(withdrawn_at=now):
        _audit(contact_id, Verb.STAFF_DECLARATION_WITHDRAWN, {}, actor=actor, now=now, stamp=stamp)


# --- Inside --------------------------------------------------------------------------------------


def _ids(found: Any) -> list[int]:
    return list(found.values_list("pk", flat=True))


def _give(moved: dict[str, Any], contact_id: int) -> None:
    Handle.objects.filter(pk__in=moved["handles"]).update(contact_id=contact_id)
    Note.objects.filter(pk__in=moved.get("notes", ())).update(contact_id=contact_id)
    Adjustment.objects.filter(pk__in=moved.get("adjustments", ())).update(contact_id=contact_id)
    Declaration.objects.filter(pk__in=moved.get("declarations", ())).update(contact_id=contact_id)


def _audit_both(of: Regroup, verb: Verb, *, actor: Actor, now: datetime) -> None:
    for one, other in ((of.source_id, of.target_id), (of.target_id, of.source_id)):
        details = {"regroup": of.pk, "other": other, "handles": len(of.moved["handles"])}
        _audit(one, verb, details, actor=actor, now=now)


def _audit(
    contact_id: int,
    verb: Verb,
    details: Details,
    *,
    actor: Actor,
    now: datetime,
    stamp: Stamp = UNSTAMPED,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="contact",
        object_id=contact_id,
        brand="",
        stamp=stamp,
        details=details,
        now=now,
    )
