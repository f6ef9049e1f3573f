"""Apps and accounts as values: what the door, the flow and the worker need to know of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from glede.platforms.contract import DoorApp

#: One in use and one on its way in or out, so that a secret can change without a lost call.
MOST_SECRETS = 2


class State(StrEnum):
    CONNECTED = "connected"
    LAPSED = "lapsed"  # the credential no longer works: a person must connect it again
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Registered:
    """An app as the door meets it."""

    id: int
    platform: str
    app: DoorApp


@dataclass(frozen=True, slots=True)
class Known:
    """An account without its secrets. `ways` are those in which we listen: poll, stream."""

    id: int
    app_id: int
    brand_id: int
    platform: str
    native_id: str
    handle: str
    state: State
    state_reason: str
    ways: tuple[str, ...]
    poll_every: int
    look_every: int = 0


def spelt(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as plug-ins read them: words; a list with spaces between."""
    return {name: _word(value) for name, value in settings.items()}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def pack(secret: Sequence[str] | Mapping[str, str]) -> bytes:
    return json.dumps(secret if isinstance(secret, Mapping) else list(secret)).encode()


def after_rotation(secrets: Sequence[str], new: str) -> tuple[str, ...]:
    """The new one first; of the others the newest stays valid until it is retired."""
    return (new, *(secret for secret in secrets if secret != new))[:MOST_SECRETS]
