"""How a person lets us use an account: OAuth 2.0 with PKCE.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from urllib.parse import urlencode

import httpx

from glede.platforms import http
from glede.platforms.contract import OAuth, Offer, Registration, Scope, TryAgain
from glede.platforms.untrusted import object_at, text_at
from glede.platforms.x import calls as network

#: X shows people the question on another host than it answers programs on.
BASE_URL = "https://api.x.com"
_SHOWN_AT = "https://x.com/i/oauth2/authorize"

SCOPES = (
    Scope("tweet.read", "Read posts that the account can see."),
    Scope("tweet.write", "Post and reply in the account's name."),
    Scope("users.read", "See who wrote a post."),
    Scope("offline.access", "Stay connected without asking again every two hours."),
    Scope("tweet.moderate.write", "Hide replies to the account's posts.", needed=False),
    Scope("media.write", "Send images and films.", needed=False),
    Scope("dm.read", "Read private messages to the account.", needed=False),
    Scope("dm.write", "Send private messages, and stop people from sending them.", needed=False),
    Scope("mute.write", "Mute people.", needed=False),
)


def address(registration: Registration, redirect: str, state: str, challenge: str) -> str:
    base = registration.base_url.rstrip("/")
    shown_at = _SHOWN_AT if base == BASE_URL else f"{base}/i/oauth2/authorize"
    asked = {
        "response_type": "code",
        "client_id": registration.client_id,
        "redirect_uri": redirect,
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{shown_at}?{urlencode(asked)}"


def finish(
    registration: Registration, code: str, redirect: str, verifier: str, now: datetime
) -> Sequence[Offer]:
    app = {"client_id": registration.client_id, "client_secret": registration.client_secret}
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": verifier,
    }
    with closing(http.client(base_url=registration.base_url.rstrip("/"))) as client:
        credential = network.token(client, app, form, now=now)
        person = _whose(client, credential["access_token"], now=now)
    scopes = tuple(credential["scope"].split())
    messages = not scopes or "dm.read" in scopes
    return (
        Offer(
            native_id=text_at(person, "id"),
            name=text_at(person, "name") or text_at(person, "username"),
            credential=credential,
            handle=text_at(person, "username"),
            scopes=scopes,
            settings={"messages": "yes" if messages else "no"},
        ),
    )


def _whose(client: httpx.Client, token: str, *, now: datetime) -> dict[str, object]:
    try:
        response = client.get("/2/users/me", headers={"authorization": f"Bearer {token}"})
    except httpx.TransportError as error:
        raise http.lost(error, write=False) from error
    if not response.is_success:
        raise network.meaning(response, write=False, now=now)
    person = object_at(network.decoded(response.content), "data")
    if not text_at(person, "id"):
        raise TryAgain("X does not say whose account it is.")
    return person


OAUTH = OAuth(scopes=SCOPES, address=address, finish=finish, pkce=True)
