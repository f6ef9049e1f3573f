"""The inbox: reading changes nothing; every act is a plain form that also works in a fragment."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from glede.desk.conversations import actions as conversations
from glede.desk.conversations import queries, talk
from glede.desk.conversations.queries import NotVisible
from glede.desk.conversations.rules import WrongState
from glede.desk.conversations.talk import Card
from glede.desk.outbox import queries as outbox
from glede.desk.outbox import rules as sending
from glede.desk.replies import actions as drafts
from glede.desk.replies.rules import Finding, Found
from glede.flow import handling, outbound
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, NotYoursError, needs
from glede.web.inbox import composer, forms, listing, thread
from glede.web.inbox.composer import NOTE, REPLY, Refusal
from glede.web.inbox.thread import Sight

_PAGE = "inbox/page.html"
#: Rows asked for at once when screens are told of changes.
_MOST_ROWS = 100


# --- Reading -------------------------------------------------------------------------------------


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_list(request: DeskRequest) -> HttpResponse:
    sight = _sight(request)
    if _fragment(request) == "list":
        return render(request, f"{_PAGE}#list", _list(sight))
    name = f"{_PAGE}#chosen" if _fragment(request) else _PAGE
    return _placed(request, render(request, name, {**_list(sight), "fragment": _fragment(request)}))


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = _sight(request)
    card = _card(request, conversation_id)
    return _placed(request, _shown(request, sight, card))


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_live(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """The parts of an open conversation that others change: all but what is being written."""
    sight = _sight(request)
    card = _card(request, conversation_id)
    shown = {**_conversation(request, sight, card), "list": {"state": sight.state}}
    return render(request, f"{_PAGE}#live", shown)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_rows(request: DeskRequest) -> HttpResponse:
    """Rows of conversations that changed, whether or not they still stand in this list."""
    sight = _sight(request)
    ids = [int(one) for one in request.GET.getlist("id") if one.isdecimal() and len(one) <= 18]
    found = queries.rows_of(sight.viewer, ids=ids[:_MOST_ROWS])
    filters = listing.filters_of(sight.state, sight.known)
    counts = queries.counts(sight.viewer, filters=filters, now=sight.now)
    rows = [
        listing.row_view(
            row,
            viewer=sight.viewer,
            state=sight.state,
            known=sight.known,
            now=sight.now,
            zone=sight.zone,
        )
        for row in found
    ]
    tabs = {"tabs": listing.tabs(sight.state, counts), "state": sight.state}
    return render(request, f"{_PAGE}#rows", {"rows": rows, "list": tabs})


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_why(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = _sight(request)
    card = _card(request, conversation_id)
    if not _fragment(request):
        return HttpResponseRedirect(f"{sight.state.open(card.id)}#why")
    found = thread.why_view(card, sight)
    return render(request, f"{_PAGE}#{'why' if found else 'nowhy'}", {"sum": found})


# --- Writing -------------------------------------------------------------------------------------


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def say(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Send a reply or keep a note; what is refused keeps its words."""
    sight = _sight(request)
    card = _card(request, conversation_id)
    form = forms.SayForm(request.POST, findings=[one.value for one in Found])
    if not form.is_valid():
        return _refused(request, sight, card, _unreadable(request))
    given = form.cleaned_data
    if given["mode"] == NOTE:
        return _note(request, sight, card, given)
    goes_on = given["then"].endswith("next")
    following = _following(sight, card) if goes_on else None
    outcome = outbound.queue_reply(
        viewer=request.viewer,
        conversation_id=card.id,
        text=given["text"],
        seen_revision=given["seen"],
        afterwards="resolve" if given["then"].startswith("resolve") else "",
        confirmed=frozenset(given["confirmed"]),
        now=request.now,
    )
    if isinstance(outcome, outbound.Stopped):
        refusal = Refusal(
            REPLY,
            given["text"],
            outcome.findings,
            given["seen"],
            frozenset(given["confirmed"]),
        )
        return _refused(request, sight, card, refusal)
    if goes_on:
        return _go(sight.state.open(following) if following else sight.state.top.url)
    return _go(f"{sight.state.open(card.id)}#latest")


def _note(request: DeskRequest, sight: Sight, card: Card, given: dict[str, Any]) -> HttpResponse:
    _must(request, Permission.WORK_CONVERSATIONS, card)
    if not given["note"].strip():
        empty = Finding(Found.EMPTY, "A note needs words.", stops=True)
        return _refused(request, sight, card, Refusal(NOTE, "", (empty,), given["seen"]))
    handling.note(
        viewer=request.viewer, conversation_id=card.id, text=given["note"], now=request.now
    )
    drafts.drop_draft(conversation_id=card.id, person_id=request.viewer.id, mode=NOTE)
    return _go(f"{sight.state.open(card.id)}#latest")


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def keep_draft(request: DeskRequest, conversation_id: int) -> HttpResponse:
    card = _card(request, conversation_id)
    form = forms.DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    drafts.keep_draft(
        conversation_id=card.id,
        person_id=request.viewer.id,
        text=form.cleaned_data["text"],
        mode=form.cleaned_data["mode"],
        now=request.now,
    )
    return HttpResponse(status=204)


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def mark_read(request: DeskRequest, conversation_id: int) -> HttpResponse:
    card = _card(request, conversation_id)
    form = forms.ReadForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    conversations.read(
        conversation_id=card.id,
        person_id=request.viewer.id,
        # Nobody has read what is not written yet.
        revision=min(form.cleaned_data["revision"], card.revision),
        now=request.now,
    )
    return HttpResponse(status=204)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def assign(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = _sight(request)
    card = _card(request, conversation_id)
    _must(request, Permission.WORK_CONVERSATIONS, card)
    form = forms.AssignForm(request.POST)
    if not form.is_valid():
        return HttpResponse("Say whom to give it to.", status=400)
    to = form.cleaned_data["to"]
    person_id = request.viewer.id if to == "me" else None if to == "nobody" else int(to)
    if person_id not in (None, request.viewer.id) and person_id not in {
        one.id for one in _colleagues(request, card)
    }:
        raise Http404("Nobody by that number works for this brand.")
    handling.assign(
        viewer=request.viewer, conversation_id=card.id, person_id=person_id, now=request.now
    )
    return _acted(request, sight, card)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def resolve(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = _sight(request)
    card = _card(request, conversation_id)
    _must(request, Permission.WORK_CONVERSATIONS, card)
    goes_on = request.POST.get("then") == "next"
    following = _following(sight, card) if goes_on else None
    try:
        handling.resolve(viewer=request.viewer, conversation_id=card.id, now=request.now)
    except WrongState as error:
        return _acted(request, sight, card, refused=str(error))
    if goes_on:
        return _go(sight.state.open(following) if following else sight.state.top.url)
    return _acted(request, sight, card)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def reopen(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = _sight(request)
    card = _card(request, conversation_id)
    _must(request, Permission.WORK_CONVERSATIONS, card)
    try:
        handling.reopen(viewer=request.viewer, conversation_id=card.id, now=request.now)
    except WrongState as error:
        return _acted(request, sight, card, refused=str(error))
    return _acted(request, sight, card)


@needs(Permission.REPLY)
@require_POST
def take_back(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """Undo a reply that has not left; its words go back to the composer."""
    sight = _sight(request)
    card = _card_of_delivery(request, delivery_id)
    try:
        outbound.take_back(viewer=request.viewer, delivery_id=delivery_id, now=request.now)
    except sending.TooLate as error:
        messages.warning(request, str(error))
    return _go(sight.state.open(card.id))


@needs(Permission.REPLY)
@require_POST
def try_again(request: DeskRequest, delivery_id: int) -> HttpResponse:
    sight = _sight(request)
    card = _card_of_delivery(request, delivery_id)
    try:
        outbound.try_again(viewer=request.viewer, delivery_id=delivery_id, now=request.now)
    except sending.WrongState as error:
        messages.warning(request, str(error))
    return _go(sight.state.open(card.id))


# --- What the views have in common ---------------------------------------------------------------


def _sight(request: DeskRequest) -> Sight:
    return Sight(
        viewer=request.viewer,
        state=listing.state_of(request.GET),
        known=listing.brands(request.viewer),
        now=request.now,
        zone=timezone.get_current_timezone(),
    )


def _fragment(request: DeskRequest) -> str:
    """The id of the part a script asks for; empty for a whole page."""
    if not request.htmx or request.htmx.request_type == "full":
        return ""
    return (request.htmx.target or "").rpartition("#")[2] or "part"


def _card(request: DeskRequest, conversation_id: int) -> Card:
    try:
        return talk.card(request.viewer, conversation_id)
    except NotVisible as error:
        raise Http404(str(error)) from error


def _card_of_delivery(request: DeskRequest, delivery_id: int) -> Card:
    conversation_id = outbox.conversation_of(delivery_id)
    if conversation_id is None:
        raise Http404("There is no such reply here.")
    card = _card(request, conversation_id)
    _must(request, Permission.REPLY, card)
    return card


def _must(request: DeskRequest, permission: Permission, card: Card) -> None:
    if not request.viewer.may(permission, card.brand_id):
        raise NotYoursError("Your roles for this brand do not include that.")


def _colleagues(request: DeskRequest, card: Card) -> list[Any]:
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=card.brand_id, now=request.now)
    return [one for one in may if one.id not in (request.viewer.id, card.owner_id)]


def _following(sight: Sight, card: Card) -> int | None:
    return queries.following(
        sight.viewer,
        filters=listing.filters_of(sight.state, sight.known),
        after=card.place,
        leaving=[card.id],
    )


def _list(sight: Sight) -> dict[str, Any]:
    return {
        "list": listing.build(
            sight.viewer, state=sight.state, known=sight.known, now=sight.now, zone=sight.zone
        )
    }


def _conversation(
    request: DeskRequest, sight: Sight, card: Card, refusal: Refusal | None = None
) -> dict[str, Any]:
    earlier = request.GET.get("earlier", "")
    before = int(earlier) if earlier.isdecimal() and len(earlier) <= 18 else None
    may_work = sight.viewer.may(Permission.WORK_CONVERSATIONS, card.brand_id)
    mode = NOTE if request.GET.get("mode") == NOTE else REPLY
    return {
        "thread": thread.build(card, sight, before=before),
        "composer": composer.build(sight.viewer, card, refusal=refusal, mode=mode, now=request.now),
        "may_work": may_work,
        "colleagues": _colleagues(request, card) if may_work else [],
        "fragment": _fragment(request),
    }


def _shown(
    request: DeskRequest,
    sight: Sight,
    card: Card,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = _conversation(request, sight, card, refusal)
    if _fragment(request):
        # The list stays as it is on the screen: only its address is needed.
        return render(request, f"{_PAGE}#chosen", {**shown, "list": {"state": sight.state}})
    page = {**_list(sight), **shown, "open_id": str(card.id)}
    return render(request, _PAGE, page, status=status)


def _refused(request: DeskRequest, sight: Sight, card: Card, refusal: Refusal) -> HttpResponse:
    # A fragment with a client error would not be shown (htmx's noSwap): the words say it.
    return _shown(request, sight, card, refusal, status=422)


def _unreadable(request: DeskRequest) -> Refusal:
    finding = Finding(Found.EMPTY, "That form could not be read; nothing was sent.", stops=True)
    mode = NOTE if request.POST.get("mode") == NOTE else REPLY
    return Refusal(mode, request.POST.get("note" if mode == NOTE else "text", ""), (finding,), 0)


def _placed(request: DeskRequest, response: HttpResponse) -> HttpResponse:
    """Give a fragment its address, so that reload, back and sharing work."""
    if _fragment(request):
        here = request.htmx.current_url_abs_path or ""
        name = "HX-Replace-Url" if here.split("?")[0] == request.path else "HX-Push-Url"
        response[name] = request.get_full_path()
    response["Vary"] = "HX-Request"
    return response


def _acted(request: DeskRequest, sight: Sight, card: Card, *, refused: str = "") -> HttpResponse:
    """After an act that has nothing to do with what is being written: a script is only told that
    it is done, so that it leaves the composer alone."""
    if not _fragment(request):
        if refused:
            messages.warning(request, refused)
        return _go(sight.state.open(card.id))
    if refused:
        return HttpResponse(refused, status=409, content_type="text/plain; charset=utf-8")
    done = {"glede:acted": {"id": card.id}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(done)})


def _go(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
