"""Which tokens there are, and whom one speaks for."""

from dataclasses import dataclass, fields
from datetime import datetime

from glede.kit import crypto
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.tokens import rules
from glede.rulebook.tokens.models import Answered, Token
from glede.rulebook.tokens.rules import Kind, State, TokenViewer


class BadTokenError(Exception):
    """Nobody is spoken for; the message says why, to whoever holds the token."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as the list shows it; never the secret."""

    id: int
    name: str
    kind: Kind
    begins: str
    person_id: int
    person: str
    made_by: str
    permissions: tuple[Permission, ...]
    brands: tuple[int, ...] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    state: State


@dataclass(frozen=True, slots=True)
class Bearer:
    token_id: int
    name: str
    viewer: TokenViewer


def tokens(*, now: datetime, person_id: int | None = None) -> list[Listed]:
    """All, or one person's; the newest first."""
    found = Token.objects.select_related("person", "made_by").order_by("-pk")
    if person_id is not None:
        found = found.filter(person_id=person_id)
    return [_listed(row, now) for row in found]


def bearer(secret: str, *, now: datetime) -> Bearer:
    """Whom this secret speaks for. Raises `BadTokenError`."""
    row = (
        Token.objects.select_related("person").filter(hash=crypto.token_hash(secret)).first()
        if secret.startswith(rules.PREFIX)
        else None
    )
    if row is None:
        raise BadTokenError("This token is not known here. Check that it was copied whole.")
    match _state(row, now):
        case State.REVOKED:
            raise BadTokenError("This token was revoked. Ask for a new one.")
        case State.EXPIRED:
            raise BadTokenError(
                f"This token expired on {row.expires_at:%-d %B %Y}. Ask for a new one."
            )
    if not row.person.is_active:
        raise BadTokenError("The person this token acts for has left, and the token with them.")
    viewer = people.viewer_of(row.person, now=now)
    return Bearer(row.pk, row.name, limited(viewer, row))


@dataclass(frozen=True, slots=True)
class Kept:
    """What a call with this key was answered."""

    digest: str
    status: int
    location: str
    body: bytes


def kept(*, token_id: int, key: str) -> Kept | None:
    row = Answered.objects.filter(token_id=token_id, key=key).first()
    if row is None:
        return None
    return Kept(row.digest, row.status, row.location, crypto.decrypt(bytes(row.body)))


def limited(viewer: Viewer, row: Token) -> TokenViewer:
    theirs = {field.name: getattr(viewer, field.name) for field in fields(Viewer)}
    return TokenViewer(
        **theirs,
        permissions=frozenset(map(Permission, row.permissions)),
        kind=Kind(row.kind),
        token_id=row.pk,
        token_name=row.name,
        only_brands=None if row.brands is None else frozenset(row.brands),
    )


def _state(row: Token, now: datetime) -> State:
    return rules.state(
        taken=bool(row.hash), expires_at=row.expires_at, revoked_at=row.revoked_at, now=now
    )


def _listed(row: Token, now: datetime) -> Listed:
    return Listed(
        id=row.pk,
        name=row.name,
        kind=Kind(row.kind),
        begins=row.begins,
        person_id=row.person_id,
        person=row.person.name,
        made_by=row.made_by.name if row.made_by else "the command line",
        permissions=tuple(Permission(one) for one in row.permissions),
        brands=None if row.brands is None else tuple(row.brands),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        state=_state(row, now),
    )
