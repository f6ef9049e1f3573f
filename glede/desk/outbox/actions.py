"""Deliveries: queued, sending, sent, retry, failed, unknown. Each change is its own commit."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from glede.desk.attachments import actions as attachments
from glede.desk.attachments.models import Attachment
from glede.desk.conversations.models import Conversation, Message
from glede.desk.outbox import rules
from glede.desk.outbox.models import Delivery, Enclosure
from glede.desk.outbox.rules import HELD, Because, State, TooLate
from glede.kit.words import say
from glede.platforms.contract import Receipt
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Stamp, Verb


def queue(  # noqa: PLR0913 - a delivery has these parts, each named
    *,
    conversation: Conversation,
    in_reply_to: Message | None,
    person_id: int | None,
    text: str,
    afterwards: str,
    release_at: datetime,
    stamp: Stamp,
    actor: Actor,
    now: datetime,
    automatic: bool = False,
    agreement_id: int | None = None,
    because: Because | None = None,
    public_line: str = "",
    pictures: Sequence[Attachment] = (),
    took: str = "",
    waits: bool = False,
) -> Delivery:
    """A reply that leaves at `release_at`, unless it is taken back before. `automatic`: the desk
    speaks by itself and no person does; `agreement_id`: it tells of this timescale. `because`: it
    answers a public message in private, and `public_line` is said in public afterwards. `took`: the
    state of what it made its author's. `waits`: it is not queued until a second person has said yes
    (`actions_second`)."""
    # A matter may be spread over several accounts: it is answered over the one it was asked on.
    stands = in_reply_to.thread if in_reply_to is not None else None
    private = in_reply_to.private if in_reply_to is not None else False
    delivery = Delivery.objects.create(
        key=secrets.token_urlsafe(18),
        conversation=conversation,
        thread_id=stands.pk if stands is not None else conversation.thread_id,
        account_id=stands.account_id if stands is not None else conversation.account_id,
        in_reply_to=in_reply_to,
        person_id=person_id,
        automatic=automatic,
        agreement_id=agreement_id,
        text=text,
        private=private or conversation.private or because is not None,
        private_because=because or "",
        public_line=public_line,
        afterwards=afterwards,
        took=took,
        state=State.WAITING if waits else State.QUEUED,
        queued_at=now,
        release_at=release_at,
        next_try_at=None if waits else release_at,
        clause=stamp.clause,
        policy_version=stamp.policy_version,
    )
    Enclosure.objects.bulk_create(
        Enclosure(delivery=delivery, attachment=one, position=position)
        for position, one in enumerate(pictures)
    )
    attachments.leave(pictures)
    if not waits:
        _audit(delivery, Verb.REPLY_QUEUED, actor=actor, now=now)
    return delivery


def lock(delivery_id: int) -> Delivery:
    """The row, held until the transaction ends. Raises `Delivery.DoesNotExist`."""
    return (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("conversation__brand", "account", "thread", "in_reply_to__handle", "person")
        .get(pk=delivery_id)
    )


def take_back(*, delivery: Delivery, actor: Actor, now: datetime) -> None:
    """Undo. Raises `TooLate` when it has left already."""
    if State(delivery.state) not in (State.QUEUED, State.RETRY, *HELD):
        raise TooLate(say("It has left already and cannot be taken back here."))
    _move(delivery, State.TAKEN_BACK)
    delivery.next_try_at = None
    delivery.save()
    attachments.come_back(_enclosed(delivery))
    _audit(delivery, Verb.REPLY_TAKEN_BACK, actor=actor, now=now)


def sending(*, delivery: Delivery, now: datetime) -> None:
    """Say that it is about to leave; committed before the platform is called."""
    _move(delivery, State.SENDING)
    delivery.sending_at = now
    delivery.next_try_at = None
    delivery.tries += 1
    delivery.save()


def sent(
    *, delivery: Delivery, receipt: Receipt, message: Message, actor: Actor, now: datetime
) -> None:
    """The platform confirmed it. The words now stand in the message; the delivery lets them go."""
    _move(delivery, State.SENT)
    delivery.sent_at = receipt.at
    delivery.native_id, delivery.url = receipt.native_id, receipt.url
    delivery.message = message
    delivery.text = delivery.public_line = delivery.reason = ""
    delivery.next_try_at = None
    delivery.save()
    attachments.sent(_enclosed(delivery), message=message)
    _audit(delivery, Verb.REPLY_SENT, actor=actor, now=now)


def later(
    *, delivery: Delivery, why: str, at: datetime | None, actor: Actor, now: datetime
) -> None:
    """Not now: try again, or give it back to a person when it has waited too long."""
    if now - delivery.release_at > rules.GIVE_UP_AFTER:
        failed(delivery=delivery, why=why, actor=actor, now=now)
        return
    _move(delivery, State.RETRY)
    delivery.reason = why
    delivery.next_try_at = rules.next_try(delivery.tries, now=now, asked=at)
    delivery.save()


def failed(
    *, delivery: Delivery, why: str, actor: Actor, now: datetime, answer_at: str = ""
) -> None:
    """It did not go and will not by itself; the words are kept for a person to try again.
    `answer_at`: where the platform lets a person give this answer, if only there."""
    _move(delivery, State.FAILED)
    delivery.reason, delivery.next_try_at, delivery.answer_at = why, None, answer_at
    delivery.save()
    _audit(delivery, Verb.REPLY_FAILED, actor=actor, now=now)


def unknown(
    *, delivery: Delivery, why: str, actor: Actor, now: datetime, at: datetime | None = None
) -> None:
    """It left and no answer came: it is read back before anything else is tried. `at`: not to be
    looked for again before."""
    was = delivery.state
    _move(delivery, State.UNKNOWN)
    delivery.reason = why
    again = rules.next_try(delivery.tries, now=now, asked=at)
    delivery.next_try_at = again if was == State.UNKNOWN else now
    delivery.save()
    if was != State.UNKNOWN:
        _audit(delivery, Verb.REPLY_UNKNOWN, actor=actor, now=now)


def reading_back(*, delivery: Delivery, until: datetime) -> None:
    """Somebody looks whether it arrived; nobody else needs to before `until`."""
    delivery.next_try_at = until
    delivery.save(update_fields=["next_try_at"])


def try_again(*, delivery: Delivery, actor: Actor, now: datetime) -> None:
    """A person asks for another try of a failed delivery. It was not sent, so the key stays."""
    _move(delivery, State.RETRY)
    delivery.release_at = delivery.next_try_at = now
    delivery.reason = delivery.answer_at = ""
    delivery.save()
    _audit(delivery, Verb.REPLY_QUEUED, actor=actor, now=now)


def lost(*, before: datetime, limit: int) -> list[int]:
    """Deliveries whose sender vanished while sending: ids to look at, oldest first."""
    return list(
        Delivery.objects.filter(state=State.SENDING, sending_at__lt=before)
        .order_by("sending_at")
        .values_list("pk", flat=True)[:limit]
    )


def due(*, now: datetime, overdue_by: timedelta, limit: int) -> list[int]:
    """Deliveries whose time has come and whose job seems lost; the sweep's safety net."""
    return list(
        Delivery.objects.filter(
            Q(state__in=[State.QUEUED, State.RETRY, State.UNKNOWN])
            & Q(next_try_at__lte=now - overdue_by)
        )
        .order_by("next_try_at")
        .values_list("pk", flat=True)[:limit]
    )


def waiting_automatic() -> list[int]:
    """Automatic acknowledgements that have not left yet, oldest first."""
    found = Delivery.objects.filter(automatic=True, state=State.QUEUED)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _enclosed(delivery: Delivery) -> list[int]:
    """What the desk sends by itself is words alone."""
    if delivery.automatic:
        return []
    return list(delivery.enclosures.values_list("attachment_id", flat=True))


def _move(delivery: Delivery, to: State) -> None:
    delivery.state = rules.move(State(delivery.state), to)


def _audit(delivery: Delivery, verb: Verb, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=delivery.conversation_id,
        brand=delivery.conversation.brand.slug,
        stamp=Stamp(delivery.clause, delivery.policy_version),
        details={
            "delivery": delivery.pk,
            "tries": delivery.tries,
            "native_id": delivery.native_id,
            "why": delivery.reason[:200],
            **({"because": delivery.private_because} if delivery.private_because else {}),
        },
        now=now,
    )


def follow(*, ids: Sequence[int], conversation_id: int) -> None:
    """What was sent from a conversation goes with the messages it answered or became."""
    Delivery.objects.filter(pk__in=ids).update(conversation_id=conversation_id)
