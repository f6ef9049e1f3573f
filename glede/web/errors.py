"""When a page cannot be shown: what is so, what it means, and the one next step."""

import sys
from dataclasses import dataclass, replace
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from glede.kit.words import say, told
from glede.rulebook.policy.queries import NoPolicyYet
from glede.web.access import NotYoursError
from glede.web.problems import problem


@dataclass(frozen=True, slots=True)
class Words:
    """A refusal or fault in words: state, meaning, next step."""

    status: HTTPStatus
    icon: str
    state: str
    meaning: str
    step: str = say("Back to the desk")
    href: str = "/"


BAD_REQUEST = Words(
    HTTPStatus.BAD_REQUEST,
    "question",
    say("We could not read that request"),
    say("Something in the address or the form is not what this page expects. Nothing was changed."),
)
FORBIDDEN = Words(
    HTTPStatus.FORBIDDEN,
    "lock",
    say("This page is not open to you"),
    say("Your roles do not open it. If your work needs it, ask the person who manages people."),
)
FORGED = Words(
    HTTPStatus.FORBIDDEN,
    "lock",
    say("This form is too old to send"),
    say(
        "You may have signed in or out in another window since it was opened. Nothing was"
        " changed. Go back, load the page again, and send it once more; copy longer words"
        " first."
    ),
)
NOT_FOUND = Words(
    HTTPStatus.NOT_FOUND,
    "question",
    say("There is nothing here for you"),
    say("The address is wrong, or what stood here belongs to a brand you do not work for."),
)
TOO_LARGE = Words(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "warn",
    say("That is too large to send"),
    say("Nothing was kept. Send a smaller file or shorter words."),
)
TOO_MANY = Words(
    HTTPStatus.TOO_MANY_REQUESTS,
    "clock",
    say("Too many tries"),
    say(
        "To keep strangers out we stop for 5 minutes after several wrong tries. Your login"
        " is safe. Wait 5 minutes, or use a passkey now."
    ),
    say("Back to sign in"),
    "/accounts/login/",
)
OUR_FAULT = Words(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "warn",
    say("This page could not be shown"),
    say(
        "The fault is ours and was written to the log. Clocks go on and incoming posts are"
        " kept. Try again; if it happens twice, tell the people who run Glede."
    ),
)
NOT_NOW = Words(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "offline",
    say("Glede cannot answer just now"),
    say(
        "The database does not answer or an upgrade is under way. Incoming posts are offered"
        " again by the platforms. Try again in a minute."
    ),
    say("Try again"),
)

NO_POLICY = Words(
    HTTPStatus.CONFLICT,
    "policy",
    say("No policy is in force yet"),
    say(
        "This page speaks of what the policy promises. Until a version is approved, what"
        " comes in is kept and no clock runs."
    ),
    say("See the policy"),
    "/policy/",
)


def page(request: HttpRequest, words: Words) -> HttpResponse:
    """The words as a page; as a plain sentence to a script, which shows it where the person is;
    as a problem to a program."""
    if request.path.startswith("/api/v"):
        return problem(words.status, f"{words.state}. {words.meaning}")
    if getattr(request, "htmx", False):
        return HttpResponse(
            f"{words.state}. {words.meaning}",
            status=words.status,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(render_to_string("error.html", {"words": words}), status=words.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, TOO_LARGE if isinstance(exception, RequestDataTooBig) else BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """With the gate's own sentence where it gave one; Django's are not for people to read."""
    if isinstance(exception, NotYoursError):
        return page(request, replace(FORBIDDEN, meaning=told(exception)))
    return page(request, FORBIDDEN)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form without a valid token (Django's CSRF_FAILURE_VIEW)."""
    return page(request, FORGED)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return page(request, NOT_FOUND)


def too_many(request: HttpRequest) -> HttpResponse:
    response = page(request, TOO_MANY)
    response["Retry-After"] = "300"
    return response


def our_fault(request: HttpRequest) -> HttpResponse:
    """Called while Django handles the fault, which says whose it is: a database may be away, or
    the policy not approved yet."""
    if isinstance(sys.exception(), NoPolicyYet):
        return page(request, NO_POLICY)
    if not isinstance(sys.exception(), (OperationalError, InterfaceError)):
        return page(request, OUR_FAULT)
    response = page(request, NOT_NOW)
    response["Retry-After"] = "5"
    return response
