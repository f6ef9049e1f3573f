"""Ports of this machine."""

import socket

from glede.commands.failure import CommandError

LOOPBACK = "127.0.0.1"


def refuse_taken(port: int, *, setting: str = "GLEDE_PORT") -> None:
    """Refuse a port somebody listens on: our server would share it without a word."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of this machine is taken ({error.strerror}): stop what uses it, "
                f"or choose another with {setting}."
            ) from error
