"""The API's frame: version, gates, refusals as problem sentences."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from glede.rulebook.tokens.rules import NOT_A_PROGRAM, Kind
from glede.web.access import DeskRequest
from glede.web.problems import problem

VERSION = "1.0.0"

#: What an operation asks for; read by `urls`, which hangs the gate before it.
_ASKED = "glede_asks"

JSON, FORM = "application/json", "multipart/form-data"

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
#: And one that changes something: a body that cannot be read, what stands in the way of the act, a
#: call with the same key that still runs, a body too large or of another type.
CHANGES: dict[int, type[Schema]] = {
    400: Problem, **REFUSALS, 409: Problem, 413: Problem, 415: Problem,
}  # fmt: skip

api = NinjaAPI(
    title="Glede",
    version=VERSION,
    description="What a desk does: conversations, replies, notes, promises, moderation, people,"
    " alerts, the rota, and the policy they stand under. Each call carries a token:"
    " `Authorization: Bearer gl_…`. A token acts for one person and never does more than they may;"
    " a program’s token does nothing that goes out under a person’s own name (clause 6.1).",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    auth=Token(),
)


@dataclass(frozen=True, slots=True)
class Asks:
    """What a token must hold; whether a call tells what residents said, or who they are, and so
    goes on record; and the type of body it takes."""

    permission: Permission
    discloses: bool = False
    takes: str = JSON
    #: Types of the file it gives; empty for JSON.
    gives: tuple[str, ...] = ()


def asks(
    permission: Permission,
    *,
    discloses: bool = False,
    takes: str = JSON,
    gives: tuple[str, ...] = (),
) -> Callable[[Operation], Operation]:
    """Operations of one path that change something ask for the same permission; the one that reads
    may ask for another."""

    def decorate(operation: Operation) -> Operation:
        setattr(operation, _ASKED, Asks(permission, discloses, takes, gives))
        return operation

    return decorate


def asked(operation: Operation) -> Asks:
    """Raises `AttributeError` at the start, not at a call, where somebody forgot to say."""
    return cast(Asks, getattr(operation, _ASKED))


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


class Refused(Exception):  # noqa: N818 - reads as a sentence
    """The call is understood, and what it asks for is not done: why, and what to do."""

    def __init__(self, status: HTTPStatus, says: str, **more: Any) -> None:
        self.status, self.more = status, more
        super().__init__(says)


def conflict(says: str, **more: Any) -> Refused:
    """As things stand it cannot be done."""
    return Refused(HTTPStatus.CONFLICT, says, **more)


@contextmanager
def or_conflict(*errors: type[Exception]) -> Iterator[None]:
    """What a flow refuses with one of these is answered 409, in the flow's own sentence."""
    try:
        yield
    except errors as error:
        raise conflict(str(error)) from error


def must(request: HttpRequest, permission: Permission, brand_id: int) -> None:
    """Raises `Refused` where the token may not do this for this brand."""
    if not caller(request).viewer.may(permission, brand_id):
        raise Refused(
            HTTPStatus.FORBIDDEN,
            f"This token may not do “{permission.value}” for this brand.",
        )


def must_be_a_person(request: HttpRequest) -> None:
    """Raises `Refused` for a program: what is done here is done under a person's own name."""
    if caller(request).token.viewer.kind is not Kind.PERSON:
        raise Refused(HTTPStatus.FORBIDDEN, NOT_A_PROGRAM)


@api.exception_handler(Refused)
def _refuse(request: HttpRequest, error: Refused) -> HttpResponse:  # noqa: ARG001
    return problem(error.status, str(error), **error.more)


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
