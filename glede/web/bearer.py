"""Let a program in by its token, or answer what is wrong with it."""

import math
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from glede.flow import tokens
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens.actions import TooManyCallsError
from glede.rulebook.tokens.queries import BadTokenError, Bearer
from glede.web.problems import problem


def admit(request: HttpRequest, permission: Permission, *, now: datetime) -> Bearer | HttpResponse:
    """Whom the call speaks for, or the refusal. A session is no token: it is not looked at."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return _unknown("Send a token: “Authorization: Bearer gl_…”.", error="")
    try:
        bearer = tokens.used(secret.strip(), now=now)
    except BadTokenError as error:
        return _unknown(str(error), error="invalid_token")
    except TooManyCallsError as error:
        refusal = problem(HTTPStatus.TOO_MANY_REQUESTS, str(error))
        refusal["Retry-After"] = str(max(1, math.ceil(error.wait.total_seconds())))
        return refusal
    if not bearer.viewer.may(permission):
        return problem(
            HTTPStatus.FORBIDDEN,
            f"This token may not do “{permission.value}”: it was not given that, or the person it"
            " acts for may not any more.",
        )
    return bearer


def _unknown(detail: str, *, error: str) -> HttpResponse:
    refusal = problem(HTTPStatus.UNAUTHORIZED, detail)
    # RFC 6750, 3: without a token the challenge names no error.
    refusal["WWW-Authenticate"] = 'Bearer realm="Glede"' + (f', error="{error}"' if error else "")
    return refusal
