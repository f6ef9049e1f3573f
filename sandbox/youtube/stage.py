"""YouTube as residents meet it, and as an operator is given access to it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.kernel import consent
from sandbox.kernel.oauth import Authority, Client, Denied, Grant, Token, basic
from sandbox.kernel.world import Impossible, Item, Page, Picture, Resident, World
from sandbox.youtube.api import Api
from sandbox.youtube.calls import FORCE_SSL, READ_ONLY, SCOPE, UPLOAD, Gate
from sandbox.youtube.hub import Hub
from sandbox.youtube.network import SLUG, Network
from sandbox.youtube.quota import Quota
from sandbox.youtube.state import REJECTED, Comment, State, Stored, Video
from sandbox.youtube.uploads import Uploads

SCOPES = (FORCE_SSL, UPLOAD)
_KNOWN = frozenset({SCOPE, FORCE_SSL, READ_ONLY, UPLOAD})
_TOKEN_HOLDS = timedelta(hours=1)


class YouTube:
    slug = SLUG
    name = "YouTube"
    can = frozenset({"comment", "edit", "delete"})

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = Network(world, State(world.seed))
        self.authority = Authority(now=world.now, token_holds=_TOKEN_HOLDS, prefix="ya29.")
        self._client = Client("youtube-desk", secrets.token_urlsafe(24), "The landlord's desk")
        self.authority.clients[self._client.client_id] = self._client
        self.quota = Quota(lambda: self.network.state, world.now)
        self.hub = Hub(self.network)
        self.network.listeners.append(self.hub.heard)
        self.gate = Gate(self.network, self.authority, self.quota, secrets.token_urlsafe(24))
        self.uploads = Uploads(self.network, self.gate)
        self._tokens: dict[str, Token] = {}
        self._lasting: set[str] = set()

    # -- the API

    def routes(self) -> Sequence[BaseRoute]:
        ways = [*Api(self.network, self.gate).ways(), *self.uploads.ways()]
        return [
            Route("/o/oauth2/v2/auth", self._authorise, methods=["GET", "POST"]),
            Route("/oauth2/token", self._token, methods=["POST"]),
            Route("/oauth2/revoke", self._revoke, methods=["POST"]),
            Route("/subscribe", self.hub.subscribe, methods=["POST"]),
            *(self.gate.route(way) for way in ways),
        ]

    async def _authorise(self, request: Request) -> Response:
        asked = dict(request.query_params)
        client = self.authority.clients.get(asked.get("client_id", ""))
        redirect = asked.get("redirect_uri", "")
        scopes = tuple(one for one in asked.get("scope", "").split() if one in _KNOWN)
        if client is None or not redirect or asked.get("response_type") != "code" or not scopes:
            return PlainTextResponse("Access blocked: the request of this app is invalid.", 400)
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
            challenge=asked.get("code_challenge", ""),
        )
        if asked.get("access_type") == "offline":
            self._lasting.add(code)
        return consent.back(redirect, code=code, state=state, scope=" ".join(scopes))

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        client_id, secret = basic(request.headers.get("authorization", ""))
        if client_id:
            form |= {"client_id": client_id, "client_secret": secret}
        try:
            token, refresh = self._exchanged(form)
        except Denied as denied:
            return JSONResponse(
                {"error": denied.error, "error_description": str(denied)},
                status_code=401 if denied.error == "invalid_client" else 400,
            )
        said = {
            "access_token": token.value,
            "expires_in": int(_TOKEN_HOLDS.total_seconds()) - 1,
            "scope": " ".join(token.grant.scopes),
            "token_type": "Bearer",
        }
        return JSONResponse(said | ({"refresh_token": refresh} if refresh else {}))

    def _exchanged(self, form: Mapping[str, str]) -> tuple[Token, str]:
        """A refresh token comes only with a code that was asked for with `access_type=offline`."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        match form.get("grant_type"):
            case "authorization_code":
                code = form.get("code", "")
                token = self.authority.exchange(
                    code,
                    client_id=client_id,
                    client_secret=secret,
                    redirect=form.get("redirect_uri", ""),
                    verifier=form.get("code_verifier", ""),
                )
                lasting = code in self._lasting
                self._lasting.discard(code)
                return token, token.refresh if lasting else ""
            case "refresh_token":
                if (client_id, secret) != (self._client.client_id, self._client.client_secret):
                    raise Denied("invalid_client", "The OAuth client was not found.")
                return self.authority.renew(form.get("refresh_token", "")), ""
            case _:
                raise Denied("unsupported_grant_type", "Invalid grant_type.")

    async def _revoke(self, request: Request) -> Response:
        form = await request.form()
        value = str(form.get("token") or request.query_params.get("token", ""))
        token = self.authority.tokens.get(value)
        if token is None:
            return JSONResponse({"error": "invalid_token"}, status_code=400)
        self.authority.revoke(token.grant.subject)
        return JSONResponse({})

    # -- what residents see and do

    def pages(self) -> Sequence[Page]:
        return [
            Page(one.id, one.brand, one.title, one.handle)
            for one in self.network.state.stored.channels.values()
            if one.brand
        ]

    def posts(self, page: str) -> Sequence[str]:
        return [video.id for video in self._public(page)]

    def wall(self, page: str, *, most: int = 50) -> Sequence[Item]:
        return [self._item(video) for video in self._public(page)[:most]]

    def chat(self, page: str, who: Resident) -> Sequence[Item]:  # noqa: ARG002
        """There are no messages on YouTube."""
        return ()

    def comment(
        self, who: Resident, text: str, *, on: str, pictures: Sequence[Picture] = ()
    ) -> str:
        if pictures:
            raise Impossible("On YouTube comments have no pictures.")
        return self.network.comment(self.network.resident(who), text, on=_video_id(on)).id

    def mention(
        self,
        who: Resident,  # noqa: ARG002
        text: str,  # noqa: ARG002
        *,
        page: str,  # noqa: ARG002
        pictures: Sequence[Picture] = (),  # noqa: ARG002
    ) -> str:
        raise Impossible("On YouTube residents comment under videos only.")

    def message(
        self,
        who: Resident,  # noqa: ARG002
        text: str,  # noqa: ARG002
        *,
        page: str,  # noqa: ARG002
        pictures: Sequence[Picture] = (),  # noqa: ARG002
    ) -> str:
        raise Impossible("There are no messages on YouTube.")

    def edit(self, who: Resident, text: str, *, of: str) -> str:
        return self.network.edit(self.network.resident(who), text, of=of).id

    def delete(self, who: Resident, *, of: str) -> None:
        self.network.delete(self.network.resident(who), of=of)

    def publish(self, page: str, text: str) -> str:
        channel, now = self.network.page(page), self.world.now()
        made = Video(
            self.network.state.new_id("video"),
            channel.id,
            text[:100],
            text,
            now,
            processed_at=now,
        )
        return self.network.add(made).id

    def answer_in_app(self, page: str, text: str, *, to: str) -> str:
        return self.network.comment(self.network.page(page), text, on=to).id

    # -- what an operator is given

    def credentials(self) -> Mapping[str, Any]:
        return {
            "client_id": self._client.client_id,
            "client_secret": self._client.client_secret,
            "api_key": self.gate.api_key,
            "pages": {page.brand: self._granted(page) for page in self.pages()},
        }

    def _granted(self, page: Page) -> Mapping[str, str]:
        token = self._tokens.get(page.native_id)
        if token is None or self.authority.known(token.value) is None:
            grant = Grant(self._client.client_id, page.native_id, SCOPES)
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
                "api_key": self.gate.api_key,
                "authority": self.authority.dump(),
                "stored": self.network.state.stored,
            }
        )

    def load(self, dumped: bytes) -> None:
        found = msgspec.json.decode(dumped)
        self._client = replace(self._client, client_secret=found["client_secret"])
        self.authority.clients[self._client.client_id] = self._client
        self.authority.load(found["authority"])
        self.gate.api_key = found["api_key"]
        self._tokens.clear()
        stored = msgspec.convert(found["stored"], Stored, strict=False)
        self.network.state = State(self.world.seed, stored)
        self.network.state.index()

    def close(self) -> None:
        self.hub.end()

    def _public(self, page: str) -> list[Video]:
        self.network.come_due()
        state = self.network.state
        videos = [state.stored.videos[one] for one in reversed(state.of_channel[page])]
        return [one for one in videos if one.privacy == "public"]

    def _item(self, video: Video) -> Item:
        state = self.network.state
        channel = state.stored.channels[video.channel]
        threads = [state.stored.comments[one] for one in state.threads_on[video.id]]
        return Item(
            video.id,
            channel.id,
            channel.title,
            "\n".join(dict.fromkeys(part for part in (video.title, video.description) if part)),
            video.published_at or video.uploaded_at,
            by_page=True,
            pictures=(self.world.media.address(video.thumbnail),) if video.thumbnail else (),
            replies=self._said(threads),
        )

    def _said(self, comments: Sequence[Comment]) -> tuple[Item, ...]:
        return tuple(
            self._comment(one) for one in comments if not one.deleted and one.status != REJECTED
        )

    def _comment(self, comment: Comment) -> Item:
        state = self.network.state
        author = state.stored.channels[comment.author]
        return Item(
            comment.id,
            author.key or author.id,
            author.title,
            comment.text,
            comment.at,
            by_page=bool(author.brand),
            hidden=comment.status != "published",
            edited=comment.updated_at > comment.at,
            replies=self._said([state.stored.comments[one] for one in state.under[comment.id]]),
        )


def _video_id(given: str) -> str:
    """A bare id, or what stands in the address of a video."""
    parts = urlsplit(given)
    return parse_qs(parts.query).get("v", [given])[0] if parts.scheme else given
