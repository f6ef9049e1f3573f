"""What X itself published of its events and answers becomes the values that stand in them.

It lies beside the checkout and is read where it is; see `tests/sandbox/shared.py`.
"""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.contract import (
    Deleted,
    DoorApp,
    Ignored,
    InboundEvent,
    Kind,
    Post,
    Request,
    Written,
)
from glede.platforms.x import collect
from glede.platforms.x.parse import parse
from glede.platforms.x.verify import DOOR, sign
from sandbox.x.stage import X as Stage
from tests.platforms.test_x import Desk, opened
from tests.sandbox import shared
from tests.sandbox.serving import serving

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
APP = DoorApp("x", ("secret",))
US = "1111111111111111111"
THEM = "2222222222222222222"


def called(name: str) -> InboundEvent:
    """The event as X would call with it: signed, split and read."""
    body = json.dumps(shared.read("fixtures", "x", "activity", f"{name}.json")).encode()
    headers = {"x-twitter-webhooks-signature": sign("secret", body)}
    request = Request("POST", "/hooks/x/x", b"", headers, body)
    DOOR.verify(request, APP, NOW)
    (raw,) = DOOR.split(request, APP, NOW)
    assert raw.account == US
    (event,) = parse(raw.body, raw.account)
    return event


def payload(name: str) -> Any:
    return shared.read("fixtures", "x", "activity", f"{name}.json")["data"]["payload"]


def post(event: InboundEvent) -> Post:
    assert isinstance(event, Written), event
    return event.post


def test_a_mention() -> None:
    found, said = post(called("post.mention.create")), payload("post.mention.create")

    assert (found.native_id, found.text, found.kind) == (said["id"], said["text"], Kind.MENTION)
    assert found.at == datetime.fromisoformat(said["created_at"])
    assert (found.author.native_id, found.author.handle) == (THEM, "OtherUser")
    assert found.thread == said["conversation_id"]
    assert not found.ours


def test_a_post_of_ours() -> None:
    found, said = post(called("post.create")), payload("post.create")

    assert (found.native_id, found.text, found.kind) == (said["id"], said["text"], Kind.POST)
    assert found.ours
    assert found.language == "en"


def test_a_deletion_of_ours() -> None:
    assert called("post.delete") == Deleted(US, payload("post.delete")["id"], NOW)


def test_a_private_message() -> None:
    found = post(called("dm.received"))
    (said,) = payload("dm.received")["direct_message_events"]

    assert found.native_id == f"dm/{said['id']}"
    assert found.text == said["message_create"]["message_data"]["text"]
    assert found.at.timestamp() * 1000 == int(said["created_timestamp"])
    assert found.thread == f"{US}-{THEM}"
    assert found.author.native_id == THEM
    assert found.private


def test_an_envelope_alone_is_nothing() -> None:
    assert isinstance(called("event_envelope"), Ignored)


def test_the_simulator_s_own_answers() -> None:
    """X's own simulator fills every field with something: what is no id, time or type is borne."""
    (listed,) = shared.read("fixtures", "x", "playground_users_id_mentions.json")
    answer = listed["response"]
    read = 0
    for one, includes in collect._items(answer):
        event = collect.written(US, one, includes)
        (found,) = parse(event.body, US)
        said = getattr(found, "post", None)
        assert said is not None or isinstance(found, Ignored)
        if said is not None:
            read += 1
            assert said.at == datetime.fromisoformat(one["created_at"])
    assert read > 0
    (listed,) = shared.read("fixtures", "x", "playground_dm_events.json")
    for one, includes in collect._items(listed["response"]):
        found = post(parse(collect.message(US, one, includes).body, US)[0])
        assert (found.text, found.thread) == (one["text"], one["dm_conversation_id"])


# --- The sandbox's are understood as the captured are --------------------------------------


@pytest.fixture
def desk() -> Iterator[Desk]:
    with serving(Stage) as served:
        yield Desk(served)


def filled(found: Post) -> set[str]:
    return {one.name for one in fields(found) if getattr(found, one.name) not in ("", (), None)}


def test_the_sandbox_s_events_fill_what_the_captured_fill(desk: Desk) -> None:
    with opened(desk) as doorway:
        mention = doorway.written(desk.mention("hey"))
        message = doorway.written(f"dm/{desk.message('hello!')}")
        ours = doorway.written(desk.publish("Hello from the desk"))

    # The captured mention is in no language X knows.
    assert filled(mention) - {"language"} == filled(post(called("post.mention.create")))
    assert filled(message) == filled(post(called("dm.received")))
    assert filled(ours) == filled(post(called("post.create")))
