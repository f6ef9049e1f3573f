"""How well a clause was kept in a period, and the enquiries behind every figure.

A figure and its rows come from the same enquiries (`facts.clocks_of`) by the same test
(`rules.belongs`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from glede.desk.clocks import kinds
from glede.desk.clocks.models import Clock
from glede.desk.clocks.promising import duration_of
from glede.desk.clocks.rules import ClockState, Reading
from glede.desk.insight import facts, rules
from glede.desk.insight.facts import Who
from glede.desk.insight.period import Period
from glede.desk.insight.rules import (
    By,
    ClauseFigures,
    Group,
    Judged,
    Measure,
    OtherPromise,
    Tally,
    Times,
    UnderReading,
    Where,
)
from glede.kit.clock import duration_words
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy import registry
from glede.rulebook.policy.queries import NoRule
from glede.rulebook.policy.rules import RuleValue, Status

_LAG = "lag.report_after"


@dataclass(frozen=True, slots=True)
class Row:
    """One enquiry behind a figure, judged as the figure judged it; nothing about staff.

    `name` is empty where the viewer may not read the conversation.
    """

    enquiry_id: int | None
    conversation_id: int
    brand_id: int
    brand: str
    platform: str
    name: str
    received_at: datetime
    due_at: datetime
    answered_at: datetime | None
    #: When it was withdrawn or closed without an answer.
    closed_at: datetime | None
    outcome: rules.Outcome
    #: An automatic acknowledgement stopped it.
    automatic: bool
    lag: timedelta

    @property
    def lag_words(self) -> str:
        return duration_words(self.lag)


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the rows; `total` is the figure itself."""

    total: int
    rows: tuple[Row, ...]
    offset: int

    @property
    def after(self) -> int | None:
        """The offset of the next page."""
        following = self.offset + len(self.rows)
        return following if following < self.total else None


def clause_figures(clause: str, period: Period, viewer: Viewer, *, now: datetime) -> ClauseFigures:
    """Figures of the brands for which the viewer may read figures, as of `now`."""
    names = _brands(viewer)
    lag_passes = lag_allowed(now)
    found = facts.clocks_of(period, viewer=viewer, clause=clause, of=Who.PUBLIC)
    whole = _Part()
    under = {reading: Tally() for reading in Reading}
    in_use: set[str] = set()
    parts: dict[tuple[By, str], _Part] = defaultdict(_Part)
    lags: list[timedelta] = []
    closed_late = recounted = automatic = 0
    for one in _judged(found, now=now):
        fact = one.fact
        for part in (
            whole,
            parts[By.BRAND, str(fact.brand_id)],
            parts[By.PLATFORM, fact.platform],
            parts[By.HOUR, str(fact.hour)],
        ):
            part.add(one)
        for reading, (_, outcome) in one.by_reading.items():
            under[reading].add(outcome)
        in_use.add(fact.reading)
        lags.append(fact.lag)
        closed_late += rules.belongs(one, Measure.CLOSED_LATE, _ALL, lag_passes=lag_passes)
        recounted += rules.belongs(one, Measure.RECOUNTED, _ALL, lag_passes=lag_passes)
        automatic += rules.belongs(one, Measure.AUTOMATIC, _ALL, lag_passes=lag_passes)
    return ClauseFigures(
        clause=clause,
        period=period,
        as_of=now,
        brands=tuple(names.values()),
        whole=whole.tally,
        closed_late=closed_late,
        recounted=recounted,
        staff=facts.clocks_of(period, viewer=viewer, clause=clause, of=Who.STAFF).count(),
        first_response=Times.of(whole.times),
        automatic=automatic,
        lag=Times.of(lags),
        lagged=sum(lag > lag_passes for lag in lags),
        lag_passes=lag_passes,
        readings=tuple(
            UnderReading(reading, reading.value in in_use, tally)
            for reading, tally in under.items()
        ),
        groups=tuple(_groups(parts, names)),
        versions=facts.versions_of(found),
        others=tuple(_others(clause, period, viewer, now=now)),
    )


def rows(
    clause: str,
    period: Period,
    measure: Measure,
    viewer: Viewer,
    *,
    now: datetime,
    where: Where = rules.EVERYTHING,
    offset: int = 0,
    limit: int | None = 50,
) -> Rows:
    """The enquiries behind one figure, in order of receipt; `limit` None gives them all."""
    names = _brands(viewer)
    lag_passes = lag_allowed(now)
    of = Who.STAFF if measure is Measure.STAFF else Who.PUBLIC
    found = facts.clocks_of(period, viewer=viewer, clause=clause, where=where, of=of)
    total = 0
    shown: list[Judged] = []
    readings = (
        tuple(Reading) if measure is Measure.RECOUNTED else tuple(filter(None, [where.reading]))
    )
    for one in _judged(found, now=now, readings=readings):
        if not rules.belongs(one, measure, where, lag_passes=lag_passes):
            continue
        if total >= offset and (limit is None or len(shown) < limit):
            shown.append(one)
        total += 1
    return Rows(total, tuple(_rows(shown, where, names, viewer)), offset)


def figures_for(viewer: Viewer) -> dict[int, str]:
    """The brands whose figures this person may read, by id, with their names."""
    return _brands(viewer)


def definition(measure: Measure) -> str:
    return rules.DEFINITIONS[measure]


def hour_words(hour: int) -> str:
    return f"{hour:02}:00 to {hour + 1:02}:00"


def lag_allowed(now: datetime) -> timedelta:
    """The lag the policy lets pass; what the desk assumes where no version is in force."""
    try:
        rule = policy.rule(_LAG, at=now)
    except NoRule:
        rule = RuleValue(_LAG, registry.kind(_LAG).default, "", "", 0, Status.ASSUMED)
    return duration_of(rule)


_ALL = rules.EVERYTHING


def _others(
    clause: str, period: Period, viewer: Viewer, *, now: datetime
) -> Iterator[OtherPromise]:
    for key in facts.other_kinds(period, viewer=viewer, clause=clause):
        tally = Tally()
        found = facts.clocks_of(
            period, viewer=viewer, clause=clause, where=Where(kind=key), of=Who.PUBLIC
        )
        for one in _judged(found, now=now, readings=()):
            tally.add(one.outcome)
        yield OtherPromise(key, kinds.kind(key).duty, tally)


@dataclass(slots=True)
class _Part:
    """What is added up for the whole and for each group."""

    tally: Tally = field(default_factory=Tally)
    times: list[timedelta] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        self.tally.add(one.outcome)
        answered_after = one.fact.answered_after
        if answered_after is not None:
            self.times.append(answered_after)


def _judged(
    found: QuerySet[Clock], *, now: datetime, readings: Collection[Reading] = tuple(Reading)
) -> Iterator[Judged]:
    sums = facts.Sums()
    for fact in facts.facts(found):
        yield rules.judged(fact, due_under=sums.due_under, now=now, readings=readings)


def _brands(viewer: Viewer) -> dict[int, str]:
    mine = viewer.brands_for(Permission.READ_FIGURES)
    return {
        brand.pk: brand.name
        for brand in brands.all_brands(archived=True)
        if mine is None or brand.pk in mine
    }


def _groups(parts: dict[tuple[By, str], _Part], names: dict[int, str]) -> Iterator[Group]:
    order = {str(key): index for index, key in enumerate(names)}
    for by in By:
        keys = sorted(key for of, key in parts if of == by)
        if by is not By.PLATFORM:
            keys.sort(key=order.__getitem__ if by is By.BRAND else int)
        for key in keys:
            part = parts[by, key]
            yield Group(by, key, _label(by, key, names), part.tally, Times.of(part.times))


def _label(by: By, key: str, names: dict[int, str]) -> str:
    match by:
        case By.BRAND:
            return names[int(key)]
        case By.PLATFORM:
            return key.capitalize()
        case By.HOUR:
            return hour_words(int(key))


def _rows(
    found: Iterable[Judged], where: Where, names: dict[int, str], viewer: Viewer
) -> Iterator[Row]:
    found = list(found)
    called = facts.names_of([one.fact.conversation_id for one in found])
    for one in found:
        fact, due_at, outcome = one.fact, one.fact.due_at, one.outcome
        if where.reading is not None:
            due_at, outcome = one.by_reading[where.reading]
        answered = fact.state == ClockState.STOPPED
        readable = viewer.may(Permission.READ_CONVERSATIONS, fact.brand_id)
        yield Row(
            enquiry_id=fact.enquiry_id,
            conversation_id=fact.conversation_id,
            brand_id=fact.brand_id,
            brand=names[fact.brand_id],
            platform=fact.platform,
            name=called[fact.conversation_id] if readable else "",
            received_at=fact.received_at,
            due_at=due_at,
            answered_at=fact.stopped_at if answered else None,
            closed_at=None if answered else fact.stopped_at,
            outcome=outcome,
            automatic=fact.automatic,
            lag=fact.lag,
        )
