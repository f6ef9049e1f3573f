"""What a token may do: never more than it was given, never more than its person may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import override

from glede.rulebook.people.rules import GROUP_WIDE, Permission, Viewer

#: What a program may be given. None of it changes anything a resident could notice; what sends,
#: grants or approves is done by a person who is signed in.
OFFERED = (
    Permission.READ_POLICY,
    Permission.DRAFT_POLICY,
    Permission.READ_FIGURES,
    Permission.READ_CONVERSATIONS,
)

#: Begins every token, so that a scanner for lost secrets knows one when it sees it.
PREFIX = "gl_"
#: How much of a token is kept in the clear, to tell one from another in the list.
SHOWN = len(PREFIX) + 4
#: Allowances are counted by the minute.
WINDOW = timedelta(minutes=1)


class State(StrEnum):
    """A token waits until the person it acts for takes it; only they ever see it."""

    WAITING = "waiting"
    IN_USE = "in use"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class TokenViewer(Viewer):
    """A person as their token lets a program act: their roles, cut down to what was given."""

    permissions: frozenset[Permission]
    #: Brand ids; `None` means every brand the person may.
    only_brands: frozenset[int] | None

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
