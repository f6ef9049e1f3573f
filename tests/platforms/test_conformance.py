"""The conformance checks catch a plug-in that says what it does not do."""
# ruff: noqa: ARG002 - the board has the contract's parameters, and needs few of them

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.conformance import ABILITIES, RECEIVES, Check, NotConforming, checks
from glede.platforms.contract import (
    Ability,
    Act,
    Author,
    Bare,
    Batch,
    By,
    Can,
    Capabilities,
    Connector,
    Cursor,
    Deleted,
    Door,
    DoorApp,
    Ignored,
    InboundEvent,
    Moderation,
    NotGenuine,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
    Receives,
    Refused,
    Request,
    TextLimit,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MOST = 20


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    if body.startswith(b"gone "):
        return (Deleted(account, body[5:].decode(errors="replace"), NOW),)
    return (Ignored("Only deletions are understood here."),)


@dataclass
class Notice(Bare):
    """A board on which notes are pinned; honest unless told otherwise."""

    pinned: dict[str, str]
    keyed: bool = True
    refuses: bool = True

    def identify(self, *, now: datetime) -> Author:
        return Author("us", "us")

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        raise Refused("There is no list.")

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return [RawEvent(one, f"gone {one}".encode()) for one in native_ids]

    def stream(
        self, cursor: Cursor, *, stop: Callable[[], bool], watched: Callable[[], frozenset[str]]
    ) -> Iterator[Batch]:
        raise Refused("There is no stream.")

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        if self.refuses and (len(message.text) > MOST or message.private or message.media):
            raise Refused("The board takes short public notes.")
        key = message.key if self.keyed else f"{message.key} {len(self.pinned)}"
        self.pinned[key] = message.text
        return Receipt(key, NOW)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        return Receipt(message.key, NOW) if message.key in self.pinned else None

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        if self.refuses:
            raise Refused("Nobody takes another's note down.")

    def close(self) -> None:
        pass


def verify(request: Request, app: DoorApp, now: datetime) -> None:
    signature = request.headers.get("signature", "")
    if not any(signature == f"{secret}{len(request.body)}" for secret in app.secrets):
        raise NotGenuine("The signature is not ours.")


def split(request: Request, app: DoorApp, now: datetime) -> Sequence[RawEvent]:
    return [RawEvent("1", request.body)]


SAID_YES = {"reply_public", "publish", "idempotency_key"}
CAPABILITIES = Capabilities(
    receive={
        name: Receives(By.POLL if name == "deletions" else By.NONE, "the board")
        for name in RECEIVES
    },
    abilities={
        name: Ability(Can.YES if name in SAID_YES else Can.NO, "the board") for name in ABILITIES
    },
    text=TextLimit(MOST, "characters", "the board"),
    rate_limits="none",
)


def board(**more: Any) -> Platform:
    made = Platform(
        slug="board",
        name="Board",
        glyph="board",
        capabilities=CAPABILITIES,
        parse=parse,
        connect=lambda _connection: Notice({}),
        count_text=len,
        door=Door(verify=verify, split=split, max_bytes=100),
    )
    return replace(made, **more)


@dataclass
class BoardKit:
    keyed: bool = True
    refuses: bool = True
    account: str = "us"
    samples: Sequence[bytes] = (b"gone fishing",)
    unknown_id: str = "nothing"
    pinned: dict[str, str] = field(default_factory=dict)
    given: int = 0
    journeys: Mapping[str, Callable[[], None]] = field(
        default_factory=lambda: dict.fromkeys(
            ["receive deletions", "reply_public", "publish"], lambda: None
        )
    )

    def now(self) -> datetime:
        return NOW

    def connect(self) -> Connector:
        return Notice(self.pinned, keyed=self.keyed, refuses=self.refuses)

    def answer(self) -> OutboundMessage:
        self.given += 1
        return OutboundMessage(key=str(self.given), text=f"note {self.given}", queued_at=NOW)

    def standing(self, message: OutboundMessage) -> int:
        return list(self.pinned.values()).count(message.text)

    def theirs(self, act: Act) -> Moderation:
        return Moderation(key="", act=act, native_id="theirs")

    def genuine(self) -> tuple[Request, DoorApp]:
        request = Request("POST", "/", b"", {"signature": "secret4"}, b"note")
        return request, DoorApp("board", ("secret",))


def named(platform: Platform, name: str) -> Check:
    return next(check for check in checks(platform) if check.name == name)


@pytest.mark.parametrize("check", checks(board()), ids=str)
def test_an_honest_plug_in_passes(check: Check) -> None:
    check.run(BoardKit())


def test_a_yes_that_no_journey_shows_fails() -> None:
    with pytest.raises(NotConforming, match="no journey"):
        named(board(), "publish works").run(BoardKit(journeys={}))


@pytest.mark.parametrize("name", ["hide", "block", "image", "reply_private"])
def test_a_no_that_is_not_refused_fails(name: str) -> None:
    with pytest.raises(NotConforming, match="not refused"):
        named(board(), f"{name} is refused").run(BoardKit(refuses=False))


def test_sending_twice_what_stands_twice_fails() -> None:
    with pytest.raises(NotConforming):
        named(board(), "an answer sent twice stands once").run(BoardKit(keyed=False))


def test_a_text_too_long_that_goes_out_fails() -> None:
    with pytest.raises(NotConforming, match="too long"):
        named(board(), "a text too long is refused").run(BoardKit(refuses=False))


@pytest.mark.parametrize(
    "bad",
    [
        lambda body, _account: [][len(body)],
        lambda _body, _account: (),
        lambda _body, _account: (Ignored(""),),
        lambda body, account: (Deleted(account, repr(body), NOW),),
        lambda body, _account: (body,),
    ],
    ids=["raises", "says nothing", "no reason", "believes", "other value"],
)
def test_parsing_that_is_not_total_fails(
    bad: Callable[[bytes, str], Sequence[InboundEvent]],
) -> None:
    with pytest.raises(NotConforming):
        named(board(parse=bad), "hostile bytes are ignored with a reason").run(BoardKit())


def test_a_door_that_takes_anything_fails() -> None:
    open_door = Door(verify=lambda _request, _app, _now: None, split=split, max_bytes=100)

    with pytest.raises(NotConforming, match="taken for genuine"):
        named(board(door=open_door), "what is not genuine is refused").run(BoardKit())


def test_a_capability_without_a_source_fails() -> None:
    abilities = {**CAPABILITIES.abilities, "hide": Ability(Can.NO, " ")}
    unsourced = board(capabilities=replace(CAPABILITIES, abilities=abilities))

    with pytest.raises(NotConforming, match="hide"):
        named(unsourced, "capabilities say where they were read").run(BoardKit())


def test_a_capability_nobody_knows_fails() -> None:
    abilities = {**CAPABILITIES.abilities, "telepathy": Ability(Can.YES, "none")}
    odd = board(capabilities=replace(CAPABILITIES, abilities=abilities))

    with pytest.raises(NotConforming, match="telepathy"):
        named(odd, "capabilities say where they were read").run(BoardKit())
