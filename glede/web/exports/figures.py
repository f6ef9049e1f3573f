"""Figures of a clause, and the rows behind one, as a table to take away."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from glede.desk.clocks import kinds
from glede.desk.clocks.rules import ClockKind
from glede.desk.insight import queries
from glede.desk.insight.period import Period
from glede.desk.insight.queries import Rows
from glede.desk.insight.rules import LABELS, By, ClauseFigures, Measure, Tally, Times, Where
from glede.kit import wall
from glede.web.exports.table import Cell, Table

_COLUMNS = (
    "Part",
    "Of",
    *(
        LABELS[one]
        for one in (
            Measure.RECEIVED,
            Measure.KEPT,
            Measure.BREACHED,
            Measure.RUNNING,
            Measure.WITHDRAWN,
            Measure.NOT_NEEDED,
        )
    ),
    "Attainment, %",
    "Median, min",
    "Nine in ten, min",
    "Longest, min",
)
_ROW_COLUMNS = (
    "Conversation",
    "Name",
    "Brand",
    "Platform",
    "Outcome",
    "Received",
    "Due",
    "Answered",
    "Closed without an answer",
    "Lag, min",
)
_PARTS = {By.BRAND: "brand", By.PLATFORM: "platform", By.HOUR: "hour of receipt"}


def of_figures(found: ClauseFigures, *, who: str) -> Table:
    """A line for the whole, for each reading, brand, platform and hour, and other promises."""
    return Table(
        title=f"How well clause {found.clause} was kept",
        about=(
            *_about(found.period, found.as_of, found.zone, who=who),
            ("Brands", ", ".join(found.brands)),
            ("Policy versions", ", ".join(found.versions) or "none"),
            (LABELS[Measure.AUTOMATIC], str(found.automatic)),
            (LABELS[Measure.CLOSED_LATE], str(found.closed_late)),
            (LABELS[Measure.LAGGED], str(found.lagged)),
            (LABELS[Measure.RECOUNTED], str(found.recounted)),
            (LABELS[Measure.STAFF], str(found.staff)),
        ),
        columns=_COLUMNS,
        rows=tuple(_lines(found)),
        meanings=tuple((_named(term), text) for term, text in found.definitions.items()),
        made_at=found.as_of,
    )


def of_rows(  # noqa: PLR0913 - what the rows are of is told by all of these
    found: Rows,
    *,
    clause: str,
    measure: Measure,
    part: str,
    period: Period,
    zone: str,
    definition: str,
    who: str,
    now: datetime,
) -> Table:
    """The enquiries behind one figure. A name is empty where the reader may not read it."""
    local = ZoneInfo(zone)
    return Table(
        title=f"{LABELS[measure]}, clause {clause}",
        about=(
            *_about(period, now, zone, who=who),
            *((("Part", part),) if part else ()),
            ("Rows", str(found.total)),
        ),
        columns=_ROW_COLUMNS,
        rows=tuple(
            (
                one.conversation_id,
                one.name,
                one.brand,
                one.platform,
                LABELS[Measure(one.outcome.value)],
                _at(one.received_at, local),
                _at(one.due_at, local),
                _at(one.answered_at, local),
                _at(one.closed_at, local),
                _minutes(one.lag),
            )
            for one in found.rows
        ),
        meanings=((LABELS[measure], definition),),
        made_at=now,
    )


def part_words(where: Where, brands: Mapping[int, str]) -> str:
    """“Red Kite, website, 10:00 to 11:00”: which of the enquiries the rows are."""
    parts = [
        "" if where.kind == ClockKind.ACKNOWLEDGE else kinds.kind(where.kind).duty,
        "" if where.brand is None else brands[where.brand],
        where.platform,
        "" if where.hour is None else queries.hour_words(where.hour),
        "" if where.reading is None else f"judged by the {where.reading.value} reading",
    ]
    return ", ".join(part for part in parts if part)


def _about(period: Period, as_of: datetime, zone: str, *, who: str) -> Iterator[tuple[str, str]]:
    yield "Period", f"{period.first_on.isoformat()} to {period.last_on.isoformat()}, both counted"
    yield "Time zone", zone
    yield "As of", wall.in_zone(as_of, ZoneInfo(zone))
    yield "Taken by", who


def _lines(found: ClauseFigures) -> Iterator[tuple[Cell, ...]]:
    yield _line("all", "first response", found.whole, found.first_response)
    for one in found.readings:
        of = f"{one.reading.value}{', in use' if one.in_use else ''}"
        yield _line("reading", of, one.tally, None)
    for group in found.groups:
        yield _line(_PARTS[group.by], group.label, group.tally, group.first_response)
    for other in found.others:
        yield _line("other promise", other.duty, other.tally, None)


def _line(part: str, of: str, tally: Tally, times: Times | None) -> tuple[Cell, ...]:
    attainment = None if tally.attainment is None else round(tally.attainment, 1)
    return (
        part,
        of,
        tally.received,
        tally.kept,
        tally.breached,
        tally.running,
        tally.withdrawn,
        tally.not_needed,
        attainment,
        *(
            (None, None, None)
            if times is None
            else (_minutes(times.median), _minutes(times.p90), _minutes(times.longest))
        ),
    )


def _named(term: str) -> str:
    """A measure's label; the other terms begin with a capital letter."""
    try:
        return LABELS[Measure(term)]
    except ValueError:
        return term.capitalize()


def _minutes(of: timedelta | None) -> float | None:
    return None if of is None else round(of.total_seconds() / 60, 1)


def _at(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else wall.in_zone(at.replace(microsecond=0), zone)
