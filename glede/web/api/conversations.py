"""Conversations over the API: the list, one, its messages, and what staff do besides answering."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from glede.desk.attachments import queries as attachments
from glede.desk.attachments.queries import Shown
from glede.desk.clocks import queries as clocks
from glede.desk.clocks.queries import Why
from glede.desk.contacts import queries as contacts
from glede.desk.conversations import actions as conversation_actions
from glede.desk.conversations import (
    mentions,
    queries,
    queries_cases,
    queries_messages,
    queries_timescale,
    talk,
    timescales,
)
from glede.desk.conversations.filters import Field as Wanted
from glede.desk.conversations.filters import Filters, Want
from glede.desk.conversations.lanes import Order
from glede.desk.conversations.queries import Row
from glede.desk.conversations.queries_messages import Line
from glede.desk.conversations.queries_timescale import Timescale
from glede.desk.conversations.rules import NotNeeded, WrongState
from glede.desk.conversations.talk import Card
from glede.desk.views import queries as views
from glede.desk.views import rules as asking
from glede.flow import agreeing, alerting, handling
from glede.flow.agreeing import Given
from glede.flow.undoing import Kept
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.tokens.rules import Kind
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Problem,
    Unfit,
    asks,
    caller,
    conflict,
    must,
    must_be_a_person,
)
from glede.web.api.shapes import (
    Id,
    Instant,
    ShortWords,
    Words,
    cursor_after,
    cursor_before,
    read_cursor,
)
from glede.web.inbox.asked import moment_of

router = Router(tags=["conversations"])

_MOST = 100
_MOST_MESSAGES = 200


class PersonOut(Schema):
    """A colleague."""

    id: int
    name: str


class ConversationOut(Schema):
    """A conversation as a row of the inbox: `words` are the first of what they wrote last.

    `due_at` is when what runs next is due, `soft_at` the kinder time before it; both null while
    nothing runs. `revision` grows with every change: give it back as `seen_revision` with a reply.
    """

    id: int
    brand: str
    platform: str
    kind: str
    private: bool
    name: str
    words: str
    state: str
    state_at: datetime
    owner: PersonOut | None
    last_at: datetime
    posts: int
    unread: bool
    due_at: datetime | None
    due_from: datetime | None
    due_kind: str
    due_clause: str
    soft_at: datetime | None
    labels: list[str]
    #: As a BCP 47 tag; empty where nobody knows.
    language: str
    #: Why no reply may be needed, as the desk proposes; a person decides.
    proposed: str
    snoozed_until: datetime | None
    revision: int
    #: The page of the desk that shows it.
    url: str


class UndoOut(Schema):
    """`POST /acts/{act}/undo` takes it back until then."""

    act: int
    says: str
    until_at: datetime


class ActedOut(ConversationOut):
    """As it stands after the act; `undo` is null where the act changed nothing."""

    undo: UndoOut | None


class ConversationsOut(Schema):
    """By time left; `next` and `prev` are cursors of the pages beside this one."""

    conversations: list[ConversationOut]
    next: str | None
    prev: str | None


class ClockOut(Schema):
    """A promise that runs, or how it ended."""

    kind: str
    duty: str
    state: str
    started_at: datetime
    due_at: datetime
    soft_at: datetime
    stopped_at: datetime | None
    in_hours: bool
    clause: str
    policy_version: str
    reading: str


class TimescaleOut(Schema):
    """What will be done, by when and by whom; `holds` while it binds the desk."""

    id: int
    what: str
    by_at: datetime
    person: PersonOut
    reason: str
    state: str
    holds: bool
    told_at: datetime | None
    answered_at: datetime | None
    kept_at: datetime | None
    missed_at: datetime | None
    clause: str


class SubjectOut(Schema):
    """The post under discussion."""

    author: str
    text: str
    at: datetime
    url: str
    ours: bool


class ConversationWholeOut(ConversationOut):
    account: int
    contact: int
    opened_at: datetime
    waiting: int
    subject: SubjectOut | None
    clocks: list[ClockOut]
    timescales: list[TimescaleOut]


class WordsOut(Schema):
    number: int
    text: str
    at: datetime


class MediaOut(Schema):
    """What came with a message. `attachment` is our copy of it: `GET /attachments/{attachment}`
    gives it, unless `says` tells why it cannot; null where nothing was fetched."""

    kind: str
    alt: str
    attachment: int | None = None
    type: str = ""
    width: int = 0
    height: int = 0
    says: str = ""


class MessageOut(Schema):
    """`direction` is *in*, *out* or *note*. What its author deleted has no words and no media."""

    id: int
    direction: Literal["in", "out", "note"]
    kind: str
    private: bool
    automatic: bool
    author: str
    handle: str
    person: int | None
    received_at: datetime
    ingested_at: datetime
    text: str
    versions: list[WordsOut]
    media: list[MediaOut]
    flagged: str
    deleted_at: datetime | None
    hidden_at: datetime | None
    removed_at: datetime | None
    url: str
    language: str


class MessagesOut(Schema):
    """Oldest first. Without a cursor the newest page: `prev` goes back in time."""

    messages: list[MessageOut]
    next: str | None
    prev: str | None


class KnownAsOut(Schema):
    platform: str
    name: str
    handle: str
    url: str


class ContactOut(Schema):
    """Who is asking: their names on platforms, and how much there was before."""

    id: int
    name: str
    known_as: list[KnownAsOut]
    conversations_before: int
    last_conversation: int | None
    first_seen_at: datetime | None


class AskedList(Schema):
    """`brand` is a slug; one this token may not see has no conversations."""

    view: Literal["all", "mine", "no-owner"] = "all"
    brand: ShortWords = ""
    platform: ShortWords = ""
    #: As it is typed above the list: `brand:pennvale is:late -label:spam "damp flat"`.
    q: ShortWords = ""
    order: Order = Order.TIME_LEFT
    cursor: ShortWords = ""
    limit: int = Field(50, ge=1, le=_MOST)


class AskedMessages(Schema):
    cursor: ShortWords = ""
    limit: int = Field(50, ge=1, le=_MOST_MESSAGES)


class NoteIn(Schema):
    text: Words


class NoteOut(Schema):
    id: int


class AssignIn(Schema):
    """To whom; null gives it back to nobody."""

    person: Id | None


class NoReplyIn(Schema):
    """`words` are needed for another reason."""

    reason: NotNeeded
    words: ShortWords = ""


class ReadIn(Schema):
    revision: int = Field(ge=0, le=2**31 - 1)


class TimescaleIn(Schema):
    """`told_already`: by telephone or at the door; otherwise the next reply tells it. `anyway`:
    nobody works then, and the date is meant. `reason`: why a date that was told moves."""

    what: ShortWords
    by_at: Instant
    person: Id | None = None
    reason: ShortWords = ""
    told_already: bool = False
    anyway: bool = False


class ClosedProblem(Problem):
    """Nobody works then: `instead` is the date to offer, or send `anyway`."""

    instead: datetime | None = None


class AnswerIn(Schema):
    said: Literal["agreed", "objected"]


# --- Reading ---------------------------------------------------------------------------------


@router.get("/conversations", response={200: ConversationsOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def listed(request: HttpRequest, asked: Query[AskedList]) -> ConversationsOut:
    """Open conversations by time left, as the inbox shows them."""
    desk = caller(request)
    slugs = _slugs()
    place, forward = None, True
    if asked.cursor:
        text, forward = read_cursor(asked.cursor)
        place = queries.place(text)
        if place is None:
            raise Unfit("query.cursor", "This is no cursor of this list.")
    page = queries.open_list(
        desk.viewer,
        filters=_filters(asked, slugs, me=desk.viewer.id).narrowed(*asked_for(request, asked.q)),
        moment=moment_of(desk.now, timezone.get_current_timezone()),
        order=asked.order,
        after=place if forward else None,
        before=None if forward else place,
        limit=asked.limit,
    )
    return ConversationsOut(
        conversations=[_row(one, slugs) for one in page.rows],
        next=cursor_after(page.after.text) if page.after else None,
        prev=cursor_before(page.before.text) if page.before else None,
    )


def asked_for(request: HttpRequest, line: str, *, where: str = "query.q") -> tuple[Want, ...]:
    """What a line of words asks for. Raises `Unfit` for what is not understood."""
    if not line.strip():
        return ()
    viewer = caller(request).viewer
    read = asking.read(line)
    meant = asking.meaning(read.query, views.known(viewer).vocabulary, me=viewer.id)
    for problem in (*read.problems, *meant.problems):
        near = f" Did you mean “{problem.instead}”?" if problem.instead else ""
        raise Unfit(where, problem.says + near)
    return meant.filters.wants


def _filters(asked: AskedList, slugs: dict[int, str], *, me: int) -> Filters:
    """An unknown brand shows nothing rather than everything."""
    found = []
    if asked.brand:
        known = tuple(key for key, slug in slugs.items() if slug == asked.brand)
        found.append(Want(Wanted.BRAND, known) if known else Want(Wanted.NOTHING))
    if asked.platform:
        found.append(Want(Wanted.PLATFORM, (asked.platform,)))
    if asked.view != "all":
        found.append(Want(Wanted.OWNER, (me if asked.view == "mine" else None,)))
    return Filters(tuple(found))


@router.get(
    "/conversations/{int:conversation_id}", response={200: ConversationWholeOut, **REFUSALS}
)
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def one(request: HttpRequest, conversation_id: int) -> ConversationWholeOut:
    """One conversation with its clocks and timescales."""
    return _whole(request, card_of(request, conversation_id))


@router.get(
    "/conversations/{int:conversation_id}/messages", response={200: MessagesOut, **REFUSALS}
)
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def messages(
    request: HttpRequest, conversation_id: int, asked: Query[AskedMessages]
) -> MessagesOut:
    """What was said in it, replies and internal notes among it."""
    card = card_of(request, conversation_id)
    spot, forward = None, False
    if asked.cursor:
        text, forward = read_cursor(asked.cursor)
        spot = queries_messages.spot(text)
        if spot is None:
            raise Unfit("query.cursor", "This is no cursor of these messages.")
    found = queries_messages.lines(
        card,
        after=spot if forward else None,
        before=None if forward else spot,
        limit=asked.limit,
    )
    first, last = (found.lines[0], found.lines[-1]) if found.lines else (None, None)
    kept = attachments.of_messages([one.id for one in found.lines])
    newer = found.more if forward else spot is not None
    older = spot is not None if forward else found.more
    return MessagesOut(
        messages=[_message(one, kept.get(one.id, ())) for one in found.lines],
        next=cursor_after(last.spot.text) if last and newer else None,
        prev=cursor_before(first.spot.text) if first and older else None,
    )


@router.get("/conversations/{int:conversation_id}/person", response={200: ContactOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def person(request: HttpRequest, conversation_id: int) -> ContactOut:
    """Who is asking, as far as this token may read."""
    card = card_of(request, conversation_id)
    found = talk.person_card(card, contacts.known(card.contact_id).names)
    others = queries_cases.of_contact(caller(request).viewer, card.contact_id, limit=101)
    before = [one.id for one in others if one.id != card.id][:100]
    return ContactOut(
        id=card.contact_id,
        name=found.name,
        known_as=[
            KnownAsOut(platform=one.platform, name=one.name, handle=one.handle, url=one.url)
            for one in found.known_as
        ],
        conversations_before=len(before),
        last_conversation=before[0] if before else None,
        first_seen_at=found.first_seen_at,
    )


# --- What staff do ---------------------------------------------------------------------------


@router.post("/conversations/{int:conversation_id}/notes", response={201: NoteOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def note(request: HttpRequest, conversation_id: int, given: NoteIn) -> Status[NoteOut]:
    """Keep an internal note, never sent. A program's note begins with the program's name."""
    desk, card = caller(request), workable(request, conversation_id)
    if not given.text.strip():
        raise Unfit("body.text", "A note needs words.")
    token = desk.token
    by = "" if token.viewer.kind is Kind.PERSON else f"“{token.name}”: "
    try:
        kept = handling.note(
            viewer=desk.viewer, conversation_id=card.id, text=by + given.text, now=desk.now
        )
    except mentions.Unclear as error:
        raise Unfit("body.text", str(error)) from error
    return Status(HTTPStatus.CREATED, NoteOut(id=kept))


@router.post("/conversations/{int:conversation_id}/assign", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def assign(request: HttpRequest, conversation_id: int, given: AssignIn) -> ActedOut:
    """Give it to somebody who works for its brand, or to nobody."""
    desk, card = caller(request), workable(request, conversation_id)
    if given.person is not None:
        check_colleague(request, card, given.person, "body.person")
    kept = handling.assign(
        viewer=desk.viewer, conversation_id=card.id, person_id=given.person, now=desk.now
    )
    return acted(request, card.id, kept)


@router.post("/conversations/{int:conversation_id}/resolve", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def resolve(request: HttpRequest, conversation_id: int) -> ActedOut:
    """Settle it. Refused while somebody waits for an answer."""
    desk, card = caller(request), workable(request, conversation_id)
    try:
        kept = handling.resolve(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    except (WrongState, conversation_actions.NotAnswered) as error:
        raise conflict(str(error)) from error
    return acted(request, card.id, kept)


@router.post("/conversations/{int:conversation_id}/reopen", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def reopen(request: HttpRequest, conversation_id: int) -> ActedOut:
    """Bring it back; a promise that was closed with it runs again, due as before."""
    desk, card = caller(request), workable(request, conversation_id)
    try:
        kept = handling.reopen(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    except WrongState as error:
        raise conflict(str(error)) from error
    return acted(request, card.id, kept)


@router.post("/conversations/{int:conversation_id}/no-reply", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def no_reply(request: HttpRequest, conversation_id: int, given: NoReplyIn) -> ActedOut:
    """Say, with a reason and under one's own name, that nothing has to be answered."""
    desk, card = caller(request), workable(request, conversation_id)
    must_be_a_person(request)
    try:
        kept = handling.no_reply_needed(
            viewer=desk.viewer,
            conversation_id=card.id,
            reason=given.reason,
            words=given.words,
            now=desk.now,
        )
    except ValueError as error:
        raise conflict(str(error)) from error
    return acted(request, card.id, kept)


@router.post(
    "/conversations/{int:conversation_id}/read", response={200: ConversationOut, **CHANGES}
)
@asks(Permission.READ_CONVERSATIONS)
def read(request: HttpRequest, conversation_id: int, given: ReadIn) -> ConversationOut:
    """The person has read it up to this revision; nobody has read what is not written yet."""
    card = card_of(request, conversation_id)
    mark_read(request, card, given.revision)
    return row_of(request, card.id)


def mark_read(request: HttpRequest, card: Card, revision: int) -> None:
    """Reading is seeing what was said of it, too; a program reads for nobody."""
    desk = caller(request)
    must_be_a_person(request)
    conversation_actions.read(
        conversation_id=card.id,
        person_id=desk.viewer.id,
        revision=min(revision, card.revision),
        now=desk.now,
    )
    alerting.opened(viewer=desk.viewer, conversation_id=card.id, now=desk.now)


# --- A timescale -----------------------------------------------------------------------------


@router.post(
    "/conversations/{int:conversation_id}/timescale",
    response={201: TimescaleOut, **CHANGES, 409: ClosedProblem},
)
@asks(Permission.WORK_CONVERSATIONS)
def plan(request: HttpRequest, conversation_id: int, given: TimescaleIn) -> Status[TimescaleOut]:
    """Write down what will be done, by when and by whom; the next reply tells it."""
    desk, card = caller(request), workable(request, conversation_id)
    must_be_a_person(request)
    who = given.person or desk.viewer.id
    check_colleague(request, card, who, "body.person")
    try:
        outcome = agreeing.plan(
            viewer=desk.viewer,
            conversation_id=card.id,
            given=Given(
                what=given.what,
                by_at=given.by_at,
                person_id=who,
                reason=given.reason,
                told_already=given.told_already,
                anyway=given.anyway,
            ),
            now=desk.now,
        )
    except timescales.BadTimescale as error:
        raise conflict(str(error), instead=None) from error
    if isinstance(outcome, timescales.ClosedThen):
        raise conflict(
            f"{outcome.says} Offer `instead`, or send `anyway`.",
            instead=outcome.instead.isoformat(),
        )
    made = next(one for one in queries_timescale.of_conversation(card.id) if one.id == outcome.pk)
    return Status(HTTPStatus.CREATED, _timescale(made))


@router.post(
    "/conversations/{int:conversation_id}/timescale/answer",
    response={200: ConversationWholeOut, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def answer(request: HttpRequest, conversation_id: int, given: AnswerIn) -> ConversationWholeOut:
    """Record what the resident said to the date they were told."""
    desk, card = caller(request), workable(request, conversation_id)
    must_be_a_person(request)
    try:
        agreeing.answer(
            viewer=desk.viewer,
            conversation_id=card.id,
            agreed=given.said == "agreed",
            now=desk.now,
        )
    except timescales.WrongStep as error:
        raise conflict(str(error)) from error
    return _whole(request, card_of(request, conversation_id))


@router.post(
    "/conversations/{int:conversation_id}/timescale/drop",
    response={200: ConversationWholeOut, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def drop(request: HttpRequest, conversation_id: int) -> ConversationWholeOut:
    """A date that was planned is not told after all."""
    desk, card = caller(request), workable(request, conversation_id)
    must_be_a_person(request)
    agreeing.drop(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    return _whole(request, card_of(request, conversation_id))


# --- What operations share -------------------------------------------------------------------


def card_of(request: HttpRequest, conversation_id: int) -> Card:
    """The conversation, or 404: what a token may not see is not there for it."""
    try:
        return talk.card(caller(request).viewer, conversation_id)
    except queries.NotVisible as error:
        raise Http404(str(error)) from error


def workable(request: HttpRequest, conversation_id: int) -> Card:
    card = card_of(request, conversation_id)
    must(request, Permission.WORK_CONVERSATIONS, card.brand_id)
    return card


def row_of(request: HttpRequest, conversation_id: int) -> ConversationOut:
    (row,) = queries.rows_of(caller(request).viewer, ids=[conversation_id])
    return _row(row, _slugs())


def acted(request: HttpRequest, conversation_id: int, kept: Kept | None) -> ActedOut:
    """How it stands, and how to take the act back."""
    return ActedOut(**row_of(request, conversation_id).dict(), undo=undo_of(kept))


def undo_of(kept: Kept | None) -> UndoOut | None:
    return UndoOut(act=kept.id, says=kept.says, until_at=kept.until_at) if kept else None


def _slugs() -> dict[int, str]:
    return {one.pk: one.slug for one in brands.all_brands(archived=True)}


def check_colleague(request: HttpRequest, card: Card, person_id: int, where: str) -> None:
    desk = caller(request)
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=card.brand_id, now=desk.now)
    if person_id not in {one.id for one in may}:
        raise Unfit(where, "Nobody by that number works for this brand.")


def _row(of: Row, slugs: dict[int, str]) -> ConversationOut:
    owner = PersonOut(id=of.owner_id, name=of.owner_name or "") if of.owner_id else None
    return ConversationOut(
        id=of.id,
        brand=slugs[of.brand_id],
        platform=of.platform,
        kind=of.kind,
        private=of.private,
        name=of.name,
        words=of.words,
        state=of.state,
        state_at=of.state_at,
        owner=owner,
        last_at=of.last_at,
        posts=of.message_count,
        unread=of.unread,
        due_at=of.due_at,
        due_from=of.due_from,
        due_kind=of.due_kind,
        due_clause=of.due_clause,
        soft_at=of.soft_at,
        labels=list(of.labels),
        language=of.language,
        proposed=of.proposed,
        snoozed_until=of.snoozed_until,
        revision=of.revision,
        url=settings.GLEDE_BASE_URL + reverse("inbox:open", args=[of.id]),
    )


def _whole(request: HttpRequest, card: Card) -> ConversationWholeOut:
    subject = card.subject
    return ConversationWholeOut(
        **row_of(request, card.id).dict(),
        account=card.account_id,
        contact=card.contact_id,
        opened_at=card.opened_at,
        waiting=card.waiting_count,
        subject=SubjectOut(
            author=subject.author,
            text=subject.text,
            at=subject.at,
            url=subject.url,
            ours=subject.ours,
        )
        if subject
        else None,
        clocks=[_clock(one) for one in clocks.whys(card.id)],
        timescales=[_timescale(one) for one in queries_timescale.of_conversation(card.id)],
    )


def _clock(of: Why) -> ClockOut:
    return ClockOut(
        kind=of.kind.key,
        duty=of.kind.duty,
        state=of.state,
        started_at=of.started_at,
        due_at=of.due_at,
        soft_at=of.soft_at,
        stopped_at=of.stopped_at,
        in_hours=of.in_hours,
        clause=of.clause,
        policy_version=of.policy_version,
        reading=of.reading,
    )


def _timescale(of: Timescale) -> TimescaleOut:
    return TimescaleOut(
        id=of.id,
        what=of.what,
        by_at=of.by_at,
        person=PersonOut(id=of.person_id, name=of.person_name),
        reason=of.reason,
        state=of.state,
        holds=of.holds,
        told_at=of.told_at,
        answered_at=of.answered_at,
        kept_at=of.kept_at,
        missed_at=of.missed_at,
        clause=of.clause,
    )


def _media(of: Line, kept: Sequence[Shown]) -> list[MediaOut]:
    if of.deleted_at is not None or not kept:
        return [MediaOut(kind=kind, alt=alt) for kind, alt in of.media]
    return [
        MediaOut(
            kind=one.kind,
            alt=one.alt,
            attachment=one.id if not one.words else None,
            type=one.content_type,
            width=one.width,
            height=one.height,
            says=one.words,
        )
        for one in kept
    ]


def _message(of: Line, kept: Sequence[Shown]) -> MessageOut:
    return MessageOut(
        id=of.id,
        direction=of.direction.value,
        kind=of.kind,
        private=of.private,
        automatic=of.automatic,
        author=of.author,
        handle=of.handle,
        person=of.person_id,
        received_at=of.received_at,
        ingested_at=of.ingested_at,
        text=of.versions[-1].text if of.versions else "",
        versions=[WordsOut(number=one.number, text=one.text, at=one.at) for one in of.versions],
        media=_media(of, kept),
        flagged=of.flagged,
        deleted_at=of.deleted_at,
        hidden_at=of.hidden_at,
        removed_at=of.removed_at,
        url=of.url,
        language=of.language,
    )
