"""Who else is at a conversation. Only a script asks or says it: without one nothing is claimed."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from glede.desk.presence import queries, rules
from glede.desk.presence.actions import NotThere
from glede.flow import presence
from glede.kit.words import shown
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.given import number
from glede.web.inbox import forms

#: As many rows as a list may show at once.
_MOST_ASKED = 200


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def be(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """A screen says that it shows this conversation, and whether its person writes."""
    form = forms.PresenceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        presence.be(
            viewer=request.viewer,
            token=form.cleaned_data["screen"],
            number=form.cleaned_data["number"],
            conversation_id=conversation_id,
            doing=rules.Doing(form.cleaned_data["doing"]),
            now=request.now,
        )
    except NotThere as error:
        raise Http404(str(error)) from error
    return HttpResponse(status=204)


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def leave(request: DeskRequest) -> HttpResponse:
    """A screen is closed, or shows no conversation any more; only one's own can be meant."""
    form = forms.ScreenForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    presence.leave(
        viewer=request.viewer,
        token=form.cleaned_data["screen"],
        number=form.cleaned_data["number"],
        now=request.now,
    )
    return HttpResponse(status=204)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def who(request: DeskRequest) -> JsonResponse:
    """Who else is at these conversations, in words; what one may not read is not among them."""
    ids = [row for one in request.GET.getlist("id") if (row := number(one)) is not None]
    found = queries.others(request.viewer, ids[:_MOST_ASKED], now=request.now)
    return JsonResponse(
        {
            "again": settings.GLEDE_PRESENCE_GONE_SECONDS,
            "here": {
                one: {
                    "words": shown(rules.words(here)),
                    "writes": any(it.doing.writes for it in here),
                }
                for one, here in found.items()
            },
        }
    )
