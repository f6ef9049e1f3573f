"""What came in and could not be understood: with its error, to be tried again. No resident's
words are shown here: an administrator runs the machine and reads none."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from glede.desk.intake import actions, queries
from glede.desk.intake.rules import NotAsideError
from glede.kit.words import told
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest


@access.needs(Permission.READ_INTAKE)
@require_safe
def aside(request: HttpRequest) -> HttpResponse:
    may_replay = cast(DeskRequest, request).viewer.may(Permission.REPLAY_INTAKE)
    return render(
        request,
        "intake/aside.html",
        {"events": queries.set_aside(), "counts": queries.counts(), "may_replay": may_replay},
    )


@access.needs(Permission.REPLAY_INTAKE)
@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    actor = desk.viewer.actor
    try:
        actions.replay(event_id=pk, actor=actor, now=desk.now)
    except NotAsideError as refusal:
        messages.warning(request, told(refusal))
    else:
        messages.info(
            request, gettext("The worker tries it again now. It comes back if that fails.")
        )
    return redirect("intake:aside")
