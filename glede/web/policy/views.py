"""The policy in force, for everybody: its clauses and the rules the desk runs by."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries_life
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy import pages


@access.needs(Permission.READ_POLICY)
@require_safe
def current(request: HttpRequest) -> HttpResponse:
    now = cast(DeskRequest, request).now
    version = queries_life.in_force(at=now)
    if version is None:
        return render(request, "policy/current.html", {"policy": None})
    standing = queries_life.standing(version, on=queries_life.today(now))
    return render(
        request,
        "policy/current.html",
        {"policy": pages.of(version.pk), "review_due_on": standing.due_on},
    )
