"""What a person copied from a platform by hand: its format, and how it is understood.

Any platform can be captured from, whether or not it has an interface; no plug-in is asked.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from glede.platforms.contract import Author, Ignored, InboundEvent, Kind, Post, RawEvent, Written

_PREFIX = "captured/"


@dataclass(frozen=True, slots=True)
class Captured:
    """One item as somebody read it. `at` is when it was posted, as the platform shows it."""

    account: str
    name: str
    handle: str
    text: str
    at: datetime
    kind: Kind
    private: bool
    url: str = ""

    @property
    def native_id(self) -> str:
        """The same item captured twice is one item; whatever differs is another."""
        told = (
            *(self.account, self.person, self.text, self.at.isoformat()),
            *(self.url, str(self.private)),
        )
        return _PREFIX + hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]

    @property
    def person(self) -> str:
        """Who wrote it, by what the platform shows of them."""
        return (self.handle.removeprefix("@") or self.name).strip().casefold()


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    account: str
    name: str
    handle: str
    text: str
    at: datetime
    kind: Kind
    private: bool
    url: str


def is_captured(native_id: str) -> bool:
    return native_id.startswith(_PREFIX)


def event(item: Captured) -> RawEvent:
    body = _Body(
        account=item.account,
        name=item.name,
        handle=item.handle,
        text=item.text,
        at=item.at,
        kind=item.kind,
        private=item.private,
        url=item.url,
    )
    return RawEvent(key=item.native_id, body=msgspec.json.encode(body), account=item.account)


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    """Pure and total, as a plug-in's own."""
    try:
        said = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        return (Ignored(f"It is no captured item: {error}"),)
    if said.at.tzinfo is None:
        return (Ignored("The captured item says no zone with its time."),)
    item = Captured(
        account=said.account or account,
        name=said.name,
        handle=said.handle,
        text=said.text,
        at=said.at.astimezone(UTC),
        kind=said.kind,
        private=said.private,
        url=said.url,
    )
    person = f"{_PREFIX}{item.person}"
    return (
        Written(
            Post(
                native_id=item.native_id,
                account=item.account,
                author=Author(person, item.name or item.handle, handle=item.handle),
                text=item.text,
                at=item.at,
                kind=item.kind,
                thread=f"{person}/{'private' if item.private else 'public'}",
                private=item.private,
                url=item.url,
            )
        ),
    )
