"""Bring in by hand what no interface brings, and record what was answered in the place itself."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from glede.desk.captures import queries
from glede.desk.captures.actions import Proof
from glede.desk.captures.queries import Seen
from glede.desk.captures.rules import CaptureRefusedError
from glede.desk.outbox import queries as outbox
from glede.flow import capturing
from glede.flow.capturing import Answered, Asked
from glede.kit import store
from glede.kit.words import told
from glede.platforms.contract import Kind
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest, needs
from glede.web.capture.forms import AnsweredForm, AskForm, ProofForm
from glede.web.inbox import page
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight

_WRONG = 422


@needs(Permission.WORK_CONVERSATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: DeskRequest) -> HttpResponse:
    """Somebody wrote to us where no interface of ours reads."""
    accounts = [
        (one.pk, f"{one.brand.name}: {platform_name(one.platform)}, {one.handle or one.native_id}")
        for one in capturing.choices(request.viewer)
    ]
    sent = request.method == "POST"
    form = AskForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        accounts=accounts,
        person_id=request.viewer.id,
        initial={"account": request.GET.get("account", "")},
    )
    if sent and form.is_valid():
        given = form.cleaned_data
        asked = Asked(
            account_id=given["account"],
            name=given["name"],
            handle=given["handle"],
            text=given["text"],
            at=given["at"],
            kind=Kind(given["kind"]),
            proof=_proof(form, seen_by=given["seen_by"]),
        )
        try:
            capture_id = capturing.ask(viewer=request.viewer, asked=asked, now=request.now)
        except CaptureRefusedError as error:
            form.add_error(error.field or None, told(error))
        else:
            return redirect("capture:show", capture_id=capture_id)
    shown = {"form": form, "accounts": accounts, "ticket": form.ticket}
    return render(request, "capture/ask.html", shown, status=_WRONG if form.errors else 200)


@needs(Permission.REPLY)
@require_http_methods(["GET", "HEAD", "POST"])
def answered(request: DeskRequest, conversation_id: int) -> HttpResponse:
    """An answer was typed in the platform's own app."""
    sight = page.sight_of(request)
    card = page.card_of(request, conversation_id)
    page.must(request, Permission.REPLY, card)
    sent = request.method == "POST"
    there = outbox.to_answer_there(card.id)
    form = AnsweredForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        person_id=request.viewer.id,
        # What the platform did not take from here is most likely what was typed there.
        initial={"text": there.text} if there else {},
    )
    if sent and form.is_valid():
        given = form.cleaned_data
        answer = Answered(text=given["text"], at=given["at"], proof=_proof(form))
        try:
            message = capturing.answer(
                viewer=request.viewer, conversation_id=card.id, answered=answer, now=request.now
            )
        except CaptureRefusedError as error:
            form.add_error(error.field or None, told(error))
        else:
            return page.go(f"{sight.state.open(card.id)}#m{message.pk}")
    shown = {
        "form": form,
        "card": card,
        "platform": platform_name(card.platform),
        "ticket": form.ticket,
        "back": sight.state.open(card.id),
    }
    status = _WRONG if form.errors else 200
    return render(request, "capture/answered.html", shown, status=status)


def _proof(form: ProofForm, *, seen_by: str = "") -> Proof:
    return Proof(
        url=form.cleaned_data["link"],
        digest=form.shot.digest,
        content_type=form.shot.content_type,
        seen_by=seen_by,
    )


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def show(request: DeskRequest, capture_id: int) -> HttpResponse:
    """The evidence, and what became of it."""
    sight = page.sight_of(request)
    found: Seen = access.found(queries.one(request.viewer, capture_id))
    shown = {
        "capture": found,
        "platform": platform_name(found.platform),
        "posted": _in_full(found.posted_at, sight),
        "captured": _in_full(found.captured_at, sight),
        "conversation": reverse("inbox:open", args=[found.conversation_id])
        if found.conversation_id
        else "",
    }
    return render(request, "capture/show.html", shown)


def _in_full(at: datetime, sight: Sight) -> str:
    """Evidence says the whole of a time, the offset of that day with it."""
    return f"{at.astimezone(sight.zone):%-d %B %Y, %H:%M %Z}"


@needs(Permission.READ_CONVERSATIONS)
@require_safe
def screenshot(request: DeskRequest, capture_id: int) -> HttpResponse:
    """The picture as it was given, for looking at and nothing else."""
    return shown_picture(access.found(queries.one(request.viewer, capture_id)))


def shown_picture(found: Seen) -> HttpResponse:
    """The picture of a capture; 404 where it has none."""
    access.found(found.digest or None)
    answer = HttpResponse(store.read(found.digest), content_type=found.content_type)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    ending = found.content_type.removeprefix("image/")
    answer["Content-Disposition"] = f'inline; filename="screenshot-{found.id}.{ending}"'
    return answer
