"""What every call to YouTube's API goes through: who calls, what they may, what it costs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.kernel.limits import Limits
from sandbox.kernel.oauth import Authority
from sandbox.kernel.world import Impossible
from sandbox.youtube.network import Network
from sandbox.youtube.quota import Quota
from sandbox.youtube.state import Channel

SCOPE = "https://www.googleapis.com/auth/youtube"
FORCE_SSL, READ_ONLY, UPLOAD = f"{SCOPE}.force-ssl", f"{SCOPE}.readonly", f"{SCOPE}.upload"
READERS = frozenset({SCOPE, FORCE_SSL, READ_ONLY})
WRITERS = frozenset({FORCE_SSL})
UPLOADERS = frozenset({SCOPE, FORCE_SSL, UPLOAD})

PER_MINUTE = {"per minute": (1_800, timedelta(minutes=1))}
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}


class Refused(Exception):  # noqa: N818 - reads as a state
    """As Google's APIs say no: a reason of a domain, and perhaps the parameter."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "youtube.common",
        location: str = "",
        place: str = "parameter",
    ) -> None:
        super().__init__(message)
        self.status = status
        error: dict[str, Any] = {"message": message, "domain": domain, "reason": reason}
        if location:
            error |= {"location": location, "locationType": place}
        said: dict[str, Any] = {"code": status, "message": message, "errors": [error]}
        if status in _STATUS:
            said["status"] = _STATUS[status]
        self.body = {"error": said}


def bad(parameter: str, message: str, *, reason: str = "invalidParameter") -> Refused:
    return Refused(400, reason, message, location=parameter)


def forbidden(message: str, *, domain: str = "youtube.common") -> Refused:
    return Refused(403, "forbidden", message, domain=domain)


def missing(what: str, message: str, *, parameter: str = "id", domain: str = "") -> Refused:
    return Refused(
        404,
        f"{what}NotFound",
        message,
        domain=domain or f"youtube.{what}",
        location=parameter,
    )


@dataclass(slots=True)
class Asked:
    """One call that got through; `caller` is none with an API key."""

    request: Request
    caller: Channel | None
    raw: bytes

    @property
    def me(self) -> Channel:
        if self.caller is None:
            raise unauthorised()
        return self.caller

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def body(self) -> dict[str, Any]:
        return read(self.raw)

    def truth(self, name: str) -> bool:
        return self.query.get(name, "false").lower() == "true"

    def number(self, name: str, *, least: int, most: int, default: int) -> int:
        given = self.query.get(name, str(default))
        if not given.isdecimal() or not least <= int(given) <= most:
            raise bad(name, f"Invalid value '{given}'. Values must be within [{least}, {most}].")
        return int(given)

    def parts(self, *known: str) -> frozenset[str]:
        given = [one.strip() for one in self.query.get("part", "").split(",") if one.strip()]
        if not given:
            raise Refused(
                400, "required", "Required parameter: part", domain="global", location="part"
            )
        for one in given:
            if one not in known:
                raise bad("part", f"'{one}'", reason="unknownPart")
        return frozenset(given)


def read(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except ValueError as error:
        raise Refused(400, "parseError", "Parse Error", domain="global") from error
    if not isinstance(said, dict):
        raise Refused(400, "parseError", "A JSON object is expected.", domain="global")
    return said


def inner(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found: Any = said
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def unauthorised() -> Refused:
    return Refused(
        401,
        "authError",
        "Request had invalid authentication credentials.",
        domain="global",
        location="Authorization",
        place="header",
    )


type Handler = Callable[[Asked], dict[str, Any] | Response]


@dataclass(frozen=True, slots=True)
class Way:
    """`scopes`: one of them is needed; an API key will do where `public`."""

    method: str
    path: str
    handler: Handler
    cost: int = 1
    bucket: str = "units"
    scopes: frozenset[str] = READERS
    public: bool = False


@dataclass(slots=True)
class Gate:
    network: Network
    authority: Authority
    quota: Quota
    api_key: str = field(repr=False)
    limits: Limits = field(default_factory=lambda: Limits(dict(PER_MINUTE)))

    def route(self, way: Way) -> Route:
        async def endpoint(request: Request) -> Response:
            spent = 0
            try:
                caller = self._caller(request, way)
                self._throttle(request, caller)
                self._spend(way)
                spent = way.cost
                self.network.come_due()
                answer = way.handler(Asked(request, caller, await request.body()))
            except (Refused, Impossible) as no:
                # A call that was wrong costs one unit all the same.
                if spent > 1:
                    self.quota.give_back(way.bucket, spent - 1)
                refused = no if isinstance(no, Refused) else forbidden(str(no))
                return JSONResponse(refused.body, refused.status)
            if isinstance(answer, Response):
                return answer
            return _marked(request, answer)

        return Route(way.path, endpoint, methods=[way.method])

    def _caller(self, request: Request, way: Way) -> Channel | None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        value = value or request.query_params.get("access_token", "")
        if not value:
            if way.public and request.query_params.get("key") == self.api_key:
                return None
            if "key" in request.query_params and way.public:
                raise Refused(400, "badRequest", "API key not valid.", domain="global")
            if way.public:
                raise forbidden("Calls need an API key or a token.", domain="global")
            raise unauthorised()
        token = self.authority.known(value) if scheme.lower() in ("bearer", "") else None
        if token is None:
            raise unauthorised()
        if not way.scopes & set(token.grant.scopes):
            raise Refused(
                403,
                "insufficientPermissions",
                "Request had insufficient authentication scopes.",
                domain="global",
            )
        return self.network.state.stored.channels.get(token.grant.subject)

    def _throttle(self, request: Request, caller: Channel | None) -> None:
        who = caller.id if caller is not None else str(request.client)
        if not self.limits.count("per minute", who, now=self.network.world.now()).allowed:
            raise Refused(
                403, "rateLimitExceeded", "Quota exceeded for queries per minute per user.",
                domain="usageLimits",
            )  # fmt: skip

    def _spend(self, way: Way) -> None:
        if not self.quota.spend(way.bucket, way.cost):
            raise Refused(
                403,
                "quotaExceeded",
                "The request cannot be completed because you have exceeded your quota.",
                domain="youtube.quota",
            )


def _marked(request: Request, said: dict[str, Any]) -> Response:
    headers = {}
    if "etag" in said:
        headers["etag"] = said["etag"]
        if request.method == "GET" and request.headers.get("if-none-match") == said["etag"]:
            return Response(status_code=304, headers=headers)
    return JSONResponse(said, headers=headers)
