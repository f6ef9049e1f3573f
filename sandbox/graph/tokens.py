"""Who may call: users' tokens short and long, Pages' tokens, the app's own."""

import secrets
from datetime import timedelta
from typing import Any

from sandbox.graph.asking import Asked
from sandbox.graph.errors import GraphError, dead_token
from sandbox.graph.network import APP_ID, Network
from sandbox.graph.state import Subscription, Token, digits
from sandbox.kernel.oauth import Authority, Client, Denied, Grant

SHORT = timedelta(hours=1)
LONG = timedelta(days=60)
#: The person who runs every Page of the sandbox.
USER = digits("user", "desk", length=16, first="3")
SCOPES = (
    "pages_show_list",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_manage_posts",
    "pages_messaging",
    "instagram_basic",
    "instagram_manage_comments",
    "instagram_manage_messages",
    "instagram_content_publish",
    "business_management",
    "public_profile",
)


class Tokens:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.authority = Authority(now=network.world.now)

    @property
    def app_token(self) -> str:
        return f"{APP_ID}|{self.network.stored.app_secret}"

    def register(self) -> None:
        """The app, and one token for each Page that lives until it is revoked."""
        secret = self.network.stored.app_secret
        self.authority.clients[APP_ID] = Client(APP_ID, secret, "The landlord's desk")
        have = {one.page for one in self.network.stored.tokens.values() if one.kind == "PAGE"}
        for one in self.network.stored.accounts.values():
            if not one.instagram and one.id not in have:
                self.made("PAGE", one.id, list(SCOPES), None, page=one.id)

    def made(
        self, kind: str, subject: str, scopes: list[str], holds: timedelta | None, page: str = ""
    ) -> Token:
        now = self.network.world.now()
        value = "EAA" + secrets.token_hex(40)
        token = Token(value, kind, subject, scopes, now + holds if holds else None, now, page)
        self.network.stored.tokens[value] = token
        return token

    def of_page(self, page: str) -> Token:
        """Raises `GraphError`."""
        for one in self.network.stored.tokens.values():
            if one.kind == "PAGE" and one.page == page:
                return one
        raise dead_token("The Page's token was revoked.", 458)

    def revoke(self, page: str) -> None:
        """As when the person who allowed it changes the password; a new one is made at once."""
        del self.network.stored.tokens[self.of_page(page).value]
        self.made("PAGE", page, list(SCOPES), None, page=page)

    def known(self, value: str) -> Token:
        """Raises `GraphError`."""
        if not value:
            raise GraphError(
                2500, "An active access token must be used to query information about the user."
            )
        token = self.network.stored.tokens.get(value)
        if token is None:
            raise dead_token()
        if token.until is not None and token.until <= self.network.world.now():
            raise dead_token("Error validating access token: Session has expired", 463)
        return token

    def exchange(self, asked: Asked) -> dict[str, Any]:
        """`oauth/access_token` in its three uses."""
        secret = self.network.stored.app_secret
        if (asked.text("client_id"), asked.text("client_secret")) != (APP_ID, secret):
            raise GraphError(1, "Error validating client secret.")
        match asked.text("grant_type"):
            case "client_credentials":
                return {"access_token": self.app_token, "token_type": "bearer"}
            case "fb_exchange_token":
                token = self.known(asked.text("fb_exchange_token"))
                return self._bearer(self.made("USER", token.subject, token.scopes, LONG), LONG)
        try:
            allowed = self.authority.exchange(
                asked.text("code"),
                client_id=APP_ID,
                client_secret=secret,
                redirect=asked.text("redirect_uri"),
            )
        except Denied as denied:
            raise GraphError(100, str(denied), subcode=36009) from denied
        scopes = list(allowed.grant.scopes)
        return self._bearer(self.made("USER", allowed.grant.subject, scopes, SHORT), SHORT)

    def _bearer(self, token: Token, holds: timedelta) -> dict[str, Any]:
        seconds = int(holds.total_seconds())
        return {"access_token": token.value, "token_type": "bearer", "expires_in": seconds}

    def allow(self, redirect: str, scopes: tuple[str, ...]) -> str:
        return self.authority.allow(Grant(APP_ID, USER, scopes), redirect=redirect)

    def debugged(self, asked: Asked) -> dict[str, Any]:
        value = asked.needed("input_token")
        token = self.network.stored.tokens.get(value)
        until = token.until if token else None
        if token is None or (until is not None and until <= asked.now):
            error = {"code": 190, "message": "Error validating access token", "subcode": 463}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        said = {
            "app_id": APP_ID,
            "type": token.kind,
            "application": "The landlord's desk",
            "data_access_expires_at": int((token.made + timedelta(days=90)).timestamp()),
            "expires_at": int(until.timestamp()) if until else 0,
            "issued_at": int(token.made.timestamp()),
            "is_valid": True,
            "scopes": token.scopes,
            "granular_scopes": [{"scope": one} for one in token.scopes],
            "user_id": USER,
        }
        if token.page:
            said["profile_id"] = token.page
        return {"data": said}

    def pages(self, asked: Asked) -> dict[str, Any]:
        """`me/accounts`: every Page the person runs, with its token."""
        if asked.token is None or asked.token.kind == "PAGE":
            raise GraphError(210, "A user access token is required to request this resource.")
        listed = [
            {
                "access_token": self.of_page(one.id).value,
                "category": "Housing association",
                "name": one.name,
                "id": one.id,
                "username": one.handle,
                "tasks": ["MANAGE", "CREATE_CONTENT", "MODERATE", "MESSAGING", "ANALYZE"],
                "instagram_business_account": {"id": one.pair, "username": one.handle},
            }
            for one in self.network.stored.accounts.values()
            if not one.instagram
        ]
        return {"data": listed, "paging": {"cursors": {"before": "MAZDZD", "after": "MwZDZD"}}}

    def subscriptions(self) -> dict[str, Any]:
        return {
            "data": [
                {
                    "object": kind,
                    "callback_url": one.callback,
                    "active": True,
                    "fields": [{"name": name, "version": "v26.0"} for name in one.fields],
                }
                for kind, one in self.network.stored.subscriptions.items()
            ]
        }

    def subscribe(self, kind: str, subscription: Subscription) -> None:
        if kind not in ("page", "instagram"):
            raise GraphError(100, f"Unknown object {kind}.")
        self.network.stored.subscriptions[kind] = subscription
