"""Acts of the inbox: each is a plain form; a script that sends it gets the changed part back."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from glede.desk.acts.rules import CannotUndo
from glede.desk.attachments.rules import NotTakenError
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import mentions
from glede.desk.conversations.rules import WrongState
from glede.desk.conversations.talk import Card
from glede.desk.outbox import rules as sending
from glede.desk.outbox.rules import Because
from glede.desk.replies import actions as drafts
from glede.desk.replies.rules import NOTE, REPLY, Anyway, Finding, Found, Kept
from glede.desk.replies.texts import Use
from glede.flow import alerting, attaching, handling, outbound, texts, undoing
from glede.flow.guard import INVITES, Aside
from glede.kit.words import shown, told
from glede.rulebook.people.rules import Permission
from glede.web import shell
from glede.web.access import DeskRequest, needs
from glede.web.inbox import forms, page
from glede.web.inbox.composer import Refusal
from glede.web.inbox.sight import Sight

#: The value of “where” that sends a reply into public though they wrote last in private.
PUBLIC = "public"


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def say(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Send a reply or keep a note; what is refused keeps its words."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    form = forms.SayForm(request.POST, request.FILES)
    if not form.is_valid():
        return page.refused(request, sight, card, page.unreadable(request))
    given = form.cleaned_data
    if given["mode"] == NOTE:
        return _note(request, sight, card, given)
    if given["then"] == "texts":
        _keep(request, card, given)
        return page.go(f"{reverse('inbox:texts', args=[card.id])}{sight.state.query}")
    if given["then"] == "invite":
        return _invite(request, sight, card, given)
    if given["drop"] or given["picture"] or given["then"] == "picture":
        wrong = _picture(request, card, given)
        if wrong:
            refusal = _with_picture(given, wrong)
            return page.refused(request, sight, card, refusal)
        if given["drop"] or given["then"] == "picture":
            return page.go(f"{sight.state.open(card.id)}#words")
    goes_on = given["then"].endswith("next")
    following = page.following(sight, card) if goes_on else None
    outcome = outbound.queue_reply(
        viewer=request.viewer,
        conversation_id=card.id,
        text=given["text"],
        seen_revision=given["seen"],
        afterwards="resolve" if given["then"].startswith("resolve") else "",
        confirmed=frozenset(given["confirmed"]),
        agreement_id=given["tells"],
        aside=_aside(given),
        in_public=given["where"] == PUBLIC,
        anyway=Anyway(given["anyway"]) if given["anyway"] else None,
        ask=given["ask"],
        now=request.now,
    )
    if isinstance(outcome, outbound.Stopped):
        refusal = Refusal(
            REPLY,
            given["text"],
            outcome.findings,
            given["seen"],
            frozenset(given["confirmed"]),
            given["where"],
            given["line"],
            given["anyway"],
            given["ask"],
        )
        return page.refused(request, sight, card, refusal)
    if goes_on:
        return page.go(sight.state.open(following) if following else sight.state.top.url)
    return page.go(f"{sight.state.open(card.id)}#latest")


def _picture(request: DeskRequest, card: Card, given: dict[str, Any]) -> str:
    """Take a picture into the composer or out of it, with the words typed so far; says why not."""
    page.must(request, Permission.REPLY, card)
    _keep(request, card, given)
    if given["drop"]:
        attaching.drop(viewer=request.viewer, conversation_id=card.id, attachment_id=given["drop"])
        return ""
    if given["picture"] is None:
        return gettext("Choose a picture first.")
    if given["picture"].size > settings.GLEDE_UPLOAD_MB * 1_000_000:
        return gettext("It is larger than the %(most)s MB we take here.") % {
            "most": settings.GLEDE_UPLOAD_MB
        }
    try:
        attaching.choose(
            viewer=request.viewer,
            conversation_id=card.id,
            content=given["picture"].read(),
            alt=given["alt"],
            now=request.now,
        )
    except NotTakenError as error:
        return told(error)
    return ""


def _keep(request: DeskRequest, card: Card, given: dict[str, Any]) -> None:
    """What was typed so far, before one goes elsewhere for a moment."""
    drafts.keep_draft(
        conversation_id=card.id,
        person_id=request.viewer.id,
        text=given["text"],
        where=given["where"],
        line=given["line"],
        now=request.now,
    )


def _with_picture(given: dict[str, Any], wrong: str) -> Refusal:
    return Refusal(
        REPLY,
        given["text"],
        (Finding(Found.PICTURES, wrong, stops=True),),
        given["seen"],
        where=given["where"],
        line=given["line"],
        alt=given["alt"],
        picture_wrong=wrong,
    )


def _aside(given: dict[str, Any]) -> Aside | None:
    """A public message answered in private, where a reason was chosen."""
    if given["where"] in ("", PUBLIC):
        return None
    if given["where"].startswith(INVITES):
        return Aside(Because(given["where"].removeprefix(INVITES)), invites=True)
    return Aside(Because(given["where"]), given["line"])


def _invite(request: DeskRequest, sight: Sight, card: Card, given: dict[str, Any]) -> HttpResponse:
    """Put the brand's words that ask them to write or ring into the box, with what was typed."""
    page.must(request, Permission.REPLY, card)
    words = texts.sentence(
        Use.INVITED, viewer=request.viewer, conversation_id=card.id, now=request.now
    )
    typed = given["text"].rstrip()
    _keep(request, card, {**given, "text": f"{typed}\n{words}" if typed else words})
    return page.go(f"{sight.state.open(card.id)}#words")


def _note(request: DeskRequest, sight: Sight, card: Card, given: dict[str, Any]) -> HttpResponse:
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    if not given["note"].strip():
        empty = Finding(Found.EMPTY, gettext("A note needs words."), stops=True)
        return page.refused(request, sight, card, Refusal(NOTE, "", (empty,), given["seen"]))
    try:
        _, kept = handling.noted(
            viewer=request.viewer, conversation_id=card.id, text=given["note"], now=request.now
        )
    except mentions.Unclear as error:
        unclear = Finding(Found.UNCLEAR, told(error), stops=True)
        refusal = Refusal(NOTE, given["note"], (unclear,), given["seen"])
        return page.refused(request, sight, card, refusal)
    drafts.drop_draft(conversation_id=card.id, person_id=request.viewer.id, mode=NOTE)
    page.offer(request, kept)
    return page.go(f"{sight.state.open(card.id)}#latest")


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def keep_draft(request: DeskRequest, conversation_id: int) -> HttpResponse:
    card = page.card_of(request, conversation_id)
    form = forms.DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    given = form.cleaned_data
    try:
        kept = drafts.keep_typed(
            conversation_id=card.id, person_id=request.viewer.id, now=request.now, **given
        )
    except drafts.ElsewhereError as error:
        return JsonResponse({"says": _elsewhere(error, page.sight_of(request)),
                             **_kept(error.kept)}, status=409)  # fmt: skip
    return JsonResponse(_kept(kept))


def _kept(kept: Kept) -> dict[str, str]:
    """What stands on the desk now, for the window that asks."""
    return {"base": kept.saved_at.isoformat() if kept.saved_at else "", "text": kept.text}


def _elsewhere(error: drafts.ElsewhereError, sight: Sight) -> str:
    if error.kept.saved_at is None:
        return gettext("In another window you sent or emptied this draft.")
    return gettext("In another window you wrote something else here at %(at)s.") % {
        "at": shown(sight.when(error.kept.saved_at))
    }


@needs(Permission.READ_CONVERSATIONS)
@require_POST
def mark_read(request: DeskRequest, conversation_id: int) -> HttpResponse:
    card = page.card_of(request, conversation_id)
    form = forms.ReadForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    conversations.read(
        conversation_id=card.id,
        person_id=request.viewer.id,
        # Nobody has read what is not written yet.
        revision=min(form.cleaned_data["revision"], card.revision),
        # What came after the page was made is new to them, even if it came before they looked.
        now=min(form.cleaned_data["at"] or request.now, request.now),
    )
    alerting.opened(viewer=request.viewer, conversation_id=card.id, now=request.now)
    return HttpResponse(status=204)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def assign(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    form = forms.AssignForm(request.POST)
    if not form.is_valid():
        return HttpResponse(gettext("Say whom to give it to."), status=400)
    to = form.cleaned_data["to"]
    person_id = request.viewer.id if to == "me" else None if to == "nobody" else int(to)
    if person_id not in (None, request.viewer.id) and person_id not in {
        one.id for one in page.colleagues(request, card)
    }:
        raise Http404("Nobody by that number works for this brand.")
    kept = handling.assign(
        viewer=request.viewer, conversation_id=card.id, person_id=person_id, now=request.now
    )
    return page.acted(request, sight, card, kept=kept)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def resolve(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    goes_on = request.POST.get("then") == "next"
    following = page.following(sight, card) if goes_on else None
    try:
        kept = handling.resolve(viewer=request.viewer, conversation_id=card.id, now=request.now)
    except (WrongState, conversations.NotAnswered) as error:
        return page.acted(request, sight, card, refused=told(error))
    if goes_on:
        page.offer(request, kept)
        return page.go(sight.state.open(following) if following else sight.state.top.url)
    return page.acted(request, sight, card, kept=kept)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def reopen(request: DeskRequest, conversation_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    try:
        kept = handling.reopen(viewer=request.viewer, conversation_id=card.id, now=request.now)
    except WrongState as error:
        return page.acted(request, sight, card, refused=told(error))
    return page.acted(request, sight, card, kept=kept)


@needs(Permission.WORK_CONVERSATIONS)
@require_POST
def undo(request: DeskRequest, act_id: int) -> HttpResponse:
    """Take one's own last act back, exactly, while there is time."""
    sight = page.sight_of(request)
    refused = ""
    try:
        back = undoing.undo(viewer=request.viewer, act_id=act_id, now=request.now)
    except LookupError as error:
        raise Http404(str(error)) from error
    except CannotUndo as error:
        refused, back = told(error), undoing.Undone(())
    request.session.pop(shell.DONE, None)
    if refused and page.fragment(request):
        return HttpResponse(refused, status=409, content_type="text/plain; charset=utf-8")
    if refused:
        messages.warning(request, refused)
        return page.go(sight.state.url)
    return page.undone(request, sight, back)


@needs(Permission.REPLY)
@require_POST
def take_back(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """Undo a reply that has not left; its words go back to the composer."""
    sight = page.sight_of(request)
    card = page.card_of_delivery(request, delivery_id)
    try:
        outbound.take_back(viewer=request.viewer, delivery_id=delivery_id, now=request.now)
    except sending.TooLate as error:
        messages.warning(request, told(error))
    return page.go(sight.state.open(card.id))


@needs(Permission.REPLY)
@require_POST
def try_again(request: DeskRequest, delivery_id: int) -> HttpResponse:
    sight = page.sight_of(request)
    card = page.card_of_delivery(request, delivery_id)
    try:
        outbound.try_again(viewer=request.viewer, delivery_id=delivery_id, now=request.now)
    except sending.WrongState as error:
        messages.warning(request, told(error))
    return page.go(sight.state.open(card.id))
