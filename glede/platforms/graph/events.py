"""What was read from a list, as a raw event of our own shape: the node as the Graph gave it, and
what has to be known beside it, so that nothing has to be fetched to understand it.

{"what": …, "seen": when we looked, "item": the node, "of": what it hangs under}
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec

from glede.platforms.contract import Ignored, InboundEvent, RawEvent
from glede.platforms.graph.values import Json, UnreadableError, decode

GONE = "gone"


def understood(
    body: bytes,
    account: str,
    *,
    called: Callable[[Json, str], Iterator[InboundEvent]],
    listed: Callable[[Json, str], InboundEvent],
) -> Sequence[InboundEvent]:
    """A kept event as values: an item in a call's own envelope by `called`, a node of a list by
    `listed`; what is neither says why it is ignored."""
    try:
        data = decode(body)
    except UnreadableError as error:
        return (Ignored(str(error)),)
    if type(data) is not dict:
        return (Ignored("The event is no object."),)
    if "object" in data:
        found = tuple(called(data, account))
        return found or (Ignored("The call holds no item."),)
    return (listed(data, account),)


def seen(
    account: str,
    what: str,
    item: Json,
    *,
    now: datetime,
    of: Json | None = None,
    changed: bool = False,
    state: object = "",
) -> RawEvent:
    """`state` is what may change in it: the same thing in the same state is one event.

    `changed` says that it is known to have changed since it was last looked at; then the same
    state may come a second time, and that is an event of its own.
    """
    body: Json = {"what": what, "seen": now.isoformat(), "item": item}
    if of:
        body["of"] = of
    if changed:
        body["changed"] = True
    written = json.dumps(state, sort_keys=True).encode("utf-8", "replace")
    mark = hashlib.sha256(written).hexdigest()[:16]
    when = f" {now.isoformat()}" if changed else ""
    return RawEvent(f"{account} list {what} {item.get('id')} {mark}{when}", _bytes(body), account)


def gone(account: str, native_id: str, *, now: datetime) -> RawEvent:
    body: Json = {"what": GONE, "seen": now.isoformat(), "item": {"id": native_id}}
    return RawEvent(f"{account} list {GONE} {native_id}", _bytes(body), account)


def _bytes(body: Json) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        # Half an emoji came through; JSON can name it, UTF-8 cannot hold it.
        return json.dumps(body).encode()
