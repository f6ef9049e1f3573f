"""A real mail server on loopback, which can be told to refuse."""

# ruff: noqa: ARG002 - aiosmtpd passes more than we ask for

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


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
def opened() -> Iterator[Mailbox]:
    box = Mailbox(port=_free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def _free_port() -> int:
    """The controller calls itself by the number it was given, so it cannot be given zero."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
