"""Make a token, let its person take it, count its calls, revoke it."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, DateTimeField, F, Q, Value, When

from glede.kit import crypto
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Verb
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import rules
from glede.rulebook.tokens.models import Token
from glede.rulebook.tokens.rules import State

_BYTES = 24


class TokenRefusedError(Exception):
    """What was asked about a token is not possible; the message says why."""


class TooManyCallsError(Exception):
    """The token has used up its minute; `wait` says how long until the next begins."""

    def __init__(self, wait: timedelta, most: int) -> None:
        self.wait = wait
        seconds = max(1, round(wait.total_seconds()))
        super().__init__(
            f"This token may ask {most} times a minute. Ask again in {seconds} seconds."
        )


def make(
    *,
    name: str,
    person_id: int,
    permissions: Collection[Permission],
    brand_ids: Collection[int] | None,
    days: int,
    actor: Actor,
    now: datetime,
) -> int:
    """A token that waits for the person it acts for; nobody else is ever shown it.

    It can be given nothing its person may not do, so making one for somebody lets nobody see more.
    """
    person = people.person(person_id)
    viewer = people.viewer_of(person, now=now)
    _must_manage(actor, now)
    if not name.strip():
        raise TokenRefusedError("Say what the token is for.")
    if not permissions:
        raise TokenRefusedError("Choose at least one thing the token may do.")
    if not 1 <= days <= settings.GLEDE_TOKEN_DAYS_MOST:
        raise TokenRefusedError(f"A token lasts 1 to {settings.GLEDE_TOKEN_DAYS_MOST} days.")
    for permission in permissions:
        if permission not in rules.OFFERED:
            raise TokenRefusedError(f"No token is given “{permission.value}”.")
        if not viewer.may(permission):
            raise TokenRefusedError(
                f"{person.name} may not do “{permission.value}”, so a token of theirs may not."
            )
    made = Token.objects.create(
        name=name.strip(),
        person=person,
        made_by_id=int(actor.id) if actor.kind is ActorKind.PERSON else None,
        permissions=sorted(permission.value for permission in permissions),
        brands=None if brand_ids is None else sorted(brands.by_id(one).pk for one in brand_ids),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    _record(made, Verb.TOKEN_MADE, actor, now)
    return made.pk


def take(*, token_id: int, actor: Actor, now: datetime) -> str:
    """The secret, shown this once; whoever took it lost cannot have it again."""
    row = Token.objects.select_for_update().filter(pk=token_id).first()
    if row is None or actor != Actor(ActorKind.PERSON, str(row.person_id), actor.name):
        raise TokenRefusedError("There is no token here for you to take.")
    return _give(row, actor, now)


def take_on_this_machine(*, token_id: int, actor: Actor, now: datetime) -> str:
    """The same for whoever runs commands here: they hold the database and all it holds."""
    if actor.kind is not ActorKind.SYSTEM:
        raise TokenRefusedError("Only a command on this machine takes a token for somebody.")
    return _give(Token.objects.select_for_update().get(pk=token_id), actor, now)


def revoke(*, token_id: int, actor: Actor, now: datetime) -> None:
    """From now on it opens nothing. Its person may, and whoever manages tokens."""
    row = Token.objects.select_for_update().filter(pk=token_id).first()
    if row is None:
        raise TokenRefusedError(f"There is no token number {token_id}.")
    if actor.kind is ActorKind.PERSON and actor.id != str(row.person_id):
        _must_manage(actor, now)
    if row.revoked_at is not None:
        return
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    _record(row, Verb.TOKEN_REVOKED, actor, now)


def count(*, token_id: int, now: datetime) -> None:
    """One call more; with one statement, so that two processes count it exactly.

    Not audited: what the call asked for is, where it shows a resident's words or is an export.
    Raises `TooManyCallsError`.
    """
    most = settings.GLEDE_API_CALLS_A_MINUTE
    fresh = Q(window_at=None) | Q(window_at__lte=now - rules.WINDOW)
    counted = Token.objects.filter(pk=token_id).filter(fresh | Q(calls__lt=most))
    done = counted.update(
        calls=Case(When(fresh, then=1), default=F("calls") + 1),
        window_at=Case(
            When(fresh, then=Value(now)),
            default=F("window_at"),
            output_field=DateTimeField(),
        ),
        last_used_at=now,
    )
    if not done:
        since = Token.objects.values_list("window_at", flat=True).get(pk=token_id) or now
        raise TooManyCallsError(since + rules.WINDOW - now, most)


def _give(row: Token, actor: Actor, now: datetime) -> str:
    state = rules.state(
        taken=bool(row.hash), expires_at=row.expires_at, revoked_at=row.revoked_at, now=now
    )
    if state is not State.WAITING:
        raise TokenRefusedError(f"This token is {state.value}: it is shown once and never again.")
    secret = rules.PREFIX + secrets.token_urlsafe(_BYTES)
    row.hash, row.begins = crypto.token_hash(secret), secret[: rules.SHOWN]
    row.save(update_fields=["hash", "begins"])
    _record(row, Verb.TOKEN_TAKEN, actor, now)
    return secret


def _must_manage(actor: Actor, now: datetime) -> None:
    if actor.kind is not ActorKind.PERSON:
        return
    if not people.viewer(int(actor.id), now=now).may(Permission.MANAGE_TOKENS):
        raise TokenRefusedError("Only who manages tokens may do that.")


def _record(row: Token, verb: Verb, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="token",
        object_id=row.pk,
        now=now,
        details={
            "person": row.person_id,
            "permissions": ", ".join(row.permissions),
            "expires_at": row.expires_at.isoformat(),
        },
    )
