"""How I am told: by which ways, when nothing rings, where to, and what became of it."""

import json
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from glede.desk.alerts import queries_ways as queries
from glede.desk.alerts.actions_ways import NotAddedError
from glede.desk.alerts.rules import CHOSEN, WORDS, Kind, State, Wishes
from glede.flow import notices, reaching
from glede.kit.pushkey import BadSubscriptionError, Subscription
from glede.kit.words import told
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.alerts.forms import (
    DAYS,
    WAYS,
    ChannelForm,
    PreferencesForm,
    ServiceForm,
)

_own = access.signed_in("everybody says how they are told, and sees what was sent to them")

#: The longest subscription a browser hands over, in bytes.
_LONGEST_BODY = 8_000


# --- Preferences -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of alert and by which ways it comes: (value, way in words, chosen)."""

    key: str
    words: str
    boxes: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class DayRow:
    """A weekday's quiet hours, as typed."""

    day: int
    name: str
    begins: str
    ends: str


@_own
def preferences(request: HttpRequest) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    if request.method == "POST":
        return _prefer(desk)
    wishes = queries.wishes_of(desk.viewer.id)
    return _preferences(desk, _rows(wishes), _days(wishes), wishes, ())


def _prefer(desk: DeskRequest) -> HttpResponseBase:
    form = PreferencesForm(desk.POST)
    if form.is_valid():
        reaching.prefer(viewer=desk.viewer, wishes=form.wishes())
        return redirect("alerts:preferences")
    ticked = set(desk.POST.getlist("ways"))
    rows = tuple(
        KindRow(
            kind,
            WORDS[kind],
            tuple((f"{kind}:{way}", w, f"{kind}:{way}" in ticked) for way, w in WAYS),
        )
        for kind in CHOSEN
    )
    days = tuple(
        DayRow(
            day,
            name,
            desk.POST.get(f"quiet-{day}-from", ""),
            desk.POST.get(f"quiet-{day}-until", ""),
        )
        for day, name in enumerate(DAYS)
    )
    typed = Wishes(
        quiet_on_duty="quiet_on_duty" in desk.POST, only_on_duty="only_on_duty" in desk.POST
    )
    errors = [str(error) for found in form.errors.values() for error in found]
    return _preferences(desk, rows, days, typed, errors, status=422)


def _rows(wishes: Wishes) -> tuple[KindRow, ...]:
    return tuple(
        KindRow(
            kind,
            WORDS[kind],
            tuple((f"{kind}:{way}", words, way in wishes.of(kind)) for way, words in WAYS),
        )
        for kind in CHOSEN
    )


def _days(wishes: Wishes) -> tuple[DayRow, ...]:
    found = []
    for day, name in enumerate(DAYS):
        span = wishes.quiet.get(day)
        begins, ends = (f"{span[0]:%H:%M}", f"{span[1]:%H:%M}") if span else ("", "")
        found.append(DayRow(day, name, begins, ends))
    return tuple(found)


def _preferences(
    desk: DeskRequest,
    rows: tuple[KindRow, ...],
    days: tuple[DayRow, ...],
    wishes: Wishes,
    errors: Any,
    status: int = 200,
) -> HttpResponse:
    values = {
        "rows": rows,
        "ways": WAYS,
        "days": days,
        "wishes": wishes,
        "errors": errors,
        "severe": WORDS[Kind.URGENT],
    }
    return render(desk, "alerts/preferences.html", values, status=status)


# --- Ways --------------------------------------------------------------------------------------


@_own
@require_safe
def ways(request: HttpRequest) -> HttpResponse:
    return _ways(cast(DeskRequest, request))


def _ways(
    desk: DeskRequest,
    *,
    service: ServiceForm | None = None,
    channel: ChannelForm | None = None,
    status: int = 200,
) -> HttpResponse:
    tested, tested_at = queries.mail_tested(desk.viewer.id)
    places = queries.places(desk.viewer.id)
    leads = desk.viewer.may(Permission.MANAGE_ROTA)
    values = {
        "push_key": reaching.push_key(now=desk.now),
        "browsers": [place for place in places if place.way == "push"],
        "services": [place for place in places if place.way == "service"],
        "service_form": service or ServiceForm(),
        "leads": leads,
        "channels": queries.team_places() if leads else [],
        "channel_form": (channel or ChannelForm(prefix="team")) if leads else None,
        "email": getattr(desk.user, "email", ""),
        "can_mail": notices.can_mail(),
        "mail_tested": tested,
        "mail_tested_at": tested_at,
    }
    return render(desk, "alerts/ways.html", values, status=status)


@_own
@require_POST
def add_browser(request: HttpRequest) -> JsonResponse:
    """A browser's own script hands its subscription over; the answer is a sentence if it fails."""
    desk = cast(DeskRequest, request)
    try:
        given = json.loads(request.body[:_LONGEST_BODY])
        subscription = Subscription(
            endpoint=str(given["endpoint"]),
            p256dh=str(given["keys"]["p256dh"]),
            auth=str(given["keys"]["auth"]),
        )
        name, instead_of = str(given.get("name", "")), str(given.get("instead_of", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return JsonResponse(
            {"says": gettext("This browser's subscription could not be read.")}, status=400
        )
    try:
        reaching.add_browser(
            viewer=desk.viewer,
            name=name,
            subscription=subscription,
            instead_of=instead_of,
            now=desk.now,
        )
    except (BadSubscriptionError, NotAddedError) as refusal:
        return JsonResponse({"says": told(refusal)}, status=422)
    return JsonResponse({}, status=201)


@_own
@require_POST
def add_service(request: HttpRequest) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    form = ServiceForm(request.POST)
    if form.is_valid():
        try:
            reaching.add_service(viewer=desk.viewer, now=desk.now, **form.cleaned_data)
            return redirect("alerts:ways")
        except NotAddedError as refusal:
            form.add_error("url", told(refusal))
    return _ways(desk, service=form, status=422)


@access.needs(Permission.MANAGE_ROTA)
@require_POST
def add_channel(request: HttpRequest) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    form = ChannelForm(request.POST, prefix="team")
    if form.is_valid():
        given = form.cleaned_data
        try:
            reaching.add_team_channel(
                viewer=desk.viewer,
                name=given["name"],
                url=given["url"],
                kinds=given["kinds"],
                brand_id=given["brand"],
                now=desk.now,
            )
            return redirect("alerts:ways")
        except NotAddedError as refusal:
            form.add_error("url", told(refusal))
    return _ways(desk, channel=form, status=422)


@_own
@require_POST
def remove(request: HttpRequest, address_id: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    try:
        reaching.remove(viewer=desk.viewer, address_id=address_id, now=desk.now)
    except reaching.NotYoursError:
        access.found(None)
    return redirect("alerts:ways")


@_own
@require_POST
def send_test(request: HttpRequest, address_id: int | None = None) -> HttpResponseBase:
    """Send a test there; what became of it stands beside the address and in the log."""
    desk = cast(DeskRequest, request)
    try:
        reaching.send_test(viewer=desk.viewer, address_id=address_id, now=desk.now)
    except reaching.NotYoursError:
        access.found(None)
    return redirect("alerts:ways")


# --- The log -----------------------------------------------------------------------------------


@_own
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What was sent to me; of everybody for those who see the record."""
    desk = cast(DeskRequest, request)
    may_all = desk.viewer.may(Permission.READ_AUDIT)
    everybody = may_all and "everybody" in request.GET
    state = request.GET.get("state", "")
    rows = queries.log(
        person_id=None if everybody else desk.viewer.id, state=state if state in State else ""
    )
    values = {
        "rows": rows,
        "everybody": everybody,
        "may_all": may_all,
        "can_mail": notices.can_mail(),
        "states": [(one, one.value == state) for one in State],
        "state": state,
    }
    return render(request, "alerts/log.html", values)
