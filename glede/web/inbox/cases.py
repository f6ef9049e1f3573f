"""One matter or two: merge, split, move, link, and the same answer for many who ask the same.

The forms stand on a page of their own: an open conversation is renewed while others write in it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from glede.desk.contacts import queries as contacts
from glede.desk.conversations import queries_cases
from glede.desk.conversations.cases import Kind, Refused
from glede.desk.conversations.queries_cases import Other, Regrouped
from glede.desk.conversations.talk import Card
from glede.desk.replies import queries as drafts
from glede.flow import casework
from glede.kit.words import say, told
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web.access import DeskRequest, needs
from glede.web.inbox import page, related
from glede.web.inbox.asked import NO_BRAND
from glede.web.inbox.sight import Sight


class CaseForm(forms.Form):
    """One of the acts, with what it needs."""

    act = forms.ChoiceField(
        choices=[(one, one) for one in ("merge", "split", "move", "link", "unlink", "unmerge")]
    )
    other = forms.RegexField(r"^\D*(?:/c/)?([0-9]{1,18})/?\S*$", required=False)
    messages = forms.TypedMultipleChoiceField(coerce=int, required=False)
    brand = forms.IntegerField(min_value=1, required=False)
    why = forms.CharField(max_length=300, required=False)

    def __init__(self, *args: object, lines: list[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own signature
        self.fields["messages"].choices = [(one, one) for one in lines]  # type: ignore[attr-defined] # a choice field


@dataclass(frozen=True, slots=True)
class DoneView:
    """What was merged or split here, and whether it can be taken back."""

    id: int
    words: str
    url: str
    why_not: str
    is_merge: bool


@needs(Permission.WORK_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def cases(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Everything that can be said about which matter this is."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.WORK_CONVERSATIONS, card)
    lines = queries_cases.lines(card.id)
    refused = ""
    given = CaseForm(request.POST or None, lines=[one.id for one in lines])
    if request.method == "POST":
        try:
            return page.go(_do(request, sight, card, given))
        except Refused as error:
            refused = told(error)
    around = related.build(card, sight, known=contacts.known(card.contact_id))
    content = {
        "card": card,
        "related": around,
        "lines": [(one, sight.when(one.at)) for one in lines],
        "chosen": given.cleaned_data.get("messages", []) if given.is_bound else [],
        "given": given.data if given.is_bound else {},
        "brands": [one for one in brands.all_brands() if one.pk != card.brand_id],
        "brand": sight.known.get(card.brand_id, NO_BRAND),
        "done": _done(request, sight, card),
        "refused": refused,
        "act": request.POST.get("act", ""),
        "back": sight.state.open(card.id),
    }
    return render(request, "inbox/cases.html", content, status=422 if refused else 200)


def _do(request: DeskRequest, sight: Sight, card: Card, form: CaseForm) -> str:
    """Do what was asked and return where to look next. Raises `Refused`, `Http404`."""
    form.is_valid()
    given, viewer, now = form.cleaned_data, request.viewer, request.now
    match given.get("act"):
        case "merge":
            other = _other(request, given.get("other", ""))
            # What was asked in public goes on in public, whichever of the two is open.
            source, target = (card, other) if card.private and not other.private else (other, card)
            done = casework.merge(
                viewer=viewer,
                source_id=source.id,
                target_id=target.id,
                why=given.get("why", ""),
                now=now,
            )
            page.offer(request, done.kept)
            return sight.state.open(done.conversation_id)
        case "split":
            done = casework.split(
                viewer=viewer,
                conversation_id=card.id,
                message_ids=given.get("messages", []),
                now=now,
            )
            page.offer(request, done.kept)
            return sight.state.open(done.conversation_id)
        case "move":
            if given.get("brand") not in {one.pk for one in brands.all_brands()}:
                raise Refused(say("Choose the brand it belongs to."))
            kept = casework.move(
                viewer=viewer,
                conversation_id=card.id,
                brand_id=given["brand"],
                why=given.get("why", ""),
                now=now,
            )
            page.offer(request, kept)
            stays = viewer.may(Permission.READ_CONVERSATIONS, given["brand"])
            return sight.state.open(card.id) if stays else sight.state.url
        case "link":
            other = _other(request, given.get("other", ""))
            kept = casework.link(
                viewer=viewer, conversation_id=card.id, duplicate_of_id=other.id, now=now
            )
            page.offer(request, kept)
        case "unlink":
            casework.unlink(viewer=viewer, conversation_id=card.id, now=now)
        case "unmerge":
            of = _regrouping(card, given.get("other", ""))
            casework.unmerge(viewer=viewer, regrouping_id=of.id, now=now)
        case _:
            raise Refused(say("That form could not be read. Nothing was changed."))
    return sight.state.open(card.id)


def _other(request: DeskRequest, said: str) -> Card:
    """The conversation that a number or a copied address names. Raises `Refused` where nobody may
    work on it; what one may not see is not there."""
    number = "".join(one for one in said.partition("/c/")[2] or said if one.isdecimal())[:18]
    if not number:
        raise Refused(say("Choose a conversation, or copy its address here."))
    try:
        card = page.card_of(request, int(number))
    except Http404:
        raise Refused(say("There is no conversation %(number)s here.", number=number)) from None
    if not request.viewer.may(Permission.WORK_CONVERSATIONS, card.brand_id):
        raise Refused(say("You may read that conversation, not work on it."))
    return card


def _regrouping(card: Card, said: str) -> Regrouped:
    of = queries_cases.regrouping(int(said)) if said.isdecimal() and len(said) <= 18 else None
    if of is None or of.kind != Kind.MERGE or card.id not in (of.source_id, of.target_id):
        raise Refused(say("There is nothing of that kind to take back."))
    return of


def _done(request: DeskRequest, sight: Sight, card: Card) -> list[DoneView]:
    found = []
    for one in queries_cases.regroupings(card.id):
        is_target = one.target_id == card.id
        other_id = one.source_id if is_target else one.target_id
        brand_id = one.source_brand_id if is_target else one.target_brand_id
        if not request.viewer.may(Permission.READ_CONVERSATIONS, brand_id):
            continue
        is_merge = one.kind == Kind.MERGE
        what = {
            (True, True): say("merged that one into this"),
            (True, False): say("merged this one into that"),
            (False, True): say("split this off from that one"),
            (False, False): say("split that one off from this"),
        }[is_merge, is_target]
        found.append(
            DoneView(
                id=one.id,
                words=say(
                    "%(name)s %(what)s, %(at)s", name=one.person, what=what, at=sight.when(one.at)
                ),
                url=sight.state.open(other_id),
                why_not=one.why_not,
                is_merge=is_merge,
            )
        )
    return found


# --- Many who ask the same -----------------------------------------------------------------------


class AlikeForm(forms.Form):
    """One answer for some of those who ask the same: first looked at, then sent to each."""

    text = forms.CharField(required=False, max_length=10_000, strip=False)
    then = forms.ChoiceField(choices=[(one, one) for one in ("look", "drafts", "send")])


def _chosen(request: DeskRequest, found: Collection[Other]) -> dict[int, int]:
    """Whom to answer, each with the revision in which it was looked at (“12:3”): who wrote again
    since then is not answered unseen."""
    known = {str(one.id) for one in found}
    chosen = {}
    for one in request.POST.getlist("to"):
        pk, _, revision = one.partition(":")
        if pk in known:
            is_number = revision.isdecimal() and len(revision) <= 9
            chosen[int(pk)] = int(revision) if is_number else 0
    return chosen


@needs(Permission.REPLY)
@require_http_methods(["GET", "HEAD", "POST"])
def alike(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """Others under the same post who say the same: one act prepares or sends the same answer to
    each, every one its own reply, with its own clock. Nothing is merged."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.REPLY, card)
    found = queries_cases.alike(request.viewer, card, at_least=settings.GLEDE_ALIKE_PERCENT / 100)
    rows = [related.view(one, None, sight) for one in found]
    form = AlikeForm(request.POST or None)
    typed = drafts.draft(conversation_id=card.id, person_id=request.viewer.id)
    content = {
        "card": card,
        "rows": rows,
        "text": typed,
        "chosen": [one.id for one in found],
        "looked": False,
        "refused": "",
        "outcome": None,
        "back": sight.state.open(card.id),
        "sign_off": request.viewer.sign_off,
    }
    if request.method != "POST":
        return render(request, "inbox/alike.html", content)
    form.is_valid()
    given = form.cleaned_data
    chosen, text = _chosen(request, found), given.get("text", "")
    content |= {"chosen": list(chosen), "text": text}
    if not text.strip() or not chosen:
        content["refused"] = (
            say("Write the answer first.") if chosen else say("Choose whom to answer.")
        )
        return render(request, "inbox/alike.html", content, status=422)
    match given.get("then"):
        case "send":
            content["outcome"] = casework.answer_each(
                viewer=request.viewer, seen=chosen, text=text, now=request.now
            )
            content["rows"] = [one for one in rows if one.of.id in chosen]
        case "drafts":
            content["outcome"] = casework.draft_each(
                viewer=request.viewer, conversation_ids=list(chosen), text=text, now=request.now
            )
            content["rows"] = [one for one in rows if one.of.id in chosen]
        case _:
            content["looked"] = True
    return render(request, "inbox/alike.html", content)
