"""Name offices, and say who holds them, who deputises and who is away (clause 3.1, A7)."""

from datetime import date, datetime

from glede.kit import clock
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Details, Stamp, Verb
from glede.rulebook.offices import queries, rules
from glede.rulebook.offices.models import Absence, Holding, Office
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission

_CLAUSE = Stamp("3.1")


class OfficeRefusedError(Exception):
    """What was asked about an office is not possible; the message says why."""


def name(
    *, office: str, falls_to: int | None = None, order: int = 0, actor: Actor, now: datetime
) -> int:
    """An office the policy speaks of; `falls_to` is the one told when nobody in it can act."""
    _must_manage(actor, now)
    office = " ".join(office.split())
    if not office:
        raise OfficeRefusedError(say("An office needs a name."))
    if queries.by_name(office) is not None:
        raise OfficeRefusedError(say("There is an office “%(office)s” already.", office=office))
    if falls_to is not None:
        _office(falls_to)
    made = Office.objects.create(name=office, falls_to_id=falls_to, order=order)
    _record(made, Verb.OFFICE_CREATED, actor, now)
    return made.pk


def appoint(
    *,
    office_id: int,
    person_id: int,
    from_on: date,
    until_on: date | None = None,
    deputy: bool = False,
    actor: Actor,
    now: datetime,
) -> int:
    """Somebody holds the office, or deputises, from a day until another (half-open).

    Nobody appoints themselves. One person holds an office at a time; it may have several deputies.
    """
    _must_manage(actor, now)
    office = _office(office_id, lock=True)
    person = people.person(person_id)
    if actor.kind is ActorKind.PERSON and actor.id == str(person_id):
        raise OfficeRefusedError(say("Nobody appoints themselves: ask somebody else who may."))
    if not person.is_active:
        raise OfficeRefusedError(
            say("%(person)s has left and can hold no office.", person=person.name)
        )
    if until_on is not None and until_on <= from_on:
        raise OfficeRefusedError(say("The last day must come after the first."))
    one = rules.Held(rules.folded(office.name), person_id, deputy, from_on, until_on)
    others = queries.held(office_id=office.pk)
    if met := rules.overlap(one, others):
        who = people.person(met.person).name
        raise OfficeRefusedError(
            say(
                "%(who)s deputises for %(office)s then: end that first, or choose days that do not"
                " meet.",
                who=who,
                office=office.name,
            )
            if deputy
            else say(
                "%(who)s holds %(office)s then: end that first, or choose days that do not meet.",
                who=who,
                office=office.name,
            )
        )
    if any(
        other.person == person_id
        and other.deputy != deputy
        and rules.overlap(_as(one, other), [other])
        for other in others
    ):
        raise OfficeRefusedError(say("Nobody deputises for themselves."))
    made = Holding.objects.create(
        office=office, person=person, deputy=deputy, from_on=from_on, until_on=until_on
    )
    _record(office, Verb.OFFICE_TAKEN, actor, now, {"person": person_id, "deputy": deputy})
    return made.pk


def _as(one: rules.Held, other: rules.Held) -> rules.Held:
    return rules.Held(one.office, one.person, other.deputy, one.from_on, one.until_on)


def end(*, holding_id: int, until_on: date, actor: Actor, now: datetime) -> None:
    """The holding ends on that day (half-open); one that would not have begun is taken away."""
    _must_manage(actor, now)
    holding = Holding.objects.select_related("office").filter(pk=holding_id).first()
    if holding is None:
        raise OfficeRefusedError(say("Nobody is appointed there any more."))
    if holding.until_on is not None and holding.until_on <= until_on:
        raise OfficeRefusedError(
            say("That ends on %(day)s already.", day=clock.date_words(holding.until_on))
        )
    details: Details = {"person": holding.person_id, "until": until_on.isoformat()}
    office = holding.office
    if until_on <= holding.from_on:
        holding.delete()
    else:
        holding.until_on = until_on
        holding.save(update_fields=["until_on"])
    _record(office, Verb.OFFICE_LEFT, actor, now, details)


def away(*, person_id: int, from_on: date, until_on: date, actor: Actor, now: datetime) -> int:
    """Somebody cannot act from a day until another (half-open); anybody says so of themselves, and
    whoever writes the rota of anybody."""
    if not (actor.kind is ActorKind.PERSON and actor.id == str(person_id)):
        _must_manage(actor, now, or_else=Permission.MANAGE_ROTA)
    person = people.person(person_id)
    if until_on <= from_on:
        raise OfficeRefusedError(say("The day of the return must come after the first day away."))
    made = Absence.objects.create(person=person, from_on=from_on, until_on=until_on)
    audit.record(
        actor=actor,
        verb=Verb.ABSENCE_RECORDED,
        object_kind="person",
        object_id=person_id,
        now=now,
        stamp=_CLAUSE,
        details={"from": from_on.isoformat(), "until": until_on.isoformat()},
    )
    return made.pk


def back(*, absence_id: int, actor: Actor, now: datetime) -> None:
    """An absence is taken back: the person can act."""
    absence = Absence.objects.filter(pk=absence_id).first()
    if absence is None:
        return
    if not (actor.kind is ActorKind.PERSON and actor.id == str(absence.person_id)):
        _must_manage(actor, now, or_else=Permission.MANAGE_ROTA)
    audit.record(
        actor=actor,
        verb=Verb.ABSENCE_ENDED,
        object_kind="person",
        object_id=absence.person_id,
        now=now,
        stamp=_CLAUSE,
    )
    absence.delete()


def _office(office_id: int, *, lock: bool = False) -> Office:
    offices = Office.objects.select_for_update() if lock else Office.objects.all()
    found = offices.filter(pk=office_id).first()
    if found is None:
        raise OfficeRefusedError(
            say("There is no office number %(office_id)s.", office_id=office_id)
        )
    return found


def _must_manage(actor: Actor, now: datetime, *, or_else: Permission | None = None) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.kind is ActorKind.PERSON:
        viewer = people.viewer(int(actor.id), now=now)
        if viewer.may(Permission.MANAGE_OFFICES) or (or_else and viewer.may(or_else)):
            return
    raise OfficeRefusedError(say("%(actor)s may not say who holds an office.", actor=actor.name))


def _record(
    office: Office, verb: Verb, actor: Actor, now: datetime, details: Details | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="office",
        object_id=office.pk,
        now=now,
        stamp=_CLAUSE,
        details=details,
    )
