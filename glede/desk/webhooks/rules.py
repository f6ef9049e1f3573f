"""Other programs are told: what they can be told of, how it is signed, when it is tried again.

The convention is Standard Webhooks 1.0 (github.com/standard-webhooks): three headers, an HMAC over
id, time and body, secrets that begin with `whsec_`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from glede.kit.words import Spoken, say

PREFIX = "whsec_"
#: The convention asks for 24 to 64 bytes.
SECRET_BYTES = 32
#: No receiver's word keeps a call waiting longer than this.
LONGEST_WAIT = timedelta(hours=24)
_GONE = 410


class Kind(StrEnum):
    """What a program can be told of. Ids and links only: what was said stays here."""

    CONVERSATION_CREATED = "conversation.created"
    CONVERSATION_CHANGED = "conversation.changed"
    CONVERSATION_RESOLVED = "conversation.resolved"
    MESSAGE_RECEIVED = "message.received"
    REPLY_SENT = "reply.sent"
    REPLY_FAILED = "reply.failed"
    CLOCK_BREACHED = "clock.breached"
    ALERT_RAISED = "alert.raised"
    #: Sent by hand, to one receiver alone.
    TEST = "webhook.test"


#: What an endpoint chooses from, in words.
WORDS: Mapping[Kind, str] = {
    Kind.CONVERSATION_CREATED: say("A conversation begins"),
    Kind.CONVERSATION_CHANGED: say("Anything in a conversation changes"),
    Kind.CONVERSATION_RESOLVED: say("A conversation is resolved or closed"),
    Kind.MESSAGE_RECEIVED: say("A resident writes"),
    Kind.REPLY_SENT: say("A reply stands on the platform"),
    Kind.REPLY_FAILED: say("A reply could not be sent"),
    Kind.CLOCK_BREACHED: say("A promise was not kept"),
    Kind.ALERT_RAISED: say("Somebody is alerted"),
}


class State(Spoken):
    """A call on its way to one receiver."""

    WAITING = "waiting"
    TAKEN = "taken"
    GIVEN_UP = "given up"


class RefusedError(ValueError):
    """What was asked about an endpoint is not possible; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing to tell. `key` makes it this one and no other, so that it is told once."""

    key: str
    kind: Kind
    brand_id: int | None
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Secret:
    """`until`: an older one, good for so long beside the newest; empty for the newest."""

    text: str
    until: datetime | None = None


def body(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The payload; the same bytes at each try, since they are signed."""
    told = {"type": kind, "timestamp": at.astimezone(UTC).isoformat(), "data": dict(data)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers(
    *, message_id: str, at: datetime, content: bytes, secrets: Iterable[Secret]
) -> dict[str, str]:
    """Id, time and a signature by each secret that is good now."""
    stamp = int(at.timestamp())
    good = [one for one in secrets if one.until is None or one.until > at]
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(
            signature(one.text, message_id=message_id, stamp=stamp, content=content) for one in good
        ),
    }


def signature(secret: str, *, message_id: str, stamp: int, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{stamp}.".encode() + content
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode('ascii')}"


def written(secret: bytes) -> str:
    """A secret as the convention writes it."""
    return PREFIX + base64.b64encode(secret).decode("ascii")


def is_for_good(status: int | None) -> bool:
    """The receiver says that nobody is there any more."""
    return status == _GONE


def next_try(
    *, tries: int, now: datetime, waits: Sequence[int], retry_after: str = ""
) -> datetime | None:
    """When to try again after `tries` that failed; None when they were enough. `waits` in seconds.
    A receiver may ask for more time (Retry-After, RFC 9110), never for less."""
    if tries > len(waits):
        return None
    planned = now + timedelta(seconds=waits[tries - 1])
    asked = _asked(retry_after, now)
    return planned if asked is None else max(planned, min(asked, now + LONGEST_WAIT))


def rest(*, failing_since: datetime, now: datetime, waits: Sequence[int]) -> timedelta:
    """How long a receiver is left alone after a call that failed: half as long as it fails by now,
    but no less than the first wait and no more than the third."""
    shortest, longest = waits[0], waits[min(2, len(waits) - 1)]
    return timedelta(seconds=min(max((now - failing_since).total_seconds() / 2, shortest), longest))


def _asked(retry_after: str, now: datetime) -> datetime | None:
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return now + min(timedelta(seconds=min(int(text), 10**6)), LONGEST_WAIT)
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
