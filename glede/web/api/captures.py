"""What was copied by hand, over the API: a question, or an answer given in the place itself."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from glede.desk.captures import queries
from glede.desk.captures.actions import Proof
from glede.desk.captures.rules import CaptureRefusedError
from glede.flow import capturing
from glede.platforms.contract import Kind
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import (
    CHANGES,
    FORM,
    REFUSALS,
    Unfit,
    asks,
    caller,
    instant,
    must,
)
from glede.web.api.conversations import card_of
from glede.web.api.shapes import PLAIN, Id, brand_slugs
from glede.web.capture import shots
from glede.web.capture.forms import LONGEST
from glede.web.capture.views import shown_picture

router = Router(tags=["conversations"])

# Not `type`: the frame loses the names of a form's optional fields that are aliases.
Line = Annotated[str, StringConstraints(max_length=200), PLAIN]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), PLAIN]
Link = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^(https?://\S+)?$"), PLAIN]
Copied = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST), PLAIN]


class AnswerThereIn(Schema):
    """What was answered in the platform's own app. `at`: when, RFC 3339; without an offset London
    time. A link or a screenshot shows that it stands."""

    text: Copied
    at: Line = Field(examples=["2026-11-24T11:40"])
    link: Link = ""


class CaptureIn(AnswerThereIn):
    """What somebody wrote where no interface reads, word for word. `at`: when it was posted,
    RFC 3339; without an offset London time. `seen_by`: who saw it, if not the person."""

    account: Id
    kind: Literal["comment", "mention", "review", "private message"] = "comment"
    name: Name
    handle: Line = ""
    seen_by: Line = ""


class CaptureOut(Schema):
    """The evidence, and what became of it: `conversation` is null until it was taken in, `aside`
    says why it was not."""

    id: int
    brand: str
    platform: str
    account: str
    side: str
    captured_by: str
    seen_by: str
    posted_at: datetime
    captured_at: datetime
    link: str
    screenshot: bool
    conversation: int | None
    message: int | None
    aside: str


class AnsweredThereOut(Schema):
    message: int


@router.post("/captures", response={201: CaptureOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS, takes=FORM)
def capture(
    request: HttpRequest,
    response: HttpResponse,
    given: Form[CaptureIn],
    screenshot: File[UploadedFile | None] = None,
) -> Status[CaptureOut]:
    """Log a matter by hand; the same one again is the same capture. Its clocks run from its own
    time. `Location` says what became of it."""
    desk = caller(request)
    asked = capturing.Asked(
        account_id=given.account,
        name=given.name,
        handle=given.handle,
        text=_words(given),
        at=instant(given.at, name="form.at"),
        kind=Kind(given.kind),
        proof=_proof(request, given, screenshot, seen_by=given.seen_by),
    )
    try:
        made = capturing.ask(viewer=desk.viewer, asked=asked, now=desk.now)
    except CaptureRefusedError as error:
        raise Unfit(f"form.{error.field}".rstrip("."), str(error)) from error
    response["Location"] = reverse("api:capture_shown", args=[made])
    return Status(HTTPStatus.CREATED, _capture(request, made))


@router.get("/captures/{int:capture_id}", response={200: CaptureOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def capture_shown(request: HttpRequest, capture_id: int) -> CaptureOut:
    """What became of a capture."""
    return _capture(request, capture_id)


@router.get("/captures/{int:capture_id}/screenshot", response={200: None, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True, gives=tuple(sorted(shots.TYPES)))
def capture_screenshot(request: HttpRequest, capture_id: int) -> HttpResponse:
    """The picture as it was given."""
    return shown_picture(found(queries.one(caller(request).viewer, capture_id)))


@router.post(
    "/conversations/{int:conversation_id}/answered-there",
    response={201: AnsweredThereOut, **CHANGES},
)
@asks(Permission.REPLY, takes=FORM)
def answered_there(
    request: HttpRequest,
    conversation_id: int,
    given: Form[AnswerThereIn],
    screenshot: File[UploadedFile | None] = None,
) -> Status[AnsweredThereOut]:
    """Record an answer given in the platform's own app; the clock stops at its own time."""
    desk, card = caller(request), card_of(request, conversation_id)
    must(request, Permission.REPLY, card.brand_id)
    told = capturing.Answered(
        text=_words(given),
        at=instant(given.at, name="form.at"),
        proof=_proof(request, given, screenshot),
    )
    try:
        message = capturing.answer(
            viewer=desk.viewer, conversation_id=card.id, answered=told, now=desk.now
        )
    except CaptureRefusedError as error:
        raise Unfit(f"form.{error.field}".rstrip("."), str(error)) from error
    return Status(HTTPStatus.CREATED, AnsweredThereOut(message=message.pk))


def _words(given: AnswerThereIn) -> str:
    text = given.text.replace("\r\n", "\n")
    if not text.strip():
        raise Unfit("form.text", "Copy what was written, word for word.")
    return text


def _proof(
    request: HttpRequest,
    given: AnswerThereIn,
    screenshot: UploadedFile | None,
    *,
    seen_by: str = "",
) -> Proof:
    try:
        shot = shots.taken(screenshot, "", caller(request).viewer.id)
    except ValidationError as error:
        raise Unfit("file.screenshot", " ".join(error.messages)) from error
    return Proof(
        url=given.link, digest=shot.digest, content_type=shot.content_type, seen_by=seen_by
    )


def _capture(request: HttpRequest, capture_id: int) -> CaptureOut:
    of = found(queries.one(caller(request).viewer, capture_id))
    return CaptureOut(
        id=of.id,
        brand=brand_slugs()[of.brand_id],
        platform=of.platform,
        account=of.account,
        side=of.side,
        captured_by=of.person,
        seen_by=of.seen_by,
        posted_at=of.posted_at,
        captured_at=of.captured_at,
        link=of.url,
        screenshot=bool(of.digest),
        conversation=of.conversation_id,
        message=of.message_id,
        aside=of.aside,
    )
