"""Who somebody is and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
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
    return _viewers([person], now)[0]


def who_may(permission: Permission, *, brand_id: int | None, now: datetime) -> list[Viewer]:
    """Everybody here who may do this for the brand, by name."""
    return [viewer for viewer in _viewers(everybody(), now) if viewer.may(permission, brand_id)]


def _viewers(people: Iterable[Person], now: datetime) -> list[Viewer]:
    people = list(people)
    held: dict[int, list[Granted]] = {person.pk: [] for person in people if person.is_active}
    in_force = Grant.objects.filter(
        Q(until_at=None) | Q(until_at__gt=now), person__in=held, from_at__lte=now
    )
    for grant in in_force.order_by("pk"):
        held[grant.person_id].append(
            Granted(Role(grant.role), grant.brand_id, grant.from_at, grant.until_at)
        )
    return [
        Viewer(
            id=person.pk,
            name=person.name,
            sign_off=person.sign_off,
            grants=current(held.get(person.pk, []), now),
        )
        for person in people
    ]
