"""Labels, snoozes, many at once, two matters or one, and taking an act back, over the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from glede.desk.acts.bulk import Bulk, Wish
from glede.desk.acts.rules import CannotUndo
from glede.desk.conversations import queries_cases, queries_labels, talk
from glede.desk.conversations.cases import Kind
from glede.desk.conversations.cases import Refused as CaseRefused
from glede.desk.conversations.labels import BadLabel
from glede.desk.conversations.queries import NotVisible
from glede.desk.conversations.queries_cases import Other
from glede.desk.conversations.queries_labels import LabelRow
from glede.desk.conversations.rules import NotNeeded
from glede.desk.conversations.snoozing import BadSnooze
from glede.desk.conversations.talk import Card
from glede.desk.replies.texts import Filled
from glede.flow import bulk, casework, sorting, texts, undoing, veiling
from glede.flow.bulk import Outcome
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Refused,
    Unfit,
    asks,
    caller,
    conflict,
    must,
    must_be_a_person,
    or_conflict,
)
from glede.web.api.conversations import (
    ActedOut,
    ConversationOut,
    UndoOut,
    acted,
    card_of,
    row_of,
    undo_of,
    workable,
)
from glede.web.api.shapes import PLAIN, Id, Instant, ShortWords, Words, brand_named, brand_slugs

router = Router(tags=["conversations"])


class LabelOut(Schema):
    """`brand` is null for a label of every brand."""

    id: int
    name: str
    brand: str | None
    archived: bool


class LabelNameIn(Schema):
    name: Annotated[str, StringConstraints(max_length=100), PLAIN] = Field(examples=["repairs"])


class NewLabelIn(LabelNameIn):
    """`brand` is a slug; null for every brand."""

    brand: ShortWords | None = None


class AskedLabels(Schema):
    """Archived ones too?"""

    archived: bool = False


class LabelIn(Schema):
    label: Id


class SnoozeIn(Schema):
    """It comes back sooner where they write or a clock comes near."""

    until: Instant


class UndoneOut(Schema):
    """The conversations that stand as they did before; `stay` says of each of the others, in a
    sentence, why it stays as it is."""

    conversations: list[int]
    stay: list[str] = Field(default_factory=list)


class MovedOut(Schema):
    """Whoever moved it may not read it any more, if they do not work for its new brand."""

    conversation: int
    brand: str
    undo: UndoOut | None


class BulkIn(Schema):
    """One act on many: *assign* takes `person` (null for nobody), *label* `label`, *snooze*
    `until`, *no-reply* `reason`. With `preview` nothing is changed."""

    act: Bulk
    conversations: list[Id] = Field(min_length=1, max_length=1_000)
    person: Id | None = None
    label: Id | None = None
    until: Instant | None = None
    reason: NotNeeded | None = None
    words: ShortWords = ""
    preview: bool = False


class OutcomeOut(Schema):
    """`why_not` is empty where it is, or would be, done."""

    conversation: int
    name: str
    why_not: str


class BulkOut(Schema):
    outcomes: list[OutcomeOut]
    done: int
    undo: UndoOut | None


class MergeIn(Schema):
    """The conversation into which this one goes."""

    into: Id
    why: ShortWords = ""


class SplitIn(Schema):
    """Messages of the resident that are another matter."""

    messages: list[Id] = Field(min_length=1, max_length=500)


class MoveIn(Schema):
    """`brand` is a slug."""

    brand: ShortWords
    why: ShortWords


class UnmergeIn(Schema):
    """The `id` of a merge among the regroupings of the conversation."""

    regrouping: Id


class RegroupingOut(Schema):
    """What was merged into this conversation, or split off it. `why_not` says why a merge cannot be
    taken back any more."""

    id: int
    kind: str
    source: int
    target: int
    by: str
    at: datetime
    why: str
    why_not: str


class VeilIn(Schema):
    """Veiled, or its veil lifted."""

    veiled: bool


class AlikeOut(Schema):
    """Somebody else under the same post who waits and says something like it; `likeness` is from 0
    to 1. Give `revision` back with the answer."""

    conversation: int
    brand: str
    name: str
    words: str
    due_at: datetime | None
    revision: int
    likeness: float


class AnsweredIn(Schema):
    """A conversation, and the `revision` in which it was looked at."""

    conversation: Id
    revision: int = Field(ge=0, le=2**31 - 1)


class AlikeIn(Schema):
    """One answer for some of those who ask the same: *send* it to each, each with its own guard and
    clock, or put it into the person's *drafts*."""

    text: Words
    to: list[AnsweredIn] = Field(min_length=1, max_length=200)
    then: Literal["send", "drafts"]


class LinkIn(Schema):
    """The conversation of which this one is a duplicate."""

    of: Id


class TextOut(Schema):
    """A text of the brand, or a snippet of one's own, with this conversation's values; `missing`
    are variables that have none here."""

    id: int
    title: str
    language: str
    words: str
    missing: list[str]


@router.get("/labels", response={200: list[LabelOut], **REFUSALS})
@asks(Permission.READ_CONVERSATIONS)
def labels(request: HttpRequest, asked: Query[AskedLabels]) -> list[LabelOut]:
    """Labels of every brand, and of those this token reads."""
    viewer, slugs = caller(request).viewer, brand_slugs()
    return [
        _label(one, slugs)
        for one in queries_labels.all_labels(archived=asked.archived)
        if one.brand_id is None or viewer.may(Permission.READ_CONVERSATIONS, one.brand_id)
    ]


@router.post("/labels", response={201: LabelOut, **CHANGES})
@asks(Permission.MANAGE_LABELS)
def make_label(request: HttpRequest, given: NewLabelIn) -> Status[LabelOut]:
    """A new label. Without a brand it is for every brand, which takes who manages all of them."""
    desk, brand_id = caller(request), brand_named(given.brand)
    if not _manages(request, brand_id):
        raise Refused(HTTPStatus.FORBIDDEN, "This token does not manage the labels of that brand.")
    with or_conflict(BadLabel):
        made = sorting.create_label(
            viewer=desk.viewer, name=given.name, brand_id=brand_id, now=desk.now
        )
    return Status(HTTPStatus.CREATED, _label_now(made.pk))


@router.put("/labels/{int:label_id}", response={200: LabelOut, **CHANGES})
@asks(Permission.MANAGE_LABELS)
def rename_label(request: HttpRequest, label_id: int, given: LabelNameIn) -> LabelOut:
    """Another name; it stays on what carries it."""
    desk = caller(request)
    _mine_to_change(request, label_id)
    with or_conflict(BadLabel):
        sorting.rename_label(viewer=desk.viewer, label_id=label_id, name=given.name, now=desk.now)
    return _label_now(label_id)


@router.delete("/labels/{int:label_id}", response={200: LabelOut, **CHANGES})
@asks(Permission.MANAGE_LABELS)
def archive_label(request: HttpRequest, label_id: int) -> LabelOut:
    """It is put on nothing any more, and stays readable where it is."""
    return _archived(request, label_id, back=False)


@router.post("/labels/{int:label_id}/back", response={200: LabelOut, **CHANGES})
@asks(Permission.MANAGE_LABELS)
def label_back(request: HttpRequest, label_id: int) -> LabelOut:
    """An archived label can be put on again."""
    return _archived(request, label_id, back=True)


def _archived(request: HttpRequest, label_id: int, *, back: bool) -> LabelOut:
    desk = caller(request)
    _mine_to_change(request, label_id)
    with or_conflict(BadLabel):
        sorting.archive_label(viewer=desk.viewer, label_id=label_id, back=back, now=desk.now)
    return _label_now(label_id)


def _manages(request: HttpRequest, brand_id: int | None) -> bool:
    held = caller(request).viewer.brands_for(Permission.MANAGE_LABELS)
    return held is None or brand_id in held


def _mine_to_change(request: HttpRequest, label_id: int) -> None:
    every = {one.id: one for one in queries_labels.all_labels()}
    if label_id not in every or not _manages(request, every[label_id].brand_id):
        raise Http404("There is no such label, or it is not yours to change.")


def _label_now(label_id: int) -> LabelOut:
    (one,) = [one for one in queries_labels.all_labels() if one.id == label_id]
    return _label(one, brand_slugs())


def _label(of: LabelRow, slugs: dict[int, str]) -> LabelOut:
    return LabelOut(
        id=of.id,
        name=of.name,
        brand=slugs[of.brand_id] if of.brand_id else None,
        archived=of.archived,
    )


@router.post("/conversations/{int:conversation_id}/labels", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def put_on(request: HttpRequest, conversation_id: int, given: LabelIn) -> ActedOut:
    """Put a label on."""
    desk, card = caller(request), workable(request, conversation_id)
    if given.label not in {one.id for one in queries_labels.for_brand(card.brand_id)}:
        raise Unfit("body.label", "There is no such label for this brand.")
    try:
        kept = sorting.put_on(
            viewer=desk.viewer, conversation_id=card.id, label_id=given.label, now=desk.now
        )
    except BadLabel as error:
        raise conflict(str(error)) from error
    return acted(request, card.id, kept)


@router.delete(
    "/conversations/{int:conversation_id}/labels/{int:label_id}",
    response={200: ActedOut, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def take_off(request: HttpRequest, conversation_id: int, label_id: int) -> ActedOut:
    """Take a label off; one that is not on it changes nothing."""
    desk, card = caller(request), workable(request, conversation_id)
    if label_id not in {one.id for one in queries_labels.for_brand(card.brand_id)}:
        raise Http404("There is no such label for this brand.")
    kept = sorting.take_off(
        viewer=desk.viewer, conversation_id=card.id, label_id=label_id, now=desk.now
    )
    return acted(request, card.id, kept)


@router.post("/conversations/{int:conversation_id}/snooze", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def snooze(request: HttpRequest, conversation_id: int, given: SnoozeIn) -> ActedOut:
    """Out of sight until then. No clock stops."""
    desk, card = caller(request), workable(request, conversation_id)
    try:
        kept = sorting.snooze(
            viewer=desk.viewer, conversation_id=card.id, until_at=given.until, now=desk.now
        )
    except BadSnooze as error:
        raise conflict(str(error)) from error
    return acted(request, card.id, kept)


@router.post("/conversations/{int:conversation_id}/wake", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def wake(request: HttpRequest, conversation_id: int) -> ActedOut:
    """Bring back what was snoozed."""
    desk, card = caller(request), workable(request, conversation_id)
    kept = sorting.wake_up(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    return acted(request, card.id, kept)


@router.post("/acts/{int:act_id}/undo", response={200: UndoneOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def undo(request: HttpRequest, act_id: int) -> UndoneOut:
    """Take one's own act back while its seconds last."""
    desk = caller(request)
    try:
        back = undoing.undo(viewer=desk.viewer, act_id=act_id, now=desk.now)
    except LookupError as error:
        raise Http404(str(error)) from error
    except CannotUndo as error:
        raise conflict(str(error)) from error
    return UndoneOut(conversations=list(back.conversations), stay=list(back.stay))


# --- Many at once ----------------------------------------------------------------------------


@router.post("/bulk", response={200: BulkOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def many(request: HttpRequest, given: BulkIn) -> BulkOut:
    """Do one thing with many conversations, or see beforehand what it would do to each."""
    desk = caller(request)
    if len(given.conversations) > settings.GLEDE_BULK_MOST:
        raise Unfit("body.conversations", f"At most {settings.GLEDE_BULK_MOST} at once.")
    if given.act is Bulk.NOT_NEEDED:
        must_be_a_person(request)
    wish = _wish(request, given)
    if given.preview:
        seen = bulk.preview(viewer=desk.viewer, ids=given.conversations, wish=wish, now=desk.now)
        return BulkOut(outcomes=[_outcome(one) for one in seen], done=0, undo=None)
    done = bulk.do(viewer=desk.viewer, ids=given.conversations, wish=wish, now=desk.now)
    return BulkOut(
        outcomes=[_outcome(one) for one in done.outcomes],
        done=done.count,
        undo=undo_of(done.kept),
    )


def _wish(request: HttpRequest, given: BulkIn) -> Wish:
    match given.act:
        case Bulk.ASSIGN:
            return Wish(
                act=given.act, person_id=given.person, brands=_works_for(request, given.person)
            )
        case Bulk.LABEL:
            found = queries_labels.all_labels(archived=False)
            label = next((one for one in found if one.id == given.label), None)
            if label is None:
                raise Unfit("body.label", "There is no such label.")
            only = None if label.brand_id is None else frozenset({label.brand_id})
            return Wish(act=given.act, label_id=label.id, brands=only)
        case Bulk.SNOOZE if given.until is None:
            raise Unfit("body.until", "Say until when.")
        case Bulk.NOT_NEEDED if given.reason is None:
            raise Unfit("body.reason", "Say why no reply is needed.")
    reason = given.reason.value if given.reason else ""
    return Wish(act=given.act, until_at=given.until, reason=reason, words=given.words)


def _works_for(request: HttpRequest, person_id: int | None) -> frozenset[int] | None:
    if person_id is None:
        return None
    may = people.who_may(Permission.WORK_CONVERSATIONS, brand_id=None, now=caller(request).now)
    person = next((one for one in may if one.id == person_id), None)
    if person is None:
        raise Unfit("body.person", "Nobody by that number works here.")
    return person.brands_for(Permission.WORK_CONVERSATIONS)


def _outcome(of: Outcome) -> OutcomeOut:
    return OutcomeOut(conversation=of.id, name=of.name, why_not=of.why_not)


# --- Two matters or one ----------------------------------------------------------------------


@contextmanager
def _case() -> Iterator[None]:
    """What stands in the way of a regrouping, as a problem."""
    try:
        yield
    except CaseRefused as error:
        raise conflict(str(error)) from error


@router.post("/conversations/{int:conversation_id}/merge", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def merge(request: HttpRequest, conversation_id: int, given: MergeIn) -> ActedOut:
    """It goes on in another conversation, which is answered."""
    desk, card = caller(request), workable(request, conversation_id)
    into = workable(request, given.into)
    with _case():
        done = casework.merge(
            viewer=desk.viewer, source_id=card.id, target_id=into.id, why=given.why, now=desk.now
        )
    return acted(request, done.conversation_id, done.kept)


@router.post("/conversations/{int:conversation_id}/split", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def split(request: HttpRequest, conversation_id: int, given: SplitIn) -> ActedOut:
    """These messages are another matter: a conversation of their own, which is answered."""
    desk, card = caller(request), workable(request, conversation_id)
    with _case():
        done = casework.split(
            viewer=desk.viewer,
            conversation_id=card.id,
            message_ids=given.messages,
            now=desk.now,
        )
    return acted(request, done.conversation_id, done.kept)


@router.post("/conversations/{int:conversation_id}/move", response={200: MovedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def move(request: HttpRequest, conversation_id: int, given: MoveIn) -> MovedOut:
    """It belongs to another brand."""
    desk, card = caller(request), workable(request, conversation_id)
    try:
        brand = brands.brand(given.brand)
    except brands.NoSuchBrandError as error:
        raise Unfit("body.brand", str(error)) from error
    with _case():
        kept = casework.move(
            viewer=desk.viewer,
            conversation_id=card.id,
            brand_id=brand.pk,
            why=given.why,
            now=desk.now,
        )
    return MovedOut(conversation=card.id, brand=brand.slug, undo=undo_of(kept))


@router.post("/conversations/{int:conversation_id}/duplicate", response={200: ActedOut, **CHANGES})
@asks(Permission.WORK_CONVERSATIONS)
def link(request: HttpRequest, conversation_id: int, given: LinkIn) -> ActedOut:
    """It is a duplicate of another conversation."""
    desk, card = caller(request), workable(request, conversation_id)
    first = workable(request, given.of)
    with _case():
        kept = casework.link(
            viewer=desk.viewer,
            conversation_id=card.id,
            duplicate_of_id=first.id,
            now=desk.now,
        )
    return acted(request, card.id, kept)


@router.delete(
    "/conversations/{int:conversation_id}/duplicate", response={200: ConversationOut, **CHANGES}
)
@asks(Permission.WORK_CONVERSATIONS)
def unlink(request: HttpRequest, conversation_id: int) -> ConversationOut:
    """It is a matter of its own after all; nothing where it was linked to none."""
    desk, card = caller(request), workable(request, conversation_id)
    with _case():
        casework.unlink(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    return row_of(request, card.id)


@router.get(
    "/conversations/{int:conversation_id}/regroupings",
    response={200: list[RegroupingOut], **REFUSALS},
)
@asks(Permission.WORK_CONVERSATIONS)
def regroupings(request: HttpRequest, conversation_id: int) -> list[RegroupingOut]:
    """What was merged into it or split off it, the newest first."""
    card, viewer = workable(request, conversation_id), caller(request).viewer
    return [
        RegroupingOut(
            id=one.id,
            kind=one.kind,
            source=one.source_id,
            target=one.target_id,
            by=one.person,
            at=one.at,
            why=one.why,
            why_not=one.why_not,
        )
        for one in queries_cases.regroupings(card.id)
        if viewer.may(
            Permission.READ_CONVERSATIONS,
            one.source_brand_id if one.target_id == card.id else one.target_brand_id,
        )
    ]


@router.post(
    "/conversations/{int:conversation_id}/unmerge", response={200: ConversationOut, **CHANGES}
)
@asks(Permission.WORK_CONVERSATIONS)
def unmerge(request: HttpRequest, conversation_id: int, given: UnmergeIn) -> ConversationOut:
    """Take a merge back: each is a matter of its own again."""
    desk, card = caller(request), workable(request, conversation_id)
    of = queries_cases.regrouping(given.regrouping)
    if of is None or of.kind != Kind.MERGE or card.id not in (of.source_id, of.target_id):
        raise conflict("There is nothing of that kind to take back.")
    with _case():
        casework.unmerge(viewer=desk.viewer, regrouping_id=of.id, now=desk.now)
    return row_of(request, card.id)


@router.post(
    "/conversations/{int:conversation_id}/messages/{int:message_id}/veil",
    response={204: None, **CHANGES},
)
@asks(Permission.WORK_CONVERSATIONS)
def veil(
    request: HttpRequest, conversation_id: int, message_id: int, given: VeilIn
) -> Status[None]:
    """Veil a resident's message on the desk until somebody asks to see it, or lift its veil."""
    desk, card = caller(request), workable(request, conversation_id)
    try:
        talk.theirs(desk.viewer, card, message_id)
    except NotVisible as error:
        raise Http404(str(error)) from error
    act = veiling.veil if given.veiled else veiling.lift
    act(viewer=desk.viewer, conversation_id=card.id, message_id=message_id, now=desk.now)
    return Status(HTTPStatus.NO_CONTENT, None)


# --- Many who ask the same -------------------------------------------------------------------


@router.get(
    "/conversations/{int:conversation_id}/alike", response={200: list[AlikeOut], **REFUSALS}
)
@asks(Permission.REPLY, discloses=True)
def alike(request: HttpRequest, conversation_id: int) -> list[AlikeOut]:
    """Others under the same post who wait and say something like it, the most urgent first."""
    card, slugs = _answered_for(request, conversation_id), brand_slugs()
    return [
        AlikeOut(
            conversation=one.id,
            brand=slugs[one.brand_id],
            name=one.name,
            words=one.words,
            due_at=one.due_at,
            revision=one.said_revision,
            likeness=one.likeness,
        )
        for one in _alike(request, card)
    ]


@router.post("/conversations/{int:conversation_id}/alike", response={200: BulkOut, **CHANGES})
@asks(Permission.REPLY)
def answer_alike(request: HttpRequest, conversation_id: int, given: AlikeIn) -> BulkOut:
    """The same answer to each of those who ask the same, every one its own reply."""
    desk, card = caller(request), _answered_for(request, conversation_id)
    if not given.text.strip():
        raise Unfit("body.text", "Write the answer first.")
    known = {one.id: one for one in _alike(request, card)}
    for one in given.to:
        if one.conversation not in known:
            raise Unfit("body.to", f"Conversation {one.conversation} is not among those alike.")
    seen = {one.conversation: one.revision for one in given.to}
    if given.then == "send":
        done = casework.answer_each(viewer=desk.viewer, seen=seen, text=given.text, now=desk.now)
    else:
        done = casework.draft_each(
            viewer=desk.viewer, conversation_ids=list(seen), text=given.text, now=desk.now
        )
    return BulkOut(
        outcomes=[
            OutcomeOut(conversation=pk, name=known[pk].name, why_not=done.refused.get(pk, ""))
            for pk in seen
        ],
        done=len(done.done),
        undo=None,
    )


def _answered_for(request: HttpRequest, conversation_id: int) -> Card:
    card = card_of(request, conversation_id)
    must(request, Permission.REPLY, card.brand_id)
    return card


def _alike(request: HttpRequest, card: Card) -> tuple[Other, ...]:
    at_least = settings.GLEDE_ALIKE_PERCENT / 100
    return queries_cases.alike(caller(request).viewer, card, at_least=at_least)


# --- Texts to write with ---------------------------------------------------------------------


@router.get("/conversations/{int:conversation_id}/texts", response={200: list[TextOut], **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def offered(request: HttpRequest, conversation_id: int) -> list[TextOut]:
    """What the person may write with here, the fitting first."""
    desk, card = caller(request), card_of(request, conversation_id)
    return [
        text_out(one)
        for one in texts.filled(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    ]


def text_out(of: Filled) -> TextOut:
    return TextOut(
        id=of.text.id,
        title=of.text.title,
        language=of.text.language,
        words=of.words,
        missing=list(of.missing),
    )
