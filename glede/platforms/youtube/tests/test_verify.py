"""The door believes the hub only where it repeats our word and signs with our secret."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from glede.platforms.contract import DoorApp, NotGenuine, Request
from glede.platforms.youtube.tests.test_parse import ATOM, US
from glede.platforms.youtube.verify import DOOR

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
APP = DoorApp("youtube", ("secret",), {"verify_token": "our-word"})
ASKED = b"hub.mode=subscribe&hub.challenge=abc%26d&word=our-word&hub.lease_seconds=9"


def asking(query: bytes) -> Request:
    return Request("GET", "/hooks/youtube/youtube", query, {}, b"")


def test_the_hub_s_question_is_answered_with_its_challenge() -> None:
    DOOR.verify(asking(ASKED), APP, NOW)

    assert DOOR.split(asking(ASKED), APP, NOW) == ()
    assert DOOR.answer is not None
    answer = DOOR.answer(asking(ASKED), APP)
    assert (answer.status, answer.body) == (200, b"abc&d")
    assert ("content-type", "text/plain; charset=utf-8") in answer.headers


@pytest.mark.parametrize(
    "query",
    [
        b"",
        ASKED.replace(b"our-word", b"another"),
        ASKED.replace(b"subscribe", b"denied"),
        ASKED.replace(b"subscribe", b"unsubscribe"),
        ASKED.replace(b"abc%26d", b""),
        b"a=1&" * 50,
    ],
)
def test_a_question_we_did_not_cause_is_not_answered(query: bytes) -> None:
    with pytest.raises(NotGenuine):
        DOOR.verify(asking(query), APP, NOW)


def test_without_a_word_of_ours_nobody_is_answered() -> None:
    with pytest.raises(NotGenuine):
        DOOR.verify(asking(ASKED.replace(b"our-word", b"")), DoorApp("youtube", ("secret",)), NOW)


def call(body: bytes, key: str) -> Request:
    mark = hmac.new(key.encode(), body, hashlib.sha1).hexdigest()
    return Request("POST", "/hooks/youtube/youtube", b"", {"x-hub-signature": f"sha1={mark}"}, body)


def test_a_signed_call_is_one_event_for_its_channel() -> None:
    DOOR.verify(call(ATOM, "secret"), APP, NOW)

    (event,) = DOOR.split(call(ATOM, "secret"), APP, NOW)

    assert (event.account, event.body) == (US, ATOM)


def test_what_is_signed_otherwise_or_not_at_all_is_not_believed() -> None:
    for request in (call(ATOM, "guess"), Request("POST", "/", b"", {}, ATOM)):
        with pytest.raises(NotGenuine):
            DOOR.verify(request, APP, NOW)
