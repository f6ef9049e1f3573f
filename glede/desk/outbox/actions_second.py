"""A second person is asked before personal details leave in public, and answers (clause 5.4)."""

from collections.abc import Sequence
from datetime import datetime

from glede.desk.outbox import rules
from glede.desk.outbox.models import Delivery, SecondLook
from glede.desk.outbox.rules import Answer, State
from glede.kit import claim, crypto
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp, Verb


def ask(
    *,
    delivery: Delivery,
    found: Sequence[str],
    because: str,
    asked_of: int | None,
    next_at: datetime,
    stamp: Stamp,
    actor: Actor,
    now: datetime,
) -> SecondLook:
    """Ask about exactly this reply. `found` names the checks; `asked_of` one colleague, or None
    for everybody who may say yes; people are told at `next_at` that nobody answered."""
    look = SecondLook.objects.create(
        delivery=delivery,
        found=", ".join(found),
        because=because,
        content=_content(delivery),
        asked_of_id=asked_of,
        asked_at=now,
        next_at=next_at,
    )
    _audit(look, Verb.SECOND_ASKED, stamp=stamp, actor=actor, now=now)
    return look


def agree(
    *, look: SecondLook, person_id: int, release_at: datetime, stamp: Stamp, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    """It leaves at `release_at`. Raises `WrongState` where it is not what was asked about."""
    delivery = look.delivery
    if _content(delivery) != look.content:
        raise rules.WrongState(say("It is not what was asked about any more. Ask again."))
    _move(delivery, State.QUEUED)
    delivery.release_at = delivery.next_try_at = release_at
    delivery.save(update_fields=["state", "release_at", "next_try_at"])
    _answer(look, Answer.YES, person_id=person_id, now=now)
    _audit(look, Verb.SECOND_AGREED, stamp=stamp, actor=actor, now=now)


def refuse(
    *, look: SecondLook, person_id: int, why: str, stamp: Stamp, actor: Actor, now: datetime
) -> None:
    """It does not leave; its words stay for whoever wrote them. The record has no words of it."""
    _move(look.delivery, State.REFUSED)
    look.delivery.save(update_fields=["state"])
    look.why = why
    _answer(look, Answer.NO, person_id=person_id, now=now)
    _audit(look, Verb.SECOND_REFUSED, stamp=stamp, actor=actor, now=now)


def open_again(
    *, look: SecondLook, next_at: datetime, stamp: Stamp, actor: Actor, now: datetime
) -> None:
    """The answer is taken back: it waits as before. Raises `WrongState` once it has left."""
    _move(look.delivery, State.WAITING)
    look.delivery.next_try_at = None
    look.delivery.save(update_fields=["state", "next_try_at"])
    look.why = ""
    look.next_at = next_at
    _answer(look, Answer.OPEN, person_id=None, now=None)
    _audit(look, Verb.SECOND_ANSWER_TAKEN_BACK, stamp=stamp, actor=actor, now=now)


def withdraw(*, look: SecondLook, now: datetime) -> None:
    """Whoever wrote it does not ask any more; taking the reply back is in the record."""
    if look.answer == Answer.OPEN:
        _answer(look, Answer.WITHDRAWN, person_id=None, now=now)


def take_unanswered(*, now: datetime, limit: int) -> list[SecondLook]:
    """Questions that nobody answered in their time, held until the transaction ends."""
    waiting = SecondLook.objects.filter(
        answer=Answer.OPEN, delivery__state=State.WAITING, next_at__lte=now
    ).select_related("delivery__conversation__brand")
    return claim.claim(waiting.order_by("next_at", "pk"), limit=limit)


def unanswered(
    *, look: SecondLook, next_at: datetime | None, people: int, stamp: Stamp, now: datetime
) -> None:
    """So many people were told that nobody answered; they are told again at `next_at`."""
    look.told += 1
    look.next_at = next_at
    look.save(update_fields=["told", "next_at"])
    _audit(look, Verb.SECOND_UNANSWERED, stamp=stamp, actor=SYSTEM, now=now, people=people)


def _answer(
    look: SecondLook, answer: Answer, *, person_id: int | None, now: datetime | None
) -> None:
    look.answer, look.answered_by_id, look.answered_at = answer, person_id, now
    if answer is not Answer.OPEN:
        look.next_at = None
    look.save(update_fields=["answer", "answered_by", "answered_at", "why", "next_at"])


def _move(delivery: Delivery, to: State) -> None:
    delivery.state = rules.move(State(delivery.state), to)


def _content(delivery: Delivery) -> str:
    pictures = delivery.enclosures.order_by("position").values_list("attachment_id", flat=True)
    parts = (delivery.text, delivery.public_line, str(delivery.private), *map(str, pictures))
    return crypto.keyed_hash("second look", "\0".join(parts).encode())


def _audit(
    look: SecondLook, verb: Verb, *, stamp: Stamp, actor: Actor, now: datetime, **more: int
) -> None:
    delivery = look.delivery
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=delivery.conversation_id,
        brand=delivery.conversation.brand.slug,
        stamp=stamp,
        details={
            "delivery": delivery.pk,
            "written_by": delivery.person_id or 0,
            "found": look.found,
            "because": look.because,
            "content": look.content,
            **more,
        },
        now=now,
    )
