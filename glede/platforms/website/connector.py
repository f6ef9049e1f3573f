"""A website of ours: the answer stands on the visitor's private page, and an e-mail may tell so."""

from collections.abc import Sequence
from datetime import datetime

from glede.platforms.contract import (
    Author,
    Bare,
    Batch,
    Connection,
    Cursor,
    Field,
    Moderation,
    OutboundMessage,
    Platform,
    RawEvent,
    Receipt,
    Refused,
)
from glede.platforms.website import mail
from glede.platforms.website.capabilities import CAPABILITIES, LONGEST_TEXT
from glede.platforms.website.parse import parse
from glede.platforms.website.verify import DOOR


class Website(Bare):
    """The page shows a delivery from the moment it is `sending`; what is left is the e-mail."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._site = connection.handle or connection.account

    def identify(self, *, now: datetime) -> Author:
        """A website is itself; what can be proved is that its mail server takes us."""
        if server := mail.server_of(self._connection):
            mail.greet(server)
        return Author(self._connection.account, self._site)

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        raise Refused("A website calls us; there is nothing to poll.")

    def lookup(self, native_ids: Sequence[str], *, now: datetime) -> Sequence[RawEvent]:
        raise Refused("A website keeps nothing that we could look up.")

    def send(self, message: OutboundMessage, *, now: datetime) -> Receipt:
        if not message.private or message.publication is not None:
            raise Refused("Nothing is said in public here: an answer stands on the visitor's page.")
        if not message.text.strip():
            raise Refused("There is nothing in the answer.")
        if count_text(message.text) > LONGEST_TEXT:
            raise Refused(f"An answer has at most {LONGEST_TEXT} characters.")
        if message.media:
            raise Refused("The visitor's page shows words only, no pictures.")
        if message.notify:
            self._tell(message, now=now)
        return Receipt(native_id=_native_id(message), at=now)

    def _tell(self, message: OutboundMessage, *, now: datetime) -> None:
        server = mail.server_of(self._connection)
        if server is None:
            raise Refused("The visitor left an e-mail address, but no mail server is set.")
        letter = mail.compose(message, server=server, site=self._site, now=now)
        mail.hand_over(letter, server=server)

    def read_back(self, message: OutboundMessage, *, now: datetime) -> Receipt | None:
        """The page has it. Whether a mail server took a mail cannot be asked, so it is handed over
        again: the same Message-ID, and at worst a second note with the same link."""
        return None if message.notify else Receipt(native_id=_native_id(message), at=now)

    def moderate(self, moderation: Moderation, *, now: datetime) -> None:
        raise Refused(f"A website's conversation has nothing to {moderation.act}.")


def _native_id(message: OutboundMessage) -> str:
    return f"answer/{message.key}"


def count_text(text: str) -> int:
    return len(text)


platform = Platform(
    slug="website",
    name="Website",
    glyph="website",
    capabilities=CAPABILITIES,
    parse=parse,
    connect=Website,
    count_text=count_text,
    fields=(
        Field("public_key", "Public key of the form", made=True),
        Field(
            "sites",
            "Websites that may show the form",
            required=False,
            hint="Such as https://www.example.org; several with spaces between",
        ),
        Field("smtp_host", "Mail server", required=False, hint="To tell visitors of an answer"),
        Field("smtp_port", "Port of the mail server", required=False, hint="25, or 587 with TLS"),
        Field("smtp_tls", "Encrypt (STARTTLS)", required=False, hint="yes or no"),
        Field("smtp_user", "Name at the mail server", required=False),
        Field("smtp_password", "Password at the mail server", secret=True, required=False),
        Field("mail_from", "Sender's address", required=False),
    ),
    door=DOOR,
)
