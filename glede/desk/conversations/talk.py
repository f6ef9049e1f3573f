"""One conversation as a person may read it: what was said, by whom, and who is asking."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from glede.desk.contacts.queries import KnownName
from glede.desk.conversations import models
from glede.desk.conversations.models import (
    Agreement,
    Conversation,
    Message,
    MessageVersion,
    Reading,
)
from glede.desk.conversations.queries import NotVisible
from glede.desk.conversations.rules import Direction, State, first_words
from glede.desk.conversations.window import NEWEST, Stretch, Window, stretch, waits_since
from glede.rulebook.people.rules import Permission, Viewer

#: Other people's posts in the same public tree: enough to see what is going on around it.
AROUND = 60
#: How the id of a message begins that somebody copied by hand (`platforms/captured.py`).
CAPTURED = "captured/"


@dataclass(frozen=True, slots=True)
class Subject:
    author: str
    text: str
    at: datetime
    url: str
    ours: bool
    native_id: str = ""
    #: Why it is veiled; empty where not. Our own copy of the post says so too, where there is one.
    flagged: str = ""
    #: Taken away by its author, or off the page by us.
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    kind: str
    alt: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that another one answers; `conversation_id` says in which it stands."""

    id: int
    conversation_id: int | None
    ours: bool
    author: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One message, note or reply, with every version of its words."""

    id: int
    conversation_id: int | None
    direction: Direction
    kind: str
    private: bool
    author: str
    handle: str
    person_id: int | None
    #: Nobody wrote it: an automatic acknowledgement.
    automatic: bool
    received_at: datetime
    ingested_at: datetime
    deleted_at: datetime | None
    hidden_at: datetime | None
    #: Taken off the page by us.
    removed_at: datetime | None
    #: Hidden or removed in the platform's own app.
    moderated_there: bool
    handle_id: int | None
    url: str
    language: str
    pictures: tuple[Picture, ...]
    versions: tuple[Version, ...]
    #: The due time of the other conversation this belongs to, if it waits for us.
    due_elsewhere: datetime | None
    #: What it answers, where we hold that.
    answers: Answered | None
    #: Somebody copied it by hand.
    captured: bool
    #: Why it is veiled; empty where not (`veil.py`).
    flagged: str

    @property
    def text(self) -> str:
        return self.versions[-1].text if self.versions else ""


@dataclass(frozen=True, slots=True)
class Card:
    """The conversation itself."""

    id: int
    brand_id: int
    account_id: int
    #: Whose page it came in on, and how that is called: another brand's, where it was moved.
    account_brand_id: int
    account_name: str
    contact_id: int
    name: str
    platform: str
    kind: str
    private: bool
    state: State
    state_at: datetime
    opened_at: datetime
    owner_id: int | None
    owner_name: str
    words: str
    last_at: datetime
    waiting_count: int
    due_at: datetime | None
    due_from: datetime | None
    due_clause: str
    due_kind: str
    soft_at: datetime | None
    labels: tuple[int, ...]
    snoozed_until: datetime | None
    snoozed_by_id: int | None
    revision: int
    subject: Subject | None
    subject_id: int | None
    #: It went on as part of that one; or it says the same as that one.
    merged_into_id: int | None
    duplicate_of_id: int | None
    #: When this person last looked at it; None where they never did.
    looked_at: datetime | None
    #: Was a timescale ever written down?
    has_timescales: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said, oldest first: the person's own exchange with us and the posts around it."""

    said: tuple[Said, ...]
    #: The oldest of the person's messages shown, when there are older ones; the newest, likewise.
    earlier: int | None
    later: int | None
    #: Messages from here on wait for our answer: the first one and when it came.
    waiting_from: int | None
    waiting_since: datetime | None
    #: Did they write last in private? Then a reply goes there. None where that is not among this.
    last_private: bool | None


@dataclass(frozen=True, slots=True)
class KnownAs:
    platform: str
    name: str
    handle: str
    url: str


@dataclass(frozen=True, slots=True)
class PersonCard:
    name: str
    known_as: tuple[KnownAs, ...]
    first_seen_at: datetime | None


def card(viewer: Viewer, conversation_id: int) -> Card:
    """The conversation, if this person may read it. Raises `NotVisible`."""
    read = Reading.objects.filter(conversation=OuterRef("pk"), person_id=viewer.id)
    # The post under discussion may be a message of its own, which somebody veiled or took away.
    copy = Message.objects.filter(
        platform=OuterRef("platform"), native_id=OuterRef("thread__subject__native_id")
    )
    found = (
        Conversation.objects.filter(pk=conversation_id)
        .select_related("owner", "thread__subject", "account")
        .annotate(
            looked_at=Subquery(read.values("at")[:1]),
            has_timescales=Exists(Agreement.objects.filter(conversation=OuterRef("pk"))),
            copy_flagged=Subquery(copy.values("flagged")[:1]),
            copy_gone_at=Subquery(copy.values(gone=Coalesce("deleted_at", "removed_at"))[:1]),
        )
        .first()
    )
    if found is None or not viewer.may(Permission.READ_CONVERSATIONS, found.brand_id):
        raise NotVisible("There is no such conversation here.")
    return _card(
        found,
        looked_at=found.looked_at,
        has_timescales=found.has_timescales,
        subject=_subject(
            found.thread.subject, flagged=found.copy_flagged, gone_at=found.copy_gone_at
        ),
    )


def under(subject_id: int, *, limit: int) -> list[Conversation]:
    """The conversations under one post, those that moved last first."""
    found = Conversation.objects.filter(thread__subject_id=subject_id)
    return list(found.order_by("-last_at", "-pk")[:limit])


def _card(
    of: Conversation, *, looked_at: datetime | None, has_timescales: bool, subject: Subject | None
) -> Card:
    return Card(
        id=of.pk,
        brand_id=of.brand_id,
        account_id=of.account_id,
        account_brand_id=of.account.brand_id,
        account_name=str(of.account),
        contact_id=of.contact_id,
        name=of.name,
        platform=of.platform,
        kind=of.kind,
        private=of.private,
        state=State(of.state),
        state_at=of.state_at,
        opened_at=of.opened_at,
        owner_id=of.owner_id,
        owner_name=of.owner.name if of.owner else "",
        words=of.words,
        last_at=of.last_at,
        waiting_count=of.waiting_count,
        due_at=of.due_at,
        due_from=of.due_from,
        due_clause=of.due_clause,
        due_kind=of.due_kind,
        soft_at=of.soft_at,
        labels=tuple(of.labels),
        snoozed_until=of.snoozed_until,
        snoozed_by_id=of.snoozed_by_id,
        revision=of.revision,
        subject=subject,
        subject_id=of.thread.subject_id,
        merged_into_id=of.merged_into_id,
        duplicate_of_id=of.duplicate_of_id,
        looked_at=looked_at,
        has_timescales=has_timescales,
    )


def _subject(
    of: models.Subject | None, *, flagged: str | None, gone_at: datetime | None
) -> Subject | None:
    if of is None:
        return None
    return Subject(
        of.author_name,
        of.text,
        of.at,
        of.url,
        of.ours,
        of.native_id,
        flagged=of.flagged if flagged is None else flagged,
        gone_at=gone_at,
    )


def talk(viewer: Viewer, conversation: Card, *, window: Window = NEWEST) -> Talk:
    """A stretch of the conversation, the newest unless another is asked for, with the public posts
    around it. The posts of other people in a private thread are never among them."""
    found = stretch(conversation.id, window, shown=settings.GLEDE_THREAD_SHOWN)
    mine = found.messages
    both = sorted([*mine, *_around(conversation, found)], key=lambda one: (one.received_at, one.pk))
    answered = _answered(conversation, both)
    versions = _versions(one.pk for one in [*both, *answered.values()])
    readable = viewer.brands_for(Permission.READ_CONVERSATIONS)
    waits = _waiting_from(found, conversation)
    return Talk(
        said=tuple(_said(one, conversation.id, versions, readable, answered) for one in both),
        earlier=mine[0].pk if found.more_before and mine else None,
        later=mine[-1].pk if found.more_after and mine else None,
        waiting_from=waits[0] if waits else None,
        waiting_since=waits[1] if waits else None,
        last_private=_last_private(found),
    )


def _last_private(of: Stretch) -> bool | None:
    if of.more_after:
        return None
    theirs = [one for one in of.messages if one.direction == Direction.IN]
    standing = (one for one in reversed(theirs) if not (one.deleted_at or one.removed_at))
    newest = next(standing, None)
    if newest is None:
        return None if of.more_before else False
    return newest.private


#: Other people's posts taken along with a whole conversation.
MOST_NEIGHBOURS = 1_000


def neighbours(viewer: Viewer, conversation: Card) -> tuple[Said, ...]:
    """Other people's posts in the same public trees, oldest first, whenever they were written; the
    newest of them where they are very many. None of a private conversation."""
    if conversation.private:
        return ()
    threads = Message.objects.filter(conversation_id=conversation.id, private=False)
    found = list(
        Message.objects.filter(
            thread_id__in=threads.values("thread_id"), thread__private=False, private=False
        )
        .exclude(direction=Direction.NOTE)
        .exclude(conversation_id=conversation.id)
        .select_related("handle", "person", "conversation")
        .order_by("-received_at", "-pk")[:MOST_NEIGHBOURS]
    )
    versions = _versions(one.pk for one in found)
    readable = viewer.brands_for(Permission.READ_CONVERSATIONS)
    return tuple(_said(one, conversation.id, versions, readable, {}) for one in reversed(found))


def _around(conversation: Card, of: Stretch) -> list[Message]:
    """Other people's posts in the same public trees, of the time that is shown; the post they all
    stand under is quoted above and not told again."""
    threads = {one.thread_id for one in of.messages if one.thread_id is not None}
    if conversation.private or not threads:
        return []
    others = (
        Message.objects.filter(thread_id__in=threads, thread__private=False, private=False)
        .exclude(direction=Direction.NOTE)
        .exclude(conversation_id=conversation.id)
        .exclude(thread__subject__native_id=F("native_id"))
        .select_related("handle", "person", "conversation")
    )
    if of.more_before:
        others = others.filter(received_at__gte=of.messages[0].received_at)
    if of.more_after:
        others = others.filter(received_at__lte=of.messages[-1].received_at)
    return list(others.order_by("-received_at", "-pk")[:AROUND])


def _answered(conversation: Card, found: list[Message]) -> dict[str, Message]:
    """What these messages answer, by its platform's id: among them, or looked up."""
    # The post stands quoted above them all: what merely comments on it need not name it again.
    quoted = {conversation.subject.native_id} if conversation.subject is not None else set()
    known = {one.native_id: one for one in found if one.native_id and one.native_id not in quoted}
    wanted = {one.parent_native_id for one in found if one.parent_native_id}
    wanted -= known.keys() | quoted
    if wanted:
        others = Message.objects.filter(
            platform=conversation.platform, native_id__in=wanted
        ).select_related("handle", "person")
        # What is private stays with its own conversation.
        known |= {
            str(one.native_id): one
            for one in others
            if not one.private or one.conversation_id == conversation.id
        }
    return {str(key): one for key, one in known.items()}


def _versions(ids: Iterable[int]) -> dict[int, tuple[Version, ...]]:
    found: dict[int, tuple[Version, ...]] = {}
    rows = (
        MessageVersion.objects.filter(message_id__in=list(ids))
        .order_by("message_id", "number")
        .values_list("message_id", "number", "text", "at")
    )
    for message_id, number, text, at in rows:
        found[message_id] = (*found.get(message_id, ()), Version(number, text, at))
    return found


def _said(
    of: Message,
    conversation_id: int,
    versions: dict[int, tuple[Version, ...]],
    readable: frozenset[int] | None,
    answered: dict[str, Message],
) -> Said:
    elsewhere = of.conversation if of.conversation_id != conversation_id else None
    may_open = elsewhere and (readable is None or elsewhere.brand_id in readable)
    parent = answered.get(of.parent_native_id)
    return Said(
        id=of.pk,
        conversation_id=of.conversation_id,
        direction=Direction(of.direction),
        kind=of.kind,
        private=of.private,
        author=_author(of),
        handle=of.handle.handle if of.handle else "",
        person_id=of.person_id,
        automatic=of.automatic,
        received_at=of.received_at,
        ingested_at=of.ingested_at,
        deleted_at=of.deleted_at,
        hidden_at=of.hidden_at,
        removed_at=of.removed_at,
        moderated_there=of.moderated_there,
        handle_id=of.handle_id,
        url=of.url,
        language=of.language,
        pictures=_pictures(of.media),
        versions=versions.get(of.pk, ()),
        due_elsewhere=elsewhere.due_at if elsewhere and may_open else None,
        answers=None if parent is None else _answers(parent, versions),
        captured=(of.native_id or "").startswith(CAPTURED),
        flagged=of.flagged,
    )


def _author(of: Message) -> str:
    if of.person is not None:
        return of.person.name
    return of.handle.name if of.handle else ""


def _answers(parent: Message, versions: dict[int, tuple[Version, ...]]) -> Answered:
    shown = parent.deleted_at is None and parent.removed_at is None and not parent.flagged
    text = versions[parent.pk][-1].text if shown and parent.pk in versions else ""
    return Answered(
        id=parent.pk,
        conversation_id=parent.conversation_id,
        ours=parent.direction == Direction.OUT,
        author=_author(parent),
        words=first_words(text, has_media=False),
        at=parent.received_at,
    )


def theirs(viewer: Viewer, conversation: Card, message_id: int) -> Said:
    """One message of a resident's in this conversation. Raises `NotVisible`."""
    found = (
        Message.objects.filter(
            pk=message_id, conversation_id=conversation.id, direction=Direction.IN
        )
        .select_related("handle", "person", "conversation")
        .first()
    )
    if found is None:
        raise NotVisible("There is no such message here.")
    readable = viewer.brands_for(Permission.READ_CONVERSATIONS)
    return _said(found, conversation.id, _versions([found.pk]), readable, {})


def last_was_private(conversation_id: int) -> bool:
    """Did the resident write last in private? Then a reply goes there."""
    newest = (
        Message.objects.filter(
            conversation_id=conversation_id,
            direction=Direction.IN,
            deleted_at=None,
            removed_at=None,
        )
        .order_by("-received_at", "-pk")
        .values_list("private", flat=True)
        .first()
    )
    return newest is True


def _pictures(media: list[dict[str, Any]]) -> tuple[Picture, ...]:
    return tuple(
        Picture(kind=str(one.get("kind", "file")), alt=str(one.get("alt", ""))) for one in media
    )


def _waiting_from(found: Stretch, conversation: Card) -> tuple[int, datetime] | None:
    """The first message since our last reply: what the clock runs for. It is asked for only where
    it may stand outside of what is shown."""
    if not conversation.waiting_count:
        return None
    waiting = None
    answered = False
    for one in found.messages:
        if one.direction == Direction.OUT and not one.automatic:
            waiting, answered = None, True
        elif waiting is None and one.direction == Direction.IN and one.deleted_at is None:
            waiting = (one.pk, one.received_at)
    if found.more_after or (found.more_before and not answered):
        return waits_since(conversation.id)
    return waiting


def person_card(conversation: Card, names: Sequence[KnownName]) -> PersonCard:
    """Who this is: their names on platforms, the oldest first."""
    return PersonCard(
        name=conversation.name,
        known_as=tuple(KnownAs(one.platform, one.name, one.handle, one.url) for one in names),
        first_seen_at=names[0].first_seen_at if names else None,
    )
