"""My policy: read the version in force and say so; and who has not (clause 1.1)."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from glede.flow import reading as flow
from glede.rulebook.guidance import queries
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy import pages
from glede.web.policy.acting import attempt


@access.needs(Permission.READ_GUIDANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    version = queries.asked_of_staff(at=desk.now)
    if request.method == "POST":
        given = request.POST.get("version", "")
        attempt(
            request,
            lambda: flow.read(
                viewer=desk.viewer,
                version_id=int(given) if given.isdecimal() else 0,
                now=desk.now,
            ),
            done="Thank you. Your receipt is kept with the version.",
        )
        return redirect("policy:read")
    reading = queries.of_person(desk.viewer.id, version=version, now=desk.now) if version else None
    return render(
        request,
        "policy/read.html",
        {
            "version": version,
            "reading": reading,
            "due_at": reading.due_at(queries.within(at=desk.now)) if reading else None,
            "text": pages.of(version.pk) if version else None,
            "may_see_staff": desk.viewer.may(Permission.READ_AUDIT),
            "place": "policy:read",
        },
    )


@access.needs(Permission.READ_AUDIT)
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """Who has confirmed and who has not, for those who answer for it."""
    desk = cast(DeskRequest, request)
    version = queries.asked_of_staff(at=desk.now)
    readers = queries.staff(version=version, now=desk.now) if version else []
    waiting = [one for one in readers if not one.reading.is_read]
    return render(
        request,
        "policy/staff.html",
        {
            "version": version,
            "late": [one for one in waiting if one.is_late],
            "open": [one for one in waiting if not one.is_late],
            "read": [one for one in readers if one.reading.is_read],
            "total": len(readers),
            "place": "policy:read",
        },
    )
