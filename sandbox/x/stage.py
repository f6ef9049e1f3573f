"""X as residents meet it, and as an operator is given access to it."""

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
from sandbox.kernel.limits import Limits
from sandbox.kernel.oauth import Authority, Client, Denied, Grant, Token, basic
from sandbox.kernel.world import Item, Page, Picture, Resident, World
from sandbox.x.activity import Activity, Filtered
from sandbox.x.api import ways
from sandbox.x.calls import LIMITS, Gate
from sandbox.x.listening import Listening
from sandbox.x.messages import Messages
from sandbox.x.network import SLUG, Network
from sandbox.x.people import People
from sandbox.x.posts import Posts
from sandbox.x.settings import Settings
from sandbox.x.state import Direct, Post, State, Stored
from sandbox.x.uploads import Uploads

#: What the desk asks for; the page of consent grants what was asked, of these.
SCOPES = (
    "tweet.read",
    "tweet.write",
    "tweet.moderate.write",
    "users.read",
    "dm.read",
    "dm.write",
    "mute.read",
    "mute.write",
    "block.read",
    "like.read",
    "media.write",
    "offline.access",
)
_CODE_HOLDS = timedelta(seconds=30)
_TOKEN_HOLDS = timedelta(hours=2)


class X:
    slug = SLUG
    name = "X"
    can = frozenset({"comment", "mention", "message", "edit", "delete"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = Network(world)
        self.authority = Authority(
            now=world.now, code_holds=_CODE_HOLDS, token_holds=_TOKEN_HOLDS, rotates=True
        )
        self._client = Client("x-desk", secrets.token_urlsafe(24), "The landlord's desk")
        self.authority.clients[self._client.client_id] = self._client
        self.limits = Limits(dict(LIMITS))
        self.activity = Activity(self.network, secrets.token_urlsafe(24))
        self.filtered = Filtered(self.network)
        self.network.listeners += [self.activity.heard, self.filtered.heard]
        self.settings = Settings()
        self._bearer = self._app_token().value
        self._tokens: dict[str, Token] = {}

    # -- the API

    def routes(self) -> Sequence[BaseRoute]:
        gate = Gate(self.network, self.authority, self.limits)
        listed = ways(
            People(self.network),
            Posts(self.network, self.settings),
            Messages(self.network),
            Uploads(self.network, self.settings),
            Listening(self.network, self.authority, self.activity, self.filtered, self.settings),
        )
        return [
            Route("/i/oauth2/authorize", self._authorise, methods=["GET", "POST"]),
            Route("/2/oauth2/token", self._token, methods=["POST"]),
            Route("/2/oauth2/revoke", self._revoke, methods=["POST"]),
            Route("/oauth2/token", self._bearer_token, methods=["POST"]),
            *(gate.route(way) for way in listed),
        ]

    async def _authorise(self, request: Request) -> Response:
        asked = dict(request.query_params)
        client = self.authority.clients.get(asked.get("client_id", ""))
        redirect = asked.get("redirect_uri", "")
        if client is None or not redirect or asked.get("response_type") != "code":
            return PlainTextResponse("Something went wrong: the app is unknown.", 400)
        scopes = tuple(one for one in asked.get("scope", "").split() if one in SCOPES)
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return PlainTextResponse("Something went wrong: a PKCE challenge is needed.", 400)
        if request.method == "GET":
            accounts = [(page.native_id, page.name) for page in self.pages()]
            return consent.page(self.name, client.name, scopes=scopes, accounts=accounts, given={})
        account = str((await request.form()).get("account", ""))
        state = asked.get("state", "")
        if not account:
            return consent.back(redirect, error="access_denied", state=state)
        self.network.page(account)
        code = self.authority.allow(
            Grant(client.client_id, account, scopes),
            redirect=redirect,
            challenge=asked["code_challenge"],
        )
        return consent.back(redirect, code=code, state=state)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            token = self._exchanged(request, form)
        except Denied as denied:
            return JSONResponse(
                {"error": denied.error, "error_description": str(denied)}, status_code=400
            )
        said = {
            "token_type": "bearer",
            "expires_in": int(_TOKEN_HOLDS.total_seconds()),
            "access_token": token.value,
            "scope": " ".join(token.grant.scopes),
        }
        if "offline.access" in token.grant.scopes:
            said["refresh_token"] = token.refresh
        return JSONResponse(said)

    def _exchanged(self, request: Request, form: Mapping[str, str]) -> Token:
        client_id, client_secret = basic(request.headers.get("authorization", ""))
        match form.get("grant_type"):
            case "authorization_code":
                return self.authority.exchange(
                    form.get("code", ""),
                    client_id=client_id or form.get("client_id", ""),
                    client_secret=client_secret,
                    redirect=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier", ""),
                )
            case "refresh_token":
                return self.authority.renew(form.get("refresh_token", ""))
            case _:
                raise Denied("unsupported_grant_type", "This grant type is not known.")

    async def _revoke(self, request: Request) -> Response:
        form = await request.form()
        self.authority.tokens.pop(str(form.get("token", "")), None)
        return JSONResponse({"revoked": True})

    async def _bearer_token(self, request: Request) -> Response:
        given = basic(request.headers.get("authorization", ""))
        if given != (self._client.client_id, self._client.client_secret):
            return JSONResponse(
                {"errors": [{"code": 99, "message": "Unable to verify your credentials"}]},
                status_code=403,
            )
        return JSONResponse({"token_type": "bearer", "access_token": self._bearer})

    # -- what residents see and do

    def pages(self) -> Sequence[Page]:
        return [
            Page(one.id, one.brand, one.name, one.username)
            for one in self.network.state.stored.accounts.values()
            if one.brand
        ]

    def posts(self, page: str) -> Sequence[str]:
        state = self.network.state
        return [
            one
            for one in reversed(state.by_author[page])
            if not (post := state.stored.posts[one]).reply_to
            and not post.deleted
            and not post.replaced
        ]

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        state = self.network.state
        ids = {*state.by_author[page], *state.naming[page]}
        found: list[Item] = []
        for one in sorted(ids, key=int, reverse=True):
            post = state.stored.posts[one]
            if post.reply_to or post.replaced:
                continue
            item = self._item(post)
            if not item.deleted or item.replies:
                found.append(item)
            if len(found) == most:
                break
        return found

    def chat(self, page: str, who: Resident) -> Sequence[Item]:
        resident = self.network.resident(who)
        return [
            self._message(one)
            for one in self.network.state.stored.directs.values()
            if {one.sender, one.to} == {page, resident.id}
        ]

    def comment(
        self, who: Resident, text: str, *, on: str, pictures: Sequence[Picture] = ()
    ) -> str:
        author = self.network.resident(who)
        media = self.network.show(author, pictures, category="tweet_image")
        return self.network.write(author, text, reply_to=on, media=media).id

    def mention(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        author, named = self.network.resident(who), self.network.page(page)
        if named not in self.network.state.named(text):
            text = f"@{named.username} {text}"
        media = self.network.show(author, pictures, category="tweet_image")
        return self.network.write(author, text, media=media).id

    def message(
        self, who: Resident, text: str, *, page: str, pictures: Sequence[Picture] = ()
    ) -> str:
        author = self.network.resident(who)
        media = self.network.show(author, pictures, category="dm_image")
        return self.network.send(author, self.network.page(page), text, media=media).id

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        return self.network.edit(self.network.resident(who), text, of=of).id

    def delete(self, who: Resident, *, of: str) -> None:
        self.network.remove(self.network.resident(who), of=of)

    def publish(self, page: str, text: str) -> str:
        return self.network.write(self.network.page(page), text).id

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        author, state = self.network.page(page), self.network.state
        direct = state.stored.directs.get(to)
        if direct is not None:
            other = direct.sender if direct.sender != author.id else direct.to
            return self.network.send(author, state.stored.accounts[other], text).id
        return self.network.write(author, text, reply_to=to).id

    # -- what an operator is given

    def credentials(self) -> Mapping[str, Any]:
        return {
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "consumer_secret": self.activity.secret,
            "bearer_token": self._bearer,
            "pages": {page.brand: self._granted(page) for page in self.pages()},
        }

    def _granted(self, page: Page) -> Mapping[str, str]:
        token = self._tokens.get(page.native_id)
        if token is None or self.authority.known(token.value) is None:
            grant = Grant(self._client.client_id, page.native_id, SCOPES)
            token = self._tokens[page.native_id] = self.authority.issue(grant, refreshable=True)
        return {
            "id": page.native_id,
            "username": page.handle,
            "access_token": token.value,
            "refresh_token": token.refresh,
        }

    def dump(self) -> bytes:
        return msgspec.json.encode(
            {
                "client_secret": self._client.client_secret,
                "consumer_secret": self.activity.secret,
                "bearer": self._bearer,
                "authority": self.authority.dump(),
                "stored": self.network.state.stored,
            }
        )

    def load(self, dumped: bytes) -> None:
        found = msgspec.json.decode(dumped)
        self._client = replace(self._client, client_secret=found["client_secret"])
        self.authority.clients[self._client.client_id] = self._client
        self.authority.load(found["authority"])
        self.activity.secret, self._bearer = found["consumer_secret"], found["bearer"]
        self._tokens.clear()
        self.network.state = State(msgspec.convert(found["stored"], Stored, strict=False))
        self.network.state.index()

    def close(self) -> None:
        self.activity.end()
        self.filtered.end()

    def _app_token(self) -> Token:
        token = Token(secrets.token_urlsafe(48), Grant(self._client.client_id, "app", ()), "app")
        self.authority.tokens[token.value] = token
        return token

    def _item(self, post: Post) -> Item:
        state = self.network.state
        author = state.stored.accounts[post.author]
        replies = tuple(
            item
            for one in state.replies(post)
            if not (item := self._item(one)).deleted or item.replies
        )
        return Item(
            post.id,
            author.key or author.id,
            author.name,
            "" if post.deleted else post.whole,
            post.at,
            by_page=bool(author.brand),
            pictures=() if post.deleted else self._pictures(post.media),
            hidden=post.hidden,
            deleted=post.deleted,
            edited=len(post.versions) > 1,
            replies=replies,
        )

    def _message(self, direct: Direct) -> Item:
        sender = self.network.state.stored.accounts[direct.sender]
        return Item(
            direct.id,
            sender.key or sender.id,
            sender.name,
            direct.text,
            direct.at,
            by_page=bool(sender.brand),
            pictures=self._pictures(direct.media),
        )

    def _pictures(self, media: Sequence[str]) -> tuple[str, ...]:
        stored = self.network.state.stored.media
        return tuple(self.world.media.address(stored[one].digest) for one in media)
