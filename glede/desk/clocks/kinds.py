"""Every kind of clock as data: what starts it, which rule allows how much time, what stops it.

A later room that has a clock of its own registers a kind here and starts it with
`clocks.actions.begin`; it needs no table. Pure.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from glede.desk.clocks import counting, rules
from glede.desk.clocks.counting import Allowance, Due, Ends, SkipHours, WorkingDays
from glede.desk.clocks.rules import Act, ClockKind
from glede.kit import hours, working
from glede.kit.words import say


class UnknownKind(LookupError):  # noqa: N818 - reads as a sentence
    """No clock is called so."""


class Stops(StrEnum):
    """What ends a clock of this kind (clauses.md A3)."""

    ANSWER = "a reply the enquirer can see"
    PERSONS_ANSWER = "a reply by a person that the enquirer can see"
    RESOLUTION = "the matter is resolved"
    HAND = "a person says that it was done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of clock."""

    key: str
    #: As a row says it: “resolve 17:30”. Empty for the promise of an answer, which needs no word.
    word: str
    #: What is to be done by then, as a sentence begins.
    duty: str
    starts: str
    stops: Stops
    #: The rule that allows the time. Empty where a person sets the date.
    rule: str = ""
    #: Shares of the time after which people are warned, and how long before its end; rule keys.
    steps: str = ""
    reminders: str = ""
    #: The rule that says whether waiting for the resident pauses it; without one, nothing does.
    pauses: str = ""
    #: Days are counted by the law's calendar, whatever the brand's hours are.
    lawful: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When people are told of a running clock: shares of its time, and times before its end."""

    percents: tuple[int, ...] = ()
    before: tuple[timedelta, ...] = ()


_PROMISES = (
    Kind(
        key=ClockKind.ACKNOWLEDGE,
        word="",
        duty=say("Acknowledge or reply"),
        starts="an enquiry is received",
        stops=Stops.ANSWER,
        steps="alert.steps",
    ),
    Kind(
        key=ClockKind.FOLLOW_UP,
        word=say("follow up"),
        duty=say("Answer by a person"),
        starts="an automatic acknowledgement answered an enquiry out of hours",
        stops=Stops.PERSONS_ANSWER,
        rule="follow_up.after_opening",
        steps="alert.steps",
    ),
    Kind(
        key=ClockKind.RESOLVE,
        word=say("resolve"),
        duty=say("Resolve, or agree a date"),
        starts="an enquiry is received",
        stops=Stops.RESOLUTION,
        rule="resolve",
        reminders="resolve.reminders",
        pauses="resolve.waiting_pauses",
    ),
    Kind(
        key=ClockKind.AGREED,
        word=say("promised"),
        duty=say("Do what was promised"),
        starts="the resident is told a date",
        stops=Stops.RESOLUTION,
        reminders="agreement.reminders",
    ),
)


def _statute(name: str, word: str, duty: str, starts: str) -> Kind:
    return Kind(
        key=f"statute.{name}",
        word=word,
        duty=duty,
        starts=starts,
        stops=Stops.HAND,
        rule=f"statute.{name}",
        steps="alert.steps",
        lawful=True,
    )


_LAW = (
    _statute("breach_notice", "breach", "Tell the regulator of the breach", "we become aware"),
    _statute("subject_access", "data request", "Answer the data request", "it is received"),
    _statute("data_complaint", "data complaint", "Acknowledge the complaint", "it is received"),
    _statute("complaint_acknowledge", "complaint", "Acknowledge the complaint", "it is received"),
    _statute("complaint_answer", "complaint", "Answer the complaint", "it is acknowledged"),
    _statute("hazard", "hazard", "Make the home safe", "it is first reported"),
    _statute("libel_notice", "notice", "Act on the notice", "the notice is received"),
)

_known: dict[str, Kind] = {one.key: one for one in (*_PROMISES, *_LAW)}


def kind(key: str) -> Kind:
    """Raises `UnknownKind`."""
    found = _known.get(key)
    if found is None:
        raise UnknownKind(f"No clock is called “{key}”: register its kind first.")
    return found


def every() -> Iterator[Kind]:
    return iter(_known.values())


def register(one: Kind) -> None:
    """Add a kind when the program starts. Raises `ValueError` for a key that means another."""
    if _known.setdefault(one.key, one) != one:
        raise ValueError(f"There is another clock called “{one.key}”.")


def due(
    of: Kind,
    value: Any,
    *,
    start_at: datetime,
    calendar: hours.Calendar,
    same_day_last: timedelta,
) -> Due:
    """When a clock of this kind runs out by its rule's value. Raises `counting.AllowanceError`."""
    allowance = allowance_of(of, value, same_day_last=same_day_last)
    return counting.due(start_at, allowance, calendar, working.ENGLAND if of.lawful else None)


def allowance_of(of: Kind, value: Any, *, same_day_last: timedelta) -> Allowance:
    """How a rule's value is counted for this kind of clock."""
    if isinstance(value, Mapping) and value.keys() == {"skipping"}:
        elapsed = counting.read(value["skipping"], same_day_last=same_day_last)
        if isinstance(elapsed, counting.Elapsed):
            return SkipHours(elapsed.lasts)
    read = counting.read(value, same_day_last=same_day_last)
    if of.lawful and isinstance(read, WorkingDays):
        # The law's day ends at midnight, a promise's at the close of business.
        return replace(read, ends=Ends.MIDNIGHT)
    if of.lawful and isinstance(read, counting.CalendarDays):
        # Sources differ whether the day of receipt counts: the earlier end is safe either way.
        return replace(read, from_first_day=True)
    if of.key == ClockKind.FOLLOW_UP and isinstance(read, counting.Elapsed):
        return counting.NextOpeningPlus(read.lasts)
    return read


def is_stopped_by(
    of: Kind, act: Act, *, received_in_hours: bool, auto_counts_in_hours: bool
) -> datetime | None:
    """When this act of ours stops a clock of this kind, if it does (clauses.md A3)."""
    if of.stops is Stops.PERSONS_ANSWER and act.automatic:
        return None
    if of.stops not in (Stops.ANSWER, Stops.PERSONS_ANSWER):
        return None
    return rules.stopped_at(
        (act,), received_in_hours=received_in_hours, auto_counts_in_hours=auto_counts_in_hours
    )


# --- When people are told ------------------------------------------------------------------------

#: At the due time itself the promise is still kept; a breach is looked for just after.
BREACH = 100


@dataclass(frozen=True, slots=True)
class Crossed:
    """A step of a clock: a share of its time, or (with share 0) so many minutes before its end."""

    percent: int
    minutes_before: int = 0


def step_at(step: Crossed, *, started_at: datetime, due_at: datetime) -> datetime:
    if step.minutes_before:
        return due_at - timedelta(minutes=step.minutes_before)
    return rules.warn_at(received_at=started_at, due_at=due_at, percent=step.percent)


def steps(schedule: Schedule, *, started_at: datetime, due_at: datetime) -> tuple[Crossed, ...]:
    """Every step that lies within the clock's own time, its end the last. A reminder that would
    come before the clock starts is none."""
    shares = [Crossed(percent) for percent in schedule.percents]
    before = [Crossed(0, one // timedelta(minutes=1)) for one in schedule.before]
    inside = [
        one
        for one in (*shares, *before)
        if started_at < step_at(one, started_at=started_at, due_at=due_at) <= due_at
    ]
    inside.sort(key=lambda one: step_at(one, started_at=started_at, due_at=due_at))
    return (*inside, Crossed(BREACH))


def next_look(
    *, started_at: datetime, due_at: datetime, schedule: Schedule, crossed: Collection[Crossed]
) -> datetime | None:
    """When the next step lies ahead; the due time itself is the last look."""
    ahead = [
        step_at(one, started_at=started_at, due_at=due_at)
        for one in steps(schedule, started_at=started_at, due_at=due_at)
        if one not in crossed
    ]
    return min(ahead, default=None)


def behind(
    *, started_at: datetime, due_at: datetime, schedule: Schedule, now: datetime
) -> tuple[Crossed, ...]:
    """The steps that lie behind us, in order; the breach only once the due time is over."""
    return tuple(
        one
        for one in steps(schedule, started_at=started_at, due_at=due_at)
        if (
            rules.is_late(due_at=due_at, now=now)
            if one.percent == BREACH
            else step_at(one, started_at=started_at, due_at=due_at) <= now
        )
    )
