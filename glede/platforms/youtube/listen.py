"""Asks YouTube's hub to call us when the channel publishes, for as long as it lets us."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import httpx

from glede.platforms import http
from glede.platforms.contract import Hook, Refused
from glede.platforms.youtube.api import BASE_URL

_HUB = "https://pubsubhubbub.appspot.com/subscribe"
_TOPIC = "https://www.youtube.com/feeds/videos.xml?channel_id="

#: The hub's own default, five days. An account's setting `lease_seconds` says otherwise.
LEASE_SECONDS = "432000"
#: Asked again at this part of the lease, so that no day passes without.
_RENEW_AT = 0.8


def listen(
    settings: Mapping[str, str], base_url: str, account: str, hook: Hook, *, now: datetime
) -> datetime:
    """The hub asks back at our door before it agrees. Safe to repeat: the lease begins anew."""
    base = base_url.rstrip("/")
    hub = settings.get("hub_url") or (_HUB if base == BASE_URL else f"{base}/subscribe")
    lease = int(settings.get("lease_seconds") or LEASE_SECONDS)
    if not hook.verify_token:
        raise Refused("The word that the hub repeats is missing. Fill it in where the app is kept.")
    asked = {
        "hub.mode": "subscribe",
        # The hub keeps what stands in the address, and so repeats our word each time it calls.
        "hub.callback": f"{hook.address}?{urlencode({'word': hook.verify_token})}",
        "hub.topic": (settings.get("topic_url") or _TOPIC) + account,
        "hub.verify": "async",
        "hub.secret": hook.secret,
        "hub.lease_seconds": str(lease),
    }
    where = urlsplit(hub)
    try:
        with http.client(base_url=f"{where.scheme}://{where.netloc}") as client:
            response = client.post(hub, data=asked)
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    if not response.is_success:
        raise http.refusal(
            response.status_code,
            response.headers,
            reason=response.reason_phrase,
            write=False,
            now=now,
        )
    return now + timedelta(seconds=lease * _RENEW_AT)
