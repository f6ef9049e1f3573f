"""The format of what is captured, and the account of a place without an interface."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms import captured, conformance
from glede.platforms.captured import Captured
from glede.platforms.contract import (
    Act,
    Connection,
    Connector,
    DoorApp,
    Ignored,
    Kind,
    Moderation,
    OutboundMessage,
    Refused,
    Request,
    Written,
)
from glede.platforms.elsewhere.connector import Elsewhere, platform
from glede.platforms.hostile import garbage, spoiled

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ITEM = Captured(
    "https://place.example/us", "Ola Wren", "@Ola", "Cold again", NOW, Kind.COMMENT, private=False
)


def test_an_item_is_understood_as_it_was_captured() -> None:
    raw = captured.event(ITEM)
    [found] = captured.parse(raw.body, "")
    assert isinstance(found, Written)
    post = found.post
    assert (post.native_id, post.account, post.at) == (raw.key, ITEM.account, NOW)
    assert (post.text, post.kind, post.author.name) == ("Cold again", Kind.COMMENT, "Ola Wren")
    assert captured.is_captured(post.native_id)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"handle": "ola"}, True),
        ({"text": "Cold again!"}, False),
        ({"at": NOW.replace(minute=1)}, False),
        ({"account": "https://place.example/them"}, False),
        ({"private": True}, False),
    ],
)
def test_what_differs_is_another_item(change: dict[str, Any], same: bool) -> None:
    fields = {name: getattr(ITEM, name) for name in ITEM.__slots__}
    assert (Captured(**{**fields, **change}).native_id == ITEM.native_id) is same


@pytest.mark.parametrize("body", [*garbage(), b"{}"])
def test_what_is_no_item_is_ignored_with_a_reason(body: bytes) -> None:
    [found] = captured.parse(body, "")
    assert isinstance(found, Ignored)
    assert found.why


def test_a_time_without_a_zone_and_spoilt_bytes_are_ignored() -> None:
    said = json.loads(captured.event(ITEM).body)
    [found] = captured.parse(json.dumps({**said, "at": "2026-11-22T09:00:00"}).encode(), "")
    assert isinstance(found, Ignored)
    for body in spoiled(captured.event(ITEM).body):
        assert captured.parse(body, "")


def elsewhere(**settings: str) -> Elsewhere:
    return Elsewhere(Connection("elsewhere-red-kite", "", {}, settings))


def test_an_account_elsewhere_is_its_address() -> None:
    who = elsewhere(place="Nextdoor", address="https://Place.example/us/").identify(now=NOW)
    assert (who.native_id, who.name) == ("https://place.example/us", "Nextdoor")
    for wrong in ({"place": "Nextdoor"}, {"address": "https://place.example"}):
        with pytest.raises(Refused):
            elsewhere(**wrong).identify(now=NOW)


class Kit:
    """Nothing can be sent, so nothing is sent twice, read back or too long."""

    account = ITEM.account
    samples = (captured.event(ITEM).body,)
    unknown_id = "captured/unknown"
    journeys: Mapping[str, Callable[[], None]] = {}

    def now(self) -> datetime:
        return NOW

    def connect(self) -> Connector:
        return elsewhere(place="Nextdoor", address="https://place.example")

    def answer(self) -> OutboundMessage:
        return OutboundMessage("k", "hello", NOW, parent="captured/1")

    def standing(self, message: OutboundMessage) -> int:  # noqa: ARG002 - nothing ever stands
        return 0

    def theirs(self, act: Act) -> Moderation:
        return Moderation("k", act, "captured/1", author="captured/ola")

    def genuine(self) -> tuple[Request, DoorApp]:
        raise AssertionError("Nobody calls.")


SENDING = {
    "an answer sent twice stands once",
    "an answer is read back, one never sent is not",
}


@pytest.mark.parametrize(
    "check", [one for one in conformance.checks(platform) if one.name not in SENDING], ids=str
)
def test_elsewhere_is_a_platform_that_can_do_nothing(check: conformance.Check) -> None:
    check.run(Kit())
