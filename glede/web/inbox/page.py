"""What reading and writing have in common: who looks, at what, and how an answer is shown."""

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from glede.desk.contacts import queries as contacts
from glede.desk.conversations import queries, talk
from glede.desk.conversations.queries import NotVisible
from glede.desk.conversations.talk import Card
from glede.desk.conversations.window import Window
from glede.desk.outbox import queries as outbox
from glede.desk.replies.rules import NOTE, REPLY, Finding, Found
from glede.desk.views import queries as views
from glede.flow.undoing import Kept, Undone
from glede.kit import words
from glede.kit.words import joined, say, say_many
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web import shell
from glede.web.access import DeskRequest, NotYoursError
from glede.web.given import number
from glede.web.inbox import composer, listing, marks, related, thread
from glede.web.inbox.asked import brands_of, state_of
from glede.web.inbox.composer import Refusal
from glede.web.inbox.sight import Sight

PAGE = "inbox/page.html"

#: Messages unveiled on one page.
_MOST_UNVEILED = 200


def sight_of(request: DeskRequest) -> Sight:
    known = views.known(request.viewer)
    return Sight(
        viewer=request.viewer,
        state=state_of(request.GET),
        known=brands_of(known),
        desk=known,
        now=request.now,
        zone=timezone.get_current_timezone(),
    )


def fragment(request: DeskRequest) -> str:
    """The id of the part a script asks for; empty for a whole page."""
    if not request.htmx or request.htmx.request_type == "full":
        return ""
    return (request.htmx.target or "").rpartition("#")[2] or "part"


def card_of(request: DeskRequest, conversation_id: int) -> Card:
    try:
        return talk.card(request.viewer, conversation_id)
    except NotVisible as error:
        raise Http404(str(error)) from error


def card_of_delivery(request: DeskRequest, delivery_id: int) -> Card:
    conversation_id = outbox.conversation_of(delivery_id)
    if conversation_id is None:
        raise Http404("There is no such reply here.")
    card = card_of(request, conversation_id)
    must(request, Permission.REPLY, card)
    return card


def must(request: DeskRequest, permission: Permission, card: Card) -> None:
    if not request.viewer.may(permission, card.brand_id):
        raise NotYoursError(say("Your roles for this brand do not include that."))


def colleagues(request: DeskRequest, card: Card) -> list[Any]:
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=card.brand_id, now=request.now)
    return [one for one in may if one.id not in (request.viewer.id, card.owner_id)]


def following(sight: Sight, card: Card) -> int | None:
    return queries.following(
        sight.viewer,
        filters=sight.asked.filters,
        moment=sight.moment,
        order=sight.state.order,
        after=card.id,
        leaving=[card.id],
    )


def in_view(sight: Sight, *, most: int) -> list[int]:
    """The conversations of this view from its top: what one act on all of them takes."""
    shown = queries.open_list(
        sight.viewer,
        filters=sight.asked.filters,
        moment=sight.moment,
        order=sight.state.order,
        limit=most,
    )
    return [row.id for row in shown.rows]


def list_values(sight: Sight) -> dict[str, Any]:
    return {
        "list": listing.build(
            sight.viewer,
            state=sight.state,
            asked=sight.asked,
            known=sight.desk,
            brands=sight.known,
            now=sight.now,
            zone=sight.zone,
        ),
        "presence_every": settings.GLEDE_PRESENCE_SECONDS,
        "may_work_here": sight.viewer.may(Permission.WORK_CONVERSATIONS),
        "may_sample": sight.viewer.may(Permission.READ_AUDIT),
        "may_moderate": sight.viewer.may(Permission.MODERATE),
    }


def window_of(given: QueryDict) -> Window:
    """Which stretch of the conversation an address asks for; what is no number counts as not
    said."""
    asked = {name: given.get(name, "") for name in ("earlier", "later", "at")}
    return Window(
        **{name: found for name, value in asked.items() if (found := number(value)) is not None}
    )


def unveiled(given: QueryDict) -> frozenset[int]:
    """Messages whose veil an address asks to leave away."""
    return frozenset(
        found
        for one in given.getlist("show")[:_MOST_UNVEILED]
        if (found := number(one)) is not None
    )


def conversation_values(
    request: DeskRequest, sight: Sight, card: Card, refusal: Refusal | None = None
) -> dict[str, Any]:
    may_work = sight.viewer.may(Permission.WORK_CONVERSATIONS, card.brand_id)
    mode = NOTE if request.GET.get("mode") == NOTE else REPLY
    known = contacts.known(card.contact_id)
    shown = thread.build(
        card,
        sight,
        known=known,
        window=window_of(request.GET),
        unveiled=unveiled(request.GET),
    )
    return {
        "thread": shown,
        "composer": composer.build(
            sight,
            card,
            refusal=refusal,
            mode=mode,
            shown=shown,
            declined=_number(request, "declined"),
        ),
        "marks": marks.build(card, sight, may_work=may_work),
        "related": related.build(card, sight, known=known),
        "may_label": sight.viewer.may(Permission.MANAGE_LABELS, card.brand_id),
        "may_work": may_work,
        "may_reply": sight.viewer.may(Permission.REPLY, card.brand_id),
        "colleagues": colleagues(request, card) if may_work else [],
        "fragment": fragment(request),
        "presence_every": settings.GLEDE_PRESENCE_SECONDS,
    }


def _number(request: DeskRequest, name: str) -> int:
    return number(request.GET.get(name, "")) or 0


def shown(
    request: DeskRequest,
    sight: Sight,
    card: Card,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    values = conversation_values(request, sight, card, refusal)
    if fragment(request):
        # The list stays as it is on the screen: only its address is needed.
        return render(request, f"{PAGE}#chosen", {**values, "list": {"state": sight.state}})
    page = {**list_values(sight), **values, "open_id": str(card.id)}
    return render(request, PAGE, page, status=status)


def refused(request: DeskRequest, sight: Sight, card: Card, refusal: Refusal) -> HttpResponse:
    # A fragment with a client error would not be shown (htmx's noSwap): the words say it.
    return shown(request, sight, card, refusal, status=422)


def unreadable(request: DeskRequest) -> Refusal:
    finding = Finding(
        Found.EMPTY, say("That form could not be read; nothing was sent."), stops=True
    )
    mode = NOTE if request.POST.get("mode") == NOTE else REPLY
    return Refusal(mode, request.POST.get("note" if mode == NOTE else "text", ""), (finding,), 0)


def placed(request: DeskRequest, response: HttpResponse) -> HttpResponse:
    """Give a fragment its address, so that reload, back and sharing work."""
    if fragment(request):
        here = request.htmx.current_url_abs_path or ""
        name = "HX-Replace-Url" if here.split("?")[0] == request.path else "HX-Push-Url"
        response[name] = request.get_full_path()
    response["Vary"] = "HX-Request"
    return response


def offer(request: DeskRequest, kept: Kept | None) -> None:
    """Let the pages to come offer to undo this, for as long as it can be."""
    if kept is not None:
        until = kept.until_at.isoformat()
        request.session[shell.DONE] = {
            "id": kept.id,
            "says": words.shown(kept.says),
            "until": until,
        }


def acted(
    request: DeskRequest,
    sight: Sight,
    card: Card,
    *,
    kept: Kept | None = None,
    refused: str = "",
) -> HttpResponse:
    """After an act that has nothing to do with what is being written: a script is only told that
    it is done and how to undo it, so that it leaves the composer alone."""
    offer(request, kept)
    if not fragment(request):
        if refused:
            messages.warning(request, words.shown(refused))
        return go(sight.state.open(card.id))
    if refused:
        return HttpResponse(
            words.shown(refused), status=409, content_type="text/plain; charset=utf-8"
        )
    return told(request, sight, [card.id])


def told(request: DeskRequest, sight: Sight, ids: Iterable[int], *, says: str = "") -> HttpResponse:
    """The answer to a script after an act: which conversations changed, the bar with undo, and a
    sentence to say where there is one."""
    values = {"fragment": "done", "list": {"state": sight.state}}
    response = render(request, "parts/done.html", values)
    response["HX-Reswap"] = "none"
    said = {"glede:said": {"says": says}} if says else {}
    response["HX-Trigger"] = json.dumps({"glede:acted": {"ids": list(ids)}, **said})
    return response


def go(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def undone(request: DeskRequest, sight: Sight, back: Undone) -> HttpResponse:
    """After an undo: the one conversation it was about is opened, unless it already is; then, as
    after an undo of many, what is being written stays."""
    ids = back.conversations
    (only, *more) = ids
    if more or back.stay:
        put_back = say_many("%(n)s put back.", "%(n)s put back.", len(ids))
        says = joined([put_back, *back.stay]).shown() if back.stay else ""
        if fragment(request):
            return told(request, sight, ids, says=says)
        if says:
            messages.warning(request, says)
        return go(sight.state.url)
    if back.note:
        url = sight.state.open(only)
        return go(f"{url}{'&' if '?' in url else '?'}mode={NOTE}")
    here = (request.htmx.current_url_abs_path or "").partition("?")[0]
    if fragment(request) and here == reverse("inbox:open", args=[only]):
        return told(request, sight, ids)
    return go(sight.state.open(only))
