"""Set up the group, its brands and their opening hours."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from glede.kit import hours
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Stamp, Verb
from glede.rulebook.brands import queries, rules
from glede.rulebook.brands.models import Brand, Calendar, Organisation
from glede.rulebook.brands.rules import ASSUMED_SOURCE, ASSUMED_WEEK, OneOffDay, Plan, Week


class AlreadySetUpError(Exception):
    """This database belongs to a group already."""


class BrandTakenError(Exception):
    """Two brands cannot share a name."""


class CalendarRefusedError(Exception):
    """A calendar that cannot be published as it stands."""


def set_up(*, name: str, actor: Actor, now: datetime, demo: bool = False) -> None:
    """Say which group this database belongs to; once."""
    if known := queries.organisation():
        raise AlreadySetUpError(
            say("This database belongs to %(known)s already.", known=known.name)
        )
    Organisation.objects.create(pk=1, name=name, demo=demo, created_at=now)
    audit.record(
        actor=actor,
        verb=Verb.ORGANISATION_SET_UP,
        object_kind="organisation",
        object_id=1,
        now=now,
        details={"demo": demo},
    )


def create(*, slug: str, name: str, code: str, actor: Actor, now: datetime, order: int = 0) -> int:
    """A new brand; it needs a calendar before anything can fall due (clause 1.1)."""
    if Brand.objects.filter(slug=slug).exists() or Brand.objects.filter(name=name).exists():
        raise BrandTakenError(
            say("There is a brand called %(name)s or “%(slug)s” already.", name=name, slug=slug)
        )
    made = Brand.objects.create(slug=slug, name=name, code=code, order=order)
    audit.record(
        actor=actor,
        verb=Verb.BRAND_CREATED,
        object_kind="brand",
        object_id=made.pk,
        now=now,
        brand=slug,
        stamp=Stamp("1.1"),
    )
    return made.pk


def publish_calendar(  # noqa: PLR0913 - a calendar is named by all of these
    *,
    brand_id: int,
    effective_at: datetime,
    actor: Actor,
    now: datetime,
    week: Week = ASSUMED_WEEK,
    source: str = ASSUMED_SOURCE,
    zone: str = "Europe/London",
    subdivision: str = "ENG",
    closed_on_bank_holidays: bool = True,
    closures: Sequence[OneOffDay] = (),
    openings: Sequence[OneOffDay] = (),
) -> int:
    """The next version of a brand's hours; older ones stay, for what was received under them."""
    plan = Plan(
        brand_id=brand_id,
        week=week,
        effective_at=effective_at,
        zone=zone,
        subdivision=subdivision,
        closed_on_bank_holidays=closed_on_bank_holidays,
        closures=tuple(closures),
        openings=tuple(openings),
        source=source,
    )
    return publish_plan(plan=plan, actor=actor, now=now)


def publish_plan(*, plan: Plan, actor: Actor, now: datetime) -> int:
    """Publish a change or a correction. Raises `hours.HoursError`, `CalendarRefusedError`."""
    brand = queries.by_id(plan.brand_id)
    # Two people at once: the second waits, and is told what the first did.
    Brand.objects.select_for_update().get(pk=brand.pk)
    corrected = _corrected(plan)
    effective_at = corrected.effective_at if corrected else plan.effective_at
    if effective_at is None:
        raise CalendarRefusedError(say("A calendar needs a time from which on it holds."))
    newest = Calendar.objects.filter(brand=brand).aggregate(Max("version"))["version__max"] or 0
    row = Calendar(
        brand=brand,
        version=newest + 1,
        zone=plan.zone,
        subdivision=plan.subdivision,
        closed_on_bank_holidays=plan.closed_on_bank_holidays,
        hours={day: [list(times) for times in spans] for day, spans in plan.week.items()},
        closures=[rules.stored(day) for day in plan.closures],
        openings=[rules.stored(day) for day in plan.openings],
        effective_at=effective_at,
        source=plan.source,
        why=plan.why,
        corrects=corrected,
        published_at=now,
    )
    # Refused here, with a sentence, rather than when the first enquiry needs it.
    hours.next_opening(queries.built(row), effective_at)
    if (
        corrected is None
        and Calendar.objects.filter(brand=brand, effective_at=effective_at).exists()
    ):
        raise hours.HoursError(
            say(
                "%(brand)s has a calendar that starts at this very time: choose another, or"
                " correct that one.",
                brand=brand.name,
            )
        )
    row.save(force_insert=True)
    _audit_calendar(row, corrected, actor=actor, now=now)
    return row.pk


def _corrected(plan: Plan) -> Calendar | None:
    if plan.corrects is None:
        return None
    row = Calendar.objects.filter(pk=plan.corrects, brand_id=plan.brand_id).first()
    if row is None:
        raise CalendarRefusedError(
            say("The calendar to correct belongs to no version of this brand.")
        )
    later = Calendar.objects.filter(corrects=row).first()
    if later is not None:
        raise CalendarRefusedError(
            say(
                "Calendar %(row)s was corrected already: correct calendar %(later)s.",
                row=row.version,
                later=later.version,
            )
        )
    return row


def _audit_calendar(
    row: Calendar, corrected: Calendar | None, *, actor: Actor, now: datetime
) -> None:
    details: dict[str, str | int | bool | None] = {
        "version": row.version,
        "effective_at": row.effective_at.isoformat(),
    }
    if corrected is not None:
        details["corrects"] = corrected.version
    audit.record(
        actor=actor,
        verb=Verb.CALENDAR_CORRECTED if corrected else Verb.CALENDAR_PUBLISHED,
        object_kind="calendar",
        object_id=row.pk,
        now=now,
        brand=row.brand.slug,
        stamp=Stamp("6.4"),
        details=details,
    )


def archive(*, brand_id: int, actor: Actor, now: datetime) -> None:
    """The group no longer speaks under this name; what was said under it stays."""
    brand = queries.by_id(brand_id)
    if brand.archived_at is not None:
        return
    brand.archived_at = now
    brand.save(update_fields=["archived_at"])
    audit.record(
        actor=actor,
        verb=Verb.BRAND_ARCHIVED,
        object_kind="brand",
        object_id=brand.pk,
        now=now,
        brand=brand.slug,
    )
