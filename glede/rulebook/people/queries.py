"""Who somebody is and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from glede.rulebook.people.models import Grant, Person
from glede.rulebook.people.rules import Granted, Permission, Role, Viewer, current


class NoSuchPersonError(LookupError):
    """No member of staff is meant."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One browser in which somebody is signed in."""

    ip: str
    device: str
    since: datetime
    last_seen_at: datetime


def person(person_id: int) -> Person:
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise NoSuchPersonError(f"There is no person number {person_id}.")
    return found


def by_email(email: str) -> Person:
    found = Person.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        raise NoSuchPersonError(f"Nobody signs in with {email.strip()}.")
    return found


def may_be_password(password: str, *, email: str, name: str) -> bool:
    """Would it be taken from somebody of this name and address?"""
    try:
        validate_password(password, Person(email=email, name=name))
    except ValidationError:
        return False
    return True


def everybody(*, left: bool = False) -> list[Person]:
    """Staff by name; `left` adds those who have gone."""
    people = Person.objects.all() if left else Person.objects.filter(is_active=True)
    return list(people.order_by(Lower("name"), "pk"))


def grants(person_id: int) -> list[Grant]:
    """Every role somebody holds or held, newest first; for the screen of people."""
    return list(
        Grant.objects.filter(person_id=person_id).select_related("brand").order_by("-from_at", "pk")
    )


def sessions(person_id: int) -> list[SignedIn]:
    """Where somebody is signed in, the last one seen first."""
    found = UserSession.objects.filter(user_id=person_id).order_by("-last_seen_at")
    return [
        SignedIn(session.ip, session.user_agent, session.created_at, session.last_seen_at)
        for session in found
        if session.exists()
    ]


def viewer(person_id: int, *, now: datetime) -> Viewer:
    """Somebody with the roles they hold now: none once they have left."""
    return viewer_of(person(person_id), now=now)


def viewer_of(person: Person, *, now: datetime) -> Viewer:
    """The same for somebody already fetched, such as who is signed in."""
    held = list(_in_force(now).filter(person=person).order_by("pk")) if person.is_active else []
    return _viewer(person, held, now)


def who_may(permission: Permission, *, brand_id: int | None, now: datetime) -> list[Viewer]:
    """Everybody here who may do this for the brand, by name."""
    held = _in_force(now).filter(person__is_active=True).select_related("person")
    grants: dict[int, list[Grant]] = {}
    for grant in held.order_by(Lower("person__name"), "person_id", "pk"):
        grants.setdefault(grant.person_id, []).append(grant)
    every = (_viewer(of[0].person, of, now) for of in grants.values())
    return [viewer for viewer in every if viewer.may(permission, brand_id)]


def _in_force(now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(Q(until_at=None) | Q(until_at__gt=now), from_at__lte=now)


def _viewer(person: Person, held: Iterable[Grant], now: datetime) -> Viewer:
    granted = [
        Granted(Role(grant.role), grant.brand_id, grant.from_at, grant.until_at) for grant in held
    ]
    return Viewer(
        id=person.pk,
        name=person.name,
        sign_off=person.sign_off,
        grants=current(granted, now),
    )
