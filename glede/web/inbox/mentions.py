"""Whom a note may name, and the notes that name me."""

from dataclasses import dataclass

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from glede.desk.conversations import queries_mentions
from glede.desk.conversations.queries_mentions import MentionRow
from glede.desk.conversations.rules import SETTLED
from glede.flow import mentioning
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.given import number
from glede.web.inbox import page
from glede.web.inbox.asked import NO_BRAND, BrandView

#: Notes on one page.
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class MentionView:
    of: MentionRow
    brand: BrandView
    url: str
    settled: bool


@needs(Permission.WORK_CONVERSATIONS)
@require_safe
def colleagues(request: DeskRequest, conversation_id: int) -> JsonResponse:
    """Names that a note here may name: everybody else who may read the brand."""
    card = page.card_of(request, conversation_id)
    found = mentioning.colleagues(request.viewer, brand_id=card.brand_id, now=request.now)
    return JsonResponse({"names": [one.name for one in found]})


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def mine(request: DeskRequest) -> HttpResponse:
    """Notes that name me, newest first, as far as I may still read them."""
    given = request.GET.get("before", "")
    before = number(given)
    sight = page.sight_of(request)
    found = queries_mentions.naming(request.viewer, before=before, limit=_SHOWN + 1)
    shown = found[:_SHOWN]
    views = [
        MentionView(
            one,
            sight.known.get(one.brand_id, NO_BRAND),
            f"{reverse('inbox:open', args=[one.conversation_id])}"
            f"?at={one.message_id}#m{one.message_id}",
            one.state in SETTLED,
        )
        for one in shown
    ]
    older = f"?before={shown[-1].id}" if len(found) > _SHOWN else ""
    return render(request, "inbox/mentions.html", {"mentions": views, "older": older})
