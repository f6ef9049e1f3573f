"""What I was told: by whom it is due, what was late, what could not be sent."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from glede.desk.alerts import actions, queries
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest

_own = access.signed_in("alerts are addressed to the person who reads them")


class SeenForm(forms.Form):
    """One alert, or without a number all of them."""

    alert = forms.IntegerField(required=False, min_value=1)


@_own
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    viewer = cast(DeskRequest, request).viewer
    told = queries.latest(viewer.id)
    return render(
        request,
        "alerts/list.html",
        {
            "unseen": [alert for alert in told if alert.seen_at is None],
            "seen": [alert for alert in told if alert.seen_at is not None],
            "may_open": viewer.may(Permission.READ_CONVERSATIONS),
        },
    )


@_own
@require_POST
def seen(request: HttpRequest) -> HttpResponseBase:
    form = SeenForm(request.POST)
    if not form.is_valid():
        return HttpResponse("There is no such alert.", status=422)
    desk = cast(DeskRequest, request)
    actions.see(person_id=desk.viewer.id, alert_id=form.cleaned_data["alert"], now=desk.now)
    return redirect("alerts:list")
