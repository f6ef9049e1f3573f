"""A landlord's desk at the sandbox's Graph, and residents on the other side of it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

import httpx

from glede.platforms.contract import (
    Connection,
    Connector,
    Cursor,
    Deleted,
    DoorApp,
    Edited,
    Hook,
    InboundEvent,
    Kind,
    Moderated,
    OutboundMessage,
    Platform,
    RawEvent,
    Request,
    Written,
)
from sandbox.kernel.world import Item, Resident
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox.serving import Served

RESIDENTS = (
    Resident("dilys", "Dilys Penhale", "dilys_penhale"),
    Resident("idris", "Idris Vole", "idris_vole"),
)
WORD = "said before"
NUMBERS = count(1)
_PATIENCE = 15.0


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Desk:
    """One landlord's account, reached by its connector and heard by its door."""

    served: Served
    platform: Platform
    brand: str = "red-kite"
    heard: list[RawEvent] = field(default_factory=list)
    receiver: Receiver | None = None

    def __post_init__(self) -> None:
        self.stage: Any = self.served.world.stages[self.platform.slug]
        self.given: Mapping[str, Any] = self.served.do(self.stage.credentials)
        pages = self.given["pages"]
        self.mine: Mapping[str, Any] = next(one for one in pages if one["brand"] == self.brand)
        self.account = str(self.mine["native_id"])
        self.secret = str(self.given["client_secret"])

    def do(self, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    # --- Our side

    def connection(self, **more: Any) -> Connection:
        settings = {"container_seconds": "0.05", "page_id": str(self.mine["page"])}
        given: dict[str, Any] = {
            "account": self.account,
            "base_url": str(self.given["base_url"]),
            "credential": {"access_token": str(self.mine["access_token"])},
            "handle": str(self.mine["handle"]),
            "settings": settings,
            "app": {"client_id": str(self.given["client_id"]), "client_secret": self.secret},
        }
        return Connection(**given | more)

    def connect(self, **more: Any) -> Connector:
        return self.platform.connect(self.connection(**more))

    def app(self) -> DoorApp:
        return DoorApp("meta", (self.secret,), {"verify_token": WORD})

    @contextmanager
    def listening(self) -> Iterator["Desk"]:
        """With the door open and asked to be called."""
        door = self.platform.door
        assert door is not None
        assert door.answer is not None
        answer = door.answer

        def shaken(query: Mapping[str, str]) -> bytes | None:
            asked = Request("GET", "/hooks", urlencode(query).encode(), {}, b"")
            door.verify(asked, self.app(), now())
            return answer(asked, self.app()).body

        with receiving(shaken) as receiver:
            self.receiver = receiver
            with closing(self.connect()) as connector:
                connector.listen(Hook(receiver.address, self.secret, WORD), now=now())
            yield self
            self.receiver = None

    def called(self) -> list[InboundEvent]:
        """Everything that was called to us so far, verified, split and parsed."""
        return self.parsed(self.raw())

    def raw(self) -> list[RawEvent]:
        assert self.receiver is not None
        door = self.platform.door
        assert door is not None
        found: list[RawEvent] = []
        for request in self.requests():
            door.verify(request, self.app(), now())
            found += door.split(request, self.app(), now())
        return found

    def requests(self) -> list[Request]:
        assert self.receiver is not None
        return [
            Request("POST", "/hooks", b"", headers, body)
            for body, headers in list(self.receiver.taken)
        ]

    def wait[T: InboundEvent](self, kind: type[T], native_id: str) -> T:
        """The event of this kind about this item, once it is called to us."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            for event in self.called():
                if isinstance(event, kind) and about(event) == native_id:
                    return event
            time.sleep(0.02)
        raise AssertionError(f"No {kind.__name__} of {native_id} came: {self.called()[-5:]}")

    def parsed(self, events: Iterable[RawEvent]) -> list[InboundEvent]:
        return [event for raw in events for event in self.platform.parse(raw.body, self.account)]

    def poll(self, cursor: Cursor) -> tuple[list[InboundEvent], Cursor]:
        with closing(self.connect()) as connector:
            batch = connector.poll(cursor, now=now())
        return self.parsed(batch.events), batch.cursor

    # --- Their side

    def publish(self, text: str = "") -> str:
        return str(self.do(self.stage.publish, self.account, text or self.words("post")))

    def comment(self, on: str = "", text: str = "", who: Resident = RESIDENTS[0]) -> str:
        on = on or self.publish()
        return str(self.do(self.stage.comment, who, text or self.words("comment"), on=on))

    def message(self, text: str = "", who: Resident = RESIDENTS[0]) -> str:
        words = text or self.words("message")
        return str(self.do(self.stage.message, who, words, page=self.account))

    def words(self, what: str) -> str:
        return f"{what} no. {next(NUMBERS)}"

    def order(self, kind: str, path: str, method: str = "POST", **more: Any) -> None:
        self.do(self.served.world.faults.order, kind, path=path, method=method, **more)

    # --- What stands there, seen from outside

    def items(self) -> list[Item]:
        wall: Sequence[Item] = self.do(self.stage.wall, self.account, most=10_000)
        return list(flat(wall))

    def item(self, native_id: str) -> Item:
        return next(one for one in self.items() if one.native_id == native_id)

    def standing(self, text: str) -> int:
        chats = [self.do(self.stage.chat, self.account, who) for who in RESIDENTS]
        everything = [*self.items(), *(one for chat in chats for one in chat)]
        return sum(one.by_page and one.text == text and not one.deleted for one in everything)

    def graph(self, path: str, **params: Any) -> Any:
        """Asked as anybody would ask, without the plug-in."""
        params["access_token"] = str(self.mine["access_token"])
        answer = httpx.get(f"{self.served.base}/{self.platform.slug}/v26.0/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    # --- Answers

    def answer(self, parent: str = "", **more: Any) -> OutboundMessage:
        """A public answer to a comment that was just written."""
        root = more.pop("root", "")
        if not parent:
            root = self.publish()
            parent = self.comment(root)
        given: dict[str, Any] = {
            "key": f"key {next(NUMBERS)}",
            "text": self.words("answer"),
            "queued_at": now(),
            "parent": parent,
            "root": root,
            "parent_kind": Kind.COMMENT,
        }
        return OutboundMessage(**given | more)

    def private(self, to: str, parent: str, **more: Any) -> OutboundMessage:
        given: dict[str, Any] = {
            "private": True,
            "parent_kind": Kind.MESSAGE,
            "to": to,
            "heard_at": now() - timedelta(minutes=1),
            "root": f"chat/{to}",
        }
        return self.answer(parent, **given | more)


def about(event: InboundEvent) -> str:
    match event:
        case Written(post=post) | Edited(post=post):
            return post.native_id
        case Deleted(native_id=native_id) | Moderated(native_id=native_id):
            return native_id
    return ""


def flat(items: Iterable[Item]) -> Iterator[Item]:
    for one in items:
        yield one
        yield from flat(one.replies)
