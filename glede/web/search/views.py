"""Search: what was said, by whom, in conversations this person may read."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from glede.desk.search import queries, rules
from glede.desk.search.queries import Hit, Person
from glede.platforms import registry
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.inbox import asked as asking
from glede.web.inbox.asked import BrandView


@dataclass(frozen=True, slots=True)
class HitView:
    of: Hit
    brand: BrandView
    text: SafeString


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    takes: str
    example: str


@access.needs(Permission.READ_CONVERSATIONS)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    typed = request.GET.get("q", "")
    known = asking.brands(desk.viewer)
    brands = {one.slug: one.id for one in known.values()}
    asked = rules.read(typed, brands=frozenset(brands), platforms=frozenset(registry.slugs()))
    after = request.GET.get("after", "")
    found = queries.messages(
        asked,
        desk.viewer,
        brands=brands,
        after=int(after) if after.isascii() and after.isdecimal() and len(after) < 18 else None,
    )
    people: tuple[Person, ...] = ()
    if not after:
        people = queries.people(asked, desk.viewer, brands=brands)
    values = {
        "typed": typed[: rules.LONGEST],
        "longest": rules.LONGEST,
        "asked": asked,
        "hits": [HitView(one, known[one.brand_id], marked(one.text)) for one in found.hits],
        "people": people,
        "filters": [Filter(name, *says) for name, says in rules.FILTERS.items()],
        "older": f"?{urlencode({'q': typed, 'after': found.after})}" if found.after else "",
        "first_page": not after,
    }
    return render(request, "search/page.html", values)


def marked(text: str) -> SafeString:
    """What matched as <mark>; the words themselves are a resident's, and are escaped."""
    pieces = text.split(queries.OPENS)
    found = format_html_join(
        "",
        "<mark>{}</mark>{}",
        (_halves(piece) for piece in pieces[1:]),
    )
    return SafeString(conditional_escape(pieces[0]) + found)


def _halves(piece: str) -> tuple[str, str]:
    matched, _, after = piece.partition(queries.CLOSES)
    return matched, after
