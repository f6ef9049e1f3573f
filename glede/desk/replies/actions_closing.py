"""A public closing line is asked for, sent or declined; each is undone by the next (clause 6.3)."""

from datetime import datetime

from glede.desk.conversations.models import Conversation
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import State
from glede.desk.replies.closing import NoLine
from glede.desk.replies.models import ClosingLine
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Details, Stamp, Verb


def ask(
    *, conversation: Conversation, person_id: int, stamp: Stamp, actor: Actor, now: datetime
) -> None:
    """Ask whoever settles it, once for each time it went into private; nothing where it never did,
    or where somebody is asked already."""
    lines = ClosingLine.objects.filter(conversation=conversation)
    newest = lines.order_by("-asked_at").first()
    if newest is not None and newest.answered_at is None:
        return
    moved = conversation.deliveries.filter(state=State.SENT).exclude(private_because="")
    if newest is not None:
        moved = moved.filter(sent_at__gt=newest.asked_at)
    if conversation.private or not moved.exists():
        return
    asked = ClosingLine.objects.create(conversation=conversation, person_id=person_id, asked_at=now)
    _audit(asked, Verb.CLOSING_ASKED, stamp=stamp, actor=actor, now=now)


def lock(closing_id: int) -> ClosingLine | None:
    found = ClosingLine.objects.select_for_update(of=("self",)).filter(pk=closing_id)
    return found.select_related("conversation__brand").first()


def sent(
    *, asked: ClosingLine, delivery_id: int, stamp: Stamp, actor: Actor, now: datetime
) -> None:
    asked.answered_at, asked.delivery_id = now, delivery_id
    asked.save()
    _audit(asked, Verb.CLOSING_SENT, stamp=stamp, actor=actor, now=now)


def decline(
    *, asked: ClosingLine, reason: NoLine, stamp: Stamp, actor: Actor, now: datetime
) -> None:
    asked.answered_at, asked.declined = now, reason
    asked.save()
    _audit(asked, Verb.CLOSING_DECLINED, {"why": reason}, stamp=stamp, actor=actor, now=now)


def undo(*, answered: ClosingLine, actor: Actor, now: datetime) -> None:
    """It is asked for again: the line was taken back before it left, or declined by mistake."""
    answered.answered_at, answered.delivery, answered.declined = None, None, ""
    answered.save()
    _audit(answered, Verb.CLOSING_UNDONE, actor=actor, now=now)


def of_delivery(delivery: Delivery) -> ClosingLine | None:
    found = ClosingLine.objects.select_for_update(of=("self",)).filter(delivery=delivery)
    return found.select_related("conversation__brand").first()


def _audit(
    of: ClosingLine,
    verb: Verb,
    details: Details | None = None,
    *,
    stamp: Stamp | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=of.conversation_id,
        brand=of.conversation.brand.slug,
        stamp=stamp or Stamp(),
        details={"line": of.pk, **(details or {})},
        now=now,
    )
