"""Veil a resident's message, or lift its veil."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from glede.desk.conversations import talk
from glede.desk.conversations.queries import NotVisible
from glede.flow import veiling
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import page


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def veil(request: DeskRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """`to` is “veil” or “lift”."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    try:
        talk.theirs(request.viewer, card, message_id)
    except NotVisible as error:
        raise Http404(str(error)) from error
    act = {"veil": veiling.veil, "lift": veiling.lift}.get(request.POST.get("to", ""))
    if act is None:
        return HttpResponse(gettext("Say whether to veil it or to lift the veil."), status=400)
    act(viewer=request.viewer, conversation_id=card.id, message_id=message_id, now=request.now)
    return page.go(f"{sight.state.open(card.id)}#m{message_id}")
