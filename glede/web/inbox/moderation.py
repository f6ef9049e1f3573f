"""Acts on what a resident wrote: one page to ask for them, and the blocks that are in force."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.desk.conversations import talk
from glede.desk.conversations.queries import NotVisible
from glede.desk.conversations.talk import Card, Said
from glede.desk.moderation import queries, rules
from glede.desk.moderation.queries import Done
from glede.desk.moderation.rules import ActRefusedError, Reason
from glede.desk.outbox.rules import TooLate, WrongState
from glede.flow import moderating
from glede.flow.moderating import Asked
from glede.kit.words import joined, say, told
from glede.platforms import registry
from glede.platforms.contract import Act, Can
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import forms, page
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as the page offers it, or says why it does not."""

    act: Act
    words: str
    note: str
    final: bool
    why_not: str


@needs(Permission.MODERATE)
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: DeskRequest, conversation_id: int, message_id: int) -> HttpResponse:
    """Choose an act, say why, and queue it with its evidence."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.MODERATE, card)
    try:
        said = talk.theirs(request.viewer, card, message_id)
    except NotVisible as error:
        raise Http404(str(error)) from error
    offers = _offers(sight, card, said)
    open_offers = [one for one in offers if not one.why_not]
    form = forms.ModerateForm(
        request.POST or None,
        acts=[(one.act.value, one.words) for one in open_offers],
        # A key that means one of them leads here with it chosen already.
        initial={"until": _first_end(sight), "act": request.GET.get("act", "")},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        until = given["until"]
        asked = Asked(
            act=Act(given["act"]),
            reason=Reason(given["reason"]),
            words=given["words"],
            ends_at=datetime.combine(until + timedelta(days=1), time(), sight.zone)
            if until
            else None,
            sure=given["sure"],
        )
        try:
            moderating.ask(viewer=request.viewer, message_id=said.id, asked=asked, now=request.now)
        except ActRefusedError as error:
            form.add_error(None, told(error))
        else:
            return page.go(f"{sight.state.open(card.id)}#m{said.id}")
    content = {
        "card": card,
        "said": said,
        "when": sight.when(said.received_at),
        "form": form,
        "offers": open_offers,
        "closed": [one for one in offers if one.why_not],
        "final": [one for one in open_offers if one.final],
        "blocks": any(one.act is Act.BLOCK for one in open_offers),
        "platform": platform_name(card.platform),
        "back": f"{sight.state.open(card.id)}#m{said.id}",
    }
    status = 422 if form.errors else 200
    return render(request, "inbox/moderate.html", content, status=status)


def _offers(sight: Sight, card: Card, said: Said) -> list[Offer]:
    """Every act that makes sense now: offered, or with the words why it is not."""
    platform = registry.get(card.platform)
    abilities = platform.capabilities.abilities
    blocked = said.handle_id is not None and queries.block_of(said.handle_id, card.account_id)
    wanted = [Act.UNHIDE if said.hidden_at else Act.HIDE, Act.DELETE]
    wanted = [] if said.removed_at else wanted
    wanted += [Act.UNBLOCK if blocked else Act.BLOCK, Act.REPORT]
    found = []
    for act in wanted:
        ability = rules.ability(abilities, act)
        why_not = ""
        if ability.can is Can.NO:
            why_not = say("%(platform)s does not let us do that.", platform=platform.name)
            if ability.note:
                why_not = joined([why_not, ability.note])
        elif not sight.viewer.may(rules.ASKS[act], card.brand_id):
            why_not = say("Clause 6.8 leaves it to those who lead.")
        note = ability.note if ability.can is Can.CONDITIONS else ""
        final = rules.is_final(act, abilities)
        found.append(Offer(act, rules.DOING[act], note, final, why_not))
    return found


def _first_end(sight: Sight) -> str:
    ends = sight.now.astimezone(sight.zone) + timedelta(days=settings.GLEDE_BLOCK_DAYS)
    return f"{ends:%Y-%m-%d}"


@needs(Permission.MODERATE)
@require_POST
def take_back(request: DeskRequest, deed_id: int) -> HttpResponse:
    """Undo an act that has not left."""
    sight, card = _of_deed(request, deed_id)
    try:
        moderating.take_back(viewer=request.viewer, deed_id=deed_id, now=request.now)
    except (TooLate, ActRefusedError) as error:
        messages.warning(request, told(error))
    return page.go(sight.state.open(card.id))


@needs(Permission.MODERATE)
@require_POST
def try_again(request: DeskRequest, deed_id: int) -> HttpResponse:
    sight, card = _of_deed(request, deed_id)
    try:
        moderating.try_again(viewer=request.viewer, deed_id=deed_id, now=request.now)
    except (WrongState, ActRefusedError) as error:
        messages.warning(request, told(error))
    return page.go(sight.state.open(card.id))


def _of_deed(request: DeskRequest, deed_id: int) -> tuple[Sight, Card]:
    conversation_id = queries.conversation_of(deed_id)
    if conversation_id is None:
        raise Http404("There is no such act here.")
    return page.sight_of(request), page.card_of(request, conversation_id)


@dataclass(frozen=True, slots=True)
class BlockView:
    of: Done
    platform: str
    brand: str
    until: str
    by: str
    url: str
    lift_url: str


@needs(Permission.MODERATE)
@require_safe
def blocks(request: DeskRequest) -> HttpResponse:
    """Who is blocked, why, and until when."""
    sight = page.sight_of(request)
    found = [
        BlockView(
            of=one,
            platform=platform_name(one.platform),
            brand=sight.known[one.brand_id].name if one.brand_id in sight.known else "",
            until=sight.when(one.ends_at) if one.ends_at else "",
            by=one.person_name or "Glede",
            url=sight.state.open(one.conversation_id),
            lift_url=reverse("inbox:moderate", args=[one.conversation_id, one.message_id]),
        )
        for one in queries.blocks(request.viewer)
    ]
    return render(request, "inbox/blocks.html", {"blocks": found})
