"""The channels: which accounts speak for each brand, and how they are."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from glede.desk.health import queries as health
from glede.flow import connect
from glede.platforms import registry
from glede.rulebook.accounts.queries import UnknownAccount
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.channels import pages


@access.needs(Permission.READ_INTAKE)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    context = {
        "brands": pages.by_brand(now=desk.now),
        "unusable": health.unusable(),
        "may": _may(desk),
    }
    return render(request, "channels/list.html", context)


@access.needs(Permission.READ_INTAKE)
@require_safe
def one(request: HttpRequest, account_id: int) -> HttpResponse:
    desk = cast(DeskRequest, request)
    context = {"page": _page(desk, account_id), "may": _may(desk)}
    return render(request, "channels/one.html", context)


@access.needs(Permission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Asked first: what was said stays, the credential is forgotten."""
    desk = cast(DeskRequest, request)
    page = _page(desk, account_id)
    if request.method != "POST":
        return render(request, "channels/disconnect.html", {"page": page})
    connect.disconnect(account_id=account_id, actor=desk.viewer.actor, now=desk.now)
    messages.success(request, f"{page.row.name} on {page.row.platform} is disconnected.")
    return redirect("channels:list")


def _page(desk: DeskRequest, account_id: int) -> pages.Page:
    try:
        return pages.page(account_id, now=desk.now)
    except (UnknownAccount, registry.UnknownPlatform) as unknown:
        raise Http404(str(unknown)) from unknown


def _may(desk: DeskRequest) -> bool:
    return desk.viewer.may(Permission.MANAGE_ACCOUNTS)
