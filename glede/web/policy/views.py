"""The policy in force, for everybody: its clauses and the rules the desk runs by."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from glede.rulebook.people.rules import Permission
from glede.rulebook.policy.queries import NoRule
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy import pages


@access.needs(Permission.READ_POLICY)
@require_safe
def current(request: HttpRequest) -> HttpResponse:
    try:
        policy = pages.in_force(cast(DeskRequest, request).now)
    except NoRule:
        policy = None
    return render(request, "policy/current.html", {"policy": policy})
