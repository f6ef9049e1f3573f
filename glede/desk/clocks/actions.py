"""Start, stop, reopen and close clocks; remember which steps were crossed. Clauses 6.5, 6.7."""

from datetime import datetime

from django.db import IntegrityError, transaction

from glede.desk.clocks import rules
from glede.desk.clocks.models import Clock, Step
from glede.desk.clocks.rules import Act, ClockEvent, ClockKind, ClockState, Promise
from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Enquiry
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp, Verb
from glede.rulebook.brands.rules import CalendarAt

#: At the due time itself the promise is still kept; a breach is looked for just after.
BREACH = 100


def start(
    *,
    enquiry: Enquiry,
    promise: Promise,
    policy_id: int,
    policy_version: str,
    calendar: CalendarAt,
    percents: tuple[int, ...],
    now: datetime,
) -> Clock:
    """Start the acknowledgement clock of an enquiry from its receipt, or move a running one back
    when an earlier message of the same enquiry comes in late. One that has stopped stays stopped.
    """
    clock = Clock.objects.filter(enquiry=enquiry, kind=ClockKind.ACKNOWLEDGE).first()
    if clock is not None and clock.state != ClockState.RUNNING:
        return clock
    crossed = () if clock is None else tuple(clock.steps.values_list("percent", flat=True))
    deadline = rules.deadline(enquiry.opened_at, promise, calendar.calendar)
    clock = clock or Clock(enquiry=enquiry, kind=ClockKind.ACKNOWLEDGE)
    clock.enquiry = enquiry
    clock.state, clock.started_at = ClockState.RUNNING, enquiry.opened_at
    clock.due_at, clock.soft_at = deadline.due_at, deadline.soft_at
    clock.look_at = _next_look(enquiry.opened_at, deadline.due_at, percents, crossed)
    clock.in_hours, clock.reading = deadline.in_hours, deadline.reading
    clock.clause, clock.policy_id, clock.calendar_id = deadline.clause, policy_id, calendar.id
    clock.save()
    _audit(clock, Verb.CLOCK_STARTED, actor=SYSTEM, now=now, version=policy_version)
    _show(clock)
    return clock


def stop(
    *,
    enquiry: Enquiry,
    act: Act,
    auto_counts_in_hours: bool,
    by_kind: str,
    by_id: int,
    actor: Actor,
    now: datetime,
) -> Clock | None:
    """Stop the acknowledgement clock at the platform's confirmed time of `act`, if it is one that
    stops a clock (clauses.md A3); otherwise the clock runs on and nothing is returned."""
    clock = _running(enquiry)
    if clock is None:
        return None
    at = rules.stopped_at(
        (act,), received_in_hours=clock.in_hours, auto_counts_in_hours=auto_counts_in_hours
    )
    if at is None:
        return None
    clock.state = rules.state_after(ClockState(clock.state), ClockEvent.ANSWERED)
    clock.stopped_at, clock.stopped_by_kind, clock.stopped_by_id = at, by_kind, by_id
    clock.look_at = None
    clock.save()
    _audit(clock, Verb.CLOCK_STOPPED, actor=actor, now=now)
    _show(clock)
    return clock


def close(*, enquiry: Enquiry, event: ClockEvent, actor: Actor, now: datetime) -> Clock | None:
    """Close without an answer: withdrawn by the author, or no reply needed. Counted apart."""
    clock = _running(enquiry)
    if clock is None:
        return None
    clock.state = rules.state_after(ClockState(clock.state), event)
    clock.stopped_at, clock.look_at = now, None
    clock.save()
    _audit(clock, Verb.CLOCK_WITHDRAWN, actor=actor, now=now)
    _show(clock)
    return clock


def reopen(
    *, enquiry: Enquiry, percents: tuple[int, ...], actor: Actor, now: datetime
) -> Clock | None:
    """Run again with the due time it was born with: its answer was deleted, or its “resolved
    without a reply” was taken back."""
    clock = Clock.objects.select_for_update().filter(enquiry=enquiry).first()
    if clock is None:
        return None
    state = ClockState(clock.state)
    event = ClockEvent.TAKEN_BACK if state is ClockState.NOT_NEEDED else ClockEvent.ANSWER_DELETED
    if not rules.may_follow(state, event):
        return None
    clock.state = rules.state_after(state, event)
    clock.stopped_at, clock.stopped_by_kind, clock.stopped_by_id = None, "", None
    crossed = tuple(clock.steps.values_list("percent", flat=True))
    clock.look_at = _next_look(clock.started_at, clock.due_at, percents, crossed)
    clock.save()
    _audit(clock, Verb.CLOCK_REOPENED, actor=actor, now=now)
    _show(clock)
    return clock


def cross(*, clock_id: int, percents: tuple[int, ...], now: datetime) -> tuple[Step, ...]:
    """Record the steps a running clock has crossed. Each is recorded once, whoever looks: the
    returned ones are this caller's to tell people about."""
    clock = (
        Clock.objects.select_for_update(of=("self",))
        .select_related("enquiry__conversation__brand", "policy")
        .filter(pk=clock_id, state=ClockState.RUNNING)
        .first()
    )
    if clock is None:
        return ()
    behind = rules.steps_crossed(
        received_at=clock.started_at, due_at=clock.due_at, percents=percents, now=now
    )
    if rules.is_late(due_at=clock.due_at, now=now):
        behind = (*behind, BREACH)
    fresh = [step for percent in behind if (step := _once(clock, percent, now)) is not None]
    known = tuple(clock.steps.values_list("percent", flat=True))
    clock.look_at = _next_look(clock.started_at, clock.due_at, percents, known)
    clock.save(update_fields=["look_at"])
    for step in fresh:
        verb = Verb.CLOCK_BREACHED if step.percent == BREACH else Verb.CLOCK_WARNED
        _audit(clock, verb, actor=SYSTEM, now=now, percent=step.percent)
    return tuple(fresh)


def _once(clock: Clock, percent: int, now: datetime) -> Step | None:
    try:
        with transaction.atomic():
            return Step.objects.create(clock=clock, percent=percent, at=now)
    except IntegrityError:
        return None


def _running(enquiry: Enquiry) -> Clock | None:
    return (
        Clock.objects.select_for_update()
        .filter(enquiry=enquiry, kind=ClockKind.ACKNOWLEDGE, state=ClockState.RUNNING)
        .first()
    )


def _next_look(
    started_at: datetime, due_at: datetime, percents: tuple[int, ...], known: tuple[int, ...]
) -> datetime | None:
    """When the next step lies ahead; the due time itself is the last look."""
    instants = [
        rules.warn_at(received_at=started_at, due_at=due_at, percent=percent)
        for percent in percents
        if percent not in known
    ]
    if BREACH not in known:
        instants.append(due_at)
    return min(instants, default=None)


def _show(clock: Clock) -> None:
    running = clock.state == ClockState.RUNNING
    conversations.show_due(
        conversation_id=clock.enquiry.conversation_id,
        due_at=clock.due_at if running else None,
        soft_at=clock.soft_at if running else None,
        due_from=clock.started_at if running else None,
        clause=clock.clause if running else "",
    )


def _audit(
    clock: Clock,
    verb: Verb,
    *,
    actor: Actor,
    now: datetime,
    percent: int | None = None,
    version: str = "",
) -> None:
    conversation = clock.enquiry.conversation
    details: dict[str, str | int | bool | None] = {
        "clock": clock.pk,
        "kind": clock.kind,
        "due_at": clock.due_at.isoformat(),
    }
    if percent is not None:
        details["percent"] = percent
    if clock.stopped_at is not None:
        details["stopped_at"] = clock.stopped_at.isoformat()
        details["by"] = f"{clock.stopped_by_kind}:{clock.stopped_by_id}"
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        stamp=Stamp(clock.clause, version or clock.policy.number),
        details=details,
        now=now,
    )
