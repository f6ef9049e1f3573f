"""The rota over the API: who is on duty and on call, where nobody is, and who is away."""

from collections.abc import Iterable
from datetime import date, datetime, time
from http import HTTPStatus

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from glede.desk.rota import queries, rules
from glede.desk.rota.actions import RotaRefused, Uncovered
from glede.desk.rota.rules import BadShift, Duty, Gap, Planned
from glede.flow import rota
from glede.rulebook.offices import queries as offices
from glede.rulebook.offices.actions import OfficeRefusedError
from glede.rulebook.people.rules import Permission
from glede.web.access import found
from glede.web.api.base import (
    CHANGES,
    REFUSALS,
    Problem,
    Unfit,
    asks,
    caller,
    conflict,
    or_conflict,
)
from glede.web.api.conversations import PersonOut
from glede.web.api.shapes import ClockTime, Day, Id, Line, ShortWords, brand_named, brand_slugs

router = Router(tags=["rota"])

_MOST_SHIFTS = 200


class ShiftOut(Schema):
    """`brand` is null for every brand. `on`, `starts` and `ends` are of the wall clock; one that
    ends no later than it starts ends the next day."""

    id: int
    person: PersonOut
    brand: str | None
    duty: str
    on: date
    starts: str
    ends: str
    from_at: datetime
    until_at: datetime
    checks: list[str]
    note: str


class GapOut(Schema):
    """A stretch in which nobody is there."""

    brand: str
    lack: str
    from_at: datetime
    until_at: datetime


class RotaOut(Schema):
    """A week; give `version` back as `seen` when you save it."""

    monday: date
    version: int
    shifts: list[ShiftOut]
    on_now: list[ShiftOut]
    next_up: list[ShiftOut]
    gaps_ahead: list[GapOut]


class AskedRota(Schema):
    """Any day of the week that is asked for; this week without one."""

    day: date | None = None


class ShiftIn(Schema):
    """`id` of a shift that stands; without one it is new. Who is on call looks at the `checks`:
    without any, at the usual times that fall into the shift."""

    id: Id | None = None
    person: Id
    brand: ShortWords | None = None
    duty: Duty
    on: Day
    starts: ClockTime = Field(examples=["09:00"])
    ends: ClockTime = Field(examples=["17:30"])
    checks: list[ClockTime] = Field(default_factory=list, max_length=24)
    note: Line = ""


class WeekIn(Schema):
    """The whole week: what is not among `shifts` is removed. `seen` is the `version` one began
    with."""

    seen: int = Field(ge=0, le=2**31 - 1)
    shifts: list[ShiftIn] = Field(max_length=_MOST_SHIFTS)


class SavedOut(Schema):
    """`gaps` out of hours that the week leaves, where nobody looks in time."""

    version: int
    gaps: list[GapOut]


class UncoveredProblem(Problem):
    """In opening hours somebody must be on duty for every brand: `gaps` say where nobody is.
    Nothing was saved."""

    gaps: list[GapOut] = Field(default_factory=list)


class SwapIn(Schema):
    """Who takes the shift, and why, for whoever reads the rota."""

    person: Id
    note: Line = Field(examples=["Swapped with Sam."])


class AwayIn(Schema):
    """From the first day away until the day on which they are back."""

    person: Id
    from_on: Day
    until_on: Day


class AwayOut(Schema):
    id: int
    person: PersonOut
    from_on: date
    until_on: date


@router.get("/rota", response={200: RotaOut, **REFUSALS})
@asks(Permission.READ_CONVERSATIONS)
def week(request: HttpRequest, asked: Query[AskedRota]) -> RotaOut:
    """A week of the rota, who is on now and next, and where nobody is in the week ahead."""
    now = caller(request).now
    day = asked.day or now.astimezone(queries.zone()).date()
    try:
        monday = rules.monday_of(day)
    except OverflowError as error:
        raise Unfit("query.day", "There is no such week.") from error
    return RotaOut(
        monday=monday,
        version=queries.version_of(monday),
        shifts=[_shift(one) for one in queries.week(monday)],
        on_now=[_shift(one) for one in queries.on_now(now=now)],
        next_up=[_shift(one) for one in queries.next_up(now=now)],
        gaps_ahead=_gaps(queries.ahead(now=now)),
    )


@router.put("/rota/{str:monday}", response={200: SavedOut, **CHANGES, 409: UncoveredProblem})
@asks(Permission.MANAGE_ROTA)
def save_week(request: HttpRequest, monday: Day, given: WeekIn) -> SavedOut:
    """Save a week, named by the date of its Monday. Refused while opening hours have nobody."""
    desk = caller(request)
    if rules.monday_of(monday) != monday:
        raise Unfit("path.monday", "A week is named by the date of its Monday.")
    shifts = _planned(request, monday, given)
    try:
        saved = rota.save_week(
            viewer=desk.viewer, monday=monday, shifts=shifts, seen=given.seen, now=desk.now
        )
    except Uncovered as error:
        gaps = [one.model_dump(mode="json") for one in _gaps(error.gaps)]
        raise conflict(str(error), gaps=gaps) from error
    except (RotaRefused, BadShift) as error:
        raise conflict(str(error), gaps=[]) from error
    return SavedOut(version=saved.version, gaps=_gaps(saved.gaps))


@router.post("/rota/shifts/{int:shift_id}/swap", response={200: ShiftOut, **CHANGES})
@asks(Permission.MANAGE_ROTA)
def swap(request: HttpRequest, shift_id: int, given: SwapIn) -> ShiftOut:
    """Somebody else takes a shift that is not over."""
    desk = caller(request)
    found(queries.shift(shift_id))
    _must_watch(request, {given.person}, "body.person")
    with or_conflict(RotaRefused, BadShift):
        rota.swap(
            viewer=desk.viewer,
            shift_id=shift_id,
            person_id=given.person,
            note=given.note,
            now=desk.now,
        )
    return _shift(found(queries.shift(shift_id)))


@router.get("/away", response={200: list[AwayOut], **REFUSALS})
@asks(Permission.MANAGE_ROTA)
def absences(request: HttpRequest) -> list[AwayOut]:
    """Who is away now or will be: their shifts of these days cover nothing."""
    return _away(request)


@router.post("/away", response={201: list[AwayOut], **CHANGES})
@asks(Permission.MANAGE_ROTA)
def away(request: HttpRequest, given: AwayIn) -> Status[list[AwayOut]]:
    """Somebody is away; what that uncovers is found at once."""
    desk = caller(request)
    _must_watch(request, {given.person}, "body.person")
    with or_conflict(OfficeRefusedError):
        rota.away(
            viewer=desk.viewer,
            person_id=given.person,
            from_on=given.from_on,
            until_on=given.until_on,
            now=desk.now,
        )
    return Status(HTTPStatus.CREATED, _away(request))


@router.delete("/away/{int:absence_id}", response={204: None, **CHANGES})
@asks(Permission.MANAGE_ROTA)
def back(request: HttpRequest, absence_id: int) -> Status[None]:
    """They are there after all."""
    desk = caller(request)
    found(next((one for one in _away(request) if one.id == absence_id), None))
    with or_conflict(OfficeRefusedError):
        rota.back(viewer=desk.viewer, absence_id=absence_id, now=desk.now)
    return Status(HTTPStatus.NO_CONTENT, None)


# --- What operations share -------------------------------------------------------------------


def _planned(request: HttpRequest, monday: date, given: WeekIn) -> list[Planned]:
    """As values. Whoever is on the week already may stay, even if they no longer may answer: the
    rota itself says so."""
    there = {row.person_id for row in queries.week(monday)}
    _must_watch(request, {one.person for one in given.shifts} - there, "body.shifts")
    usual = queries.usual_checks()
    found = []
    for one in given.shifts:
        planned = Planned(
            person_id=one.person,
            brand_id=brand_named(one.brand, where="body.shifts"),
            duty=one.duty,
            on=one.on,
            starts=time.fromisoformat(one.starts),
            ends=time.fromisoformat(one.ends),
            checks=tuple(time.fromisoformat(at) for at in one.checks),
            note=one.note,
            id=one.id,
        )
        found.append(rules.with_checks(planned, usual))
    return found


def _must_watch(request: HttpRequest, people: set[int], where: str) -> None:
    may = {one.id for one in queries.who_may_watch(now=caller(request).now)}
    if strange := sorted(people - may):
        raise Unfit(where, f"Nobody by the number {strange[0]} may answer for a brand.")


def _away(request: HttpRequest) -> list[AwayOut]:
    today = caller(request).now.astimezone(queries.zone()).date()
    return [
        AwayOut(
            id=one.pk,
            person=PersonOut(id=one.person_id, name=one.person.name),
            from_on=one.from_on,
            until_on=one.until_on,
        )
        for one in offices.absences(on=today)
    ]


def _gaps(those: Iterable[Gap]) -> list[GapOut]:
    slugs = brand_slugs()
    return [
        GapOut(brand=slugs[one.brand_id], lack=one.lack, from_at=one.from_at, until_at=one.until_at)
        for one in those
    ]


def _shift(of: queries.Shift) -> ShiftOut:
    return ShiftOut(
        id=of.pk,
        person=PersonOut(id=of.person_id, name=of.person.name),
        brand=of.brand.slug if of.brand else None,
        duty=of.duty,
        on=of.on,
        starts=f"{of.starts:%H:%M}",
        ends=f"{of.ends:%H:%M}",
        from_at=of.from_at,
        until_at=of.until_at,
        checks=list(of.checks),
        note=of.note,
    )
