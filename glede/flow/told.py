"""What the flow has to look up across rooms: what happened meanwhile, and where an answer goes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.desk.alerts.rules import Kind
from glede.desk.conversations import actions_inbound as inbound
from glede.desk.conversations.models import Conversation, Thread
from glede.desk.conversations.rules import Direction
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import UNDERWAY, State
from glede.desk.replies.rules import Finding, Found
from glede.flow import numbers, telling
from glede.kit import crypto
from glede.kit.words import say
from glede.rulebook.people.rules import Viewer


def since(
    viewer: Viewer, conversation: Conversation, *, seen_revision: int, but: int | None = None
) -> tuple[Finding, ...]:
    """The collision guard: somebody answered, is answering, or the resident wrote since this
    person opened the conversation (issue: stopped once, then confirmed). `but`: a delivery that
    this person is asked about, which is not held against itself."""
    found = []
    other = (
        conversation.deliveries.filter(
            state__in=(*UNDERWAY, *([] if but else [State.WAITING])), automatic=False
        )
        .exclude(person_id=viewer.id)
        .exclude(pk=but or 0)
        .select_related("person")
        .first()
    )
    if other is not None and other.person is not None:
        name = other.person.name
        says = (
            say("%(name)s wrote a reply that waits for a second person’s yes.", name=name)
            if other.state == State.WAITING
            else say("%(name)s is sending a reply now.", name=name)
        )
        found.append(Finding(Found.ANSWERED, says, stops=False))
    if conversation.said_revision <= seen_revision:
        return tuple(found)
    newest = (
        conversation.messages.exclude(direction=Direction.NOTE)
        .exclude(automatic=True)
        .select_related("person")
        .order_by("-received_at", "-pk")
        .first()
    )
    if newest is None:
        return tuple(found)
    at = f"{newest.received_at.astimezone(ZoneInfo(settings.TIME_ZONE)):%H:%M}"
    if newest.direction == Direction.OUT:
        who = (
            newest.person.name
            if newest.person is not None
            else say("Somebody in the platform’s app")
        )
        says = say("%(name)s answered at %(at)s.", name=who, at=at)
        found.append(Finding(Found.ANSWERED, says, stops=False))
    elif conversation.waiting_count:
        found.append(
            Finding(
                Found.NEW_WORDS,
                say(
                    "%(name)s wrote or changed something since you opened this (last at %(at)s).",
                    name=conversation.name,
                    at=at,
                ),
                stops=False,
            )
        )
    return tuple(found)


def root_of(thread: Thread) -> str:
    """The revision of the thread's first item, where we hold it."""
    first = thread.messages.filter(native_id=thread.native_id).values_list("revision", flat=True)
    return first.first() or ""


def way_back(delivery: Delivery) -> tuple[str, str]:
    """Where the person asked to be told, and a private link of their own to the answer.

    The link's token is derived from our key and the delivery, so that a second try names the same
    link; only its hash is kept.
    """
    parent = delivery.in_reply_to
    if parent is None or parent.handle is None or not parent.handle.notify:
        return "", ""
    token = crypto.token("visitor-mail", delivery.key)
    inbound.link(
        thread=delivery.thread,
        token_hash=crypto.token_hash(token),
        expires_at=delivery.queued_at + numbers.duration("link.lasts", at=delivery.queued_at),
    )
    return parent.handle.notify, f"{settings.GLEDE_BASE_URL}/v/{token}/"


def failed(delivery: Delivery, *, now: datetime) -> None:
    """Tell the person whose reply did not go."""
    conversation = delivery.conversation
    if delivery.person_id is None:
        return  # nobody wrote it; what becomes of an automatic one is `acknowledging`'s to tell
    telling.tell(
        who=[delivery.person_id],
        conversation=conversation,
        kind=Kind.FAILED,
        key=f"delivery:{delivery.pk}:{delivery.tries}",
        says=f"Your reply to {conversation.name} did not go out: {delivery.reason}",
        now=now,
    )
