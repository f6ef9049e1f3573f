"""What may be the same matter, or is said to be: cheap to ask each time a conversation opens.

Nothing here decides. A person who may not read a brand sees nothing of it, not even that it is
there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet, Value

from glede.desk.conversations import veil
from glede.desk.conversations.actions_cases import why_not_unmerge
from glede.desk.conversations.cases import Kind
from glede.desk.conversations.models import Conversation, Message, MessageVersion, Regrouping
from glede.desk.conversations.rules import SETTLED, Direction, State
from glede.desk.conversations.talk import Card
from glede.rulebook.people.rules import Permission, Viewer

#: Conversations of one person shown at once, the newest first.
SHOWN = 40
#: Residents under one post that are offered the same answer at once.
MOST_ALIKE = 200


@dataclass(frozen=True, slots=True)
class Other:
    """Another conversation, as far as one line tells it."""

    id: int
    brand_id: int
    contact_id: int
    name: str
    platform: str
    kind: str
    private: bool
    words: str
    state: State
    last_at: datetime
    due_at: datetime | None
    waiting_count: int
    said_revision: int
    duplicate_of_id: int | None
    merged_into_id: int | None
    #: How like its words are to those of the one that is open, from 0 to 1 (pg_trgm).
    likeness: float

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED


def around(viewer: Viewer, card: Card) -> tuple[Other, ...]:
    """The other conversations of this person, and those that are linked to this one or went on in
    it, the newest first; one query."""
    linked = Q(duplicate_of=card.id) | Q(merged_into=card.id)
    linked |= Q(pk__in=[one for one in (card.duplicate_of_id, card.merged_into_id) if one])
    if card.duplicate_of_id is not None:
        linked |= Q(duplicate_of=card.duplicate_of_id)
    found = _readable(viewer).filter(Q(contact_id=card.contact_id) | linked).exclude(pk=card.id)
    return _others(found.order_by("-last_at"), card, SHOWN)


def of_contact(viewer: Viewer, contact_id: int, *, limit: int = 200) -> tuple[Other, ...]:
    """Every conversation of a person that this viewer may read, the newest first."""
    found = _readable(viewer).filter(contact_id=contact_id, merged_into=None)
    rows = found.annotate(likeness=Value(0.0, output_field=FloatField())).order_by("-last_at")
    return tuple(_other(one) for one in rows[:limit])


def alike(viewer: Viewer, card: Card, *, at_least: float) -> tuple[Other, ...]:
    """Other residents under the same post who wait and say something like it, the most urgent
    first: each has a case, a clock and an answer of their own (clause 6.2)."""
    if card.subject_id is None:
        return ()
    found = (
        _readable(viewer)
        .filter(thread__subject_id=card.subject_id, waiting_count__gt=0, merged_into=None)
        .exclude(state__in=sorted(SETTLED))
        .exclude(contact_id=card.contact_id)
        .exclude(pk=card.id)
        .annotate(likeness=TrigramSimilarity("words", card.words))
        .filter(likeness__gte=at_least)
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    return tuple(_other(one) for one in found[:MOST_ALIKE])


def _readable(viewer: Viewer) -> QuerySet[Conversation]:
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    everything = Conversation.objects.all()
    return everything if brands is None else everything.filter(brand_id__in=brands)


def _others(found: QuerySet[Conversation], card: Card, limit: int) -> tuple[Other, ...]:
    rows = found.annotate(likeness=TrigramSimilarity("words", card.words))
    return tuple(_other(one) for one in rows[:limit])


def _other(of: Conversation) -> Other:
    return Other(
        id=of.pk,
        brand_id=of.brand_id,
        contact_id=of.contact_id,
        name=of.name,
        platform=of.platform,
        kind=of.kind,
        private=of.private,
        words=of.words,
        state=State(of.state),
        last_at=of.last_at,
        due_at=of.due_at,
        waiting_count=of.waiting_count,
        said_revision=of.said_revision,
        duplicate_of_id=of.duplicate_of_id,
        merged_into_id=of.merged_into_id,
        likeness=getattr(of, "likeness", 0.0),
    )


def ids_of_contact(contact_id: int) -> list[int]:
    """Every conversation of a person, in any brand."""
    return list(Conversation.objects.filter(contact_id=contact_id).values_list("pk", flat=True))


def ids_by_handles(contact_id: int, handle_ids: Sequence[int]) -> list[int]:
    """A person’s conversations in which one of these handles wrote."""
    wrote = Message.objects.filter(handle_id__in=handle_ids, conversation=OuterRef("pk"))
    found = Conversation.objects.filter(Exists(wrote), contact_id=contact_id)
    return list(found.values_list("pk", flat=True))


def may_see(viewer: Viewer, contact_ids: Collection[int]) -> frozenset[int]:
    """Those of these people who have a conversation that this viewer may read."""
    found = _readable(viewer).filter(contact_id__in=contact_ids)
    return frozenset(found.values_list("contact_id", flat=True).distinct())


def may_know(viewer: Viewer, contact_id: int) -> bool:
    """May this viewer work on a conversation of theirs, and so say who they are?"""
    brands = viewer.brands_for(Permission.WORK_CONVERSATIONS)
    found = Conversation.objects.filter(contact_id=contact_id)
    return (found if brands is None else found.filter(brand_id__in=brands)).exists()


@dataclass(frozen=True, slots=True)
class Line:
    """One message that may be split off."""

    id: int
    who: str
    at: datetime
    text: str
    theirs: bool
    waits: bool
    deleted: bool


def lines(conversation_id: int, *, limit: int = 100) -> tuple[Line, ...]:
    """The newest messages of a conversation, oldest first, with their words as they are now."""
    found = list(
        Message.objects.filter(conversation_id=conversation_id)
        .exclude(direction=Direction.NOTE)
        .select_related("handle", "person", "enquiry")
        .order_by("-received_at", "-pk")[:limit]
    )[::-1]
    words: dict[int, str] = {}
    versions = MessageVersion.objects.filter(message__in=found).order_by("message_id", "number")
    words.update(versions.values_list("message_id", "text"))
    return tuple(
        Line(
            id=one.pk,
            who=one.handle.name if one.handle else one.person.name if one.person else "",
            at=one.received_at,
            text="" if one.deleted_at else veil.row_words(words.get(one.pk, ""), one.flagged),
            theirs=one.direction == Direction.IN,
            waits=one.enquiry is not None
            and one.enquiry.answered_at is None
            and one.enquiry.closed_at is None
            and one.direction == Direction.IN,
            deleted=one.deleted_at is not None,
        )
        for one in found
    )


@dataclass(frozen=True, slots=True)
class Regrouped:
    """Something that was merged or split, as a page tells it."""

    id: int
    kind: Kind
    source_id: int
    source_brand_id: int
    target_id: int
    target_brand_id: int
    person: str
    at: datetime
    why: str
    #: Why a merge cannot be taken back any more; empty while it can, and for a split.
    why_not: str


def regroupings(conversation_id: int) -> tuple[Regrouped, ...]:
    """What was merged into this conversation, split off it, or how it came about; the newest
    first. Those taken back are left out."""
    found = Regrouping.objects.filter(
        Q(source_id=conversation_id) | Q(target_id=conversation_id), undone_at=None
    )
    found = found.select_related("source", "target", "person").order_by("-pk")
    return tuple(_regrouped(one) for one in found[:20])


def regrouping(regrouping_id: int) -> Regrouped | None:
    """One of them, whatever became of it."""
    found = Regrouping.objects.filter(pk=regrouping_id)
    one = found.select_related("source", "target", "person").first()
    return _regrouped(one) if one is not None else None


def _regrouped(of: Regrouping) -> Regrouped:
    kind = Kind(of.kind)
    return Regrouped(
        id=of.pk,
        kind=kind,
        source_id=of.source_id,
        source_brand_id=of.source.brand_id,
        target_id=of.target_id,
        target_brand_id=of.target.brand_id,
        person=of.person.name,
        at=of.at,
        why=of.why,
        why_not=why_not_unmerge(of) if kind is Kind.MERGE else "",
    )
