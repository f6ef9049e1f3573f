"""What stands before a reply, over the API: drafts, pictures, checks, texts, closing lines."""

from http import HTTPStatus
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints, WithJsonSchema

from glede.desk.attachments import queries as attachments
from glede.desk.attachments.queries import Shown
from glede.desk.attachments.rules import NotTakenError
from glede.desk.conversations.talk import Card
from glede.desk.replies import actions as drafts
from glede.desk.replies import queries, queries_closing
from glede.desk.replies.closing import NoLine
from glede.desk.replies.rules import NOTE, REPLY, Anyway, Kept
from glede.desk.replies.texts import Use
from glede.flow import attaching, closing, texts
from glede.platforms import registry
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import (
    CHANGES,
    FORM,
    REFUSALS,
    Problem,
    Refused,
    asks,
    caller,
    conflict,
    must,
    must_be_a_person,
    or_conflict,
)
from glede.web.api.conversations import card_of, workable
from glede.web.api.replies import DeliveryOut, StoppedProblem, queued
from glede.web.api.shapes import PLAIN, Instant, ShortWords, Words
from glede.web.api.sorting import TextOut, text_out
from glede.web.attachments.views import TYPES, sent
from glede.web.inbox import composer

router = Router(tags=["replies"])

type Mode = Literal["reply", "note"]
type Where = Annotated[str, StringConstraints(max_length=40), PLAIN]


#: An instant to be given back: the frame writes others to the millisecond.
Exact = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


class DraftIn(Schema):
    """Empty words remove the draft. `where` is where a reply is to go: empty where they wrote
    last, *public*, a reason to answer in private, or `ask-` and a reason to ask them into private;
    `line` is said in public then. `base` is the `saved_at` that one began with."""

    text: Words = Field(examples=["A roofer comes tomorrow."])
    where: Where = ""
    line: Words = ""
    base: Instant | None = None


class DraftOut(Schema):
    """What the person typed and did not send; empty where nothing was typed. `saved_at` is exact,
    to be given back as `base`."""

    text: str
    where: str
    line: str
    saved_at: Exact | None


class DraftProblem(Problem):
    """The person wrote something else there meanwhile: `draft` is what stands; nothing was
    saved."""

    draft: DraftOut


class PictureOut(Schema):
    """A picture that goes with the next reply; `GET /attachments/{id}` shows it."""

    id: int
    alt: str
    type: str
    width: int
    height: int


class DraftsOut(Schema):
    """`pictures_most`: how many pictures a reply may carry on this platform."""

    reply: DraftOut
    note: DraftOut
    pictures: list[PictureOut]
    pictures_most: int


class CheckIn(Schema):
    """The words of a reply; `where` and `line` as in a draft."""

    text: Words
    where: Where = ""
    line: Words = ""


class CheckedOut(Schema):
    """One thing that was found. `severity`: *stops* is mended; *reason* goes with a reason in
    `anyway`; *confirm* with its `key` in `confirmed`. `box` is *words* or *line*."""

    key: str
    says: str
    do: str
    clause: str
    severity: str
    box: str


class InvitationOut(Schema):
    """What the brand says to ask somebody to write or ring, filled for this conversation."""

    words: str


class ClosingLineOut(Schema):
    """A public closing line that is asked for (clause 6.3): `line` is what the brand says."""

    id: int
    person: int
    line: str


class ClosingLineIn(Schema):
    """As a reply, past the same guard; it goes out in public."""

    text: Words
    seen_revision: int = Field(ge=0, le=2**31 - 1)
    confirmed: list[ShortWords] = Field(default_factory=list, max_length=50)
    anyway: Anyway | None = None


class NoLineIn(Schema):
    """Why nothing is said in public."""

    why: NoLine


# --- Drafts ----------------------------------------------------------------------------------


@router.get("/conversations/{int:conversation_id}/drafts", response={200: DraftsOut, **REFUSALS})
@asks(Permission.WORK_CONVERSATIONS, discloses=True)
def kept_drafts(request: HttpRequest, conversation_id: int) -> DraftsOut:
    """What the person typed here and did not send, with the pictures they chose."""
    card = _own_desk(request, conversation_id)
    person_id = caller(request).viewer.id
    kept = queries.drafts(conversation_id=card.id, person_id=person_id)
    limit = attaching.limit_of(registry.get(card.platform))
    return DraftsOut(
        reply=_draft(kept.get(REPLY, Kept())),
        note=_draft(kept.get(NOTE, Kept())),
        pictures=_pictures(card, person_id),
        pictures_most=limit.most if limit else 0,
    )


@router.put(
    "/conversations/{int:conversation_id}/drafts/{str:mode}",
    response={200: DraftOut, **CHANGES, 409: DraftProblem},
)
@asks(Permission.WORK_CONVERSATIONS)
def keep_draft(request: HttpRequest, conversation_id: int, mode: Mode, given: DraftIn) -> DraftOut:
    """Keep what the person typed, as the composer would; a reply that is queued empties it."""
    card = _own_desk(request, conversation_id)
    desk = caller(request)
    try:
        kept = drafts.keep_typed(
            conversation_id=card.id,
            person_id=desk.viewer.id,
            text=given.text,
            mode=mode,
            where=given.where,
            line=given.line,
            tab=f"token {desk.token.token_id}",
            base=given.base,
            now=desk.now,
        )
    except drafts.ElsewhereError as error:
        raise conflict(str(error), draft=_draft(error.kept).model_dump(mode="json")) from error
    return _draft(kept)


@router.post("/conversations/{int:conversation_id}/pictures", response={201: PictureOut, **CHANGES})
@asks(Permission.REPLY, takes=FORM)
def choose_picture(
    request: HttpRequest,
    conversation_id: int,
    picture: File[UploadedFile],
    alt: Form[ShortWords],
) -> Status[PictureOut]:
    """Put a picture with its description into the draft: it goes with the next reply."""
    desk, card = caller(request), _answerable(request, conversation_id)
    if (picture.size or 0) > settings.GLEDE_UPLOAD_MB * 1_000_000:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"It is larger than the {settings.GLEDE_UPLOAD_MB} MB we take here.",
        )
    with or_conflict(NotTakenError):
        attaching.choose(
            viewer=desk.viewer,
            conversation_id=card.id,
            content=picture.read(),
            alt=alt,
            now=desk.now,
        )
    return Status(HTTPStatus.CREATED, _pictures(card, desk.viewer.id)[-1])


@router.delete(
    "/conversations/{int:conversation_id}/pictures/{int:attachment_id}",
    response={204: None, **CHANGES},
)
@asks(Permission.REPLY)
def drop_picture(request: HttpRequest, conversation_id: int, attachment_id: int) -> Status[None]:
    """Take a picture out of the draft."""
    desk, card = caller(request), _answerable(request, conversation_id)
    found(next((o for o in _pictures(card, desk.viewer.id) if o.id == attachment_id), None))
    attaching.drop(viewer=desk.viewer, conversation_id=card.id, attachment_id=attachment_id)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get("/attachments/{int:attachment_id}", response={200: None, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True, gives=TYPES)
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """Our copy of what came with a message, or of a picture in the person's draft."""
    return sent(found(attachments.file(caller(request).viewer, attachment_id, small=False)))


# --- Before it goes --------------------------------------------------------------------------


@router.post(
    "/conversations/{int:conversation_id}/check", response={200: list[CheckedOut], **CHANGES}
)
@asks(Permission.REPLY)
def check(request: HttpRequest, conversation_id: int, given: CheckIn) -> list[CheckedOut]:
    """What the checks find in words that would go out; changes nothing."""
    card = _answerable(request, conversation_id)
    seen = composer.checked(
        card, text=given.text, where=given.where, line=given.line, now=caller(request).now
    )
    return [
        CheckedOut(
            key=one.token,
            says=one.says,
            do=one.do,
            clause=one.clause,
            severity=one.severity,
            box=one.box,
        )
        for one in seen
    ]


@router.post(
    "/conversations/{int:conversation_id}/texts/{int:text_id}", response={200: TextOut, **CHANGES}
)
@asks(Permission.REPLY)
def take_text(request: HttpRequest, conversation_id: int, text_id: int) -> TextOut:
    """One text, filled for this conversation, and counted as used."""
    desk, card = caller(request), _answerable(request, conversation_id)
    return text_out(
        found(
            texts.take(viewer=desk.viewer, conversation_id=card.id, text_id=text_id, now=desk.now)
        )
    )


@router.get(
    "/conversations/{int:conversation_id}/invitation", response={200: InvitationOut, **REFUSALS}
)
@asks(Permission.REPLY)
def invitation(request: HttpRequest, conversation_id: int) -> InvitationOut:
    """The brand's words that ask somebody to write or ring, where we cannot write first."""
    desk, card = caller(request), _answerable(request, conversation_id)
    words = texts.sentence(Use.INVITED, viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    return InvitationOut(words=words)


# --- The public closing line -----------------------------------------------------------------


@router.get(
    "/conversations/{int:conversation_id}/closing-lines",
    response={200: list[ClosingLineOut], **REFUSALS},
)
@asks(Permission.REPLY)
def closing_lines(request: HttpRequest, conversation_id: int) -> list[ClosingLineOut]:
    """Public closing lines that are asked for here, of a matter settled in private."""
    desk, card = caller(request), _answerable(request, conversation_id)
    here = [
        one
        for one in queries_closing.asked(conversation_id=card.id, person_id=desk.viewer.id)
        if one.conversation_id == card.id
    ]
    if not here:
        return []
    words = texts.sentence(Use.SETTLED, viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    return [ClosingLineOut(id=one.id, person=one.person_id, line=words) for one in here]


@router.post(
    "/conversations/{int:conversation_id}/closing-lines/{int:closing_id}/send",
    response={202: DeliveryOut, **CHANGES, 409: StoppedProblem},
)
@asks(Permission.REPLY)
def send_closing_line(
    request: HttpRequest,
    response: HttpResponse,
    conversation_id: int,
    closing_id: int,
    given: ClosingLineIn,
) -> Status[DeliveryOut]:
    """Queue the line, or say what stands in its way. `Location` says where its outcome stands."""
    desk, card = caller(request), _answerable(request, conversation_id)
    with or_conflict(closing.AnsweredError):
        outcome = closing.send(
            viewer=desk.viewer,
            closing_id=closing_id,
            conversation_id=card.id,
            text=given.text,
            seen_revision=given.seen_revision,
            confirmed=frozenset(given.confirmed),
            anyway=given.anyway,
            now=desk.now,
        )
    return queued(response, card.id, outcome)


@router.post(
    "/conversations/{int:conversation_id}/closing-lines/{int:closing_id}/decline",
    response={204: None, **CHANGES},
)
@asks(Permission.REPLY)
def decline_closing_line(
    request: HttpRequest, conversation_id: int, closing_id: int, given: NoLineIn
) -> Status[None]:
    """Nothing is said in public, for a reason that is kept."""
    desk, card = caller(request), _answerable(request, conversation_id)
    with or_conflict(closing.AnsweredError):
        closing.decline(
            viewer=desk.viewer,
            closing_id=closing_id,
            conversation_id=card.id,
            reason=given.why,
            now=desk.now,
        )
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post(
    "/conversations/{int:conversation_id}/closing-lines/{int:closing_id}/ask-again",
    response={204: None, **CHANGES},
)
@asks(Permission.REPLY)
def ask_closing_line_again(
    request: HttpRequest, conversation_id: int, closing_id: int
) -> Status[None]:
    """A line that was declined is asked for after all; nothing where it was not."""
    desk, card = caller(request), _answerable(request, conversation_id)
    closing.undo_decline(
        viewer=desk.viewer, closing_id=closing_id, conversation_id=card.id, now=desk.now
    )
    return Status(HTTPStatus.NO_CONTENT, None)


# --- What operations share -------------------------------------------------------------------


def _own_desk(request: HttpRequest, conversation_id: int) -> Card:
    """A conversation whose draft is the person's own: no program types for them."""
    card = workable(request, conversation_id)
    must_be_a_person(request)
    return card


def _answerable(request: HttpRequest, conversation_id: int) -> Card:
    card = card_of(request, conversation_id)
    must(request, Permission.REPLY, card.brand_id)
    return card


def _draft(of: Kept) -> DraftOut:
    saved_at = of.saved_at.isoformat() if of.saved_at else None
    return DraftOut(text=of.text, where=of.where, line=of.line, saved_at=saved_at)


def _pictures(card: Card, person_id: int) -> list[PictureOut]:
    return [
        _picture(one)
        for one in attachments.in_composer(conversation_id=card.id, person_id=person_id)
    ]


def _picture(of: Shown) -> PictureOut:
    return PictureOut(id=of.id, alt=of.alt, type=of.content_type, width=of.width, height=of.height)
