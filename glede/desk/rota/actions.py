"""Save a week of the rota, let one person take another's shift, note the gaps that were found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from glede.desk.rota import queries, rules
from glede.desk.rota.models import Lapse, Shift, Week
from glede.desk.rota.rules import BadShift, Gap, Lack, Planned
from glede.kit import clock
from glede.kit.words import say
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp, Verb
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission
from glede.rulebook.policy import queries as policy

_WEEK = timedelta(days=7)


class RotaRefused(ValueError):  # noqa: N818 - reads as a sentence
    """A week that cannot be saved so: says what to change."""


class Uncovered(RotaRefused):
    """Opening hours in which nobody would be on duty."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        super().__init__(
            say(
                "In opening hours somebody must be on duty for every brand. Fill the gaps,"
                " or name who stands in."
            )
        )
        self.gaps = tuple(gaps)


@dataclass(frozen=True, slots=True)
class Saved:
    """How often the week was saved by now, and the gaps out of hours it leaves."""

    version: int
    gaps: tuple[Gap, ...]


def save_week(
    *, monday: date, shifts: Sequence[Planned], seen: int, actor: Actor, now: datetime
) -> Saved:
    """The week holds these shifts from now on. `seen` is the version the person began with.

    Raises `Uncovered` if opening hours of that week that are still to come have nobody on duty,
    `RotaRefused`, `BadShift`.
    """
    if monday.weekday():
        raise RotaRefused(
            say(
                "%(day)s is no Monday: a week of the rota begins on one.",
                day=clock.date_words(monday),
            )
        )
    week, _ = Week.objects.get_or_create(monday=monday)
    week = Week.objects.select_for_update().get(pk=week.pk)
    if week.version != seen:
        raise RotaRefused(
            say("Somebody saved this week while you wrote. Look at it and begin again.")
        )
    for one in shifts:
        _check(one, monday=monday, now=now)
    start = max(rules.midnight(monday, queries.zone()), now)
    end = rules.midnight(monday + _WEEK, queries.zone())
    gaps = queries.gaps(start, end, now=now, instead=(monday, shifts)) if start < end else []
    if uncovered := [gap for gap in gaps if gap.lack is Lack.IN_HOURS]:
        raise Uncovered(uncovered)
    changed = _write(week, shifts)
    week.version += 1
    week.saved_at = now
    week.save(update_fields=["version", "saved_at"])
    left = tuple(gap for gap in gaps if gap.lack is Lack.OUT_OF_HOURS)
    audit.record(
        actor=actor,
        verb=Verb.ROTA_SAVED,
        object_kind="rota",
        object_id=monday.isoformat(),
        stamp=_stamp(Lack.IN_HOURS, now),
        details={"shifts": len(shifts), "gaps": len(left), **changed},
        now=now,
    )
    return Saved(week.version, left)


def _check(one: Planned, *, monday: date, now: datetime) -> None:
    if not monday <= one.on < monday + _WEEK:
        raise RotaRefused(
            say(
                "%(day)s is not in the week of %(monday)s.",
                day=clock.date_words(one.on),
                monday=clock.date_words(monday),
            )
        )
    rules.check(one)
    _may_watch(one.person_id, one.brand_id, now=now)


def _may_watch(person_id: int, brand_id: int | None, *, now: datetime) -> None:
    """Whoever watches must be able to answer. Raises `BadShift`."""
    viewer = people.viewer(person_id, now=now)
    may = viewer.brands_for(Permission.REPLY)
    if may is None or (brand_id is not None and brand_id in may):
        return
    named = brands.by_id(brand_id).name if brand_id is not None else say("every brand")
    raise BadShift(
        say(
            "%(name)s may not answer for %(brand)s: choose somebody else.",
            name=viewer.name,
            brand=named,
        )
    )


def _write(week: Week, shifts: Iterable[Planned]) -> dict[str, int]:
    known = {row.pk: row for row in Shift.objects.filter(week=week)}
    added = changed = 0
    kept: set[int | None] = set()
    for one in shifts:
        row = known.get(one.id) if one.id is not None else None
        if row is None:
            _fill(Shift(week=week), one).save()
            added += 1
            continue
        kept.add(row.pk)
        if queries.planned(row) != one:
            _fill(row, one).save()
            changed += 1
    gone = [pk for pk in known if pk not in kept]
    Shift.objects.filter(pk__in=gone).delete()
    return {"added": added, "changed": changed, "removed": len(gone)}


def _fill(row: Shift, one: Planned) -> Shift:
    watch = rules.watch_of(one, queries.zone())
    row.person_id, row.brand_id, row.duty = one.person_id, one.brand_id, one.duty.value
    row.on, row.starts, row.ends = one.on, one.starts, one.ends
    row.checks = [f"{at:%H:%M}" for at in one.checks]
    row.note = one.note
    row.from_at, row.until_at = watch.from_at, watch.until_at
    return row


def swap(*, shift_id: int, person_id: int, note: str, actor: Actor, now: datetime) -> None:
    """Somebody else takes a shift that is not over. Raises `RotaRefused`, `BadShift`."""
    row = Shift.objects.select_for_update().filter(pk=shift_id).first()
    if row is None:
        raise RotaRefused(say("This shift is no longer on the rota."))
    if row.until_at <= now:
        raise RotaRefused(say("This shift is over: who had it stays on record."))
    if not note.strip():
        raise RotaRefused(say("Say why, for whoever reads the rota."))
    if person_id == row.person_id:
        raise RotaRefused(say("They have this shift already: choose somebody else."))
    _may_watch(person_id, row.brand_id, now=now)
    before, row.person_id, row.note = row.person_id, person_id, note.strip()
    row.save(update_fields=["person", "note"])
    # Whoever writes on the week has not seen this.
    week = Week.objects.select_for_update().get(pk=row.week_id)
    week.version += 1
    week.save(update_fields=["version"])
    audit.record(
        actor=actor,
        verb=Verb.SHIFT_SWAPPED,
        object_kind="shift",
        object_id=row.pk,
        stamp=_stamp(Lack.IN_HOURS, now),
        details={"from": before, "to": person_id, "on": row.on.isoformat()},
        now=now,
    )


# --- Gaps ------------------------------------------------------------------------------------


def alone() -> None:
    """Wait until nobody else notes gaps: they look at the same ones. Ends with the transaction."""
    list(Week.objects.select_for_update().order_by("pk")[:1])


def note_gaps(*, found: Iterable[Gap], now: datetime) -> list[Lapse]:
    """Keep what was found ahead; returns the new ones. A gap that moves an edge stays the same
    one; one that is no longer found is closed. Ask for `alone` first."""
    known = list(Lapse.objects.select_for_update().filter(closed_at=None))
    new, seen = [], set()
    for gap in found:
        same = [row for row in known if _same(row, gap)]
        seen |= {row.pk for row in same}
        if same:
            row = same[0]
            row.from_at, row.until_at = min(row.from_at, gap.from_at), gap.until_at
            row.save(update_fields=["from_at", "until_at"])
            continue
        row = Lapse.objects.create(
            brand_id=gap.brand_id,
            lack=gap.lack.value,
            from_at=gap.from_at,
            until_at=gap.until_at,
            found_at=now,
        )
        _record(Verb.GAP_FOUND, row, now=now)
        new.append(row)
    for row in known:
        if row.pk not in seen:
            row.closed_at = now
            row.save(update_fields=["closed_at"])
            _record(Verb.GAP_CLOSED, row, now=now)
    return new


def _same(row: Lapse, gap: Gap) -> bool:
    return (
        row.brand_id == gap.brand_id
        and row.lack == gap.lack
        and gap.from_at <= row.until_at
        and row.from_at <= gap.until_at
    )


def _record(verb: Verb, row: Lapse, *, now: datetime) -> None:
    audit.record(
        actor=SYSTEM,
        verb=verb,
        object_kind="gap",
        object_id=row.pk,
        brand=brands.by_id(row.brand_id).slug,
        stamp=_stamp(Lack(row.lack), now),
        details={
            "lack": row.lack,
            "from": row.from_at.isoformat(),
            "until": row.until_at.isoformat(),
            "days_ahead": settings.GLEDE_ROTA_AHEAD_DAYS,
        },
        now=now,
    )


def _stamp(lack: Lack, now: datetime) -> Stamp:
    """In hours by what the Pod is for, out of hours by the promise that would be broken."""
    book = policy.rulebook_at(now)
    key = "acknowledge.in_hours" if lack is Lack.IN_HOURS else "acknowledge.out_of_hours"
    return Stamp(book.rule(key).clause, book.version)
