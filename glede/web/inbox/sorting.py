"""Labels and snoozes of one conversation: each a plain form."""

from datetime import datetime

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from glede.desk.conversations import queries_labels
from glede.desk.conversations.labels import BadLabel
from glede.desk.conversations.snoozing import BadSnooze
from glede.flow import sorting
from glede.kit.words import say, told
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import forms, page
from glede.web.inbox.sight import Sight


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def label(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Put a label on by its name, or take one off by its number."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    form = forms.LabelForm(request.POST)
    if not form.is_valid():
        return page.acted(request, sight, card, refused=say("Type the name of a label."))
    off, name = form.cleaned_data["off"], form.cleaned_data["on"]
    try:
        if off:
            kept = sorting.take_off(
                viewer=request.viewer, conversation_id=card.id, label_id=off, now=request.now
            )
        else:
            meant = queries_labels.usable(queries_labels.for_brand(card.brand_id), name)
            kept = sorting.put_on(
                viewer=request.viewer, conversation_id=card.id, label_id=meant.id, now=request.now
            )
    except BadLabel as error:
        return page.acted(request, sight, card, refused=told(error))
    return page.acted(request, sight, card, kept=kept)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def snooze(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Put it out of sight until a time, or bring it back."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    form = forms.SnoozeForm(request.POST)
    if not form.is_valid():
        return page.acted(
            request, sight, card, refused=say("Choose a day and a time for the snooze.")
        )
    until = form.cleaned_data["until"]
    if until == "now":
        woken = sorting.wake_up(viewer=request.viewer, conversation_id=card.id, now=request.now)
        return page.acted(request, sight, card, kept=woken)
    try:
        kept = sorting.snooze(
            viewer=request.viewer,
            conversation_id=card.id,
            until_at=until_at(form, sight, brand_id=card.brand_id),
            now=request.now,
        )
    except BadSnooze as error:
        return page.acted(request, sight, card, refused=told(error))
    return page.acted(request, sight, card, kept=kept)


def until_at(form: forms.SnoozeForm, sight: Sight, *, brand_id: int) -> datetime:
    """The instant a choice or a chosen wall time stands for. Raises `BadSnooze` where the choice
    is none any more."""
    until = form.cleaned_data["until"]
    if until == "chosen":
        on, at = form.cleaned_data["on"], form.cleaned_data["at"]
        return datetime.combine(on, at, tzinfo=sight.zone)
    for one in sorting.choices(brand_id=brand_id, now=sight.now):
        if one.key == until:
            return one.at
    raise BadSnooze(say("That time has gone by meanwhile. Choose another."))
