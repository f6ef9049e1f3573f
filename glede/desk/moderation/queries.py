"""What was done to a message, what is on its way, and who is blocked until when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from glede.desk.moderation.models import Deed
from glede.desk.moderation.rules import Reason
from glede.desk.outbox.rules import UNDERWAY, State
from glede.platforms.contract import Act
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Done:
    """One act as a screen tells it."""

    id: int
    message_id: int
    conversation_id: int
    act: Act
    reason: Reason
    words: str
    clause: str
    person_id: int | None
    person_name: str
    state: State
    queued_at: datetime
    release_at: datetime
    next_try_at: datetime | None
    done_at: datetime | None
    ends_at: datetime | None
    lifted_at: datetime | None
    why: str
    digest: str
    author: str
    platform: str
    brand_id: int


def of_messages(message_ids: Collection[int]) -> tuple[Done, ...]:
    """Every act on these messages, oldest first; those taken back are left out."""
    found = _all().filter(message_id__in=message_ids).exclude(state=State.TAKEN_BACK)
    return tuple(_done(one) for one in found.order_by("queued_at", "pk"))


def deed(deed_id: int) -> Done | None:
    """One act, however it ended."""
    found = _all().filter(pk=deed_id).first()
    return None if found is None else _done(found)


def block_of(handle_id: int, account_id: int) -> Done | None:
    """The block of this person on this account, if one is in force."""
    found = _in_force().filter(handle_id=handle_id, account_id=account_id).order_by("-pk").first()
    return _done(found) if found is not None else None


def blocks(viewer: Viewer, *, limit: int = 200) -> tuple[Done, ...]:
    """Blocks in force that this person may see, the soonest to end first."""
    found = _in_force().order_by("ends_at")
    brands = viewer.brands_for(Permission.MODERATE)
    if brands is not None:
        found = found.filter(conversation__brand_id__in=brands)
    return tuple(_done(one) for one in found[:limit])


def blocks_of(viewer: Viewer, handle_ids: Collection[int]) -> tuple[Done, ...]:
    """Blocks in force of one person's handles, as far as this viewer may read their brand."""
    found = _in_force().filter(handle_id__in=handle_ids).order_by("ends_at")
    brands = viewer.brands_for(Permission.READ_CONVERSATIONS)
    if brands is not None:
        found = found.filter(conversation__brand_id__in=brands)
    return tuple(_done(one) for one in found[:20])


def ending(*, now: datetime, limit: int) -> list[int]:
    """Blocks whose time is over and that nothing lifts yet."""
    over = _in_force().filter(ends_at__lte=now)
    lifting = Q(lifted_by__state__in=[*UNDERWAY, State.FAILED])
    return list(over.exclude(lifting).order_by("ends_at").values_list("pk", flat=True)[:limit])


def underway(*, message_id: int, act: Act) -> int | None:
    """An act of ours on this message that has left and was not confirmed."""
    found = Deed.objects.filter(
        message_id=message_id, act=act, state__in=[State.SENDING, State.UNKNOWN]
    )
    return found.values_list("pk", flat=True).first()


def is_waiting(*, message_id: int, act: Act) -> bool:
    return Deed.objects.filter(message_id=message_id, act=act, state__in=UNDERWAY).exists()


def conversation_of(deed_id: int) -> int | None:
    return Deed.objects.filter(pk=deed_id).values_list("conversation_id", flat=True).first()


def lost(*, before: datetime, limit: int) -> list[int]:
    """Acts whose sender vanished while sending."""
    found = Deed.objects.filter(state=State.SENDING, sending_at__lt=before)
    return list(found.order_by("sending_at").values_list("pk", flat=True)[:limit])


def due(*, now: datetime, overdue_by: timedelta, limit: int) -> list[int]:
    """Acts whose time has come and whose job seems lost."""
    found = Deed.objects.filter(
        state__in=[State.QUEUED, State.RETRY, State.UNKNOWN], next_try_at__lte=now - overdue_by
    )
    return list(found.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def _in_force() -> QuerySet[Deed]:
    return _all().filter(act=Act.BLOCK, state=State.SENT, lifted_at=None)


def _all() -> QuerySet[Deed]:
    return Deed.objects.select_related("person", "evidence", "handle", "account", "conversation")


def _done(of: Deed) -> Done:
    return Done(
        id=of.pk,
        message_id=of.message_id,
        conversation_id=of.conversation_id,
        act=Act(of.act),
        reason=Reason(of.reason),
        words=of.words,
        clause=of.clause,
        person_id=of.person_id,
        person_name=of.person.name if of.person is not None else "",
        state=State(of.state),
        queued_at=of.queued_at,
        release_at=of.release_at,
        next_try_at=of.next_try_at,
        done_at=of.done_at,
        ends_at=of.ends_at,
        lifted_at=of.lifted_at,
        why=of.why,
        digest=of.evidence.digest,
        author=of.handle.name or of.handle.handle,
        platform=of.account.platform,
        brand_id=of.conversation.brand_id,
    )


def deeds_in(conversation_id: int, *, messages: Sequence[int] | None = None) -> list[int]:
    """Ids of what was done in a conversation; with `messages`, to these alone."""
    found = Deed.objects.filter(conversation_id=conversation_id)
    if messages is not None:
        found = found.filter(message_id__in=messages)
    return list(found.values_list("pk", flat=True))
