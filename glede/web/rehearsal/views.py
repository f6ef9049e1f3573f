"""Ask for a rehearsal, watch it play, read what it found, open the enquiries that differ."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from glede.desk.clocks.promising import BadRule
from glede.desk.insight import queries, rehearsals
from glede.desk.insight.period import BadPeriod
from glede.desk.insight.replay import Change
from glede.flow import rehearsing
from glede.kit.hours import HoursError
from glede.kit.words import say, told
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.queries import NoRule
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.clauses import asking
from glede.web.clauses.pages import may_see
from glede.web.rehearsal import pages
from glede.web.rehearsal.forms import RehearsalForm


@access.needs(Permission.READ_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal_list(request: HttpRequest) -> HttpResponse:
    """Past rehearsals, and the form for another. It changes nothing but the list itself, so that
    whoever may read figures may ask."""
    desk = cast(DeskRequest, request)
    choices = {"versions": _versions(desk.viewer), "brands": _brands(desk.viewer)}
    if request.method == "POST":
        form = RehearsalForm(request.POST, **choices)
        if form.is_valid():
            try:
                asked = rehearsing.ask(
                    wanted=form.wanted(now=desk.now), viewer=desk.viewer, now=desk.now
                )
            except (NoRule, BadRule, HoursError, BadPeriod) as error:
                form.add_error(None, told(error))
            else:
                return HttpResponseRedirect(reverse("rehearsal:show", args=[asked]))
    else:
        form = RehearsalForm(initial=_initial(request), **choices)
    context = {
        "form": form,
        "place": "rehearsal:list",
        "rehearsals": [
            pages.page(found, now=desk.now) for found in rehearsals.rehearsals(desk.viewer)
        ],
    }
    return render(request, "rehearsal/list.html", context, status=422 if form.errors else 200)


@access.needs(Permission.READ_FIGURES)
@require_safe
def show(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    desk = cast(DeskRequest, request)
    found = access.found(rehearsals.rehearsed(rehearsal_id, desk.viewer))
    context = {"page": pages.page(found, now=desk.now), "place": "rehearsal:list"}
    # While it plays, the page asks for this part again.
    name = "rehearsal/show.html#rehearsal" if desk.htmx else "rehearsal/show.html"
    return render(request, name, context)


@access.needs(Permission.READ_FIGURES)
@require_safe
def rows(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    """The enquiries that differ in one way, fifty at a time."""
    desk = cast(DeskRequest, request)
    played = access.found(rehearsals.rehearsed(rehearsal_id, desk.viewer))
    try:
        change = Change(request.GET.get("change", ""))
    except ValueError as error:
        raise Http404("There is no such difference.") from error
    found = rehearsals.differences(
        rehearsal_id, desk.viewer, change=change, offset=asking.offset(request.GET)
    )
    path = reverse("rehearsal:rows", args=[rehearsal_id])
    label, says = pages.CHANGES[change]
    context = {
        "title": pages.title(played),
        "rehearsal_id": rehearsal_id,
        "label": label,
        "says": says,
        "found": found,
        "last": found.offset + len(found.rows),
        "first": asking.address(path, {"change": change.value}) if found.offset else "",
        "more": asking.address(path, {"change": change.value, "after": found.after})
        if found.after
        else "",
        "place": "rehearsal:list",
    }
    return render(request, "rehearsal/rows.html", context)


def _versions(viewer: Viewer) -> list[tuple[int, str]]:
    """Newest first; drafts for those who work on drafts."""
    return [
        (
            version.pk,
            say("Version %(number)s", number=version.number)
            if version.approved_at
            else say("Version %(number)s, a draft", number=version.number),
        )
        for version in policy.versions()
        if may_see(version, viewer)
    ]


def _brands(viewer: Viewer) -> list[tuple[int, str]]:
    return list(queries.figures_for(viewer).items())


def _initial(request: HttpRequest) -> dict[str, str]:
    """A link from a draft or from the calendars fills the form in."""
    return {name: value for name, value in request.GET.items() if isinstance(value, str)}
