"""One conversation as a person may read it: what was said, by whom, and who is asking."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from glede.desk.contacts.models import Handle
from glede.desk.conversations import models
from glede.desk.conversations.models import Conversation, Message, MessageVersion
from glede.desk.conversations.queries import NotVisible
from glede.desk.conversations.rules import Direction, State
from glede.rulebook.people.rules import Permission, Viewer

#: What is shown at once; older words are one link away.
SHOWN = 200
#: Other people's posts in the same public tree: enough to see what is going on around it.
AROUND = 60


@dataclass(frozen=True, slots=True)
class Subject:
    author: str
    text: str
    at: datetime
    url: str
    ours: bool


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

    @property
    def text(self) -> str:
        return self.versions[-1].text if self.versions else ""


@dataclass(frozen=True, slots=True)
class Card:
    """The conversation itself."""

    id: int
    brand_id: int
    account_id: int
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
    #: It went on as part of that one; or it says the same as that one.
    merged_into_id: int | None
    duplicate_of_id: int | None


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said, oldest first: the person's own exchange with us and the posts around it."""

    said: tuple[Said, ...]
    #: The oldest of the person's messages shown, when there are older ones.
    earlier: int | None
    #: Messages from here on wait for our answer.
    waiting_from: int | None


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
    before: int
    last_opened_at: datetime | None
    last_id: int | None
    first_seen_at: datetime | None


def card(viewer: Viewer, conversation_id: int) -> Card:
    """The conversation, if this person may read it. Raises `NotVisible`."""
    found = (
        Conversation.objects.filter(pk=conversation_id)
        .select_related("owner", "thread__subject")
        .first()
    )
    if found is None or not viewer.may(Permission.READ_CONVERSATIONS, found.brand_id):
        raise NotVisible("There is no such conversation here.")
    return _card(found)


def _card(of: Conversation) -> Card:
    return Card(
        id=of.pk,
        brand_id=of.brand_id,
        account_id=of.account_id,
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
        subject=_subject(of.thread.subject),
        merged_into_id=of.merged_into_id,
        duplicate_of_id=of.duplicate_of_id,
    )


def _subject(of: models.Subject | None) -> Subject | None:
    return None if of is None else Subject(of.author_name, of.text, of.at, of.url, of.ours)


def talk(viewer: Viewer, conversation: Card, *, before: int | None = None) -> Talk:
    """The latest `SHOWN` of the conversation (or those before a message), with the public posts
    around them. The posts of other people in a private thread are never among them."""
    own = Message.objects.filter(conversation_id=conversation.id)
    if before is not None:
        own = _older_than(own, before)
    mine = list(_ordered(own)[: SHOWN + 1])
    around = [] if before is not None else _around(conversation, mine)
    earlier = mine[SHOWN - 1].pk if len(mine) > SHOWN else None
    found = sorted([*mine[:SHOWN], *around], key=lambda one: (one.received_at, one.pk))
    versions = _versions(one.pk for one in found)
    readable = viewer.brands_for(Permission.READ_CONVERSATIONS)
    return Talk(
        said=tuple(_said(one, conversation.id, versions, readable) for one in found),
        earlier=earlier,
        waiting_from=_waiting_from(found, conversation),
    )


def _older_than(own: QuerySet[Message], message_id: int) -> QuerySet[Message]:
    at = own.filter(pk=message_id).values_list("received_at", flat=True).first()
    if at is None:
        return own
    return own.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=message_id))


def _ordered(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_related("handle", "person", "conversation").order_by(
        "-received_at", "-pk"
    )


def _around(conversation: Card, mine: list[Message]) -> list[Message]:
    threads = {one.thread_id for one in mine if one.thread_id is not None}
    if not threads:
        return []
    others = Message.objects.filter(
        thread_id__in=threads, thread__private=False, private=False
    ).exclude(direction=Direction.NOTE)
    return list(
        _ordered(others.exclude(pk__in=[one.pk for one in mine]))[:AROUND]
        if not conversation.private
        else []
    )


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
) -> Said:
    elsewhere = of.conversation if of.conversation_id != conversation_id else None
    may_open = elsewhere and (readable is None or elsewhere.brand_id in readable)
    author = of.handle.name if of.handle else ""
    return Said(
        id=of.pk,
        conversation_id=of.conversation_id,
        direction=Direction(of.direction),
        kind=of.kind,
        private=of.private,
        author=of.person.name if of.person else author,
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
    return _said(found, conversation.id, _versions([found.pk]), readable)


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


def _waiting_from(found: list[Message], conversation: Card) -> int | None:
    """The first message since our last reply: what the clock runs for."""
    waiting = None
    for one in found:
        if one.conversation_id != conversation.id or one.direction == Direction.NOTE:
            continue
        if one.direction == Direction.OUT and not one.automatic:
            waiting = None
        elif waiting is None and one.direction == Direction.IN and one.deleted_at is None:
            waiting = one.pk
    return waiting if conversation.waiting_count else None


def person_card(viewer: Viewer, conversation: Card) -> PersonCard:
    """Who this is: their names on platforms and what was before, as far as the viewer may read."""
    handles = list(
        Handle.objects.filter(contact_id=conversation.contact_id).order_by("first_seen_at", "pk")
    )
    before = Conversation.objects.filter(contact_id=conversation.contact_id).exclude(
        pk=conversation.id
    )
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is not None:
        before = before.filter(brand_id__in=brands)
    last = list(before.order_by("-last_at").values_list("pk", "opened_at")[:100])
    return PersonCard(
        name=conversation.name,
        known_as=tuple(KnownAs(one.platform, one.name, one.handle, one.url) for one in handles),
        before=len(last),
        last_id=last[0][0] if last else None,
        last_opened_at=last[0][1] if last else None,
        first_seen_at=handles[0].first_seen_at if handles else None,
    )
