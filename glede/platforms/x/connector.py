"""The X plug-in: one account's connection, and what the desk knows of the platform."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from glede.platforms.contract import (
    Author,
    Bare,
    Batch,
    Connection,
    Connector,
    Cursor,
    Fetched,
    Field,
    Hook,
    Media,
    Moderation,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
    TryAgain,
)
from glede.platforms.untrusted import text_at
from glede.platforms.x import collect, follow, moderate, names, publish
from glede.platforms.x.calls import Calls
from glede.platforms.x.capabilities import CAPABILITIES, USER_READ
from glede.platforms.x.fetch import fetch
from glede.platforms.x.listen import listen
from glede.platforms.x.parse import parse
from glede.platforms.x.sign_in import BASE_URL, OAUTH
from glede.platforms.x.text import count
from glede.platforms.x.verify import DOOR

#: A webhook that failed for 28 hours is switched off; looked at so often, none stays off for long.
LISTEN_AGAIN_HOURS = "6"


class X(Bare):
    """Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._us = connection.account
        self._calls = Calls(connection)
        self._fields = collect.post_fields(connection.settings.get("spelling", ""))
        self._messages = connection.settings.get("messages", "yes") != "no"

    def identify(self, *, now: datetime) -> Author:
        wanted = {"user.fields": "id,name,username"}
        answer = self._calls.get("/2/users/me", wanted, now=now, price=USER_READ)
        native_id, handle = text_at(answer, "data", "id"), text_at(answer, "data", "username")
        if not native_id:
            raise TryAgain("X does not say whose account it is.")
        return Author(
            native_id=native_id,
            name=text_at(answer, "data", "name") or handle,
            handle=handle,
            url=names.profile_url(handle, native_id),
        )

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        return collect.poll(
            self._calls, self._us, cursor, fields=self._fields, messages=self._messages, now=now
        )

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return collect.lookup(self._calls, self._us, native_ids, fields=self._fields, now=now)

    def stream(
        self, cursor: Cursor, *, stop: Callable[[], bool], watched: Callable[[], frozenset[str]]
    ) -> Iterator[Batch]:
        return follow.batches(
            self._calls,
            self._connection,
            cursor,
            # The stream alone still takes the older spelling only.
            fields=collect.post_fields("tweet"),
            stop=stop,
        )

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        return publish.send(self._calls, self._us, message, fields=self._fields, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        return publish.read_back(self._calls, self._us, message, fields=self._fields, now=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        moderate.moderate(self._calls, self._us, moderation, now=now)

    def fetch(self, media: Media, *, most_bytes: int, now: datetime) -> Fetched:
        return fetch(self._calls, self._connection, media, most_bytes=most_bytes, now=now)

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        hours = self._connection.settings.get("listen_again_hours", LISTEN_AGAIN_HOURS)
        every = timedelta(hours=float(hours))
        return listen(self._calls, self._us, hook, messages=self._messages, every=every, now=now)

    def close(self) -> None:
        self._calls.close()


def connect(connection: Connection) -> Connector:
    return X(connection)


platform = Platform(
    slug="x",
    name="X",
    glyph="x",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=connect,
    count_text=count,
    door=DOOR,
    # Messages may be looked at once a minute; a call came already, this only proves that none was
    # lost (https://docs.x.com/x-api/fundamentals/rate-limits).
    poll_every=120,
    # X tells nobody of another person's edit or deletion. Each look costs money (a post read is
    # $0.005), so open threads are looked up four times a day.
    look_every=21_600,
    base_url=BASE_URL,
    oauth=OAUTH,
    app_fields=(
        Field("client_id", "Client ID (OAuth 2.0)"),
        Field("client_secret", "Client secret (OAuth 2.0)", secret=True, required=False),
        Field(
            "webhook_secret",
            "Consumer secret",
            secret=True,
            hint="Also called API key secret. X signs its calls with it.",
        ),
        Field("bearer_token", "Bearer token of the app", secret=True),
    ),
    shared_app=True,
)
