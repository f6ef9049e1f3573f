"""What a token may do: never more than it was given, never more than its person may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import override

from glede.kit.words import Spoken
from glede.rulebook.audit.rules import Actor, ActorKind
from glede.rulebook.people.rules import GROUP_WIDE, Permission, Viewer


class Kind(StrEnum):
    """Whose hand a token is: a program's, or a person's own at another screen."""

    PROGRAM = "program"
    PERSON = "person"


#: What a resident could notice, and what is told to a person alone: a named person's to do. A reply
#: goes out under somebody's own name (clause 6.1), and a brand's own words are theirs too: no
#: program's token is ever given these.
IN_PERSON = (
    Permission.REPLY,
    Permission.MODERATE,
    Permission.RESTRICT,
    Permission.HANDLE_ALERTS,
    Permission.MANAGE_TEXTS,
)

#: What a token may be given; whatever grants or approves is done by a person who is signed in.
OFFERED = (
    Permission.READ_POLICY,
    Permission.DRAFT_POLICY,
    Permission.READ_FIGURES,
    Permission.READ_CONVERSATIONS,
    Permission.WORK_CONVERSATIONS,
    Permission.MANAGE_LABELS,
    Permission.SHARE_WORK,
    Permission.MANAGE_ROTA,
    Permission.READ_INTAKE,
    Permission.MANAGE_TOKENS,
    *IN_PERSON,
)
#: Why a program's token is refused one of `IN_PERSON`.
NOT_A_PROGRAM = (
    "A program’s token may not do that: it is done under a person’s own name (clause 6.1). Use that"
    " person’s own token."
)

#: Begins every token, so that a scanner for lost secrets knows one when it sees it.
PREFIX = "gl_"
#: How much of a token is kept in the clear, to tell one from another in the list.
SHOWN = len(PREFIX) + 4
#: A token's allowance is a bucket that fills in this time and may be emptied at once.
FILLS_IN = timedelta(minutes=1)
#: What an Idempotency-Key may be: as long as any identifier, and nothing that breaks a line.
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of `most` calls, and the seconds until all of it is there again."""

    most: int
    left: int
    full_in: float


class State(Spoken):
    """A token waits until the person it acts for takes it; only they ever see it."""

    WAITING = "waiting"
    IN_USE = "in use"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class TokenViewer(Viewer):
    """A person as their token lets a program act: their roles, cut down to what was given."""

    permissions: frozenset[Permission]
    kind: Kind
    token_id: int
    token_name: str
    #: Brand ids; `None` means every brand the person may.
    only_brands: frozenset[int] | None

    @property
    @override
    def actor(self) -> Actor:
        """The person; where a program acts for them, the record names it too."""
        name = self.name if self.kind is Kind.PERSON else f"{self.name}, by “{self.token_name}”"
        return Actor(ActorKind.PERSON, str(self.id), name)

    @override
    def may(self, permission: Permission, brand: int | None = None) -> bool:
        if permission not in self.permissions:
            return False
        if self.only_brands is None:
            return Viewer.may(self, permission, brand)
        if permission in GROUP_WIDE:
            return False
        if brand is not None:
            return brand in self.only_brands and Viewer.may(self, permission, brand)
        return any(Viewer.may(self, permission, one) for one in self.only_brands)

    @override
    def brands_for(self, permission: Permission) -> frozenset[int] | None:
        if permission not in self.permissions:
            return frozenset()
        theirs = Viewer.brands_for(self, permission)
        if self.only_brands is None:
            return theirs
        return self.only_brands if theirs is None else self.only_brands & theirs


def state(
    *, taken: bool, expires_at: datetime, revoked_at: datetime | None, now: datetime
) -> State:
    if revoked_at is not None:
        return State.REVOKED
    if expires_at <= now:
        return State.EXPIRED
    return State.IN_USE if taken else State.WAITING
