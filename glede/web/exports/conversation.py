"""Print or take away one conversation: asked for with choices, and on record with who took it."""

import json
from typing import cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from glede.desk.conversations.talk import Card
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Verb
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.exports import table, transcript
from glede.web.exports.transcript import Choice, Others, Transcript, Unveil
from glede.web.inbox import page


class TakeForm(forms.Form):
    """In which form, and what of it."""

    form = forms.ChoiceField(choices=[("page", "page"), ("json", "json"), ("csv", "csv")])
    notes = forms.BooleanField(required=False)
    others = forms.ChoiceField(choices=[(one.value, one.value) for one in Others])
    unveil = forms.ChoiceField(
        required=False, choices=[("", "leave out"), *((one.value, one.value) for one in Unveil)]
    )


@access.needs(Permission.READ_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """What to take, then that, as a page to print or as a file."""
    desk = cast(DeskRequest, request)
    sight = page.sight_of(desk)
    card = page.card_of(desk, conversation_id)
    values = {
        "card": card,
        "brand": sight.known.get(card.brand_id),
        "others": Others,
        "unveil": list(Unveil),
    }
    if desk.method != "POST":
        return render(request, "exports/take.html", values)
    form = TakeForm(desk.POST)
    if not form.is_valid():
        return render(request, "exports/take.html", values | {"wrong": True}, status=422)
    choice = Choice(
        form.cleaned_data["notes"],
        Others(form.cleaned_data["others"]),
        Unveil(why) if (why := form.cleaned_data["unveil"]) else None,
    )
    made = transcript.of(card, sight, choice)
    _on_record(desk, card, made, sight.known[card.brand_id].slug, form.cleaned_data["form"])
    match form.cleaned_data["form"]:
        case "page":
            return render(request, "exports/print.html", {"of": made})
        case "json":
            told = json.dumps(transcript.as_json(made), ensure_ascii=False, indent=2)
            return _file(told.encode(), "application/json", card, "json")
        case "csv":
            return _file(table.as_csv(transcript.as_table(made)), "text/csv", card, "csv")
    raise Http404("There is no such form.")


def _on_record(desk: DeskRequest, card: Card, made: Transcript, slug: str, form: str) -> None:
    audit.record(
        actor=desk.viewer.actor,
        verb=Verb.CONVERSATION_EXPORTED,
        # Not under the conversation: taking evidence must not change what the evidence is.
        object_kind="transcript",
        object_id=card.id,
        brand=slug,
        now=desk.now,
        details={
            "form": form,
            "entries": len(made.entries),
            "notes": made.choice.notes,
            "others": made.choice.others.value,
            "unveiled_because": made.choice.unveiled or "",
        },
    )


def _file(data: bytes, kind: str, card: Card, ending: str) -> HttpResponse:
    name = f"conversation-{card.id}.{ending}"
    return HttpResponse(
        data,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
