"""Reading the inbox: the list, a conversation, and what others change in it. Changes nothing."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from glede.desk.conversations import queries
from glede.desk.conversations.queries import COUNTED_TO
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.given import number
from glede.web.inbox import about, asked, listing, page, words

#: Rows asked for at once when screens are told of changes.
_MOST_ROWS = 100


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_list(request: DeskRequest) -> HttpResponse:
    if older := asked.older(request.GET):
        return HttpResponseRedirect(older.url)
    sight = page.sight_of(request)
    if page.fragment(request) == "list":
        return render(request, "inbox/list.html#list", page.list_values(sight))
    name = f"{page.PAGE}#chosen" if page.fragment(request) else page.PAGE
    return page.placed(
        request,
        render(request, name, {**page.list_values(sight), "fragment": page.fragment(request)}),
    )


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    return page.placed(request, page.shown(request, sight, card))


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_live(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """The parts of an open conversation that others change: all but what is being written."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    shown = {**page.conversation_values(request, sight, card), "list": {"state": sight.state}}
    return render(request, f"{page.PAGE}#live", shown)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_rows(request: DeskRequest) -> HttpResponse:
    """Rows of conversations that changed, whether or not they still stand in this list."""
    sight = page.sight_of(request)
    ids = [row for one in request.GET.getlist("id") if (row := number(one)) is not None]
    found = queries.rows_of(
        sight.viewer, ids=ids[:_MOST_ROWS], filters=sight.asked.filters, moment=sight.moment
    )
    brands = sight.known
    rows = [
        listing.row_view(
            row,
            viewer=sight.viewer,
            state=sight.state,
            known=brands,
            now=sight.now,
            zone=sight.zone,
        )
        for row in found
    ]
    counted = listing.figures(
        sight.viewer,
        state=sight.state,
        asked=sight.asked,
        known=sight.desk,
        now=sight.now,
        zone=sight.zone,
    )
    shown = {"views": counted.views, "state": sight.state}
    heads = {group.value: words.counted(n, up_to=COUNTED_TO) for group, n in counted.groups.items()}
    may = sight.viewer.may(Permission.WORK_CONVERSATIONS)
    values = {"rows": rows, "list": shown, "heads": heads, "may_work_here": may}
    return render(request, "inbox/list.html#rows", values)


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show_why(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    if not page.fragment(request):
        return HttpResponseRedirect(f"{sight.state.open(card.id)}#why")
    found = about.why_view(card, sight)
    return render(request, f"inbox/panel.html#{'why' if found else 'nowhy'}", {"sum": found})
