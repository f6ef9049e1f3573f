"""How a person lets us use a channel: Google's OAuth 2.0 for web servers, with PKCE.

Source: https://developers.google.com/youtube/v3/guides/auth/server-side-web-apps
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from urllib.parse import urlencode

from glede.platforms.contract import Connection, OAuth, Offer, Refused, Registration, Scope
from glede.platforms.untrusted import list_at, text_at
from glede.platforms.youtube import api as network
from glede.platforms.youtube.api import BASE_URL, Api

_SHOWN_AT = "https://accounts.google.com/o/oauth2/v2/auth"
_SCOPE = "https://www.googleapis.com/auth"

SCOPES = (
    Scope(
        f"{_SCOPE}/youtube.force-ssl",
        "Read, answer and moderate comments on the channel's videos.",
    ),
    Scope(f"{_SCOPE}/youtube.upload", "Publish videos on the channel.", needed=False),
)


def address(registration: Registration, redirect: str, state: str, challenge: str) -> str:
    base = registration.base_url.rstrip("/")
    shown_at = registration.settings.get("authorize_url") or (
        _SHOWN_AT if base == BASE_URL else f"{base}/o/oauth2/v2/auth"
    )
    asked = {
        "response_type": "code",
        "client_id": registration.client_id,
        "redirect_uri": redirect,
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        # Without these two Google gives a refresh token only the first time ever.
        "access_type": "offline",
        "prompt": "consent",
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
    where = network.tokens_at(registration.base_url, registration.settings)
    credential = network.token(where, app, form, now=now)
    connection = Connection(
        account="", base_url=registration.base_url, credential=credential, app=app
    )
    with closing(Api(connection)) as api:
        answer = api.read(api.service.channels().list(part="snippet", mine=True), now=now)
    channels = [one for one in list_at(answer, "items") if text_at(one, "id")]
    if not channels:
        raise Refused("This Google account has no YouTube channel. Choose the channel's own.")
    scopes = tuple(credential["scope"].split())
    return tuple(
        Offer(
            native_id=text_at(channel, "id"),
            name=text_at(channel, "snippet", "title"),
            credential=credential,
            handle=text_at(channel, "snippet", "customUrl").removeprefix("@"),
            scopes=scopes,
        )
        for channel in channels
    )


OAUTH = OAuth(scopes=SCOPES, address=address, finish=finish, pkce=True)
