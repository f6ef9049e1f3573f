"""The registers beside the policy: documents it leans on (section 8) and law it relies on (4.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Details, Stamp, Verb
from glede.rulebook.policy import registers
from glede.rulebook.policy.actions import PolicyRefusedError, local_day
from glede.rulebook.policy.life import review_due
from glede.rulebook.policy.models import Related, Reliance, Version

_DOCUMENTS, _LAW = Stamp("8"), Stamp("4.1")


@dataclass(frozen=True, slots=True)
class Card:
    """What is known about a related document."""

    title: str
    owner: str = ""
    edition: str = ""
    location: str = ""
    review_due_on: date | None = None
    clauses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Law:
    """A law or guidance as written and as now; `now` is empty where both are the same."""

    written: str
    now: str = ""
    guidance: bool = False
    note: str = ""
    clauses: Sequence[str] = ()


def take_over(*, version_id: int, check_every: int, actor: Actor, now: datetime) -> int:
    """Enter what a version names and no register holds yet; returns how much that was.

    What people wrote in a register stays. `check_every` is in months.
    """
    version = Version.objects.filter(pk=version_id).first()
    if version is None:
        raise PolicyRefusedError(
            say("There is no policy version with the id %(number)s.", number=version_id)
        )
    due_on = review_due(local_day(now), check_every, month_only=False)
    entered = 0
    known = {registers.folded(title) for title in Related.objects.values_list("title", flat=True)}
    for title, clauses in registers.related(version.outline):
        if registers.folded(title) not in known:
            known.add(registers.folded(title))
            made = Related.objects.create(title=title, clauses=clauses)
            _record("related", made.pk, Verb.REGISTER_CHANGED, actor, now, stamp=_DOCUMENTS)
            entered += 1
    known = {registers.folded(law) for law in Reliance.objects.values_list("written", flat=True)}
    for law in registers.laws(version.outline):
        if registers.folded(law.written) not in known:
            known.add(registers.folded(law.written))
            row = Reliance.objects.create(
                written=law.written,
                guidance=law.guidance,
                clauses=law.clauses,
                note=law.note,
                check_due_on=due_on,
            )
            _record("law", row.pk, Verb.REGISTER_CHANGED, actor, now, stamp=_LAW)
            entered += 1
    return entered


def keep_related(*, related_id: int | None, card: Card, actor: Actor, now: datetime) -> int:
    """Enter a related document, or change what is known about it."""
    title = " ".join(card.title.split())
    if not title:
        raise PolicyRefusedError(say("A document needs a title."))
    others = Related.objects.exclude(pk=related_id or 0)
    if _taken(title, others.values_list("title", flat=True)):
        raise PolicyRefusedError(say("“%(title)s” is in the register already.", title=title))
    row = Related() if related_id is None else _related(related_id)
    row.title, row.owner = title, card.owner.strip()
    row.edition, row.location = card.edition.strip(), card.location.strip()
    row.review_due_on, row.clauses = card.review_due_on, list(card.clauses)
    row.save()
    _record("related", row.pk, Verb.REGISTER_CHANGED, actor, now, stamp=_DOCUMENTS)
    return row.pk


def check_related(*, related_id: int, found: bool, actor: Actor, now: datetime) -> None:
    """Somebody looked: the document is where the register says, or it is not."""
    row = _related(related_id)
    row.found, row.checked_on, row.checked_by_id = found, local_day(now), _person(actor)
    row.save(update_fields=["found", "checked_on", "checked_by"])
    details: Details = {"found": found}
    _record("related", row.pk, Verb.REGISTER_CHECKED, actor, now, details, stamp=_DOCUMENTS)


def drop_related(*, related_id: int, actor: Actor, now: datetime) -> None:
    """The policy leans on it no longer."""
    row = _related(related_id)
    _record("related", row.pk, Verb.REGISTER_CHANGED, actor, now, {"gone": True}, stamp=_DOCUMENTS)
    row.delete()


def keep_law(*, law_id: int | None, law: Law, check_every: int, actor: Actor, now: datetime) -> int:
    """Enter a law or guidance, or change what is known about it; its text stays as written."""
    written = " ".join(law.written.split())
    if not written:
        raise PolicyRefusedError(say("A law needs the name it is written by."))
    others = Reliance.objects.exclude(pk=law_id or 0)
    if _taken(written, others.values_list("written", flat=True)):
        raise PolicyRefusedError(say("“%(written)s” is in the register already.", written=written))
    row = Reliance() if law_id is None else _law(law_id)
    row.written, row.now = written, " ".join(law.now.split())
    row.guidance, row.note, row.clauses = law.guidance, law.note.strip(), list(law.clauses)
    if row.check_due_on is None:
        row.check_due_on = review_due(local_day(now), check_every, month_only=False)
    row.save()
    _record("law", row.pk, Verb.REGISTER_CHANGED, actor, now, stamp=_LAW)
    return row.pk


def check_law(
    *, law_id: int, now_called: str, note: str, check_every: int, actor: Actor, now: datetime
) -> None:
    """Somebody looked it up: it is still the law, or it is called or replaced otherwise now."""
    row = _law(law_id)
    today = local_day(now)
    row.now, row.note = " ".join(now_called.split()), note.strip()
    row.checked_on, row.checked_by_id = today, _person(actor)
    row.check_due_on = review_due(today, check_every, month_only=False)
    row.save(update_fields=["now", "note", "checked_on", "checked_by", "check_due_on"])
    details: Details = {"changed": bool(row.now)}
    _record("law", row.pk, Verb.REGISTER_CHECKED, actor, now, details, stamp=_LAW)


def _taken(name: str, names: Iterable[str]) -> bool:
    return registers.folded(name) in {registers.folded(other) for other in names}


def _related(related_id: int) -> Related:
    found = Related.objects.select_for_update().filter(pk=related_id).first()
    if found is None:
        raise PolicyRefusedError(say("That document is in the register no more."))
    return found


def _law(law_id: int) -> Reliance:
    found = Reliance.objects.select_for_update().filter(pk=law_id).first()
    if found is None:
        raise PolicyRefusedError(say("That law is in the register no more."))
    return found


def _person(actor: Actor) -> int | None:
    return int(actor.id) if actor.kind is ActorKind.PERSON else None


def _record(
    kind: str,
    row: int,
    verb: Verb,
    actor: Actor,
    now: datetime,
    details: Details | None = None,
    *,
    stamp: Stamp,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind=f"policy {kind}",
        object_id=row,
        now=now,
        stamp=stamp,
        details=details,
    )
