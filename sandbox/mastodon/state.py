"""What stands on the instance: accounts, statuses, notifications, media. No HTTP here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Statuses that ask for the same key within this time are the same status.
KEY_HOLDS = timedelta(hours=1)


class Invalid(Exception):  # noqa: N818 - reads as a state
    """The instance does not take it; the message is what it says, `status` how."""

    def __init__(self, why: str, status: int = 422) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True)
class Account:
    """`acct` holds the domain of somebody from another instance. `brand`: a landlord's account;
    `resident`: the key of somebody of the town."""

    id: str
    username: str
    acct: str
    name: str
    created_at: datetime
    brand: str = ""
    resident: str = ""
    language: str = "en"

    @property
    def who(self) -> str:
        return self.resident or self.id


@dataclass(slots=True)
class Version:
    text: str
    spoiler: str
    at: datetime


@dataclass(slots=True)
class Status:
    id: str
    account: str
    text: str
    visibility: str
    at: datetime
    spoiler: str = ""
    language: str = ""
    sensitive: bool = False
    in_reply_to: str = ""
    mentions: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    quote: str = ""
    app: str = ""
    edited_at: datetime | None = None
    deleted: bool = False
    #: Named in front by the app a resident types into; stays in front when they edit.
    lead: str = ""
    history: list[Version] = field(default_factory=list)


@dataclass(slots=True)
class Notice:
    """A notification: `whose` is told that `who` did something with a status."""

    id: str
    kind: str
    whose: str
    who: str
    status: str
    at: datetime


@dataclass(slots=True)
class Medium:
    id: str
    owner: str
    digest: str
    kind: str  # image | gifv | video | audio
    content_type: str
    ready_at: datetime
    alt: str = ""
    width: int = 0
    height: int = 0


@dataclass(slots=True)
class Scheduled:
    id: str
    account: str
    at: datetime
    text: str
    visibility: str
    spoiler: str = ""
    language: str = ""
    in_reply_to: str = ""
    media: list[str] = field(default_factory=list)
    key: str = ""


@dataclass(slots=True)
class Report:
    id: str
    by: str
    of: str
    statuses: list[str]
    comment: str
    category: str
    forwarded: bool
    at: datetime


@dataclass(slots=True)
class Used:
    """A status that was made under an idempotency key."""

    account: str
    key: str
    id: str
    at: datetime


@dataclass(slots=True)
class State:
    """All of it, so that it can be written down and read again."""

    accounts: dict[str, Account] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    notices: dict[str, list[Notice]] = field(default_factory=dict)  # by whose
    media: dict[str, Medium] = field(default_factory=dict)
    scheduled: dict[str, Scheduled] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)
    follows: set[tuple[str, str]] = field(default_factory=set)
    blocks: set[tuple[str, str]] = field(default_factory=set)
    mutes: set[tuple[str, str]] = field(default_factory=set)
    quiet: set[tuple[str, str]] = field(default_factory=set)  # account, root of a conversation
    tokens: dict[str, str] = field(default_factory=dict, repr=False)  # page's account: token
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    last_id: int = 0
    # What would otherwise be looked for from end to end.
    accts: dict[str, str] = field(default_factory=dict)
    under: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, list[str]] = field(default_factory=dict)
    quoted: dict[str, int] = field(default_factory=dict)
    followers: dict[str, int] = field(default_factory=dict)

    def meet(self, account: Account) -> None:
        self.accounts[account.id] = account
        self.accts[account.acct.lower()] = account.id

    def keep(self, status: Status) -> None:
        self.statuses[status.id] = status
        self.own.setdefault(status.account, []).append(status.id)
        if status.in_reply_to:
            self.under.setdefault(status.in_reply_to, []).append(status.id)
        if status.quote:
            self.quoted[status.quote] = self.quoted.get(status.quote, 0) + 1

    def next_id(self, now: datetime) -> str:
        """Grows with time, as the instance's own: milliseconds, and a count in the low bits."""
        self.last_id = max(int(now.timestamp() * 1000) << 16, self.last_id + 1)
        return str(self.last_id)

    def standing(self, status_id: str) -> Status:
        """Raises `Invalid` where there is none (any more)."""
        found = self.statuses.get(status_id)
        if found is None or found.deleted:
            raise Invalid("Record not found", 404)
        return found

    def account(self, account_id: str) -> Account:
        found = self.accounts.get(account_id)
        if found is None:
            raise Invalid("Record not found", 404)
        return found

    def by_acct(self, acct: str, domain: str) -> Account | None:
        wanted = acct.removeprefix("@").lower().removesuffix(f"@{domain}")
        found = self.accts.get(wanted, "")
        return self.accounts.get(found)

    def sees(self, viewer: str, status: Status) -> bool:
        if status.deleted:
            return False
        if viewer == status.account or viewer in status.mentions:
            return True
        if status.visibility == "private":
            return (viewer, status.account) in self.follows
        return status.visibility != "direct"

    def root(self, status: Status) -> Status:
        """The first of the thread that is still known."""
        while status.in_reply_to and status.in_reply_to in self.statuses:
            status = self.statuses[status.in_reply_to]
        return status

    def ancestors(self, status: Status) -> list[Status]:
        found: list[Status] = []
        while status.in_reply_to and status.in_reply_to in self.statuses:
            status = self.statuses[status.in_reply_to]
            if not status.deleted:
                found.append(status)
        return found[::-1]

    def children(self, status_id: str) -> list[Status]:
        return [self.statuses[one] for one in self.under.get(status_id, [])]

    def own_of(self, account_id: str) -> list[Status]:
        """Newest first, without what was deleted."""
        return [self.statuses[one] for one in reversed(self.own.get(account_id, []))]

    def descendants(self, status: Status) -> list[Status]:
        found: list[Status] = []
        for child in self.children(status.id):
            if not child.deleted:
                found.append(child)
            found += self.descendants(child)
        return found
