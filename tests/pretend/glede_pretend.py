"""A platform in memory, found by its entry point like any other: flow tests run against it.

`network` is the platform's own truth. `network.fail_with` makes the next calls raise; `before` and
`after` run around the moment a post stands on the network.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from glede.platforms.contract import (
    Ability,
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
    Field,
    Ignored,
    InboundEvent,
    Kind,
    Moderation,
    OutboundMessage,
    Platform,
    PlatformError,
    Post,
    RawEvent,
    Receipt,
    Receives,
    Reconnect,
    Subject,
    TextLimit,
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


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    data = json.loads(body)
    at = datetime.fromisoformat(data["at"])
    if data["type"] == "deleted":
        return [Deleted(account, data["id"], at)]
    if data["type"] == "nothing":
        return [Ignored("a heartbeat")]
    ours = data.get("ours", False)
    who = data.get("by", "dawn")
    post = Post(
        native_id=data["id"],
        account=account,
        author=Author(ACCOUNT if ours else who, who.title()),
        text=data["text"],
        at=at,
        kind=Kind.COMMENT,
        thread=data.get("thread", "t-1"),
        parent=data.get("parent", ""),
        ours=ours,
        revision=data.get("revision", ""),
        subject=Subject("s-1", Author(ACCOUNT, "Red Kite"), "New bin stores", at, ours=True),
    )
    return [Edited(post, at) if data["type"] == "edited" else Written(post)]


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
        network.looked_up.extend(native_ids)
        return []

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
        raise NotImplementedError

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

__all__ = ["Network", "deleted", "network", "platform", "written"]
