"""Facebook Login: the person's yes, a token that lasts, and the Pages they let us use.

Sources: developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow and
/guides/access-tokens/get-long-lived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from glede.platforms.contract import Connection, Reconnect, Refused, Registration, Scope
from glede.platforms.graph.transport import VERSION, Graph
from glede.platforms.graph.values import Json, list_of, object_of, text_of, time_of

_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one person let us use: their Pages, and until when Meta lets us see their data."""

    pages: tuple[Json, ...]
    scopes: tuple[str, ...]
    expires_at: datetime | None


def address(registration: Registration, redirect: str, state: str, scopes: Sequence[Scope]) -> str:
    asked = {
        "client_id": registration.client_id,
        "redirect_uri": redirect,
        "state": state,
        "response_type": "code",
        "scope": ",".join(scope.name for scope in scopes),
    }
    return f"{_dialog(registration)}/{_version(registration)}/dialog/oauth?{urlencode(asked)}"


def _dialog(registration: Registration) -> str:
    """The dialog is a page for people, beside the API: www beside graph, or as a setting says."""
    if given := registration.settings.get("dialog_url"):
        return given.rstrip("/")
    base = registration.base_url.rstrip("/")
    parts = urlsplit(base)
    if parts.netloc.startswith("graph."):
        return f"{parts.scheme}://www.{parts.netloc.removeprefix('graph.')}"
    return base


def _version(registration: Registration) -> str:
    return registration.settings.get("api_version") or VERSION


def allowed(
    registration: Registration, code: str, redirect: str, *, fields: str, now: datetime
) -> Allowed:
    """Raises the contract's errors."""
    ours = f"{registration.client_id}|{registration.client_secret}"
    app = _as(registration, ours)
    try:
        short = _token(
            app,
            {
                "client_id": registration.client_id,
                "client_secret": registration.client_secret,
                "redirect_uri": redirect,
                "code": code,
            },
            now=now,
        )
        lasting = _token(
            app,
            {
                "grant_type": "fb_exchange_token",
                "client_id": registration.client_id,
                "client_secret": registration.client_secret,
                "fb_exchange_token": short,
            },
            now=now,
        )
        known = object_of(app.get("debug_token", {"input_token": lasting}, now=now), "data")
    finally:
        app.close()
    person = _as(registration, lasting)
    try:
        params = {"fields": fields, "limit": 100}
        pages = [
            page
            for some in person.pages("me/accounts", params, now=now, most=_MOST_PAGES)
            for page in some
        ]
    finally:
        person.close()
    if not pages:
        raise Refused(
            "No Page was allowed. Say yes to at least one Page that this person manages, and to "
            "everything that is asked for."
        )
    scopes = tuple(one for one in list_of(known, "scopes") if isinstance(one, str))
    # A Page's token made from a lasting one does not end by time; what ends is our access to data.
    return Allowed(tuple(pages), scopes, time_of(known, "data_access_expires_at"))


def _token(app: Graph, params: Json, *, now: datetime) -> str:
    found = text_of(app.get("oauth/access_token", params, now=now), "access_token")
    if not found:
        raise Reconnect("The platform gave no access token. Begin again.")
    return found


def _as(registration: Registration, token: str) -> Graph:
    return Graph(
        Connection(
            account="",
            base_url=registration.base_url,
            credential={"access_token": token},
            settings=registration.settings,
            app={"client_secret": registration.client_secret} if "|" not in token else {},
        )
    )
