"""What a platform plug-in and the desk say to each other: values, functions, errors.

A plug-in is a package with an entry point in the group `glede.platforms` that names a `Platform`.
It owns no tables, opens no transactions and imports nothing of Glede above this floor. It writes
only what differs from other platforms; timing, logging and the classification of outcomes are done
once by the caller (`glede.flow`). `glede.platforms.conformance` tells a plug-in whether it is one.
"""
# ruff: noqa: ARG002 - `Bare` has the contract's parameters and needs none

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from glede.kit.words import Spoken
from glede.platforms.meter import Meter

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
    #: The platform kept the name back, and `name` is what we call somebody then.
    stand_in: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or sound: in, by address or content; out, by content with alt text.

    `expires_at` is when the platform's address stops working, where it says or is known to.
    """

    kind: str  # image | video | audio | file
    alt: str = ""
    url: str = ""
    content: bytes = b""
    content_type: str = ""
    width: int = 0
    height: int = 0
    expires_at: datetime | None = None


class Kind(Spoken):
    """What sort of thing was written; the words a row shows."""

    COMMENT = "comment"
    MENTION = "mention"
    QUOTE = "quote"
    MESSAGE = "private message"
    REVIEW = "review"
    FORM = "web form"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Veil:
    """The platform, or the author there, marked it as nothing to be looked at unasked: `why` in
    the mark's own words; with `words` it is for what is written too, not for pictures alone."""

    why: str
    words: bool = False


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
    #: The platform shows it to nobody but its author and us: hidden, or held for review.
    hidden: bool = False
    #: The platform told only that it is there: its words come when it is looked up.
    unread: bool = False
    veil: Veil | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The post under discussion: ours, or somebody's in which we are mentioned."""

    native_id: str
    author: Author
    text: str
    at: datetime
    url: str = ""
    ours: bool = False
    media: tuple[Media, ...] = ()
    veil: Veil | None = None


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
class Moderated:
    """Someone of ours hid, showed or removed it in the platform's own app, or the platform did."""

    account: str
    native_id: str
    act: "Act"
    at: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that carries nothing for a desk; says why, so that silence is never a guess."""

    why: str


type InboundEvent = Written | Edited | Deleted | Moderated | Ignored


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


@dataclass(frozen=True, slots=True)
class Fetched:
    """An attachment as it came from the platform, before anybody looked into it."""

    content: bytes = field(repr=False)
    content_type: str


# --- Values going out ----------------------------------------------------------------------

type Credential = Mapping[str, str]

#: Given the credential that no longer works and a call that asks the platform for the next one,
#: returns the one to use. Whoever opened the connection makes sure that of all threads and
#: processes one asks, that the others wait for its answer, and that the answer is kept.
type Renew = Callable[[Credential, Callable[[Credential], Credential]], Credential]


def _renew_alone(old: Credential, ask: Callable[[Credential], Credential]) -> Credential:
    return ask(old)


@dataclass(frozen=True, slots=True)
class Connection:
    """An account of ours with what is needed to use it; secrets are already decrypted.

    `base_url` is the platform's address (a sandbox or a test network can stand in);
    `settings` are the account's and its app's other settings by name; `app` is what the app's
    registration holds besides (client_id, client_secret), for platforms that ask for it with each
    renewal. A plug-in says to `meter` what each call spent and reads there what is left; it asks
    `renew` for a new access token, and never keeps one for itself alone.
    """

    account: str
    base_url: str
    credential: Credential = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    handle: str = ""
    app: Mapping[str, str] = field(default_factory=dict, repr=False)
    meter: Meter = field(default_factory=Meter, compare=False, repr=False)
    renew: Renew = field(default=_renew_alone, compare=False, repr=False)


class Form(StrEnum):
    """Where on the platform something published stands."""

    POST = "post"
    STORY = "story"
    REEL = "reel"  # a short film: Instagram reel, Snapchat spotlight, Facebook reel
    SAVED_STORY = "saved story"


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published beside its words. `at`: the platform itself shows it then (UTC)."""

    form: Form = Form.POST
    title: str = ""
    address: str = ""  # a link to share with a preview
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A reply to go out, or with `publication` and no `parent` something to publish.

    `key` is ours and stays the same for every try of this delivery.
    """

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
    #: What is answered: a private message in its own chat, or a public item (then `private` means
    #: one private reply to it).
    parent_kind: Kind | None = None
    #: The person it is for, as the platform names them, and when they last wrote to us there.
    to: str = ""
    heard_at: datetime | None = None
    publication: Publication | None = None


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
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Moderation:
    """An act on somebody else's item (`native_id`) or on a person (`author`).

    `reason` is told to the platform where it asks for one (a report).
    """

    key: str
    act: Act
    native_id: str = ""
    root: str = ""
    author: str = ""
    private: bool = False
    reason: str = ""


# --- Errors: a plug-in raises only these ---------------------------------------------------


class PlatformError(Exception):
    """The platform did not do as asked."""


class Refused(PlatformError):  # noqa: N818 - outcomes read as states: refused, gone, reconnect
    """The platform, or we by its rules, said no; trying again changes nothing."""


class Gone(Refused):
    """What we answered or acted on is no longer there."""


class AnswerThere(Refused):
    """The platform takes this answer from a person in its own app, not from us. `url` is where."""

    def __init__(self, why: str, *, url: str) -> None:
        super().__init__(why)
        self.url = url


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
class PictureLimit:
    """How many pictures a reply may carry, how large each, and of which types."""

    most: int
    most_bytes: int
    types: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Window:
    """How long after a person's last word we may still write to them in private.

    `automatic` says whether the desk may do so without a person; `once` that one answer is all.
    """

    name: str
    within: timedelta
    source: str
    automatic: bool = False
    once: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """What an account may spend in a period; `name` is what the plug-in calls it in its meter.

    A period is a day of `zone`, written 2026-11-22. `most` 0: no limit, but it is counted. A
    `shared` one belongs to our registration: all accounts connected by it spend it together.
    """

    name: str
    unit: str
    most: int
    zone: str
    source: str
    note: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Receive keys: comments, mentions, quotes, messages, reviews, forms, edits, deletions,
    own_posts. Ability keys: reply_public, reply_private, automatic_acknowledgement, image, video,
    story, hide, unhide, delete, block, unblock, report, publish, schedule, idempotency_key."""

    receive: Mapping[str, Receives]
    abilities: Mapping[str, Ability]
    text: TextLimit
    rate_limits: str
    cost: str = "none"
    windows: tuple[Window, ...] = ()
    budgets: tuple[Budget, ...] = ()
    #: None: the desk keeps to what every platform takes (one, JPEG or PNG, 2 MB).
    pictures: PictureLimit | None = None


# --- Connecting an account -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission we ask the platform for. `words` say to a person what it lets us do."""

    name: str
    words: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Registration:
    """Our app at a platform, as an authorisation needs it."""

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that a person just let us use. `expires_at`: when its credential ends for good
    unless a person renews it; None where we renew it ourselves or it does not end."""

    native_id: str
    name: str
    credential: Credential = field(repr=False)
    handle: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OAuth:
    """The authorisation code flow of RFC 6749 with state, and PKCE (RFC 7636, S256) if `pkce`.

    `address(registration, redirect, state, challenge)` is where the person is sent;
    `finish(registration, code, redirect, verifier, now)` returns the accounts they may connect
    and raises the contract's errors.
    """

    scopes: tuple[Scope, ...]
    address: Callable[["Registration", str, str, str], str]
    finish: Callable[["Registration", str, str, str, datetime], Sequence[Offer]]
    pkce: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the platform is to call us. `secret` signs, `verify_token` is echoed at a handshake."""

    address: str
    secret: str = field(default="", repr=False)
    verify_token: str = field(default="", repr=False)


# --- The plug-in ---------------------------------------------------------------------------


class Connector(Protocol):
    """An open connection for one account. A function a plug-in lacks raises `Refused`;
    `Bare` has those refusals ready."""

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

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        """An attachment from the platform's own address; `Refused` if it is larger."""
        ...

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        """Ask the platform to call us for this account; safe to repeat. Returns when to ask again
        at the latest, None if never."""
        ...

    def close(self) -> None: ...


class Bare:
    """What a plug-in that lacks a function answers; inherit, and write what differs."""

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        raise Refused("This platform has no list to ask for what is new.")

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        raise Refused("This platform cannot be asked for an item by its id.")

    def stream(
        self, cursor: Cursor, *, stop: Callable[[], bool], watched: Callable[[], frozenset[str]]
    ) -> Iterator[Batch]:
        raise Refused("This platform has no stream.")

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        raise Refused("Nothing can be sent to this platform from here.")

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        raise Refused("This platform cannot be asked for what we sent.")

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        raise Refused(f"This platform offers no “{moderation.act.value}” to us.")

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        raise Refused("Attachments cannot be fetched from this platform.")

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        return None

    def close(self) -> None:
        return None


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
    #: Seconds between two look-ups of what stands in open threads, for a platform that tells of no
    #: edit or deletion by itself; 0: after a gap only. Needs `poll_every`.
    look_every: int = 0
    #: The address of the platform itself, where an account names no other.
    base_url: str = ""
    #: How a person lets us in; None where `fields` are typed or pasted.
    oauth: OAuth | None = None
    #: What our own registration at the platform needs before an account can be connected:
    #: client_id, client_secret, and for the door `webhook_secret` (without one, the client_secret
    #: is what the door verifies with) and `verify_token`, which the door finds in its settings.
    app_fields: tuple[Field, ...] = ()
    #: One registration serves every brand (Meta, X); else each account has its own.
    shared_app: bool = False
