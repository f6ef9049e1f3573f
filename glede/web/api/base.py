"""The API's frame: version, gates, refusals as problem sentences."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from glede.kit import wall
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens.queries import Bearer
from glede.web.access import DeskRequest
from glede.web.problems import problem

VERSION = "1.0.0"

#: What an operation asks for; read by `urls`, which hangs the gate before it.
_ASKED = "glede_permission"

type Operation = Callable[..., Any]


class Token(HttpBearer):
    """Named so in the OpenAPI document. The gate has looked at the token already; this only says
    no where no gate did."""

    def authenticate(self, request: HttpRequest, token: str) -> Bearer | None:  # noqa: ARG002
        return cast("Bearer | None", getattr(request, "token", None))


class Problem(Schema):
    """A refusal (RFC 9457): `detail` is a sentence that says what to do."""

    title: str
    status: int
    detail: str


class Fault(Schema):
    """One value that does not fit, and where it stood."""

    where: str
    says: str


class Invalid(Problem):
    faults: list[Fault]


#: What every operation may answer besides what it is for.
REFUSALS: dict[int, type[Schema]] = {
    401: Problem, 403: Problem, 404: Problem, 422: Invalid, 429: Problem,
}  # fmt: skip

api = NinjaAPI(
    title="Glede",
    version=VERSION,
    description="Read the policy a desk runs by, when answers are due under it, and how well each"
    " clause was kept. Each call carries a token: `Authorization: Bearer gl_…`. A token acts for"
    " one person and never does more than they may.",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    auth=Token(),
)


def asks(permission: Permission) -> Callable[[Operation], Operation]:
    """What a token must hold. Every operation of one path asks for the same."""

    def decorate(operation: Operation) -> Operation:
        setattr(operation, _ASKED, permission)
        return operation

    return decorate


def asked(operation: Operation) -> Permission:
    """Raises `AttributeError` at the start, not at a call, where somebody forgot to say."""
    return cast(Permission, getattr(operation, _ASKED))


def caller(request: HttpRequest) -> DeskRequest:
    return cast(DeskRequest, request)


def instant(text: str, *, name: str) -> datetime:
    """RFC 3339; without an offset it is London time. Refused with both instants where the clocks
    show it twice."""
    try:
        return wall.instant(text, ZoneInfo(settings.TIME_ZONE))
    except wall.WallTimeError as error:
        raise Unfit(name, str(error)) from error


class Unfit(Exception):  # noqa: N818 - reads as a sentence
    """A value that is well-formed and still names nothing that can be answered."""

    def __init__(self, where: str, says: str) -> None:
        self.where = where
        super().__init__(says)


@api.exception_handler(Unfit)
def _unfit(request: HttpRequest, error: Unfit) -> HttpResponse:  # noqa: ARG001
    faults = [{"where": error.where, "says": str(error)}]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), faults=faults)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001
    faults = [
        {"where": ".".join(str(part) for part in one["loc"]), "says": one["msg"]}
        for one in error.errors
    ]
    told = "; ".join(f"{fault['where']}: {fault['says']}" for fault in faults)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"A value does not fit. {told}.", faults=faults)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    return problem(HTTPStatus.NOT_FOUND, str(error) or "There is nothing here for this token.")


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001
    return problem(HTTPStatus(error.status_code), str(error))
