"""The instance's HTTP: who calls, how often they may, what was asked, and pages by `Link`."""

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.kernel.limits import Limits, Standing
from sandbox.kernel.oauth import Authority, Token
from sandbox.mastodon.entities import Json
from sandbox.mastodon.instance import VISIBILITIES, Draft, Instance
from sandbox.mastodon.state import Account, Invalid, Status

#: docs.joinmastodon.org/api/rate-limits
LIMITS = {
    "account": (300, timedelta(minutes=5)),
    "media": (30, timedelta(minutes=30)),
    "delete": (30, timedelta(minutes=30)),
}
_MOST_ON_A_PAGE = 80
_TRUE = frozenset({"1", "true", "True", "on", "t"})


@dataclass(frozen=True, slots=True)
class Upload:
    content: bytes = field(repr=False)
    content_type: str


@dataclass(slots=True)
class Caller:
    """Who calls, with what they may, and what they sent."""

    request: Request
    given: dict[str, Any]
    files: dict[str, Upload]
    account: Account | None
    token: Token | None

    @property
    def me(self) -> Account:
        if self.account is None:
            raise Invalid("The access token is invalid", 401)
        return self.account

    @property
    def viewer(self) -> str:
        return self.account.id if self.account else ""

    def text(self, name: str, default: str = "") -> str:
        found = self.given.get(name, default)
        return found if isinstance(found, str) else default if found is None else str(found)

    def many(self, name: str) -> list[str]:
        found = self.given.get(name, [])
        return [str(one) for one in found] if isinstance(found, list) else [str(found)]

    def yes(self, name: str) -> bool:
        return self.text(name) in _TRUE

    def path(self, name: str = "id") -> str:
        return str(self.request.path_params[name])


type Call = Callable[[Caller], Awaitable[Response]]


@dataclass(slots=True)
class Api:
    instance: Instance
    authority: Authority
    limits: Limits = field(default_factory=lambda: Limits(dict(LIMITS)))

    # --- Around every call -----------------------------------------------------------------

    def route(
        self, path: str, call: Call, method: str = "GET", *, scope: str = "", limit: str = ""
    ) -> Route:
        async def answer(request: Request) -> Response:
            self.instance.publish_due()
            try:
                caller = await self._caller(request, scope)
                standing = self._count(caller, limit)
                if not standing.allowed:
                    said: Response = JSONResponse({"error": "Too many requests"}, status_code=429)
                else:
                    said = await call(caller)
            except Invalid as refusal:
                said = JSONResponse({"error": str(refusal)}, status_code=refusal.status)
                standing = None
            if standing is not None:
                said.headers["X-RateLimit-Limit"] = str(standing.limit)
                said.headers["X-RateLimit-Remaining"] = str(standing.left)
                said.headers["X-RateLimit-Reset"] = f"{standing.resets_at:%Y-%m-%dT%H:%M:%S.%fZ}"
            return said

        return Route(path, answer, methods=[method])

    def _count(self, caller: Caller, limit: str) -> Standing:
        who = caller.token.value if caller.token else caller.request.client.host  # type: ignore[union-attr]
        now = self.instance.now()
        whole = self.limits.count("account", who, now=now)
        if not limit or not whole.allowed:
            return whole
        return self.limits.count(limit, who, now=now)

    async def _caller(self, request: Request, scope: str) -> Caller:
        given, files = await given_by(request)
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        value = value if kind.lower() == "bearer" else str(given.get("access_token", ""))
        token = self.authority.known(value) if value else None
        if value and token is None:
            raise Invalid("The access token is invalid", 401)
        if scope and token is None:
            raise Invalid("The access token is invalid", 401)
        if scope and token is not None and not _covers(token.grant.scopes, scope):
            raise Invalid("This action is outside the authorized scopes", 403)
        account = self.instance.state.accounts.get(token.grant.subject) if token else None
        if scope and account is None:
            raise Invalid("This method requires an authenticated user", 422)
        return Caller(request, given, files, account, token)

    # --- Pages -----------------------------------------------------------------------------

    def page[T](
        self,
        caller: Caller,
        found: Iterable[T],
        *,
        id_of: Callable[[T], str],
        show: Callable[[T], Json],
        usual: int = 20,
        most: int = 40,
    ) -> Response:
        """`found` newest first. max_id and since_id from the top, min_id from just above it."""
        limit = int(caller.text("limit") or usual)
        limit = min(max(limit, 1), most)
        over, since, after = (_number(caller.text(one)) for one in ("max_id", "since_id", "min_id"))
        kept = [
            one
            for one in found
            if (not over or int(id_of(one)) < over) and int(id_of(one)) > max(since, after)
        ]
        shown = kept[-limit:] if after else kept[:limit]
        answer = JSONResponse([show(one) for one in shown])
        if shown:
            answer.headers["Link"] = self._links(caller, id_of(shown[-1]), id_of(shown[0]))
        return answer

    def _links(self, caller: Caller, oldest: str, newest: str) -> str:
        kept = [
            (key, value)
            for key, value in caller.request.query_params.multi_items()
            if key not in ("max_id", "since_id", "min_id", "access_token")
        ]
        path = caller.request.url.path
        base = f"{self.instance.world.base}{path}"
        older = urlencode([*kept, ("max_id", oldest)])
        newer = urlencode([*kept, ("min_id", newest)])
        return f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'

    # --- Statuses --------------------------------------------------------------------------

    def show(self, caller: Caller, status: Status) -> Json:
        return self.instance.entities.status(status, viewer=caller.viewer)

    def visible(self, caller: Caller) -> Status:
        found = self.instance.state.standing(caller.path())
        if not self.instance.state.sees(caller.viewer, found):
            raise Invalid("Record not found", 404)
        return found

    async def post_status(self, caller: Caller) -> Response:
        draft = Draft(
            text=caller.text("status").strip(),
            visibility=caller.text("visibility") or "public",
            spoiler=caller.text("spoiler_text"),
            language=caller.text("language"),
            sensitive=caller.yes("sensitive"),
            in_reply_to=caller.text("in_reply_to_id"),
            media=tuple(caller.many("media_ids")),
            quote=caller.text("quoted_status_id"),
            app=self._app_name(caller),
        )
        if draft.visibility not in VISIBILITIES:
            raise Invalid("Validation failed: Visibility is not included in the list")
        key = caller.request.headers.get("idempotency-key", "")
        if at := caller.text("scheduled_at"):
            one = self.instance.schedule(caller.me, draft, _moment(at), key=key)
            return JSONResponse(self.instance.entities.scheduled(one))
        status = self.instance.post(caller.me, draft, key=key)
        return JSONResponse(self.show(caller, status))

    def _app_name(self, caller: Caller) -> str:
        client = self.authority.clients.get(caller.token.grant.client_id) if caller.token else None
        return client.name if client else ""

    async def one_status(self, caller: Caller) -> Response:
        return JSONResponse(self.show(caller, self.visible(caller)))

    async def many_statuses(self, caller: Caller) -> Response:
        """`?id[]=`: those that can be seen, without a word on the others."""
        state = self.instance.state
        found = [state.statuses.get(one) for one in caller.many("id")[:20]]
        return JSONResponse(
            [self.show(caller, one) for one in found if one and state.sees(caller.viewer, one)]
        )

    async def edit_status(self, caller: Caller) -> Response:
        status = self.visible(caller)
        changed = self.instance.edit(
            caller.me,
            status.id,
            text=caller.text("status", status.text).strip(),
            spoiler=caller.text("spoiler_text", status.spoiler),
            media=caller.many("media_ids") if "media_ids" in caller.given else status.media,
        )
        return JSONResponse(self.show(caller, changed))

    async def delete_status(self, caller: Caller) -> Response:
        status = self.visible(caller)
        said = {**self.show(caller, status), "text": status.text}
        self.instance.delete(caller.me, status.id)
        return JSONResponse(said)

    async def context(self, caller: Caller) -> Response:
        status, state = self.visible(caller), self.instance.state

        def shown(found: Sequence[Status]) -> list[Json]:
            return [self.show(caller, one) for one in found if state.sees(caller.viewer, one)]

        return JSONResponse(
            {
                "ancestors": shown(state.ancestors(status)),
                "descendants": shown(state.descendants(status)),
            }
        )

    async def history(self, caller: Caller) -> Response:
        return JSONResponse(self.instance.entities.edits(self.visible(caller)))

    async def source(self, caller: Caller) -> Response:
        status = self.visible(caller)
        return JSONResponse({"id": status.id, "text": status.text, "spoiler_text": status.spoiler})

    def quieting(self, *, quiet: bool) -> Call:
        async def call(caller: Caller) -> Response:
            status = self.visible(caller)
            pair = (caller.me.id, self.instance.state.root(status).id)
            if quiet:
                self.instance.state.quiet.add(pair)
            else:
                self.instance.state.quiet.discard(pair)
            return JSONResponse(self.show(caller, status))

        return call

    # --- Notifications, conversations ------------------------------------------------------

    async def notifications(self, caller: Caller) -> Response:
        wanted, unwanted = set(caller.many("types")), set(caller.many("exclude_types"))
        found = [
            one
            for one in reversed(self.instance.state.notices.get(caller.me.id, []))
            if (not wanted or one.kind in wanted) and one.kind not in unwanted
        ]
        return self.page(
            caller,
            found,
            id_of=lambda one: one.id,
            show=self.instance.entities.notification,
            usual=40,
            most=_MOST_ON_A_PAGE,
        )

    async def one_notification(self, caller: Caller) -> Response:
        for one in self.instance.state.notices.get(caller.me.id, []):
            if one.id == caller.path():
                return JSONResponse(self.instance.entities.notification(one))
        raise Invalid("Record not found", 404)

    async def conversations(self, caller: Caller) -> Response:
        state, me = self.instance.state, caller.me.id
        last: dict[str, Status] = {}
        for status in state.statuses.values():
            if status.visibility == "direct" and state.sees(me, status):
                last[state.root(status).id] = status
        found = sorted(last.values(), key=lambda one: int(one.id), reverse=True)
        return self.page(
            caller,
            found,
            id_of=lambda one: one.id,
            show=lambda one: self.instance.entities.conversation(one, viewer=me),
        )

    # --- Accounts --------------------------------------------------------------------------

    async def verify(self, caller: Caller) -> Response:
        return JSONResponse(self.instance.entities.own_account(caller.me))

    async def one_account(self, caller: Caller) -> Response:
        found = self.instance.state.account(caller.path())
        return JSONResponse(self.instance.entities.account(found))

    async def lookup(self, caller: Caller) -> Response:
        found = self.instance.state.by_acct(caller.text("acct"), self.instance.entities.domain)
        if found is None:
            raise Invalid("Record not found", 404)
        return JSONResponse(self.instance.entities.account(found))

    async def account_statuses(self, caller: Caller) -> Response:
        state = self.instance.state
        of = state.account(caller.path())
        found = [
            one
            for one in state.own_of(of.id)
            if state.sees(caller.viewer, one)
            and not (caller.yes("exclude_replies") and one.in_reply_to)
            and not (caller.yes("only_media") and not one.media)
        ]
        return self.page(
            caller, found, id_of=lambda one: one.id, show=lambda one: self.show(caller, one)
        )

    async def relationships(self, caller: Caller) -> Response:
        return JSONResponse(
            [
                self.instance.entities.relationship(caller.me.id, one)
                for one in caller.many("id")
                if one in self.instance.state.accounts
            ]
        )

    def relating(self, act: str) -> Call:
        async def call(caller: Caller) -> Response:
            self.instance.relate(caller.me, caller.path(), act)
            shown = self.instance.entities.relationship(caller.me.id, caller.path())
            return JSONResponse(shown)

        return call

    def pairs_of(self, name: str) -> Call:
        async def call(caller: Caller) -> Response:
            state = self.instance.state
            pairs = state.blocks if name == "blocks" else state.mutes
            found = sorted((of for by, of in pairs if by == caller.me.id), key=int, reverse=True)
            return self.page(
                caller,
                found,
                id_of=lambda one: one,
                show=lambda one: self.instance.entities.account(state.accounts[one]),
            )

        return call

    async def report(self, caller: Caller) -> Response:
        made = self.instance.report(
            caller.me,
            caller.text("account_id"),
            statuses=caller.many("status_ids"),
            comment=caller.text("comment"),
            category=caller.text("category") or "other",
            forwarded=caller.yes("forward"),
        )
        return JSONResponse(self.instance.entities.report(made))

    async def home(self, caller: Caller) -> Response:
        state, me = self.instance.state, caller.me.id
        of = {me} | {whom for by, whom in state.follows if by == me}
        found = [one for one in state.statuses.values() if one.account in of]
        seen = [one for one in found if state.sees(me, one)]
        return self.page(
            caller,
            seen[::-1],
            id_of=lambda one: one.id,
            show=lambda one: self.show(caller, one),
        )

    # --- Media, and what is to come --------------------------------------------------------

    async def upload(self, caller: Caller) -> Response:
        file = caller.files.get("file")
        if file is None:
            raise Invalid("Validation failed: File can't be blank")
        medium = self.instance.upload(
            caller.me,
            file.content,
            file.content_type,
            caller.text("description"),
        )
        ready = medium.ready_at <= self.instance.now()
        said = self.instance.entities.medium(medium, ready=ready)
        return JSONResponse(said, status_code=200 if ready else 202)

    async def one_medium(self, caller: Caller) -> Response:
        medium = self.instance.state.media.get(caller.path())
        if medium is None or medium.owner != caller.me.id:
            raise Invalid("Record not found", 404)
        if caller.request.method == "PUT":
            medium.alt = caller.text("description", medium.alt)
        ready = medium.ready_at <= self.instance.now()
        said = self.instance.entities.medium(medium, ready=ready)
        return JSONResponse(said, status_code=200 if ready else 206)

    async def scheduled(self, caller: Caller) -> Response:
        own = [one for one in self.instance.state.scheduled.values() if one.account == caller.me.id]
        return self.page(
            caller,
            sorted(own, key=lambda one: int(one.id), reverse=True),
            id_of=lambda one: one.id,
            show=self.instance.entities.scheduled,
        )

    async def one_scheduled(self, caller: Caller) -> Response:
        one = self.instance.state.scheduled.get(caller.path())
        if one is None or one.account != caller.me.id:
            raise Invalid("Record not found", 404)
        if caller.request.method == "DELETE":
            del self.instance.state.scheduled[one.id]
            return JSONResponse({})
        if caller.request.method == "PUT":
            one.at = _moment(caller.text("scheduled_at"))
        return JSONResponse(self.instance.entities.scheduled(one))

    # --- The instance ----------------------------------------------------------------------

    async def about(self, _caller: Caller) -> Response:
        return JSONResponse(self.instance.entities.instance())

    async def about_v1(self, _caller: Caller) -> Response:
        new = self.instance.entities.instance()
        return JSONResponse(
            {
                "uri": new["domain"],
                "title": new["title"],
                "short_description": new["description"],
                "description": new["description"],
                "email": new["contact"]["email"],
                "version": new["version"],
                "urls": {"streaming_api": new["configuration"]["urls"]["streaming"]},
                "stats": {
                    "user_count": len(self.instance.state.accounts),
                    "status_count": len(self.instance.state.statuses),
                    "domain_count": 1,
                },
                "thumbnail": new["thumbnail"]["url"],
                "languages": new["languages"],
                "registrations": False,
                "approval_required": False,
                "invites_enabled": False,
                "configuration": new["configuration"],
                "contact_account": None,
                "rules": [],
            }
        )

    def routes(self) -> list[BaseRoute]:
        v1 = "/api/v1"
        statuses, accounts = f"{v1}/statuses", f"{v1}/accounts"
        read, write = "read:statuses", "write:statuses"
        found: list[BaseRoute] = [
            self.route(f"{v1}/instance", self.about_v1),
            self.route("/api/v2/instance", self.about),
            self.route(statuses, self.post_status, "POST", scope=write),
            self.route(statuses, self.many_statuses),
            self.route(f"{statuses}/{{id}}", self.one_status),
            self.route(f"{statuses}/{{id}}", self.edit_status, "PUT", scope=write),
            self.route(
                f"{statuses}/{{id}}", self.delete_status, "DELETE", scope=write, limit="delete"
            ),
            self.route(f"{statuses}/{{id}}/context", self.context),
            self.route(f"{statuses}/{{id}}/history", self.history),
            self.route(f"{statuses}/{{id}}/source", self.source, scope=read),
            self.route(
                f"{statuses}/{{id}}/mute", self.quieting(quiet=True), "POST", scope="write:mutes"
            ),
            self.route(
                f"{statuses}/{{id}}/unmute", self.quieting(quiet=False), "POST", scope="write:mutes"
            ),
            self.route(f"{v1}/notifications", self.notifications, scope="read:notifications"),
            self.route(
                f"{v1}/notifications/{{id}}", self.one_notification, scope="read:notifications"
            ),
            self.route(f"{v1}/conversations", self.conversations, scope=read),
            self.route(f"{v1}/timelines/home", self.home, scope=read),
            self.route(f"{accounts}/verify_credentials", self.verify, scope="read:accounts"),
            self.route(f"{accounts}/lookup", self.lookup),
            self.route(f"{accounts}/relationships", self.relationships, scope="read:follows"),
            self.route(f"{accounts}/{{id}}", self.one_account),
            self.route(f"{accounts}/{{id}}/statuses", self.account_statuses),
            self.route(f"{v1}/blocks", self.pairs_of("blocks"), scope="read:blocks"),
            self.route(f"{v1}/mutes", self.pairs_of("mutes"), scope="read:mutes"),
            self.route(f"{v1}/reports", self.report, "POST", scope="write:reports"),
            self.route(f"{v1}/reports/", self.report, "POST", scope="write:reports"),
            self.route(f"{v1}/media", self.upload, "POST", scope="write:media", limit="media"),
            self.route("/api/v2/media", self.upload, "POST", scope="write:media", limit="media"),
            self.route(f"{v1}/media/{{id}}", self.one_medium, scope="write:media"),
            self.route(f"{v1}/media/{{id}}", self.one_medium, "PUT", scope="write:media"),
            self.route(f"{v1}/scheduled_statuses", self.scheduled, scope=read),
        ]
        found += [
            self.route(f"{v1}/scheduled_statuses/{{id}}", self.one_scheduled, method, scope=needed)
            for method, needed in (("GET", read), ("PUT", write), ("DELETE", write))
        ]
        found += [
            self.route(f"{accounts}/{{id}}/{act}", self.relating(act), "POST", scope=scope)
            for act, scope in (
                ("follow", "write:follows"),
                ("unfollow", "write:follows"),
                ("block", "write:blocks"),
                ("unblock", "write:blocks"),
                ("mute", "write:mutes"),
                ("unmute", "write:mutes"),
            )
        ]
        return found


def _covers(granted: Sequence[str], wanted: str) -> bool:
    """`read` covers `read:statuses`."""
    return wanted in granted or wanted.partition(":")[0] in granted


async def given_by(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Query, form or JSON as one; `name[]` is a list."""
    pairs: list[tuple[str, Any]] = list(request.query_params.multi_items())
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        try:
            said = json.loads(await request.body())
        except ValueError as error:
            raise Invalid("Error parsing request body", 400) from error
        pairs += list(said.items()) if isinstance(said, dict) else []
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = Upload(await value.read(), value.content_type or "")
                else:
                    pairs.append((name, value))
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            given.setdefault(name[:-2], []).append(value)
        else:
            given[name] = value
    return given, files


def _number(value: str) -> int:
    return int(value) if value.isdecimal() else 0


def _moment(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise Invalid("Validation failed: Scheduled at is invalid") from error
    if found.tzinfo is None:
        raise Invalid("Validation failed: Scheduled at is invalid")
    return found
