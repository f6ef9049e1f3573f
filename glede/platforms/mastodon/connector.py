"""The Mastodon plug-in: one account's connection, and what the desk knows of the platform."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from glede.platforms.contract import (
    Author,
    Bare,
    Batch,
    Connection,
    Connector,
    Cursor,
    Fetched,
    Field,
    Media,
    Moderation,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
)
from glede.platforms.mastodon import access, collect, fetch, follow, moderate, publish
from glede.platforms.mastodon.capabilities import CAPABILITIES
from glede.platforms.mastodon.network import Network
from glede.platforms.mastodon.parse import parse
from glede.platforms.mastodon.words import count


class Mastodon(Bare):
    """Thread-safe: a token for good, one client, and what was learnt of the instance."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._network = Network(connection)

    def identify(self, *, now: datetime) -> Author:
        return access.whose(self._connection, now=now)

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        return collect.poll(self._network, cursor, now=now)

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return collect.lookup(self._network, native_ids, now=now)

    def stream(
        self, cursor: Cursor, *, stop: Callable[[], bool], watched: Callable[[], frozenset[str]]
    ) -> Iterator[Batch]:
        return follow.batches(self._network, cursor, stop=stop)

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        return publish.send(self._network, message, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        return publish.read_back(self._network, message, now=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        moderate.moderate(self._network, moderation, now=now)

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        return fetch.fetch(self._connection.base_url, media, most_bytes=most_bytes)

    def close(self) -> None:
        self._network.close()


def connect(connection: Connection) -> Connector:
    return Mastodon(connection)


platform = Platform(
    slug="mastodon",
    name="Mastodon",
    glyph="mastodon",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=connect,
    count_text=count,
    fields=(
        Field(
            "access_token",
            "Access token",
            secret=True,
            hint="Made on the instance under Preferences, Development, New application.",
        ),
    ),
    poll_every=30,
    base_url="https://mastodon.social",
    oauth=access.OAUTH,
    app_fields=(
        Field("client_id", "Client key", hint="Of the application registered on the instance."),
        Field("client_secret", "Client secret", secret=True),
    ),
)
