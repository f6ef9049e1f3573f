"""Roles as bundles of permissions, and who may do what for which brand (clauses 3.1, 6.1; A7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.rulebook.audit.rules import Actor, ActorKind


class Permission(StrEnum):
    """What a screen, command or route asks for. Everything not granted is refused."""

    READ_GUIDANCE = "guidance.read"
    READ_POLICY = "policy.read"
    DRAFT_POLICY = "policy.draft"  # read a document in, answer its questions, review
    APPROVE_POLICY = "policy.approve"  # record a decision, or confirm one another recorded
    MANAGE_OFFICES = "offices.manage"  # who is the Futurologist, who deputises
    MANAGE_CALENDARS = "calendars.manage"
    MANAGE_TEXTS = "texts.manage"  # what a brand says automatically
    READ_FIGURES = "figures.read"  # how well a clause was kept; never about one person
    READ_CONVERSATIONS = "conversations.read"
    WORK_CONVERSATIONS = "conversations.work"  # assign, note, resolve
    MANAGE_LABELS = "labels.manage"  # which labels there are
    SHARE_WORK = "work.share"  # the rules by which what comes in finds its owner
    REPLY = "replies.send"
    MODERATE = "moderation.hide"  # what can be undone: hide, show again, report
    RESTRICT = "moderation.restrict"  # delete, block, lift a block (clause 6.8)
    HANDLE_ALERTS = "alerts.handle"
    MANAGE_ROTA = "rota.manage"  # who is on duty and on call, for every brand
    READ_AUDIT = "audit.read"
    READ_INTAKE = "intake.read"
    REPLAY_INTAKE = "intake.replay"
    MANAGE_ACCOUNTS = "accounts.manage"
    APPROVE_PLATFORMS = "platforms.approve"  # which platforms we may be on
    MANAGE_PEOPLE = "people.manage"
    MANAGE_TOKENS = "tokens.manage"  # who else's program may ask the API


class Role(StrEnum):
    STAFF = "staff"
    READER = "reader"
    ADVISOR = "advisor"
    LEAD = "lead"
    BRAND_MANAGER = "brand manager"
    REVIEWER = "reviewer"
    OWNER = "owner"
    DEPUTY_CHIEF_EXECUTIVE = "deputy chief executive"
    ADMINISTRATOR = "administrator"


_P = Permission
_STAFF = frozenset({_P.READ_GUIDANCE, _P.READ_POLICY})
_READER = _STAFF | {_P.READ_CONVERSATIONS}
_ADVISOR = _READER | {_P.WORK_CONVERSATIONS, _P.REPLY, _P.MODERATE, _P.HANDLE_ALERTS}
_LEAD = _ADVISOR | {
    _P.MANAGE_ROTA,
    _P.MANAGE_LABELS,
    _P.SHARE_WORK,
    _P.RESTRICT,
    _P.READ_AUDIT,
    _P.READ_INTAKE,
    _P.REPLAY_INTAKE,
    _P.READ_FIGURES,
}

#: An administrator runs the machine and manages logins but reads no resident's words.
BUNDLES: dict[Role, frozenset[Permission]] = {
    Role.STAFF: _STAFF,
    Role.READER: _READER,
    Role.ADVISOR: _ADVISOR,
    Role.LEAD: _LEAD,
    Role.BRAND_MANAGER: _READER
    | {_P.READ_AUDIT, _P.HANDLE_ALERTS, _P.READ_FIGURES, _P.MANAGE_CALENDARS, _P.MANAGE_TEXTS}
    | {_P.MANAGE_LABELS},
    Role.REVIEWER: _READER | {_P.READ_AUDIT, _P.READ_FIGURES, _P.DRAFT_POLICY},
    Role.OWNER: _LEAD
    | {
        _P.MANAGE_PEOPLE,
        _P.DRAFT_POLICY,
        _P.APPROVE_POLICY,
        _P.MANAGE_OFFICES,
        _P.MANAGE_CALENDARS,
        _P.MANAGE_TEXTS,
        _P.APPROVE_PLATFORMS,
    },
    Role.DEPUTY_CHIEF_EXECUTIVE: _READER
    | {
        _P.READ_AUDIT,
        _P.HANDLE_ALERTS,
        _P.READ_FIGURES,
        _P.APPROVE_POLICY,
        _P.APPROVE_PLATFORMS,
    },
    Role.ADMINISTRATOR: _STAFF
    | {
        _P.READ_INTAKE,
        _P.REPLAY_INTAKE,
        _P.MANAGE_ACCOUNTS,
        _P.MANAGE_PEOPLE,
        _P.MANAGE_OFFICES,
        _P.MANAGE_TOKENS,
    },
}

#: Permissions about the whole group rather than one brand: held by a grant for all brands only.
GROUP_WIDE = frozenset(
    {
        _P.MANAGE_ROTA,
        _P.SHARE_WORK,
        _P.APPROVE_PLATFORMS,
        _P.READ_INTAKE,
        _P.REPLAY_INTAKE,
        _P.MANAGE_ACCOUNTS,
        _P.MANAGE_PEOPLE,
        _P.MANAGE_TOKENS,
        _P.MANAGE_OFFICES,
        _P.DRAFT_POLICY,
        _P.APPROVE_POLICY,
    }
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A role held for one brand (its id) or for all (`None`), from and until (half-open)."""

    role: Role
    brand: int | None
    from_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as every query sees them: who, and which roles they hold now."""

    id: int
    name: str
    sign_off: str
    grants: tuple[Granted, ...]

    @property
    def actor(self) -> Actor:
        """Who acts, as the record keeps it."""
        return Actor(ActorKind.PERSON, str(self.id), self.name)

    def may(self, permission: Permission, brand: int | None = None) -> bool:
        """May they do this for this brand? Without a brand: for any at all."""
        held = [grant for grant in self.grants if permission in BUNDLES[grant.role]]
        if permission in GROUP_WIDE:
            return any(grant.brand is None for grant in held)
        if brand is None:
            return bool(held)
        return any(grant.brand in (None, brand) for grant in held)

    def brands_for(self, permission: Permission) -> frozenset[int] | None:
        """Brand ids for which they may; `None` means every brand."""
        held = [grant for grant in self.grants if permission in BUNDLES[grant.role]]
        if any(grant.brand is None for grant in held):
            return None
        return frozenset(grant.brand for grant in held if grant.brand is not None)


@dataclass(frozen=True, slots=True)
class Preferences:
    """How somebody wants the desk to look, to speak and to answer the keyboard."""

    theme: str = "system"
    density: str = "comfortable"
    single_keys: bool = True
    #: One of the installation's LANGUAGES; empty follows its own.
    language: str = ""


THEMES = ("system", "light", "dark", "contrast")
DENSITIES = ("comfortable", "compact", "roomy")


def sign_off(name: str) -> str:
    """“^Sam”: the first name, unless somebody chooses another (clause 6.1)."""
    return name.split()[0] if name.split() else ""


def current(grants: Iterable[Granted], now: datetime) -> tuple[Granted, ...]:
    """The grants in force at `now`."""
    return tuple(
        grant
        for grant in grants
        if grant.from_at <= now and (grant.until_at is None or now < grant.until_at)
    )
