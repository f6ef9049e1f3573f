"""Keys for programs: an administrator makes and revokes them, their person takes them."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from glede.flow import tokens
from glede.kit.words import say, told
from glede.rulebook.audit.rules import Actor
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens import queries
from glede.rulebook.tokens.actions import TokenRefusedError
from glede.rulebook.tokens.queries import Listed
from glede.rulebook.tokens.rules import Kind, State
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.tokens.forms import WORDS, TokenForm

_own = access.signed_in("everybody takes and revokes the tokens that act for them")


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token in words."""

    token: Listed
    kind: str
    may: tuple[str, ...]
    brands: str
    may_take: bool
    may_revoke: bool


@access.needs(Permission.MANAGE_TOKENS)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    return _every(cast(DeskRequest, request), _form(), status=200)


@access.needs(Permission.MANAGE_TOKENS)
@require_POST
def make(request: HttpRequest) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    form = _form(desk)
    if not form.is_valid():
        return _every(desk, form, status=422)
    try:
        _, secret = tokens.make(
            name=form.cleaned_data["name"],
            person_id=form.cleaned_data["person"],
            permissions=form.given(),
            brand_ids=form.cleaned_data["brands"] or None,
            days=form.cleaned_data["days"],
            kind=Kind(form.cleaned_data["kind"]),
            actor=_actor(desk),
            now=desk.now,
        )
    except TokenRefusedError as refusal:
        form.add_error(None, told(refusal))
        return _every(desk, form, status=422)
    if secret:
        return _shown(desk, form.cleaned_data["name"], secret)
    person = people.person(form.cleaned_data["person"])
    messages.info(
        request, f"The token waits for {person.name}, who takes it under My settings, Tokens."
    )
    return redirect("tokens:every")


@access.needs(Permission.MANAGE_TOKENS)
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponseBase:
    _revoke(cast(DeskRequest, request), token_id)
    return redirect("tokens:every")


@_own
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    listed = _views(queries.tokens(now=desk.now, person_id=desk.viewer.id), own=True)
    return render(request, "tokens/mine.html", {"tokens": listed})


@_own
@require_POST
def take(request: HttpRequest, token_id: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    try:
        secret = tokens.take(token_id=token_id, actor=_actor(desk), now=desk.now)
    except TokenRefusedError as refusal:
        raise Http404(str(refusal)) from refusal
    name = next(one.name for one in queries.tokens(now=desk.now) if one.id == token_id)
    return _shown(desk, name, secret)


@_own
@require_POST
def revoke_mine(request: HttpRequest, token_id: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    own = {one.id for one in queries.tokens(now=desk.now, person_id=desk.viewer.id)}
    _revoke(desk, access.found(token_id if token_id in own else None))
    return redirect("tokens:mine")


def _revoke(desk: DeskRequest, token_id: int) -> None:
    try:
        tokens.revoke(token_id=token_id, actor=_actor(desk), now=desk.now)
    except TokenRefusedError as refusal:
        raise Http404(str(refusal)) from refusal
    messages.info(desk, gettext("The token opens nothing any more."))


def _actor(desk: DeskRequest) -> Actor:
    return desk.viewer.actor


def _form(desk: DeskRequest | None = None) -> TokenForm:
    return TokenForm(
        desk.POST if desk else None,
        people=[(one.pk, one.name) for one in people.everybody()],
        brands=[(one.pk, one.name) for one in brands.all_brands()],
    )


def _every(desk: DeskRequest, form: TokenForm, *, status: int) -> HttpResponse:
    listed = _views(queries.tokens(now=desk.now), own=False)
    return render(desk, "tokens/every.html", {"tokens": listed, "form": form}, status=status)


def _shown(desk: DeskRequest, name: str, secret: str) -> HttpResponse:
    """Drawn at once and kept nowhere: not in the session, not in an address."""
    until: datetime = next(
        one.expires_at for one in queries.tokens(now=desk.now, person_id=desk.viewer.id)
        if secret.startswith(one.begins) and one.begins
    )  # fmt: skip
    return render(desk, "tokens/shown.html", {"name": name, "secret": secret, "expires_at": until})


def _views(listed: list[Listed], *, own: bool) -> list[TokenView]:
    named = {one.pk: one.name for one in brands.all_brands(archived=True)}
    return [
        TokenView(
            token=one,
            kind=say("Their own") if one.kind is Kind.PERSON else say("A program’s"),
            may=tuple(WORDS.get(permission, permission.value) for permission in one.permissions),
            brands=", ".join(named[brand] for brand in one.brands)
            if one.brands is not None
            else say("every brand they may see"),
            may_take=own and one.state is State.WAITING,
            may_revoke=one.state in (State.WAITING, State.IN_USE),
        )
        for one in listed
    ]
