"""Around every operation: its record, its key, and refusals that are problems throughout."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from glede.flow import calls
from glede.flow.calls import Answer, Asked
from glede.rulebook.tokens.rules import LONGEST_KEY
from glede.web.access import View
from glede.web.api.base import FORM, Asks, caller
from glede.web.problems import problem

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def guarded(view: View, route: str, asks: Mapping[str, Asks]) -> View:
    """The view of one path; `asks` says for each method what its operation asks for."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        def given() -> HttpResponse:
            return cast(HttpResponse, view(request, *args, **kwargs))

        method = request.method or ""
        asked = asks.get(method)
        if asked is None:
            return _no_such_method(method, asks)
        if "%00" in request.get_full_path():
            return _no_text()
        try:
            if method in _SAFE:
                return _told(request, route, asked, given)
            return _wrong_type(request, asked) or _done(request, route, given)
        except RequestDataTooBig:
            return problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is more than one call may bring."
            )
        except MultiPartParserError:
            return problem(HTTPStatus.BAD_REQUEST, "The form of this call cannot be read.")

    return answer


def _no_such_method(method: str, asks: Mapping[str, Asks]) -> HttpResponse:
    allowed = ", ".join(sorted(asks))
    refusal = problem(
        HTTPStatus.METHOD_NOT_ALLOWED, f"There is no {method[:20]} here: this takes {allowed}."
    )
    refusal["Allow"] = allowed
    return refusal


def _no_text() -> HttpResponse:
    """PostgreSQL takes no NUL in a text, so nothing here is called by one."""
    says = "The address holds a NUL, which is in no name of ours."
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, says, faults=[{"where": "address", "says": says}]
    )


def _told(
    request: HttpRequest, route: str, asked: Asks, given: Callable[[], HttpResponse]
) -> HttpResponse:
    response = given()
    desk = caller(request)
    if asked.discloses and response.status_code == HTTPStatus.OK:
        calls.told(
            bearer=desk.token,
            asked=Asked(request.method or "", route),
            status=response.status_code,
            now=desk.now,
        )
    return response


def _wrong_type(request: HttpRequest, asked: Asks) -> HttpResponse | None:
    # A form is not read whole: its files are larger than what a body of words may be.
    if request.content_type == asked.takes or not request.body:
        return None
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"This takes a body of {asked.takes}.")


def _done(request: HttpRequest, route: str, given: Callable[[], HttpResponse]) -> HttpResponse:
    desk = caller(request)
    key = _key_of(request)
    if key is None:
        return problem(
            HTTPStatus.BAD_REQUEST,
            f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters of ASCII.",
        )
    method = request.method or ""
    digest = calls.digest_of(method, request.get_full_path(), _said(request)) if key else ""
    first: list[HttpResponse] = []

    def answer() -> Answer:
        response = given()
        first.append(response)
        return Answer(response.status_code, response.get("Location", ""), response.content)

    try:
        found = calls.answered(
            bearer=desk.token,
            asked=Asked(method, route, key, digest),
            answer=answer,
            now=desk.now,
        )
    except calls.StillRunningError as error:
        refusal = problem(HTTPStatus.CONFLICT, str(error))
        refusal["Retry-After"] = "1"
        return refusal
    except calls.OtherCallError as error:
        faults = [{"where": "header.Idempotency-Key", "says": str(error)}]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), faults=faults)
    if not found.again:
        return first[0]
    again = HttpResponse(found.body, status=found.status, content_type="application/json")
    if found.location:
        again["Location"] = found.location
    again["Idempotency-Replayed"] = "true"
    return again


def _said(request: HttpRequest) -> bytes:
    """What the body says. A form says the same however its parts are set apart: whoever asks again
    writes it anew, with another boundary."""
    if request.content_type != FORM:
        return request.body
    files = [(name, one) for name, all_of in request.FILES.lists() for one in all_of]
    digests = [(name, one.name, hashlib.file_digest(one, "sha256").hexdigest())
               for name, one in files]  # fmt: skip
    for _, one in files:
        one.seek(0)
    return json.dumps([sorted(request.POST.lists()), digests]).encode()


def _key_of(request: HttpRequest) -> str | None:
    """The key, `""` without one, `None` where it is none. A structured string (RFC 9651) has
    quotes around it; a bare one is taken as it is."""
    if "Idempotency-Key" not in request.headers:
        return ""
    given = request.headers["Idempotency-Key"].strip()
    if len(given) > 1 and given[0] == given[-1] == '"':
        given = given[1:-1]
    fits = 1 <= len(given) <= LONGEST_KEY and given.isascii() and given.isprintable()
    return given if fits else None
