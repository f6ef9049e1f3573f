"""Names on the network: record addresses (AT-URI), record keys and the times inside them (TID)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

POST = "app.bsky.feed.post"
THREADGATE = "app.bsky.feed.threadgate"
BLOCK = "app.bsky.graph.block"

#: Record keys are TIDs: 64 bits (0, 53 bits of microseconds, 10 bits of clock id) in this alphabet,
#: which sorts like the number (https://atproto.com/specs/tid).
_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_VALUE = {letter: number for number, letter in enumerate(_ALPHABET)}
_LENGTH = 13
_CLOCK_BITS = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where a record stands: at://did/collection/rkey."""

    did: str
    collection: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def page(self) -> str:
        """The public page of a post."""
        return f"https://bsky.app/profile/{self.did}/post/{self.rkey}"


def address(uri: str) -> Address | None:
    """None for anything that is not the full address of a record under a DID."""
    parts = uri.split("/")
    if len(parts) != 5 or parts[0] != "at:" or parts[1] or not parts[2].startswith("did:"):
        return None
    return Address(*parts[2:]) if parts[3] and parts[4] else None


def owner(uri: str) -> str:
    """The DID in whose repository the record stands, "" if that is no record's address."""
    found = address(uri)
    return found.did if found else ""


def tid(micros: int, clock: int) -> str:
    number = (micros << _CLOCK_BITS) | (clock & ((1 << _CLOCK_BITS) - 1))
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def time_of(text: str) -> datetime | None:
    """The time inside a TID. Only a server's own TIDs (a commit's `rev`) are a server's time."""
    if len(text) != _LENGTH or any(letter not in _VALUE for letter in text):
        return None
    number = 0
    for letter in text:
        number = (number << 5) | _VALUE[letter]
    try:
        return _EPOCH + timedelta(microseconds=number >> _CLOCK_BITS)
    except OverflowError:
        return None


def key_for(message_key: str, queued_at: datetime) -> str:
    """The record key of a message: the same for every try, so the network holds it once.

    The second it was queued in, so that keys sort by time as other clients' do, then 30 bits of the
    message's own key where a TID has microseconds and clock.
    """
    digest = int.from_bytes(sha256(message_key.encode()).digest()[:8])
    second = int((queued_at - _EPOCH) / timedelta(seconds=1))
    return tid(second * _SECOND + (digest >> _CLOCK_BITS) % _SECOND, digest)


def key_for_block(did: str) -> str:
    """One record per blocked person: blocking twice writes the same record."""
    return key_for(f"block {did}", datetime(2023, 1, 1, tzinfo=UTC))
