"""Invented residents, and the sandbox's YouTube with the clients that call it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import googleapiclient
import httpx
import pyyoutube
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document

from sandbox.kernel.world import Resident
from sandbox.youtube.stage import YouTube
from tests.sandbox.serving import Served, serving

BRYN = Resident("bryn", "Bryn Tallow", "bryntallow")
ODA = Resident("oda", "Oda Marsh", "odamarsh")
DOCUMENT = (
    Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "youtube.v3.json"
)


@dataclass(frozen=True, slots=True)
class Stand:
    """YouTube on a free port, with the credentials of one of its landlords."""

    served: Served
    stage: YouTube
    given: dict[str, Any]
    opened: list[Any] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"{self.served.base}/youtube"

    @property
    def page(self) -> str:
        return str(self.given["pages"]["red-kite"]["id"])

    @property
    def token(self) -> str:
        return str(self.given["pages"]["red-kite"]["access_token"])

    def do(self, act: Any, *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    def google(self, token: str | None = None, **more: str) -> Any:
        document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        document["rootUrl"] = f"{self.base}/"
        client = build_from_document(
            document,
            credentials=Credentials(token or self.token, **more),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": f"{self.base}/"},
        )
        self.opened.append(client)
        return client

    def pyyoutube(self, **credentials: Any) -> pyyoutube.Client:
        client = pyyoutube.Client(**credentials or {"access_token": self.token})
        client.session.trust_env = False
        client.BASE_URL = f"{self.base}/youtube/v3/"
        client.BASE_UPLOAD_URL = f"{self.base}/upload/youtube/v3/"
        client.AUTHORIZATION_URL = f"{self.base}/o/oauth2/v2/auth"
        client.EXCHANGE_ACCESS_TOKEN_URL = f"{self.base}/oauth2/token"
        client.REVOKE_TOKEN_URL = f"{self.base}/oauth2/revoke"
        client.HUB_URL = f"{self.base}/subscribe"
        return client

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        url = f"{self.base}/youtube/v3/{path}"
        return httpx.request(method, url, headers=headers, trust_env=False, **more)

    def video(self, title: str = "How to bleed a radiator") -> str:
        return str(self.do(self.stage.publish, self.page, title))

    def comment(self, text: str, *, on: str, who: Resident = BRYN) -> str:
        return str(self.do(self.stage.comment, who, text, on=on))


@contextlib.contextmanager
def standing() -> Iterator[Stand]:
    with serving(YouTube) as served:
        stage = served.world.stages["youtube"]
        assert isinstance(stage, YouTube)
        stand = Stand(served, stage, json.loads(json.dumps(served.do(stage.credentials))))
        try:
            yield stand
        finally:
            for client in stand.opened:
                client.close()
