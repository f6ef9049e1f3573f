"""Meta's calls at the door: only signed ones, one event for each item, the same key each time."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from glede.platforms.contract import DoorApp, NotGenuine, RawEvent, Request
from glede.platforms.graph.hook import DOOR
from glede.platforms.hostile import garbage

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
APP = DoorApp("meta", ("newest", "older"), {"verify_token": "said before"})


def call(body: bytes, *, secret: str = APP.secrets[0], **headers: str) -> Request:
    mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = {"x-hub-signature-256": f"sha256={mark}", **headers}
    return Request("POST", "/hooks/x/meta", b"", given, body)


def shake(query: str) -> Request:
    return Request("GET", "/hooks/x/meta", query.encode(), {}, b"")


def split(data: Any) -> list[RawEvent]:
    return list(DOOR.split(call(json.dumps(data).encode()), APP, NOW))


def entry(account: str, *changes: Any, **more: Any) -> dict[str, Any]:
    return {"id": account, "time": 1795338000, "changes": list(changes), **more}


def comment(native_id: str, verb: str = "add", **more: Any) -> dict[str, Any]:
    value = {"item": "comment", "verb": verb, "comment_id": native_id, "post_id": "1_2", **more}
    return {"field": "feed", "value": value}


@pytest.mark.parametrize("secret", ["newest", "older"])
def test_a_call_signed_with_a_valid_secret_is_taken(secret: str) -> None:
    DOOR.verify(call(b'{"object":"page","entry":[]}', secret=secret), APP, NOW)


@pytest.mark.parametrize(
    "request_",
    [
        call(b"{}", secret="stolen"),
        call(b"{}", secret=""),
        Request("POST", "/", b"", {}, b"{}"),
        Request("POST", "/", b"", {"x-hub-signature-256": "sha256="}, b"{}"),
        Request("POST", "/", b"", {"x-hub-signature-256": "sha256=é"}, b"{}"),
        Request("POST", "/", b"", {"x-hub-signature": "sha1=00"}, b"{}"),
    ],
)
def test_a_call_that_is_not_signed_is_refused(request_: Request) -> None:
    with pytest.raises(NotGenuine):
        DOOR.verify(request_, APP, NOW)


def test_an_empty_secret_signs_nothing() -> None:
    with pytest.raises(NotGenuine):
        DOOR.verify(call(b"{}", secret=""), DoorApp("meta", ("",)), NOW)


def test_the_signature_is_over_the_bytes_as_they_came() -> None:
    body = b'{"object":"page","entry":[],"words":"\\u00e9t\\u00e9"}'
    request = call(body)
    DOOR.verify(request, APP, NOW)
    same = Request("POST", "/", b"", request.headers, body.replace(b"\\u00e9", "é".encode()))
    with pytest.raises(NotGenuine):
        DOOR.verify(same, APP, NOW)


def test_a_handshake_gives_the_challenge_back_and_keeps_nothing() -> None:
    asked = shake("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=said%20before")
    DOOR.verify(asked, APP, NOW)
    assert DOOR.answer is not None
    answer = DOOR.answer(asked, APP)
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert ("content-type", "text/plain") in answer.headers
    assert DOOR.split(asked, APP, NOW) == ()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("hub.mode=subscribe&hub.challenge=1&hub.verify_token=guessed", 403),
        ("hub.mode=subscribe&hub.challenge=1", 403),
        ("hub.mode=subscribe&hub.verify_token=said%20before", 400),
        ("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=said%20before", 400),
        ("", 400),
    ],
)
def test_a_wrong_handshake_is_refused(query: str, status: int) -> None:
    with pytest.raises(NotGenuine) as refused:
        DOOR.verify(shake(query), APP, NOW)
    assert refused.value.status == status


def test_an_app_without_a_verify_token_shakes_no_hand() -> None:
    with pytest.raises(NotGenuine):
        DOOR.verify(
            shake("hub.mode=subscribe&hub.challenge=1&hub.verify_token="), DoorApp("m", ("s",)), NOW
        )


def test_a_call_for_several_accounts_becomes_one_event_for_each_item() -> None:
    message = {"sender": {"id": "7"}, "timestamp": 1, "message": {"mid": "m_1", "text": "x"}}
    waiting = {"sender": {"id": "7"}, "timestamp": 1, "message": {"mid": "m_2", "text": "y"}}
    events = split(
        {
            "object": "page",
            "entry": [
                entry("1", comment("2_3"), comment("2_4")),
                {"id": "9", "time": 5, "messaging": [message], "standby": [waiting]},
                {"id": "9", "time": 5, "changed_fields": ["feed"]},
            ],
        }
    )
    assert [event.account for event in events] == ["1", "1", "9", "9", "9"]
    assert len({event.key for event in events}) == 5
    alone = json.loads(events[2].body)
    assert alone == {"object": "page", "entry": [{"id": "9", "time": 5, "messaging": [message]}]}


def test_a_call_of_a_thousand_is_split_whole() -> None:
    events = split(
        {"object": "page", "entry": [entry("1", comment(f"2_{n}")) for n in range(1000)]}
    )
    assert len({event.key for event in events}) == 1000


def test_the_same_item_has_the_same_key_however_it_comes() -> None:
    first = split({"object": "page", "entry": [entry("1", comment("2_3", created_time=4))]})
    later = {**entry("1", comment("2_9"), comment("2_3", created_time=4)), "time": 1795339999}
    assert first[0].key == split({"object": "page", "entry": [later]})[1].key


def test_what_happens_twice_has_two_keys() -> None:
    def key(change: Any, time: int = 1) -> str:
        return split({"object": "page", "entry": [{**entry("1", change), "time": time}]})[0].key

    first = comment("2_3", "edited", created_time=4, message="one")
    second = comment("2_3", "edited", created_time=4, message="two")
    assert key(first) != key(second)
    assert key(first, 1) == key(first, 2)
    hidden = comment("2_3", "hide", created_time=4)
    assert key(hidden, 1) != key(hidden, 2)


def test_field_and_value_directly_in_an_entry_are_one_change() -> None:
    bare = {"id": "8", "time": 3, "field": "comments", "value": {"id": "55", "text": "hi"}}
    (event,) = split({"object": "other", "entry": [bare]})
    (usual,) = split(
        {
            "object": "other",
            "entry": [{**entry("8", {"field": "comments", "value": bare["value"]}), "time": 3}],
        }
    )
    assert (event.key, event.account) == (usual.key, usual.account)
    assert json.loads(event.body) == json.loads(usual.body)


def test_half_an_emoji_does_not_lose_the_others() -> None:
    body = (
        b'{"object":"page","entry":[{"id":"1","time":1,"changes":['
        b'{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"2_3",'
        b'"message":"\\ud83d"}},{"field":"feed","value":{"item":"comment","verb":"add",'
        b'"comment_id":"2_4","message":"whole"}}]}]}'
    )
    events = DOOR.split(call(body), APP, NOW)
    assert [event.account for event in events] == ["1", "1"]


def test_numbers_for_ids_and_odd_kinds_are_still_split() -> None:
    (event,) = split({"object": "page", "entry": [{**entry("1", comment("2_3")), "id": 12}]})
    assert event.account == "12"
    (event,) = split({"object": "page", "entry": [{**entry("1", comment("2_3")), "time": None}]})
    assert event.account == "1"


def test_any_bytes_are_kept_as_at_least_one_event() -> None:
    for body in garbage():
        assert DOOR.split(call(body), APP, NOW)
