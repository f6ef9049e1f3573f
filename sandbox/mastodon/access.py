"""How an app is registered and let in: OAuth 2 with PKCE, tokens that hold until revoked."""

import secrets
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.kernel import consent
from sandbox.kernel.oauth import Authority, Client, Denied, Grant
from sandbox.mastodon.api import Api, Caller, given_by
from sandbox.mastodon.instance import Instance
from sandbox.mastodon.state import Invalid

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = ("read", "write", "follow", "push", "profile")


class Access:
    def __init__(self, instance: Instance, authority: Authority, api: Api) -> None:
        self.instance = instance
        self.authority = authority
        self.api = api

    def routes(self) -> list[BaseRoute]:
        return [
            self.api.route("/api/v1/apps", self.register, "POST"),
            self.api.route("/api/v1/apps/verify_credentials", self.own_app),
            Route("/oauth/authorize", self.ask, methods=["GET"]),
            Route("/oauth/authorize", self.allow, methods=["POST"]),
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/revoke", self.revoke, methods=["POST"]),
            Route("/.well-known/oauth-authorization-server", self.metadata),
        ]

    async def register(self, caller: Caller) -> Response:
        name = caller.text("client_name")
        redirects = caller.given.get("redirect_uris", "")
        listed = redirects if isinstance(redirects, list) else str(redirects).split()
        if not name or not listed:
            raise Invalid("Validation failed: Name can't be blank, Redirect URI can't be blank")
        client = Client(secrets.token_urlsafe(32), secrets.token_urlsafe(32), name, tuple(listed))
        self.authority.clients[client.client_id] = client
        return JSONResponse(
            {
                "id": str(len(self.authority.clients)),
                "name": name,
                "website": caller.text("website") or None,
                "scopes": (caller.text("scopes") or "read").split(),
                "redirect_uris": listed,
                "redirect_uri": "\n".join(listed),
                "client_id": client.client_id,
                "client_secret": client.client_secret,
                "client_secret_expires_at": 0,
                "vapid_key": "",
            }
        )

    async def own_app(self, caller: Caller) -> Response:
        if caller.token is None:
            raise Invalid("The access token is invalid", 401)
        client = self.authority.clients[caller.token.grant.client_id]
        return JSONResponse(
            {
                "id": "1",
                "name": client.name,
                "website": None,
                "scopes": list(caller.token.grant.scopes),
                "redirect_uris": list(client.redirects),
                "redirect_uri": "\n".join(client.redirects),
            }
        )

    async def ask(self, request: Request) -> Response:
        """The page on which a person of the landlord's allows the app."""
        asked = request.query_params
        client = self.authority.clients.get(asked.get("client_id", ""))
        if client is None or asked.get("response_type") != "code":
            return HTMLResponse("<p>This app is not registered here.</p>", status_code=400)
        pages = [one for one in self.instance.state.accounts.values() if one.brand]
        return consent.page(
            "Mastodon",
            client.name,
            scopes=asked.get("scope", "read").split(),
            accounts=[(one.id, one.name) for one in pages],
            given=dict(asked.items()),
        )

    async def allow(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        redirect = form.get("redirect_uri", "")
        carried = {"state": form["state"]} if form.get("state") else {}
        account = self.instance.state.accounts.get(form.get("account", ""))
        if account is None or not account.brand:
            return consent.back(redirect, error="access_denied", **carried)
        scopes = tuple(form.get("scope", "read").split())
        try:
            code = self.authority.allow(
                Grant(form.get("client_id", ""), account.id, scopes),
                redirect=redirect,
                challenge=form.get("code_challenge", ""),
            )
        except Denied as refusal:
            return HTMLResponse(f"<p>{escape(str(refusal))}</p>", status_code=400)
        if redirect == OUT_OF_BAND:
            return HTMLResponse(f"<code>{escape(code)}</code>")
        return consent.back(redirect, code=code, **carried)

    async def token(self, request: Request) -> Response:
        given, _ = await given_by(request)
        said = {name: str(value) for name, value in given.items()}
        try:
            match said.get("grant_type", ""):
                case "authorization_code":
                    token = self.authority.exchange(
                        said.get("code", ""),
                        client_id=said.get("client_id", ""),
                        client_secret=said.get("client_secret", ""),
                        redirect=said.get("redirect_uri", ""),
                        verifier=said.get("code_verifier", ""),
                    )
                case "client_credentials":
                    client = self.authority.clients.get(said.get("client_id", ""))
                    if client is None or client.client_secret != said.get("client_secret"):
                        raise Denied("invalid_client", "The app's secret is wrong.")  # noqa: TRY301
                    scopes = tuple(said.get("scope", "read").split())
                    token = self.authority.issue(Grant(client.client_id, "", scopes))
                case other:
                    raise Denied("unsupported_grant_type", f"“{other}” is not offered.")  # noqa: TRY301
        except Denied as refusal:
            status = 401 if refusal.error == "invalid_client" else 400
            return JSONResponse(
                {"error": refusal.error, "error_description": str(refusal)}, status_code=status
            )
        return JSONResponse(
            {
                "access_token": token.value,
                "token_type": "Bearer",
                "scope": " ".join(token.grant.scopes),
                "created_at": int(self.instance.now().timestamp()),
            }
        )

    async def revoke(self, request: Request) -> Response:
        given, _ = await given_by(request)
        client = self.authority.clients.get(str(given.get("client_id", "")))
        found = self.authority.known(str(given.get("token", "")))
        if client is None or client.client_secret != given.get("client_secret"):
            said = {"error": "unauthorized_client", "error_description": "Not this app's token."}
            return JSONResponse(said, status_code=403)
        if found is not None:
            del self.authority.tokens[found.value]
        return JSONResponse({})

    async def metadata(self, _request: Request) -> Response:
        base = self.instance.entities.base
        return JSONResponse(
            {
                "issuer": f"{base}/",
                "authorization_endpoint": f"{base}/oauth/authorize",
                "token_endpoint": f"{base}/oauth/token",
                "revocation_endpoint": f"{base}/oauth/revoke",
                "app_registration_endpoint": f"{base}/api/v1/apps",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "grant_types_supported": ["authorization_code", "client_credentials"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "code_challenge_methods_supported": ["S256"],
                "service_documentation": "https://docs.joinmastodon.org/",
            }
        )
