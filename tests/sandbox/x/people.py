"""Invented residents, and the sandbox's X with what a client needs to call it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import tweepy

from sandbox.kernel.world import Picture, Resident
from sandbox.x.stage import X
from tests.sandbox.elsewhere import redirect
from tests.sandbox.serving import Served, serving

BRYN = Resident("bryn", "Bryn Tallow", "bryntallow")
ODA = Resident("oda", "Oda Marsh", "odamarsh", "cy")
#: The smallest picture there is.
PICTURE = Picture(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
    ),
    "image/png",
    "A puddle under a boiler",
)


@dataclass(frozen=True, slots=True)
class Stand:
    """X on a free port, with the credentials of one of its landlords."""

    served: Served
    stage: X
    given: dict[str, Any]

    @property
    def base(self) -> str:
        return f"{self.served.base}/x"

    @property
    def page(self) -> str:
        return str(self.given["pages"]["red-kite"]["id"])

    @property
    def token(self) -> str:
        return str(self.given["pages"]["red-kite"]["access_token"])

    def do(self, act: Any, *given: Any, **named: Any) -> Any:
        return self.served.do(act, *given, **named)

    def tweepy(self, token: str | None = None) -> tweepy.Client:
        client = tweepy.Client(bearer_token=token or self.token)
        redirect(client.session, "https://api.twitter.com", self.base)
        return client

    def call(self, method: str, path: str, *, app: bool = False, **more: Any) -> httpx.Response:
        token = self.given["bearer_token"] if app else self.token
        return httpx.request(
            method,
            f"{self.base}{path}",
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
            **more,
        )

    def mention(self, text: str = "@redkite the boiler is cold", **more: Any) -> str:
        return str(self.do(self.stage.mention, BRYN, text, page=self.page, **more))


@contextlib.contextmanager
def standing() -> Iterator[Stand]:
    with serving(X) as served:
        stage = served.world.stages["x"]
        assert isinstance(stage, X)
        yield Stand(served, stage, json.loads(json.dumps(served.do(stage.credentials))))
