"""The door believes nobody without the app's consumer secret."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from glede.platforms.contract import DoorApp, NotGenuine, Request
from glede.platforms.x.parse import parse
from glede.platforms.x.verify import DOOR

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
APP = DoorApp("x", ("consumer secret",))


def expected(secret: str, signed: bytes) -> str:
    made = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(made).decode()


def call(body: bytes, secret: str = APP.secrets[0]) -> Request:
    headers = {"x-twitter-webhooks-signature": expected(secret, body)}
    return Request("POST", "/hooks/x/x", b"", headers, body)


def test_the_challenge_is_answered_in_base64() -> None:
    request = Request("GET", "/hooks/x/x", b"crc_token=tok%2Fen", {}, b"")

    DOOR.verify(request, APP, NOW)
    assert DOOR.split(request, APP, NOW) == ()
    assert DOOR.answer is not None
    answer = DOOR.answer(request, APP)

    assert json.loads(answer.body) == {"response_token": expected("consumer secret", b"tok/en")}


@pytest.mark.parametrize("query", [b"", b"crc_token=", b"a=1&" * 50, b"crc_token=" + b"x" * 2000])
def test_no_challenge_is_no_call(query: bytes) -> None:
    with pytest.raises(NotGenuine):
        DOOR.verify(Request("GET", "/hooks/x/x", query, {}, b""), APP, NOW)


def test_either_of_two_secrets_holds() -> None:
    body = b"{}"

    DOOR.verify(call(body, "old"), DoorApp("x", ("new", "old")), NOW)
    with pytest.raises(NotGenuine):
        DOOR.verify(call(body, "older"), DoorApp("x", ("new", "old")), NOW)


def test_a_hexadecimal_signature_is_not_x_s() -> None:
    body = b"{}"
    wrong = hmac.new(b"consumer secret", body, hashlib.sha256).hexdigest()
    headers = {"x-twitter-webhooks-signature": f"sha256={wrong}"}

    with pytest.raises(NotGenuine):
        DOOR.verify(Request("POST", "/hooks/x/x", b"", headers, body), APP, NOW)


def test_a_call_is_one_event_for_its_account_under_its_own_key() -> None:
    body = json.dumps(
        {
            "data": {
                "event_uuid": "-77",
                "filter": {"user_id": "15"},
                "event_type": "post.delete",
                "payload": {"id": "99", "author_id": "15"},
            }
        }
    ).encode()

    (event,) = DOOR.split(call(body), APP, NOW)

    assert (event.key, event.account) == ("15 hook -77", "15")
    (deleted,) = parse(event.body, event.account)
    assert getattr(deleted, "at", None) == NOW


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b'{"data": 1}', b'{"data": {"event_uuid": {}}}', b"[" * 50_000]
)
def test_what_cannot_be_split_is_one_event(body: bytes) -> None:
    (event,) = DOOR.split(call(body), APP, NOW)

    assert event.key.startswith("sha256:")
    assert parse(event.body, event.account)
