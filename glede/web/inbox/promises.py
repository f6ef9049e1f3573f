"""A timescale, “no reply needed”, and the sample of those that are looked at again.

Each form has a page of its own: an open conversation is renewed while others write in it, and what
is half filled in must not go with it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from glede.desk.conversations import queries_quality, queries_timescale, timescales
from glede.desk.conversations.rules import NotNeeded
from glede.desk.conversations.talk import Card
from glede.desk.replies import queries as drafts
from glede.desk.replies.rules import REPLY
from glede.flow import agreeing, handling
from glede.flow.agreeing import Given
from glede.kit.words import say, told
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries as policy
from glede.web.access import DeskRequest, found, needs
from glede.web.inbox import forms, page, promised
from glede.web.inbox.promised import TimescaleView
from glede.web.inbox.sight import Sight

#: Rows of the sample shown at once; whoever looks has seen enough by then.
_MOST_SAMPLED = 100


def _mine(request: DeskRequest, conversation_id: int) -> tuple[Sight, Card]:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    return sight, card


# --- A timescale -----------------------------------------------------------------------------


@needs(Permission.WORK_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def timescale(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Write down what will be done, by when and by whom; the next reply tells it."""
    sight, card = _mine(request, conversation_id)
    people = _people(request, card)
    replaces = queries_timescale.holding(card.id) is not None
    form = forms.TimescaleForm(
        request.POST or None, people=people, moves=replaces, initial=_first(request, card)
    )
    closed = None
    if request.method == "POST" and form.is_valid():
        try:
            outcome = agreeing.plan(
                viewer=request.viewer,
                conversation_id=card.id,
                given=_given(request, card, form.cleaned_data, sight),
                now=request.now,
            )
        except timescales.BadTimescale as error:
            form.add_error(None, told(error))
        else:
            if not isinstance(outcome, timescales.ClosedThen):
                return page.go(f"{sight.state.open(card.id)}#words")
            closed = outcome
    content = {
        "card": card,
        "form": form,
        "closed": closed,
        "instead": _local(closed.instead, sight) if closed else None,
        "instead_words": sight.when(closed.instead) if closed else "",
        "moves": replaces,
        "back": sight.state.open(card.id),
        "now": _holding(card, sight),
    }
    return render(
        request, "inbox/timescale.html", content, status=422 if form.errors or closed else 200
    )


def _people(request: DeskRequest, card: Card) -> list[tuple[int, str]]:
    listed: list[tuple[int, str]] = [
        (request.viewer.id, say("%(name)s (you)", name=request.viewer.name))
    ]
    listed += [(one.id, one.name) for one in page.colleagues(request, card)]
    if card.owner_id not in (None, *(one for one, _ in listed)):
        listed.append((card.owner_id or 0, card.owner_name))
    return listed


def _first(request: DeskRequest, card: Card) -> dict[str, Any]:
    return {"person": card.owner_id or request.viewer.id, "at": "17:30"}


def _local(at: datetime, sight: Sight) -> Mapping[str, str]:
    local = at.astimezone(sight.zone)
    return {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}"}


def _given(request: DeskRequest, card: Card, given: dict[str, Any], sight: Sight) -> Given:
    by_at = datetime.combine(given["on"], given["at"], sight.zone)
    typed = drafts.draft(conversation_id=card.id, person_id=request.viewer.id, mode=REPLY)
    what = " ".join(given["what"].split()).rstrip(".")
    promise = f"{what} by {sight.when(by_at)}."
    return Given(
        what=given["what"],
        by_at=by_at,
        person_id=int(given["person"]),
        reason=given["reason"],
        told_already=given["told"] == "already",
        anyway=given["anyway"],
        words=f"{typed.rstrip()} {promise}".strip(),
    )


def _holding(card: Card, sight: Sight) -> TimescaleView | None:
    return next((one for one in promised.views(card, sight) if one.of.holds), None)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def timescale_answer(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """What the resident said to it."""
    sight, card = _mine(request, conversation_id)
    try:
        agreeing.answer(
            viewer=request.viewer,
            conversation_id=card.id,
            agreed=request.POST.get("said") == "agreed",
            now=request.now,
        )
    except timescales.WrongStep as error:
        return page.acted(request, sight, card, refused=told(error))
    return page.acted(request, sight, card)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def timescale_drop(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """It is not told after all."""
    sight, card = _mine(request, conversation_id)
    agreeing.drop(viewer=request.viewer, conversation_id=card.id, now=request.now)
    return page.acted(request, sight, card)


# --- No reply needed -------------------------------------------------------------------------


@needs(Permission.WORK_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def no_reply(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Say, with a reason and one's own name, that nothing has to be answered."""
    sight, card = _mine(request, conversation_id)
    proposed = _proposed(request, card)
    first = {"reason": proposed.value} if proposed else {}
    form = forms.NoReplyForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        following = page.following(sight, card)  # from where it still stands
        try:
            kept = handling.no_reply_needed(
                viewer=request.viewer,
                conversation_id=card.id,
                reason=NotNeeded(form.cleaned_data["reason"]),
                words=form.cleaned_data["words"],
                now=request.now,
            )
        except ValueError as error:
            form.add_error(None, told(error))
        else:
            page.offer(request, kept)
            return page.go(sight.state.open(following) if following else sight.state.top.url)
    content = {
        "card": card,
        "form": form,
        "proposed": proposed,
        "back": sight.state.open(card.id),
    }
    return render(request, "inbox/no_reply.html", content, status=422 if form.errors else 200)


def _proposed(request: DeskRequest, card: Card) -> NotNeeded | None:
    """What the desk would propose, if anything: a person decides."""
    try:
        praise = policy.rule("not_needed.praise", at=request.now).value
    except policy.NoRule:
        return None
    return queries_quality.proposal(card.id, praise=praise)


# --- Looked at again -------------------------------------------------------------------------


@needs(Permission.READ_AUDIT)
@require_safe
def sample(request: DeskRequest) -> HttpResponse:
    """“No reply needed”, a share of it, for somebody else to look at."""
    sight = page.sight_of(request)
    percent = policy.rule("not_needed.sample", at=request.now).value
    rows = queries_quality.sampled(request.viewer, percent=percent, limit=_MOST_SAMPLED)
    content = {
        "rows": [(one, sight.when(one.closed_at), sight.state.open(one.conversation_id))
                 for one in rows],
        "percent": percent,
        "left": sum(1 for one in rows if not one.found),
        "me": request.viewer.id,
    }  # fmt: skip
    return render(request, "inbox/sample.html", content)


@needs(Permission.READ_AUDIT)
@require_POST
def checked(request: DeskRequest, enquiry_id: int) -> HttpResponse:
    one = found(queries_quality.sampled_one(request.viewer, enquiry_id))
    try:
        handling.check(
            viewer=request.viewer,
            enquiry_id=one.enquiry_id,
            right=request.POST.get("found") == "right",
            now=request.now,
        )
    except ValueError as error:
        messages.warning(request, told(error))
    return page.go("/sample/")
