"""The rota: who is on duty and on call, where nobody is, and what the evening still owes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.desk.clocks import kinds
from glede.desk.rota import queries, rules
from glede.desk.rota.actions import RotaRefused, Uncovered
from glede.desk.rota.rules import BadShift, Planned
from glede.desk.sharing import queries as sharing
from glede.flow import rota
from glede.kit.words import say, shown, told
from glede.rulebook.brands import queries as brands
from glede.rulebook.offices import queries as offices
from glede.rulebook.offices.actions import OfficeRefusedError
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, found, needs
from glede.web.rota import pages
from glede.web.rota.forms import AwayForm, SwapForm, WeekForm
from glede.web.sharing.handing import colleagues

#: More of one’s own shifts push the week off the screen; the week has them all.
_MINE_SHOWN = 5


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def week(request: DeskRequest) -> HttpResponse:
    now = request.now
    shown = pages.week(pages.monday_asked(request.GET.get("week", ""), now=now), now=now)
    content = {
        "week": shown,
        "any": queries.exists(),
        "on_now": [pages.entry(row, now=now) for row in queries.on_now(now=now)],
        "next_up": [(row.from_at, pages.entry(row, now=now)) for row in queries.next_up(now=now)],
        "mine": [
            pages.entry(row, now=now)
            for row in queries.of_person(request.viewer.id, now=now, limit=_MINE_SHOWN)
        ],
        "gaps": pages.missing(queries.ahead(now=now), now=now),
        "may": request.viewer.may(Permission.MANAGE_ROTA),
        "wide": pages.DAY_WIDE,
    }
    return render(request, "rota/week.html", content)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def home(request: DeskRequest) -> HttpResponse:
    """Before you go home: everything that falls due before the doors open again."""
    mine = request.viewer.brands_for(Permission.READ_CONVERSATIONS)
    content = {
        "evenings": [
            (one, [(due, kinds.kind(due.kind).duty) for due in one.due])
            for one in queries.evenings(now=request.now, brand_ids=mine)
        ],
        "mine": sharing.open_of(request.viewer.id),
        "colleagues": colleagues(request, brand_id=None),
    }
    return render(request, "rota/home.html", content)


@needs(Permission.MANAGE_ROTA)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: DeskRequest, monday: str) -> HttpResponse:
    begins = _monday(monday)
    form = _form(request, begins)
    wrong: str = ""
    gaps: tuple[pages.Missing, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            saved = rota.save_week(
                viewer=request.viewer,
                monday=begins,
                shifts=form.planned(),
                seen=form.cleaned_data["seen"],
                now=request.now,
            )
        except Uncovered as error:
            wrong = told(error)
            gaps = pages.missing(error.gaps, now=request.now)
            form.offer(error.gaps, zone=queries.zone())
        except (RotaRefused, BadShift) as error:
            wrong = told(error)
        else:
            messages.success(request, gettext("The week is saved."))
            for one in pages.missing(saved.gaps, now=request.now):
                left = say(
                    "%(brand)s: %(says)s from %(stretch)s.",
                    brand=one.brand,
                    says=one.says,
                    stretch=one.stretch,
                )
                messages.warning(request, shown(left))
            return HttpResponseRedirect(_at(begins))
    elif request.method == "POST":
        wrong = say("Something in a row cannot be read. It is marked below; nothing is saved yet.")
    content = {
        "week": pages.week(begins, now=request.now),
        "form": form,
        "wrong": wrong,
        "gaps": gaps,
        "usual": ", ".join(f"{at:%H:%M}" for at in queries.usual_checks()),
        "copied": request.GET.get("from", ""),
    }
    return render(request, "rota/edit.html", content, status=422 if wrong else 200)


def _form(request: DeskRequest, monday: date) -> WeekForm:
    given = _given(request, monday)
    choices: dict[str, Any] = {
        "people": _people(request.now, given),
        "brands": [(str(one.pk), one.name) for one in brands.all_brands()],
        "usual": queries.usual_checks(),
    }
    data = request.POST if request.method == "POST" else None
    return WeekForm(data, given=given, seen=queries.version_of(monday), monday=monday, **choices)


def _given(request: DeskRequest, monday: date) -> Sequence[Planned]:
    """The shifts of the week, or those of another one as its pattern (`?from=`)."""
    source = request.GET.get("from", "")
    if not source:
        return [queries.planned(row) for row in queries.week(monday)]
    other = _monday(source)
    pattern = [queries.planned(row) for row in queries.week(other)]
    return rules.copied(pattern, by=monday - other)


def _people(now: datetime, given: Sequence[Planned]) -> list[tuple[str, str]]:
    """Who may watch, and whoever is on the rota although they no longer may."""
    able = [(str(one.id), one.name) for one in queries.who_may_watch(now=now)]
    known = {number for number, _ in able}
    gone = {one.person_id for one in given if str(one.person_id) not in known}
    return able + [
        (str(number), say("%(name)s (may not answer)", name=queries.name_of(number)))
        for number in gone
    ]


def _monday(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Http404("A week is named by the date of its Monday.") from error
    if rules.monday_of(found) != found:
        raise Http404("A week is named by the date of its Monday.")
    return found


def _at(monday: date) -> str:
    return f"{reverse('rota:list')}?week={monday.isoformat()}"


@needs(Permission.MANAGE_ROTA)
@require_http_methods(["GET", "HEAD", "POST"])
def swap(request: DeskRequest, shift_id: int) -> HttpResponse:
    row = found(queries.shift(shift_id))
    people = [
        (str(one.id), one.name)
        for one in queries.who_may_watch(now=request.now)
        if one.id != row.person_id
    ]
    form = SwapForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            rota.swap(
                viewer=request.viewer,
                shift_id=shift_id,
                person_id=int(form.cleaned_data["person"]),
                note=form.cleaned_data["note"],
                now=request.now,
            )
        except (RotaRefused, BadShift) as error:
            form.add_error("person", told(error))
        else:
            messages.success(request, gettext("The shift has changed hands."))
            return HttpResponseRedirect(_at(rules.monday_of(row.on)))
    content = {
        "form": form,
        "one": pages.entry(row, now=request.now),
        "day": row.on,
        "monday": rules.monday_of(row.on),
    }
    return render(request, "rota/swap.html", content, status=422 if form.errors else 200)


@needs(Permission.MANAGE_ROTA)
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: DeskRequest) -> HttpResponse:
    """Somebody is away: their shifts cover nothing, and what that uncovers is found at once."""
    people = [(str(one.id), one.name) for one in queries.who_may_watch(now=request.now)]
    form = AwayForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            rota.away(
                viewer=request.viewer,
                person_id=int(form.cleaned_data["person"]),
                from_on=form.cleaned_data["from_on"],
                until_on=form.cleaned_data["until_on"],
                now=request.now,
            )
        except OfficeRefusedError as error:
            form.add_error("until_on", told(error))
        else:
            messages.success(request, gettext("Their shifts of these days cover nothing now."))
            return HttpResponseRedirect(reverse("rota:list"))
    today = request.now.astimezone(queries.zone()).date()
    content = {"form": form, "absences": offices.absences(on=today)}
    return render(request, "rota/away.html", content, status=422 if form.errors else 200)


@needs(Permission.MANAGE_ROTA)
@require_POST
def back(request: DeskRequest, absence_id: int) -> HttpResponse:
    rota.back(viewer=request.viewer, absence_id=absence_id, now=request.now)
    messages.success(request, gettext("They are there after all."))
    return HttpResponseRedirect(reverse("rota:away"))
