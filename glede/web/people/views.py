"""One person outside, with everything we may know of them; nothing of brands one may not read.

Somebody with conversations in other brands alone is not there: 404, as for nobody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from glede.desk.contacts import queries
from glede.desk.contacts.queries import Perhaps, PersonOutside, RegroupLine
from glede.desk.contacts.rules import Asked, BadKnowledge, Consent, Regrouped, Wish
from glede.desk.conversations import queries_cases
from glede.desk.moderation import queries as moderation
from glede.flow import persons
from glede.kit.words import joined, say, told
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, NotYoursError, needs
from glede.web.inbox import page, related
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight
from glede.web.people import forms


@dataclass(frozen=True, slots=True)
class PerhapsView:
    of: Perhaps
    platform: str
    url: str


@dataclass(frozen=True, slots=True)
class RegroupView:
    of: RegroupLine
    words: str


@needs(Permission.READ_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: DeskRequest, contact_id: int) -> HttpResponse:
    """Names, what was before, adjustments, notes; and what can be said of them."""
    sight = page.sight_of(request)
    if not queries_cases.may_see(request.viewer, [contact_id]):
        return _elsewhere(request, contact_id)
    found = queries.person(contact_id)
    if found is None:
        raise Http404("There is no such person here.")
    may = queries_cases.may_know(request.viewer, contact_id)
    perhaps = _perhaps(request, found)
    asked = forms.AdjustmentForm(None, initial=_first(sight))
    refused = ""
    if request.method == "POST":
        if not may:
            raise NotYoursError(say("You may read about this person, not change what we know."))
        given = forms.ActForm(request.POST, handles=[one.id for one in found.names])
        if request.POST.get("act") == "adjust":
            asked = forms.AdjustmentForm(request.POST)
        try:
            return page.go(_do(request, found, given, asked, perhaps, _today(sight)))
        except BadKnowledge as error:
            refused = told(error)
    return _shown(request, sight, found, perhaps, asked, refused=refused, may=may)


def _elsewhere(request: DeskRequest, contact_id: int) -> HttpResponse:
    """Who was merged into another person is found there, by who may see that one."""
    kept = queries.went_to(contact_id)
    if kept is None or not queries_cases.may_see(request.viewer, [kept]):
        raise Http404("There is no such person here.")
    return HttpResponseRedirect(reverse("people:person", args=[kept]))


def _shown(
    request: DeskRequest,
    sight: Sight,
    of: PersonOutside,
    perhaps: list[PerhapsView],
    asked: forms.AdjustmentForm,
    *,
    refused: str,
    may: bool,
) -> HttpResponse:
    others = queries_cases.of_contact(request.viewer, of.id)
    today = _today(sight)
    known = queries.known(of.id)
    content: dict[str, Any] = {
        "person": of,
        "names": [(one, platform_name(one.platform)) for one in of.names],
        "past": [related.view(one, None, sight) for one in others],
        "known": known,
        "due_review": {one.id for one in known.adjustments if one.review_on <= today},
        "blocks": [
            (one, platform_name(one.platform), sight.when(one.ends_at) if one.ends_at else "")
            for one in moderation.blocks_of(request.viewer, [one.id for one in of.names])
        ],
        "perhaps": perhaps,
        "regroups": [_regroup(one, of.id) for one in queries.regroups(of.id)],
        "asked": asked,
        "refused": refused,
        "act": request.POST.get("act", ""),
        "given": request.POST,
        "next_review": _next_review(today),
        "today": today,
        "may": may,
    }
    return render(request, "people/person.html", content, status=422 if refused else 200)


def _do(
    request: DeskRequest,
    of: PersonOutside,
    form: forms.ActForm,
    asked: forms.AdjustmentForm,
    perhaps: list[PerhapsView],
    today: date,
) -> str:
    """Do what was asked; returns where to look next. Raises `BadKnowledge`."""
    form.is_valid()
    given, act = form.cleaned_data, form.cleaned_data.get("act")
    if act in ("merge", "part", "undo"):
        return _who_they_are(request, of, given, perhaps)
    who: dict[str, Any] = {"viewer": request.viewer, "contact_id": of.id, "now": request.now}
    number = given.get("of") or 0
    match act:
        case "adjust":
            persons.adjust(**who, asked=_asked(asked), today=today)
        case "review":
            on = given.get("on") or _next_review(today)
            persons.review(**who, adjustment_id=number, review_on=on, today=today)
        case "end":
            persons.end(**who, adjustment_id=number)
        case "note":
            persons.note(**who, text=given.get("text", ""))
        case "forget":
            persons.remove_note(**who, note_id=number)
        case "declare":
            persons.declare(**who, declared_on=given.get("on") or today)
        case "withdraw":
            persons.withdraw(**who)
        case _:
            raise BadKnowledge(say("That form could not be read. Nothing was changed."))
    return reverse("people:person", args=[of.id])


def _who_they_are(
    request: DeskRequest,
    of: PersonOutside,
    given: dict[str, Any],
    perhaps: list[PerhapsView],
) -> str:
    """One person or two. Raises `BadKnowledge`."""
    viewer, now, why = request.viewer, request.now, given.get("why", "")
    number = given.get("of") or 0
    if given["act"] == "part":
        chosen = given.get("handles", [])
        made = persons.split(viewer=viewer, contact_id=of.id, handle_ids=chosen, why=why, now=now)
        return reverse("people:person", args=[made])
    if given["act"] == "merge":
        if number not in {one.of.contact_id for one in perhaps}:
            raise BadKnowledge(say("Choose somebody from the list."))
        persons.merge(viewer=viewer, source_id=number, target_id=of.id, why=why, now=now)
    else:
        line = queries.regroup(number)
        if line is None or of.id not in (line.source_id, line.target_id):
            raise BadKnowledge(say("There is nothing of that kind to take back."))
        persons.undo(viewer=viewer, regroup_id=line.id, now=now)
    return reverse("people:person", args=[of.id])


def _asked(form: forms.AdjustmentForm) -> Asked:
    if not form.is_valid():
        raise BadKnowledge(say("Some of it is missing or is not a day. Look at the words below."))
    given = form.cleaned_data
    return Asked(
        wish=Wish(given["wish"]),
        words=given["words"],
        since_on=given["since_on"],
        consent=Consent(given["consent"]) if given["consent"] else None,
        consent_on=given["consent_on"],
        review_on=given["review_on"],
    )


def _today(sight: Sight) -> date:
    return sight.now.astimezone(sight.zone).date()


def _next_review(today: date) -> date:
    return today + timedelta(days=settings.GLEDE_ADJUSTMENT_REVIEW_DAYS)


def _first(sight: Sight) -> dict[str, date]:
    today = _today(sight)
    return {"since_on": today, "consent_on": today, "review_on": _next_review(today)}


def _perhaps(request: DeskRequest, of: PersonOutside) -> list[PerhapsView]:
    """Those alone whom one may see: a name in another brand is nobody's business here."""
    found = queries.perhaps(of)
    seen = queries_cases.may_see(request.viewer, [one.contact_id for one in found])
    return [
        PerhapsView(
            one, platform_name(one.platform), reverse("people:person", args=[one.contact_id])
        )
        for one in found
        if one.contact_id in seen
    ]


def _regroup(of: RegroupLine, contact_id: int) -> RegroupView:
    other = of.target_name if of.source_id == contact_id else of.source_name
    if of.kind is Regrouped.MERGE:
        did = say("%(name)s said that %(other)s is the same person", name=of.by, other=other)
    else:
        did = say("%(name)s parted %(other)s from this person", name=of.by, other=other)
    return RegroupView(of, joined([did, of.why], ": "))
