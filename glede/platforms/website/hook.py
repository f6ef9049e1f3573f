"""The signed hook: the Standard Webhooks scheme, for the customer's own server.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import functools
import hashlib
import hmac
import json
from datetime import datetime

from glede.platforms.contract import DoorApp, NotGenuine, RawEvent, Request

#: Seconds a signature may be old or ahead, unless the app's settings say otherwise; five minutes
#: is what the Standard Webhooks reference libraries allow.
TOLERANCE_SECONDS = "300"
_MOST_SIGNATURES = 8


def verify(request: Request, app: DoorApp, now: datetime) -> None:
    headers = request.headers
    event_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not event_id or not stamp or not given:
        raise NotGenuine(
            "A hook call carries the headers webhook-id, webhook-timestamp and webhook-signature."
        )
    signed = f"{event_id}.{stamp}.".encode("latin-1") + request.body
    if not _is_signed(signed, given, app.secrets):
        raise NotGenuine("The signature was made with none of this website's secrets.")
    # Said only to those who hold a secret.
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise NotGenuine("webhook-timestamp is whole seconds since 1970.")
    allowed = int(app.settings.get("tolerance_seconds", TOLERANCE_SECONDS))
    away = now.timestamp() - int(stamp)
    if abs(away) > allowed:
        which = "old" if away > 0 else "in the future"
        raise NotGenuine(
            f"The signature is {abs(away):.0f} seconds {which}; at most {allowed} are allowed. "
            "Sign the call again when sending it again."
        )


def split(request: Request, app: DoorApp) -> tuple[RawEvent, ...]:
    """A call is one event, kept as it came; whether it can be read shows later."""
    return (RawEvent(f"hook:{request.headers['webhook-id']}", request.body, app.slug),)


def thread(body: bytes) -> str:
    """The thread a body names, if it can be read so far."""
    try:
        found = json.loads(body)["data"]["thread"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) and found.isprintable() else ""


def sign(*, secret: str, event_id: str, stamp: int, body: bytes) -> str:
    """The value of webhook-signature, as the customer's server makes it."""
    return _mark(secret, f"{event_id}.{stamp}.".encode("latin-1") + body).decode("ascii")


def _is_signed(signed: bytes, given: str, secrets: tuple[str, ...]) -> bool:
    marks = [_mark(secret, signed) for secret in secrets]
    for signature in given.split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]:
        offered = signature.encode("latin-1")
        if any(hmac.compare_digest(offered, mark) for mark in marks):
            return True
    return False


def _mark(secret: str, signed: bytes) -> bytes:
    # A copy of a started one: hmac.digest lets go of the interpreter each time, and under load
    # waiting to get it back takes ten times as long as the digest.
    started = _started(secret).copy()
    started.update(signed)
    return b"v1," + base64.b64encode(started.digest())


@functools.lru_cache(maxsize=256)
def _started(secret: str) -> hmac.HMAC:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("A website's secret is whsec_ followed by base64.") from error
    if not secret.startswith("whsec_") or len(key) < 24:
        raise ValueError("A website's secret is whsec_ followed by base64 of 24 bytes or more.")
    return hmac.new(key, digestmod=hashlib.sha256)
