"""Who is on now, who is next, what a week holds, and where nobody is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.conf import settings

from glede.desk.clocks import promising
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockState
from glede.desk.replies import acknowledging
from glede.desk.replies.acknowledging import Asked
from glede.desk.rota import rules
from glede.desk.rota.models import Shift, Week
from glede.desk.rota.rules import Duty, Gap, Held, Planned, Watch
from glede.kit import hours
from glede.platforms import registry
from glede.platforms.contract import By
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.accounts.rules import State
from glede.rulebook.brands import queries as brands
from glede.rulebook.offices import queries as offices
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook

__all__ = [
    "ByHand",
    "Due",
    "Evening",
    "Shift",
    "ahead",
    "evenings",
    "exists",
    "gaps",
    "name_of",
    "next_up",
    "of_person",
    "on_for",
    "on_now",
    "planned",
    "present",
    "shift",
    "usual_checks",
    "version_of",
    "watched_brands",
    "watches",
    "week",
    "who_may_watch",
    "zone",
]

#: What a platform brings that everybody can read, and what it brings to us alone.
_PUBLIC = ("comments", "mentions", "quotes", "reviews")
_PRIVATE = ("messages", "forms")
#: A shift lasts a day at most, and the clocks may add an hour.
_LONGEST = timedelta(hours=25)
#: How far beyond a stretch its last message may still be answered.
_BEYOND = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ByHand:
    """A brand with the channels whose messages nothing acknowledges by itself out of hours."""

    brand: brands.Brand
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A promise that falls due before the doors open again."""

    conversation_id: int
    name: str
    kind: str
    due_at: datetime
    owner: str


def zone() -> ZoneInfo:
    """The wall clock the rota is written in."""
    return ZoneInfo(settings.TIME_ZONE)


def usual_checks() -> tuple[time, ...]:
    return tuple(map(time.fromisoformat, settings.GLEDE_ROTA_CHECKS))


def exists() -> bool:
    """Has anybody ever saved a week? Until then there is no rota, and so nobody missing in it."""
    return Week.objects.filter(version__gt=0).exists()


def version_of(monday: date) -> int:
    """How often the week was saved; 0 for never."""
    return Week.objects.filter(monday=monday).values_list("version", flat=True).first() or 0


def week(monday: date) -> list[Shift]:
    """The shifts written under a week, in the order they begin."""
    return list(Shift.objects.filter(week__monday=monday).select_related("person", "brand"))


def shift(shift_id: int) -> Shift | None:
    return Shift.objects.select_related("person", "brand", "week").filter(pk=shift_id).first()


def of_person(person_id: int, *, now: datetime, limit: int = 10) -> list[Shift]:
    """Somebody's shift now, and those to come."""
    rows = Shift.objects.filter(person_id=person_id, until_at__gt=now)
    return list(rows.select_related("brand", "person")[:limit])


def planned(row: Shift) -> Planned:
    return Planned(
        person_id=row.person_id,
        brand_id=row.brand_id,
        duty=Duty(row.duty),
        on=row.on,
        starts=row.starts,
        ends=row.ends,
        checks=tuple(map(time.fromisoformat, row.checks)),
        note=row.note,
        id=row.pk,
    )


def on_now(*, now: datetime) -> list[Shift]:
    """Who has a shift at this instant and is not away."""
    rows = Shift.objects.filter(from_at__lte=now, until_at__gt=now).select_related(
        "person", "brand"
    )
    away = _away()
    return [
        row
        for row in rows
        if row.person.is_active
        and any(
            left.from_at <= now < left.until_at
            for left in rules.without(
                rules.watch_of(planned(row), zone()), away.get(row.person_id, ())
            )
        )
    ]


def on_for(brand_id: int, *, now: datetime) -> frozenset[int]:
    """The people who have this brand now: those on duty, or else those on call."""
    rows = [row for row in on_now(now=now) if row.brand_id in (None, brand_id)]
    there = [row for row in rows if Duty(row.duty) in rules.THERE]
    return frozenset(row.person_id for row in there or rows)


def next_up(*, now: datetime, limit: int = 4) -> list[Shift]:
    """The shifts that begin next."""
    rows = Shift.objects.filter(from_at__gt=now, person__is_active=True)
    return list(rows.select_related("person", "brand")[:limit])


def who_may_watch(*, now: datetime) -> list[Viewer]:
    """Everybody who may answer for at least one brand, by name."""
    return [
        viewer
        for viewer in people.who_may(Permission.REPLY, brand_id=None, now=now)
        if viewer.may(Permission.WORK_CONVERSATIONS)
    ]


def name_of(person_id: int) -> str:
    return people.person(person_id).name


# --- Where nobody is -------------------------------------------------------------------------


def watched_brands(*, now: datetime) -> list[ByHand]:
    """Brands with an account to watch, and the channels that need a person out of hours."""
    book = policy.rulebook_at(now)
    open_accounts = [row for row in accounts.accounts() if row.state == State.CONNECTED]
    return [
        ByHand(
            one,
            tuple(
                f"{row.handle or row.native_id} on {registry.get(row.platform).name}"
                for row in open_accounts
                if row.brand_id == one.pk and _needs_a_person(row, book)
            ),
        )
        for one in brands.all_brands()
        if any(row.brand_id == one.pk for row in open_accounts)
    ]


def _needs_a_person(account: Account, book: Rulebook) -> bool:
    """Does anything come in there that is not acknowledged by itself out of hours?"""
    capabilities = registry.get(account.platform).capabilities
    brought = {key for key, one in capabilities.receive.items() if one.by is not By.NONE}
    if not brought.intersection((*_PUBLIC, *_PRIVATE)):
        return True  # what is written there, a person has to go and see
    return any(
        brought.intersection(keys)
        and not acknowledging.is_wanted(
            Asked(
                in_hours=False,
                private=private,
                can=capabilities.abilities["automatic_acknowledgement"].can,
                which=book.rule("acknowledge.automatic").value,
                public_too=book.rule("public_auto_ack").value is True,
                in_hours_too=False,
                sensitive=(),
                over=False,
            )
        )
        for keys, private in ((_PUBLIC, False), (_PRIVATE, True))
    )


def watches(start: datetime, end: datetime, *, but: date | None = None) -> list[Watch]:
    """What is on the rota between two instants, without those who left or are away; `but` leaves
    out the week that begins on that day."""
    rows = Shift.objects.filter(
        until_at__gt=start - _LONGEST, from_at__lt=end, person__is_active=True
    )
    if but is not None:
        rows = rows.exclude(week__monday=but)
    return present(map(planned, rows))


def present(shifts: Iterable[Planned]) -> list[Watch]:
    """Shifts as watches, without the days on which their people are away."""
    away, here = _away(), zone()
    return [
        left
        for one in shifts
        for left in rules.without(rules.watch_of(one, here), away.get(one.person_id, ()))
    ]


def _away() -> dict[int, list[tuple[datetime, datetime]]]:
    here = zone()
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in offices.away():
        spell = (rules.midnight(one.from_on, here), rules.midnight(one.until_on, here))
        found.setdefault(one.person, []).append(spell)
    return found


def gaps(
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    instead: tuple[date, Sequence[Planned]] | None = None,
) -> list[Gap]:
    """Every gap that begins between two instants, earliest first. `instead`: as if this week held
    these shifts."""
    found = watches(start, end + _BEYOND, but=instead[0] if instead else None)
    if instead:
        found += present(instead[1])
    gaps: list[Gap] = []
    work = timedelta(minutes=settings.GLEDE_ROTA_WORK_MINUTES)
    for one in watched_brands(now=now):
        held = _held(one.brand.pk, start, end)
        gaps += rules.in_hours_gaps(one.brand.pk, held, found)
        if one.channels:
            gaps += rules.out_of_hours_gaps(one.brand.pk, held, found, work=work)
    return sorted(gaps, key=lambda gap: (gap.from_at, gap.brand_id, gap.lack))


def ahead(*, now: datetime) -> list[Gap]:
    """The gaps of the days ahead; none while there is no rota."""
    if not exists():
        return []
    return gaps(now, now + timedelta(days=settings.GLEDE_ROTA_AHEAD_DAYS), now=now)


def _held(brand_id: int, start: datetime, end: datetime) -> list[Held]:
    """Calendar and policy by the stretches in which each holds."""
    changes = {row.effective_at for row in brands.calendars(brand_id)}
    changes |= {one.effective_at for one in policy.versions() if one.effective_at is not None}
    cuts = sorted({start, end, *(at for at in changes if start < at < end)})
    found = []
    for from_at, until_at in pairwise(cuts):
        try:
            calendar = brands.calendar_at(brand_id, from_at).calendar
        except brands.NoCalendarError:
            continue  # nothing falls due before the brand's first calendar
        promise = promising.promise_of(policy.rulebook_at(from_at))
        found.append(Held(from_at, until_at, calendar, promise))
    return found


# --- Before you go home ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evening:
    """A brand's day as it ends: when it closes, when it opens again, what falls due until then."""

    brand: brands.Brand
    closes_at: datetime | None
    opens_at: datetime | None
    due: tuple[Due, ...]


def evenings(*, now: datetime, brand_ids: Collection[int] | None = None) -> list[Evening]:
    """What falls due before the next opening, by brand; `brand_ids` None means every brand."""
    found = []
    for brand in brands.all_brands():
        if brand_ids is not None and brand.pk not in brand_ids:
            continue
        try:
            calendar = brands.calendar_at(brand.pk, now).calendar
        except brands.NoCalendarError:
            continue
        closes_at = hours.day_close_of(calendar, now) if hours.is_open(calendar, now) else None
        opens_at = _opens_after(calendar, closes_at or now)
        found.append(Evening(brand, closes_at, opens_at, _due(brand.pk, opens_at)))
    return found


def _opens_after(calendar: hours.Calendar, at: datetime) -> datetime | None:
    try:
        return hours.next_opening(calendar, at)
    except hours.NeverOpensError:
        return None


def _due(brand_id: int, until_at: datetime | None) -> tuple[Due, ...]:
    if until_at is None:
        until_at = datetime.max.replace(tzinfo=UTC)
    rows = Clock.objects.filter(
        state=ClockState.RUNNING, due_at__lt=until_at, conversation__brand_id=brand_id
    ).select_related("conversation__owner")
    return tuple(
        Due(
            row.conversation_id,
            row.conversation.name,
            row.kind,
            row.due_at,
            row.conversation.owner.name if row.conversation.owner else "",
        )
        for row in rows.order_by("due_at", "pk")
    )
