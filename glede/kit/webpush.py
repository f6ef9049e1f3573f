"""Web push: encrypt for one browser (RFC 8291), sign as ourselves (RFC 8292), hand over
(RFC 8030)."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from glede.kit.outward import Answer, Answered
from glede.kit.pushkey import Subscription

_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
#: A signature holds for so long; 24 hours is the most (RFC 8292, 2).
_SIGNED_FOR = timedelta(hours=12)
_GONE = {404, 410}
_LATER = {408, 425, 429}


def send(
    subscription: Subscription,
    payload: bytes,
    *,
    secret: bytes,
    contact: str,
    kept_seconds: int,
    topic: str,
    urgent: bool,
    now: datetime,
) -> Answer:
    """Hand one message to the push service of one browser. `secret` is our key as PEM, `contact` a
    mailto or https address, `topic` what a later message replaces (up to 32 of its letters)."""
    try:
        body = WebPusher(
            {
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            }
        ).encode(payload)["body"]
    except (WebPushException, ValueError, UnsupportedAlgorithm) as error:
        return Answer(Answered.REFUSED, f"its keys cannot be used ({type(error).__name__})")
    url = urlsplit(subscription.endpoint)
    claims = {
        "aud": f"{url.scheme}://{url.netloc}",
        "exp": int((now + _SIGNED_FOR).timestamp()),
        "sub": contact,
    }
    headers = {
        **Vapid02.from_pem(secret).sign(claims),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(kept_seconds),
        "topic": topic,
        "urgency": "high" if urgent else "normal",
    }
    try:
        # No redirect is followed: it would lead wherever a stranger says.
        said = httpx.post(
            subscription.endpoint, content=body, headers=headers, timeout=_TIMEOUT, trust_env=True
        )
    except httpx.HTTPError as error:
        return Answer(Answered.LATER, f"not reached ({type(error).__name__})")
    return _read(said, now=now)


def _read(said: httpx.Response, *, now: datetime) -> Answer:
    status = said.status_code
    words = f"{status} {said.reason_phrase}".strip()
    if said.is_success:
        return Answer(Answered.TAKEN, words)
    if status in _GONE:
        return Answer(Answered.GONE, words)
    if status in _LATER or said.is_server_error:
        return Answer(Answered.LATER, words, _retry_after(said, now=now))
    return Answer(Answered.REFUSED, words)


def _retry_after(said: httpx.Response, *, now: datetime) -> datetime | None:
    """Seconds or a date (RFC 9110, 10.2.3)."""
    given = said.headers.get("retry-after", "").strip()
    if given.isdecimal():
        return now + timedelta(seconds=min(int(given), 86_400))
    try:
        return parsedate_to_datetime(given) if given else None
    except ValueError:
        return None
