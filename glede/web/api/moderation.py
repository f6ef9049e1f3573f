"""Acts on what a resident wrote, over the API: asked for by a person, and what became of each."""

from datetime import datetime
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router, Schema, Status

from glede.desk.conversations import talk
from glede.desk.conversations.queries import NotVisible
from glede.desk.moderation import queries
from glede.desk.moderation.queries import Done
from glede.desk.moderation.rules import ASKS, ActRefusedError, Reason
from glede.desk.outbox.rules import TooLate, WrongState
from glede.flow import moderating
from glede.flow.moderating import Asked
from glede.platforms.contract import Act
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import CHANGES, REFUSALS, asks, caller, conflict, must
from glede.web.api.conversations import card_of
from glede.web.api.shapes import Instant, ShortWords

router = Router(tags=["moderation"])


class ModerateIn(Schema):
    """`until` ends a block. `sure`: it cannot be taken back on this platform, and is meant."""

    act: Act
    reason: Reason
    words: ShortWords = ""
    until: Instant | None = None
    sure: bool = False


class DeedOut(Schema):
    """An act on its way or done; `evidence` is the SHA-256 of what stood there before."""

    id: int
    conversation: int
    message: int
    act: str
    reason: str
    words: str
    clause: str
    person: int | None
    state: str
    queued_at: datetime
    release_at: datetime
    next_try_at: datetime | None
    done_at: datetime | None
    ends_at: datetime | None
    lifted_at: datetime | None
    why: str
    evidence: str


@router.post(
    "/conversations/{int:conversation_id}/messages/{int:message_id}/moderate",
    response={202: DeedOut, **CHANGES},
)
@asks(Permission.MODERATE)
def moderate(
    request: HttpRequest,
    response: HttpResponse,
    conversation_id: int,
    message_id: int,
    given: ModerateIn,
) -> Status[DeedOut]:
    """Hide, show again, delete, report; block or lift a block. Queued with its evidence."""
    desk, card = caller(request), card_of(request, conversation_id)
    must(request, ASKS[given.act], card.brand_id)
    try:
        said = talk.theirs(desk.viewer, card, message_id)
    except NotVisible as error:
        raise Http404(str(error)) from error
    asked = Asked(
        act=given.act,
        reason=given.reason,
        words=given.words,
        ends_at=given.until,
        sure=given.sure,
    )
    try:
        made = moderating.ask(viewer=desk.viewer, message_id=said.id, asked=asked, now=desk.now)
    except ActRefusedError as error:
        raise conflict(str(error)) from error
    response["Location"] = reverse("api:deed", args=[made])
    return Status(HTTPStatus.ACCEPTED, _deed(made))


@router.get("/deeds/{int:deed_id}", response={200: DeedOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS)
def deed(request: HttpRequest, deed_id: int) -> DeedOut:
    """What became of an act."""
    card_of(request, found(queries.conversation_of(deed_id)))
    return _deed(deed_id)


@router.post("/deeds/{int:deed_id}/take-back", response={200: DeedOut, **CHANGES})
@asks(Permission.MODERATE)
def take_back_deed(request: HttpRequest, deed_id: int) -> DeedOut:
    """Undo an act that has not left."""
    desk = caller(request)
    card_of(request, found(queries.conversation_of(deed_id)))
    try:
        moderating.take_back(viewer=desk.viewer, deed_id=deed_id, now=desk.now)
    except (TooLate, WrongState, ActRefusedError) as error:
        raise conflict(str(error)) from error
    return _deed(deed_id)


@router.post("/deeds/{int:deed_id}/again", response={200: DeedOut, **CHANGES})
@asks(Permission.MODERATE)
def try_deed_again(request: HttpRequest, deed_id: int) -> DeedOut:
    """Try a failed act once more."""
    desk = caller(request)
    card_of(request, found(queries.conversation_of(deed_id)))
    try:
        moderating.try_again(viewer=desk.viewer, deed_id=deed_id, now=desk.now)
    except (WrongState, ActRefusedError) as error:
        raise conflict(str(error)) from error
    return _deed(deed_id)


@router.get("/blocks", response={200: list[DeedOut], **REFUSALS})
@asks(Permission.MODERATE, discloses=True)
def blocks(request: HttpRequest) -> list[DeedOut]:
    """Blocks in force, the soonest to end first."""
    return [_shape(one) for one in queries.blocks(caller(request).viewer)]


def _deed(deed_id: int) -> DeedOut:
    return _shape(found(queries.deed(deed_id)))


def _shape(of: Done) -> DeedOut:
    return DeedOut(
        id=of.id,
        conversation=of.conversation_id,
        message=of.message_id,
        act=of.act,
        reason=of.reason,
        words=of.words,
        clause=of.clause,
        person=of.person_id,
        state=of.state,
        queued_at=of.queued_at,
        release_at=of.release_at,
        next_try_at=of.next_try_at,
        done_at=of.done_at,
        ends_at=of.ends_at,
        lifted_at=of.lifted_at,
        why=of.why,
        evidence=of.digest,
    )
