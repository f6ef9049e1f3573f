"""A program asks in a person's name: its token is made, taken once, counted and revoked."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import actions, queries
from glede.rulebook.tokens.queries import Bearer
from glede.rulebook.tokens.rules import Allowance, Kind


def make(
    *,
    name: str,
    person_id: int,
    permissions: Collection[Permission],
    brand_ids: Collection[int] | None,
    days: int,
    kind: Kind = Kind.PROGRAM,
    actor: Actor,
    now: datetime,
) -> tuple[int, str]:
    """The token's number, and its secret where whoever makes it is the one it acts for.

    A token for somebody else waits until they take it, so that nobody comes by a secret that lets
    them see more than they may. A command on this machine is given the secret: whoever runs one
    holds the database already.
    """
    with transaction.atomic():
        made = actions.make(
            name=name,
            person_id=person_id,
            permissions=permissions,
            brand_ids=brand_ids,
            days=days,
            kind=kind,
            actor=actor,
            now=now,
        )
        if actor.kind is ActorKind.SYSTEM:
            return made, actions.take_on_this_machine(token_id=made, actor=actor, now=now)
        if actor.id == str(person_id):
            return made, actions.take(token_id=made, actor=actor, now=now)
    return made, ""


def take(*, token_id: int, actor: Actor, now: datetime) -> str:
    """The secret, this once. Raises `actions.TokenRefusedError`."""
    with transaction.atomic():
        return actions.take(token_id=token_id, actor=actor, now=now)


def revoke(*, token_id: int, actor: Actor, now: datetime) -> None:
    """Raises `actions.TokenRefusedError`."""
    with transaction.atomic():
        actions.revoke(token_id=token_id, actor=actor, now=now)


def used(secret: str, *, now: datetime) -> tuple[Bearer, Allowance]:
    """Whom the secret speaks for, and what its allowance is after this call.

    Raises `queries.BadTokenError` and `actions.TooManyCallsError`.
    """
    bearer = queries.bearer(secret, now=now)
    return bearer, actions.draw(token_id=bearer.token_id, now=now)
