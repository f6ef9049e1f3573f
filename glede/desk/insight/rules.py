"""How well a clause was kept: what each figure means, and the counting. Pure.

Every figure is a number of enquiries that answer one question (`counted`). The list behind a figure
asks the same question of the same enquiries, so a number and its rows cannot differ.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from glede.desk.clocks import rules as clocks
from glede.desk.clocks.rules import ClockKind, ClockState, Reading
from glede.desk.insight.period import ZONE, ZONE_NAME, Period
from glede.kit.words import say

# --- What happened to one enquiry ---------------------------------------------------------------


class Outcome(StrEnum):
    KEPT = "kept"
    BREACHED = "breached"
    RUNNING = "running"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not_needed"
    AGREED = "agreed"
    REPLACED = "replaced"


class Fact(NamedTuple):
    """One clock with its enquiry, as stored. A date that was agreed belongs to no enquiry."""

    kind: str
    enquiry_id: int | None
    conversation_id: int
    brand_id: int
    platform: str
    received_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    state: str
    in_hours: bool
    clause: str
    reading: str
    policy_id: int
    calendar_id: int
    ingested_at: datetime | None
    #: The clock was stopped by an automatic acknowledgement (clause 6.7).
    automatic: bool = False
    #: When the first automatic acknowledgement went out, whether or not it stopped the clock;
    #: and when a person answered. Known only where past traffic is played again.
    automatic_at: datetime | None = None
    person_at: datetime | None = None

    @property
    def answered_after(self) -> timedelta | None:
        """From receipt to the confirmed time of the person’s reply that stopped the clock."""
        if self.state != ClockState.STOPPED or self.stopped_at is None or self.automatic:
            return None
        return self.stopped_at - self.received_at

    @property
    def lag(self) -> timedelta:
        """From the platform's time to ours."""
        if self.ingested_at is None or self.ingested_at <= self.received_at:
            return timedelta(0)
        return self.ingested_at - self.received_at

    @property
    def hour(self) -> int:
        """The hour of the wall clock in which it was received."""
        return self.received_at.astimezone(ZONE).hour


#: What neither keeps nor breaks a promise. A clock that is held does not run against anybody.
_APART = {
    ClockState.WITHDRAWN: Outcome.WITHDRAWN,
    ClockState.NOT_NEEDED: Outcome.NOT_NEEDED,
    ClockState.AGREED: Outcome.AGREED,
    ClockState.REPLACED: Outcome.REPLACED,
    ClockState.JOINED: Outcome.REPLACED,
    ClockState.HELD: Outcome.RUNNING,
}


def outcome(*, state: str, due_at: datetime, stopped_at: datetime | None, now: datetime) -> Outcome:
    """What came of a promise, as of `now`. The due instant itself still keeps it."""
    if apart := _APART.get(ClockState(state)):
        return apart
    if stopped_at is not None:
        late = clocks.is_late(due_at=due_at, now=stopped_at)
        return Outcome.BREACHED if late else Outcome.KEPT
    return Outcome.BREACHED if clocks.is_late(due_at=due_at, now=now) else Outcome.RUNNING


def outcome_of(fact: Fact, *, due_at: datetime, now: datetime) -> Outcome:
    return outcome(state=fact.state, due_at=due_at, stopped_at=fact.stopped_at, now=now)


# --- The questions --------------------------------------------------------------------------------


class Measure(StrEnum):
    """A question that is asked of every enquiry; its figure is how many answer yes."""

    RECEIVED = "received"
    KEPT = "kept"
    BREACHED = "breached"
    RUNNING = "running"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not_needed"
    AGREED = "agreed"
    REPLACED = "replaced"
    CLOSED_LATE = "closed_late"
    ANSWERED = "answered"
    AUTOMATIC = "automatic"
    LAGGED = "lagged"
    RECOUNTED = "recounted"
    STAFF = "staff"


LABELS: dict[Measure, str] = {
    Measure.RECEIVED: say("Received"),
    Measure.KEPT: say("Kept"),
    Measure.BREACHED: say("Late"),
    Measure.RUNNING: say("Still running"),
    Measure.WITHDRAWN: say("Withdrawn"),
    Measure.NOT_NEEDED: say("No reply needed"),
    Measure.AGREED: say("A date agreed instead"),
    Measure.REPLACED: say("Replaced by another date"),
    Measure.CLOSED_LATE: say("Closed after the due time"),
    Measure.ANSWERED: say("Answered by a person"),
    Measure.AUTOMATIC: say("Acknowledged automatically"),
    Measure.LAGGED: say("Reached us late"),
    Measure.RECOUNTED: say("Counted differently today"),
    Measure.STAFF: say("From colleagues"),
}

#: In the words that stand beside the figures on screens and in every export.
DEFINITIONS: dict[str, str] = {
    Measure.RECEIVED: say(
        "Enquiries whose clock started in the period under this clause. The start is the"
        " platform’s own time of the first message that nobody had answered."
    ),
    Measure.KEPT: say(
        "Answered at or before the due time. An answer counts from the time at which the"
        " platform confirmed it."
    ),
    Measure.BREACHED: say("Answered after the due time, or not answered and the due time is past."),
    Measure.RUNNING: say("Not answered, and the due time lies ahead, or the clock is held."),
    Measure.WITHDRAWN: say(
        "The author took every message away before we answered. Counted apart: neither kept"
        " nor late."
    ),
    Measure.NOT_NEEDED: say(
        "Closed by a person as “no reply needed”. Counted apart: neither kept nor late."
    ),
    Measure.AGREED: say(
        "A date that was agreed with the resident took the place of this one. Counted apart;"
        " whether the date was kept is counted under the promise of the date."
    ),
    Measure.REPLACED: say(
        "A later date took the place of this one, or the resident objected to it, or it was"
        " merged with an earlier enquiry of the same matter, whose due time holds for both."
        " Counted apart."
    ),
    Measure.CLOSED_LATE: say(
        "Of those counted apart, the ones closed after their due time, so that closing late"
        " cannot hide a late answer."
    ),
    Measure.ANSWERED: say(
        "Enquiries whose clock was stopped by a person’s reply. The times to the first"
        " response are theirs."
    ),
    Measure.AUTOMATIC: say(
        "Enquiries whose clock was stopped by an automatic acknowledgement, which the policy"
        " lets count. They are among the kept or late, and in no time to a response."
    ),
    Measure.LAGGED: say(
        "Enquiries whose first message reached us later after it was written than the lag"
        " the policy lets pass. The promise still runs from when it was written."
    ),
    Measure.RECOUNTED: say(
        "Enquiries whose due time, counted again today with the policy version and the"
        " calendar the clock holds, differs from the one stored. It should be none."
    ),
    Measure.STAFF: say(
        "Enquiries of people who said that they work here (clause 6.14). They are answered"
        " like everybody’s and are in no other figure."
    ),
    "attainment": say(
        "Kept, of those kept or late, in per cent. What is still running or counted apart is"
        " in neither."
    ),
    "median": say("Half of the answered enquiries were answered within this time from receipt."),
    "p90": say(
        "Nine in ten of the answered enquiries were answered within this time from receipt."
    ),
    "lag": say(
        "From the platform’s time of the first message to the time we had it. Reported"
        " apart: a slow connection must not look like good service."
    ),
    "others": say(
        "Other clocks that this clause starts beside that of the first response. Each is"
        " kept when it is stopped at or before its due time."
    ),
    "readings": say(
        "The same enquiries judged by three ways to count the promise, each with the policy"
        " version and the opening hours in force at receipt. Elapsed: every hour counts."
        " Working: only open time counts. Handover: at closing time the out-of-hours promise"
        " takes over."
    ),
    "hour": say("The hour of receipt on the wall clock in Europe/London."),
}


def counted(
    measure: Measure,
    fact: Fact,
    *,
    outcome: Outcome,
    due_at: datetime,
    recounted: datetime,
    lag_passes: timedelta,
) -> bool:
    """Does this enquiry belong to the figure? The one test behind every number and its rows."""
    match measure:
        case Measure.RECEIVED | Measure.STAFF:
            return True
        case Measure.ANSWERED:
            return fact.answered_after is not None
        case Measure.AUTOMATIC:
            return fact.automatic and fact.state == ClockState.STOPPED
        case Measure.LAGGED:
            return fact.lag > lag_passes
        case Measure.RECOUNTED:
            return recounted != fact.due_at
        case Measure.CLOSED_LATE:
            return (
                outcome in (Outcome.WITHDRAWN, Outcome.NOT_NEEDED)
                and fact.stopped_at is not None
                and clocks.is_late(due_at=due_at, now=fact.stopped_at)
            )
        case _:
            return outcome.value == measure.value


# --- Adding up ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Tally:
    """How many of each outcome."""

    kept: int = 0
    breached: int = 0
    running: int = 0
    withdrawn: int = 0
    not_needed: int = 0
    agreed: int = 0
    replaced: int = 0

    @property
    def received(self) -> int:
        return self.kept + self.breached + self.running + self.apart

    @property
    def apart(self) -> int:
        return self.withdrawn + self.not_needed + self.agreed + self.replaced

    @property
    def attainment(self) -> float | None:
        """Per cent kept of those decided; None where nothing is decided yet."""
        decided = self.kept + self.breached
        return 100 * self.kept / decided if decided else None

    def add(self, outcome: Outcome, number: int = 1) -> None:
        setattr(self, outcome.value, getattr(self, outcome.value) + number)

    def as_dict(self) -> dict[str, int]:
        return {outcome.value: getattr(self, outcome.value) for outcome in Outcome}

    def plus(self, other: "Tally") -> "Tally":
        return Tally(
            *(getattr(self, outcome.value) + getattr(other, outcome.value) for outcome in Outcome)
        )


def share(times: Sequence[timedelta], percent: int) -> timedelta | None:
    """The smallest of these times within which at least this share of them lies (nearest rank)."""
    if not times:
        return None
    rank = -(-len(times) * percent // 100)
    return sorted(times)[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took: how many, the middle, nine in ten, and the longest."""

    count: int
    median: timedelta | None
    p90: timedelta | None
    longest: timedelta | None

    @classmethod
    def of(cls, times: Iterable[timedelta]) -> "Times":
        found = sorted(times)
        return cls(len(found), share(found, 50), share(found, 90), found[-1] if found else None)


class By(StrEnum):
    """What enquiries are grouped by; never by a member of staff."""

    BRAND = "brand"
    PLATFORM = "platform"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class Group:
    """One brand, platform or hour of receipt. `key` finds its rows; `label` is for people."""

    by: By
    key: str
    label: str
    tally: Tally
    first_response: Times


@dataclass(frozen=True, slots=True)
class UnderReading:
    """The same enquiries under one reading; `in_use` says whether clocks were started by it."""

    reading: Reading
    in_use: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class OtherPromise:
    """How well another kind of clock of the same clause was kept; `kind` finds its rows."""

    kind: str
    #: What is to be done, as a sentence begins.
    duty: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class ClauseFigures:
    """How well one clause was kept in one period, for what one person may see, as of one moment.
    All of it is about the first response, except `others`."""

    clause: str
    period: Period
    as_of: datetime
    #: Names of the brands counted.
    brands: tuple[str, ...]
    whole: Tally
    closed_late: int
    recounted: int
    #: Enquiries of staff who said so; in none of the others.
    staff: int
    #: Of those a person answered.
    first_response: Times
    #: How many clocks an automatic acknowledgement stopped.
    automatic: int
    lag: Times
    lagged: int
    #: The lag the policy lets pass.
    lag_passes: timedelta
    readings: tuple[UnderReading, ...]
    groups: tuple[Group, ...]
    #: Numbers of the policy versions under which these clocks started.
    versions: tuple[str, ...]
    others: tuple[OtherPromise, ...] = ()
    zone: str = ZONE_NAME
    definitions: dict[str, str] = field(default_factory=lambda: dict(DEFINITIONS))

    def by(self, what: By) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.by == what)


class Judged(NamedTuple):
    """An enquiry with its due time and outcome under every reading."""

    fact: Fact
    outcome: Outcome
    #: Under the reading the clock was started by, counted again.
    recounted: datetime
    by_reading: dict[Reading, tuple[datetime, Outcome]]


def judged(
    fact: Fact,
    *,
    due_under: Callable[[Fact, Reading], datetime],
    now: datetime,
    readings: Iterable[Reading] = tuple(Reading),
) -> Judged:
    """`due_under` is the live clock's own sum, with version and calendar of the fact. Where not
    all `readings` are asked for, the sum that nobody asks for is not done. A clock of another kind
    than the first response has no reading: it is judged by its own due time alone."""
    stored = outcome_of(fact, due_at=fact.due_at, now=now)
    if not fact.reading:
        return Judged(fact, stored, fact.due_at, dict.fromkeys(Reading, (fact.due_at, stored)))
    by_reading = {}
    for reading in readings:
        due_at = due_under(fact, reading)
        by_reading[reading] = (due_at, outcome_of(fact, due_at=due_at, now=now))
    recounted, _ = by_reading.get(Reading(fact.reading), (fact.due_at, stored))
    return Judged(fact, stored, recounted, by_reading)


@dataclass(frozen=True, slots=True)
class Where:
    """A part of the enquiries; empty is all of them. `reading` judges by another one; `kind` asks
    for another clock than that of the first response."""

    kind: str = ClockKind.ACKNOWLEDGE.value
    brand: int | None = None
    platform: str = ""
    hour: int | None = None
    reading: Reading | None = None

    def holds(self, fact: Fact) -> bool:
        return (
            self.brand in (None, fact.brand_id)
            and self.platform in ("", fact.platform)
            and self.hour in (None, fact.hour)
        )


EVERYTHING = Where()


def belongs(one: Judged, measure: Measure, where: Where, *, lag_passes: timedelta) -> bool:
    """Is this enquiry one of those behind the figure?"""
    if not where.holds(one.fact):
        return False
    due_at, found = one.fact.due_at, one.outcome
    if where.reading is not None:
        due_at, found = one.by_reading[where.reading]
    return counted(
        measure,
        one.fact,
        outcome=found,
        due_at=due_at,
        recounted=one.recounted,
        lag_passes=lag_passes,
    )
