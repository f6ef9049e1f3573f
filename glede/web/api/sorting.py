"""Labels, snoozes, many at once, two matters or one, and taking an act back, over the API."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from glede.desk.acts.bulk import Bulk, Wish
from glede.desk.acts.rules import CannotUndo
from glede.desk.conversations import queries_labels
from glede.desk.conversations.cases import Refused as CaseRefused
from glede.desk.conversations.labels import BadLabel
from glede.desk.conversations.rules import NotNeeded
from glede.desk.conversations.snoozing import BadSnooze
from glede.flow import bulk, casework, sorting, texts, undoing
from glede.flow.bulk import Outcome
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Unfit,
    asks,
    caller,
    conflict,
    must_be_a_person,
)
from glede.web.api.conversations import (
    ActedOut,
    UndoOut,
    acted,
    card_of,
    undo_of,
    workable,
)
from glede.web.api.shapes import Id, Instant, ShortWords

router = Router(tags=["conversations"])


class LabelOut(Schema):
    """`brand` is null for a label of every brand."""

    id: int
    name: str
    brand: str | None
    archived: bool


class AskedLabels(Schema):
    """Archived ones too?"""

    archived: bool = False


class LabelIn(Schema):
    label: Id


class SnoozeIn(Schema):
    """It comes back sooner where they write or a clock comes near."""

    until: Instant


class UndoneOut(Schema):
    """The conversations that stand as they did before."""

    conversations: list[int]


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
    viewer = caller(request).viewer
    slugs = {one.pk: one.slug for one in brands.all_brands(archived=True)}
    return [
        LabelOut(
            id=one.id,
            name=one.name,
            brand=slugs[one.brand_id] if one.brand_id else None,
            archived=one.archived,
        )
        for one in queries_labels.all_labels(archived=asked.archived)
        if one.brand_id is None or viewer.may(Permission.READ_CONVERSATIONS, one.brand_id)
    ]


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
    return UndoneOut(conversations=list(back))


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


# --- Texts to write with ---------------------------------------------------------------------


@router.get("/conversations/{int:conversation_id}/texts", response={200: list[TextOut], **REFUSALS})
@asks(Permission.READ_CONVERSATIONS, discloses=True)
def offered(request: HttpRequest, conversation_id: int) -> list[TextOut]:
    """What the person may write with here, the fitting first."""
    desk, card = caller(request), card_of(request, conversation_id)
    return [
        TextOut(
            id=one.text.id,
            title=one.text.title,
            language=one.text.language,
            words=one.words,
            missing=list(one.missing),
        )
        for one in texts.filled(viewer=desk.viewer, conversation_id=card.id, now=desk.now)
    ]
