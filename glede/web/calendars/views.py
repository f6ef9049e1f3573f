"""Opening hours: what holds, what is planned, what a correction would move."""

from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from glede.flow import replanning
from glede.kit.hours import HoursError
from glede.kit.words import told
from glede.rulebook.brands import queries
from glede.rulebook.brands.actions import CalendarRefusedError
from glede.rulebook.brands.queries import Brand, NoSuchBrandError
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.calendars import forms, pages


@access.needs(Permission.READ_POLICY)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Every brand this person sees, and whether it is open."""
    desk = cast(DeskRequest, request)
    brands = [
        pages.now_of(brand, now=desk.now)
        for brand in queries.all_brands()
        if desk.viewer.may(Permission.READ_POLICY, brand.pk)
    ]
    return render(request, "calendars/list.html", {"brands": brands})


@access.needs(Permission.READ_POLICY)
@require_safe
def brand(request: HttpRequest, slug: str) -> HttpResponse:
    """The hours of one brand, with their bank holidays and their history."""
    desk = cast(DeskRequest, request)
    found = _brand(desk, slug, Permission.READ_POLICY)
    rows = queries.calendars(found.pk)
    row = pages.in_force(rows, now=desk.now)
    context: dict[str, object] = {
        "brand": found,
        "calendar": row,
        "history": pages.history(rows, now=desk.now),
        "may_change": desk.viewer.may(Permission.MANAGE_CALENDARS, found.pk),
    }
    if row is not None:
        today = desk.now.astimezone(ZoneInfo(row.zone)).date()
        context |= {
            "said": pages.said_by_policy(row, now=desk.now),
            "open_now": pages.now_of(found, now=desk.now),
            "week": pages.week(row),
            "listed": pages.listed(row, today=today),
            "year": pages.year(row, request.GET.get("year", ""), today=today),
        }
    return render(request, "calendars/brand.html", context)


@access.needs(Permission.MANAGE_CALENDARS)
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The next version: filled in, looked at, published. `?corrects=N` corrects version N,
    `?policy=N` begins with the hours that version N of the policy says."""
    desk = cast(DeskRequest, request)
    found = _brand(desk, slug, Permission.MANAGE_CALENDARS)
    corrects = request.GET.get("corrects", "")
    said = request.GET.get("policy", "")
    base = access.found(pages.base_of(found, corrects, said=said, now=desk.now))
    writer = f"{desk.viewer.name}, {desk.now:%-d %B %Y}"
    data = request.POST if request.method == "POST" else None
    form = forms.PlanForm(data, plan=base[0], corrects=bool(corrects), writer=writer)
    context: dict[str, object] = {"brand": found, "form": form, "wrong": base[1]}
    if data is None:
        form.initial["source"] = base[0].source or writer
        zone = ZoneInfo(base[0].zone)
        form.initial["from_at"] = (
            f"{pages.begins_at(base[0], now=desk.now).astimezone(zone):%Y-%m-%dT%H:%M}"
        )
        return render(request, "calendars/plan.html", context)
    if not form.is_valid():
        return render(request, "calendars/plan.html", context, status=422)
    planned = form.plan()
    try:
        outlook = replanning.look_ahead(plan=planned, now=desk.now)
        if data.get("act") == "publish" and data.get("seen") == forms.digest(planned):
            replanning.publish(viewer=desk.viewer, plan=planned, now=desk.now)
            messages.success(request, _published(outlook, corrects))
            return redirect("calendars:brand", slug)
    except (HoursError, CalendarRefusedError) as refusal:
        form.add_error(None, told(refusal))
        return render(request, "calendars/plan.html", context, status=422)
    context |= {
        "outlook": outlook,
        "moving": pages.moving(
            outlook, may_read=desk.viewer.may(Permission.READ_CONVERSATIONS, found.pk)
        ),
        "more": max(len(outlook.preview.moving) - pages.LISTED, 0),
        "seen": forms.digest(planned),
        "changed_since": data.get("act") == "publish",
        "reads": desk.viewer.may(Permission.READ_CONVERSATIONS, found.pk),
    }
    return render(request, "calendars/plan.html", context)


def _published(outlook: replanning.Outlook, corrects: str) -> str:
    if not corrects:
        return "Published. Every promise given before then keeps its due time."
    moving = len(outlook.preview.moving)
    what = "promise moves" if moving == 1 else "promises move"
    return f"Corrected. {moving} open {what} to the due time it should have had, in the background."


def _brand(desk: DeskRequest, slug: str, permission: Permission) -> Brand:
    try:
        found = queries.brand(slug)
    except NoSuchBrandError as error:
        raise Http404(str(error)) from error
    return access.found(found if desk.viewer.may(permission, found.pk) else None)
