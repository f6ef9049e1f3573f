"""A platform in memory that lets us in by the authorisation code flow, calls us and counts.

`grants` is what stands at its side: codes it gave out, what it lets us use, whom it calls.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from glede.platforms.contract import (
    Ability,
    Author,
    Bare,
    Batch,
    Budget,
    By,
    Can,
    Capabilities,
    Connection,
    Cursor,
    Door,
    DoorApp,
    Field,
    Hook,
    Ignored,
    InboundEvent,
    NotGenuine,
    OAuth,
    Offer,
    Platform,
    PlatformError,
    RawEvent,
    Receives,
    Refused,
    Registration,
    Request,
    Scope,
    TextLimit,
    Window,
)

SOURCE = "https://granting.example/docs"
#: How long the platform goes on calling us before it must be asked again.
LEASE = timedelta(days=5)


@dataclass
class Grants:
    #: Code -> (redirect, challenge): good for one exchange.
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    listening: list[Hook] = field(default_factory=list)
    fail_with: list[PlatformError] = field(default_factory=list)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]  # a fresh platform for the next test

    def consent(self, redirect: str, challenge: str, *, code: str = "code-1") -> str:
        """The person said yes at the platform; the code that their browser brings back."""
        self.codes[code] = (redirect, challenge)
        return code


grants = Grants()


def offer(native_id: str = "page-7", **more: object) -> Offer:
    given: dict[str, object] = {
        "name": "Red Kite Homes",
        "handle": "redkitehomes",
        "credential": {"access": f"a-{native_id}", "refresh": "r-1"},
        "scopes": ("read", "write"),
    }
    return Offer(native_id=native_id, **(given | more))  # type: ignore[arg-type] # by name


def address(registration: Registration, redirect: str, state: str, challenge: str) -> str:
    query = {
        "client_id": registration.client_id,
        "redirect_uri": redirect,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{registration.base_url}/authorise?{urlencode(query)}"


def finish(
    registration: Registration, code: str, redirect: str, verifier: str, now: datetime
) -> Sequence[Offer]:
    if grants.fail_with:
        raise grants.fail_with.pop(0)
    asked = grants.codes.pop(code, None)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if asked != (redirect, challenge) or registration.client_secret != "s3cret":
        raise Refused("The code is not known.")
    return grants.offers


class GrantingConnector(Bare):
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def identify(self, *, now: datetime) -> Author:
        return Author(self.connection.account, "Red Kite Homes", handle="redkitehomes")

    def poll(self, cursor: Cursor, *, now: datetime) -> Batch:
        self.connection.meter.spend("units", f"{now:%Y-%m-%d}", 1, micros=500)
        return Batch((), cursor)

    def listen(self, hook: Hook, *, now: datetime) -> datetime | None:
        if grants.fail_with:
            raise grants.fail_with.pop(0)
        grants.listening.append(hook)
        return now + LEASE


def _verify(request: Request, app: DoorApp, now: datetime) -> None:
    if request.headers.get("x-secret") not in app.secrets:
        raise NotGenuine("The secret is missing.")


def _split(request: Request, app: DoorApp, now: datetime) -> Sequence[RawEvent]:
    data = json.loads(request.body)
    return [RawEvent(key=data["id"], body=request.body, account=data.get("account", ""))]


def parse(body: bytes, account: str) -> Sequence[InboundEvent]:
    return [Ignored("nothing is said here")]


platform = Platform(
    slug="granting",
    name="Granting",
    glyph="p-website",
    capabilities=Capabilities(
        receive={
            "comments": Receives(By.WEBHOOK, SOURCE),
            "messages": Receives(By.NONE, SOURCE, "It has none."),
        },
        abilities={
            "reply_public": Ability(Can.CONDITIONS, SOURCE, "Only where the page was named."),
            "reply_private": Ability(Can.NO, SOURCE),
            "hide": Ability(Can.YES, SOURCE),
        },
        text=TextLimit(most=500, unit="characters", source=SOURCE),
        rate_limits="100 calls in an hour",
        cost="0.0005 USD a call",
        windows=(Window("Private answer", timedelta(days=7), SOURCE, once=True),),
        budgets=(Budget("units", "units", 10_000, "America/Los_Angeles", SOURCE, shared=True),),
    ),
    parse=parse,
    connect=GrantingConnector,
    count_text=len,
    door=Door(_verify, _split, max_bytes=100_000),
    poll_every=60,
    base_url="https://granting.example",
    oauth=OAuth(
        scopes=(
            Scope("read", "Read what people write to the page"),
            Scope("write", "Answer in the page's name"),
            Scope("ban", "Keep people out", needed=False),
        ),
        address=address,
        finish=finish,
        pkce=True,
    ),
    app_fields=(
        Field("client_id", "App id"),
        Field("client_secret", "App secret", secret=True),
        Field("verify_token", "Verify token", secret=True, made=True),
    ),
    shared_app=True,
)
