"""Snapchat as residents meet it: they look, and that is all a desk ever hears of them."""

# ruff: noqa: ARG002 - a stage fills the whole protocol, also what it answers with a refusal
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.kernel import consent
from sandbox.kernel.landlords import LANDLORDS
from sandbox.kernel.oauth import Authority, Client, Denied, Grant, Token, basic
from sandbox.kernel.world import Impossible, Item, Page, Picture, Resident, World
from sandbox.snapchat.api import SLUG, Api
from sandbox.snapchat.state import Posted, Profile, Stored, profile_id

SCOPE = "snapchat-profile-api"
_TOKEN_HOLDS = timedelta(minutes=30)
_NOTHING = "What residents write on Snapchat stays in its app."


class Snapchat:
    slug = SLUG
    name = "Snapchat"
    can: frozenset[str] = frozenset()

    def __init__(self, world: World) -> None:
        self.world = world
        self.authority = Authority(now=world.now, token_holds=_TOKEN_HOLDS, rotates=True)
        self._client = Client("snapchat-desk", secrets.token_urlsafe(24), "The landlord's desk")
        self.authority.clients[self._client.client_id] = self._client
        self.api = Api(world, self.authority)
        for one in LANDLORDS:
            made = Profile(profile_id(f"page {one.slug}"), one.name, one.handle, one.slug)
            self.api.stored.profiles[made.id] = made
        self._tokens: dict[str, Token] = {}

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/login/oauth2/authorize", self._authorise, methods=["GET", "POST"]),
            Route("/login/oauth2/access_token", self._token, methods=["POST"]),
            *self.api.routes(),
        ]

    async def _authorise(self, request: Request) -> Response:
        asked = request.query_params
        client = self.authority.clients.get(asked.get("client_id", ""))
        redirect, state = asked.get("redirect_uri", ""), asked.get("state", "")
        scopes = tuple(asked.get("scope", "").split())
        if client is None or not redirect or asked.get("response_type") != "code":
            return PlainTextResponse("The app is unknown.", 400)
        if scopes != (SCOPE,):
            return PlainTextResponse("The scope is not one that this app may ask for.", 400)
        if request.method == "GET":
            accounts = [(page.native_id, page.name) for page in self.pages()]
            return consent.page(self.name, client.name, scopes=scopes, accounts=accounts, given={})
        account = str((await request.form()).get("account", ""))
        if not account:
            return consent.back(redirect, error="access_denied", state=state)
        grant = Grant(client.client_id, self._profile(account).id, scopes)
        code = self.authority.allow(grant, redirect=redirect)
        return consent.back(redirect, code=code, state=state)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        client_id, secret = basic(request.headers.get("authorization", ""))
        if client_id:
            form |= {"client_id": client_id, "client_secret": secret}
        try:
            token = self._exchanged(form)
        except Denied as denied:
            return JSONResponse(
                {"error": denied.error, "error_description": str(denied)}, status_code=400
            )
        return JSONResponse(
            {
                "access_token": token.value,
                "token_type": "Bearer",
                "expires_in": int(_TOKEN_HOLDS.total_seconds()),
                "refresh_token": token.refresh,
                "scope": " ".join(token.grant.scopes),
            }
        )

    def _exchanged(self, form: Mapping[str, str]) -> Token:
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        if given != (self._client.client_id, self._client.client_secret):
            raise Denied("invalid_client", "The app's secret is wrong.")
        if form.get("grant_type") == "refresh_token":
            return self.authority.renew(form.get("refresh_token", ""))
        return self.authority.exchange(
            form.get("code", ""),
            client_id=given[0],
            client_secret=given[1],
            redirect=form.get("redirect_uri", ""),
        )

    # -- what residents see

    def pages(self) -> Sequence[Page]:
        return [
            Page(one.id, one.brand, one.name, one.handle)
            for one in self.api.stored.profiles.values()
        ]

    def posts(self, page: str) -> Sequence[str]:
        return [one.id for one in self.api.shown(page)]

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        return [self._item(one) for one in self.api.shown(page)[:most]]

    def chat(self, page: str, who: Resident) -> Sequence[Item]:
        """Chats happen in the app, where the sandbox does not reach."""
        return ()

    def comment(
        self,
        who: Resident,
        text: str,
        *,
        on: str,
        pictures: Sequence[Picture] = (),
    ) -> str:
        raise Impossible(_NOTHING)

    def mention(
        self,
        who: Resident,
        text: str,
        *,
        page: str,
        pictures: Sequence[Picture] = (),
    ) -> str:
        raise Impossible(_NOTHING)

    def message(
        self,
        who: Resident,
        text: str,
        *,
        page: str,
        pictures: Sequence[Picture] = (),
    ) -> str:
        raise Impossible(_NOTHING)

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        raise Impossible(_NOTHING)

    def delete(self, who: Resident, *, of: str) -> None:
        raise Impossible(_NOTHING)

    def publish(self, page: str, text: str) -> str:
        return self.api.post(self._profile(page), "stories", text).id

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        raise Impossible(_NOTHING)

    # -- what an operator is given

    def credentials(self) -> Mapping[str, Any]:
        return {
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "pages": {page.brand: self._granted(page) for page in self.pages()},
        }

    def _granted(self, page: Page) -> Mapping[str, str]:
        token = self._tokens.get(page.native_id)
        if token is None or self.authority.known(token.value) is None:
            grant = Grant(self._client.client_id, page.native_id, (SCOPE,))
            token = self._tokens[page.native_id] = self.authority.issue(grant, refreshable=True)
        return {
            "id": page.native_id,
            "handle": page.handle,
            "access_token": token.value,
            "refresh_token": token.refresh,
        }

    def dump(self) -> bytes:
        return msgspec.json.encode(
            {
                "client_secret": self._client.client_secret,
                "authority": self.authority.dump(),
                "stored": self.api.stored,
            }
        )

    def load(self, dumped: bytes) -> None:
        found = msgspec.json.decode(dumped)
        self._client = replace(self._client, client_secret=found["client_secret"])
        self.authority.clients[self._client.client_id] = self._client
        self.authority.load(found["authority"])
        self._tokens.clear()
        self.api.stored = msgspec.convert(found["stored"], Stored, strict=False)

    def close(self) -> None:
        """Nothing is left running."""

    def _profile(self, native_id: str) -> Profile:
        found = self.api.stored.profiles.get(native_id)
        if found is None:
            raise Impossible(f"No landlord's profile has the id {native_id}.")
        return found

    def _item(self, posted: Posted) -> Item:
        profile = self.api.stored.profiles[posted.profile]
        medium = self.api.stored.media.get(posted.medium)
        address = self.world.media.address(medium.digest) if medium is not None else ""
        return Item(
            posted.id,
            profile.id,
            profile.name,
            posted.text,
            posted.at,
            by_page=True,
            pictures=(address,) if address else (),
        )
