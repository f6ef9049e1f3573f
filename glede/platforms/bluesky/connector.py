"""The Bluesky plug-in: one account's connection, and what the desk knows of the platform."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from glede.platforms.bluesky import collect, follow, moderate, publish
from glede.platforms.bluesky.capabilities import CAPABILITIES
from glede.platforms.bluesky.facets import count
from glede.platforms.bluesky.network import Network
from glede.platforms.bluesky.parse import parse
from glede.platforms.contract import (
    Author,
    Bare,
    Batch,
    Connection,
    Connector,
    Cursor,
    Field,
    Moderation,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
)


class Bluesky(Bare):
    """Thread-safe: a worker keeps one per account, so that it signs in rarely."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._network = Network(connection)

    def identify(self, *, now: datetime) -> Author:
        did, handle = self._network.who(now=now)
        return Author(
            native_id=did,
            name=handle,
            handle=handle,
            url=f"https://bsky.app/profile/{did}",
        )

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        return collect.poll(self._network, self._connection.account, cursor, now=now)

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return collect.lookup(self._network, self._connection.account, native_ids, now=now)

    def stream(
        self, cursor: Cursor, *, stop: Callable[[], bool], watched: Callable[[], frozenset[str]]
    ) -> Iterator[Batch]:
        return follow.batches(self._network, self._connection, cursor, stop=stop, watched=watched)

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        return publish.send(self._network, message, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        return publish.read_back(self._network, message, now=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        moderate.moderate(self._network, moderation, now=now)

    def close(self) -> None:
        self._network.close()


def connect(connection: Connection) -> Connector:
    return Bluesky(connection)


platform = Platform(
    slug="bluesky",
    name="Bluesky",
    glyph="bluesky",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=connect,
    count_text=count,
    fields=(
        Field(
            "identifier",
            "Handle or e-mail address",
            hint="For example desk.example.org",
        ),
        Field(
            "password",
            "App password",
            secret=True,
            hint="Made in Bluesky under Settings, Privacy and security, App passwords.",
        ),
    ),
    poll_every=15,
    base_url="https://bsky.social",
)
