"""Downloads: each is on record with who took it, and of what."""

import json
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from glede.desk.conversations.queries import NotVisible
from glede.desk.insight import timeline as timelines
from glede.desk.insight.timeline import Timeline
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, ActorKind, Verb
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.exports import timeline


@access.needs(Permission.READ_CONVERSATIONS)
@require_safe
def timeline_pdf(request: HttpRequest, conversation_id: int) -> HttpResponse:
    found = timeline_for(cast(DeskRequest, request), conversation_id, form="pdf")
    return _file(timeline.as_pdf(found), "application/pdf", f"timeline-{conversation_id}.pdf")


@access.needs(Permission.READ_CONVERSATIONS)
@require_safe
def timeline_json(request: HttpRequest, conversation_id: int) -> HttpResponse:
    found = timeline_for(cast(DeskRequest, request), conversation_id, form="json")
    told = json.dumps(timeline.as_json(found), ensure_ascii=False, indent=2)
    return _file(told.encode(), "application/json", f"timeline-{conversation_id}.json")


def timeline_for(desk: DeskRequest, conversation_id: int, *, form: str) -> Timeline:
    """For whoever may read the conversation, or 404; taking it is on record."""
    try:
        found = timelines.of(desk.viewer, conversation_id, now=desk.now)
    except NotVisible as refusal:
        raise Http404(str(refusal)) from refusal
    if desk.method == "GET":
        audit.record(
            actor=Actor(ActorKind.PERSON, str(desk.viewer.id), desk.viewer.name),
            verb=Verb.TIMELINE_EXPORTED,
            # Not under the conversation: taking evidence must not change what the evidence is.
            object_kind="timeline",
            object_id=conversation_id,
            brand=found.brand_slug,
            now=desk.now,
            details={"form": form, "sha256": found.record.sha256, **by_token(desk)},
        )
    return found


def by_token(desk: DeskRequest) -> dict[str, int]:
    """The number of the token a program took it with; nothing for a person at a screen."""
    token = getattr(desk, "token", None)
    return {"token": token.token_id} if token is not None else {}


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
