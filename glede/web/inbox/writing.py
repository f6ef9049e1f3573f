"""Writing with a text: offered for the conversation that is open, filled, and put into the box."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from glede.desk.replies import actions as drafts
from glede.desk.replies import queries as kept_drafts
from glede.desk.replies.rules import REPLY, Kept, with_sign_off
from glede.desk.replies.texts import LANGUAGES
from glede.flow import texts as flow
from glede.platforms import registry
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import composer, forms, page


@needs(Permission.REPLY)
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """The texts that fit here: for a script as a list to choose from, else as a page. A POST takes
    one: a script, which has its words already, only says so."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.REPLY, card)
    if request.method == "POST":
        return _take(request, card.id, back=sight.state.open(card.id))
    content = {
        "texts": [
            (one, LANGUAGES.get(one.text.language, one.text.language))
            for one in flow.filled(viewer=request.viewer, conversation_id=card.id, now=request.now)
        ],
        "card": card,
        "back": sight.state.open(card.id),
        "here": f"{reverse('inbox:texts', args=[card.id])}{sight.state.query}",
    }
    if page.fragment(request):
        return render(request, "inbox/texts.html#options", content)
    return render(request, "inbox/texts.html", content)


def _take(request: DeskRequest, conversation_id: int, *, back: str) -> HttpResponse:
    given = request.POST.get("text", "")
    taken = (
        flow.take(
            viewer=request.viewer,
            conversation_id=conversation_id,
            text_id=int(given),
            now=request.now,
        )
        if given.isdecimal() and len(given) <= 18
        else None
    )
    if taken is None:
        raise Http404("There is no such text here.")
    if page.fragment(request):
        return HttpResponse(status=204)
    person_id = request.viewer.id
    kept = kept_drafts.drafts(conversation_id=conversation_id, person_id=person_id)
    typed = kept.get(REPLY, Kept())
    drafts.keep_draft(
        conversation_id=conversation_id,
        person_id=person_id,
        text=f"{typed.text.rstrip()}\n{taken.words}" if typed.text.strip() else taken.words,
        where=typed.where,
        line=typed.line,
        now=request.now,
    )
    return page.go(f"{back}#words")


@needs(Permission.REPLY)
@require_POST
def check(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """What the checks find in what stands in the box now; changes nothing. A POST, so that no
    words stand in an address or a log."""
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.REPLY, card)
    form = forms.CheckForm(request.POST)
    if not form.is_valid():
        return HttpResponse(gettext("That could not be looked at."), status=400)
    given = form.cleaned_data
    checked = composer.checked(
        card, text=given["text"], where=given["where"], line=given["line"], now=request.now
    )
    response = render(
        request,
        "inbox/checked.html",
        {
            "checked": checked,
            "anyway": composer.ANYWAY,
            "wants_reason": composer.wants_reason(checked),
            "seconds": composer.second_people(
                request.viewer, card.brand_id, checked, now=request.now
            ),
        },
    )
    # As the platform counts: some count a link or a script otherwise than a browser can.
    signed = with_sign_off(given["text"], request.viewer.sign_off)
    response["Glede-Used"] = str(registry.get(card.platform).count_text(signed))
    return response
