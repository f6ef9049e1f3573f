"""The rota changes, gaps ahead are told once, and whoever is on duty is told what the evening owes.

Clauses 3.1 (somebody is always on duty in hours and on call out of them), 6.5 and 6.7.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from glede.desk.alerts.rules import Kind
from glede.desk.rota import actions, queries
from glede.desk.rota.actions import Saved
from glede.desk.rota.models import Lapse
from glede.desk.rota.queries import Evening
from glede.desk.rota.rules import Lack, Planned
from glede.flow import notices
from glede.kit import clock
from glede.rulebook.brands import queries as brands
from glede.rulebook.offices import actions as offices
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer

#: What each kind of gap means to whoever reads of it.
SAYS = {
    Lack.IN_HOURS: "nobody is on duty",
    Lack.OUT_OF_HOURS: "nobody looks in time",
}


def save_week(
    *, viewer: Viewer, monday: date, shifts: Sequence[Planned], seen: int, now: datetime
) -> Saved:
    """Raises `actions.RotaRefused`, `rules.BadShift`; then nothing is saved."""
    with transaction.atomic():
        saved = actions.save_week(
            monday=monday, shifts=shifts, seen=seen, actor=viewer.actor, now=now
        )
    watch(now=now)
    return saved


def swap(*, viewer: Viewer, shift_id: int, person_id: int, note: str, now: datetime) -> None:
    """Raises `actions.RotaRefused`, `rules.BadShift`."""
    with transaction.atomic():
        actions.swap(shift_id=shift_id, person_id=person_id, note=note, actor=viewer.actor, now=now)
    watch(now=now)


def away(*, viewer: Viewer, person_id: int, from_on: date, until_on: date, now: datetime) -> None:
    """Their shifts cover nothing from a day until another (half-open). Raises
    `offices.OfficeRefusedError`."""
    with transaction.atomic():
        offices.away(
            person_id=person_id, from_on=from_on, until_on=until_on, actor=viewer.actor, now=now
        )
    watch(now=now)


def back(*, viewer: Viewer, absence_id: int, now: datetime) -> None:
    """They are there after all. Raises `offices.OfficeRefusedError`."""
    with transaction.atomic():
        offices.back(absence_id=absence_id, actor=viewer.actor, now=now)
    watch(now=now)


def run(*, now: datetime) -> None:
    """A turn of the worker."""
    if brands.organisation() is None or not queries.exists():
        return
    watch(now=now)
    go_home(now=now)


def watch(*, now: datetime) -> int:
    """Look for gaps in the days ahead and tell of each once; returns how many people were told."""
    with transaction.atomic():
        actions.alone()
        found = queries.ahead(now=now)
        new = actions.note_gaps(found=found, now=now)
        return sum(_tell(gaps, now=now) for gaps in _by_brand(new))


def _by_brand(new: Iterable[Lapse]) -> list[list[Lapse]]:
    """New gaps of one brand are told together: a week nobody has planned is one thing to know."""
    found: dict[int, list[Lapse]] = {}
    for lapse in new:
        found.setdefault(lapse.brand_id, []).append(lapse)
    return list(found.values())


def _tell(gaps: Sequence[Lapse], *, now: datetime) -> int:
    first = gaps[0]
    name = brands.by_id(first.brand_id).name
    stretch = _stretch(first.from_at, first.until_at, now)
    more = f", and at {len(gaps) - 1} more times" if len(gaps) > 1 else ""
    able = people.who_may(Permission.MANAGE_ROTA, brand_id=None, now=now)
    return notices.tell(
        people=[viewer.id for viewer in able],
        key=f"rota:gap:{first.pk}",
        says=f"{name}: {SAYS[Lack(first.lack)]} {stretch}{more}. Change the rota.",
        href="/rota/",
        kind=Kind.ROTA,
        now=now,
    )


def _stretch(from_at: datetime, until_at: datetime, now: datetime) -> str:
    here = queries.zone()
    begins = clock.when_words(from_at, now, here)
    return f"from {begins} to {clock.when_words(until_at, from_at, here)}"


def go_home(*, now: datetime) -> int:
    """Before a brand closes, tell whoever has it what falls due before it opens again."""
    before = timedelta(minutes=settings.GLEDE_ROTA_HOME_MINUTES)
    told = 0
    for evening in queries.evenings(now=now):
        if evening.closes_at is None or evening.closes_at - now > before or not evening.due:
            continue
        with transaction.atomic():
            told += _send_home(evening, now=now)
    return told


def _send_home(evening: Evening, *, now: datetime) -> int:
    here, brand, closes_at = queries.zone(), evening.brand, evening.closes_at
    if closes_at is None:
        return 0
    count = len(evening.due)
    what = "one promise falls due" if count == 1 else f"{count} promises fall due"
    until = f" before {clock.when_words(evening.opens_at, now, here)}" if evening.opens_at else ""
    return notices.tell(
        people=queries.on_for(brand.pk, now=now),
        key=f"rota:home:{brand.pk}:{closes_at.isoformat()}",
        says=f"{brand.name} closes at {clock.when_words(closes_at, now, here)}: {what}{until}.",
        href="/rota/home/",
        kind=Kind.ROTA,
        now=now,
    )
