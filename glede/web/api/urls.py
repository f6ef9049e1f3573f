"""Every address of the API with its gate: the permission its operations ask a token for."""

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from glede.web import access
from glede.web.api import figures, policy, timeline
from glede.web.api.base import REFUSALS, api, asked
from glede.web.problems import problem

app_name = "api"

_ROUTERS = (policy.router, figures.router, timeline.router)
for _router in _ROUTERS:
    api.add_router("", _router)


def _gated() -> list[URLPattern]:
    """The API's own addresses; its root page, which only leads to pages we do not have, is left
    out. An operation that forgot to say what it asks for stops the start."""
    gates = {}
    for router in _ROUTERS:
        for route, view in router.path_operations.items():
            (permission,) = {asked(one.view_func) for one in view.operations}
            gates[route.lstrip("/").replace("{", "<").replace("}", ">")] = permission
    found = {str(one.pattern): cast(URLPattern, one) for one in api.urls[0]}
    return [
        path(
            route,
            csrf_exempt(access.by_token(permission)(found[route].callback)),
            name=found[route].name,
        )
        for route, permission in gates.items()
    ]


@access.open_to_all("says what can be asked and nothing of what is in here")
@require_safe
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """OpenAPI 3.1."""
    return JsonResponse(_document())


def _document() -> dict[str, Any]:
    """As the frame writes it, with the type our refusals have."""
    told = api.get_openapi_schema(path_prefix="/api/v1/")
    for methods in told["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status in REFUSALS:
                    response["content"] = {
                        "application/problem+json": response["content"]["application/json"]
                    }
    return told


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
