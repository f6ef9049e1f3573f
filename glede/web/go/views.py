"""What the command bar finds beside the screen's own acts: people, clauses, a conversation."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from glede.desk.search import queries as search
from glede.desk.search import rules
from glede.kit.words import say
from glede.platforms import registry
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import NoRule
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.inbox import asked as asking
from glede.web.inbox import listing

MOST_CLAUSES = 5
#: As much of a clause as fits a line.
WORDS_OF_CLAUSE = 70


@dataclass(frozen=True, slots=True)
class Option:
    href: str
    label: str
    of: str


@dataclass(frozen=True, slots=True)
class Place:
    """A screen that the rail does not name: found by the beginning of any of these words."""

    name: str
    label: str
    also: str
    permission: Permission


PLACES = (
    Place("texts:mine", say("My snippets"), "texts templates", Permission.REPLY),
    Place("inbox:seconds", say("A second person’s yes"), "approvals personal", Permission.REPLY),
    Place("inbox:mentions", say("Mentions me"), "notes", Permission.READ_CONVERSATIONS),
)


@access.signed_in("everybody may go somewhere; each kind of thing asks for its own permission")
@require_safe
def options(request: HttpRequest) -> HttpResponse:
    desk = cast(DeskRequest, request)
    typed = request.GET.get("q", "").strip()[: rules.LONGEST]
    found = [*_places(desk, typed), *_people(desk, typed), *_clauses(desk, typed)] if typed else []
    if typed and desk.viewer.may(Permission.READ_CONVERSATIONS):
        address = f"{reverse('search:search')}?{urlencode({'q': typed})}"
        found.append(Option(address, say("Search for “%(typed)s”", typed=typed), say("Search")))
    return render(request, "go/options.html", {"options": found})


def _places(desk: DeskRequest, typed: str) -> list[Option]:
    wanted = typed.casefold()
    return [
        Option(reverse(one.name), one.label, say("Go"))
        for one in PLACES
        if desk.viewer.may(one.permission)
        and any(
            word.startswith(wanted) for word in (one.label.casefold(), *_words(one.label, one.also))
        )
    ]


def _words(*said: str) -> list[str]:
    return " ".join(said).casefold().split()


def _people(desk: DeskRequest, typed: str) -> list[Option]:
    if not desk.viewer.may(Permission.READ_CONVERSATIONS):
        return []
    brands = {one.slug: one.id for one in asking.brands(desk.viewer).values()}
    asked = rules.read(typed, brands=frozenset(brands), platforms=frozenset(registry.slugs()))
    return [
        Option(
            reverse("inbox:open", args=[one.conversation_id]),
            f"{one.name} (@{one.handle})" if one.handle else one.name,
            listing.platform_name(one.platform),
        )
        for one in search.people(asked, desk.viewer, brands=brands)
    ]


def _clauses(desk: DeskRequest, typed: str) -> list[Option]:
    """Of the version in force: by number, or by a word of their text."""
    if not desk.viewer.may(Permission.READ_POLICY):
        return []
    try:
        version = policy.version_at(desk.now)
    except NoRule:
        return []
    wanted = typed.lower()
    fitting = [
        clause
        for clause in policy.clauses(version.pk)
        if clause.number.startswith(wanted) or (len(wanted) > 2 and wanted in clause.text.lower())
    ]
    fitting.sort(key=lambda clause: (not clause.number.startswith(wanted), clause.order))
    return [
        Option(
            reverse("clauses:clause", args=[clause.number]),
            f"{clause.number} {_begin(clause.text)}",
            "Clause",
        )
        for clause in fitting[:MOST_CLAUSES]
    ]


def _begin(text: str) -> str:
    if len(text) <= WORDS_OF_CLAUSE:
        return text
    return f"{text[:WORDS_OF_CLAUSE].rsplit(' ', 1)[0]} …"
