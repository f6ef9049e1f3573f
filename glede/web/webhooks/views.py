"""Webhooks: where other programs are told, what was sent there, and what to do about it."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from glede.desk.webhooks import queries
from glede.desk.webhooks.queries import Listed, Logged, NoSuchEndpointError
from glede.desk.webhooks.rules import WORDS, Kind, RefusedError, State
from glede.flow import webhooks
from glede.kit.words import say, told
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, found, needs
from glede.web.given import number
from glede.web.webhooks.forms import WebhookForm

_LOGGED = 50


@dataclass(frozen=True, slots=True)
class EndpointView:
    """A webhook in words; `state` picks shape and colour: good, late or off."""

    of: Listed
    state: str
    says: str
    told: tuple[str, ...]
    brands: str


@dataclass(frozen=True, slots=True)
class SentView:
    """One event on its way, in words."""

    of: Logged
    words: str
    state: str
    data: str
    may_replay: bool


_STATES = {State.WAITING: "plan", State.TAKEN: "good", State.GIVEN_UP: "late"}


@needs(Permission.MANAGE_TOKENS)
@require_http_methods(["GET", "HEAD", "POST"])
def every(request: DeskRequest) -> HttpResponse:
    """The list, and the form that adds one; its secret is drawn at once and kept nowhere."""
    form = _form(request, initial={"kinds": [kind.value for kind in WORDS]})
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = webhooks.add(viewer=request.viewer, given=form.given(), now=request.now)
        except RefusedError as refusal:
            form.add_error(None, told(refusal))
        else:
            return _secret(request, made, secret, is_new=True)
    content = {"webhooks": [_view(one) for one in queries.endpoints()], "form": form}
    return render(request, "webhooks/every.html", content, status=_status(form))


@needs(Permission.MANAGE_TOKENS)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """One webhook: what it is told, and its log."""
    endpoint = _endpoint(endpoint_id)
    form = _form(request, initial=_initial(endpoint))
    if request.method == "POST" and form.is_valid():
        try:
            webhooks.change(
                viewer=request.viewer,
                endpoint_id=endpoint_id,
                given=form.given(),
                now=request.now,
            )
        except RefusedError as refusal:
            form.add_error(None, told(refusal))
        else:
            return _back(endpoint_id)
    before = request.GET.get("before", "")
    rows, after = queries.log(
        endpoint_id,
        before=number(before),
        limit=_LOGGED,
    )
    content = {
        "view": _view(endpoint),
        "form": form,
        "sent": [_sent(one) for one in rows],
        "after": after,
    }
    return render(request, "webhooks/one.html", content, status=_status(form))


@needs(Permission.MANAGE_TOKENS)
@require_POST
def rotate(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    _endpoint(endpoint_id)
    secret = webhooks.rotate(viewer=request.viewer, endpoint_id=endpoint_id, now=request.now)
    return _secret(request, endpoint_id, secret, is_new=False)


@needs(Permission.MANAGE_TOKENS)
@require_POST
def switch(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    """On or off, as the form says."""
    _endpoint(endpoint_id)
    webhooks.switch(
        viewer=request.viewer,
        endpoint_id=endpoint_id,
        on=request.POST.get("to") == "on",
        now=request.now,
    )
    return _back(endpoint_id)


@needs(Permission.MANAGE_TOKENS)
@require_POST
def send_test(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    _endpoint(endpoint_id)
    try:
        webhooks.test(viewer=request.viewer, endpoint_id=endpoint_id, now=request.now)
    except RefusedError as refusal:
        messages.warning(request, told(refusal))
    return _back(endpoint_id)


@needs(Permission.MANAGE_TOKENS)
@require_POST
def delete(request: DeskRequest, endpoint_id: int) -> HttpResponse:
    _endpoint(endpoint_id)
    webhooks.close(viewer=request.viewer, endpoint_id=endpoint_id, now=request.now)
    return HttpResponseRedirect(reverse("webhooks:every"))


@needs(Permission.MANAGE_TOKENS)
@require_POST
def replay(request: DeskRequest, sending_id: int) -> HttpResponse:
    sent = found(queries.logged(sending_id))
    try:
        webhooks.replay(viewer=request.viewer, sending_id=sending_id, now=request.now)
    except RefusedError as refusal:
        messages.warning(request, told(refusal))
    return _back(sent.endpoint_id)


def _endpoint(endpoint_id: int) -> Listed:
    try:
        return queries.endpoint(endpoint_id)
    except NoSuchEndpointError as error:
        raise Http404(str(error)) from error


def _back(endpoint_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("webhooks:one", args=[endpoint_id]))


def _form(request: DeskRequest, *, initial: dict[str, object]) -> WebhookForm:
    return WebhookForm(
        request.POST if request.method == "POST" else None,
        brands=[(one.pk, one.name) for one in brands.all_brands()],
        initial=initial,
    )


def _initial(of: Listed) -> dict[str, object]:
    return {
        "name": of.name,
        "url": of.url,
        "kinds": [kind.value for kind in of.kinds],
        "brands": list(of.brands or ()),
    }


def _status(form: WebhookForm) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _secret(request: DeskRequest, endpoint_id: int, secret: str, *, is_new: bool) -> HttpResponse:
    endpoint = _endpoint(endpoint_id)
    content = {"webhook": endpoint, "secret": secret, "is_new": is_new}
    return render(request, "webhooks/secret.html", content)


def _view(of: Listed) -> EndpointView:
    named = {one.pk: one.name for one in brands.all_brands(archived=True)}
    state, says = "good", "on"
    if of.off_at is not None:
        state, says = "off", "off"
    elif of.failing_since is not None:
        state, says = "late", "failing"
    return EndpointView(
        of=of,
        state=state,
        says=says,
        told=tuple(WORDS[kind] for kind in of.kinds),
        brands=say("every brand")
        if of.brands is None
        else ", ".join(named[brand] for brand in of.brands),
    )


def _sent(of: Logged) -> SentView:
    kind = Kind(of.kind)
    return SentView(
        of=of,
        words=WORDS.get(kind, "A test"),
        state=_STATES[of.state],
        data=json.dumps(of.data, ensure_ascii=False, indent=2),
        may_replay=of.state is not State.WAITING,
    )
