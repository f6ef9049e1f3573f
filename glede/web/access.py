"""Who may open what. Denied by default: a view without one of these four gates is refused.

A gate says what it asks for, so that a test can walk every address and know what to expect:
`needs` a permission, `by_token` a program's token that holds one, `signed_in` with a reason why no
permission is asked, `open_to_all` with a reason why not even a person is.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.middleware import HtmxDetails

from glede.kit import clock
from glede.kit.words import say
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.tokens.queries import Bearer
from glede.rulebook.tokens.rules import Allowance
from glede.web import bearer, live
from glede.web.accounts import kept

type View = Callable[..., HttpResponseBase]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Gate:
    """What a view asks for; carried by the view as its attribute `gate`."""

    permission: Permission | None
    needs_person: bool
    why: str
    needs_token: bool = False
    #: What a call that changes something asks for; `None`: the same.
    to_change: Permission | None = None

    def asked_by(self, method: str) -> Permission | None:
        """The permission that a call by this method needs."""
        return self.permission if method in _SAFE or not self.to_change else self.to_change


class DeskRequest(HttpRequest):
    """A request of somebody signed in, as the views behind a gate see it."""

    viewer: Viewer
    now: datetime
    live_after: str
    htmx: HtmxDetails
    #: By which token a program asks, and what is left of its calls; only behind `by_token`.
    token: Bearer
    allowance: Allowance


class NotYoursError(PermissionDenied):
    """Refused, with a sentence that says why."""


def needs(permission: Permission) -> Callable[[View], View]:
    """Only people who hold this permission for at least one brand."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not cast(DeskRequest, request).viewer.may(permission):
                raise NotYoursError(
                    say(
                        "None of your roles opens it. If your work needs it, ask who manages"
                        " people."
                    )
                )
            return view(request, *args, **kwargs)

        return _gated(guarded, Gate(permission, needs_person=True, why=""))

    return decorate


def signed_in(why: str) -> Callable[[View], View]:
    """Anybody signed in; `why` says why that is enough."""
    return lambda view: _gated(_copy(view), Gate(None, needs_person=True, why=why))


def open_to_all(why: str) -> Callable[[View], View]:
    """Anybody at all, signed in or not; `why` says why that is right."""
    return lambda view: login_not_required(
        _gated(_copy(view), Gate(None, needs_person=False, why=why))
    )


def by_token(
    permission: Permission, *, to_change: Permission | None = None
) -> Callable[[View], View]:
    """Only a program whose token holds this permission for at least one brand, or `to_change` for a
    call that changes something; never a session, so that no page a person has open can be made to
    ask."""
    gate = Gate(permission, needs_person=False, why="", needs_token=True, to_change=to_change)
    return lambda view: login_not_required(_gated(_copy(view), gate))


def _copy(view: View) -> View:
    @functools.wraps(view)
    def same(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return same


def _gated(view: View, gate: Gate) -> View:
    view.gate = gate  # type: ignore[attr-defined] # read by the middleware and the access test
    return view


def gate_of(view: View) -> Gate | None:
    return cast("Gate | None", getattr(view, "gate", None))


class AccessMiddleware(LoginRequiredMiddleware):
    """Puts `viewer`, `now` and `live_after` on the request; refuses whoever a gate refuses."""

    def process_view(
        self, request: HttpRequest, view_func: View, *_: Any
    ) -> HttpResponseBase | None:
        gate = gate_of(view_func)
        if gate is None:
            raise NotYoursError(say("This page has no gate: nobody may open it until it has one."))
        desk = cast(DeskRequest, request)
        desk.now = clock.now()
        asked = gate.asked_by(request.method or "")
        if gate.needs_token and asked is not None:
            return self._by_token(desk, asked)
        if not gate.needs_person:
            return None
        if not request.user.is_authenticated:
            return self.handle_no_permission(request, view_func)
        # Taken before the page asks for anything: what changes while it is made is told again.
        desk.live_after = live.position()
        desk.viewer = people.viewer_of(request.user, now=desk.now)
        return None

    def _by_token(self, desk: DeskRequest, permission: Permission) -> HttpResponseBase | None:
        admitted = bearer.admit(desk, permission, now=desk.now)
        if isinstance(admitted, HttpResponse):
            return admitted
        desk.token, desk.allowance = admitted
        desk.viewer = desk.token.viewer
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """A page made for a person is kept nowhere: after signing out, Back must not show it."""
        if hasattr(request, "viewer") and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        if hasattr(request, "viewer") and request.user.is_authenticated:
            person_id = cast(DeskRequest, request).viewer.id
            kept.remember(request, response, person_id=person_id)
            if (
                kept.AGAIN in request.GET
                and request.method == "POST"
                and response.status_code < 400
            ):
                kept.drop(person_id)
        if hasattr(request, "allowance"):
            bearer.tell_allowance(response, cast(DeskRequest, request).allowance)
        return response

    def handle_no_permission(  # type: ignore[override] # the stubs know of redirects only
        self, request: HttpRequest, view_func: View
    ) -> HttpResponseBase:
        desk = cast(DeskRequest, request)
        # What a script fetches says so (Fetch Metadata, W3C); a page or a form navigates.
        fetched = desk.htmx or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
        if not fetched and request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        sign_in = resolve_url(self.get_login_url(view_func))
        there = desk.htmx.current_url_abs_path if desk.htmx else _page_of(request)
        if not fetched and kept.keep(request, back=there or "/"):
            there = resolve_url("me:words")
        back = f"{sign_in}?{urlencode({'next': there or '/'})}"
        if not fetched:
            return HttpResponseRedirect(back)
        # A sign-in page inside a fragment helps nobody: send the whole window there.
        return HttpResponse(
            "You are signed out. Sign in to go on.",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"HX-Redirect": back},
        )


def _page_of(request: HttpRequest) -> str:
    """The page a form stood on: where one goes on after signing in, as what takes a form has no
    page of its own. Another site's page is nobody's way back."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return ""
    return f"{page.path}?{page.query}" if page.query else page.path


def found[T](thing: T | None) -> T:
    """The thing, or 404: what a person may not see is not there for them either."""
    if thing is None:
        raise Http404("There is nothing here for you to see.")
    return thing
