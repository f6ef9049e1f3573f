"""Tells a visitor by e-mail that an answer stands on their private page.

The mail holds the link and no word of the conversation: an address nobody has checked may be
somebody else's.
"""

import smtplib
import socket
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from glede.platforms.contract import (
    Connection,
    OutboundMessage,
    OutcomeUnknown,
    Reconnect,
    Refused,
    TryAgain,
)


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server as the account's connection names it."""

    host: str
    port: int
    sender: str
    encrypted: bool
    user: str
    password: str
    timeout: float


def server_of(connection: Connection) -> Server | None:
    """None where no mail server is set."""
    given = connection.settings
    if not given.get("smtp_host") or not given.get("mail_from"):
        return None
    return Server(
        host=given["smtp_host"],
        port=int(given.get("smtp_port") or 25),
        sender=given["mail_from"],
        encrypted=given.get("smtp_tls", "").lower() in {"yes", "true", "1"},
        user=given.get("smtp_user", ""),
        password=connection.credential.get("smtp_password", ""),
        timeout=float(given.get("smtp_timeout_seconds") or 20),
    )


def compose(message: OutboundMessage, *, server: Server, site: str, now: datetime) -> EmailMessage:
    sender = Address(display_name=site, addr_spec=server.sender)
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = Address(addr_spec=message.notify)
    done = "received" if message.automatic else "answered"
    mail["Subject"] = f"{site}: we have {done} your message"
    mail["Date"] = format_datetime(now)
    # The same for every try: a mail server or reader that got it twice can tell.
    mail["Message-ID"] = f"<{message.key}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"Hello,\n\n{site} has {done} the message you sent us on our website.\n\n"
        f"Read what we wrote and write again here:\n{message.link}\n\n"
        "The link is yours alone: whoever has it can read the conversation.\n"
        "Nobody reads answers to this e-mail.\n"
    )
    return mail


def greet(server: Server) -> None:
    """Sign in and leave. Raises the contract's errors."""
    try:
        _greet(server).quit()
    except (OSError, smtplib.SMTPException) as error:
        raise _outcome(error) from error


def hand_over(mail: EmailMessage, *, server: Server) -> None:
    """Return once the server has accepted it. Raises the contract's errors."""
    try:
        client = _greet(server)
    except (OSError, smtplib.SMTPException) as error:
        raise _outcome(error) from error
    with client:
        try:
            _address(client, mail)
        except (OSError, smtplib.SMTPException) as error:
            raise _outcome(error) from error
        _give(client, mail)


def _greet(server: Server) -> smtplib.SMTP:
    client = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    try:
        if server.encrypted:
            client.starttls()
        if server.user:
            client.login(server.user, server.password)
    except (OSError, smtplib.SMTPException):
        client.close()
        raise
    return client


def _address(client: smtplib.SMTP, mail: EmailMessage) -> None:
    client.ehlo_or_helo_if_needed()
    code, said = client.mail(mail["From"].addresses[0].addr_spec)
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)
    code, said = client.rcpt(mail["To"].addresses[0].addr_spec)
    if code not in {250, 251}:
        raise smtplib.SMTPResponseException(code, said)


def _give(client: smtplib.SMTP, mail: EmailMessage) -> None:
    """From here on the server may have taken it even when we hear nothing."""
    try:
        code, said = client.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:
        raise _outcome(error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(
            "The mail server went away while it was given the mail: it may have taken it."
        ) from error
    if code != 250:
        raise _outcome(smtplib.SMTPResponseException(code, said))


def _outcome(error: OSError | smtplib.SMTPException) -> Exception:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Reconnect("The mail server does not take our name and password.")
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        sentence = f"The mail server said: {error.smtp_code} {text}"
        return Refused(sentence) if error.smtp_code >= 500 else TryAgain(sentence)
    if isinstance(error, socket.gaierror):
        return TryAgain("The mail server’s name is not known just now.")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused(
            "The mail server offers no encryption or sign-in, and we were told to use it."
        )
    return TryAgain(f"The mail server cannot be reached ({type(error).__name__}).")
