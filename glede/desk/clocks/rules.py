"""When an answer is due, what stops its clock, how near it is. Pure; the numbers are policy."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from glede.desk.clocks import counting
from glede.desk.clocks.counting import Allowance
from glede.kit import hours
from glede.kit.words import Spoken, say


class Reading(Spoken):
    """Three ways to read “within 4 hours” (clause 6.5): where a policy names none, a setting."""

    ELAPSED = "elapsed"
    WORKING = "working"
    HANDOVER = "handover"


class ClockKind(StrEnum):
    """The promises every enquiry may have; see `kinds` for what each is and for the law's own."""

    ACKNOWLEDGE = "acknowledge"
    FOLLOW_UP = "follow_up"
    RESOLVE = "resolve"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the policy in force at receipt promises; clauses are numbers as printed.

    A length of time is counted as `reading` says. A promise in working days, or of the same day,
    says itself how it is counted, and no reading touches it.
    """

    in_hours: timedelta | Allowance
    in_hours_clause: str
    out_of_hours: timedelta | Allowance
    out_of_hours_clause: str
    reading: Reading
    soft_after_opening: timedelta

    def __post_init__(self) -> None:
        stated = (self.in_hours, self.out_of_hours, self.soft_after_opening)
        lengths = [one for one in stated if isinstance(one, timedelta)]
        if min(lengths) <= timedelta(0):
            raise ValueError("A promise allows some time: none of its durations is zero or less.")


@dataclass(frozen=True, slots=True)
class Deadline:
    received_at: datetime
    in_hours: bool
    due_at: datetime
    soft_at: datetime
    promise: Promise = field(repr=False)
    calendar: hours.Calendar = field(repr=False)

    @property
    def reading(self) -> Reading:
        return self.promise.reading

    @property
    def clause(self) -> str:
        return self.promise.in_hours_clause if self.in_hours else self.promise.out_of_hours_clause

    @property
    def steps(self) -> tuple[hours.Step, ...]:
        """The arithmetic from receipt to due time, worked out when someone asks why."""
        return _steps(self)


def deadline(received_at: datetime, promise: Promise, calendar: hours.Calendar) -> Deadline:
    """Clauses 6.5 and 6.7: an answer falls due by the hours in which the enquiry was received."""
    in_hours = hours.is_open(calendar, received_at)
    received_at = received_at.astimezone(UTC)
    closes_at = hours.day_close_of(calendar, received_at) if in_hours else None
    due_at = _due_at(received_at, promise, calendar, in_hours=in_hours, closes_at=closes_at)
    if not in_hours:
        soft_at = hours.add_open_time(calendar, received_at, promise.soft_after_opening)
    else:
        soft_at = closes_at or due_at
    return Deadline(received_at, in_hours, due_at, min(due_at, soft_at), promise, calendar)


def _due_at(
    received_at: datetime,
    promise: Promise,
    calendar: hours.Calendar,
    *,
    in_hours: bool,
    closes_at: datetime | None,
) -> datetime:
    stated = promise.in_hours if in_hours else promise.out_of_hours
    if not isinstance(stated, timedelta):
        return counting.due(received_at, stated, calendar).due_at
    straight = received_at + stated
    if promise.reading is Reading.ELAPSED:
        return straight
    if promise.reading is Reading.WORKING:
        return _in_open_time(received_at, promise, calendar)
    if in_hours and (closes_at is None or straight <= closes_at):
        return straight
    handed_over = _end(received_at, promise.out_of_hours, calendar)
    return min(handed_over, _in_open_time(received_at, promise, calendar))


def _in_open_time(received_at: datetime, promise: Promise, calendar: hours.Calendar) -> datetime:
    """What the working reading makes of a promise: as much open time as it allows in hours."""
    if isinstance(promise.in_hours, timedelta):
        return hours.add_open_time(calendar, received_at, promise.in_hours)
    return counting.due(received_at, promise.in_hours, calendar).due_at


def _end(
    received_at: datetime, stated: timedelta | Allowance, calendar: hours.Calendar
) -> datetime:
    if isinstance(stated, timedelta):
        return received_at + stated
    return counting.due(received_at, stated, calendar).due_at


def _steps(of: Deadline) -> tuple[hours.Step, ...]:
    promise, lasts = of.promise, of.due_at - of.received_at
    stated = promise.in_hours if of.in_hours else promise.out_of_hours
    if not isinstance(stated, timedelta):
        return counting.due(of.received_at, stated, of.calendar).steps
    if promise.reading is Reading.WORKING:
        return _open_steps(of)
    if lasts == stated:
        why = say("received in opening hours") if of.in_hours else say("received out of hours")
        return (
            hours.Step(of.received_at, of.due_at, True, say("%(why)s: every hour counts", why=why)),
        )
    if of.due_at == _end(of.received_at, promise.out_of_hours, of.calendar):
        why = say("closing comes first, so the out-of-hours promise takes over: every hour counts")
        return (hours.Step(of.received_at, of.due_at, True, why),)
    return _open_steps(of)


def _open_steps(of: Deadline) -> tuple[hours.Step, ...]:
    if isinstance(of.promise.in_hours, timedelta):
        return hours.explain(of.calendar, of.received_at, of.due_at)
    return counting.due(of.received_at, of.promise.in_hours, of.calendar).steps


# How near it is.


class Urgency(StrEnum):
    """The groups of the list, in its order."""

    LATE = "late"
    SOON = "soon"
    TODAY = "today"
    LATER = "later"


def is_late(*, due_at: datetime, now: datetime) -> bool:
    """“Within 4 hours” is kept at the due instant itself and broken after it."""
    return now > due_at


def urgency(*, due_at: datetime, now: datetime, soon_within: timedelta, zone: tzinfo) -> Urgency:
    if is_late(due_at=due_at, now=now):
        return Urgency.LATE
    if due_at - now <= soon_within:
        return Urgency.SOON
    if due_at.astimezone(zone).date() == now.astimezone(zone).date():
        return Urgency.TODAY
    return Urgency.LATER


def left_fraction(*, received_at: datetime, due_at: datetime, now: datetime) -> float:
    """1.0 at receipt, 0.0 from the due time on."""
    if now >= due_at:
        return 0.0
    return min(1.0, (due_at - now) / (due_at - received_at))


def warn_at(*, received_at: datetime, due_at: datetime, percent: int) -> datetime:
    return received_at + (due_at - received_at) * percent / 100


def steps_crossed(
    *, received_at: datetime, due_at: datetime, percents: tuple[int, ...], now: datetime
) -> tuple[int, ...]:
    """The warning steps that lie behind us, in order."""
    return tuple(
        percent
        for percent in sorted(percents)
        if warn_at(received_at=received_at, due_at=due_at, percent=percent) <= now
    )


# What happens to a clock.


class ClockState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not_needed"
    #: Not counted for now: a date was proposed, or the policy lets waiting pause it.
    HELD = "held"
    #: An agreed date took its place.
    AGREED = "agreed"
    #: A later date took the place of this one, or the resident objected to it.
    REPLACED = "replaced"
    #: An earlier promise of the same matter holds for it too (clause 6.2).
    JOINED = "joined"


class ClockEvent(StrEnum):
    ANSWERED = "answered"
    ANSWER_DELETED = "answer_deleted"
    AUTHOR_WITHDREW = "author_withdrew"
    NO_REPLY_NEEDED = "no_reply_needed"
    TAKEN_BACK = "taken_back"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    PAUSED = "paused"
    RESUMED = "resumed"
    DATE_AGREED = "date_agreed"
    DATE_REPLACED = "date_replaced"
    MERGED = "merged"
    UNMERGED = "unmerged"


# A clock that runs again, because its answer was deleted or “no reply needed” was taken back, keeps
# the due time it was born with.
TRANSITIONS: dict[tuple[ClockState, ClockEvent], ClockState] = {
    (ClockState.RUNNING, ClockEvent.ANSWERED): ClockState.STOPPED,
    (ClockState.RUNNING, ClockEvent.AUTHOR_WITHDREW): ClockState.WITHDRAWN,
    (ClockState.RUNNING, ClockEvent.NO_REPLY_NEEDED): ClockState.NOT_NEEDED,
    (ClockState.STOPPED, ClockEvent.ANSWER_DELETED): ClockState.RUNNING,
    (ClockState.NOT_NEEDED, ClockEvent.TAKEN_BACK): ClockState.RUNNING,
    (ClockState.RUNNING, ClockEvent.RESOLVED): ClockState.STOPPED,
    (ClockState.HELD, ClockEvent.RESOLVED): ClockState.STOPPED,
    (ClockState.STOPPED, ClockEvent.REOPENED): ClockState.RUNNING,
    (ClockState.RUNNING, ClockEvent.PAUSED): ClockState.HELD,
    (ClockState.HELD, ClockEvent.RESUMED): ClockState.RUNNING,
    (ClockState.HELD, ClockEvent.AUTHOR_WITHDREW): ClockState.WITHDRAWN,
    (ClockState.HELD, ClockEvent.NO_REPLY_NEEDED): ClockState.NOT_NEEDED,
    (ClockState.RUNNING, ClockEvent.DATE_AGREED): ClockState.AGREED,
    (ClockState.HELD, ClockEvent.DATE_AGREED): ClockState.AGREED,
    (ClockState.RUNNING, ClockEvent.DATE_REPLACED): ClockState.REPLACED,
    # An objection that comes after consent, or after silence.
    (ClockState.AGREED, ClockEvent.RESUMED): ClockState.RUNNING,
    # Two enquiries turn out to be one matter, or not to be after all.
    (ClockState.RUNNING, ClockEvent.MERGED): ClockState.JOINED,
    (ClockState.JOINED, ClockEvent.UNMERGED): ClockState.RUNNING,
}


class TransitionRefusedError(ValueError):
    """A clock in this state does not know this event."""


def may_follow(state: ClockState, event: ClockEvent) -> bool:
    return (state, event) in TRANSITIONS


def state_after(state: ClockState, event: ClockEvent) -> ClockState:
    if not may_follow(state, event):
        raise TransitionRefusedError(
            f"Nothing like “{event.value}” can happen to a clock that is {state.value}."
        )
    return TRANSITIONS[state, event]


# What stops it.


class ActKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"
    LIKE = "like"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something of ours in a conversation. A draft and a failed send have no confirmed time."""

    kind: ActKind
    confirmed_at: datetime | None
    visible_to_enquirer: bool
    automatic: bool = False
    deleted: bool = False


def why_it_runs_on(act: Act, *, received_in_hours: bool, auto_counts_in_hours: bool) -> str | None:
    """Why this act does not stop the acknowledgement clock (6.5, 6.7); None when it does."""
    if act.kind is not ActKind.REPLY:
        return say("A %(kind)s is not an answer.", kind=act.kind.value)
    if act.confirmed_at is None:
        return say("The platform has not confirmed that it was sent.")
    if act.deleted:
        return say("The answer was deleted.")
    if not act.visible_to_enquirer:
        return say("The enquirer cannot see it.")
    if act.automatic and received_in_hours and not auto_counts_in_hours:
        return say(
            "An automatic acknowledgement does not answer what was received in opening hours."
        )
    return None


def stopped_at(
    acts: tuple[Act, ...], *, received_in_hours: bool, auto_counts_in_hours: bool
) -> datetime | None:
    """The confirmed time of the first act that stops the acknowledgement clock."""
    return min(
        (
            act.confirmed_at
            for act in acts
            if act.confirmed_at is not None
            and why_it_runs_on(
                act,
                received_in_hours=received_in_hours,
                auto_counts_in_hours=auto_counts_in_hours,
            )
            is None
        ),
        default=None,
    )
