"""My keys: which key does what, for me alone."""

from dataclasses import dataclass
from itertools import groupby
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from glede.rulebook.people import actions as people
from glede.rulebook.people import keys, queries
from glede.rulebook.people.keys import Act
from glede.web import access
from glede.web.access import DeskRequest


@dataclass(frozen=True, slots=True)
class Row:
    act: Act
    #: What stands in the box: what was typed, if it was refused.
    key: str
    is_own: bool


@access.signed_in("everybody sets their own keys")
@require_http_methods(["GET", "HEAD", "POST"])
def keymap(request: HttpRequest) -> HttpResponseBase:
    viewer_id = cast(DeskRequest, request).viewer.id
    if request.method != "POST":
        return _page(request, keys.chosen(queries.person(viewer_id).keymap))
    if "usual" in request.POST:
        people.map_keys(person_id=viewer_id, keymap={})
        return redirect("me:keys")
    wanted = _read(request)
    if refusals := keys.refusals(wanted):
        return _page(request, wanted, refusals=refusals)
    people.map_keys(person_id=viewer_id, keymap=wanted)
    return redirect("me:keys")


def _read(request: HttpRequest) -> dict[str, str]:
    """The boxes of the form; one that did not come keeps its act's own key."""
    return {
        act.name: " ".join(request.POST.get(act.name, act.key).split())[: keys.LONGEST]
        for act in keys.ACTS
    }


def _page(
    request: HttpRequest, chosen: dict[str, str], *, refusals: list[str] | None = None
) -> HttpResponse:
    rows = [Row(act, chosen[act.name], chosen[act.name] != act.key) for act in keys.ACTS]
    ordered = sorted(rows, key=lambda row: _order(row.act.group))
    return render(
        request,
        "me/keys.html",
        {
            "groups": [
                (group, list(found)) for group, found in groupby(ordered, lambda row: row.act.group)
            ],
            "refusals": refusals or [],
            "differs": any(row.is_own for row in rows),
            "longest": keys.LONGEST,
        },
        status=422 if refusals else 200,
    )


def _order(group: str) -> int:
    return list(dict.fromkeys(act.group for act in keys.ACTS)).index(group)
