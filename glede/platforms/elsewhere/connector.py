"""An account of ours in a place that has no interface: a name and an address, nothing to call."""

from datetime import datetime

from glede.platforms import captured
from glede.platforms.contract import (
    Author,
    Bare,
    Connection,
    Connector,
    Field,
    Platform,
    Refused,
)
from glede.platforms.elsewhere.capabilities import CAPABILITIES


class Elsewhere(Bare):
    """It is whoever it says it is: there is nobody to ask."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def identify(self, *, now: datetime) -> Author:
        address = self._connection.settings.get("address", "").strip().rstrip("/")
        name = self._connection.settings.get("place", "").strip()
        if not address.startswith(("https://", "http://")):
            raise Refused("The address of our page there begins with https://.")
        if not name:
            raise Refused("Say what the place is called.")
        return Author(native_id=address.lower(), name=name, handle=name, url=address)


def connect(connection: Connection) -> Connector:
    return Elsewhere(connection)


def count_text(text: str) -> int:
    return len(text)


platform = Platform(
    slug="elsewhere",
    name="Elsewhere",
    glyph="elsewhere",
    capabilities=CAPABILITIES,
    parse=captured.parse,
    connect=connect,
    count_text=count_text,
    fields=(
        Field("place", "Name of the place", hint="For example Nextdoor, or a residents’ forum"),
        Field("address", "Address of our page there", hint="https://…"),
    ),
)
