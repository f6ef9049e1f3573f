"""Figures of a clause in the words of a page: every number with the address of its rows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse

from glede.desk.clocks.rules import Reading
from glede.desk.insight.rules import LABELS, By, ClauseFigures, Group, Measure, Tally, Times
from glede.kit import clock
from glede.kit.words import joined, say
from glede.web.clauses import charts
from glede.web.clauses.asking import Asked, address
from glede.web.clauses.charts import Chart

_READINGS = {
    Reading.ELAPSED: say("Elapsed"),
    Reading.WORKING: say("Working hours"),
    Reading.HANDOVER: say("Handover"),
}
_LEGEND = (("kept", say("Kept")), ("late", say("Late")), ("rest", say("Running or apart")))
_NAMES = {By.BRAND: say("Brand"), By.PLATFORM: say("Platform"), By.HOUR: say("Hour of receipt")}
_TITLES = {
    By.BRAND: say("By brand"),
    By.PLATFORM: say("By platform"),
    By.HOUR: say("By hour of receipt"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number that opens its rows."""

    number: int
    href: str
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table of figures."""

    label: str
    note: str
    attainment: str
    cells: tuple[Cell, ...]
    median: str = ""
    p90: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    name: str
    lines: tuple[Line, ...]
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a clause shows of its figures."""

    figures: ClauseFigures
    attainment: str
    decided: int
    outcomes: tuple[tuple[Cell, str], ...]
    apart: tuple[tuple[Cell, str], ...]
    readings: Table
    others: Table | None
    tables: tuple[Table, ...]
    median: str
    p90: str
    longest: str
    answered: Cell
    automatic: Cell
    lagged: Cell
    lag_median: str
    lag_p90: str
    lag_longest: str
    lag_passes: str
    recounted: Cell
    definitions: tuple[tuple[str, str], ...]


def shown(figures: ClauseFigures, asked: Asked) -> Shown:
    def cell(measure: Measure, number: int, **where: object) -> Cell:
        return _cell(figures.clause, asked, measure, number, where)

    whole = figures.whole
    return Shown(
        figures=figures,
        attainment=percent(whole.attainment),
        decided=whole.kept + whole.breached,
        outcomes=tuple(
            (cell(measure, getattr(whole, measure.value)), figures.definitions[measure])
            for measure in (Measure.RECEIVED, Measure.KEPT, Measure.BREACHED, Measure.RUNNING)
        ),
        apart=(
            (cell(Measure.WITHDRAWN, whole.withdrawn), figures.definitions[Measure.WITHDRAWN]),
            (cell(Measure.NOT_NEEDED, whole.not_needed), figures.definitions[Measure.NOT_NEEDED]),
            (
                cell(Measure.CLOSED_LATE, figures.closed_late),
                figures.definitions[Measure.CLOSED_LATE],
            ),
            (cell(Measure.STAFF, figures.staff), figures.definitions[Measure.STAFF]),
        ),
        readings=Table(
            say("Three readings"),
            say("Reading"),
            tuple(
                Line(
                    label=_READINGS[one.reading],
                    note=say("in use") if one.in_use else "",
                    attainment=percent(one.tally.attainment),
                    cells=_outcome_cells(
                        figures.clause, asked, one.tally, {"reading": one.reading.value}
                    ),
                )
                for one in figures.readings
            ),
        ),
        others=_others(figures, asked),
        tables=tuple(_table(figures, asked, by) for by in (By.HOUR, By.BRAND, By.PLATFORM)),
        answered=cell(Measure.ANSWERED, figures.first_response.count),
        automatic=cell(Measure.AUTOMATIC, figures.automatic),
        lagged=cell(Measure.LAGGED, figures.lagged),
        recounted=cell(Measure.RECOUNTED, figures.recounted),
        lag_passes=clock.duration_words(figures.lag_passes),
        definitions=tuple((_TERMS[key], text) for key, text in figures.definitions.items()),
        **_times("", figures.first_response),
        **_times("lag_", figures.lag),
    )


_TERMS: dict[str, str] = {
    **{measure.value: label for measure, label in LABELS.items()},
    "attainment": say("Per cent kept"),
    "median": say("Median"),
    "p90": say("Nine in ten"),
    "lag": say("Lag"),
    "readings": say("Readings"),
    "others": say("Other promises"),
    "hour": say("Hour"),
}


def percent(share: float | None) -> str:
    """One decimal, rounded down: 100 % is said only where nothing was late."""
    return "–" if share is None else f"{math.floor(share * 10) / 10:.1f} %"


def _times(before: str, times: Times) -> dict[str, str]:
    return {f"{before}{name}": words(getattr(times, name)) for name in ("median", "p90", "longest")}


def words(time: timedelta | None) -> str:
    return "–" if time is None else clock.duration_words(time)


def _cell(
    clause: str, asked: Asked, measure: Measure, number: int, where: Mapping[str, object]
) -> Cell:
    path = reverse("clauses:rows", args=[clause])
    href = address(path, asked.query, {"measure": measure.value}, where)
    return Cell(number, href, LABELS[measure])


def _outcome_cells(
    clause: str, asked: Asked, tally: Tally, where: Mapping[str, object]
) -> tuple[Cell, ...]:
    return tuple(
        _cell(clause, asked, measure, getattr(tally, measure.value), where)
        for measure in (Measure.RECEIVED, Measure.KEPT, Measure.BREACHED, Measure.RUNNING)
    )


def _others(figures: ClauseFigures, asked: Asked) -> Table | None:
    lines = tuple(
        Line(
            label=one.duty,
            note="",
            attainment=percent(one.tally.attainment),
            cells=_outcome_cells(figures.clause, asked, one.tally, {"kind": one.kind}),
        )
        for one in figures.others
    )
    return Table(say("Other promises of this clause"), say("Promise"), lines) if lines else None


def _table(figures: ClauseFigures, asked: Asked, by: By) -> Table:
    groups = figures.by(by)
    return Table(
        title=_TITLES[by],
        name=_NAMES[by],
        lines=tuple(
            Line(
                label=group.label,
                note="",
                attainment=percent(group.tally.attainment),
                cells=_outcome_cells(figures.clause, asked, group.tally, {by.value: group.key}),
                median=words(group.first_response.median),
                p90=words(group.first_response.p90),
            )
            for group in groups
        ),
        chart=_chart(groups, by) if groups else None,
    )


def _chart(groups: tuple[Group, ...], by: By) -> Chart | None:
    if by is By.PLATFORM:
        return None
    if by is By.HOUR:
        of_hour = {int(group.key): group.tally for group in groups}
        bars = [(f"{hour:02}", _pieces(of_hour.get(hour, Tally()))) for hour in range(24)]
        busiest = max(groups, key=lambda group: group.tally.received)
        says = say(
            "Enquiries by hour of receipt, kept and late. Most came from %(hour)s: %(n)s.",
            hour=busiest.label,
            n=busiest.tally.received,
        )
        return charts.stacked(bars, legend=_LEGEND, says=says, every=3)
    figures = joined(
        (
            say(
                "%(brand)s %(n)s, %(late)s late",
                brand=group.label,
                n=group.tally.received,
                late=group.tally.breached,
            )
            for group in groups
        ),
        ", ",
    )
    return charts.stacked(
        [(group.label, _pieces(group.tally)) for group in groups],
        legend=_LEGEND,
        says=say("Enquiries by brand: %(figures)s.", figures=figures),
    )


def _pieces(tally: Tally) -> tuple[int, int, int]:
    rest = tally.running + tally.withdrawn + tally.not_needed
    return tally.kept, tally.breached, rest
