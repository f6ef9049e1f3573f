"""A platform in memory, found by its entry point like any other: flow tests run against it.

`network` is the platform's own truth. `network.fail_with` makes the next calls raise; `before` and
`after` run around the moment a post stands on the network.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from glede.platforms.contract import (
    Ability,
    Act,
    Author,
    Bare,
    Batch,
    By,
    Can,
    Capabilities,
    Connection,
    Cursor,
    Deleted,
    Edited,
    Fetched,
    Field,
    Gone,
    Ignored,
    InboundEvent,
    Kind,
    Media,
    Moderated,
    Moderation,
    OutboundMessage,
    Platform,
    PlatformError,
    Post,
    RawEvent,
    Receipt,
    Receives,
    Reconnect,
    Refused,
    Subject,
    TextLimit,
    Veil,
    Window,
    Written,
)

SOURCE = "invented for tests"
ACCOUNT = "page-1"


@dataclass
class Network:
    """What stands on the pretend platform, and what it will do next."""

    posts: dict[str, OutboundMessage] = field(default_factory=dict)
    fail_with: list[PlatformError] = field(default_factory=list)
    after: Callable[[], None] | None = None
    at: datetime | None = None
    events: list[RawEvent] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    #: What a look-up by id finds.
    items: dict[str, RawEvent] = field(default_factory=dict)
    #: Acts that were done, in order; and how often each was asked for.
    acts: list[Moderation] = field(default_factory=list)
    #: Attachments by address.
    files: dict[str, Fetched] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    gap: bool = False

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]  # a fresh network for the next test


network = Network()


def written(native_id: str, text: str, *, at: datetime, **more: object) -> RawEvent:
    """An event as the platform would send it."""
    data = {"type": "written", "id": native_id, "text": text, "at": at.isoformat(), **more}
    return RawEvent(key=f"{native_id}:{text}", body=json.dumps(data).encode(), account=ACCOUNT)


def deleted(native_id: str, *, at: datetime) -> RawEvent:
    data = {"type": "deleted", "id": native_id, "at": at.isoformat()}
    return RawEvent(key=f"{native_id}:gone", body=json.dumps(data).encode(), account=ACCOUNT)


def moderated(native_id: str, act: Act, *, at: datetime) -> RawEvent:
    data = {"type": "moderated", "id": native_id, "act": act.value, "at": at.isoformat()}
    return RawEvent(key=f"{native_id}:{act}", body=json.dumps(data).encode(), account=ACCOUNT)


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    data = json.loads(body)
    at = datetime.fromisoformat(data["at"])
    if data["type"] == "deleted":
        return [Deleted(account, data["id"], at)]
    if data["type"] == "moderated":
        return [Moderated(account, data["id"], Act(data["act"]), at)]
    if data["type"] == "nothing":
        return [Ignored("a heartbeat")]
    ours = data.get("ours", False)
    who = data.get("by", "dawn")
    post = Post(
        native_id=data["id"],
        account=account,
        author=Author(
            ACCOUNT if ours else who,
            data.get("called", who.title()),
            stand_in="called" in data and not data["told"],
        ),
        text=data["text"],
        at=at,
        kind=Kind.MESSAGE if data.get("private") else Kind.COMMENT,
        private=data.get("private", False),
        hidden=data.get("hidden", False),
        unread=data.get("unread", False),
        media=tuple(_media(one) for one in data.get("media", ())),
        url=data.get("url", ""),
        thread=data.get("thread", "t-1"),
        parent=data.get("parent", ""),
        ours=ours,
        revision=data.get("revision", ""),
        subject=None if data.get("private") else _subject(data.get("about", {}), at),
    )
    return [Edited(post, at) if data["type"] == "edited" else Written(post)]


def _subject(about: dict[str, Any], at: datetime) -> Subject:
    return Subject(
        about.get("id", "s-1"),
        Author(ACCOUNT, "Red Kite"),
        "New bin stores",
        at,
        ours=True,
        media=tuple(_media(one) for one in about.get("media", ())),
        veil=Veil(about["veil"]) if "veil" in about else None,
    )


def _media(of: dict[str, str]) -> Media:
    ends = of.get("expires_at")
    return Media(
        kind=of.get("kind", "image"),
        alt=of.get("alt", ""),
        url=of["url"],
        content_type=of.get("content_type", ""),
        expires_at=datetime.fromisoformat(ends) if ends else None,
    )


class PretendConnector(Bare):
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.closed = False

    def identify(self, *, now: datetime) -> Author:
        self._maybe_fail()
        if self.connection.credential.get("password") == "wrong":
            raise Reconnect("The password is not known.")
        return Author("page-2", "Pennvale", handle="pennvale")

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        self._maybe_fail()
        start = int(cursor.value or 0)
        return Batch(tuple(network.events[start:]), Cursor(str(len(network.events))), network.gap)

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        self._maybe_fail()
        network.looked_up.extend(native_ids)
        return [network.items[one] for one in native_ids if one in network.items]

    def stream(
        self,
        cursor: Cursor,
        *,
        stop: Callable[[], bool],
        watched: Callable[[], frozenset[str]],
    ) -> Iterator[Batch]:
        while not stop():
            watched()
            yield self.poll(cursor, now=datetime.now(UTC))
            cursor = Cursor(str(len(network.events)))

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        self._maybe_fail()
        network.posts.setdefault(message.key, message)
        if network.after is not None:
            network.after()
        return self._receipt(message, now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        self._maybe_fail()
        return self._receipt(message, now) if message.key in network.posts else None

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        self._maybe_fail()
        network.acts.append(moderation)
        if network.after is not None:
            network.after()

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        self._maybe_fail()
        network.fetched.append(media.url)
        found = network.files.get(media.url)
        if found is None:
            raise Gone("The platform has it no more.")
        if len(found.content) > most_bytes:
            raise Refused(f"It is larger than {most_bytes} bytes.")
        return found

    def close(self) -> None:
        self.closed = True

    def _receipt(self, message: OutboundMessage, now: datetime) -> Receipt:
        return Receipt(native_id=f"post-{message.key}", at=network.at or now)

    def _maybe_fail(self) -> None:
        if network.fail_with:
            raise network.fail_with.pop(0)


def _can(can: Can) -> Ability:
    return Ability(can, SOURCE)


platform = Platform(
    slug="pretend",
    name="Pretend",
    glyph="p-website",
    capabilities=Capabilities(
        receive={"comments": Receives(By.POLL, SOURCE)},
        abilities={
            "reply_public": _can(Can.YES),
            "reply_private": _can(Can.NO),
            "automatic_acknowledgement": _can(Can.NO),
        },
        text=TextLimit(most=300, unit="characters", source=SOURCE),
        rate_limits="none",
    ),
    parse=parse,
    connect=PretendConnector,
    count_text=len,
    fields=(
        Field("user", "Name"),
        Field("password", "Password", secret=True),
        Field("nickname", "Nickname", required=False),
    ),
    poll_every=5,
    base_url="https://pretend.example",
)

#: The same network for an account that may do everything, within the windows a platform has.
able = replace(
    platform,
    slug="able",
    name="Able",
    capabilities=replace(
        platform.capabilities,
        abilities={
            name: _can(Can.YES)
            for name in (
                "reply_public",
                "reply_private",
                "automatic_acknowledgement",
                "image",
                "hide",
                "unhide",
                "delete",
                "block",
                "unblock",
                "report",
            )
        }
        | {"video": _can(Can.NO), "idempotency_key": _can(Can.NO)},
        windows=(
            Window("message", timedelta(hours=24), SOURCE, automatic=True),
            Window("a person’s message", timedelta(days=7), SOURCE),
            Window("private reply", timedelta(days=7), SOURCE, once=True),
        ),
    ),
)

#: The same, where a platform lets nothing automatic be said but under conditions.
wary = replace(
    able,
    slug="wary",
    name="Wary",
    capabilities=replace(
        able.capabilities,
        abilities={
            **able.capabilities.abilities,
            "automatic_acknowledgement": _can(Can.CONDITIONS),
        },
    ),
)

__all__ = ["Network", "able", "deleted", "moderated", "network", "platform", "wary", "written"]
