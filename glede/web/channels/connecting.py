"""Connect an account: choose where, register our app, type a credential or go there and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from glede.flow import connect
from glede.flow.connect import MissingField
from glede.kit.words import told
from glede.platforms import registry
from glede.platforms.contract import Platform, PlatformError
from glede.rulebook.accounts import queries_register
from glede.rulebook.accounts.actions import AccountRefusedError
from glede.rulebook.accounts.actions_asking import ReturnRefusedError
from glede.rulebook.accounts.register import Entry
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.channels.forms import FieldsForm

REFUSALS = (PlatformError, AccountRefusedError, MissingField, ReturnRefusedError)


@dataclass(frozen=True, slots=True)
class Place:
    """A platform of the register that is installed here."""

    entry: Entry
    platform: Platform
    glyph: str


@access.needs(Permission.MANAGE_ACCOUNTS)
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Which platform, for which brand; those that are not approved say who decides."""
    places = [
        Place(entry, platform, platform.glyph.removeprefix("p-"))
        for entry in queries_register.entries()
        if (platform := registry.find(entry.slug)) is not None
    ]
    context = {"places": places, "brands": brands.all_brands()}
    return render(request, "channels/connect.html", context)


@access.needs(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: HttpRequest, brand: str, platform: str) -> HttpResponseBase:
    """The ways in that this platform has, and what each of them needs."""
    desk, where = cast(DeskRequest, request), _platform(platform)
    _must_be(brand)
    act = request.POST.get("act", "")
    if act == "register":
        return _register(desk, brand, where)
    if act == "typed":
        return _typed(desk, brand, where)
    if act == "leave":
        return _leave(desk, brand, where)
    return _way(desk, brand, where)


@access.needs(Permission.MANAGE_ACCOUNTS)
@require_safe
def back(request: HttpRequest) -> HttpResponseBase:
    """The platform sends the person back here; its answer is good once."""
    desk = cast(DeskRequest, request)
    try:
        asking_id = connect.returned(
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
            session=_session(desk),
            person_id=desk.viewer.id,
            now=desk.now,
        )
    except REFUSALS as refusal:
        return _refused(request, refusal)
    return redirect("channels:choose", asking_id)


@access.needs(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, asking_id: int) -> HttpResponseBase:
    """Which of the accounts that were offered speak for the brand."""
    desk = cast(DeskRequest, request)
    try:
        platform, brand, choices = connect.choices(
            asking_id=asking_id, session=_session(desk), person_id=desk.viewer.id, now=desk.now
        )
    except REFUSALS as refusal:
        return _refused(request, refusal)
    says = ""
    if request.method == "POST":
        try:
            done = connect.choose(
                asking_id=asking_id,
                native_ids=request.POST.getlist("account"),
                session=_session(desk),
                person_id=desk.viewer.id,
                actor=desk.viewer.actor,
                now=desk.now,
            )
        except REFUSALS as refusal:
            says = told(refusal)
        else:
            _say_connected(request, platform, [one.handle for one in done])
            return redirect("channels:list")
    context = {"platform": platform, "brand": brand, "choices": choices, "says": says}
    return render(request, "channels/choose.html", context, status=422 if says else 200)


def _refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    status = 400 if isinstance(refusal, ReturnRefusedError) else 422
    return render(request, "channels/refused.html", {"says": told(refusal)}, status=status)


# --- The three acts ------------------------------------------------------------------------


def _register(desk: DeskRequest, brand: str, platform: Platform) -> HttpResponseBase:
    form = _app_form(platform, desk)
    if form.is_valid():
        try:
            connect.register(
                platform_slug=platform.slug,
                brand=brands.brand(brand),
                given=form.given(),
                base_url=form.address,
                actor=desk.viewer.actor,
                now=desk.now,
            )
        except REFUSALS as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(desk, f"Our app at {platform.name} is kept.")
            return redirect("channels:way", brand, platform.slug)
    return _way(desk, brand, platform, app_form=form, status=422)


def _typed(desk: DeskRequest, brand: str, platform: Platform) -> HttpResponseBase:
    form = _account_form(platform, desk)
    if form.is_valid():
        try:
            done = connect.account(
                platform_slug=platform.slug,
                brand=brands.brand(brand),
                given=form.given(),
                base_url=form.address,
                actor=desk.viewer.actor,
                now=desk.now,
            )
        except REFUSALS as refusal:
            form.add_error(None, told(refusal))
        else:
            _say_connected(desk, platform, [done.handle])
            if done.secret:
                # Drawn at once and kept nowhere: not in the session, not in an address.
                address = f"{settings.GLEDE_BASE_URL}{done.hook}"
                return render(desk, "channels/hook.html", {"done": done, "address": address})
            return redirect("channels:one", done.account_id)
    return _way(desk, brand, platform, account_form=form, status=422)


def _leave(desk: DeskRequest, brand: str, platform: Platform) -> HttpResponseBase:
    """Draw the page from which the person goes. A link, because our own policy for pages lets no
    form be sent on to another machine."""
    try:
        address = connect.leave(
            platform_slug=platform.slug,
            brand=brands.brand(brand),
            person_id=desk.viewer.id,
            session=_session(desk),
            actor=desk.viewer.actor,
            now=desk.now,
        )
    except REFUSALS as refusal:
        messages.error(desk, told(refusal))
        return redirect("channels:way", brand, platform.slug)
    context = {"address": address, "platform": platform, "brand": brands.brand(brand)}
    return render(desk, "channels/leave.html", context)


def _way(
    desk: DeskRequest,
    brand: str,
    platform: Platform,
    *,
    app_form: FieldsForm | None = None,
    account_form: FieldsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    named = brands.brand(brand)
    app = connect.registration(platform.slug, named)
    context = {
        "brand": named,
        "platform": platform,
        "entry": queries_register.entry(platform.slug),
        "back": connect.back_address(),
        "registered": app,
        "app_form": app_form or _app_form(platform),
        "account_form": account_form or _account_form(platform),
        "typed": bool(platform.fields) or platform.oauth is None,
    }
    return render(desk, "channels/way.html", context, status=status)


def _app_form(platform: Platform, desk: DeskRequest | None = None) -> FieldsForm:
    return FieldsForm(
        desk.POST if desk else None,
        asked=platform.app_fields,
        address=platform.base_url,
        prefix="app",
    )


def _account_form(platform: Platform, desk: DeskRequest | None = None) -> FieldsForm:
    return FieldsForm(
        desk.POST if desk else None,
        asked=platform.fields,
        address=platform.base_url,
        prefix="account",
    )


def _say_connected(request: HttpRequest, platform: Platform, names: Sequence[str]) -> None:
    are = "is" if len(names) == 1 else "are"
    messages.success(request, f"{', '.join(names)} on {platform.name} {are} connected.")


def _session(desk: DeskRequest) -> str:
    return desk.session.session_key or ""


def _must_be(brand: str) -> None:
    try:
        brands.brand(brand)
    except brands.NoSuchBrandError as unknown:
        raise Http404(str(unknown)) from unknown


def _platform(slug: str) -> Platform:
    try:
        return registry.get(slug)
    except registry.UnknownPlatform as unknown:
        raise Http404(str(unknown)) from unknown
