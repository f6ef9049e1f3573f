"""Who holds an office, each change in one transaction (clause 3.1, A7)."""

from datetime import date, datetime

from django.db import transaction

from glede.rulebook.offices import actions as offices
from glede.rulebook.people.rules import Viewer


def name(*, viewer: Viewer, office: str, falls_to: int | None, now: datetime) -> int:
    with transaction.atomic():
        return offices.name(office=office, falls_to=falls_to, actor=viewer.actor, now=now)


def appoint(
    *,
    viewer: Viewer,
    office_id: int,
    person_id: int,
    deputy: bool,
    from_on: date,
    until_on: date | None,
    now: datetime,
) -> int:
    with transaction.atomic():
        return offices.appoint(
            office_id=office_id,
            person_id=person_id,
            deputy=deputy,
            from_on=from_on,
            until_on=until_on,
            actor=viewer.actor,
            now=now,
        )


def end(*, viewer: Viewer, holding_id: int, until_on: date, now: datetime) -> None:
    with transaction.atomic():
        offices.end(holding_id=holding_id, until_on=until_on, actor=viewer.actor, now=now)


def away(*, viewer: Viewer, person_id: int, from_on: date, until_on: date, now: datetime) -> int:
    with transaction.atomic():
        return offices.away(
            person_id=person_id, from_on=from_on, until_on=until_on, actor=viewer.actor, now=now
        )


def back(*, viewer: Viewer, absence_id: int, now: datetime) -> None:
    with transaction.atomic():
        offices.back(absence_id=absence_id, actor=viewer.actor, now=now)
