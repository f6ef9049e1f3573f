"""Replies over the API: queued under a person's own name, and what became of each."""

from datetime import datetime
from http import HTTPStatus
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router, Schema, Status
from pydantic import Field

from glede.desk.outbox import queries, rules
from glede.desk.outbox.queries import Sending
from glede.desk.outbox.rules import Because
from glede.desk.replies.rules import Anyway, Finding
from glede.flow import outbound
from glede.flow.guard import Aside
from glede.flow.outbound import Queued, Stopped
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import CHANGES, REFUSALS, Problem, asks, caller, conflict, must
from glede.web.api.conversations import card_of
from glede.web.api.shapes import Id, ShortWords, Words

router = Router(tags=["replies"])


class AsideIn(Schema):
    """A public message answered in private: why, and what is said in public once it stands.
    `invites`: where we cannot write first, the words go out in public and ask them to write or
    ring (see `GET /conversations/{conversation_id}/invitation`)."""

    because: Because
    public_line: Words = ""
    invites: bool = False


class ReplyIn(Schema):
    """`text` goes out with the person's sign-off. `seen_revision` is the `revision` of the
    conversation that the words answer. `confirmed` has the `key` of each finding that is known and
    meant; where one wants a reason, `anyway` is it. It answers what they wrote last; `in_public`
    their last public message; `aside` that one in private. `tells` is the number of the planned
    timescale that the words tell."""

    text: Words
    seen_revision: int = Field(ge=0, le=2**31 - 1)
    then: Literal["", "resolve"] = ""
    confirmed: list[ShortWords] = Field(default_factory=list, max_length=50)
    anyway: Anyway | None = None
    in_public: bool = False
    aside: AsideIn | None = None
    tells: Id | None = None


class FindingOut(Schema):
    """One that stops is mended; another is confirmed by its `key` in `confirmed`, and with a
    reason in `anyway` where it wants one."""

    key: str
    found: str
    says: str
    stops: bool
    wants_reason: bool
    clause: str


class StoppedProblem(Problem):
    """Nothing was queued: what to settle first. The words are kept as the person's draft."""

    findings: list[FindingOut] = Field(default_factory=list)


class DeliveryOut(Schema):
    """A reply on its way: *queued*, *sending*, *sent*, *retry*, *failed*, *unknown*, *taken back*.
    Personal details in public make it *waiting for a yes* of a second person, or *refused*.
    `release_at` is when it leaves, until then it can be taken back. `answer_at` is where a person
    has to answer instead, in the platform's own app."""

    id: int
    conversation: int
    message: int | None
    state: str
    private: bool
    automatic: bool
    person: int | None
    queued_at: datetime
    release_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    tries: int
    reason: str
    because: str | None
    then: str
    answer_at: str
    url: str


@router.post(
    "/conversations/{int:conversation_id}/replies",
    response={202: DeliveryOut, **CHANGES, 409: StoppedProblem},
)
@asks(Permission.REPLY)
def reply(
    request: HttpRequest, response: HttpResponse, conversation_id: int, given: ReplyIn
) -> Status[DeliveryOut]:
    """Queue a reply, or say what stands in its way; the pictures of the draft go with it.
    `Location` says where its outcome stands."""
    desk, card = caller(request), card_of(request, conversation_id)
    must(request, Permission.REPLY, card.brand_id)
    outcome = outbound.queue_reply(
        viewer=desk.viewer,
        conversation_id=card.id,
        text=given.text,
        seen_revision=given.seen_revision,
        afterwards=given.then,
        confirmed=frozenset(given.confirmed),
        agreement_id=given.tells,
        aside=_aside(given.aside),
        in_public=given.in_public,
        anyway=given.anyway,
        now=desk.now,
    )
    return queued(response, card.id, outcome)


def _aside(given: AsideIn | None) -> Aside | None:
    return Aside(given.because, given.public_line, given.invites) if given else None


def queued(
    response: HttpResponse, conversation_id: int, outcome: Queued | Stopped
) -> Status[DeliveryOut]:
    """Where its outcome stands. Raises `Refused` with what the guard found."""
    if isinstance(outcome, Stopped):
        found = [finding_out(one).dict() for one in outcome.findings]
        raise conflict(_how_to_go_on(outcome.findings), findings=found)
    response["Location"] = reverse("api:delivery", args=[outcome.delivery_id])
    return Status(HTTPStatus.ACCEPTED, _delivery(conversation_id, outcome.delivery_id))


def finding_out(of: Finding) -> FindingOut:
    return FindingOut(
        key=of.token,
        found=of.found.value,
        says=of.says,
        stops=of.stops,
        wants_reason=of.wants_reason,
        clause=of.clause,
    )


def _how_to_go_on(findings: tuple[Finding, ...]) -> str:
    if any(one.stops for one in findings):
        return "Nothing was sent. Mend what `findings` name and that stops, then send it again."
    return "Nothing was sent. If you know and mean it, name each `key` in `confirmed`."


@router.get("/deliveries/{int:delivery_id}", response={200: DeliveryOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS)
def delivery(request: HttpRequest, delivery_id: int) -> DeliveryOut:
    """What became of a reply."""
    card = card_of(request, found(queries.conversation_of(delivery_id)))
    return _delivery(card.id, delivery_id)


@router.post("/deliveries/{int:delivery_id}/take-back", response={200: DeliveryOut, **CHANGES})
@asks(Permission.REPLY)
def take_back(request: HttpRequest, delivery_id: int) -> DeliveryOut:
    """Undo a reply that has not left; its words go back to the person's draft."""
    desk, conversation_id = caller(request), _mine(request, delivery_id)
    try:
        outbound.take_back(viewer=desk.viewer, delivery_id=delivery_id, now=desk.now)
    except (rules.TooLate, rules.WrongState) as error:
        raise conflict(str(error)) from error
    return _delivery(conversation_id, delivery_id)


@router.post("/deliveries/{int:delivery_id}/again", response={200: DeliveryOut, **CHANGES})
@asks(Permission.REPLY)
def again(request: HttpRequest, delivery_id: int) -> DeliveryOut:
    """Send a failed reply once more."""
    desk, conversation_id = caller(request), _mine(request, delivery_id)
    try:
        outbound.try_again(viewer=desk.viewer, delivery_id=delivery_id, now=desk.now)
    except rules.WrongState as error:
        raise conflict(str(error)) from error
    return _delivery(conversation_id, delivery_id)


def _mine(request: HttpRequest, delivery_id: int) -> int:
    card = card_of(request, found(queries.conversation_of(delivery_id)))
    must(request, Permission.REPLY, card.brand_id)
    return card.id


def _delivery(conversation_id: int, delivery_id: int) -> DeliveryOut:
    of: Sending = found(queries.sending(delivery_id))
    return DeliveryOut(
        id=of.id,
        conversation=conversation_id,
        message=of.message_id,
        state=of.state,
        private=of.private,
        automatic=of.automatic,
        person=of.person_id,
        queued_at=of.queued_at,
        release_at=of.release_at,
        next_try_at=of.next_try_at,
        sent_at=of.sent_at,
        tries=of.tries,
        reason=of.reason,
        because=of.because,
        then=of.afterwards,
        answer_at=of.answer_at,
        url=of.url,
    )
