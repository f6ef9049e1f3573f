"""A customer's own web server: hands what visitors write to Glede as signed hook calls.

The scheme is Standard Webhooks (https://www.standardwebhooks.com): the signature covers the id,
the time and the body, so a call is signed anew each time it is sent again.
"""

import base64
import hashlib
import hmac
import http.client
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Site:
    """One website and the secret of its hook, `whsec_` and base64."""

    slug: str
    brand: str
    secret: str = field(repr=False)


class NotTakenError(Exception):
    """The call was not answered with 200; says with what instead."""


def signature(*, secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode("ascii")


def call(base: str, site: Site, *, event_id: str, event: dict[str, object]) -> None:
    """One try. Raises `NotTakenError`."""
    body = json.dumps(event, ensure_ascii=False).encode()
    timestamp = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            secret=site.secret, event_id=event_id, timestamp=timestamp, body=body
        ),
    }
    url = urlsplit(base)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        path = f"{url.path.rstrip('/')}/hooks/website/{site.slug}"
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        said = answer.read(300).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise NotTakenError(f"{base} does not answer ({type(error).__name__}).") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise NotTakenError(f"{path} answered {answer.status}: {said}")
