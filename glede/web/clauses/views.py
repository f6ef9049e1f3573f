"""The page of one clause, and the enquiries behind each of its figures."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from glede.desk.clocks import kinds
from glede.desk.clocks.rules import ClockKind
from glede.desk.insight import queries
from glede.desk.insight.rules import LABELS, Where
from glede.kit.words import joined, say
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.clauses import asking, figures, pages


@access.needs(Permission.READ_POLICY)
@require_safe
def clause(request: HttpRequest, number: str) -> HttpResponse:
    """The text for everybody; the figures for whoever may read figures."""
    desk = cast(DeskRequest, request)
    page = access.found(
        pages.clause_page(number, version_id=_version(request), viewer=desk.viewer, now=desk.now)
    )
    asked = asking.asked(request.GET, now=desk.now)
    shown = None
    if desk.viewer.may(Permission.READ_FIGURES):
        found = queries.clause_figures(number, asked.period, desk.viewer, now=desk.now)
        shown = figures.shown(found, asked)
    context = {
        "page": page,
        "asked": asked,
        "shown": shown,
        "choices": asking.CHOICES,
    }
    return render(request, "clauses/clause.html", context)


@access.needs(Permission.READ_FIGURES)
@require_safe
def rows(request: HttpRequest, number: str) -> HttpResponse:
    """The enquiries behind one figure, fifty at a time."""
    desk = cast(DeskRequest, request)
    measure, where = access.found(asking.measure(request.GET)), asking.where(request.GET)
    asked = asking.asked(request.GET, now=desk.now)
    where = access.found(where)
    found = queries.rows(
        number,
        asked.period,
        measure,
        desk.viewer,
        now=desk.now,
        where=where,
        offset=asking.offset(request.GET),
    )
    names = queries.figures_for(desk.viewer)
    if where.brand is not None and where.brand not in names:
        raise Http404("There is nothing here for you to see.")
    carried = asked.query | {
        name: request.GET[name]
        for name in ("measure", "kind", "brand", "platform", "hour", "reading")
        if request.GET.get(name)
    }
    path = reverse("clauses:rows", args=[number])
    context = {
        "number": number,
        "asked": asked,
        "measure": LABELS[measure],
        "definition": queries.definition(measure),
        "part": _part(where, names),
        "found": found,
        "last": found.offset + len(found.rows),
        "more": asking.address(path, carried, {"after": found.after}) if found.after else "",
        "back": asking.address(reverse("clauses:clause", args=[number]), asked.query),
        "first": asking.address(path, carried) if found.offset else "",
    }
    return render(request, "clauses/rows.html", context)


def _version(request: HttpRequest) -> int | None:
    text = request.GET.get("version", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404("There is no such version.")
    return int(text)


def _part(where: Where, names: dict[int, str]) -> str:
    """“Red Kite, 10:00 to 11:00, working hours”: which of the enquiries these are."""
    duty = kinds.kind(where.kind).duty
    parts = [] if where.kind == ClockKind.ACKNOWLEDGE else [duty]
    if where.brand is not None:
        parts.append(names[where.brand])
    if where.platform:
        parts.append(where.platform.capitalize())
    if where.hour is not None:
        parts.append(queries.hour_words(where.hour))
    if where.reading is not None:
        parts.append(say("judged by the %(reading)s reading", reading=where.reading.says))
    return joined(parts, ", ")
