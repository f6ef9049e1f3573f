"""What is kept before an act: the words in every version, the author, the times, the act itself.

The bytes are canonical JSON, so that the same facts always have the same digest, and anybody can
compute it again with the file alone.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from glede.desk.conversations.models import Message

#: Grows when a field is added or its meaning changes.
FORM = 1


def of(
    message: Message,
    *,
    attachments: Sequence[Mapping[str, Any]],
    deed: Mapping[str, Any],
    at: datetime,
) -> bytes:
    """Everything we hold of a message, and the act it was kept for, as canonical JSON."""
    handle, thread = message.handle, message.thread
    return canonical(
        {
            "form": FORM,
            "kept_at": _time(at),
            "deed": dict(deed),
            "message": {
                "platform": message.platform,
                "native_id": message.native_id,
                "account": thread.account.native_id if thread is not None else None,
                "thread": thread.native_id if thread is not None else None,
                "parent": message.parent_native_id,
                "kind": message.kind,
                "private": message.private,
                "url": message.url,
                "language": message.language,
                "received_at": _time(message.received_at),
                "ingested_at": _time(message.ingested_at),
                "deleted_at": _time(message.deleted_at),
                "hidden_at": _time(message.hidden_at),
                "media": message.media,
                "versions": [
                    {
                        "number": one.number,
                        "text": one.text,
                        "revision": one.revision,
                        "at": _time(one.at),
                    }
                    for one in message.versions.order_by("number")
                ],
            },
            "author": None
            if handle is None
            else {
                "native_id": handle.native_id,
                "name": handle.name,
                "handle": handle.handle,
                "url": handle.url,
            },
            "attachments": [dict(one) for one in attachments],
        }
    )


def canonical(facts: Mapping[str, Any]) -> bytes:
    """One way to write the same facts: keys in order, no spaces, UTF-8."""
    told = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return told.encode()


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at is not None else None
