"""One act on many conversations: chosen in the list, looked at beforehand, then done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from glede.desk.acts.bulk import Bulk, Wish
from glede.desk.conversations import queries_bulk, queries_labels
from glede.desk.conversations.queries_labels import LabelRow
from glede.desk.conversations.rules import NotNeeded
from glede.flow import bulk, sorting
from glede.flow.bulk import Outcome
from glede.kit.words import say, told
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.web.access import DeskRequest, needs
from glede.web.given import number
from glede.web.inbox import forms, page
from glede.web.inbox import sorting as sorting_views
from glede.web.inbox.asked import NO_BRAND
from glede.web.inbox.sight import Sight

#: What stands above what will be done, and on the button.
TITLES = {
    Bulk.ASSIGN: say("Give to somebody"),
    Bulk.LABEL: say("Put a label on"),
    Bulk.SNOOZE: say("Snooze"),
    Bulk.RESOLVE: say("Resolve"),
    Bulk.NOT_NEEDED: say("No reply needed"),
}


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    url: str
    brand: str
    why_not: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of how many, and what may be chosen for it."""

    form: forms.BulkForm
    act: Bulk
    ids: Sequence[int]
    wish: Wish | None
    wrong: str


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def look(request: DeskRequest) -> HttpResponse:
    """Say what the act would do to each and which it cannot touch; changes nothing."""
    sight = page.sight_of(request)
    ids = _ids(request, sight)
    if not ids:
        messages.warning(request, gettext("Choose conversations in the list first."))
        return page.go(sight.state.url)
    asked = _asked(request, sight, ids)
    return _shown(request, sight, asked, status=422 if asked.wrong else 200)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def do(request: DeskRequest) -> HttpResponse:
    """Do it to each for which it can be done; one undo takes all back."""
    sight = page.sight_of(request)
    asked = _asked(request, sight, _ids(request, sight))
    if asked.wish is None or not asked.ids:
        return _shown(request, sight, asked, status=422)
    done = bulk.do(viewer=request.viewer, ids=asked.ids, wish=asked.wish, now=request.now)
    page.offer(request, done.kept)
    left = [one for one in done.outcomes if one.why_not]
    if not left:
        return page.go(sight.state.top.url)
    content = {
        "title": TITLES[asked.act],
        "done": done.count,
        "left": _lines(left, sight),
        "back": sight.state.top.url,
        "list": {"state": sight.state},
    }
    return render(request, "inbox/bulk_done.html", content)


def _ids(request: DeskRequest, sight: Sight) -> list[int]:
    """The chosen rows, or everything in this view, up to the setting."""
    most = settings.GLEDE_BULK_MOST
    if request.POST.get("all"):
        return page.in_view(sight, most=most)
    given = request.POST.getlist("id")
    return [found for one in given if (found := number(one)) is not None][:most]


def _asked(request: DeskRequest, sight: Sight, ids: Sequence[int]) -> Asked:
    act = request.POST.get("act", "")
    if act not in set(Bulk):
        raise Http404("There is no such act.")
    workers = _workers(request)
    labels = queries_labels.all_labels(archived=False)
    form = forms.BulkForm(
        request.POST,
        people=[(str(one.id), one.name) for one in workers if one.id != request.viewer.id],
        labels=[(str(one.id), _named(one, sight)) for one in labels],
    )
    wish, wrong = None, ""
    try:
        wish = _wish(Bulk(act), form, sight, workers, labels, ids)
    except ValueError as error:
        wrong = told(error)
    return Asked(form, Bulk(act), ids, wish, wrong)


def _wish(
    act: Bulk,
    form: forms.BulkForm,
    sight: Sight,
    workers: Sequence[Viewer],
    labels: Sequence[LabelRow],
    ids: Sequence[int],
) -> Wish:
    """Raises `ValueError` with a sentence where something is still to be chosen."""
    if not form.is_valid():
        raise ValueError(say("Something in the form cannot be read. Choose again."))
    given: dict[str, Any] = form.cleaned_data
    match act:
        case Bulk.ASSIGN:
            to = given["to"]
            if to == "nobody":
                return Wish(act=act)
            wanted = sight.viewer.id if to in ("", "me") else int(to)
            person = next(one for one in workers if one.id == wanted)
            return Wish(
                act=act,
                person_id=person.id,
                brands=person.brands_for(Permission.WORK_CONVERSATIONS),
            )
        case Bulk.LABEL:
            if not labels:
                raise ValueError(
                    say("There are no labels yet. Whoever manages labels can make one.")
                )
            label = next((one for one in labels if str(one.id) == given["label"]), labels[0])
            brands = None if label.brand_id is None else frozenset({label.brand_id})
            return Wish(act=act, label_id=label.id, brands=brands)
        case Bulk.SNOOZE:
            return _snooze(form, sight, ids)
        case Bulk.RESOLVE:
            return Wish(act=act)
        case Bulk.NOT_NEEDED:
            reason = given["reason"] or NotNeeded.PRAISE.value
            if reason == NotNeeded.OTHER and not given["words"].strip():
                raise ValueError(say("Say in a few words why no reply is needed."))
            return Wish(act=act, reason=reason, words=given["words"])


def _snooze(form: forms.BulkForm, sight: Sight, ids: Sequence[int]) -> Wish:
    """Until one time for all, or until each brand's own; at first its next opening."""
    if form.cleaned_data["until"] == "chosen":
        return Wish(act=Bulk.SNOOZE, until_at=sorting_views.until_at(form, sight, brand_id=0))
    key = form.cleaned_data["until"] or "opening"
    found, _ = queries_bulk.visible(sight.viewer, ids=ids)
    times = {
        brand: one.at
        for brand in sorted({one.brand_id for one in found})
        for one in sorting.choices(brand_id=brand, now=sight.now)
        if one.key == key
    }
    if found and not times:
        raise ValueError(say("That time has gone by meanwhile. Choose another."))
    return Wish(act=Bulk.SNOOZE, until_by_brand=times)


def _said_until(wish: Wish | None, sight: Sight) -> str:
    """When they come back, in words: each brand by name where their times differ."""
    if wish is None or wish.act is not Bulk.SNOOZE:
        return ""
    if wish.until_by_brand is None:
        return sight.when(wish.until_at) if wish.until_at else ""
    if len(set(wish.until_by_brand.values())) == 1:
        return sight.when(next(iter(wish.until_by_brand.values())))
    return "; ".join(
        f"{sight.when(at)} ({sight.known.get(brand, NO_BRAND).name})"
        for brand, at in wish.until_by_brand.items()
    )


def _workers(request: DeskRequest) -> list[Viewer]:
    return people.who_may(Permission.WORK_CONVERSATIONS, brand_id=None, now=request.now)


def _named(label: LabelRow, sight: Sight) -> str:
    brand = sight.known.get(label.brand_id or 0)
    return f"{label.name} ({brand.name})" if brand else label.name


def _shown(request: DeskRequest, sight: Sight, asked: Asked, *, status: int) -> HttpResponse:
    outcomes: tuple[Outcome, ...] = ()
    if asked.wish is not None:
        outcomes = bulk.preview(
            viewer=request.viewer, ids=asked.ids, wish=asked.wish, now=request.now
        )
    able = [one for one in outcomes if not one.why_not]
    content = {
        "form": asked.form,
        "act": asked.act.value,
        "title": TITLES[asked.act],
        "ids": asked.ids,
        "wrong": asked.wrong,
        "able": _lines(able, sight),
        "left": _lines([one for one in outcomes if one.why_not], sight),
        "until": _said_until(asked.wish, sight),
        "back": sight.state.url,
        "query": sight.state.query,
    }
    return render(request, "inbox/bulk.html", content, status=status)


def _lines(outcomes: Sequence[Outcome], sight: Sight) -> list[Line]:
    return [
        Line(
            one.name,
            sight.state.open(one.id),
            sight.known.get(one.brand_id, NO_BRAND).name,
            one.why_not,
        )
        for one in outcomes
    ]
