"""Let a program in by its token, or answer what is wrong with it."""

import math
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from glede.flow import tokens
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import rules
from glede.rulebook.tokens.actions import TooManyCallsError
from glede.rulebook.tokens.queries import BadTokenError, Bearer
from glede.rulebook.tokens.rules import Allowance, Kind
from glede.web.problems import problem


def admit(
    request: HttpRequest, permission: Permission, *, now: datetime
) -> tuple[Bearer, Allowance] | HttpResponse:
    """Whom the call speaks for, or the refusal. A session is no token: it is not looked at."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return _unknown("Send a token: “Authorization: Bearer gl_…”.", error="")
    try:
        bearer, allowance = tokens.used(secret.strip(), now=now)
    except BadTokenError as error:
        return _unknown(str(error), error="invalid_token")
    except TooManyCallsError as error:
        refusal = problem(HTTPStatus.TOO_MANY_REQUESTS, str(error))
        refusal["Retry-After"] = str(max(1, math.ceil(error.wait.total_seconds())))
        tell_allowance(refusal, error.allowance)
        return refusal
    if not bearer.viewer.may(permission):
        refusal = problem(HTTPStatus.FORBIDDEN, _why_not(bearer, permission))
        tell_allowance(refusal, allowance)
        return refusal
    return bearer, allowance


def _why_not(bearer: Bearer, permission: Permission) -> str:
    if permission in rules.IN_PERSON and bearer.viewer.kind is Kind.PROGRAM:
        return rules.NOT_A_PROGRAM
    return (
        f"This token may not do “{permission.value}”: it was not given that, or the person it"
        " acts for may not any more."
    )


def tell_allowance(response: HttpResponseBase, allowance: Allowance) -> None:
    """How many calls are left, and in how many seconds all are there again, as structured fields
    (draft-ietf-httpapi-ratelimit-headers-10)."""
    window = round(rules.FILLS_IN.total_seconds())
    response["RateLimit-Policy"] = f'"token";q={allowance.most};w={window}'
    full_in = math.ceil(allowance.full_in)
    response["RateLimit"] = f'"token";r={allowance.left};t={full_in}'


def _unknown(detail: str, *, error: str) -> HttpResponse:
    refusal = problem(HTTPStatus.UNAUTHORIZED, detail)
    # RFC 6750, 3: without a token the challenge names no error.
    refusal["WWW-Authenticate"] = 'Bearer realm="Glede"' + (f', error="{error}"' if error else "")
    return refusal
