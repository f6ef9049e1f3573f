"""A reply is confirmed: it becomes a message, stops the clock, and the conversation moves on."""

from datetime import datetime

from glede.desk.clocks import actions as clocks
from glede.desk.clocks.rules import Act, ActKind
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import actions_inbound as inbound
from glede.desk.conversations import actions_timescale as timescale_actions
from glede.desk.conversations.models import Conversation, Message
from glede.desk.outbox import actions as outbox
from glede.desk.outbox import queries as outbox_queries
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import State
from glede.desk.replies import actions_closing as closings
from glede.flow import acknowledging, agreeing, keeping, numbers
from glede.flow.names import DELIVER
from glede.kit import jobs, live
from glede.platforms.contract import Author, Kind, Post, Receipt
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind, Stamp


def receipt_of(post: Post) -> Receipt:
    """What a platform's own list says of an item of ours."""
    return Receipt(native_id=post.native_id, at=post.at, url=post.url, revision=post.revision)


def sent(*, delivery_id: int, receipt: Receipt, now: datetime) -> Message | None:
    """The platform has the reply, however we learnt it: its answer, a read-back or an echo.

    Returns the message, or nothing where somebody else confirmed it first. Opens no transaction:
    the caller's holds delivery, message, clock and audit together.
    """
    # Conversation first, delivery second, everywhere: an echo and the platform's own answer may
    # confirm the same reply at the same moment, and neither must wait for the other in a circle.
    held = conversations.lock(_conversation_of(delivery_id))
    before = held.revision
    delivery = outbox.lock(delivery_id)
    if delivery.state == State.SENT:
        return delivery.message
    if State(delivery.state) not in (State.SENDING, State.UNKNOWN):
        return None
    actor = speaker(delivery)
    # The platform's own list may have told us first, without our knowing it for an echo.
    message = inbound.find_message(platform=delivery.account.platform, native_id=receipt.native_id)
    conversation = message.conversation if message is not None else None
    if message is None:
        message, conversation = inbound.keep_ours(
            account=delivery.account,
            thread=delivery.thread,
            post=_as_post(delivery, receipt),
            automatic=delivery.automatic,
            held=held if _answers_within(delivery, held) else None,
            now=now,
        )
    if conversation is None:
        conversation = held
    inbound.sign(
        message=message,
        person_id=delivery.person_id,
        conversation=conversation,
        automatic=delivery.automatic,
    )
    line = delivery.public_line
    outbox.sent(delivery=delivery, receipt=receipt, message=message, actor=actor, now=now)
    if delivery.automatic:
        acknowledging.confirmed(delivery=delivery, message=message, now=now)
        tell(delivery, now=now)
        return message
    answered(conversation=conversation, message=message, actor=actor, now=now, delivery=delivery)
    if delivery.agreement_id is not None:
        agreeing.told(
            agreement_id=delivery.agreement_id,
            at=message.received_at,
            message=message,
            actor=actor,
            now=now,
        )
    if line:
        _say_in_public(delivery, line, now=now)
    if delivery.afterwards == "resolve" and not conversations.is_waiting(conversation.pk):
        settle(conversation_id=conversation.pk, actor=actor, now=now)
    if delivery.person_id is not None:
        conversations.keep_read(
            conversation_id=held.pk, person_id=delivery.person_id, before=before
        )
    tell(delivery, now=now)
    return message


def _answers_within(delivery: Delivery, conversation: Conversation) -> bool:
    """Does what it answers still stand in the conversation it was written in?"""
    parent = delivery.in_reply_to
    return parent is not None and parent.conversation_id == conversation.pk


def _say_in_public(delivery: Delivery, words: str, *, now: datetime) -> None:
    """The private answer stands: say in public that there is one, where the question was asked."""
    queued = outbox.queue(
        conversation=delivery.conversation,
        in_reply_to=delivery.in_reply_to,
        person_id=delivery.person_id,
        text=words,
        afterwards="",
        release_at=now,
        stamp=Stamp(delivery.clause, delivery.policy_version),
        actor=speaker(delivery),
        now=now,
    )
    jobs.defer(DELIVER, at=now, delivery_id=queued.pk)


def _conversation_of(delivery_id: int) -> int:
    conversation_id = outbox_queries.conversation_of(delivery_id)
    if conversation_id is None:
        raise Delivery.DoesNotExist(f"There is no delivery number {delivery_id}.")
    return conversation_id


def speaker(delivery: Delivery) -> Actor:
    if delivery.person is None:
        return SYSTEM
    return Actor(ActorKind.PERSON, str(delivery.person_id), delivery.person.name)


def _as_post(delivery: Delivery, receipt: Receipt) -> Post:
    parent = delivery.in_reply_to
    return Post(
        native_id=receipt.native_id,
        account=delivery.account.native_id,
        author=Author(delivery.account.native_id, delivery.account.handle),
        text=delivery.text,
        at=receipt.at,
        kind=Kind.MESSAGE if delivery.private else Kind.POST,
        thread=delivery.thread.native_id,
        parent=(parent.native_id or "") if parent is not None else "",
        private=delivery.private,
        ours=True,
        url=receipt.url,
        revision=receipt.revision,
    )


def answered(
    *,
    conversation: Conversation,
    message: Message,
    actor: Actor,
    now: datetime,
    delivery: Delivery | None = None,
) -> None:
    """Our message answers what waits: its clock stops at the platform's time of the message.

    What the resident wrote after that time nobody has answered: it becomes an enquiry of its own.
    """
    enquiry, later = inbound.answer(
        conversation=conversation, message=message, at=message.received_at
    )
    if enquiry is None:
        return
    clocks.stop(
        enquiry=enquiry,
        act=Act(kind=ActKind.REPLY, confirmed_at=message.received_at, visible_to_enquirer=True),
        auto_counts_in_hours=numbers.in_force(enquiry.opened_at).auto_counts_in_hours,
        by_kind="message" if delivery is None else "delivery",
        by_id=message.pk if delivery is None else delivery.pk,
        actor=actor,
        now=now,
    )
    force = numbers.in_force(enquiry.opened_at)
    keeping.waits_for_them(conversation=conversation, force=force, now=message.received_at)
    if later:
        again = inbound.ask_again(conversation=conversation, messages=later)
        inbound.propose(conversation_id=conversation.pk, praise=force.limits.praise)
        keeping.enquiry_opened(enquiry=again, force=numbers.in_force(again.opened_at), now=now)


def settle(*, conversation_id: int, actor: Actor, now: datetime) -> Conversation:
    """Resolved: what runs until then stops, and what was promised is kept, in time or not."""
    force = numbers.in_force(now)
    conversation = conversations.resolve(
        conversation_id=conversation_id,
        actor=actor,
        stamp=Stamp(force.book.rule("resolve").clause, force.version),
        now=now,
    )
    over(conversation=conversation, actor=actor, now=now)
    if actor.kind is ActorKind.PERSON:
        closings.ask(
            conversation=conversation,
            person_id=int(actor.id),
            stamp=Stamp(force.book.rule("private_when").clause, force.version),
            actor=actor,
            now=now,
        )
    return conversation


def over(*, conversation: Conversation, actor: Actor, now: datetime) -> None:
    """The clocks and the promise of a matter that is settled."""
    timescale_actions.settled(conversation_id=conversation.pk, actor=actor, now=now)
    clocks.resolved(
        conversation=conversation, by_kind="person", by_id=int(actor.id), at=now, actor=actor
    )


def tell(delivery: Delivery, *, now: datetime) -> None:
    """Let open screens know what became of a delivery."""
    brand = delivery.conversation.brand_id
    live.publish(
        topic="delivery.changed",
        payload={"id": delivery.pk, "conversation": delivery.conversation_id},
        brand=brand,
        now=now,
    )
    live.publish(
        topic="conversation.changed",
        payload={"id": delivery.conversation_id, "new": False},
        brand=brand,
        now=now,
    )
