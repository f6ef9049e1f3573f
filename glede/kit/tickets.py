"""Tickets: signed, expiring, bound to what they are for; a page hands one out, the door takes it.

Nothing is stored: a ticket proves by itself that we made it. Its nonce is 128 random bits.
"""

import hmac
import secrets
from datetime import UTC, datetime

from glede.kit import crypto

_NONCE_BYTES = 16
_LONGEST = 200


class TicketInvalidError(Exception):
    """Not made by us, or not for this."""


class TicketExpiredError(Exception):
    """Made by us, but its time has passed."""


def issue(purpose: str, *bound: str, until: datetime) -> str:
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    expires = int(until.timestamp())
    return f"{nonce}.{expires}.{_mark(purpose, nonce, expires, bound)}"


def nonce(ticket: str, purpose: str, *bound: str, now: datetime) -> str:
    """The nonce of a valid ticket. Raises `TicketInvalidError` and `TicketExpiredError`."""
    parts = ticket.split(".") if len(ticket) <= _LONGEST and ticket.isascii() else []
    if len(parts) != 3 or not parts[1].isdecimal() or len(parts[1]) > 12:
        raise TicketInvalidError("The ticket is not one of ours.")
    found, expires = parts[0], int(parts[1])
    if not hmac.compare_digest(parts[2], _mark(purpose, found, expires, bound)):
        raise TicketInvalidError("The ticket was not made by us for this.")
    if now.timestamp() > expires:
        until = datetime.fromtimestamp(expires, UTC)
        raise TicketExpiredError(f"The ticket expired at {until:%Y-%m-%d %H:%M} UTC.")
    return found


def _mark(purpose: str, nonce: str, expires: int, bound: tuple[str, ...]) -> str:
    return crypto.token(f"ticket:{purpose}", nonce, expires, *bound)
