"""Downloads: each is on record with who took it, and of what."""

import json
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from glede.desk.conversations.queries import NotVisible
from glede.desk.insight import queries
from glede.desk.insight import timeline as timelines
from glede.desk.insight.period import ZONE_NAME, Period
from glede.desk.insight.timeline import Timeline
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import LONGEST_DETAIL, Verb
from glede.rulebook.people.rules import Permission
from glede.web import access
from glede.web.access import DeskRequest
from glede.web.clauses import asking
from glede.web.exports import figures as shapes
from glede.web.exports import timeline
from glede.web.exports.table import FORMS, Table


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


@access.needs(Permission.READ_FIGURES)
@require_safe
def figures(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """What the page of the clause shows for the same period."""
    desk = cast(DeskRequest, request)
    asked = asking.asked(request.GET, now=desk.now)
    found = queries.clause_figures(number, asked.period, desk.viewer, now=desk.now)
    made = shapes.of_figures(found, who=desk.viewer.name)
    return _table(desk, made, form, clause=number, period=asked.period, what="figures")


@access.needs(Permission.READ_FIGURES)
@require_safe
def rows(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """All the enquiries behind one figure."""
    desk = cast(DeskRequest, request)
    asked = asking.asked(request.GET, now=desk.now)
    measure = access.found(asking.measure(request.GET))
    where = access.found(asking.where(request.GET))
    names = queries.figures_for(desk.viewer)
    if where.brand is not None and where.brand not in names:
        raise Http404("There is nothing here for you to see.")
    found = queries.rows(
        number, asked.period, measure, desk.viewer, now=desk.now, where=where, limit=None
    )
    made = shapes.of_rows(
        found,
        clause=number,
        measure=measure,
        part=shapes.part_words(where, names),
        period=asked.period,
        zone=ZONE_NAME,
        definition=queries.definition(measure),
        who=desk.viewer.name,
        now=desk.now,
    )
    return _table(desk, made, form, clause=number, period=asked.period, what=measure.value)


def _table(
    desk: DeskRequest, made: Table, form: str, *, clause: str, period: Period, what: str
) -> HttpResponse:
    """The file; that it was taken, and by whom, is on record."""
    write, kind = access.found(FORMS.get(form))
    data = write(made)
    if desk.method == "GET":
        audit.record(
            actor=desk.viewer.actor,
            verb=Verb.FIGURES_EXPORTED,
            object_kind="clause",
            object_id=clause[:LONGEST_DETAIL],
            now=desk.now,
            details={
                "form": form,
                "what": what,
                "from": period.first_on.isoformat(),
                "to": period.last_on.isoformat(),
                "rows": len(made.rows),
            },
        )
    return _file(data, kind, f"clause-{slugify(clause) or 'x'}-{what}.{form}")


def timeline_for(desk: DeskRequest, conversation_id: int, *, form: str) -> Timeline:
    """For whoever may read the conversation, or 404; taking it is on record."""
    try:
        found = timelines.of(desk.viewer, conversation_id, now=desk.now)
    except NotVisible as refusal:
        raise Http404(str(refusal)) from refusal
    if desk.method == "GET":
        audit.record(
            actor=desk.viewer.actor,
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
