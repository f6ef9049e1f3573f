"""Which brands there are and when each is open."""

from bisect import bisect_right
from datetime import datetime
from functools import lru_cache

from glede.kit import clock, hours, once
from glede.kit.words import say
from glede.rulebook.brands import rules
from glede.rulebook.brands.models import Brand, Calendar, Organisation
from glede.rulebook.brands.rules import CalendarAt, Plan

__all__ = [
    "Brand",
    "Calendar",
    "NoCalendarError",
    "NoSuchBrandError",
    "all_brands",
    "brand",
    "brand_of",
    "built",
    "by_id",
    "calendar",
    "calendar_at",
    "calendars",
    "in_its_place",
    "organisation",
    "plan_of",
]


class NoSuchBrandError(LookupError):
    """Nobody by that name belongs to the group."""


class NoCalendarError(LookupError):
    """A brand was asked for its hours before its first calendar."""


def organisation() -> Organisation | None:
    """The group this database belongs to; `None` before `glede setup` or `glede demo`."""
    return Organisation.objects.first()


def brand(slug: str) -> Brand:
    found = Brand.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Brand.objects.values_list("slug", flat=True)) or "none"
        raise NoSuchBrandError(
            say("There is no brand “%(slug)s”. There are: %(known)s.", slug=slug, known=known)
        )
    return found


def by_id(brand_id: int) -> Brand:
    found = Brand.objects.filter(pk=brand_id).first()
    if found is None:
        raise NoSuchBrandError(say("There is no brand number %(brand_id)s.", brand_id=brand_id))
    return found


def all_brands(*, archived: bool = False) -> list[Brand]:
    brands = Brand.objects.all()
    return list(brands if archived else brands.filter(archived_at=None))


def calendar_at(brand_id: int, at: datetime) -> CalendarAt:
    beginnings = _beginnings(brand_id)
    begun = bisect_right(beginnings, at, key=lambda one: one[0])
    if not begun:
        raise NoCalendarError(
            say(
                "%(brand)s had no opening hours on %(day)s: publish a calendar that starts"
                " earlier.",
                brand=by_id(brand_id).name,
                day=clock.date_words(at),
            )
        )
    return calendar(beginnings[begun - 1][1])


@once.remembered
def _beginnings(brand_id: int) -> tuple[tuple[datetime, int], ...]:
    """When each calendar of a brand begins to hold, oldest first; of two at once the corrected."""
    rows = Calendar.objects.filter(brand_id=brand_id).order_by("effective_at", "version")
    return tuple(rows.values_list("effective_at", "pk"))


@lru_cache(maxsize=256)
def calendar(calendar_id: int) -> CalendarAt:
    """Kept in memory: a published calendar never changes."""
    row = Calendar.objects.select_related("brand").get(pk=calendar_id)
    return CalendarAt(id=row.pk, version=row.version, calendar=built(row))


def calendars(brand_id: int) -> list[Calendar]:
    """Every version there ever was, the newest first; each knows what it corrects."""
    rows = Calendar.objects.filter(brand_id=brand_id).select_related("brand", "corrects")
    return list(rows.order_by("-version"))


def brand_of(calendar_id: int) -> int:
    return Calendar.objects.values_list("brand_id", flat=True).get(pk=calendar_id)


def in_its_place(calendar_id: int) -> tuple[int, frozenset[int]]:
    """The calendar that holds where this one was published, and all those it stands for: itself
    where nobody corrected it."""
    chain = dict(Calendar.objects.exclude(corrects=None).values_list("corrects_id", "pk"))
    newest, stood = calendar_id, {calendar_id}
    while newest in chain:
        newest = chain[newest]
        stood.add(newest)
    before = {new: old for old, new in chain.items()}
    while calendar_id in before:
        calendar_id = before[calendar_id]
        stood.add(calendar_id)
    return newest, frozenset(stood - {newest})


def plan_of(row: Calendar) -> Plan:
    """A published calendar as a plan to begin the next one with."""
    return Plan(
        brand_id=row.brand_id,
        week={day: [tuple(times) for times in row.hours.get(day, [])] for day in rules.DAYS},
        zone=row.zone,
        subdivision=row.subdivision,
        closed_on_bank_holidays=row.closed_on_bank_holidays,
        closures=rules.one_off_days(row.closures),
        openings=rules.one_off_days(row.openings),
        source=row.source,
    )


def built(row: Calendar) -> hours.Calendar:
    return hours.Calendar(
        version=f"{row.brand.slug} {row.version}",
        zone=rules.zone(row.zone),
        week=rules.week(row.hours),
        bank_holidays=row.subdivision if row.closed_on_bank_holidays else None,
        one_offs=rules.one_offs(row.closures, opens=False)
        + rules.one_offs(row.openings, opens=True),
    )
