"""What I was told: what waits for somebody to take it, what was late, what could not be sent."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from glede.desk.alerts import queries
from glede.desk.alerts.queries import Told
from glede.desk.alerts.rules import Kind
from glede.flow import alerting
from glede.kit.words import say
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest, found
from glede.web.alerts.forms import SeenForm

_own = access.signed_in("alerts are addressed to the person who reads them")

#: The chips above the list: what is shown, by its place in the address.
_CHIPS: tuple[tuple[str, str, frozenset[Kind]], ...] = (
    ("", say("All"), frozenset()),
    ("urgent", say("At once"), frozenset({Kind.URGENT})),
    (
        "time",
        say("Time and new posts"),
        frozenset({Kind.NEW, Kind.WARNING, Kind.BREACH, Kind.STORM}),
    ),
    ("sent", say("Not sent"), frozenset({Kind.FAILED})),
    (
        "desk",
        say("Colleagues and rota"),
        frozenset({Kind.MENTION, Kind.SECOND, Kind.AGREEMENT, Kind.ROTA}),
    ),
    ("rest", say("Channels and policy"), frozenset({Kind.CHANNEL, Kind.POLICY})),
)


@_own
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    return _listed(cast(DeskRequest, request), None)


@_own
@require_safe
def bundle(request: HttpRequest, alert_id: int) -> HttpResponse:
    """What one alert of a storm stands for."""
    desk = cast(DeskRequest, request)
    storm = found(queries.own(desk.viewer.id, alert_id))
    return _listed(desk, found(storm if storm.kind == Kind.STORM else None))


def _listed(desk: DeskRequest, storm: Told | None) -> HttpResponse:
    shown = desk.GET.get("show", "")
    kinds = next((kinds for key, _, kinds in _CHIPS if key == shown), frozenset())
    told = queries.latest(
        desk.viewer.id, kinds=kinds, bundle_id=storm.id if storm is not None else None
    )
    page = {
        "storm": storm,
        "unseen": [alert for alert in told if alert.seen_at is None],
        "seen": [alert for alert in told if alert.seen_at is not None],
        "chips": [(key, words, key == shown) for key, words, _ in _CHIPS],
        "shown": shown,
        "may_open": desk.viewer.may(Permission.READ_CONVERSATIONS),
        "may_take": desk.viewer.may(Permission.HANDLE_ALERTS),
    }
    # A script that was told of something new asks for the rows alone.
    return render(desk, "alerts/list.html#rows" if desk.htmx else "alerts/list.html", page)


@_own
@require_POST
def seen(request: HttpRequest) -> HttpResponseBase:
    form = SeenForm(request.POST)
    if not form.is_valid():
        return HttpResponse("There is no such alert.", status=422)
    desk = cast(DeskRequest, request)
    alerting.see(viewer=desk.viewer, alert_id=form.cleaned_data["alert"], now=desk.now)
    return redirect("alerts:list")


@access.needs(Permission.HANDLE_ALERTS)
@require_POST
def take(request: HttpRequest, alert_id: int) -> HttpResponseBase:
    """“I have it”, or of a storm “I have them all”."""
    desk = cast(DeskRequest, request)
    alert = found(queries.own(desk.viewer.id, alert_id))
    taken = alerting.take_alert(viewer=desk.viewer, alert=alert, now=desk.now)
    if not taken and alert.kind != Kind.STORM and alert.conversation_id is not None:
        messages.info(request, gettext("Somebody had it already, or it was answered."))
    return redirect("alerts:list")
