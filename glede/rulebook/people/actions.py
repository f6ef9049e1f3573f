"""Staff come, hold roles, and leave (clauses 3.1, 6.1)."""

from collections.abc import Mapping
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from glede.kit import crypto, live
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Details, Stamp, Verb
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import keys, queries
from glede.rulebook.people.models import LONGEST_SIGN_OFF, Grant, Person
from glede.rulebook.people.rules import (
    DENSITIES,
    THEMES,
    Permission,
    Preferences,
    Role,
)

_CLAUSE = Stamp("6.1")


class PersonRefusedError(Exception):
    """What was asked about a person is not possible; the message says why."""


class NotAllowedError(PersonRefusedError):
    """Whoever asks may not."""


def create(
    *,
    email: str,
    name: str,
    post_title: str,
    sign_off: str,
    password: str,
    actor: Actor,
    now: datetime,
) -> int:
    """One person, one login; they may do nothing until somebody grants them a role."""
    _must_manage_people(actor, now)
    email, name, sign_off = email.strip().lower(), name.strip(), sign_off.strip().lstrip("^")
    _check_names(email=email, name=name, sign_off=sign_off)
    made = Person(
        email=email, name=name, post_title=post_title.strip(), sign_off=sign_off, created_at=now
    )
    _set_password(made, password)
    made.save(force_insert=True)
    _record(made, Verb.PERSON_CREATED, actor, now)
    return made.pk


def grant(
    *,
    person_id: int,
    role: Role,
    brand_id: int | None,
    from_at: datetime,
    actor: Actor,
    now: datetime,
    until_at: datetime | None = None,
) -> int:
    """A role for one brand, or for all without one. Nobody grants a role to themselves."""
    _must_manage_people(actor, now)
    person = queries.person(person_id)
    if _same(actor, person):
        raise NotAllowedError(say("Nobody grants a role to themselves: ask somebody else who may."))
    if not person.is_active:
        raise PersonRefusedError(
            say("%(person)s has left and can hold no role.", person=person.name)
        )
    if until_at is not None and until_at <= from_at:
        raise PersonRefusedError(say("A role ends after it begins."))
    brand = brands.by_id(brand_id).slug if brand_id is not None else ""
    made = Grant.objects.create(
        person=person, role=role.value, brand_id=brand_id, from_at=from_at, until_at=until_at
    )
    _record(person, Verb.ROLE_GRANTED, actor, now, brand=brand, details={"role": role.value})
    return made.pk


def revoke(*, grant_id: int, actor: Actor, now: datetime) -> None:
    """The role ends now; one that has not begun never does."""
    _must_manage_people(actor, now)
    held = Grant.objects.select_related("person", "brand").filter(pk=grant_id).first()
    if held is None:
        raise PersonRefusedError(say("There is no grant number %(number)s.", number=grant_id))
    if held.until_at is not None and held.until_at <= now:
        return
    _end(held, actor, now)


def deactivate(*, person_id: int, actor: Actor, now: datetime) -> None:
    """Somebody leaves: roles, sessions and second factors end with this act, the record stays."""
    _must_manage_people(actor, now)
    person = queries.person(person_id)
    if _same(actor, person):
        raise NotAllowedError(say("Nobody ends their own access: ask somebody else who may."))
    if not person.is_active:
        return
    for held in Grant.objects.filter(person=person).select_related("person", "brand"):
        if held.until_at is None or held.until_at > now:
            _end(held, actor, now)
    Authenticator.objects.filter(user=person).delete()
    person.is_active = False
    person.left_at = now
    person.set_unusable_password()
    person.save(update_fields=["is_active", "left_at", "password"])
    ended = _end_sessions(person, now)
    _record(person, Verb.PERSON_DEACTIVATED, actor, now, details={"sessions": ended})


def end_sessions(*, person_id: int, actor: Actor, now: datetime) -> int:
    """Signed out everywhere; says how many sessions that were."""
    person = queries.person(person_id)
    if not _same(actor, person):
        _must_manage_people(actor, now)
    ended = _end_sessions(person, now)
    _record(person, Verb.SESSIONS_ENDED, actor, now, details={"sessions": ended})
    return ended


def set_password(*, person_id: int, password: str, actor: Actor, now: datetime) -> None:
    """A new password; whoever is signed in with the old one is signed out."""
    person = queries.person(person_id)
    if not _same(actor, person):
        _must_manage_people(actor, now)
    if not person.is_active:
        raise PersonRefusedError(say("%(person)s has left and cannot sign in.", person=person.name))
    _set_password(person, password)
    person.save(update_fields=["password"])
    _end_sessions(person, now)
    _record(person, Verb.PASSWORD_CHANGED, actor, now)


def prefer(*, person_id: int, preferences: Preferences) -> None:
    """Not recorded: how a screen looks is nobody's act."""
    if preferences.theme not in THEMES or preferences.density not in DENSITIES:
        raise PersonRefusedError(say("There is no such theme or density."))
    if preferences.language and preferences.language not in dict(settings.LANGUAGES):
        raise PersonRefusedError(say("Glede does not speak that language."))
    person = queries.person(person_id)
    person.theme = preferences.theme
    person.density = preferences.density
    person.single_keys = preferences.single_keys
    person.language = preferences.language
    person.save(update_fields=["theme", "density", "single_keys", "language"])


def map_keys(*, person_id: int, keymap: Mapping[str, str]) -> None:
    """Keeps which key does what for this person, only what differs from the usual. Not recorded:
    how a keyboard answers is nobody's act."""
    if refused := keys.refusals(keymap):
        raise PersonRefusedError(refused[0])
    person = queries.person(person_id)
    person.keymap = keys.differing(keymap)
    person.save(update_fields=["keymap"])


def _must_manage_people(actor: Actor, now: datetime) -> None:
    """The machine itself may (a command run on it); a person needs the permission."""
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.kind is ActorKind.PERSON:
        viewer = queries.viewer(int(actor.id), now=now)
        if viewer.may(Permission.MANAGE_PEOPLE):
            return
    raise NotAllowedError(say("%(actor)s may not manage people.", actor=actor.name))


def _same(actor: Actor, person: Person) -> bool:
    return actor.kind is ActorKind.PERSON and actor.id == str(person.pk)


def _check_names(*, email: str, name: str, sign_off: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise PersonRefusedError(
            say("“%(email)s” is not an e-mail address.", email=email)
        ) from error
    if not name:
        raise PersonRefusedError(say("A person needs a name."))
    if len(sign_off) > LONGEST_SIGN_OFF:
        raise PersonRefusedError(
            say(
                "A sign-off has %(most)s characters at most.",
                most=LONGEST_SIGN_OFF,
            )
        )
    if Person.objects.filter(email__iexact=email).exists():
        raise PersonRefusedError(say("Somebody signs in with %(email)s already.", email=email))
    if sign_off and Person.objects.filter(sign_off__iexact=sign_off).exists():
        raise PersonRefusedError(
            say("Somebody signs with “^%(sign_off)s” already.", sign_off=sign_off)
        )


def _set_password(person: Person, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise PersonRefusedError(" ".join(error.messages)) from error
    person.set_password(password)


def _end(held: Grant, actor: Actor, now: datetime) -> None:
    if held.from_at < now:
        held.until_at = now
        held.save(update_fields=["until_at"])
    else:
        held.delete()
    _tell_screens(held.person, now)
    _record(
        held.person,
        Verb.ROLE_REVOKED,
        actor,
        now,
        brand=held.brand.slug if held.brand else "",
        details={"role": held.role},
    )


def rotate_factors() -> int:
    """The secrets of codes from an app and of recovery codes under the newest vault key; returns
    how many. A passkey has none: its private key is on the device."""
    held = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
    found = list(Authenticator.objects.select_for_update().filter(type__in=held))
    for factor in found:
        name = held[factor.type]
        factor.data[name] = crypto.rotate(factor.data[name].encode()).decode("ascii")
        factor.save(update_fields=["data"])
    return len(found)


def _end_sessions(person: Person, now: datetime) -> int:
    sessions = list(UserSession.objects.filter(user=person))
    for session in sessions:
        session.end()
    _tell_screens(person, now)
    return len(sessions)


def _tell_screens(person: Person, now: datetime) -> None:
    """Streams already open ask again at once what this person may still see."""
    live.publish(topic="person.revoked", payload={}, person=person.pk, now=now)


def _record(
    person: Person,
    verb: Verb,
    actor: Actor,
    now: datetime,
    *,
    brand: str = "",
    details: Details | None = None,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="person",
        object_id=person.pk,
        now=now,
        brand=brand,
        stamp=_CLAUSE,
        details=details,
    )
