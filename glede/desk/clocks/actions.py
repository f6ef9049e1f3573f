"""Start, stop, hold, reopen and close clocks. Clauses 6.5, 6.7; clauses.md A3.

`actions_steps` remembers which steps were crossed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from glede.desk.clocks import kinds, queries, rules, scheduling
from glede.desk.clocks.kinds import Schedule, Stops
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import Act, ClockEvent, ClockKind, ClockState, Promise
from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Conversation, Enquiry
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp, Verb
from glede.rulebook.brands.rules import CalendarAt

_OPEN = (ClockState.RUNNING, ClockState.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a clock of any kind is born with. `reference` tells one from the next where a
    conversation can have several of a kind and no enquiry owns them."""

    kind: str
    started_at: datetime
    due_at: datetime
    clause: str
    in_hours: bool
    soft_at: datetime | None = None
    reading: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """The policy version and calendar a clock is started under, and when it warns."""

    policy_id: int
    policy_version: str
    calendar_id: int
    schedule: Schedule


def start(  # noqa: PLR0913 - an acknowledgement clock begins with these, each named
    *,
    enquiry: Enquiry,
    promise: Promise,
    policy_id: int,
    policy_version: str,
    calendar: CalendarAt,
    percents: tuple[int, ...],
    now: datetime,
    shown: bool = True,
    first: bool = False,
) -> Clock:
    """Start the acknowledgement clock of an enquiry from its receipt, or move a running one back
    when an earlier message of the same enquiry comes in late. One that has stopped stays stopped.
    `first`: see `begin`.
    """
    deadline = rules.deadline(enquiry.opened_at, promise, calendar.calendar)
    given = Start(
        kind=ClockKind.ACKNOWLEDGE,
        started_at=enquiry.opened_at,
        due_at=deadline.due_at,
        soft_at=deadline.soft_at,
        in_hours=deadline.in_hours,
        reading=deadline.reading,
        clause=deadline.clause,
    )
    under = Under(
        policy_id=policy_id,
        policy_version=policy_version,
        calendar_id=calendar.id,
        schedule=Schedule(percents=percents),
    )
    return begin(
        conversation=enquiry.conversation,
        enquiry=enquiry,
        start=given,
        under=under,
        now=now,
        shown=shown,
        first=first,
    )


def begin(
    *,
    conversation: Conversation,
    start: Start,
    under: Under,
    now: datetime,
    enquiry: Enquiry | None = None,
    actor: Actor = SYSTEM,
    shown: bool = True,
    first: bool = False,
) -> Clock:
    """Start a clock of any kind, or move a running one back to an earlier start; one that has
    stopped stays stopped. Without `shown` the row is left to whoever starts another. `first`: the
    enquiry is being made in this transaction, so there is none to look for.

    Raises `kinds.UnknownKind`, and `ValueError` for a clock that belongs to no enquiry and has no
    reference.
    """
    kinds.kind(start.kind)
    if enquiry is None and not start.reference:
        raise ValueError("A clock that belongs to no enquiry needs a reference of its own.")
    clock = None if first else _of(conversation, enquiry, start.kind, start.reference).first()
    if clock is not None and clock.state != ClockState.RUNNING:
        return clock
    crossed = () if clock is None else queries.crossed(clock)
    clock = clock or Clock(conversation=conversation, enquiry=enquiry)
    clock.conversation, clock.enquiry = conversation, enquiry
    clock.kind, clock.reference = start.kind, start.reference
    clock.state, clock.started_at = ClockState.RUNNING, start.started_at
    clock.due_at, clock.soft_at = start.due_at, start.soft_at or start.due_at
    clock.look_at = kinds.next_look(
        started_at=clock.started_at,
        due_at=clock.due_at,
        schedule=under.schedule,
        crossed=crossed,
    )
    clock.in_hours, clock.reading = start.in_hours, start.reading
    clock.clause, clock.policy_id = start.clause, under.policy_id
    clock.calendar_id = under.calendar_id
    clock.save()
    record(clock, Verb.CLOCK_STARTED, actor=actor, now=now, version=under.policy_version)
    if shown:
        show(clock)
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
    shown: bool = True,
) -> Clock | None:
    """Stop what this act of ours answers, at the platform's confirmed time (clauses.md A3).

    Returns the acknowledgement clock when it stopped; otherwise it runs on and nothing is returned.
    Without `shown` the caller shows the row, once for all it does.
    """
    acknowledged = None
    for clock in _open(Q(enquiry=enquiry)):
        at = kinds.is_stopped_by(
            kinds.kind(clock.kind),
            act,
            received_in_hours=clock.in_hours,
            auto_counts_in_hours=auto_counts_in_hours,
        )
        if at is None or clock.state != ClockState.RUNNING:
            continue
        end(clock, ClockEvent.ANSWERED, at=at, by_kind=by_kind, by_id=by_id)
        record(clock, Verb.CLOCK_STOPPED, actor=actor, now=now)
        if clock.kind == ClockKind.ACKNOWLEDGE:
            acknowledged = clock
        if shown:
            show(clock)
    return acknowledged


def resolved(
    *, conversation: Conversation, by_kind: str, by_id: int, at: datetime, actor: Actor
) -> tuple[Clock, ...]:
    """The matter is settled: what runs until then stops."""
    ended = []
    for clock in _open(Q(conversation=conversation)):
        if kinds.kind(clock.kind).stops is not Stops.RESOLUTION:
            continue
        end(clock, ClockEvent.RESOLVED, at=at, by_kind=by_kind, by_id=by_id)
        record(clock, Verb.CLOCK_STOPPED, actor=actor, now=at)
        show(clock)
        ended.append(clock)
    return tuple(ended)


def done(*, clock: Clock, by_id: int, at: datetime, actor: Actor) -> Clock:
    """A person says that what a clock of the law asks for was done. Raises
    `rules.TransitionRefusedError` when it does not run."""
    end(clock, ClockEvent.RESOLVED, at=at, by_kind="person", by_id=by_id)
    record(clock, Verb.CLOCK_STOPPED, actor=actor, now=at)
    show(clock)
    return clock


def close(*, enquiry: Enquiry, event: ClockEvent, actor: Actor, now: datetime) -> Clock | None:
    """Close without an answer: withdrawn by the author, or no reply needed. Counted apart.

    A date that was agreed and a time the law sets stay: what was promised is still owed.
    """
    acknowledged = None
    for clock in _open(Q(enquiry=enquiry) & ~Q(kind=ClockKind.AGREED)):
        end(clock, event, at=now)
        record(clock, Verb.CLOCK_WITHDRAWN, actor=actor, now=now)
        show(clock)
        if clock.kind == ClockKind.ACKNOWLEDGE:
            acknowledged = clock
    return acknowledged


def reopen(
    *,
    enquiry: Enquiry,
    actor: Actor,
    now: datetime,
    event: ClockEvent = ClockEvent.TAKEN_BACK,
    stopped_at: datetime | None = None,
) -> tuple[Clock, ...]:
    """Run again with the due time it was born with: an answer was deleted (then only what it had
    stopped, at `stopped_at`), or a “no reply needed” was taken back."""
    found = Clock.objects.select_for_update(of=("self",), no_key=True).filter(enquiry=enquiry)
    if stopped_at is not None:
        found = found.filter(stopped_at=stopped_at)
    return tuple(
        clock
        for clock in found.select_related("conversation__brand", "policy")
        if _run_again(clock, event, actor=actor, now=now)
    )


def _run_again(clock: Clock, event: ClockEvent, *, actor: Actor, now: datetime) -> bool:
    kind = kinds.kind(clock.kind)
    answers = kind.stops in (Stops.ANSWER, Stops.PERSONS_ANSWER)
    if event is ClockEvent.ANSWER_DELETED and not answers:
        return False
    if event is ClockEvent.REOPENED and kind.stops is not Stops.RESOLUTION:
        return False
    if not rules.may_follow(ClockState(clock.state), event):
        return False
    clock.state = rules.state_after(ClockState(clock.state), event)
    clock.stopped_at, clock.stopped_by_kind, clock.stopped_by_id = None, "", None
    look_again(clock)
    clock.save()
    record(clock, Verb.CLOCK_REOPENED, actor=actor, now=now)
    show(clock)
    return True


def unresolved(
    *, conversation_id: int, settled_at: datetime, actor: Actor, now: datetime
) -> tuple[Clock, ...]:
    """It was not settled after all: what that stopped runs again, due as before."""
    found = Clock.objects.select_for_update(of=("self",), no_key=True).filter(
        conversation_id=conversation_id, state=ClockState.STOPPED, stopped_at=settled_at
    )
    return tuple(
        clock
        for clock in found.select_related("conversation__brand", "policy")
        if _run_again(clock, ClockEvent.REOPENED, actor=actor, now=now)
    )


# --- Held, and replaced by an agreed date --------------------------------------------------------


def hold(*, clock: Clock, actor: Actor, now: datetime) -> None:
    """Do not count it for now: a date was proposed, or the policy lets waiting pause it."""
    if not rules.may_follow(ClockState(clock.state), ClockEvent.PAUSED):
        return
    clock.state = rules.state_after(ClockState(clock.state), ClockEvent.PAUSED)
    clock.held_at, clock.look_at = now, None
    clock.save()
    record(clock, Verb.CLOCK_HELD, actor=actor, now=now)
    show(clock)


def resume(*, clock: Clock, extend: bool, actor: Actor, now: datetime) -> None:
    """Count it again. `extend` gives back the time it was held, where the policy pauses; after an
    objection it falls due when it always did."""
    if not rules.may_follow(ClockState(clock.state), ClockEvent.RESUMED):
        return
    clock.state = rules.state_after(ClockState(clock.state), ClockEvent.RESUMED)
    if extend and clock.held_at is not None:
        clock.due_at += now - clock.held_at
        clock.soft_at = max(clock.soft_at, clock.due_at)
    clock.held_at = None
    clock.stopped_at, clock.stopped_by_kind, clock.stopped_by_id = None, "", None
    look_again(clock)
    clock.save()
    record(clock, Verb.CLOCK_RESUMED, actor=actor, now=now)
    show(clock)


def replace(
    *, clock: Clock, event: ClockEvent, by_id: int, at: datetime, actor: Actor, now: datetime
) -> None:
    """An agreed date takes its place (`by_id` names the agreement), or a later date does."""
    if not rules.may_follow(ClockState(clock.state), event):
        return
    end(clock, event, at=at, by_kind="agreement", by_id=by_id)
    record(clock, Verb.CLOCK_REPLACED, actor=actor, now=now)
    show(clock)


# --- Inside --------------------------------------------------------------------------------------


def _of(
    conversation: Conversation, enquiry: Enquiry | None, kind: str, reference: str
) -> QuerySet[Clock]:
    owned = Q(enquiry=enquiry) if enquiry is not None else Q(enquiry=None, reference=reference)
    return Clock.objects.filter(owned, conversation=conversation, kind=kind)


def _open(which: Q) -> Iterable[Clock]:
    found = Clock.objects.select_for_update(of=("self",), no_key=True).filter(
        which, state__in=_OPEN
    )
    return list(found.select_related("conversation__brand", "policy").order_by("pk"))


def end(
    clock: Clock, event: ClockEvent, *, at: datetime, by_kind: str = "", by_id: int | None = None
) -> None:
    """It is over, by this event, which `actions_cases` may be the one to tell. Raises
    `rules.TransitionRefusedError`."""
    clock.state = rules.state_after(ClockState(clock.state), event)
    clock.stopped_at, clock.stopped_by_kind, clock.stopped_by_id = at, by_kind, by_id
    clock.look_at, clock.held_at = None, None
    clock.save()


def look_again(clock: Clock) -> None:
    """When the next step of a clock that runs again has to be looked at."""
    clock.look_at = kinds.next_look(
        started_at=clock.started_at,
        due_at=clock.due_at,
        schedule=scheduling.at(clock.kind, clock.policy_id),
        crossed=queries.crossed(clock),
    )


def show(clock: Clock, *, of: Sequence[Clock] | None = None) -> None:
    """The row shows what is most urgent in the whole conversation; `of` are all it has, where that
    is known."""
    first = queries.most_urgent(clock.conversation_id) if of is None else queries.first_of(of)
    _show_first(clock.conversation_id, first)


def show_of(conversation_id: int) -> None:
    """The same of a conversation whose clocks came or went."""
    _show_first(conversation_id, queries.most_urgent(conversation_id))


def _show_first(conversation_id: int, first: Clock | None) -> None:
    conversations.show_due(
        conversation_id=conversation_id,
        due_at=first.due_at if first else None,
        soft_at=first.soft_at if first else None,
        due_from=first.started_at if first else None,
        clause=first.clause if first else "",
        kind=first.kind if first else "",
    )


def record(clock: Clock, verb: Verb, *, actor: Actor, now: datetime, version: str = "") -> None:
    """Say in the record of its conversation what became of a clock, under its clause."""
    details: dict[str, str | int | bool | None] = {
        "clock": clock.pk,
        "kind": clock.kind,
        "due_at": clock.due_at.isoformat(),
    }
    if clock.stopped_at is not None:
        details["stopped_at"] = clock.stopped_at.isoformat()
        details["by"] = f"{clock.stopped_by_kind}:{clock.stopped_by_id}"
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=clock.conversation_id,
        brand=clock.conversation.brand.slug,
        stamp=Stamp(clock.clause, version or clock.policy.number),
        details=details,
        now=now,
    )
