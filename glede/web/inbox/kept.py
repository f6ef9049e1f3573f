"""Views of the list that people keep: the page of them, and how a line of the list goes on."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.desk.conversations import queries as conversations
from glede.desk.conversations.queries import COUNTED_TO
from glede.desk.views import queries, rules
from glede.desk.views.queries import Kept, Known, Whose
from glede.desk.views.rules import BadView, Share
from glede.flow import viewing
from glede.kit.words import joined, say, shown, told
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, NotYoursError, found, needs
from glede.web.inbox import asked, menus, page, words
from glede.web.inbox.asked import State

SHARE_WORDS = {Share.ME: say("Only me"), Share.BRAND: say("Who reads"), Share.TEAM: say("The team")}


class ViewForm(forms.Form):
    """A name, and who sees it: “me”, “team” or “brand:” with a brand's short name."""

    name = forms.CharField(max_length=rules.LONGEST_NAME, strip=True)
    share = forms.CharField(max_length=60, required=False)


@dataclass(frozen=True, slots=True)
class ViewView:
    """A kept view with its figure, and what this person may do about it."""

    of: Kept
    url: str
    count: str
    asks: str
    #: Its value among the choices of who sees it.
    share: str
    shared: str
    first: bool


@needs(Permission.READ_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def views(request: DeskRequest) -> HttpResponse:
    """One's views, with their figures; and the list that the address asks for, to be kept."""
    sight = page.sight_of(request)
    refusal = ""
    if request.method == "POST":
        form = ViewForm(request.POST)
        try:
            name, share, brand = _given(form, sight.desk)
            viewing.keep(
                viewer=request.viewer,
                name=name,
                query=sight.state.q,
                order=sight.state.order,
                share=share,
                brand_id=brand,
                now=request.now,
            )
        except BadView as error:
            refusal = told(error)
        else:
            return page.go(sight.state.top.url)
    content = {
        "state": sight.state,
        "asks": _asks(sight.state, sight.desk),
        "may_keep": bool(request.GET.get("q") or request.GET.get("order"))
        and not sight.asked.problems,
        "name": request.POST.get("name", ""),
        "refusal": refusal,
        **_page(request, sight.desk),
    }
    return render(request, "inbox/views.html", content, status=422 if refusal else 200)


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def change(request: DeskRequest, view_id: int) -> HttpResponse:
    """Another name, or others who see it."""
    view, known = _own(request, view_id), queries.known(request.viewer)
    try:
        name, share, brand = _given(ViewForm(request.POST), known)
        viewing.change(
            viewer=request.viewer, view_id=view.id, name=name, share=share, brand_id=brand,
            now=request.now,
        )  # fmt: skip
    except BadView as error:
        messages.warning(request, told(error))
    return page.go(reverse("inbox:views"))


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def up(request: DeskRequest, view_id: int) -> HttpResponse:
    viewing.move_up(viewer=request.viewer, view_id=_own(request, view_id).id, now=request.now)
    return page.go(reverse("inbox:views"))


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def delete(request: DeskRequest, view_id: int) -> HttpResponse:
    view = _own(request, view_id)
    viewing.delete(viewer=request.viewer, view_id=view.id, now=request.now)
    gone = say("The view “%(name)s” is gone. No conversation changed.", name=view.name)
    messages.success(request, shown(gone))
    return page.go(reverse("inbox:views"))


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def complete(request: DeskRequest) -> HttpResponse:
    """How a line may go on, as a list box; without a script the page of views tells the words."""
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('inbox:views')}#words")
    known = queries.known(request.viewer)
    offers = rules.offers(request.GET.get("q", "").replace("\0", " "), known.vocabulary)
    return render(request, "inbox/views.html#offers", {"offers": offers})


def _own(request: DeskRequest, view_id: int) -> Whose:
    """One's own view; what others share may be opened, not changed. Those who manage people may
    also mend what was left behind."""
    view = found(queries.one(request.viewer, view_id))
    if view.person_id != request.viewer.id and not request.viewer.may(Permission.MANAGE_PEOPLE):
        raise NotYoursError(say("Only who made a view changes it. Keep one of your own instead."))
    return view


def _given(form: ViewForm, known: Known) -> tuple[str, Share, int | None]:
    """Name, who sees it, and which brand. Raises `BadView`."""
    if not form.is_valid():
        return rules.named(""), Share.ME, None
    share, _, slug = form.cleaned_data["share"].partition(":")
    if share not in set(Share):
        share = Share.ME
    brand = next((one.id for one in known.brands if one.slug == slug), None)
    if share == Share.BRAND and brand is None:
        raise BadView(say("Choose one of your brands to share it with."))
    return form.cleaned_data["name"], Share(share), brand if share == Share.BRAND else None


def _page(request: DeskRequest, known: Known) -> dict[str, Any]:
    named = {one.id: one for one in known.brands}
    states = [State(one.query, one.order) for one in known.views]
    filters = [asked.ask(one.q, known, request.viewer).filters for one in states]
    moment = page.sight_of(request).moment
    figures = conversations.tally(request.viewer, filters, moment=moment)
    shown = []
    for at, (one, state, figure) in enumerate(zip(known.views, states, figures, strict=True)):
        brand = named.get(one.brand) if one.brand is not None else None
        shown.append(
            ViewView(
                of=one,
                url=state.url,
                count=words.counted(figure, up_to=COUNTED_TO),
                asks=_asks(state, known),
                share=f"brand:{brand.slug}" if brand else one.share.value,
                shared=say("Who reads %(brand)s", brand=brand.name)
                if brand
                else SHARE_WORDS[one.share],
                first=at == 0,
            )
        )
    return {
        "own": [one for one in shown if one.of.mine],
        "shared": [one for one in shown if not one.of.mine],
        "shares": [
            (Share.ME.value, SHARE_WORDS[Share.ME]),
            (Share.TEAM.value, SHARE_WORDS[Share.TEAM]),
            *(
                (f"brand:{one.slug}", say("Who reads %(brand)s", brand=one.name))
                for one in known.brands
            ),
        ],
        "kinds": list(rules.KINDS.values()),
        "stands": [(word, says) for word, (says, _) in rules.IS.items()],
    }


def _asks(state: State, known: Known) -> str:
    """The list in words: “Pennvale, Late, not label spam”."""
    terms = rules.read(state.q).query.terms
    said = [rules.said(one, known.vocabulary) for one in terms]
    if state.order.value != "time left":
        said.append(menus.ORDER_WORDS[state.order])
    return joined(said, " · ") or say("Everything that is open")
