"""The register of approved platforms, and what each platform lets a desk do."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from glede.flow import approved_platforms
from glede.kit.words import told
from glede.platforms import registry
from glede.rulebook.accounts import abilities, queries_register
from glede.rulebook.accounts.actions_register import RegisterRefusedError
from glede.rulebook.accounts.register import Entry, Status
from glede.rulebook.offices import queries as offices
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.platforms.forms import DecisionForm


@access.needs(Permission.READ_POLICY)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    today = localdate(desk.now)
    context = {
        "entries": [(entry, entry.overdue(today)) for entry in queries_register.entries()],
        "cards": abilities.cards(),
        "broken": registry.broken(),
        "heads": [abilities.RECEIVED.get(key) or abilities.DONE[key] for key in abilities.SHORT],
    }
    return render(request, "platforms/list.html", context)


@access.needs(Permission.READ_POLICY)
@require_safe
def one(request: HttpRequest, slug: str) -> HttpResponse:
    desk = cast(DeskRequest, request)
    return _one(desk, _entry(slug), form=None, status=200)


@access.needs(Permission.APPROVE_PLATFORMS)
@require_POST
def decide(request: HttpRequest, slug: str) -> HttpResponseBase:
    desk, entry = cast(DeskRequest, request), _entry(slug)
    form = DecisionForm(request.POST, offices=_offices())
    if form.is_valid():
        try:
            approved_platforms.decide(
                slug=slug,
                status=Status(form.cleaned_data["status"]),
                reason=form.cleaned_data["reason"],
                office=form.cleaned_data["office"],
                review_on=form.cleaned_data["review_on"],
                actor=desk.viewer.actor,
                now=desk.now,
            )
        except RegisterRefusedError as refusal:
            form.add_error(None, told(refusal))
        else:
            messages.success(request, f"{entry.name}: {form.cleaned_data['status']}.")
            return redirect("platforms:one", slug)
    return _one(desk, entry, form=form, status=422)


def _one(
    desk: DeskRequest, entry: Entry, *, form: DecisionForm | None, status: int
) -> HttpResponse:
    may = desk.viewer.may(Permission.APPROVE_PLATFORMS)
    initial = {"status": entry.status, "office": entry.owner, "review_on": entry.review_on}
    platform = registry.find(entry.slug)
    card = abilities.card(platform) if platform is not None else None
    capabilities = card.platform.capabilities if card else None
    context = {
        "entry": entry,
        "overdue": entry.overdue(localdate(desk.now)),
        "card": card,
        "text": abilities.text_words(capabilities.text) if capabilities else "",
        "windows": [
            (window, abilities.length_words(window.within)) for window in capabilities.windows
        ]
        if capabilities
        else [],
        "form": form or (DecisionForm(initial=initial, offices=_offices()) if may else None),
    }
    return render(desk, "platforms/one.html", context, status=status)


def _offices() -> list[str]:
    return [office.name for office in offices.all_offices()]


def _entry(slug: str) -> Entry:
    try:
        return queries_register.entry(slug)
    except registry.UnknownPlatform as unknown:
        raise Http404(str(unknown)) from unknown
