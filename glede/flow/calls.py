"""A call that changes something: its act, its record and its answer are there together, or none.

A call with an Idempotency-Key is answered once (draft-ietf-httpapi-idempotency-key-header-07): the
same key again is given the first answer, the same key for something else is refused, and so is one
whose first call still runs. Whoever dies in the middle leaves neither an act nor an answer, so that
asking again is always safe. What was refused changed nothing and is not remembered.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from glede.kit import claim
from glede.rulebook.tokens import actions, queries
from glede.rulebook.tokens.queries import Bearer


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call is answered; `again`: as it was before, and nothing was done this time."""

    status: int
    location: str
    body: bytes
    again: bool = False

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A call. `key` is its Idempotency-Key, or empty; `digest` tells one call from another."""

    method: str
    #: The address as the document writes it: the record names it, without what was filled in.
    route: str
    key: str = ""
    digest: str = ""


class OtherCallError(Exception):
    """This key was used for another call."""


class StillRunningError(Exception):
    """The first call with this key has not ended yet."""


def digest_of(method: str, address: str, body: bytes) -> str:
    """Tells two calls apart by what they ask; SHA-256."""
    told = hashlib.sha256(f"{method} {address}\n".encode())
    told.update(body)
    return told.hexdigest()


def answered(
    *, bearer: Bearer, asked: Asked, answer: Callable[[], Answer], now: datetime
) -> Answer:
    """What `answer` gives, in one transaction with its record.

    Raises `OtherCallError` and `StillRunningError`.
    """
    with transaction.atomic():
        if asked.key:
            before = _before(bearer, asked)
            if before is not None:
                return before
        given = answer()
        if not given.is_done:
            return given
        actions.called(
            bearer=bearer, method=asked.method, route=asked.route, status=given.status, now=now
        )
        if asked.key:
            actions.keep_answer(
                token_id=bearer.token_id,
                key=asked.key,
                digest=asked.digest,
                status=given.status,
                location=given.location,
                body=given.body,
                now=now,
            )
        return given


def _before(bearer: Bearer, asked: Asked) -> Answer | None:
    if not claim.alone(f"api:{bearer.token_id}:{asked.key}"):
        raise StillRunningError("A call with this key is still under way. Ask again in a moment.")
    found = queries.kept(token_id=bearer.token_id, key=asked.key)
    if found is None:
        return None
    if found.digest != asked.digest:
        raise OtherCallError(
            "This Idempotency-Key was used for another call. Give each call a key of its own."
        )
    return Answer(found.status, found.location, found.body, again=True)


def told(*, bearer: Bearer, asked: Asked, status: int, now: datetime) -> None:
    """A call that told what residents said is on record."""
    with transaction.atomic():
        actions.called(
            bearer=bearer, method=asked.method, route=asked.route, status=status, now=now
        )


def forget(*, now: datetime) -> int:
    """Drop answers that are remembered no longer; says how many."""
    return actions.forget_answers(now=now)
