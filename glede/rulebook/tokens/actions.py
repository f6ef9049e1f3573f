"""Make a token, let its person take it, count its calls, revoke it."""

import math
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from glede.kit import crypto
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import LONGEST_DETAIL, Actor, ActorKind, Verb
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import rules
from glede.rulebook.tokens.models import Answered, Token
from glede.rulebook.tokens.queries import Bearer
from glede.rulebook.tokens.rules import Allowance, Kind, State

_BYTES = 24


class TokenRefusedError(Exception):
    """What was asked about a token is not possible; the message says why."""


class TooManyCallsError(Exception):
    """The token's bucket is empty; `wait` says how long until there is a call in it again."""

    def __init__(self, wait: timedelta, allowance: Allowance) -> None:
        self.wait = wait
        self.allowance = allowance
        seconds = max(1, math.ceil(wait.total_seconds()))
        again = "in a second" if seconds == 1 else f"in {seconds} seconds"
        super().__init__(f"This token may ask {allowance.most} times a minute. Ask again {again}.")


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
) -> int:
    """A token that waits for the person it acts for; nobody else is ever shown it.

    It can be given nothing its person may not do, so making one for somebody lets nobody see more.
    """
    person = people.person(person_id)
    viewer = people.viewer_of(person, now=now)
    _must_manage(actor, now)
    if not name.strip():
        raise TokenRefusedError(say("Say what the token is for."))
    if not permissions:
        raise TokenRefusedError(say("Choose at least one thing the token may do."))
    if not 1 <= days <= settings.GLEDE_TOKEN_DAYS_MOST:
        raise TokenRefusedError(
            say(
                "A token lasts 1 to %(most)s days.",
                most=settings.GLEDE_TOKEN_DAYS_MOST,
            )
        )
    for permission in permissions:
        if permission not in rules.OFFERED:
            raise TokenRefusedError(
                say("No token is given “%(permission)s”.", permission=permission.value)
            )
        if kind is Kind.PROGRAM and permission in rules.IN_PERSON:
            raise TokenRefusedError(
                say(
                    "A program is not given “%(permission)s”: it is done under a person’s"
                    " own name (clause 6.1). Make it the person’s own token.",
                    permission=permission.value,
                )
            )
        if not viewer.may(permission):
            raise TokenRefusedError(
                say(
                    "%(person)s may not do “%(permission)s”, so a token of theirs may not.",
                    person=person.name,
                    permission=permission.value,
                )
            )
    made = Token.objects.create(
        name=name.strip(),
        kind=kind,
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
        raise TokenRefusedError(say("There is no token here for you to take."))
    return _give(row, actor, now)


def take_on_this_machine(*, token_id: int, actor: Actor, now: datetime) -> str:
    """The same for whoever runs commands here: they hold the database and all it holds."""
    if actor.kind is not ActorKind.SYSTEM:
        raise TokenRefusedError(say("Only a command on this machine takes a token for somebody."))
    return _give(Token.objects.select_for_update().get(pk=token_id), actor, now)


def revoke(*, token_id: int, actor: Actor, now: datetime) -> None:
    """From now on it opens nothing. Its person may, and whoever manages tokens."""
    row = Token.objects.select_for_update().filter(pk=token_id).first()
    if row is None:
        raise TokenRefusedError(say("There is no token number %(number)s.", number=token_id))
    if actor.kind is ActorKind.PERSON and actor.id != str(row.person_id):
        _must_manage(actor, now)
    if row.revoked_at is not None:
        return
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    _record(row, Verb.TOKEN_REVOKED, actor, now)


#: One statement, so that two processes count exactly. The clocks of two machines may differ: time
#: that seems to run backwards fills nothing.
_DRAW = """
UPDATE tokens_token AS token
SET level = filled.level - 1, level_at = %(now)s, last_used_at = %(now)s
FROM (
    SELECT id, least(%(most)s, coalesce(
        level + greatest(extract(epoch FROM %(now)s - level_at), 0)::float8 * %(rate)s, %(most)s
    )) AS level
    FROM tokens_token WHERE id = %(id)s FOR UPDATE
) AS filled
WHERE token.id = filled.id AND filled.level >= 0.999999
RETURNING token.level
"""


def draw(*, token_id: int, now: datetime) -> Allowance:
    """One call out of the token's bucket. Raises `TooManyCallsError`.

    Not audited: what the call changed or told of residents is (`called`).
    """
    most = settings.GLEDE_API_CALLS_A_MINUTE
    rate = most / rules.FILLS_IN.total_seconds()
    given: dict[str, float | datetime] = {
        "now": now,
        "most": float(most),
        "rate": rate,
        "id": token_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, given)
        row = cursor.fetchone()
    if row is not None:
        level = max(row[0], 0.0)
        return Allowance(most, int(level), (most - level) / rate)
    level, at = Token.objects.values_list("level", "level_at").get(pk=token_id)
    level = max(0.0, level or 0.0) + max(0.0, (now - (at or now)).total_seconds()) * rate
    wait = timedelta(seconds=max(0.0, 1 - level) / rate)
    raise TooManyCallsError(wait, Allowance(most, 0, (most - level) / rate))


def called(*, bearer: Bearer, method: str, route: str, status: int, now: datetime) -> None:
    """A call that changed something, or told what residents said: which, never a word of it."""
    audit.record(
        actor=bearer.viewer.actor,
        verb=Verb.API_CALLED,
        object_kind="token",
        object_id=bearer.token_id,
        now=now,
        details={"call": f"{method} {route}"[:LONGEST_DETAIL], "status": status},
    )


def keep_answer(
    *, token_id: int, key: str, digest: str, status: int, location: str, body: bytes, now: datetime
) -> None:
    """Remember what a call with a key of its own was answered."""
    Answered.objects.create(
        token_id=token_id,
        key=key,
        digest=digest,
        status=status,
        location=location,
        body=crypto.encrypt(body),
        at=now,
    )


def forget_answers(*, now: datetime) -> int:
    """Drop what is older than an answer is remembered; says how many."""
    old = now - timedelta(hours=settings.GLEDE_API_KEYS_HOURS)
    return Answered.objects.filter(at__lt=old).delete()[0]


def drop_answers() -> None:
    """Every answer that is remembered."""
    Answered.objects.all().delete()


def _give(row: Token, actor: Actor, now: datetime) -> str:
    state = rules.state(
        taken=bool(row.hash), expires_at=row.expires_at, revoked_at=row.revoked_at, now=now
    )
    if state is not State.WAITING:
        raise TokenRefusedError(
            say("This token is %(state)s: it is shown once and never again.", state=state.value)
        )
    secret = rules.PREFIX + secrets.token_urlsafe(_BYTES)
    row.hash, row.begins = crypto.token_hash(secret), secret[: rules.SHOWN]
    row.save(update_fields=["hash", "begins"])
    _record(row, Verb.TOKEN_TAKEN, actor, now)
    return secret


def _must_manage(actor: Actor, now: datetime) -> None:
    if actor.kind is not ActorKind.PERSON:
        return
    if not people.viewer(int(actor.id), now=now).may(Permission.MANAGE_TOKENS):
        raise TokenRefusedError(say("Only who manages tokens may do that."))


def _record(row: Token, verb: Verb, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="token",
        object_id=row.pk,
        now=now,
        details={
            "person": row.person_id,
            "kind": row.kind,
            "permissions": ", ".join(sorted(row.permissions))[:LONGEST_DETAIL],
            "expires_at": row.expires_at.isoformat(),
        },
    )
