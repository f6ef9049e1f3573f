"""How a person lets us in: an app registered on their instance, OAuth with PKCE, a token for good.

https://docs.joinmastodon.org/methods/oauth/
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from glede.platforms import http
from glede.platforms.contract import (
    Author,
    Connection,
    OAuth,
    Offer,
    OutcomeUnknown,
    Refused,
    Registration,
    Scope,
    TryAgain,
)
from glede.platforms.mastodon.network import Network
from glede.platforms.untrusted import Json, text_at, web_at

SCOPES = (
    Scope("read:accounts", "see whose account it is and who writes to it"),
    Scope("read:statuses", "read what is written to the account and what it wrote"),
    Scope("read:notifications", "be told when somebody names or answers the account"),
    Scope("write:statuses", "answer and publish, and delete what it wrote itself"),
    Scope("write:media", "attach pictures and films"),
    Scope("write:blocks", "block and unblock people", needed=False),
    Scope("write:reports", "report people to the instance's moderators", needed=False),
)


def address(registration: Registration, redirect: str, state: str, challenge: str) -> str:
    query = {
        "response_type": "code",
        "client_id": registration.client_id,
        "redirect_uri": redirect,
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": state,
    }
    if challenge:
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{registration.base_url.rstrip('/')}/oauth/authorize?{urlencode(query)}"


def finish(
    registration: Registration, code: str, redirect: str, verifier: str, now: datetime
) -> Sequence[Offer]:
    said = _exchange(registration, code, redirect, verifier, now=now)
    token = text_at(said, "access_token")
    if not token:
        raise Refused("The instance gave no access token.")
    credential = {"access_token": token}
    who = whose(Connection("", registration.base_url, credential), now=now)
    granted = tuple(text_at(said, "scope").split())
    return (Offer(who.native_id, who.name, credential, handle=who.handle, scopes=granted),)


def _exchange(
    registration: Registration, code: str, redirect: str, verifier: str, *, now: datetime
) -> Mapping[str, object]:
    data: Json = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": registration.client_id,
        "client_secret": registration.client_secret,
        "redirect_uri": redirect,
        "scope": " ".join(scope.name for scope in SCOPES),
    }
    if verifier:
        data["code_verifier"] = verifier
    with http.client(base_url=registration.base_url) as client:
        request = client.build_request("POST", "/oauth/token", data=data)
        try:
            answer = http.send(client, request, write=True, now=now)
            said = answer.json()
        except OutcomeUnknown as error:
            # A code is good once; whether it was used or not, a new one is asked for.
            raise TryAgain("The instance did not answer; allow access once more.") from error
        except ValueError as error:
            raise TryAgain("The instance's answer cannot be read.") from error
    return said if isinstance(said, dict) else {}


def whose(connection: Connection, *, now: datetime) -> Author:
    """The account a token belongs to."""
    network = Network(connection)
    try:
        said = network.get("/api/v1/accounts/verify_credentials", now=now)
    finally:
        network.close()
    native_id, acct = text_at(said, "id"), text_at(said, "acct")
    if not native_id:
        raise Refused("The instance does not say whose token this is.")
    url = web_at(said, "url")
    host = urlsplit(url or connection.base_url).netloc
    name = text_at(said, "display_name").strip() or acct
    return Author(native_id, name, handle=f"{acct}@{host}", url=url)


OAUTH = OAuth(scopes=SCOPES, address=address, finish=finish, pkce=True)
