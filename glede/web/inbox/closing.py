"""The public closing line of a matter settled in private: sent, declined, or asked for again."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from glede.desk.replies.closing import NoLine
from glede.desk.replies.rules import CLOSING, Anyway, Finding, Found
from glede.flow import closing as flow
from glede.flow.outbound import Stopped
from glede.kit.words import say, told
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import forms, page
from glede.web.inbox.composer import Refusal
from glede.web.inbox.sight import Sight


@needs(Permission.REPLY)
@require_POST
def closing(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.REPLY, card)
    form = forms.ClosingForm(request.POST)
    if not form.is_valid():
        return page.refused(request, sight, card, page.unreadable(request))
    given = form.cleaned_data
    closing_id = given["closing"]
    try:
        match given["do"]:
            case "send":
                outcome = flow.send(
                    viewer=request.viewer,
                    closing_id=closing_id,
                    conversation_id=card.id,
                    text=given["line"],
                    seen_revision=given["seen"] or 0,
                    confirmed=frozenset(given["confirmed"]),
                    anyway=Anyway(given["anyway"]) if given["anyway"] else None,
                    now=request.now,
                )
                if isinstance(outcome, Stopped):
                    refusal = Refusal(
                        CLOSING,
                        given["line"],
                        outcome.findings,
                        given["seen"] or 0,
                        frozenset(given["confirmed"]),
                    )
                    return page.refused(request, sight, card, refusal)
            case "decline" if given["why"]:
                flow.decline(
                    viewer=request.viewer,
                    closing_id=closing_id,
                    conversation_id=card.id,
                    reason=NoLine(given["why"]),
                    now=request.now,
                )
                return _declined(sight, card.id, closing_id)
            case "decline":
                finding = Finding(
                    Found.EMPTY, say("Say why nothing is said in public."), stops=True
                )
                refusal = Refusal(CLOSING, given["line"], (finding,), given["seen"] or 0)
                return page.refused(request, sight, card, refusal)
            case _:
                flow.undo_decline(
                    viewer=request.viewer,
                    closing_id=closing_id,
                    conversation_id=card.id,
                    now=request.now,
                )
    except flow.AnsweredError as error:
        messages.warning(request, told(error))
    return page.go(f"{sight.state.open(card.id)}#latest")


def _declined(sight: Sight, conversation_id: int, closing_id: int) -> HttpResponse:
    """Back to the conversation, where it can be undone at once."""
    here = sight.state.open(conversation_id)
    sign = "&" if "?" in here else "?"
    return page.go(f"{here}{sign}declined={closing_id}#latest")
