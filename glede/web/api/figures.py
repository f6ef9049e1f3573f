"""How well a clause was kept, over the API: figures, and the rows behind each."""

from datetime import date, datetime, timedelta

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from glede.desk.clocks import kinds
from glede.desk.clocks.rules import ClockKind
from glede.desk.insight import period as periods
from glede.desk.insight import queries
from glede.desk.insight.period import BadPeriod, Period
from glede.desk.insight.rules import ClauseFigures, Group, Measure, Tally, Times, Where
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.web.api.base import REFUSALS, Unfit, asks, caller

router = Router(tags=["figures"])

_DAYS = 90
_MOST_ROWS = 500


class PeriodOut(Schema):
    """Both days count; days are those of the wall clock in `zone`."""

    first_on: date
    last_on: date
    zone: str


class TallyOut(Schema):
    """`attainment` is per cent kept of those kept or late; null where nothing is decided yet."""

    received: int
    kept: int
    breached: int
    running: int
    withdrawn: int
    not_needed: int
    attainment: float | None


class TimesOut(Schema):
    """In whole seconds."""

    count: int
    median_seconds: int | None
    p90_seconds: int | None
    longest_seconds: int | None


class OtherOut(Schema):
    """Another promise of the same clause, such as settling the matter."""

    kind: str
    duty: str
    tally: TallyOut


class GroupOut(Schema):
    by: str
    key: str
    label: str
    tally: TallyOut
    first_response: TimesOut


class ReadingOut(Schema):
    reading: str
    in_use: bool
    tally: TallyOut


class FiguresOut(Schema):
    clause: str
    period: PeriodOut
    as_of: datetime
    brands: list[str]
    policy_versions: list[str]
    whole: TallyOut
    #: How many clocks an automatic acknowledgement stopped.
    automatic: int
    closed_late: int
    recounted: int
    staff: int
    lagged: int
    first_response: TimesOut
    lag: TimesOut
    readings: list[ReadingOut]
    groups: list[GroupOut]
    others: list[OtherOut]
    definitions: dict[str, str]


class RowOut(Schema):
    """One enquiry behind a figure; nothing about staff. `name` is empty where the token may not
    read the conversation."""

    enquiry: int | None
    conversation: int
    brand: str
    platform: str
    name: str
    received_at: datetime
    due_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str
    lag_seconds: int


class RowsOut(Schema):
    """`total` is the figure itself; `after` the offset of the next page."""

    total: int
    after: int | None
    rows: list[RowOut]


class Asked(Schema):
    """A period of whole days, both counted; the last 90 days where none is given."""

    from_on: date | None = Field(None, alias="from")
    to_on: date | None = Field(None, alias="to")

    def period(self, now: datetime) -> Period:
        otherwise = periods.last_days(_DAYS, now=now)
        try:
            return periods.days(self.from_on or otherwise.first_on, self.to_on or otherwise.last_on)
        except (BadPeriod, OverflowError) as error:
            raise Unfit("query.from", str(error)) from error


class AskedRows(Asked):
    """`brand` is a slug; one this token may not see has no rows."""

    measure: Measure = Measure.RECEIVED
    #: Another clock than the first response, such as “resolve”: see `others` of the figures.
    kind: str = ClockKind.ACKNOWLEDGE
    brand: str = ""
    platform: str = ""
    hour: int | None = Field(None, ge=0, le=23)
    offset: int = Field(0, ge=0, le=10_000_000)
    limit: int = Field(50, ge=1, le=_MOST_ROWS)

    def where(self) -> Where:
        try:
            brand = brands.brand(self.brand).pk if self.brand else None
            kind = kinds.kind(self.kind).key
        except (brands.NoSuchBrandError, kinds.UnknownKind) as error:
            raise Unfit("query", str(error)) from error
        return Where(kind=kind, brand=brand, platform=self.platform, hour=self.hour)


@router.get("/clauses/{str:clause}/figures", response={200: FiguresOut, **REFUSALS})
@asks(Permission.READ_FIGURES)
def figures(request: HttpRequest, clause: str, asked: Query[Asked]) -> FiguresOut:
    """Attainment, times, and the same by brand, platform and hour, under all three readings."""
    desk = caller(request)
    found = queries.clause_figures(clause, asked.period(desk.now), desk.viewer, now=desk.now)
    return _figures(found)


@router.get("/clauses/{str:clause}/rows", response={200: RowsOut, **REFUSALS})
@asks(Permission.READ_FIGURES)
def rows(request: HttpRequest, clause: str, asked: Query[AskedRows]) -> RowsOut:
    """The enquiries behind one figure, in order of receipt."""
    desk = caller(request)
    found = queries.rows(
        clause,
        asked.period(desk.now),
        asked.measure,
        desk.viewer,
        now=desk.now,
        where=asked.where(),
        offset=asked.offset,
        limit=asked.limit,
    )
    return RowsOut(
        total=found.total,
        after=found.after,
        rows=[
            RowOut(
                enquiry=one.enquiry_id,
                conversation=one.conversation_id,
                brand=one.brand,
                platform=one.platform,
                name=one.name,
                received_at=one.received_at,
                due_at=one.due_at,
                answered_at=one.answered_at,
                closed_at=one.closed_at,
                outcome=one.outcome,
                lag_seconds=round(one.lag.total_seconds()),
            )
            for one in found.rows
        ],
    )


def _figures(of: ClauseFigures) -> FiguresOut:
    return FiguresOut(
        clause=of.clause,
        period=PeriodOut(first_on=of.period.first_on, last_on=of.period.last_on, zone=of.zone),
        as_of=of.as_of,
        brands=list(of.brands),
        policy_versions=list(of.versions),
        whole=_tally(of.whole),
        automatic=of.automatic,
        closed_late=of.closed_late,
        recounted=of.recounted,
        staff=of.staff,
        lagged=of.lagged,
        first_response=_times(of.first_response),
        lag=_times(of.lag),
        readings=[
            ReadingOut(reading=one.reading, in_use=one.in_use, tally=_tally(one.tally))
            for one in of.readings
        ],
        groups=[_group(one) for one in of.groups],
        others=[
            OtherOut(kind=one.kind, duty=one.duty, tally=_tally(one.tally)) for one in of.others
        ],
        definitions=of.definitions,
    )


def _group(of: Group) -> GroupOut:
    return GroupOut(
        by=of.by,
        key=of.key,
        label=of.label,
        tally=_tally(of.tally),
        first_response=_times(of.first_response),
    )


def _tally(of: Tally) -> TallyOut:
    return TallyOut(received=of.received, attainment=of.attainment, **of.as_dict())


def _times(of: Times) -> TimesOut:
    return TimesOut(
        count=of.count,
        median_seconds=_seconds(of.median),
        p90_seconds=_seconds(of.p90),
        longest_seconds=_seconds(of.longest),
    )


def _seconds(of: timedelta | None) -> int | None:
    return None if of is None else round(of.total_seconds())
