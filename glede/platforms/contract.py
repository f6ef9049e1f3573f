"""What a platform plug-in and the desk say to each other: values, functions, errors.

A plug-in is a package with an entry point in the group `glede.platforms` that names a `Platform`.
It owns no tables, opens no transactions and imports nothing of Glede above this floor. It writes
only what differs from other platforms; timing, logging and the classification of outcomes are done
once by the caller (`glede.flow`). `glede.platforms.conformance` tells a plug-in whether it is one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

# --- Values coming in ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event as the platform gave it, before anybody understood it.

    `key` is the platform's own event id, or `digest(body)` where it has none; one app never
    stores the same key twice. `account` is the native id of the account it is for, "" if unsaid.
    """

    key: str
    body: bytes
    account: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """The person or account that wrote something, as the platform names them."""

    native_id: str
    name: str
    handle: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or sound: in, by address or content; out, by content with alt text."""

    kind: str  # image | video | audio | file
    alt: str = ""
    url: str = ""
    content: bytes = b""
    content_type: str = ""
    width: int = 0
    height: int = 0


class Kind(StrEnum):
    """What sort of thing was written; the words a row shows."""

    COMMENT = "comment"
    MENTION = "mention"
    QUOTE = "quote"
    MESSAGE = "private message"
    REVIEW = "review"
    FORM = "web form"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Post:
    """One native item: a post, comment, mention, private message or form.

    `at` is the platform's *server* time (UTC); `remark_at` is what a client claimed, kept as a
    remark only. `thread` groups what belongs together natively (the root of a public tree, the id
    of a private chat). `ours` means the account itself wrote it, here or in the native app.
    """

    native_id: str
    account: str
    author: Author
    text: str
    at: datetime
    kind: Kind
    thread: str
    parent: str = ""
    private: bool = False
    ours: bool = False
    url: str = ""
    revision: str = ""
    language: str = ""
    media: tuple[Media, ...] = ()
    #: Full addresses of the links in it, where the words show them shortened or not at all.
    links: tuple[str, ...] = ()
    subject: "Subject | None" = None
    remark_at: datetime | None = None
    #: An address the person left to be told of an answer (web form); "" if none.
    notify: str = ""
    #: Hash of the private link the person holds (web form); "" if none.
    link_hash: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The post under discussion: ours, or somebody's in which we are mentioned."""

    native_id: str
    author: Author
    text: str
    at: datetime
    url: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """Something was written, or seen again in a list."""

    post: Post


@dataclass(frozen=True, slots=True)
class Edited:
    """The words of a known item changed: `post` has the new words, `at` is when."""

    post: Post
    at: datetime


@dataclass(frozen=True, slots=True)
class Deleted:
    """An item was taken away by its author or the platform."""

    account: str
    native_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that carries nothing for a desk; says why, so that silence is never a guess."""

    why: str


type InboundEvent = Written | Edited | Deleted | Ignored


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a poll or stream left off; opaque to everybody but the plug-in."""

    value: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll, or one turn of a stream, brought: events, and where to go on from.

    `gap` says that the platform could not give everything since the cursor, so open threads have
    to be looked up again (`lookup`).
    """

    events: tuple[RawEvent, ...]
    cursor: Cursor
    gap: bool = False


# --- Values going out ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connection:
    """An account of ours with what is needed to use it; secrets are already decrypted.

    `base_url` is the platform's address (a sandbox or a test network can stand in);
    `settings` are the account's other settings by name.
    """

    account: str
    base_url: str
    credential: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A reply to go out. `key` is ours and stays the same for every try of this delivery."""

    key: str
    text: str
    queued_at: datetime
    parent: str = ""
    parent_revision: str = ""
    root: str = ""
    root_revision: str = ""
    private: bool = False
    language: str = "en"
    media: tuple[Media, ...] = ()
    #: Where the person asked to be told, and the private link at which the answer stands.
    notify: str = ""
    link: str = ""
    speaker: str = ""
    #: Nobody wrote it: it says that the message is here, and answers nothing.
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform has it: its id there and the *platform's* time of it (UTC)."""

    native_id: str
    at: datetime
    url: str = ""
    revision: str = ""


class Act(StrEnum):
    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"
    BLOCK = "block"
    UNBLOCK = "unblock"


@dataclass(frozen=True, slots=True)
class Moderation:
    """An act on somebody else's item (`native_id`) or on a person (`author`)."""

    key: str
    act: Act
    native_id: str = ""
    root: str = ""
    author: str = ""


# --- Errors: a plug-in raises only these ---------------------------------------------------


class PlatformError(Exception):
    """The platform did not do as asked."""


class Refused(PlatformError):  # noqa: N818 - outcomes read as states: refused, gone, reconnect
    """The platform, or we by its rules, said no; trying again changes nothing."""


class Gone(Refused):
    """What we answered or acted on is no longer there."""


class Reconnect(PlatformError):  # noqa: N818
    """The account's credential no longer works; a person must connect it again."""


class TryAgain(PlatformError):  # noqa: N818
    """Not now. Nothing was done, and it may be tried from `at` on (UTC)."""

    def __init__(self, why: str, *, at: datetime | None = None) -> None:
        super().__init__(why)
        self.at = at


class OutcomeUnknown(PlatformError):  # noqa: N818
    """It was sent but no answer came: only `read_back` can tell whether it was done."""


# --- Verifying what comes through the door -------------------------------------------------


class NotGenuine(Exception):  # noqa: N818
    """The request does not prove that it comes from the platform. `status` is the answer."""

    def __init__(self, why: str, *, status: int = 401) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request at the door, as bytes; header names in lower case."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    client: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door answers once the events are committed."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


#: What nearly every caller is told; the door has its bytes ready.
KEPT = Answer(200, b'{"message": "Kept."}', (("content-type", "application/json"),))


@dataclass(frozen=True, slots=True)
class DoorApp:
    """What the door knows of an app: valid secrets (newest first, at most two) and settings."""

    slug: str
    secrets: tuple[str, ...] = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `most` genuine calls with this key in so many seconds; beyond it comes a 429."""

    key: str
    most: int
    within_seconds: int


@dataclass(frozen=True, slots=True)
class Door:
    """How a platform's calls are taken in: pure functions, run before anything is stored.

    `verify` raises `NotGenuine`; `split` never raises on a verified body: what it cannot split it
    returns as one event. `answer` makes the reply (a handshake, a redirect); `max_bytes` is the
    largest body taken. `open_methods` are the methods a call may use. `allowances` limit how often
    (a public form); they are counted once for all our processes, after `verify`.
    """

    verify: Callable[[Request, DoorApp, datetime], None]
    split: Callable[[Request, DoorApp, datetime], Sequence[RawEvent]]
    max_bytes: int
    answer: Callable[[Request, DoorApp], Answer] | None = None
    open_methods: tuple[str, ...] = ("POST",)
    allowances: Callable[[Request, DoorApp], Sequence[Allowance]] | None = None


# --- Capabilities: data, each with its source ----------------------------------------------


class Can(StrEnum):
    YES = "yes"
    CONDITIONS = "conditions"
    NO = "no"


class By(StrEnum):
    WEBHOOK = "webhook"
    STREAM = "stream"
    POLL = "poll"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing a platform's API lets a desk do; `source` is where that was read."""

    can: Can
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receives:
    by: By
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TextLimit:
    """How long a text may be and how the platform counts it."""

    most: int
    unit: str  # characters | graphemes
    source: str
    most_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Receive keys: comments, mentions, quotes, messages, reviews, forms, edits, deletions,
    own_posts. Ability keys: reply_public, reply_private, automatic_acknowledgement, image, hide,
    unhide, delete, block, unblock, publish, schedule, idempotency_key."""

    receive: Mapping[str, Receives]
    abilities: Mapping[str, Ability]
    text: TextLimit
    rate_limits: str
    cost: str = "none"


# --- The plug-in ---------------------------------------------------------------------------


class Connector(Protocol):
    """An open connection for one account. A function a plug-in lacks raises `Refused`."""

    def identify(self, *, now: datetime) -> Author:
        """Whose credential this is; proves that it works. `native_id` is the account's."""
        ...

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch: ...

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]: ...

    def stream(
        self, cursor: Cursor, *, stop: Callable[[], bool], watched: Callable[[], frozenset[str]]
    ) -> Iterator[Batch]: ...

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt: ...

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None: ...

    def moderate(self, moderation: Moderation, *, now: datetime) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a person fills in to connect an account; a `made` one we make at random."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    hint: str = ""
    made: bool = False


@dataclass(frozen=True, slots=True)
class Platform:
    """A plug-in's whole face. `glyph` names our own letter mark in the icon sheet."""

    slug: str
    name: str
    glyph: str
    capabilities: Capabilities
    parse: Callable[[bytes, str], Sequence[InboundEvent]]
    connect: Callable[[Connection], Connector]
    count_text: Callable[[str], int]
    fields: tuple[Field, ...] = ()
    door: Door | None = None
    #: Seconds between two polls of one account; 0 where nothing is polled.
    poll_every: int = 0
    #: The address of the platform itself, where an account names no other.
    base_url: str = ""
