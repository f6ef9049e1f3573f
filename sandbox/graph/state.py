"""What Meta's platforms remember: accounts, people, posts with what hangs under them, messages."""

import hashlib
from datetime import datetime

import msgspec


def digits(*of: str, length: int, first: str = "") -> str:
    """The same number for the same words; ids of Meta are numbers without meaning."""
    number = int.from_bytes(hashlib.sha256("|".join(of).encode()).digest()[:16])
    return first + str(number).zfill(length)[-(length - len(first)) :]


class Account(msgspec.Struct):
    """A Page, or the professional Instagram account that hangs on one; `pair` is the other."""

    id: str
    brand: str
    name: str
    handle: str
    instagram: bool
    pair: str
    fields: list[str] = []  # what `subscribed_apps` was asked for; none: no events

    @property
    def slug(self) -> str:
        return "instagram" if self.instagram else "facebook"


class Person(msgspec.Struct):
    """A resident under the id that one account knows them by; another account has another."""

    id: str
    key: str
    name: str
    handle: str
    account: str


class Entry(msgspec.Struct):
    """Anything public. `kind`: post, visitor, tagged, rating, media, foreign, comment."""

    id: str
    account: str
    kind: str
    who: str  # a person's scoped id, or the account's own
    text: str
    at: datetime
    parent: str = ""  # of a comment: the post, or the comment it answers
    post: str = ""
    pictures: list[str] = []
    link: str = ""
    form: str = ""  # IMAGE, VIDEO, REELS, STORIES, CAROUSEL_ALBUM; added_photos, added_video …
    alt: str = ""
    edited: datetime | None = None
    published: bool = True
    due: datetime | None = None  # when a scheduled post appears
    hidden: bool = False
    deleted: bool = False
    closed: bool = False  # comments are off
    likes: list[str] = []
    answered_privately: str = ""


class Message(msgspec.Struct):
    id: str
    account: str
    person: str
    by_page: bool
    text: str
    at: datetime
    pictures: list[str] = []
    edits: int = 0
    deleted: bool = False
    app: str = ""  # the app that sent it; "" for the platform's own


class Container(msgspec.Struct):
    """An Instagram publication before it is one."""

    id: str
    account: str
    at: datetime
    form: str
    caption: str
    media: list[str]
    alt: str = ""
    ready: datetime | None = None  # none: it waits for its bytes
    error: str = ""
    published: str = ""


class Upload(msgspec.Struct):
    """A film that comes in pieces."""

    id: str
    account: str
    session: str
    size: int
    at: datetime
    content: bytes = b""
    text: str = ""
    state: str = "uploading"
    post: str = ""


class Photo(msgspec.Struct):
    id: str
    account: str
    digest: str
    text: str
    alt: str
    at: datetime
    post: str = ""


class Token(msgspec.Struct):
    value: str
    kind: str  # USER | PAGE | SYSTEM_USER
    subject: str
    scopes: list[str]
    until: datetime | None
    made: datetime
    page: str = ""


class Subscription(msgspec.Struct):
    callback: str
    fields: list[str]
    verify_token: str = ""


class Stored(msgspec.Struct):
    """Everything that outlives a restart."""

    app_secret: str
    counter: int = 0
    accounts: dict[str, Account] = {}
    people: dict[str, Person] = {}
    entries: dict[str, Entry] = {}
    messages: dict[str, Message] = {}
    containers: dict[str, Container] = {}
    uploads: dict[str, Upload] = {}
    photos: dict[str, Photo] = {}
    tokens: dict[str, Token] = {}
    subscriptions: dict[str, Subscription] = {}
    blocked: dict[str, list[str]] = {}
    published: dict[str, list[datetime]] = {}
