"""A real mail server on loopback, which can be told to refuse."""

# ruff: noqa: ARG002 - aiosmtpd passes more than we ask for

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Mailbox:
    """What it accepted; `on_recipient` and `on_data` are what it says next, "" for yes."""

    port: int = 0
    letters: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    on_recipient: str = ""
    on_data: str = ""
    hang_up_on_data: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.on_recipient:
            return self.on_recipient
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.on_data:
            return self.on_data
        self.letters.append(message_from_bytes(bytes(envelope.content or b"")))
        self.recipients += envelope.rcpt_tos
        if self.hang_up_on_data:
            server.transport.abort()
        return "250 taken"


@contextlib.contextmanager
def opened(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, password: str = ""
) -> Iterator[Mailbox]:
    """`starttls`: nothing is taken before STARTTLS; `tls`: from the first byte on. With a
    `password` it takes mail of “glede” alone."""
    box = Mailbox(port=_free_port())
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_required=bool(password),
        auth_require_tls=starttls is not None,
        authenticator=_only(password),
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _only(password: str) -> Callable[..., AuthResult]:
    wanted = LoginPassword(b"glede", password.encode())

    def check(
        server: SMTP, session: Session, envelope: Envelope, how: str, said: Any
    ) -> AuthResult:
        return AuthResult(success=said == wanted, handled=False)

    return check


def certificate(folder: Path, host: str) -> ssl.SSLContext:
    """A server's context with a certificate of its own for this host, written to `folder/ca.pem`
    for whoever is to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


def _free_port() -> int:
    """The controller calls itself by the number it was given, so it cannot be given zero."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
