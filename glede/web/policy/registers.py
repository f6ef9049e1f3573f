"""The registers: documents the policy leans on, law and guidance it relies on."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.flow import approving
from glede.flow import registers as flow
from glede.kit.words import say
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries_life
from glede.rulebook.policy.actions_registers import Card, Law
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.policy.acting import attempt
from glede.web.policy.forms import LawForm, RelatedForm


@access.needs(Permission.READ_POLICY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    today = queries_life.today(desk.now)
    version = queries_life.in_force(at=desk.now)
    entries = queries_life.related(on=today, version_id=version.pk if version else None)
    return render(
        request,
        "policy/registers.html",
        {
            "entries": entries,
            "amiss": sum(bool(entry.amiss) for entry in entries),
            "laws": queries_life.laws(),
            "today": today,
            "version": version,
            "may": desk.viewer.may(Permission.DRAFT_POLICY),
            "place": "policy:registers",
        },
    )


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def take_over(request: HttpRequest, number: str) -> HttpResponseBase:
    desk, version = cast(DeskRequest, request), access.found(queries_life.by_number(number))
    attempt(
        request,
        lambda: approving.take_over(viewer=desk.viewer, version_id=version.pk, now=desk.now),
        done=f"What version {number} names is in the registers.",
    )
    return redirect("policy:registers")


@access.needs(Permission.DRAFT_POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def related(request: HttpRequest, pk: int = 0) -> HttpResponseBase:
    """One related document: a new one without a number."""
    desk = cast(DeskRequest, request)
    row = access.found(queries_life.related_by_id(pk)) if pk else None
    initial = {name: getattr(row, name) for name in RelatedForm.base_fields} if row else {}
    form = RelatedForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        card = Card(clauses=row.clauses if row else (), **form.cleaned_data)
        if attempt(
            request,
            lambda: flow.keep_related(
                viewer=desk.viewer, related_id=pk or None, card=card, now=desk.now
            ),
            done=f"“{card.title}” is in the register.",
            form=form,
        ):
            return redirect("policy:registers")
    status = 422 if request.method == "POST" else 200
    title = say("A document the policy leans on")
    context = {"form": form, "title": title, "row": row, "place": "policy:registers"}
    return render(request, "policy/entry.html", context, status=status)


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def related_act(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Looked at: found where the register says, not found; or dropped."""
    desk, act = cast(DeskRequest, request), request.POST.get("act", "")
    access.found(queries_life.related_by_id(pk))
    if act == "drop":
        attempt(
            request,
            lambda: flow.drop_related(viewer=desk.viewer, related_id=pk, now=desk.now),
            done="Taken out of the register.",
        )
    elif act in ("found", "missing"):
        attempt(
            request,
            lambda: flow.check_related(
                viewer=desk.viewer, related_id=pk, found=act == "found", now=desk.now
            ),
            done="Noted with today's date and your name.",
        )
    return redirect("policy:registers")


@access.needs(Permission.DRAFT_POLICY)
@require_http_methods(["GET", "HEAD", "POST"])
def law(request: HttpRequest, pk: int = 0) -> HttpResponseBase:
    """One law or guidance: a new one without a number."""
    desk = cast(DeskRequest, request)
    row = access.found(queries_life.law_by_id(pk)) if pk else None
    initial = {name: getattr(row, name) for name in LawForm.base_fields} if row else {}
    form = LawForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        one = Law(clauses=row.clauses if row else (), **form.cleaned_data)
        if attempt(
            request,
            lambda: flow.keep_law(viewer=desk.viewer, law_id=pk or None, law=one, now=desk.now),
            done=f"“{one.written}” is in the register.",
            form=form,
        ):
            return redirect("policy:registers")
    status = 422 if request.method == "POST" else 200
    title = say("Law or guidance the policy relies on")
    context = {"form": form, "title": title, "row": row, "place": "policy:registers"}
    return render(request, "policy/entry.html", context, status=status)


@access.needs(Permission.DRAFT_POLICY)
@require_POST
def check_law(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Looked up today; the next look is due after the rule's months."""
    desk, row = cast(DeskRequest, request), access.found(queries_life.law_by_id(pk))
    attempt(
        request,
        lambda: flow.check_law(
            viewer=desk.viewer, law_id=pk, now_called=row.now, note=row.note, now=desk.now
        ),
        done=f"“{row.written}” was looked up today.",
    )
    return redirect("policy:registers")
