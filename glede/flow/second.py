"""Personal details leave in public only with a second person's yes (clause 5.4).

Whoever wrote the reply gives the reason; somebody else who may reply for the brand looks at exactly
those words and says yes or no. Nobody answers for themselves, and nothing is answered by time going
by: the clock of the answer runs on meanwhile, as for every reply that has not left.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from glede.desk.acts.models import Act
from glede.desk.acts.rules import CannotUndo, Deed
from glede.desk.alerts.rules import Kind
from glede.desk.outbox import actions as outbox
from glede.desk.outbox import actions_second as seconds
from glede.desk.outbox import queries as outbox_queries
from glede.desk.outbox import queries_second
from glede.desk.outbox.models import Delivery, SecondLook
from glede.desk.outbox.rules import NotTheirsError, State, WrongState
from glede.desk.replies.rules import Anyway, Finding
from glede.flow import confirm, guard, numbers, second_unanswered, telling, told, undoing
from glede.flow.names import DELIVER
from glede.flow.undoing import Keeping, Kept
from glede.kit import jobs
from glede.kit.words import say
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Role, Viewer

CLAUSE = second_unanswered.CLAUSE


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing was said: what to look at first."""

    findings: tuple[Finding, ...]


def colleagues(viewer: Viewer, *, brand_id: int, now: datetime) -> list[Viewer]:
    """Everybody else who may say yes for this brand, by name: whoever may reply for it."""
    may = people.who_may(Permission.REPLY, brand_id=brand_id, now=now)
    return [one for one in may if one.id != viewer.id]


def ask(
    *,
    viewer: Viewer,
    delivery: Delivery,
    found: Sequence[Finding],
    because: Anyway | None,
    of: int | None,
    now: datetime,
) -> None:
    """A reply that was written waits; who may say yes is told. In the caller's transaction. `of`
    is one colleague to ask; somebody who may not say yes counts as nobody in particular."""
    conversation = delivery.conversation
    able = [one.id for one in colleagues(viewer, brand_id=conversation.brand_id, now=now)]
    asked_of = of if of in able else None
    look = seconds.ask(
        delivery=delivery,
        found=[one.key.partition(":")[0] for one in found],
        because=because or "",
        asked_of=asked_of,
        next_at=second_unanswered.at(due_at=conversation.due_at, now=now),
        stamp=_stamp(now),
        actor=viewer.actor,
        now=now,
    )
    telling.tell(
        who=able if asked_of is None else [asked_of],
        conversation=conversation,
        kind=Kind.SECOND,
        key=second_unanswered.key(look.pk),
        says=f"{viewer.name} asks for a second person’s yes to a reply to {conversation.name}",
        now=now,
    )


def agree(
    *, viewer: Viewer, delivery_id: int, seen_revision: int, now: datetime
) -> Kept | Stopped | None:
    """Say yes: it leaves after the seconds of undo. What happened since this person opened the
    conversation stops it once, as it stops a reply.

    Raises `NotTheirsError` and `WrongState`.
    """
    with transaction.atomic():
        look = _held(viewer, delivery_id)
        delivery = look.delivery
        why = guard.too_late(delivery, now=now) or _writer_left(delivery, now=now)
        if why:
            raise WrongState(say("%(why)s Say no, with that as the reason.", why=why))
        findings = told.since(
            viewer, delivery.conversation, seen_revision=seen_revision, but=delivery.pk
        )
        if findings:
            return Stopped(findings)
        with _keeping(viewer, delivery, now=now) as act:
            release_at = now + timedelta(seconds=settings.GLEDE_UNDO_SECONDS)
            seconds.agree(
                look=look,
                person_id=viewer.id,
                release_at=release_at,
                stamp=_stamp(now),
                actor=viewer.actor,
                now=now,
            )
            jobs.defer(DELIVER, at=release_at, delivery_id=delivery.pk)
            second_unanswered.over(look, now=now)
            _tell_leads(viewer, look, now=now)
            confirm.tell(delivery, now=now)
    return act.kept(say("It goes out with your yes."))


def refuse(*, viewer: Viewer, delivery_id: int, why: str, now: datetime) -> Kept | None:
    """Say no, and why: it stays, and whoever wrote it is told. Raises `NotTheirsError`, and
    `WrongState`, also without a reason."""
    if not why.strip():
        raise WrongState(say("Say in a few words why it must not go out."))
    with transaction.atomic():
        look = _held(viewer, delivery_id)
        delivery = look.delivery
        with _keeping(viewer, delivery, now=now) as act:
            seconds.refuse(
                look=look,
                person_id=viewer.id,
                why=why.strip(),
                stamp=_stamp(now),
                actor=viewer.actor,
                now=now,
            )
            second_unanswered.over(look, now=now)
            if delivery.person_id is not None:
                telling.tell(
                    who=[delivery.person_id],
                    conversation=delivery.conversation,
                    kind=Kind.FAILED,
                    key=f"second {look.pk} no {now.isoformat()}",
                    says=f"{viewer.name} said no to your reply to {delivery.conversation.name}",
                    now=now,
                )
            confirm.tell(delivery, now=now)
    return act.kept(say("It does not go out."))


def may_withdraw(viewer: Viewer, delivery: Delivery, *, now: datetime) -> bool:
    """Whoever wrote it; anybody who replies for the brand once they do not any more."""
    return delivery.person_id == viewer.id or bool(_writer_left(delivery, now=now))


@undoing.reverses(Deed.SECOND_ANSWERED)
def _undo(*, viewer: Viewer, act: Act, now: datetime) -> None:
    delivery_id = queries_second.answered_by(viewer.id, conversation_ids=act.conversations)
    delivery = outbox.lock(delivery_id) if delivery_id is not None else None
    look = queries_second.of_delivery(delivery) if delivery is not None else None
    if delivery is None or look is None or delivery.state not in (State.QUEUED, State.REFUSED):
        raise CannotUndo(say("It has left already, or its words were taken back."))
    next_at = second_unanswered.at(due_at=delivery.conversation.due_at, now=now)
    seconds.open_again(look=look, next_at=next_at, stamp=_stamp(now), actor=viewer.actor, now=now)
    confirm.tell(delivery, now=now)


def _held(viewer: Viewer, delivery_id: int) -> SecondLook:
    """The question, with its conversation and its reply held, for somebody who may answer it."""
    conversation_id = outbox_queries.conversation_of(delivery_id)
    if conversation_id is None:
        raise WrongState(say("There is no such reply."))
    undoing.hold([conversation_id])
    delivery = outbox.lock(delivery_id)
    look = queries_second.of_delivery(delivery)
    if delivery.person_id == viewer.id:
        raise NotTheirsError(say("You wrote it: somebody else has to say yes."))
    if not viewer.may(Permission.REPLY, delivery.conversation.brand_id):
        raise NotTheirsError(say("Only who may reply for this brand can say yes or no."))
    if look is None or delivery.state != State.WAITING:
        raise WrongState(say("It does not wait for a yes any more."))
    return look


def _writer_left(delivery: Delivery, *, now: datetime) -> str:
    if delivery.person_id is None:
        return ""
    writer = people.viewer(delivery.person_id, now=now)
    if writer.may(Permission.REPLY, delivery.conversation.brand_id):
        return ""
    return say("%(writer)s may not reply for this brand any more.", writer=writer.name)


def _tell_leads(viewer: Viewer, look: SecondLook, *, now: datetime) -> None:
    """That it was used is known to the leads of the brand (clause 5.4's line of the matrix)."""
    delivery = look.delivery
    leads = telling.in_roles((Role.LEAD,), brand_id=delivery.conversation.brand_id, now=now)
    writer = delivery.person.name if delivery.person is not None else ""
    telling.tell(
        who=[one.id for one in leads if one.id not in (viewer.id, delivery.person_id)],
        conversation=delivery.conversation,
        kind=Kind.MENTION,
        key=f"second {look.pk} yes {now.isoformat()}",
        says=f"{viewer.name} said yes to personal details in {writer}’s public reply to "
        f"{delivery.conversation.name}",
        now=now,
    )


def _keeping(
    viewer: Viewer, delivery: Delivery, *, now: datetime
) -> AbstractContextManager[Keeping]:
    return undoing.keeping(
        viewer=viewer,
        deed=Deed.SECOND_ANSWERED,
        conversations=[delivery.conversation_id],
        now=now,
        always=True,
    )


def _stamp(now: datetime) -> Stamp:
    return Stamp(CLAUSE, numbers.in_force(now).version)
