"""What the calendar pages show, worked out from what is on record."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from glede.desk.clocks import kinds
from glede.desk.clocks.replanning import Move
from glede.flow.replanning import Outlook
from glede.kit import clock, hours
from glede.kit.calendars import ClosedDay
from glede.kit.hours import FIRST_YEAR, LAST_YEAR
from glede.kit.words import say
from glede.rulebook.audit import queries as audit
from glede.rulebook.brands import queries
from glede.rulebook.brands.queries import Brand, Calendar
from glede.rulebook.brands.rules import DAYS, OneOffDay, Plan
from glede.rulebook.brands.rules import week as week_of
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Status
from glede.web.calendars.forms import in_words

#: Moves listed in a preview; the others are counted.
LISTED = 50
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Now:
    """Whether a brand is open, and until or from when."""

    brand: Brand
    calendar: Calendar | None
    is_open: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    times: str


@dataclass(frozen=True, slots=True)
class Listed:
    on: date
    is_open: bool
    times: str
    why: str
    source: str
    over: bool


@dataclass(frozen=True, slots=True)
class Year:
    """The bank holidays of a year, and the years beside it where there are any."""

    number: int
    days: tuple[ClosedDay, ...]
    source: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One version in the history."""

    calendar: Calendar
    what: str
    by: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Other hours than the calendar's, as a policy version says them."""

    number: str
    effective_at: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class Moving:
    move: Move
    what: str
    name: str


def now_of(brand: Brand, *, now: datetime) -> Now:
    row = in_force(queries.calendars(brand.pk), now=now)
    if row is None:
        return Now(brand, None)
    calendar = queries.calendar(row.pk).calendar
    if hours.is_open(calendar, now):
        return Now(brand, row, is_open=True, until=hours.day_close_of(calendar, now))
    try:
        return Now(brand, row, until=hours.next_opening(calendar, now))
    except hours.NeverOpensError:
        return Now(brand, row)


def in_force(rows: list[Calendar], *, now: datetime) -> Calendar | None:
    """The calendar that answers for `now`."""
    begun = [row for row in rows if row.effective_at <= now]
    return max(begun, key=lambda row: (row.effective_at, row.version), default=None)


def week(row: Calendar) -> list[Day]:
    return [
        Day(name, in_words(row.hours.get(day, ())).replace("-", "–") or say("closed"))
        for name, day in zip(clock.WEEKDAYS, DAYS, strict=True)
    ]


def listed(row: Calendar, *, today: date) -> list[Listed]:
    plan = queries.plan_of(row)
    days = [(False, day) for day in plan.closures] + [(True, day) for day in plan.openings]
    return [_listed(day, opens, today) for opens, day in sorted(days, key=lambda one: one[1].on)]


def _listed(day: OneOffDay, opens: bool, today: date) -> Listed:
    return Listed(
        on=day.on,
        is_open=opens,
        times=in_words(day.spans).replace("-", "–") or say("all day"),
        why=day.why,
        source=day.source,
        over=day.on < today,
    )


def year(row: Calendar, asked: str, *, today: date) -> Year | None:
    """The bank holidays that close the brand; none where it opens on them."""
    if not row.closed_on_bank_holidays:
        return None
    number = int(asked) if asked.isdecimal() and len(asked) == 4 else today.year
    number = min(max(number, FIRST_YEAR), LAST_YEAR)
    days = hours.bank_holidays(row.subdivision, [number])
    return Year(
        number=number,
        days=days,
        source=days[0].source,
        before=number - 1 if number > FIRST_YEAR else None,
        after=number + 1 if number < LAST_YEAR else None,
    )


def history(rows: list[Calendar], *, now: datetime) -> list[Entry]:
    current = in_force(rows, now=now)
    versions: dict[int | None, int] = {row.pk: row.version for row in rows}
    corrected: dict[int | None, int] = {
        row.corrects_id: row.version for row in rows if row.corrects_id
    }
    return [
        Entry(
            calendar=row,
            what=_what(row, versions, corrected),
            by=next((entry.actor_name for entry in audit.trail("calendar", row.pk)), ""),
            in_force=current is not None and row.pk == current.pk,
        )
        for row in rows
    ]


def _what(row: Calendar, versions: dict[int | None, int], corrected: dict[int | None, int]) -> str:
    said = (
        say("corrects version %(version)s", version=versions[row.corrects_id])
        if row.corrects_id
        else ""
    )
    if row.pk in corrected:
        was = say("was wrong: version %(version)s stands in its place", version=corrected[row.pk])
        return f"{said}; {was}" if said else was
    return said or (say("the first") if row.version == 1 else say("a change"))


def said_by_policy(row: Calendar, *, now: datetime) -> list[Said]:
    """Versions in force or to come that say other hours than this calendar: whoever may change the
    calendar is offered theirs. What a policy does not say stays as it is."""
    found = []
    for version in policy.versions():
        if version.approved_at is None or version.effective_at is None:
            continue
        book = policy.rulebook(version.pk)
        stated = {
            key: rule for key, rule in book.rules.items() if rule.status is not Status.ASSUMED
        }
        plan = queries.plan_of(row)
        week_said = {
            day: tuple(tuple(times) for times in stated[f"hours.{day}"].value)
            for day in DAYS
            if f"hours.{day}" in stated
        }
        holidays = stated.get("hours.bank_holidays")
        closed = holidays.value == "closed" if holidays else plan.closed_on_bank_holidays
        said = replace(plan, week={**plan.week, **week_said}, closed_on_bank_holidays=closed)
        if same_hours(said, plan):
            if version.effective_at <= now:
                break
            continue
        clauses = {rule.clause for key, rule in stated.items() if key.startswith("hours.")}
        named = ", ".join(sorted(clauses - {""}))
        source = f"policy version {version.number}" + (f", clause {named}" if named else "")
        taken = replace(said, source=source, effective_at=version.effective_at)
        found.append(Said(version.number, version.effective_at, taken))
        if version.effective_at <= now:
            break
    return found


def same_hours(one: Plan, other: Plan) -> bool:
    return one.closed_on_bank_holidays == other.closed_on_bank_holidays and week_of(
        one.week
    ) == week_of(other.week)


def base_of(
    brand: Brand, corrects: str, *, said: str = "", now: datetime
) -> tuple[Plan, Calendar | None] | None:
    """The plan to begin with, and the calendar it corrects; None where there is none such. `said`
    is the number of the policy version whose hours are taken over."""
    rows = queries.calendars(brand.pk)
    if said:
        current = in_force(rows, now=now)
        offered = said_by_policy(current, now=now) if current else []
        return next(((one.plan, None) for one in offered if one.number == said), None)
    if corrects:
        wrong = next((row for row in rows if str(row.version) == corrects), None)
        if wrong is None:
            return None
        plan = queries.plan_of(wrong)
        return replace(plan, corrects=wrong.pk, source=""), wrong
    newest = in_force(rows, now=now) or (rows[-1] if rows else None)
    if newest is None:
        return Plan(brand_id=brand.pk, week={}), None
    return replace(queries.plan_of(newest), source=""), None


def moving(outlook: Outlook, *, may_read: bool) -> list[Moving]:
    return [
        Moving(
            move=move,
            what=kinds.kind(move.kind).duty,
            name=move.conversation
            if may_read
            else say("Conversation %(number)s", number=move.conversation_id),
        )
        for move in outlook.preview.moving[:LISTED]
    ]


def begins_at(plan: Plan, *, now: datetime) -> datetime:
    """What a change offers to begin with: when its policy version does, or a full hour that leaves
    time to fill in the form."""
    if plan.effective_at is not None and plan.effective_at > now:
        return plan.effective_at
    return (now + timedelta(minutes=30)).replace(minute=0, second=0, microsecond=0) + _HOUR
