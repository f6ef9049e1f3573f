"""Hand one conversation over to a colleague with the words they need, or ask them and keep it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from glede.flow import sharing
from glede.kit.words import told
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import page
from glede.web.sharing.forms import HandOverForm
from glede.web.sharing.handing import colleagues


@needs(Permission.WORK_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """A page of its own: what is half written must not go when others write in the thread."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    able = [one for one in colleagues(request, brand_id=card.brand_id) if one[0] != card.owner_id]
    form = HandOverForm(
        request.POST or None, people=[(str(person_id), name) for person_id, name in able]
    )
    if request.method == "POST" and form.is_valid():
        try:
            act = sharing.ask if form.cleaned_data["keep"] else sharing.hand_over
            kept = act(
                viewer=request.viewer,
                conversation_id=card.id,
                to=people.viewer(form.cleaned_data["to"], now=request.now),
                note=form.cleaned_data["note"],
                now=request.now,
            )
        except ValueError as error:
            form.add_error("note", told(error))
        else:
            page.offer(request, kept)
            return page.go(sight.state.open(card.id))
    content = {"card": card, "form": form, "back": sight.state.open(card.id)}
    return render(request, "inbox/hand_over.html", content, status=422 if form.errors else 200)
