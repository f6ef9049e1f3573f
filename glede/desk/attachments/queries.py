"""What came with a message, and what of it a person may look at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from glede.desk.attachments import rules
from glede.desk.attachments.models import Attachment
from glede.desk.attachments.rules import State
from glede.desk.conversations.models import Message
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Shown:
    """One attachment as a thread shows it; `words` says why it cannot, where it cannot."""

    id: int
    message_id: int | None
    kind: str
    alt: str
    content_type: str
    width: int
    height: int
    moved: bool
    has_small: bool
    words: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of ours in the store, for somebody who may see it."""

    digest: str
    content_type: str
    name: str


def of_messages(message_ids: Collection[int]) -> dict[int, tuple[Shown, ...]]:
    """What came with each of these messages, in its order."""
    found: dict[int, tuple[Shown, ...]] = {}
    rows = Attachment.objects.filter(message_id__in=message_ids).order_by("position", "pk")
    for one in rows:
        if one.message_id is not None:
            found[one.message_id] = (*found.get(one.message_id, ()), _shown(one))
    return found


@dataclass(frozen=True, slots=True)
class OfTalk:
    """What came with each message, what the post under discussion shows, and what a person has
    chosen for a reply and not sent."""

    came: Mapping[int, tuple[Shown, ...]]
    subject: tuple[Shown, ...]
    chosen: tuple[Shown, ...]


def of_talk(
    message_ids: Collection[int], *, subject_id: int | None, conversation_id: int, person_id: int
) -> OfTalk:
    """The pictures of one page: of these messages, of the post, and of this person's composer."""
    wanted = Q(message_id__in=message_ids) | _chosen(conversation_id, person_id)
    if subject_id is not None:
        wanted |= Q(subject_id=subject_id)
    found: dict[int, tuple[Shown, ...]] = {}
    subject: list[Shown] = []
    chosen: list[Attachment] = []
    for one in Attachment.objects.filter(wanted).order_by("position", "pk"):
        if one.draft:
            chosen.append(one)
        elif one.message_id is None:
            subject.append(_shown(one))
        else:
            found[one.message_id] = (*found.get(one.message_id, ()), _shown(one))
    chosen.sort(key=lambda one: one.pk)
    return OfTalk(found, tuple(subject), tuple(_shown(one) for one in chosen))


def _chosen(conversation_id: int, person_id: int) -> Q:
    return Q(conversation_id=conversation_id, person_id=person_id, draft=True)


def in_composer(*, conversation_id: int, person_id: int) -> tuple[Shown, ...]:
    """The pictures a person has chosen and not sent."""
    found = Attachment.objects.filter(_chosen(conversation_id, person_id))
    return tuple(_shown(one) for one in found.order_by("pk"))


def file(viewer: Viewer, attachment_id: int, *, small: bool) -> File | None:
    """Our copy, if this person may read the conversation; one in a composer is its writer's, and
    what its author took away is nobody's."""
    taken_away = Message.objects.filter(
        platform=OuterRef("account__platform"),
        native_id=OuterRef("subject__native_id"),
        deleted_at__isnull=False,
    )
    found = (
        Attachment.objects.filter(pk=attachment_id, state=State.KEPT, message__deleted_at=None)
        .exclude(Q(subject__isnull=False) & Exists(taken_away))
        .select_related("account")
        .first()
    )
    if found is None or not viewer.may(Permission.READ_CONVERSATIONS, found.account.brand_id):
        return None
    if found.draft and found.person_id != viewer.id:
        return None
    if small and found.small_digest:
        return File(found.small_digest, found.content_type, f"small-{found.pk}")
    return File(found.digest, found.content_type, f"attachment-{found.pk}")


def facts(message_id: int) -> list[Mapping[str, Any]]:
    """The attachments of a message as evidence names them: by digest, never by content."""
    found = Attachment.objects.filter(message_id=message_id).order_by("position", "pk")
    return [
        {
            "kind": one.kind,
            "alt": one.alt,
            "url": one.url,
            "state": one.state,
            "original_sha256": one.original_digest,
            "copy_sha256": one.digest,
            "content_type": one.content_type,
        }
        for one in found
    ]


def due(*, now: datetime, overdue_by: timedelta, limit: int) -> list[int]:
    """Attachments whose time has come and whose job seems lost."""
    found = Attachment.objects.filter(
        Q(state__in=rules.UNDERWAY), next_try_at__lte=now - overdue_by
    )
    return list(found.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def _shown(of: Attachment) -> Shown:
    return Shown(
        id=of.pk,
        message_id=of.message_id,
        kind=of.kind,
        alt=of.alt,
        content_type=of.content_type,
        width=of.width,
        height=of.height,
        moved=of.moved,
        has_small=bool(of.small_digest),
        words=rules.words(State(of.state), of.why),
    )


def chosen_for(conversation_id: int) -> list[int]:
    """Ids of pictures of ours that were chosen for a conversation, sent or not."""
    found = Attachment.objects.filter(conversation_id=conversation_id)
    return list(found.values_list("pk", flat=True))
