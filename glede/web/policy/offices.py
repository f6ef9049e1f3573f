"""Who holds which office, who deputises, who is away, and where nobody answers."""

from datetime import date
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from glede.flow import offices as flow
from glede.kit.words import say
from glede.rulebook.offices import queries
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries_life
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy.acting import attempt
from glede.web.policy.forms import AbsenceForm, AppointForm, EndForm, OfficeForm

_NAMED_BY = (
    ("owner_office", say("owns the policy")),
    ("reviewer_office", say("reviews the policy")),
)


@access.needs(Permission.READ_POLICY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest,
    *,
    appoint_form: AppointForm | None = None,
    at: int = 0,
    office_form: OfficeForm | None = None,
    absence_form: AbsenceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    desk = cast(DeskRequest, request)
    today = queries_life.today(desk.now)
    version = queries_life.in_force(at=desk.now)
    standings = queries.standings(on=today)
    names = {person.pk: person.name for person in people.everybody(left=True)}
    offices = [
        {
            "standing": one,
            "acting": [names.get(person, "?") for person in one.acting.people],
            "fell_to": one.acting.fell_to,
            "part": [
                words
                for field, words in _NAMED_BY
                if version and getattr(version, field).casefold() == one.office.name.casefold()
            ],
            "form": appoint_form if at == one.office.pk and appoint_form else _appoint(today),
            "opened": at == one.office.pk,
        }
        for one in standings
    ]
    known = {one.office.name.casefold() for one in standings}
    wanted = [getattr(version, field) for field, _ in _NAMED_BY] if version else []
    return render(
        request,
        "policy/offices.html",
        {
            "offices": offices,
            "missing": [
                name for name in dict.fromkeys(wanted) if name and name.casefold() not in known
            ],
            "vacant": [one.office.name for one in standings if one.acting.vacant],
            "nobody": [one.office.name for one in standings if one.acting.is_nobody],
            "absences": queries.absences(on=today),
            "office_form": office_form or OfficeForm(offices=_offices()),
            "absence_form": absence_form or AbsenceForm(people=_people()),
            "end_form": EndForm(initial={"until_on": today}),
            "may": desk.viewer.may(Permission.MANAGE_OFFICES),
            "place": "policy:offices",
        },
        status=status,
    )


def _people() -> list[tuple[int, str]]:
    return [(person.pk, person.name) for person in people.everybody()]


def _offices() -> list[tuple[int, str]]:
    return [(office.pk, office.name) for office in queries.all_offices()]


def _appoint(today: date) -> AppointForm:
    return AppointForm(people=_people(), initial={"from_on": today})


@access.needs(Permission.MANAGE_OFFICES)
@require_POST
def name(request: HttpRequest) -> HttpResponseBase:
    desk, form = cast(DeskRequest, request), OfficeForm(request.POST, offices=_offices())
    if form.is_valid() and attempt(
        request,
        lambda: flow.name(
            viewer=desk.viewer,
            office=form.cleaned_data["office"],
            falls_to=form.cleaned_data["falls_to"],
            now=desk.now,
        ),
        done="The office is there: appoint somebody to it.",
        form=form,
    ):
        return redirect("policy:offices")
    return _page(request, office_form=form, status=422)


@access.needs(Permission.MANAGE_OFFICES)
@require_POST
def appoint(request: HttpRequest, pk: int) -> HttpResponseBase:
    desk, form = cast(DeskRequest, request), AppointForm(request.POST, people=_people())
    if form.is_valid() and attempt(
        request,
        lambda: flow.appoint(
            viewer=desk.viewer,
            office_id=pk,
            person_id=form.cleaned_data["person"],
            deputy=form.cleaned_data["part"] == "deputy",
            from_on=form.cleaned_data["from_on"],
            until_on=form.cleaned_data["until_on"],
            now=desk.now,
        ),
        done="Appointed.",
        form=form,
    ):
        return redirect("policy:offices")
    return _page(request, appoint_form=form, at=pk, status=422)


@access.needs(Permission.MANAGE_OFFICES)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    desk, form = cast(DeskRequest, request), EndForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422)
    attempt(
        request,
        lambda: flow.end(
            viewer=desk.viewer,
            holding_id=pk,
            until_on=form.cleaned_data["until_on"],
            now=desk.now,
        ),
        done="Ended. If nobody follows, the office is vacant from that day on.",
    )
    return redirect("policy:offices")


@access.needs(Permission.MANAGE_OFFICES)
@require_POST
def away(request: HttpRequest) -> HttpResponseBase:
    desk, form = cast(DeskRequest, request), AbsenceForm(request.POST, people=_people())
    if form.is_valid() and attempt(
        request,
        lambda: flow.away(
            viewer=desk.viewer,
            person_id=form.cleaned_data["person"],
            from_on=form.cleaned_data["from_on"],
            until_on=form.cleaned_data["until_on"],
            now=desk.now,
        ),
        done="Noted. Until then whoever deputises answers.",
        form=form,
    ):
        return redirect("policy:offices")
    return _page(request, absence_form=form, status=422)


@access.needs(Permission.MANAGE_OFFICES)
@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponseBase:
    desk = cast(DeskRequest, request)
    attempt(
        request,
        lambda: flow.back(viewer=desk.viewer, absence_id=pk, now=desk.now),
        done="The absence was taken away.",
    )
    return redirect("policy:offices")
