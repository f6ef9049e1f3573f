"""The policy over the API: versions, clauses with what enforces them, rules, deadlines."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import File, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from glede.desk.clocks import asking
from glede.desk.clocks.rules import Reading
from glede.rulebook.brands import queries as brands
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import enforcement, importing, queries
from glede.rulebook.policy.enforcement import Enforcement
from glede.rulebook.policy.queries import NoRule
from glede.rulebook.policy.rules import RuleValue
from glede.web.api.base import CHANGES, FORM, REFUSALS, Unfit, asks, caller, instant

router = Router(tags=["policy"])


class VersionOut(Schema):
    """An approved version; drafts bind nobody and are not told."""

    number: str
    title: str
    approved_by: str
    approved_at: datetime
    effective_at: datetime
    review_due_on: date | None
    in_force: bool
    source_hash: str


class LineOut(Schema):
    part: str
    word: str
    does: str
    missing: str
    modules: list[str]
    tests: list[str]


class EnforcementOut(Schema):
    """`word` is *enforced*, *partly* or *not yet*; each line has its proof."""

    word: str
    lines: list[LineOut]


class RuleOut(Schema):
    key: str
    value: Any
    clause: str
    policy_version: str
    status: str


class ClauseOut(Schema):
    number: str
    section: str
    heading: bool
    text: str


class ClauseWithProofOut(ClauseOut):
    policy_version: str
    rules: list[RuleOut]
    #: None where nothing is known of what enforces it.
    enforcement: EnforcementOut | None


class RulesOut(Schema):
    at: datetime
    policy_version: str
    rules: list[RuleOut]


class StepOut(Schema):
    from_at: str = Field(alias="from")
    to_at: str = Field(alias="to")
    counted: bool
    why: str


class DeadlineOut(Schema):
    """Times as RFC 3339 with the offset the brand's zone has then."""

    in_hours: bool
    due: str
    soft: str
    clause: str
    policy_version: str
    calendar_version: int
    reading: str
    steps: list[StepOut]


class CalendarOut(Schema):
    """Opening hours in force: weekday -> list of [opens, closes], local time of `zone`."""

    brand: str
    version: int
    zone: str
    effective_at: datetime
    hours: dict[str, list[list[str]]]
    bank_holidays_of: str | None
    closures: list[dict[str, Any]]
    openings: list[dict[str, Any]]
    source: str


@router.get("/policy/versions", response={200: list[VersionOut], **REFUSALS})
@asks(Permission.READ_POLICY)
def versions(request: HttpRequest) -> list[VersionOut]:
    """Approved versions, the newest first."""
    return _versions(caller(request).now)


@router.get("/policy/versions/{str:number}", response={200: VersionOut, **REFUSALS})
@asks(Permission.READ_POLICY)
def version(request: HttpRequest, number: str) -> VersionOut:
    """One approved version by its number as printed."""
    found = next((one for one in _versions(caller(request).now) if one.number == number), None)
    if found is None:
        raise Http404(f"There is no approved policy version {number}.")
    return found


@router.get("/policy/versions/{str:number}/clauses", response={200: list[ClauseOut], **REFUSALS})
@asks(Permission.READ_POLICY)
def clauses(request: HttpRequest, number: str) -> list[ClauseOut]:  # noqa: ARG001
    """Every clause in the order of the text. A heading gives scope and is no duty."""
    return [_clause(one) for one in queries.clauses(_version_id(number))]


@router.get(
    "/policy/versions/{str:number}/clauses/{str:clause}",
    response={200: ClauseWithProofOut, **REFUSALS},
)
@asks(Permission.READ_POLICY)
def clause(request: HttpRequest, number: str, clause: str) -> ClauseWithProofOut:  # noqa: ARG001
    """One clause with the rules it sets and what enforces it, each with its proof."""
    version_id = _version_id(number)
    all_of_it = queries.clauses(version_id)
    found = next((one for one in all_of_it if one.number == clause), None)
    if found is None:
        raise Http404(f"Policy version {number} has no clause {clause}.")
    rules = [
        RuleOut(
            key=row.key,
            value=row.value,
            clause=row.clause,
            policy_version=number,
            status=row.status,
        )
        for row in queries.rules_of(version_id)
        if row.clause == clause
    ]
    known = enforcement.for_text(
        clause, keys={rule.key for rule in rules}, numbers={one.number for one in all_of_it}
    )
    return ClauseWithProofOut(
        **_clause(found).dict(),
        policy_version=number,
        rules=rules,
        enforcement=_enforcement(known),
    )


@router.get("/policy/rules", response={200: RulesOut, **REFUSALS})
@asks(Permission.READ_POLICY)
def rules(request: HttpRequest, at: str | None = None) -> RulesOut:
    """The rules in force at an instant, RFC 3339; without an offset London time; else now."""
    when = instant(at, name="at") if at else caller(request).now
    try:
        book = queries.rulebook_at(when)
    except NoRule as error:
        raise Http404(str(error)) from error
    listed = [_rule(one) for one in book.rules.values()]
    return RulesOut(at=when, policy_version=book.version, rules=listed)


@router.get("/deadline", response={200: DeadlineOut, **REFUSALS}, by_alias=True)
@asks(Permission.READ_POLICY)
def deadline(
    request: HttpRequest,  # noqa: ARG001
    received: str,
    brand: str,
    reading: Reading | None = None,
    policy: str | None = None,
) -> dict[str, Any]:
    """When an answer to something received then is due, and why; as `glede deadline --json`."""
    try:
        answer = asking.ask(
            instant(received, name="received"),
            brand=brand,
            reading=reading,
            version=policy,
        )
    except asking.UNANSWERABLE as error:
        raise Unfit("query", str(error)) from error
    return asking.as_json(answer)


@router.get("/brands/{str:slug}/calendar", response={200: CalendarOut, **REFUSALS})
@asks(Permission.READ_POLICY)
def calendar(request: HttpRequest, slug: str, at: str | None = None) -> CalendarOut:
    """A brand's opening hours in force at an instant."""
    when = instant(at, name="at") if at else caller(request).now
    try:
        brand = brands.brand(slug)
        in_force = brands.calendar_at(brand.pk, when)
    except (brands.NoSuchBrandError, brands.NoCalendarError) as error:
        raise Http404(str(error)) from error
    row = next(one for one in brands.calendars(brand.pk) if one.pk == in_force.id)
    return CalendarOut(
        brand=brand.slug,
        version=row.version,
        zone=row.zone,
        effective_at=row.effective_at,
        hours=row.hours,
        bank_holidays_of=row.subdivision if row.closed_on_bank_holidays else None,
        closures=row.closures,
        openings=row.openings,
        source=row.source,
    )


@router.post("/policy/import", response={200: dict[str, Any], **CHANGES})
@asks(Permission.DRAFT_POLICY, takes=FORM)
def try_import(request: HttpRequest, file: File[UploadedFile]) -> dict[str, Any]:
    """What would be read out of a document (.docx .pdf .html .md .txt). Nothing is kept."""
    now = caller(request).now
    try:
        found = importing.read(
            file.read(), file.name or "", today=now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
        )
    except importing.UnreadableError as error:
        raise Unfit("file", str(error)) from error
    return importing.as_json(found)


def _versions(now: datetime) -> list[VersionOut]:
    try:
        in_force = queries.version_at(now).pk
    except NoRule:
        in_force = None
    return [
        VersionOut(
            number=one.number,
            title=one.title,
            approved_by=one.approved_by,
            approved_at=one.approved_at,
            effective_at=one.effective_at,
            review_due_on=one.review_due_on,
            in_force=one.pk == in_force,
            source_hash=one.source_hash,
        )
        for one in queries.versions()
        if one.approved_at is not None and one.effective_at is not None
    ]


def _version_id(number: str) -> int:
    for one in queries.versions():
        if one.number == number and one.approved_at is not None:
            return one.pk
    raise Http404(f"There is no approved policy version {number}.")


def _clause(of: Any) -> ClauseOut:
    return ClauseOut(number=of.number, section=of.section, heading=of.heading, text=of.text)


def _rule(of: RuleValue) -> RuleOut:
    return RuleOut(
        key=of.key, value=of.value, clause=of.clause, policy_version=of.version, status=of.status
    )


def _enforcement(of: Enforcement | None) -> EnforcementOut | None:
    if of is None:
        return None
    return EnforcementOut(
        word=of.word,
        lines=[
            LineOut(
                part=line.part,
                word=line.word,
                does=line.does,
                missing=line.missing,
                modules=list(line.modules),
                tests=list(line.tests),
            )
            for line in of.lines
        ],
    )
