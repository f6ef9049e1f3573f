"""Every due time against an oracle that walks the minutes: `make prove` asks it 100,000 times."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from glede.desk.clocks import counting, rules
from glede.desk.clocks.counting import Allowance, Ends
from glede.desk.clocks.rules import Promise, Reading
from glede.kit import hours, working
from tests.policy.minutes import (
    DAY,
    FURTHEST,
    INSTANT,
    MINUTE,
    Minutes,
    TooFar,
    day_ends,
    month_later,
    working_day,
)

HOUR = timedelta(hours=1)
#: Random calendars and instants in all; `make prove` asks for more.
EXAMPLES = int(os.environ.get("PROVE_EXAMPLES", "2000"))
SHARDS = max(4, EXAMPLES // 5000)

# What is drawn.

#: Clock changes in both directions and at other hours, midnight among them; a quarter-hour zone.
ZONES = (
    *("Europe/London", "Europe/London", "America/New_York", "Australia/Lord_Howe"),
    *("Asia/Kathmandu", "Africa/Cairo"),
)
DATES = (
    *(date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)),  # London
    *(date(2026, 3, 8), date(2026, 11, 1)),  # New York
    *(date(2026, 4, 5), date(2026, 10, 4)),  # Lord Howe
    *(date(2026, 4, 24), date(2026, 10, 30)),  # Cairo
    *(date(2026, 12, 25), date(2027, 1, 1), date(2028, 2, 29), date(2026, 11, 27)),
)
SPANS = st.one_of(
    st.sampled_from([hours.Span(540, 1050), hours.Span(0, 1440), hours.Span(1320, 1800)]),
    st.builds(
        lambda start, length: hours.Span(start, start + length),
        st.integers(0, 1439),
        st.integers(1, 1440),
    ),
)
WEEKS = st.one_of(
    st.tuples(*[st.lists(SPANS, max_size=3).map(tuple)] * 7),
    st.lists(SPANS, min_size=1, max_size=2).map(lambda day: (tuple(day),) * 5 + ((), ())),
)
LENGTHS = st.one_of(
    st.sampled_from([HOUR, 4 * HOUR, 12 * HOUR]),
    st.integers(1, 16 * 3600).map(lambda seconds: timedelta(seconds=seconds)),
)
#: A second, and the smallest instant, either side of every edge.
NEAR = st.sampled_from(
    [
        *(timedelta(0), INSTANT, -INSTANT, timedelta(seconds=1), timedelta(seconds=-1)),
        *(timedelta(seconds=59), timedelta(seconds=31, microseconds=7)),
    ]
)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[hours.Calendar, date]:
    around = draw(st.sampled_from(DATES))
    near = st.integers(-3, 6).map(lambda days: around + timedelta(days=days))
    one_offs = st.builds(
        hours.OneOff, near, SPANS, st.booleans(), st.just("why"), st.just("source")
    )
    made = hours.Calendar(
        version="drawn",
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        week=draw(WEEKS),
        bank_holidays=draw(st.sampled_from([None, "ENG", "SCT"])),
        closed_days=tuple(
            hours.ClosedDay(on, "Closed", "test") for on in draw(st.lists(near, max_size=2))
        ),
        one_offs=tuple(draw(st.lists(one_offs, max_size=3))),
    )
    return made, around


@st.composite
def instants(draw: st.DrawFn, of: hours.Calendar, around: date) -> datetime:
    """Any minute near the date, or an edge of a span, and then a second before or after."""
    on = around + timedelta(days=draw(st.integers(-2, 2)))
    spans = of.week[on.weekday()]
    ends = [span.end - before for span in spans for before in (0, 60, 180)]
    edges = [minute % 1440 for minute in (0, *(span.start for span in spans), *ends)]
    minute = draw(st.one_of(st.sampled_from(edges), st.integers(0, 1439)))
    wall = datetime(on.year, on.month, on.day, minute // 60, minute % 60, tzinfo=of.zone)
    shown = wall.replace(fold=draw(st.integers(0, 1)))
    return shown.astimezone(UTC) + draw(NEAR)


ALLOWANCES: st.SearchStrategy[Allowance] = st.one_of(
    st.builds(counting.Elapsed, LENGTHS),
    st.builds(counting.OpenTime, LENGTHS),
    st.builds(counting.NextOpeningPlus, LENGTHS),
    st.builds(counting.SkipHours, LENGTHS.map(lambda lasts: lasts * 4)),
    st.builds(counting.WorkingDays, st.integers(1, 12), st.sampled_from(Ends)),
    st.builds(counting.CalendarDays, st.integers(1, 30), st.booleans(), st.booleans()),
    st.builds(counting.Months, st.integers(1, 3), st.booleans()),
    st.builds(counting.SameDay, st.sampled_from([HOUR, timedelta(0), 3 * HOUR])),
)


@dataclass(frozen=True)
class Case:
    calendar: hours.Calendar
    received: datetime
    inside: timedelta
    outside: timedelta
    allowance: Allowance
    lawful: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    made, around = draw(calendars())
    received = draw(instants(made, around))
    return Case(made, received, draw(LENGTHS), draw(LENGTHS), draw(ALLOWANCES), draw(st.booleans()))


# What the oracle says.


def oracle_deadline(
    case: Case, reading: Reading, minutes: Minutes
) -> tuple[bool, datetime, datetime]:
    received = case.received
    in_hours = minutes.is_open(received)
    straight = received + (case.inside if in_hours else case.outside)
    try:
        closes = minutes.day_closes(received) if in_hours else None
    except TooFar:
        closes = None
    if reading is Reading.ELAPSED:
        due = straight
    elif reading is Reading.WORKING:
        due = minutes.open_time(received, case.inside)
    elif in_hours and (closes is None or straight <= closes):
        due = straight
    else:
        due = min(received + case.outside, minutes.open_time(received, case.inside))
    soft = (closes or due) if in_hours else minutes.open_time(received, case.inside)
    return in_hours, due, min(due, soft)


def oracle_due(case: Case, minutes: Minutes) -> datetime:
    match case.allowance:
        case counting.Elapsed(lasts):
            return case.received + lasts
        case counting.OpenTime(lasts):
            return minutes.open_time(case.received, lasts)
        case counting.NextOpeningPlus(lasts):
            return minutes.open_time(minutes.next_open(case.received), lasts)
        case counting.SameDay(last):
            return same_day(case.received, last, minutes)
    return oracle_of_days(case, minutes)


def oracle_of_days(case: Case, minutes: Minutes) -> datetime:
    zone = days_of(case).zone
    on = case.received.astimezone(zone).date()

    def works(day: date) -> bool:
        return not english(day) if case.lawful else minutes.works_on(day)

    def next_counted(minute: datetime) -> datetime:
        for _ in range(FURTHEST.days * 1440):
            if works(minute.astimezone(zone).date()):
                return minute
            minute += MINUTE
        raise TooFar

    match case.allowance:
        case counting.SkipHours(lasts):
            return minutes.walk(case.received, lasts, next_counted)
        case counting.WorkingDays(count, ends):
            reached = working_day(works, on, count)
            if ends is Ends.MIDNIGHT or not minutes.works_on(reached):
                return day_ends(zone, reached)
            return closing_of(reached, minutes)
        case counting.CalendarDays(count, rolls, from_first):
            return rolled(on + (count - 1 if from_first else count) * DAY, rolls, works, zone)
        case counting.Months(count, rolls):
            return rolled(month_later(on, count), rolls, works, zone)
    raise AssertionError(case.allowance)


def rolled(on: date, rolls: bool, works: Callable[[date], bool], zone: ZoneInfo) -> datetime:
    return day_ends(zone, on if not rolls or works(on) else working_day(works, on, 1))


def english(on: date) -> bool:
    """No working day in England."""
    listed = hours.bank_holidays("ENG", [on.year])
    return on.weekday() > 4 or any(day.on == on for day in listed)


def days_of(case: Case) -> working.Days:
    return working.ENGLAND if case.lawful else working.OpenDays(case.calendar)


def business_closes(at: datetime, minutes: Minutes) -> datetime:
    """A day that never closes, or not within a day, ends at midnight."""
    try:
        closes = minutes.day_closes(at)
    except TooFar:
        closes = at + 2 * DAY
    if closes - at > DAY:
        return day_ends(minutes.of.zone, minutes.date_of(at)) + INSTANT
    return closes


def shown_before_midnight(closes: datetime, minutes: Minutes) -> datetime:
    """24:00 is told as the last instant of the day that ends."""
    return (
        closes - INSTANT if minutes.date_of(closes - INSTANT) != minutes.date_of(closes) else closes
    )


def same_day(received: datetime, last: timedelta, minutes: Minutes) -> datetime:
    if minutes.is_open(received):
        closes = business_closes(received, minutes)
        if closes - received > last:
            return shown_before_midnight(closes, minutes)
        received = closes
    opens = minutes.next_open(received)
    return shown_before_midnight(business_closes(opens, minutes), minutes)


def closing_of(on: date, minutes: Minutes) -> datetime:
    """The close of the working day that begins with the first opening of the date's own."""
    own = [one.span.start for one in minutes.of.one_offs if one.on == on and one.opens]
    if not minutes.closed_all_day(on):
        own += [span.start for span in minutes.of.week[on.weekday()]]
    begins = min(own)
    minute = datetime(on.year, on.month, on.day, tzinfo=UTC) - DAY
    while True:
        local = minute.astimezone(minutes.of.zone)
        if local.date() > on or (local.date() == on and local.hour * 60 + local.minute >= begins):
            break
        minute += MINUTE
    return shown_before_midnight(business_closes(minutes.next_open(minute), minutes), minutes)


# Do they agree?

AGREED: Counter[str] = Counter()


def agree(
    what: str, oracle: Callable[[], Any], engine: Callable[[], Any], received: datetime
) -> None:
    """The same answer; where the oracle finds none within the days it walks, the engine finds
    none nearer."""
    try:
        expected = oracle()
    except TooFar:
        try:
            found = engine()
        except hours.NeverOpensError:
            AGREED["never"] += 1
            return
        found_at = found[1] if isinstance(found, tuple) else found
        assert found_at >= received + FURTHEST - DAY or isinstance(found, tuple), what
        AGREED["too far"] += 1
        return
    assert engine() == expected, what
    AGREED[what] += 1


def check(case: Case) -> None:
    minutes = Minutes(case.calendar)
    for reading in Reading:
        promise = Promise(
            in_hours=case.inside,
            in_hours_clause="in",
            out_of_hours=case.outside,
            out_of_hours_clause="out",
            reading=reading,
            soft_after_opening=case.inside,
        )

        def engine(promise: Promise = promise) -> tuple[bool, datetime, datetime]:
            found = rules.deadline(case.received, promise, case.calendar)
            lead_without_a_gap(found.steps, found.received_at, found.due_at)
            return found.in_hours, found.due_at, found.soft_at

        agree(
            reading.value,
            lambda reading=reading: oracle_deadline(case, reading, minutes),  # type: ignore[misc]
            engine,
            case.received,
        )

    def counted() -> datetime:
        found = counting.due(case.received, case.allowance, case.calendar, days_of(case))
        lead_without_a_gap(found.steps, found.start_at, found.due_at)
        if isinstance(case.allowance, counting.OpenTime):
            spent = [step.to_at - step.from_at for step in found.steps if step.counted]
            assert sum(spent, timedelta(0)) == case.allowance.lasts
        return found.due_at

    agree(
        type(case.allowance).__name__,
        lambda: oracle_due(case, minutes),
        counted,
        case.received,
    )


def lead_without_a_gap(steps: tuple[hours.Step, ...], start: datetime, due: datetime) -> None:
    assert steps[0].from_at == start
    assert steps[-1].to_at == due
    assert all(one.to_at == two.from_at for one, two in pairwise(steps))


@pytest.mark.exhaustive
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_due_time_is_what_the_minutes_say(shard: int) -> None:
    AGREED.clear()

    @seed(shard)
    @settings(
        max_examples=EXAMPLES // SHARDS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def asked(case: Case) -> None:
        check(case)

    asked()

    for what in (
        ()
        if EXAMPLES < 2000
        else (*(reading.value for reading in Reading), "WorkingDays", "SkipHours", "SameDay")
    ):
        assert AGREED[what], f"nothing was drawn that says anything about {what}"
    if "PROVE_EXAMPLES" in os.environ:
        told = ", ".join(f"{what} {count:,}" for what, count in sorted(AGREED.items()))
        print(f"\nshard {shard + 1} of {SHARDS}: engine and oracle agree: {told}")  # noqa: T201
