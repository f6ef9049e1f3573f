"""States of a raw event, the ways it can come, and what the worker is handed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    ASIDE = "aside"


class Way(StrEnum):
    WEBHOOK = "webhook"
    POLL = "poll"
    STREAM = "stream"
    LOOKUP = "lookup"
    CAPTURE = "capture"  # a person copied it from where it stands


@dataclass(frozen=True, slots=True)
class Waiting:
    """A raw event that nobody understood yet, and the app it came by."""

    pk: int
    app_id: int
    platform: str
    key: str
    account: str
    body: bytes
    way: str
    ingested_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A raw event that could not be understood: visible, replayable; its words are not shown."""

    id: int
    platform: str
    app: str
    key: str
    account: str
    ingested_at: datetime
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Counts:
    waiting: int
    aside: int
    oldest_waiting_at: datetime | None


#: An index entry has at most 2,704 bytes; a longer key is kept as its digest.
LONGEST_KEY = 300
LONGEST_ERROR = 2_000

#: What is usual is learnt from this long before the last event, which may be as long ago again;
#: the days beside it are for hours that only just end.
USUAL_FROM = timedelta(days=14)
TALLIES_KEPT = 2 * USUAL_FROM + timedelta(days=2)


class NotAsideError(Exception):
    """The event is not set aside, so there is nothing to replay."""
