"""Whoever calls at the door: the customer's server, a visitor's browser, a stranger."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx

from glede.desk.intake.models import RawEvent
from glede.kit import tickets
from glede.platforms.website import hook

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ok!").decode()
OLDER = "whsec_" + base64.b64encode(b"an older secret of some bytes :)").decode()
SLUG = "red-kite-site"
KEY = "pk_red_kite"
ORIGIN = "http://glede.test"


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends requests to the door of this process, as a server or as a visitor's browser."""

    http: httpx.AsyncClient

    async def post(
        self, body: bytes, headers: Mapping[str, str], *, path: str = f"/hooks/website/{SLUG}"
    ) -> httpx.Response:
        return await self.http.post(path, content=body, headers=dict(headers))

    async def hook(self, event_id: str, body: bytes = b"{}") -> httpx.Response:
        return await self.post(body, signed(event_id, body))

    async def form(self, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        return await self.post(
            urlencode(fields).encode(),
            {
                "content-type": "application/x-www-form-urlencoded",
                "origin": ORIGIN,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )


def signed(
    event_id: str, body: bytes, *, secret: str = SECRET, at: datetime | None = None
) -> dict[str, str]:
    stamp = int((at or datetime.now(UTC)).timestamp())
    signature = hook.sign(secret=secret, event_id=event_id, stamp=stamp, body=body)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature,
        "content-type": "application/json",
    }


def created(number: int = 1, text: str = "My boiler is out") -> bytes:
    return json.dumps(
        {
            "type": "message.created",
            "timestamp": datetime.now(UTC).isoformat(),
            "data": {
                "id": f"message-{number}",
                "thread": f"thread-{number}",
                "author": {"id": f"resident-{number}", "name": "Iris Blandford"},
                "text": text,
            },
        }
    ).encode()


def filled(*, thread: str = "", until: datetime | None = None, **fields: str) -> dict[str, str]:
    until = until or datetime.now(UTC) + timedelta(hours=1)
    return {
        "key": KEY,
        "ticket": tickets.issue("website-form", SLUG, thread, until=until),
        "thread": thread,
        "name": "Iris Blandford",
        "email": "",
        "message": "My boiler is out",
        "language": "en",
        **fields,
    }


def kept() -> list[str]:
    return list(RawEvent.objects.order_by("id").values_list("key", flat=True))
