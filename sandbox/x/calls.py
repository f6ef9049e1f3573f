"""What every call to X's API goes through: who calls, what they may, how often."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.kernel.limits import Limits, Standing
from sandbox.kernel.oauth import Authority, Token
from sandbox.kernel.world import Impossible
from sandbox.x.network import Network
from sandbox.x.shape import UnknownField
from sandbox.x.state import Account

PROBLEMS = "https://api.x.com/2/problems/"
_QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)

#: Calls a user may make, as X's documentation has them; those it leaves open are generous.
LIMITS: dict[str, tuple[int, timedelta]] = {
    "mentions": (300, _QUARTER),
    "timeline": (900, _QUARTER),
    "lookup": (900, _QUARTER),
    "search": (300, _QUARTER),
    "users": (900, _QUARTER),
    "post": (100, _QUARTER),
    "post by app": (10_000, _DAY),
    "delete": (50, _QUARTER),
    "hide": (50, _QUARTER),
    "mute": (50, _QUARTER),
    "dm block": (10, _QUARTER),
    "dm": (15, _QUARTER),
    "dm by day": (1_440, _DAY),
    "dm events": (15, _QUARTER),
    "media": (1_875, _QUARTER),
    "webhooks": (450, _QUARTER),
    "replay": (100, _QUARTER),
    "subscriptions": (500, _QUARTER),
    "rules": (450, _QUARTER),
    "stream": (50, _QUARTER),
}


class Refused(Exception):  # noqa: N818 - reads as a state
    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("detail", ""))
        self.status = status
        self.body = body


def invalid(detail: str, *, parameter: str = "", value: str = "") -> Refused:
    said: dict[str, Any] = {
        "title": "Invalid Request",
        "detail": detail,
        "type": f"{PROBLEMS}invalid-request",
        "status": 400,
    }
    if parameter:
        said["errors"] = [{"parameters": {parameter: [value]}, "message": detail}]
    return Refused(400, said)


def forbidden(detail: str) -> Refused:
    return Refused(
        403, {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}
    )


def missing(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """One entry of `errors` in an answer that is otherwise good."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}resource-not-found",
    }


def not_found(kind: str, parameter: str, value: str) -> Refused:
    return Refused(404, {**missing(kind, parameter, value), "status": 404})


def unauthorised() -> Refused:
    return Refused(
        401,
        {"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401},
    )


@dataclass(slots=True)
class Asked:
    """One call that got through; `user` is who it is made for, if for anybody."""

    request: Request
    token: Token
    user: Account | None
    body: dict[str, Any]

    @property
    def me(self) -> Account:
        if self.user is None:
            raise unauthorised()
        return self.user

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def mine(self, name: str = "id") -> Account:
        """The account in the path, which has to be the caller's own."""
        if self.path(name) != self.me.id:
            raise forbidden("This user is not allowed to act for the user in the path.")
        return self.me

    def text(self, name: str) -> str:
        value = self.body.get(name, "")
        if not isinstance(value, str):
            raise invalid(f"$.{name}: a string is expected.", parameter=name, value=str(value))
        return value

    def number(self, name: str, *, least: int, most: int, default: int) -> int:
        given = self.query.get(name, str(default))
        if not given.isdecimal() or not least <= int(given) <= most:
            raise invalid(
                f"The `{name}` query parameter value [{given}] is not between {least} and {most}.",
                parameter=name,
                value=given,
            )
        return int(given)


type Answer = dict[str, Any] | Response
type Handler = Callable[[Asked], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Way:
    """`who`: user, app or any. `limits` name what a call counts against, the first is shown."""

    method: str
    path: str
    handler: Handler
    who: str = "any"
    scopes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    status: int = 200


@dataclass(slots=True)
class Gate:
    network: Network
    authority: Authority
    limits: Limits
    throttled: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    def route(self, way: Way) -> Route:
        async def endpoint(request: Request) -> Response:
            standing: Standing | None = None
            try:
                token, user = self._caller(request, way)
                standing = self._count(way, user)
                if not standing.allowed:
                    return self._too_many(standing)
                asked = Asked(request, token, user, await _body(request))
                answer = way.handler(asked)
                if inspect.isawaitable(answer):
                    answer = await answer
            except Refused as refused:
                answer = problem(refused)
            except UnknownField as unknown:
                answer = problem(
                    invalid(str(unknown), parameter=unknown.parameter, value=unknown.value)
                )
            except Impossible as impossible:
                answer = problem(forbidden(str(impossible)))
            if not isinstance(answer, Response):
                answer = JSONResponse(answer, status_code=way.status)
            if standing is not None:
                answer.headers.update(_told(standing))
            return answer

        return Route(way.path, endpoint, methods=[way.method])

    def _caller(self, request: Request, way: Way) -> tuple[Token, Account | None]:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        token = self.authority.known(value) if scheme.lower() == "bearer" else None
        if token is None:
            raise unauthorised()
        if way.who not in ("any", token.kind):
            kind = "Application-Only" if token.kind == "app" else "User Context"
            raise Refused(
                403,
                {
                    "title": "Unsupported Authentication",
                    "detail": f"OAuth 2.0 {kind} is forbidden for this endpoint.",
                    "type": f"{PROBLEMS}unsupported-authentication",
                    "status": 403,
                },
            )
        if token.kind == "app":
            return token, None
        lacking = set(way.scopes) - set(token.grant.scopes)
        if lacking:
            raise forbidden(f"The token lacks the scope {', '.join(sorted(lacking))}.")
        return token, self.network.state.stored.accounts.get(token.grant.subject)

    def _count(self, way: Way, user: Account | None) -> Standing:
        now = self.network.world.now()
        who = user.id if user is not None else "app"
        counted = [
            self.limits.count(name, "app" if name.endswith("by app") else who, now=now)
            for name in way.limits
        ]
        if not counted:
            return self.limits.count("", who, now=now)
        return next((one for one in counted if not one.allowed), counted[0])

    def _too_many(self, standing: Standing) -> Response:
        """X says it in one of two shapes; here they take turns."""
        self.throttled += 1
        if self.throttled % 2:
            body: dict[str, Any] = {
                "title": "Too Many Requests",
                "detail": "Too Many Requests",
                "type": f"{PROBLEMS}rate-limit-exceeded",
                "status": 429,
            }
            media = "application/problem+json"
        else:
            body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
            media = "application/json"
        return JSONResponse(body, 429, headers=_told(standing), media_type=media)


def problem(refused: Refused) -> Response:
    return JSONResponse(dict(refused.body), refused.status, media_type="application/problem+json")


def _told(standing: Standing) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(standing.limit),
        "x-rate-limit-remaining": str(standing.left),
        "x-rate-limit-reset": str(int(standing.resets_at.timestamp()) + 1),
    }


async def _body(request: Request) -> dict[str, Any]:
    """JSON or a form; anything else is left for the handler to miss."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_part_size=64 * 1024 * 1024) as form:
            return {
                name: value if isinstance(value, str) else await value.read()
                for name, value in form.items()
            }
    raw = await request.body()
    if not raw:
        return {}
    try:
        said = json.loads(raw)
    except ValueError as error:
        raise invalid("The body is not JSON.") from error
    if not isinstance(said, dict):
        raise invalid("The body is not a JSON object.")
    return said


def moment(value: str, parameter: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise invalid("This is not a time.", parameter=parameter, value=value) from error
    if found.tzinfo is None:
        raise invalid("This time has no zone.", parameter=parameter, value=value)
    return found
