"""The key by which push services know an installation (RFC 8292), and what a browser's
subscription looks like; without the weight of sending."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from glede.kit.words import say

#: An uncompressed point of P-256, and a browser's secret (RFC 8291, 3.1 and 3.2).
_POINT_BYTES, _SECRET_BYTES = 65, 16
_LONGEST_ENDPOINT = 2_000


class BadSubscriptionError(ValueError):
    """No push service would take it: says why."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser's messages go, and the keys only that browser can read with."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).hostname or ""


def make() -> tuple[str, bytes]:
    """A new key: the public half as browsers want it, the secret one as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode("ascii"), secret


def check(subscription: Subscription, *, hosts: frozenset[str]) -> None:
    """Raises `BadSubscriptionError`. `hosts` are where messages may go; one with a dot in front
    takes every host below it, one with a port that very port in plain HTTP."""
    url = urlsplit(subscription.endpoint)
    host = url.hostname or ""
    if len(subscription.endpoint) > _LONGEST_ENDPOINT:
        raise BadSubscriptionError(say("This browser's push address is too long."))
    plain = url.scheme == "http" and url.port is not None and url.netloc in hosts
    named = host in hosts or any(host.endswith(one) for one in hosts if one.startswith("."))
    if not plain and not (url.scheme == "https" and named and url.port in (None, 443)):
        raise BadSubscriptionError(
            say(
                "This browser's push service, %(host)s, is not on the list of this desk. Ask"
                " whoever runs Glede (GLEDE_PUSH_HOSTS).",
                host=host or say("without a name"),
            )
        )
    if _length(subscription.p256dh) != _POINT_BYTES or _length(subscription.auth) != _SECRET_BYTES:
        raise BadSubscriptionError(say("This browser's push keys could not be read."))


def _length(text: str) -> int:
    try:
        return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return 0
