"""How a person lets us use a public profile: OAuth 2.0, for an app that Snapchat has allow-listed.

https://developers.snap.com/api/marketing-api/Public-Profile-API/Introduction
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from urllib.parse import urlencode

from glede.platforms.contract import (
    Author,
    Connection,
    OAuth,
    Offer,
    Refused,
    Registration,
    Scope,
)
from glede.platforms.snapchat.calls import Calls, accounts_at, token

SCOPES = (Scope("snapchat-profile-api", "publish on the profile and see how posts do"),)


def address(registration: Registration, redirect: str, state: str, challenge: str) -> str:
    del challenge  # PKCE is not documented for this flow
    asked = {
        "response_type": "code",
        "client_id": registration.client_id,
        "redirect_uri": redirect,
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": state,
    }
    return f"{accounts_at(registration.base_url)}/login/oauth2/authorize?{urlencode(asked)}"


def finish(
    registration: Registration, code: str, redirect: str, verifier: str, now: datetime
) -> Sequence[Offer]:
    del verifier
    app = {"client_id": registration.client_id, "client_secret": registration.client_secret}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    credential = token(registration.base_url, app, form, now=now)
    connection = Connection("", registration.base_url, credential, app=app)
    with closing(Calls(connection)) as calls:
        who = whose(calls, now=now)
    scopes = tuple(credential["scope"].split())
    return (Offer(who.native_id, who.name, credential, handle=who.handle, scopes=scopes),)


def whose(calls: Calls, *, now: datetime) -> Author:
    """The profile a token belongs to."""
    said = calls.get("/v1/public_profiles/my_profile", now=now)
    entries = said.get("public_profiles")
    for entry in entries if isinstance(entries, list) else []:
        one = entry.get("public_profile") if isinstance(entry, dict) else None
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            handle = str(one.get("snap_user_name") or "")
            name = str(one.get("display_name") or handle or one["id"])
            url = f"https://www.snapchat.com/add/{handle}" if handle else ""
            return Author(one["id"], name, handle=handle, url=url)
    raise Refused("This person has no public profile on Snapchat.")


OAUTH = OAuth(scopes=SCOPES, address=address, finish=finish)
