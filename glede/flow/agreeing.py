"""Agree a timescale, top to bottom: planned → told → agreed, objected to, or silence (clause 6.5).

Telling counts as proposed. While the answer is awaited the same-day promise is held, and what is
shown and counted is the date that was told; an objection brings the old due time back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from glede.desk.alerts.rules import Kind
from glede.desk.clocks import actions as clocks
from glede.desk.clocks import counting, kinds, scheduling
from glede.desk.clocks import queries as clock_queries
from glede.desk.clocks.actions import Start, Under
from glede.desk.clocks.rules import ClockEvent, ClockKind
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import actions_timescale as timescale_actions
from glede.desk.conversations import queries_timescale as queries
from glede.desk.conversations import timescales
from glede.desk.conversations.models import Agreement, Conversation, Message
from glede.desk.conversations.timescales import AgreementState, BadTimescale, ClosedThen
from glede.desk.replies import actions as drafts
from glede.flow import numbers, telling
from glede.flow.numbers import InForce
from glede.kit import hours, live
from glede.kit.words import say
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Role, Viewer

__all__ = ["BadTimescale", "ClosedThen", "Given", "answer", "drop", "plan", "silences", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person fills in. `told_already`: by telephone or at the door; otherwise the next
    reply tells it. `anyway`: the date falls on a closed day, and is meant."""

    what: str
    by_at: datetime
    person_id: int
    reason: str = ""
    told_already: bool = False
    anyway: bool = False
    #: Words for the composer, the person's own to change; empty leaves what is typed there.
    words: str = ""


def plan(
    *, viewer: Viewer, conversation_id: int, given: Given, now: datetime
) -> Agreement | ClosedThen:
    """Write a timescale down; or say that nobody works then, and which date to offer instead.

    Raises `BadTimescale`.
    """
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        calendar = brands.calendar_at(conversation.brand_id, now).calendar
        closed = timescales.closed_then(given.by_at, calendar) if given.by_at > now else None
        if closed is not None and not given.anyway:
            return closed
        force = numbers.in_force(conversation.opened_at)
        actor = viewer.actor
        made = timescale_actions.plan(
            conversation=conversation,
            what=given.what,
            by_at=given.by_at,
            person_id=given.person_id,
            reason=given.reason,
            stamp=Stamp(force.book.rule("resolve.or_agree_timescale").clause, force.version),
            planned_by=viewer.id,
            actor=actor,
            now=now,
        )
        if given.told_already:
            told(agreement_id=made.pk, at=now, message=None, actor=actor, now=now)
        elif given.words:
            drafts.keep_draft(
                conversation_id=conversation_id, person_id=viewer.id, text=given.words, now=now
            )
        _changed(conversation, now=now)
        return made


def drop(*, viewer: Viewer, conversation_id: int, now: datetime) -> None:
    """It is not told after all."""
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        planned = queries.planned(conversation_id)
        if planned is not None:
            agreement = timescale_actions.lock(planned)
            timescale_actions.drop(agreement=agreement, actor=viewer.actor, now=now)
        _changed(conversation, now=now)


def told(
    *,
    agreement_id: int,
    at: datetime,
    message: Message | None,
    actor: Actor,
    now: datetime,
) -> None:
    """The resident knows of it: it is proposed from the platform's time of the message on.

    Opens no transaction: the caller's holds message, agreement and clocks together.
    """
    agreement = timescale_actions.lock(agreement_id)
    if agreement.state != AgreementState.PLANNED:
        return
    conversation = agreement.conversation
    force = numbers.in_force(conversation.opened_at)
    calendar = brands.calendar_at(conversation.brand_id, at)
    before = timescale_actions.tell(
        agreement=agreement,
        at=at,
        message=message,
        silence_at=_silence_at(force, calendar.calendar, at),
        actor=actor,
        now=now,
    )
    if before is not None:
        _replace_clock(conversation, agreement, at=at, actor=actor, now=now)
    clocks.begin(
        conversation=conversation,
        start=Start(
            kind=ClockKind.AGREED,
            started_at=at,
            due_at=max(agreement.by_at, at),
            clause=agreement.clause,
            in_hours=hours.is_open(calendar.calendar, at),
            reference=_reference(agreement),
        ),
        under=Under(
            policy_id=force.policy_id,
            policy_version=force.version,
            calendar_id=calendar.id,
            schedule=scheduling.of(kinds.kind(ClockKind.AGREED), force.book),
        ),
        actor=actor,
        now=now,
    )
    resolve = clock_queries.open_of(conversation.pk, ClockKind.RESOLVE)
    if resolve is not None and force.book.rule("resolve.proposal_holds").value is True:
        clocks.hold(clock=resolve, actor=actor, now=now)
    _tell_lead(agreement, force, now=now)


def _reference(agreement: Agreement) -> str:
    return f"agreement-{agreement.number}"


def _silence_at(force: InForce, calendar: hours.Calendar, at: datetime) -> datetime:
    allowed = counting.read(
        force.book.rule("agreement_by_silence").value,
        same_day_last=scheduling.same_day_last(force.book),
    )
    return counting.due(at, allowed, calendar).due_at


def _replace_clock(
    conversation: Conversation, agreement: Agreement, *, at: datetime, actor: Actor, now: datetime
) -> None:
    running = clock_queries.open_of(conversation.pk, ClockKind.AGREED)
    if running is not None:
        clocks.replace(
            clock=running,
            event=ClockEvent.DATE_REPLACED,
            by_id=agreement.pk,
            at=at,
            actor=actor,
            now=now,
        )


def _tell_lead(agreement: Agreement, force: InForce, *, now: datetime) -> None:
    """A date that moves again and again is a promise nobody keeps."""
    times = queries.told_so_far(agreement.conversation_id)
    if times < force.book.rule("agreement.alert_lead_from").value:
        return
    conversation = agreement.conversation
    telling.tell(
        who=[
            viewer.id
            for viewer in telling.in_roles((Role.LEAD,), brand_id=conversation.brand_id, now=now)
        ],
        conversation=conversation,
        kind=Kind.AGREEMENT,
        key=f"agreement:{agreement.pk}:again",
        says=f"{conversation.name} has now been told {times} dates, clause {agreement.clause}:"
        f" {agreement.reason}",
        now=now,
    )


# --- What the resident says to it ------------------------------------------------------------


def answer(*, viewer: Viewer, conversation_id: int, agreed: bool, now: datetime) -> None:
    """A person records what the resident said. Raises `timescales.WrongStep` when nothing holds."""
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        holding = queries.holding(conversation_id)
        if holding is None:
            raise timescales.WrongStep(say("No timescale was told here that could be answered."))
        agreement = timescale_actions.lock(holding)
        to = AgreementState.AGREED if agreed else AgreementState.OBJECTED
        _answered(agreement, to, by_id=viewer.id, actor=viewer.actor, now=now)
        _changed(conversation, now=now)


def _answered(
    agreement: Agreement,
    to: AgreementState,
    *,
    by_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    timescale_actions.answer(agreement=agreement, to=to, by_id=by_id, actor=actor, now=now)
    conversation = agreement.conversation
    if to is AgreementState.OBJECTED:
        _replace_clock(conversation, agreement, at=now, actor=actor, now=now)
        resolve = clock_queries.newest_of(conversation.pk, ClockKind.RESOLVE)
        if resolve is not None:
            clocks.resume(clock=resolve, extend=False, actor=actor, now=now)
        return
    resolve = clock_queries.open_of(conversation.pk, ClockKind.RESOLVE)
    if resolve is not None:
        clocks.replace(
            clock=resolve,
            event=ClockEvent.DATE_AGREED,
            by_id=agreement.pk,
            at=agreement.told_at or now,
            actor=actor,
            now=now,
        )


def silences(*, now: datetime, limit: int = 100) -> int:
    """No objection in the time that the policy gives: it counts as agreed, and is reported apart.

    Whoever wrote meanwhile was not silent: what their words mean is a person's to say. Returns how
    many there were.
    """
    found = queries.silent(now=now, limit=limit)
    for agreement_id in found:
        with transaction.atomic():
            agreement = timescale_actions.lock(agreement_id)
            if agreement.state != AgreementState.PROPOSED or agreement.ended_at is not None:
                continue
            conversation = agreement.conversation
            if queries.wrote_since(agreement):
                timescale_actions.ask_a_person(agreement=agreement)
                _ask(agreement, now=now)
            else:
                _answered(agreement, AgreementState.SILENT, by_id=None, actor=SYSTEM, now=now)
            _changed(conversation, now=now)
    return len(found)


def _ask(agreement: Agreement, *, now: datetime) -> None:
    conversation = agreement.conversation
    leads = telling.in_roles((Role.LEAD,), brand_id=conversation.brand_id, now=now)
    telling.tell(
        who=[agreement.person_id, *(viewer.id for viewer in leads)],
        conversation=conversation,
        kind=Kind.AGREEMENT,
        key=f"agreement:{agreement.pk}:wrote",
        says=f"{conversation.name} wrote since they were told a date: say whether they agreed.",
        now=now,
    )


def _changed(conversation: Conversation, *, now: datetime) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": conversation.pk, "new": False},
        brand=conversation.brand_id,
        now=now,
    )
