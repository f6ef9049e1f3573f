"""Every address of the API with its gate: the permission its operations ask a token for."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from glede.web import access
from glede.web.api import (
    alerts,
    captures,
    conversations,
    desk,
    figures,
    handing,
    moderation,
    people,
    policy,
    replies,
    rota,
    sharing,
    sorting,
    texts,
    timeline,
    views,
    webhooks,
    writing,
)
from glede.web.api.base import CHANGES, Asks, api, asked
from glede.web.api.gate import guarded
from glede.web.problems import problem

app_name = "api"

_ROUTERS = (
    conversations.router,
    views.router,
    replies.router,
    writing.router,
    captures.router,
    sorting.router,
    handing.router,
    people.router,
    texts.router,
    alerts.router,
    rota.router,
    sharing.router,
    moderation.router,
    desk.router,
    timeline.router,
    webhooks.router,
    policy.router,
    figures.router,
)
for _router in _ROUTERS:
    api.add_router("", _router)

#: The header that a call which changes something may carry.
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "The same key again is given the first answer, and nothing is done twice.",
}


def _asked() -> dict[str, dict[str, Asks]]:
    """Address -> method -> what its operation asks for. An operation that forgot to say stops the
    start, and so do two of one address that ask for different permissions."""
    found: dict[str, dict[str, Asks]] = {}
    for router in _ROUTERS:
        for route, view in router.path_operations.items():
            methods = found.setdefault(route.lstrip("/").replace("{", "<").replace("}", ">"), {})
            for one in view.operations:
                methods |= dict.fromkeys(one.methods, asked(one.view_func))
    return found


def _gate(methods: dict[str, Asks]) -> Callable[[access.View], access.View]:
    """Reading and changing may ask for different permissions, two changes may not."""
    changes = {one.permission for name, one in methods.items() if name != "GET"}
    reads = methods["GET"].permission if "GET" in methods else next(iter(changes))
    (to_change,) = changes or {reads}
    return access.by_token(reads, to_change=to_change if to_change != reads else None)


def _gated() -> list[URLPattern]:
    """The API's own addresses; its root page, which only leads to pages we do not have, is left
    out."""
    found = {str(one.pattern): cast(URLPattern, one) for one in api.urls[0]}
    return [
        path(
            route,
            csrf_exempt(_gate(methods)(guarded(found[route].callback, route, methods))),
            name=found[route].name,
        )
        for route, methods in _asked().items()
    ]


@access.open_to_all("says what can be asked and nothing of what is in here")
@require_safe
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """OpenAPI 3.1."""
    return JsonResponse(document())


@cache
def document() -> dict[str, Any]:
    """As the frame writes it, with the type our refusals have, the permission each operation asks
    for, and the key that a change may carry."""
    told = api.get_openapi_schema(path_prefix="/api/v1/")
    told["paths"] = dict(sorted(told["paths"].items()))
    asks = {_plain(route): methods for route, methods in _asked().items()}
    for address, methods in told["paths"].items():
        for method, operation in methods.items():
            asked_for = asks[_plain(address.removeprefix("/api/v1/"))][method.upper()]
            # OpenAPI 3.1, security requirement: for a scheme that is not OAuth2, a list of roles.
            operation["security"] = [{"Token": [asked_for.permission.value]}]
            if method != "get":
                operation.setdefault("parameters", []).append(_KEY)
            if asked_for.gives:
                file = {"schema": {"type": "string", "format": "binary"}}
                operation["responses"][200]["content"] = dict.fromkeys(asked_for.gives, file)
            for status, response in operation["responses"].items():
                if status in CHANGES and "content" in response:
                    response["content"] = {
                        "application/problem+json": response["content"]["application/json"]
                    }
    return told


def _plain(route: str) -> str:
    """An address without the types of what it holds: a pattern and the document agree on it."""
    return "/".join(
        "{}" if part[:1] in "<{" and part else part for part in route.strip("/").split("/")
    )


@csrf_exempt
@access.open_to_all("answers programs that mistyped an address, whoever they are")
def nothing(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001
    return problem(
        HTTPStatus.NOT_FOUND, "There is no such address. /api/v1/openapi.json lists them all."
    )


urlpatterns = [
    path("openapi.json", schema, name="openapi"),
    *_gated(),
    path("<path:rest>", nothing, name="nothing"),
]
