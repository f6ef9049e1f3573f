"""People outside, over the API: who they are, one or two, and what we may know of them."""

from datetime import date, datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from glede.desk.contacts import queries
from glede.desk.contacts.queries import PersonOutside
from glede.desk.contacts.rules import Asked, BadKnowledge, Consent, Wish
from glede.desk.conversations import queries_cases
from glede.flow import persons
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens.rules import Kind
from glede.web.access import found
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Refused,
    asks,
    caller,
    conflict,
    must_be_a_person,
    or_conflict,
)
from glede.web.api.conversations import KnownAsOut
from glede.web.api.shapes import Day, Id, ShortWords

router = Router(tags=["people"])


class NameOut(KnownAsOut):
    """A name on a platform; `id` parts it from the others."""

    id: int
    first_seen_at: datetime


class PersonNoteOut(Schema):
    id: int
    text: str
    by: str
    at: datetime


class AdjustmentOut(Schema):
    """What they asked us to do differently, kept by their consent, until it is looked at again."""

    id: int
    says: str
    since_on: date
    consent: str
    consent_on: date
    review_on: date
    by: str


class PerhapsOut(Schema):
    """Another person it may be, and what speaks for it."""

    id: int
    platform: str
    name: str
    handle: str
    evidence: str


class RegroupOut(Schema):
    """Somebody said that two are one person, or parted one from another; `undo` takes it back."""

    id: int
    kind: str
    source: int
    target: int
    by: str
    at: datetime
    why: str


class PersonWholeOut(Schema):
    """One person outside, with everything that this token may know of them."""

    id: int
    name: str
    names: list[NameOut]
    notes: list[PersonNoteOut]
    adjustments: list[AdjustmentOut]
    works_here_since: date | None
    conversations: list[int]
    perhaps: list[PerhapsOut]
    regroups: list[RegroupOut]


class AdjustmentIn(Schema):
    """What we do, not why: no health, no diagnosis. Without `review_on`, after the days that are
    set."""

    wish: Wish = Field(examples=["Large print"])
    words: ShortWords = ""
    since_on: Day
    consent: Consent
    consent_on: Day
    review_on: Day | None = None


class AdjustmentReviewIn(Schema):
    review_on: Day | None = None


class PersonNoteIn(Schema):
    text: ShortWords


class DeclaredIn(Schema):
    """The day on which they said so; today without one."""

    on: Day | None = None


class SamePersonIn(Schema):
    """Somebody among `perhaps`, who is the same person."""

    person: Id
    why: ShortWords


class PartIn(Schema):
    """Names, by their `id`, that are somebody else's."""

    names: list[Id] = Field(min_length=1, max_length=100)
    why: ShortWords


@router.get("/people/{int:person_id}", response={200: PersonWholeOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def outside(request: HttpRequest, person_id: int) -> PersonWholeOut:
    """One person outside; somebody in other brands alone is not there."""
    return _whole(request, _seen(request, person_id))


@router.post("/people/{int:person_id}/notes", response={201: PersonWholeOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def note_person(
    request: HttpRequest, person_id: int, given: PersonNoteIn
) -> Status[PersonWholeOut]:
    """Keep a short note about them. A program's note begins with the program's name."""
    desk, of = caller(request), _known(request, person_id)
    token = desk.token
    by = "" if token.viewer.kind is Kind.PERSON or not given.text.strip() else f"“{token.name}”: "
    with or_conflict(BadKnowledge):
        persons.note(viewer=desk.viewer, contact_id=of.id, text=by + given.text, now=desk.now)
    return Status(HTTPStatus.CREATED, _whole(request, of))


@router.delete(
    "/people/{int:person_id}/notes/{int:note_id}", response={200: PersonWholeOut, **CHANGES}
)
@asks(Permission.WORK_CONVERSATIONS)
def forget_person_note(request: HttpRequest, person_id: int, note_id: int) -> PersonWholeOut:
    """The words of a note are gone; that there was one stays on record."""
    desk, of = caller(request), _known(request, person_id)
    found(next((one for one in queries.known(of.id).notes if one.id == note_id), None))
    persons.remove_note(viewer=desk.viewer, contact_id=of.id, note_id=note_id, now=desk.now)
    return _whole(request, of)


@router.post("/people/{int:person_id}/adjustments", response={201: PersonWholeOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def adjust_person(
    request: HttpRequest, person_id: int, given: AdjustmentIn
) -> Status[PersonWholeOut]:
    """Keep what they asked us to do differently, with their consent."""
    desk, of = caller(request), _vouched(request, person_id)
    asked = Asked(
        wish=given.wish,
        words=given.words,
        since_on=given.since_on,
        consent=given.consent,
        consent_on=given.consent_on,
        review_on=given.review_on or _next_review(request),
    )
    with or_conflict(BadKnowledge):
        persons.adjust(
            viewer=desk.viewer, contact_id=of.id, asked=asked, today=_today(request), now=desk.now
        )
    return Status(HTTPStatus.CREATED, _whole(request, of))


@router.post(
    "/people/{int:person_id}/adjustments/{int:adjustment_id}/review",
    response={200: PersonWholeOut, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def review_adjustment(
    request: HttpRequest, person_id: int, adjustment_id: int, given: AdjustmentReviewIn
) -> PersonWholeOut:
    """It still holds, and is looked at again on another day."""
    desk, of = caller(request), _vouched(request, person_id)
    with or_conflict(BadKnowledge):
        persons.review(
            viewer=desk.viewer,
            contact_id=of.id,
            adjustment_id=_adjustment(of, adjustment_id),
            review_on=given.review_on or _next_review(request),
            today=_today(request),
            now=desk.now,
        )
    return _whole(request, of)


@router.delete(
    "/people/{int:person_id}/adjustments/{int:adjustment_id}",
    response={200: PersonWholeOut, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def end_adjustment(request: HttpRequest, person_id: int, adjustment_id: int) -> PersonWholeOut:
    """It is needed no more, or their consent is taken back."""
    desk, of = caller(request), _vouched(request, person_id)
    persons.end(
        viewer=desk.viewer,
        contact_id=of.id,
        adjustment_id=_adjustment(of, adjustment_id),
        now=desk.now,
    )
    return _whole(request, of)


@router.put("/people/{int:person_id}/works-here", response={200: PersonWholeOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def works_here(request: HttpRequest, person_id: int, given: DeclaredIn) -> PersonWholeOut:
    """They said of their own accord that they work here (clause 6.14)."""
    desk, of = caller(request), _vouched(request, person_id)
    on = given.on or _today(request)
    persons.declare(viewer=desk.viewer, contact_id=of.id, declared_on=on, now=desk.now)
    return _whole(request, of)


@router.delete("/people/{int:person_id}/works-here", response={200: PersonWholeOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def works_here_no_more(request: HttpRequest, person_id: int) -> PersonWholeOut:
    """They took that back."""
    desk, of = caller(request), _vouched(request, person_id)
    persons.withdraw(viewer=desk.viewer, contact_id=of.id, now=desk.now)
    return _whole(request, of)


# --- One person or two -----------------------------------------------------------------------


@router.post("/people/{int:person_id}/join", response={200: PersonWholeOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def join_people(request: HttpRequest, person_id: int, given: SamePersonIn) -> PersonWholeOut:
    """Somebody among `perhaps` is this person: names, notes and conversations come here."""
    desk, of = caller(request), _known(request, person_id)
    if given.person not in {one.id for one in _perhaps(request, of)}:
        raise conflict("Choose somebody from `perhaps`.")
    with or_conflict(BadKnowledge):
        persons.merge(
            viewer=desk.viewer,
            source_id=given.person,
            target_id=of.id,
            why=given.why,
            now=desk.now,
        )
    return _whole(request, _seen(request, of.id))


@router.post("/people/{int:person_id}/part", response={200: PersonWholeOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def part_people(request: HttpRequest, person_id: int, given: PartIn) -> PersonWholeOut:
    """These names are somebody else's: that person, with their conversations."""
    desk, of = caller(request), _known(request, person_id)
    if not set(given.names) <= {one.id for one in of.names}:
        raise conflict("Choose from the names of this person.")
    with or_conflict(BadKnowledge):
        made = persons.split(
            viewer=desk.viewer,
            contact_id=of.id,
            handle_ids=given.names,
            why=given.why,
            now=desk.now,
        )
    return _whole(request, found(queries.person(made)))


@router.post(
    "/people/{int:person_id}/regroups/{int:regroup_id}/undo",
    response={200: PersonWholeOut, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def undo_regroup(request: HttpRequest, person_id: int, regroup_id: int) -> PersonWholeOut:
    """Take back that two were one person, or that one was two."""
    desk, of = caller(request), _known(request, person_id)
    line = queries.regroup(regroup_id)
    if line is None or of.id not in (line.source_id, line.target_id):
        raise Http404("There is nothing of that kind to take back.")
    with or_conflict(BadKnowledge):
        persons.undo(viewer=desk.viewer, regroup_id=line.id, now=desk.now)
    return _whole(request, _seen(request, of.id))


# --- What operations share -------------------------------------------------------------------


def _seen(request: HttpRequest, person_id: int) -> PersonOutside:
    """404 for whom one may not see; who was joined to another is found there."""
    viewer = caller(request).viewer
    if not queries_cases.may_see(viewer, [person_id]):
        kept = queries.went_to(person_id)
        if kept is None or not queries_cases.may_see(viewer, [kept]):
            raise Http404("There is no such person here.")
        person_id = kept
    return found(queries.person(person_id))


def _known(request: HttpRequest, person_id: int) -> PersonOutside:
    """Somebody of whom the person may say who they are."""
    of = _seen(request, person_id)
    if not queries_cases.may_know(caller(request).viewer, of.id):
        raise Refused(
            HTTPStatus.FORBIDDEN, "You may read about this person, not change what we know."
        )
    return of


def _vouched(request: HttpRequest, person_id: int) -> PersonOutside:
    """What they agreed to or said of themselves is vouched for by a person of ours."""
    of = _known(request, person_id)
    must_be_a_person(request)
    return of


def _adjustment(of: PersonOutside, adjustment_id: int) -> int:
    known = queries.known(of.id).adjustments
    return found(next((one for one in known if one.id == adjustment_id), None)).id


def _today(request: HttpRequest) -> date:
    return timezone.localdate(caller(request).now)


def _next_review(request: HttpRequest) -> date:
    return _today(request) + timedelta(days=settings.GLEDE_ADJUSTMENT_REVIEW_DAYS)


def _perhaps(request: HttpRequest, of: PersonOutside) -> list[PerhapsOut]:
    """Those alone whom one may see."""
    those = queries.perhaps(of)
    seen = queries_cases.may_see(caller(request).viewer, [one.contact_id for one in those])
    return [
        PerhapsOut(
            id=one.contact_id,
            platform=one.platform,
            name=one.name,
            handle=one.handle,
            evidence=one.evidence,
        )
        for one in those
        if one.contact_id in seen
    ]


def _whole(request: HttpRequest, of: PersonOutside) -> PersonWholeOut:
    known = queries.known(of.id)
    return PersonWholeOut(
        id=of.id,
        name=of.name,
        names=[
            NameOut(
                id=one.id,
                platform=one.platform,
                name=one.name,
                handle=one.handle,
                url=one.url,
                first_seen_at=one.first_seen_at,
            )
            for one in of.names
        ],
        notes=[
            PersonNoteOut(id=one.id, text=one.text, by=one.by, at=one.at) for one in known.notes
        ],
        adjustments=[
            AdjustmentOut(
                id=one.id,
                says=one.says,
                since_on=one.since_on,
                consent=one.consent,
                consent_on=one.consent_on,
                review_on=one.review_on,
                by=one.by,
            )
            for one in known.adjustments
        ],
        works_here_since=known.works_here_since,
        conversations=[one.id for one in queries_cases.of_contact(caller(request).viewer, of.id)],
        perhaps=_perhaps(request, of),
        regroups=[
            RegroupOut(
                id=one.id,
                kind=one.kind,
                source=one.source_id,
                target=one.target_id,
                by=one.by,
                at=one.at,
                why=one.why,
            )
            for one in queries.regroups(of.id)
        ],
    )
