"""A rehearsal in the words of a page: live beside rehearsed, load by hour, cover needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from glede.desk.insight.rehearsals import Rehearsed
from glede.desk.insight.replay import Change, Grid, HoursFrom, State, busy, by_hour
from glede.desk.insight.rules import LABELS, Measure
from glede.kit.clock import WEEKDAYS
from glede.kit.words import say
from glede.web.clauses import charts
from glede.web.clauses.asking import address
from glede.web.clauses.charts import Chart
from glede.web.clauses.figures import percent

#: A job that plays shows a sign of life every few seconds; after so long it is dead.
_DEAD_AFTER = timedelta(minutes=5)

CHANGES = {
    Change.NOW_LATE: (
        say("Would be late"),
        say("Kept or still running in life; late if this had held."),
    ),
    Change.NOW_KEPT: (
        say("Would no longer be late"),
        say("Late in life; not late if this had held."),
    ),
    Change.EARLIER: (say("Due earlier"), say("The same outcome with less time.")),
    Change.LATER: (say("Due later"), say("The same outcome with more time.")),
}
_HOURS = {
    HoursFrom.RECEIPT: say("opening hours as they were at receipt"),
    HoursFrom.VERSION: say("opening hours as the version states them"),
    HoursFrom.DRAFTED: say("drafted opening hours"),
}
_LEGEND = (("live", say("Live")), ("new", say("Rehearsed")))


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison; `difference` is rehearsed less live, with its sign."""

    label: str
    live: str
    rehearsed: str
    difference: str


@dataclass(frozen=True, slots=True)
class Changed:
    label: str
    says: str
    number: int
    href: str


@dataclass(frozen=True, slots=True)
class HourLine:
    label: str
    live: int
    rehearsed: int
    outside_live: int
    outside: int


@dataclass(frozen=True, slots=True)
class CoverLine:
    """One weekday: answers due out of hours in an average week, and at which hours."""

    weekday: str
    live: str
    rehearsed: str
    hours: str


@dataclass(frozen=True, slots=True)
class Page:
    found: Rehearsed
    title: str
    with_hours: str
    percent_done: int
    is_dead: bool
    compared: tuple[Compared, ...] = ()
    changed: tuple[Changed, ...] = ()
    by_hour: tuple[HourLine, ...] = ()
    chart: Chart | None = None
    cover: tuple[CoverLine, ...] = ()
    cover_live: str = ""
    cover_rehearsed: str = ""

    @property
    def runs(self) -> bool:
        return self.found.state in (State.WAITING, State.RUNNING) and not self.is_dead


def page(found: Rehearsed, *, now: datetime) -> Page:
    runs = found.state in (State.WAITING, State.RUNNING)
    plain = Page(
        found=found,
        title=title(found),
        with_hours=_HOURS[found.hours_from],
        percent_done=100 * found.done // found.total if found.total else 0,
        is_dead=runs and now - found.touched_at > _DEAD_AFTER,
    )
    return _with_results(plain) if found.state == State.DONE else plain


def title(found: Rehearsed) -> str:
    if found.version is None:
        return say("The version in force, with other opening hours")
    return say("Version %(version)s", version=found.version_number)


def _with_results(plain: Page) -> Page:
    found, counts = plain.found, plain.found.counts
    weeks = (found.period.to_at - found.period.from_at) / timedelta(weeks=1)
    lines = tuple(_hour_lines(found))
    return Page(
        found=found,
        title=plain.title,
        with_hours=plain.with_hours,
        percent_done=100,
        is_dead=False,
        compared=tuple(_compared(found)),
        changed=tuple(
            Changed(
                label,
                says,
                counts.changes[change],
                address(reverse("rehearsal:rows", args=[found.id]), {"change": change.value}),
            )
            for change, (label, says) in CHANGES.items()
        ),
        by_hour=lines,
        chart=charts.paired(
            [(line.label[:2], (line.live, line.rehearsed)) for line in lines],
            legend=_LEGEND,
            says=_peak(lines),
            every=3,
        ),
        cover=tuple(_cover(found, weeks)),
        cover_live=_a_week(counts.outside_live, weeks),
        cover_rehearsed=_a_week(counts.outside, weeks),
    )


def _compared(found: Rehearsed) -> Iterator[Compared]:
    live, rehearsed = found.counts.live, found.counts.rehearsed
    yield Compared(
        say("Kept, %"),
        percent(live.attainment),
        percent(rehearsed.attainment),
        _points(live.attainment, rehearsed.attainment),
    )
    for measure in (
        Measure.RECEIVED,
        Measure.KEPT,
        Measure.BREACHED,
        Measure.RUNNING,
        Measure.WITHDRAWN,
        Measure.NOT_NEEDED,
    ):
        one, other = getattr(live, measure.value), getattr(rehearsed, measure.value)
        yield Compared(
            LABELS[measure], f"{one:,}", f"{other:,}", f"{other - one:+,}" if other != one else "0"
        )


def _points(one: float | None, other: float | None) -> str:
    return "–" if one is None or other is None else say("%(n)s points", n=f"{other - one:+.1f}")


def _hour_lines(found: Rehearsed) -> Iterator[HourLine]:
    counts = found.counts
    columns = [
        by_hour(grid) for grid in (counts.due_live, counts.due, counts.outside_live, counts.outside)
    ]
    for hour, numbers in enumerate(zip(*columns, strict=True)):
        yield HourLine(
            say("%(begins)s to %(ends)s", begins=f"{hour:02}:00", ends=f"{hour + 1:02}:00"),
            *numbers,
        )


def _peak(lines: tuple[HourLine, ...]) -> str:
    live = max(lines, key=lambda line: line.live)
    rehearsed = max(lines, key=lambda line: line.rehearsed)
    return say(
        "Answers due by hour of the day, live beside rehearsed. Live the most, %(live)s,"
        " from %(at)s; rehearsed the most, %(rehearsed)s, from %(other)s.",
        live=live.live,
        at=live.label,
        rehearsed=rehearsed.rehearsed,
        other=rehearsed.label,
    )


def _cover(found: Rehearsed, weeks: float) -> Iterator[CoverLine]:
    counts = found.counts
    for weekday, name in enumerate(WEEKDAYS):
        hours = [hour for day, hour, _ in busy(counts.outside) if day == weekday]
        yield CoverLine(
            name,
            _a_week(counts.outside_live[weekday : weekday + 1], weeks),
            _a_week(counts.outside[weekday : weekday + 1], weeks),
            _stretches(hours) or say("none"),
        )


def _a_week(grid: Grid, weeks: float) -> str:
    return f"{sum(map(sum, grid)) / weeks:.1f}"


def _stretches(hours: list[int]) -> str:
    """“00:00 to 09:00, 18:00 to 24:00” from the hours in which there is anything."""
    found: list[list[int]] = []
    for hour in hours:
        if found and found[-1][1] == hour:
            found[-1][1] = hour + 1
        else:
            found.append([hour, hour + 1])
    return ", ".join(f"{begins:02}:00 to {ends:02}:00" for begins, ends in found)
