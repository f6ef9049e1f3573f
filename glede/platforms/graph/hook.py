"""Meta's calls at the door: the handshake, the signature on the raw bytes, one event for each item.

Sources: developers.facebook.com/docs/graph-api/webhooks/getting-started; for Messenger
/docs/messenger-platform/webhooks. `verify` and `split` run in the door on every call.
"""

import functools
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qs

import msgspec

from glede.platforms.contract import (
    KEPT,
    Answer,
    Door,
    DoorApp,
    NotGenuine,
    RawEvent,
    Request,
)
from glede.platforms.digest import digest
from glede.platforms.graph.values import (
    Json,
    UnreadableError,
    decode,
    id_of,
    list_of,
    object_of,
    text_of,
)

#: A call holds up to 1,000 updates; Meta states 3 MB for its largest payload (WhatsApp's).
MAX_BYTES = 4 * 1024 * 1024
_SIGNED = "sha256="
_LONGEST_CHALLENGE = 200


class _Entry(msgspec.Struct):
    """An entry whose items stay bytes, so that they are kept as they came."""

    id: str | int = ""
    time: float | int | str = 0
    changes: list[msgspec.Raw] = []
    messaging: list[msgspec.Raw] = []
    standby: list[msgspec.Raw] = []
    field: str = ""
    value: msgspec.Raw = msgspec.Raw()
    changed_fields: list[str] = []


class _Call(msgspec.Struct):
    object: str
    entry: list[_Entry]


_CALL = msgspec.json.Decoder(_Call)


def verify(request: Request, app: DoorApp, _now: datetime) -> None:
    if request.method == "GET":
        _handshake(request, app)
        return
    given = request.headers.get("x-hub-signature-256", "")
    if not given.startswith(_SIGNED):
        raise NotGenuine("A call carries X-Hub-Signature-256: sha256= and the body's signature.")
    offered = given[len(_SIGNED) :].encode("latin-1", "replace")
    for secret in app.secrets:
        if secret and hmac.compare_digest(offered, _mark(secret, request.body)):
            return
    raise NotGenuine("The signature was made with none of this app's secrets.")


def _mark(secret: str, body: bytes) -> bytes:
    # A copy of a started one: hmac.digest would let go of the interpreter each time.
    started = _started(secret).copy()
    started.update(body)
    return started.hexdigest().encode("ascii")


@functools.lru_cache(maxsize=64)
def _started(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod=hashlib.sha256)


def _handshake(request: Request, app: DoorApp) -> None:
    asked = _asked(request)
    wanted = app.settings.get("verify_token", "")
    token = asked.get("hub.verify_token", "")
    if asked.get("hub.mode") != "subscribe" or not asked.get("hub.challenge"):
        raise NotGenuine("A handshake carries hub.mode=subscribe and hub.challenge.", status=400)
    if not wanted or not hmac.compare_digest(token.encode(), wanted.encode()):
        raise NotGenuine("hub.verify_token is not this app's.", status=403)


def _asked(request: Request) -> dict[str, str]:
    try:
        found = parse_qs(request.query.decode("ascii"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def answer(request: Request, _app: DoorApp) -> Answer:
    if request.method != "GET":
        return KEPT
    challenge = _asked(request).get("hub.challenge", "")[:_LONGEST_CHALLENGE]
    headers = (("content-type", "text/plain"), ("x-content-type-options", "nosniff"))
    return Answer(200, challenge.encode(), headers)


# --- Splitting -----------------------------------------------------------------------------------


def split(request: Request, _app: DoorApp, _now: datetime) -> Sequence[RawEvent]:
    """One event for each item, in an envelope like the call's; `account` is whose it is."""
    if request.method == "GET":
        return ()
    try:
        call = _CALL.decode(request.body)
        events = [event for entry in call.entry for event in _events(call.object, entry)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        events = _odd(request.body)
    return events or [RawEvent(digest(request.body), request.body)]


def _events(what: str, entry: _Entry) -> Iterator[RawEvent]:
    account = str(entry.id)
    at = str(entry.time)
    head = (
        f'{{"object":{json.dumps(what)},"entry":[{{"id":{json.dumps(account)},'
        f'"time":{json.dumps(entry.time)},'
    ).encode()
    for name, items, key_of in (
        (b"changes", entry.changes, _change_key),
        (b"messaging", entry.messaging, _message_key),
        (b"standby", entry.standby, _message_key),
    ):
        for raw in items:
            item = bytes(raw)
            body = b"".join((head, b'"', name, b'":[', item, b"]}]}"))
            yield RawEvent(_key(account, item, at, key_of), body, account)
    if entry.field:
        # Instagram's other stack has field and value directly in the entry.
        field = json.dumps(entry.field).encode()
        item = b"".join((b'{"field":', field, b',"value":', bytes(entry.value) or b"{}", b"}"))
        body = b"".join((head, b'"changes":[', item, b"]}]}"))
        yield RawEvent(_key(account, item, at, _change_key), body, account)
    if entry.changed_fields:
        body = head + b'"changed_fields":' + json.dumps(entry.changed_fields).encode() + b"}]}"
        yield RawEvent(f"{account} {digest(body)}", body, account)


def _odd(body: bytes) -> list[RawEvent]:
    """Envelopes that do not have the usual shape: values of unexpected kinds, half an emoji."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(_each(data))


def _each(data: object) -> Iterator[RawEvent]:
    what = text_of(data, "object")
    for entry in list_of(data, "entry"):
        account = id_of(entry, "id")
        for name, key_of in _LISTS:
            for item in list_of(entry, name):
                alone = {"object": what, "entry": [{**_head(entry), name: [item]}]}
                written = json.dumps(item).encode()
                key = _key(account, written, id_of(entry, "time"), key_of)
                yield RawEvent(key, json.dumps(alone).encode(), account)


def _head(entry: Json) -> Json:
    return {"id": entry.get("id"), "time": entry.get("time")}


type _KeyOf = Callable[[object, str], str]


def _key(account: str, item: bytes, at: str, key_of: _KeyOf) -> str:
    """Meta gives no event id: what tells one event from another is in the item itself."""
    try:
        found = key_of(decode(item), at)
    except UnreadableError:
        found = ""
    return f"{account} {found or digest(item)}"


def _change_key(item: object, at: str) -> str:
    """`at` is when the call was sent, and another try may have another. It counts only where the
    same thing may truly happen twice: hidden, shown, and hidden again."""
    field, value = text_of(item, "field"), object_of(item, "value")
    verb = text_of(value, "verb")
    named = next((found for name in _NAMES if (found := id_of(value, name))), "")
    if not named:
        return ""
    parts = [field, text_of(value, "item"), verb, named, id_of(value, "created_time")]
    if verb in _WITH_WORDS:
        # An edit has the comment's own time: its words tell it from the edit before.
        words = value.get("message") or value.get("text") or value.get("review_text") or ""
        parts.append(_mark_of(words))
    elif verb and verb not in _ONCE:
        parts.append(at)
    return " ".join(filter(None, parts))


def _message_key(item: object, _at: str) -> str:
    message = object_of(item, "message")
    if mid := text_of(message, "mid"):
        return f"{mid} unsent" if message.get("is_deleted") is True else mid
    edit = object_of(item, "message_edit")
    if mid := text_of(edit, "mid"):
        return f"{mid} edit {id_of(edit, 'num_edit')} {_mark_of(edit.get('text'))}"
    return ""


def _mark_of(words: object) -> str:
    return hashlib.sha256(repr(words).encode("utf-8", "replace")).hexdigest()[:16]


_NAMES = ("comment_id", "post_id", "id", "open_graph_story_id", "media_id")
_WITH_WORDS = frozenset({"edit", "edited", "update"})
_ONCE = frozenset({"add", "remove", "delete"})
_LISTS: tuple[tuple[str, _KeyOf], ...] = (
    ("changes", _change_key),
    ("messaging", _message_key),
    ("standby", _message_key),
)

DOOR = Door(
    verify=verify,
    split=split,
    max_bytes=MAX_BYTES,
    answer=answer,
    open_methods=("GET", "POST"),
)
