"""X's door: the challenge it asks again and again, and the signature on the raw bytes of a call.

Both are made with the app's consumer secret, SHA-256, and base64, not hexadecimal
(https://docs.x.com/x-api/webhooks/quickstart).
"""

import base64
import functools
import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import parse_qs

import msgspec

from glede.platforms.contract import KEPT, Answer, Door, DoorApp, NotGenuine, RawEvent, Request
from glede.platforms.digest import digest

#: One event a call; the largest of X's own examples has some ten thousand bytes.
MAX_BYTES = 1_048_576

_SIGNATURE = "x-twitter-webhooks-signature"
_JSON = (("content-type", "application/json"),)
_LONGEST_TOKEN = 1000
_LONGEST_ID = 64


class _Filter(msgspec.Struct):
    user_id: str = ""


class _Event(msgspec.Struct):
    event_uuid: str | int = ""
    filter: _Filter = msgspec.field(default_factory=_Filter)


class _Call(msgspec.Struct):
    data: _Event = msgspec.field(default_factory=_Event)


_decode = msgspec.json.Decoder(_Call).decode


def verify(request: Request, app: DoorApp, now: datetime) -> None:  # noqa: ARG001
    if not app.secrets:
        raise NotGenuine("This app has no consumer secret, so no call can be proved.", status=403)
    if request.method == "GET":
        if not _token(request):
            raise NotGenuine("A challenge carries crc_token.", status=400)
        return
    given = request.headers.get(_SIGNATURE, "").encode("latin-1", "replace")
    if not given:
        raise NotGenuine(f"A call carries the header {_SIGNATURE}.")
    marks = (_mark(secret, request.body) for secret in app.secrets)
    if not any(hmac.compare_digest(given, mark) for mark in marks):
        raise NotGenuine("The signature was made with another consumer secret.")


def split(request: Request, app: DoorApp, now: datetime) -> tuple[RawEvent, ...]:  # noqa: ARG001
    """A call is one event. A deletion says no time of its own, so ours is put beside it."""
    if request.method == "GET":
        return ()
    try:
        event = _decode(request.body).data
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        event = _Event()
    given, account = str(event.event_uuid), event.filter.user_id
    # The uuid of a post's event is the post's id: two accounts of ours may hear of one post.
    known = 0 < len(given) <= _LONGEST_ID and len(account) <= _LONGEST_ID
    key = f"{account} hook {given}" if known else digest(request.body)
    body = b'{"at":"%s","hook":%s}' % (now.isoformat().encode(), request.body)
    return (RawEvent(key=key, body=body, account=account),)


def answer(request: Request, app: DoorApp) -> Answer:
    if request.method != "GET":
        return KEPT
    # Of two secrets the newest is the one X asks about.
    token = _mark(app.secrets[0], _token(request).encode()).decode("ascii")
    return Answer(200, json.dumps({"response_token": token}).encode(), _JSON)


def sign(secret: str, body: bytes) -> str:
    """The value of the header, as X makes it."""
    return _mark(secret, body).decode("ascii")


def _token(request: Request) -> str:
    try:
        given = parse_qs(request.query.decode("latin-1"), max_num_fields=20)
    except ValueError:
        return ""
    found = given.get("crc_token", [""])[0]
    return found if len(found) <= _LONGEST_TOKEN else ""


def _mark(secret: str, signed: bytes) -> bytes:
    started = _started(secret).copy()
    started.update(signed)
    return b"sha256=" + base64.b64encode(started.digest())


@functools.lru_cache(maxsize=64)
def _started(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod=hashlib.sha256)


DOOR = Door(
    verify=verify,
    split=split,
    max_bytes=MAX_BYTES,
    answer=answer,
    open_methods=("GET", "POST"),
)
