"""The Snapchat plug-in: it publishes. What residents write there is captured by hand."""

from datetime import datetime

from glede.platforms import captured
from glede.platforms.contract import (
    Author,
    Bare,
    Connection,
    Connector,
    Field,
    OutboundMessage,
    Platform,
    Receipt,
)
from glede.platforms.snapchat import publish, sign_in
from glede.platforms.snapchat.calls import BASE_URL, Calls
from glede.platforms.snapchat.capabilities import CAPABILITIES


class Snapchat(Bare):
    """Thread-safe: one client, and a token that is renewed for all who use it."""

    def __init__(self, connection: Connection) -> None:
        self._profile = connection.account
        self._calls = Calls(connection)

    def identify(self, *, now: datetime) -> Author:
        return sign_in.whose(self._calls, now=now)

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        return publish.send(self._calls, self._profile, message, now=now)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        return publish.read_back(self._calls, self._profile, message, now=now)

    def close(self) -> None:
        self._calls.close()


def connect(connection: Connection) -> Connector:
    return Snapchat(connection)


def count_text(text: str) -> int:
    return len(text)


platform = Platform(
    slug="snapchat",
    name="Snapchat",
    glyph="snapchat",
    capabilities=CAPABILITIES,
    parse=captured.parse,
    connect=connect,
    count_text=count_text,
    base_url=BASE_URL,
    oauth=sign_in.OAUTH,
    app_fields=(
        Field("client_id", "Client ID", hint="Of the app that Snapchat has allow-listed."),
        Field("client_secret", "Client secret", secret=True),
    ),
    shared_app=True,
)
