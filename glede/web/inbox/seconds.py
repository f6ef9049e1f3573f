"""A second person's yes (clause 5.4): what is asked about, and the answers to it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from glede.desk.outbox import queries_second
from glede.desk.outbox.queries_second import Asked
from glede.desk.outbox.rules import NotTheirsError, WrongState
from glede.desk.replies import personal
from glede.flow import second
from glede.kit.words import joined, say, shown, told
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, NotYoursError, needs
from glede.web.inbox import forms, page
from glede.web.inbox.asked import NO_BRAND, BrandView

#: Replies on one page.
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class RowView:
    of: Asked
    found: str
    brand: BrandView
    url: str
    mine: bool


@needs(Permission.REPLY)
@require_safe
def waiting(request: DeskRequest) -> HttpResponse:
    """Replies that wait for a second person's yes, the longest first."""
    sight = page.sight_of(request)
    rows = [
        RowView(
            one,
            personal.in_words(one.found),
            sight.known.get(one.brand_id, NO_BRAND),
            f"{reverse('inbox:open', args=[one.conversation_id])}#d{one.delivery_id}",
            one.writer_id == sight.viewer.id,
        )
        for one in queries_second.waiting(request.viewer, limit=_SHOWN)
    ]
    content = {
        "theirs": [one for one in rows if not one.mine],
        "mine": [one for one in rows if one.mine],
    }
    return render(request, "inbox/seconds.html", content)


@needs(Permission.REPLY)
@require_POST
def answer(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """Say yes or no to a colleague's reply."""
    sight = page.sight_of(request)
    card = page.card_of_delivery(request, delivery_id)
    form = forms.SecondForm(request.POST)
    if not form.is_valid():
        return page.acted(request, sight, card, refused=say("Say yes or no."))
    given = form.cleaned_data
    kept = None
    try:
        if given["do"] == "yes":
            kept = second.agree(
                viewer=request.viewer,
                delivery_id=delivery_id,
                seen_revision=given["seen"],
                now=request.now,
            )
        else:
            kept = second.refuse(
                viewer=request.viewer,
                delivery_id=delivery_id,
                why=given["why"],
                now=request.now,
            )
    except NotTheirsError as error:
        raise NotYoursError(told(error)) from error
    except WrongState as error:
        messages.warning(request, told(error))
    if isinstance(kept, second.Stopped):
        says = say(
            "Look first: %(says)s Then say yes again.",
            says=joined(one.says for one in kept.findings),
        )
        messages.warning(request, shown(says))
    else:
        page.offer(request, kept)
    return page.go(f"{sight.state.open(card.id)}#d{delivery_id}")
