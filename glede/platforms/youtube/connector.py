"""The YouTube plug-in: one channel's connection, and what the desk knows of the platform."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from glede.platforms.contract import (
    Author,
    Bare,
    Batch,
    Connection,
    Connector,
    Cursor,
    Field,
    Hook,
    Moderation,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
    TryAgain,
)
from glede.platforms.untrusted import list_at, moment, text_at
from glede.platforms.youtube import collect, moderate, names, publish, quota
from glede.platforms.youtube.api import BASE_URL, Api
from glede.platforms.youtube.capabilities import CAPABILITIES
from glede.platforms.youtube.listen import listen
from glede.platforms.youtube.parse import parse
from glede.platforms.youtube.sign_in import OAUTH
from glede.platforms.youtube.verify import DOOR

#: Each look costs a unit of ten thousand a day: once a minute is 1,440.
POLL_EVERY = 60
#: The lists for review, of spam and of uploads cost a unit each and may wait.
APART_EVERY = "300"


class YouTube(Bare):
    """Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._us = connection.account
        self._api = Api(connection)
        self._plan = quota.Plan.of(connection.settings, every=POLL_EVERY)

    def identify(self, *, now: datetime) -> Author:
        call = self._api.service.channels().list(part="snippet", mine=True)
        channels = list_at(self._api.read(call, now=now), "items")
        # A person may look after several channels; the token is for one.
        found = next((one for one in channels if text_at(one, "id") == self._us), None)
        channel = found or next(iter(channels), None)
        native_id = text_at(channel, "id")
        if not native_id:
            raise TryAgain("YouTube does not say whose channel it is.")
        handle = text_at(channel, "snippet", "customUrl").removeprefix("@")
        return Author(
            native_id=native_id,
            name=text_at(channel, "snippet", "title") or handle,
            handle=handle,
            url=names.channel_url(native_id),
        )

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        polled = moment(collect.position(cursor).polled)
        self._plan.may_poll(self._connection.meter, polled=polled, now=now)
        seconds = int(self._connection.settings.get("apart_every") or APART_EVERY)
        poller = collect.Poller(self._api, self._us, cursor, now=now)
        return poller.poll(apart_every=timedelta(seconds=seconds))

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        return collect.lookup(self._api, self._us, native_ids, now=now)

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        return publish.send(self._api, message, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        return publish.read_back(self._api, self._us, message, now=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        moderate.moderate(self._api, self._us, moderation, now=now)

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        return listen(self._connection.settings, self._connection.base_url, self._us, hook, now=now)

    def close(self) -> None:
        self._api.close()


def connect(connection: Connection) -> Connector:
    return YouTube(connection)


platform = Platform(
    slug="youtube",
    name="YouTube",
    glyph="youtube",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=connect,
    count_text=len,
    door=DOOR,
    poll_every=POLL_EVERY,
    # Deletions show in no list; fifty ids cost one unit of the day's ten thousand.
    look_every=900,
    base_url=BASE_URL,
    oauth=OAUTH,
    app_fields=(
        Field("client_id", "Client ID"),
        Field("client_secret", "Client secret", secret=True),
        Field(
            "webhook_secret",
            "Secret of the hub",
            secret=True,
            made=True,
            hint="YouTube's hub signs its calls with it.",
        ),
        Field("verify_token", "Word the hub repeats", made=True),
    ),
    shared_app=True,
)
