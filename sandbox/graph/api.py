"""The Graph's one door: versions, tokens, limits, and which call means what."""

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.graph.asking import Asked, Settings, proven
from sandbox.graph.errors import GraphError
from sandbox.graph.messaging import Messaging
from sandbox.graph.network import APP_ID, Network
from sandbox.graph.publishing import Publishing
from sandbox.graph.reading import Reading
from sandbox.graph.state import Account, Subscription
from sandbox.graph.tokens import SCOPES, USER, Tokens
from sandbox.graph.writing import Writing
from sandbox.kernel import consent
from sandbox.kernel.limits import Limits

NEWEST = 26
_OLDEST = 19
_VERSION = re.compile(r"v(\d+)\.\d+")
_ADDRESSES = ("url", "image_url", "video_url", "file_url", "attachment_url")
_OPEN = {("oauth", "access_token"), ("debug_token",)}
#: Which limit a call counts on, its type in the header, and the code when it is used up.
_LIMITS = {"pages": 80001, "instagram": 80002, "messenger": 80006, "private_replies": 613}

type Act = Callable[[Asked, str], dict[str, Any]]


class Graph:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.settings = Settings()
        self.tokens = Tokens(network)
        self.tokens.register()
        self.reading = Reading(network, self.settings)
        self.writing = Writing(network, self.settings)
        self.messaging = Messaging(network, self.writing)
        self.publishing = Publishing(network, self.writing)
        day = timedelta(days=1)
        self.limits = Limits(
            {
                "pages": (480_000, day),
                "instagram": (480_000, day),
                "messenger": (200_000, day),
                "private_replies": (750, timedelta(hours=1)),
            }
        )
        self._acts: dict[str, Act] = {
            "comments": self.writing.comment,
            "replies": self.writing.comment,
            "likes": self.writing.like,
            "mentions": self.writing.mention,
            "blocked": self.writing.ban,
            "moderate_conversations": self.writing.moderate,
            "messages": self.messaging.send,
            "message_attachments": self.messaging.attach,
            "feed": self.publishing.feed,
            "photos": self.publishing.photo,
            "photo_stories": self.publishing.photo_story,
            "videos": self.publishing.video,
            "video_reels": self.publishing.reel,
            "video_stories": self.publishing.reel,
            "media": self.publishing.container,
            "media_publish": self.publishing.publish,
            "subscribed_apps": self._subscribe_account,
        }

    def routes(self) -> list[BaseRoute]:
        dialogs = ("/dialog/oauth", "/{version}/dialog/oauth")
        return [
            *(Route(one, self._dialog, methods=["GET", "POST"]) for one in dialogs),
            Route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"]),
        ]

    # -- the door

    async def _answer(self, request: Request) -> Response:
        try:
            asked = await self._asked(request)
            said, headers = await self._said(asked)
        except GraphError as error:
            return JSONResponse(error.body(), status_code=error.status, headers=error.headers)
        if asked.method != "GET" and self.settings.answer_seconds:
            await asyncio.sleep(self.settings.answer_seconds)
        return JSONResponse(said, headers={**headers, "facebook-api-version": f"v{NEWEST}.0"})

    async def _asked(self, request: Request) -> Asked:
        given, files, body = await _given(request)
        path = tuple(part for part in request.path_params["path"].split("/") if part)
        version = f"v{NEWEST}.0"
        if path and (found := _VERSION.fullmatch(path[0])):
            if not _OLDEST <= int(found.group(1)) <= NEWEST:
                raise GraphError(
                    2635, f"You are calling a version of the Graph API that is not: {path[0]}"
                )
            version, path = path[0], path[1:]
        root = request.scope["root_path"].strip("/")
        asked = Asked(
            given.pop("method", request.method).upper(),
            path,
            given,
            files,
            body,
            request.headers,
            f"{self.network.world.base}/{root}/{version}",
            self.network.world.now(),
        )
        self._let_in(asked)
        return asked

    def _let_in(self, asked: Asked) -> None:
        kind, _, value = asked.headers.get("authorization", "").partition(" ")
        if kind.lower() in ("bearer", "oauth"):
            asked.given.setdefault("access_token", value)
        value = asked.text("access_token")
        if value == self.tokens.app_token:
            asked.app = True
            return
        if asked.path in _OPEN:
            if asked.path == ("debug_token",):
                self.tokens.known(value)
            return
        asked.token = self.tokens.known(value)
        proof = asked.text("appsecret_proof")
        if proof and not proven(self.network.stored.app_secret, value, proof):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument")

    async def _said(self, asked: Asked) -> tuple[Any, dict[str, str]]:
        self.publishing.appear(asked.now)
        headers = self._counted(asked)
        match asked.path:
            case ("oauth", "access_token"):
                return self.tokens.exchange(asked), headers
            case ("debug_token",):
                return self.tokens.debugged(asked), headers
            case () if asked.text("batch"):
                return await self._batch(asked), headers
            case (app, "subscriptions") if app == APP_ID:
                return await self._subscribe_app(asked), headers
        await self._fetch(asked)
        return self._done(asked), headers

    def _done(self, asked: Asked) -> Any:
        if asked.token is None:
            raise GraphError(210, "A page access token is required to request this resource.")
        mine = USER if asked.token.kind != "PAGE" else asked.token.page
        match tuple(mine if part == "me" else part for part in asked.path):
            case ():
                ids = asked.words("ids")
                if not ids:
                    raise GraphError(2500, "Give an id, or several as ids.")
                return {one: self.reading.node(asked, one) for one in ids}
            case ("ig-api-upload" | "video-upload", native_id):
                return self.publishing.pour(asked, native_id)
            case (user,) if user == USER:
                return {"id": USER, "name": "The desk's administrator"}
            case (user, "accounts") if user == USER:
                return self.tokens.pages(asked)
            case (native_id,):
                return self._node(asked, native_id)
            case (native_id, edge):
                return self._edge(asked, native_id, edge)
            case _:
                raise GraphError(2500, "Unknown path components")

    def _node(self, asked: Asked, native_id: str) -> Any:
        match asked.method:
            case "GET":
                return self.reading.node(asked, native_id)
            case "DELETE":
                return self.writing.delete(asked, native_id)
            case _:
                said = self.writing.update(asked, native_id)
                return {**said, **self._wanted(asked, native_id)}

    def _edge(self, asked: Asked, native_id: str, edge: str) -> Any:
        if asked.method == "GET":
            return self.reading.edge(asked, native_id, edge)
        act = self._acts.get(edge)
        if act is None:
            raise GraphError(
                100, f"Unsupported {asked.method.lower()} request of {edge}", subcode=33
            )
        if asked.method == "DELETE" and edge not in ("likes", "blocked", "subscribed_apps"):
            raise GraphError(100, f"Unsupported delete request of {edge}", subcode=33)
        said = act(asked, native_id)
        return {**said, **self._wanted(asked, said.get("id", ""))}

    def _wanted(self, asked: Asked, native_id: str) -> dict[str, Any]:
        """With `fields`, a write answers as a read of what came of it."""
        return self.reading.node(asked, native_id) if asked.text("fields") and native_id else {}

    # -- limits

    def _counted(self, asked: Asked) -> dict[str, str]:
        """Raises `GraphError` with the minutes until it may be tried again."""
        page = asked.token.page if asked.token else ""
        if not page:
            usage = {"call_count": 1, "total_time": 1, "total_cputime": 1}
            return {"X-App-Usage": json.dumps(usage)}
        name = self._limit(asked)
        standing = self.limits.count(name, page, now=asked.now)
        used = round(100 * (standing.limit - standing.left) / max(standing.limit, 1))
        left = standing.resets_at - asked.now
        regain = 0 if standing.allowed else max(1, round(left.total_seconds() / 60))
        said = {
            "type": name,
            "call_count": used,
            "total_cputime": used // 2,
            "total_time": used // 2,
            "estimated_time_to_regain_access": regain,
        }
        headers = {"X-Business-Use-Case-Usage": json.dumps({page: [said]})}
        if not standing.allowed:
            error = GraphError(
                _LIMITS[name],
                "There have been too many calls to this account. Wait a bit and try again.",
                subcode=2446079,
                transient=True,
            )
            error.headers = headers
            raise error
        return headers

    def _limit(self, asked: Asked) -> str:
        edge = asked.path[-1] if asked.path else ""
        account = self.network.stored.accounts.get(asked.path[0]) if asked.path else None
        if edge == "messages" and asked.method == "POST":
            return "private_replies" if "_id" in asked.text("recipient") else "messenger"
        return "instagram" if account is not None and account.instagram else "pages"

    # -- what needs the network

    async def _fetch(self, asked: Asked) -> None:
        """Meta fetches what an address names while the call lasts."""
        address = next((asked.text(name) for name in _ADDRESSES if asked.text(name)), "")
        if asked.method == "POST" and not address and asked.text("message").startswith("{"):
            said = asked.object("message")
            address = (said.get("attachment") or {}).get("payload", {}).get("url", "")
        if asked.method != "POST" or not address:
            return
        try:
            async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
                answer = await client.get(address)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GraphError(9004, "The media could not be fetched.", subcode=2207052) from error
        if answer.status_code != 200:
            raise GraphError(9004, "The media could not be fetched.", subcode=2207052)
        kind = answer.headers.get("content-type", "application/octet-stream")
        asked.files["fetched"] = (answer.content, kind.partition(";")[0])

    async def _batch(self, asked: Asked) -> list[Any]:
        said: list[Any] = []
        for one in asked.object("batch") or []:
            url = urlsplit(one["relative_url"])
            path = tuple(part for part in url.path.split("/") if part)
            if path and _VERSION.fullmatch(path[0]):
                path = path[1:]
            given = {
                **dict(parse_qsl(url.query)),
                **dict(parse_qsl(one.get("body", ""))),
                "access_token": asked.text("access_token"),
            }
            inner = Asked(
                one["method"],
                path,
                given,
                {},
                b"",
                {},
                asked.base,
                asked.now,
                asked.token,
                asked.app,
            )
            try:
                answer, code = (await self._said(inner))[0], 200
            except GraphError as error:
                answer, code = error.body(), error.status
            said.append({"code": code, "headers": [], "body": json.dumps(answer)})
        return said

    # -- subscriptions

    async def _subscribe_app(self, asked: Asked) -> dict[str, Any]:
        if not asked.app:
            raise GraphError(15, "This method must be called with an app access_token.")
        if asked.method == "GET":
            return self.tokens.subscriptions()
        if asked.method == "DELETE":
            self.network.stored.subscriptions.pop(asked.needed("object"), None)
            return {"success": True}
        callback, verify = asked.needed("callback_url"), asked.needed("verify_token")
        challenge = str(secrets.randbelow(2**31))
        query = urlencode(
            {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify}
        )
        try:
            async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
                answer = await client.get(f"{callback}{'&' if '?' in callback else '?'}{query}")
            good = answer.status_code == 200 and answer.text.strip() == challenge
        except (httpx.HTTPError, httpx.InvalidURL):
            good = False
        if not good:
            raise GraphError(
                2200,
                "Callback verification failed with the following errors: the challenge was "
                "not answered.",
            )
        self.tokens.subscribe(
            asked.needed("object"), Subscription(callback, asked.words("fields"), verify)
        )
        return {"success": True}

    def _subscribe_account(self, asked: Asked, native_id: str) -> dict[str, Any]:
        account: Account = self.network.account(native_id)
        asked.acting(account)
        account.fields = [] if asked.method == "DELETE" else asked.words("subscribed_fields")
        if asked.method == "POST" and not account.fields:
            raise GraphError(100, "Param subscribed_fields must be non-empty.")
        if not account.instagram:
            # Instagram by Facebook Login follows the Page.
            self.network.account(account.pair).fields = list(account.fields)
        return {"success": True}

    async def _dialog(self, request: Request) -> Response:
        asked: Mapping[str, str] = request.query_params
        redirect, state = asked.get("redirect_uri", ""), asked.get("state", "")
        if asked.get("client_id") != APP_ID or not redirect:
            return PlainTextResponse("Invalid App ID: the app or its address is unknown.", 400)
        wanted = asked.get("scope", "").replace(",", " ").split()
        scopes = tuple(one for one in wanted if one in SCOPES)
        if request.method == "GET":
            who = [(USER, "the desk's administrator")]
            return consent.page(
                "Facebook", "The landlord's desk", scopes=scopes, accounts=who, given={}
            )
        if not (await request.form()).get("account"):
            return consent.back(redirect, error="access_denied", state=state)
        return consent.back(redirect, code=self.tokens.allow(redirect, scopes), state=state)


async def _given(
    request: Request,
) -> tuple[dict[str, str], dict[str, tuple[bytes, str]], bytes]:
    """Parameters from the query and the body, files, and a body that is neither."""
    given = dict(request.query_params)
    files: dict[str, tuple[bytes, str]] = {}
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form(max_part_size=50_000_000) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    sort = value.content_type or "application/octet-stream"
                    files[name] = (await value.read(), sort)
                else:
                    given[name] = value
        return given, files, b""
    body = await request.body()
    if kind == "application/json" and body:
        try:
            said = json.loads(body)
        except ValueError as error:
            raise GraphError(100, "The body is not JSON.") from error
        if isinstance(said, dict):
            given |= {x: y if isinstance(y, str) else json.dumps(y) for x, y in said.items()}
        return given, files, b""
    return given, files, body
