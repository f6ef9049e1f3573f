"""Which labels there are: make one, rename it, archive it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from glede.desk.conversations import queries_labels
from glede.desk.conversations.labels import BadLabel
from glede.desk.conversations.queries_labels import LabelRow
from glede.flow import sorting
from glede.kit.words import say, told
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.sharing.forms import ChangeLabelForm, NewLabelForm


@dataclass(frozen=True, slots=True)
class LabelView:
    label: LabelRow
    brand: str
    carried: int
    may_change: bool


@needs(Permission.MANAGE_LABELS)
@require_http_methods(["GET", "HEAD", "POST"])
def every(request: DeskRequest) -> HttpResponse:
    form = NewLabelForm(request.POST or None, brands=_brands(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = sorting.create_label(
                viewer=request.viewer,
                name=form.cleaned_data["name"],
                brand_id=form.cleaned_data["brand"] or None,
                now=request.now,
            )
        except BadLabel as error:
            form.add_error("name", told(error))
        else:
            messages.success(request, f"“{made.name}” can be put on now.")
            return HttpResponseRedirect(reverse("sharing:labels"))
    content = {"form": form, "labels": _views(request)}
    return render(request, "sharing/labels.html", content, status=422 if form.errors else 200)


@needs(Permission.MANAGE_LABELS)
@require_POST
def change(request: DeskRequest, label_id: int) -> HttpResponse:
    """Rename a label, archive it, or bring it back."""
    view = next((one for one in _views(request) if one.label.id == label_id), None)
    if view is None or not view.may_change:
        raise Http404("There is no such label, or it is not yours to change.")
    form = ChangeLabelForm(request.POST)
    if not form.is_valid():
        messages.warning(request, gettext("Nothing was changed: a label needs a name."))
        return HttpResponseRedirect(reverse("sharing:labels"))
    act = form.cleaned_data["act"]
    try:
        if act == "rename":
            name = form.cleaned_data["name"]
            sorting.rename_label(
                viewer=request.viewer, label_id=label_id, name=name, now=request.now
            )
        else:
            sorting.archive_label(
                viewer=request.viewer, label_id=label_id, back=act == "back", now=request.now
            )
    except BadLabel as error:
        messages.warning(request, told(error))
    return HttpResponseRedirect(reverse("sharing:labels"))


def _brands(request: DeskRequest) -> list[tuple[str, str]]:
    """The brands one may make labels for; every brand only where one may for all."""
    mine = request.viewer.brands_for(Permission.MANAGE_LABELS)
    named = [
        (str(one.pk), one.name) for one in brands.all_brands() if mine is None or one.pk in mine
    ]
    return [("", say("Every brand")), *named] if mine is None else named


def _views(request: DeskRequest) -> list[LabelView]:
    mine = request.viewer.brands_for(Permission.MANAGE_LABELS)
    names = {one.pk: one.name for one in brands.all_brands(archived=True)}
    found = [
        one
        for one in queries_labels.all_labels()
        if mine is None or one.brand_id is None or one.brand_id in mine
    ]
    carried = queries_labels.carried([one.id for one in found])
    return [
        LabelView(
            label=one,
            brand=names[one.brand_id] if one.brand_id else say("every brand"),
            carried=carried[one.id],
            may_change=mine is None or one.brand_id in mine,
        )
        for one in found
    ]
