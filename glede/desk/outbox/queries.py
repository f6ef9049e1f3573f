"""What is on its way out of a conversation, and how each sending ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import UNDERWAY, Because, State
from glede.platforms.contract import Post


@dataclass(frozen=True, slots=True)
class Sending:
    """One reply, as the screen tells its outcome."""

    id: int
    message_id: int | None
    #: Nobody where the desk itself speaks.
    person_id: int | None
    person_name: str
    automatic: bool
    text: str
    private: bool
    state: State
    queued_at: datetime
    release_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    tries: int
    url: str
    reason: str
    afterwards: str
    #: A private answer to a public message: why.
    because: Because | None
    #: Where a person has to answer instead.
    answer_at: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """A reply that can still be taken back."""

    id: int
    conversation_id: int
    name: str
    private: bool
    release_at: datetime


#: Deliveries shown beside one stretch of a conversation.
MOST_SHOWN = 200
#: Nobody sends more within the seconds of undo.
_MOST_LEAVING = 20


def of_talk(
    conversation_id: int, message_ids: Collection[int], *, limit: int = MOST_SHOWN
) -> tuple[Sending, ...]:
    """What became of these messages of ours, and what has not left yet, oldest first; the newest
    of them where there are more. Those taken back are left out."""
    found = (
        Delivery.objects.filter(_of_talk(message_ids), conversation_id=conversation_id)
        .select_related("person")
        .order_by("-queued_at", "-pk")[:limit]
    )
    return tuple(_sending(one) for one in reversed(found))


def beside_talk(
    conversation_id: int, message_ids: Collection[int], *, person_id: int, now: datetime
) -> tuple[tuple[Sending, ...], tuple[Leaving, ...]]:
    """`of_talk`, and what this person can still take back in other conversations: one query."""
    elsewhere = ~Q(conversation_id=conversation_id) & _leaving_of(person_id, now)
    here = Q(conversation_id=conversation_id) & _of_talk(message_ids)
    found = list(
        Delivery.objects.filter(here | elsewhere)
        .select_related("person")
        .annotate(said_to=F("conversation__name"))
        .order_by("-queued_at", "-pk")[: MOST_SHOWN + _MOST_LEAVING]
    )
    found.reverse()
    return (
        tuple(_sending(one) for one in found if one.conversation_id == conversation_id),
        tuple(
            Leaving(one.pk, one.conversation_id, one.said_to, one.private, one.release_at)
            for one in sorted(found, key=lambda one: one.release_at)
            if one.conversation_id != conversation_id
        ),
    )


def _of_talk(message_ids: Collection[int]) -> Q:
    here = Q(message_id__in=message_ids) | Q(message=None) & ~Q(state=State.SENT)
    return here & ~Q(state=State.TAKEN_BACK)


def _leaving_of(person_id: int, now: datetime) -> Q:
    return Q(person_id=person_id, state=State.QUEUED, release_at__gt=now)


def standing(thread_id: int) -> tuple[Sending, ...]:
    """Answers that have left us for a page of our own but are not confirmed yet, oldest first."""
    found = Delivery.objects.filter(
        thread_id=thread_id,
        message=None,
        sending_at__isnull=False,
        state__in=(State.SENDING, State.UNKNOWN, State.RETRY),
    ).select_related("person")
    return tuple(_sending(one) for one in found.order_by("queued_at", "pk"))


def conversation_of(delivery_id: int) -> int | None:
    """The conversation a delivery belongs to."""
    return Delivery.objects.filter(pk=delivery_id).values_list("conversation_id", flat=True).first()


def all_of(conversation_id: int) -> list[int]:
    """Ids of every delivery of a conversation."""
    return list(
        Delivery.objects.filter(conversation_id=conversation_id).values_list("pk", flat=True)
    )


def of_messages(message_ids: Sequence[int]) -> list[int]:
    """Ids of the deliveries that became one of these messages."""
    return list(Delivery.objects.filter(message_id__in=message_ids).values_list("pk", flat=True))


def is_leaving(conversation_id: int, *, to: Sequence[int] | None = None) -> bool:
    """Is a reply still on its way out of this conversation, or does it wait for a yes; with
    `to`: to one of these messages?"""
    found = Delivery.objects.filter(
        conversation_id=conversation_id, state__in=[*UNDERWAY, State.WAITING]
    )
    return (found if to is None else found.filter(in_reply_to_id__in=to)).exists()


def sending(delivery_id: int) -> Sending | None:
    """One delivery, however it ended."""
    found = Delivery.objects.filter(pk=delivery_id).select_related("person").first()
    return None if found is None else _sending(found)


def _sending(of: Delivery) -> Sending:
    return Sending(
        id=of.pk,
        message_id=of.message_id,
        person_id=of.person_id,
        person_name=of.person.name if of.person is not None else "",
        automatic=of.automatic,
        text=of.text,
        private=of.private,
        state=State(of.state),
        queued_at=of.queued_at,
        release_at=of.release_at,
        next_try_at=of.next_try_at,
        sent_at=of.sent_at,
        tries=of.tries,
        url=of.url,
        reason=of.reason,
        afterwards=of.afterwards,
        because=Because(of.private_because) if of.private_because else None,
        answer_at=of.answer_at,
    )


def echo_of(*, account_id: int, thread_id: int, post: Post) -> int | None:
    """The delivery of ours that this item of our own account is the echo of, if it is one.

    An echo may come before the platform has answered the call that made it; then the delivery has
    no native id yet and is known by account, thread and words.
    """
    underway = Delivery.objects.filter(
        account_id=account_id, state__in=[State.SENDING, State.UNKNOWN], text=post.text
    )
    # A private answer to a public message comes back in a private thread of its own.
    here = Q(thread_id=thread_id)
    underway = underway.filter(here | ~Q(private_because="") if post.private else here)
    if post.parent and not post.private:
        underway = underway.filter(in_reply_to__native_id=post.parent)
    found = list(underway.values_list("pk", flat=True)[:2])
    # Two equal replies underway cannot be told apart here: reading back by their keys will.
    return found[0] if len(found) == 1 else None


def answered_aside(message_id: int, *, but: int | None = None) -> bool:
    """Was this public message answered in private, or is that answer on its way?"""
    found = Delivery.objects.filter(in_reply_to_id=message_id).exclude(private_because="")
    return (
        found.exclude(state__in=(State.TAKEN_BACK, State.FAILED, State.REFUSED))
        .exclude(pk=but or 0)
        .exists()
    )


@dataclass(frozen=True, slots=True)
class There:
    """An answer that the platform takes from a person only, in its own app."""

    delivery_id: int
    url: str
    text: str
    why: str


def to_answer_there(conversation_id: int) -> There | None:
    """The newest answer of a waiting conversation that has to be given in the platform's app.

    It is done when the answer typed there has come in: then nothing waits any more.
    """
    found = (
        Delivery.objects.filter(
            conversation_id=conversation_id,
            conversation__waiting_count__gt=0,
            state=State.FAILED,
        )
        .exclude(answer_at="")
        .order_by("-pk")
        .first()
    )
    if found is None:
        return None
    return There(found.pk, found.answer_at, found.text, found.reason)


def there_among(sendings: Sequence[Sending]) -> There | None:
    """The same of a waiting conversation whose sendings are at hand."""
    wanted = (one for one in sendings if one.state is State.FAILED and one.answer_at)
    found = max(wanted, key=lambda one: one.id, default=None)
    if found is None:
        return None
    return There(found.id, found.answer_at, found.text, found.reason)
