"""Rehearsals as one person may see them, and the enquiries that would have gone otherwise."""

from dataclasses import dataclass
from datetime import datetime

from glede.desk.insight import facts, rules
from glede.desk.insight.models import Difference, Rehearsal
from glede.desk.insight.period import Period
from glede.desk.insight.queries import figures_for
from glede.desk.insight.replay import Change, Counts, HoursFrom, State, counts_of
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal as one person may see it: their brands added up, none of the others."""

    id: int
    version: int | None
    version_number: str
    hours_from: HoursFrom
    period: Period
    asked_by: str
    asked_at: datetime
    state: State
    total: int
    done: int
    touched_at: datetime
    ended_at: datetime | None
    says: str
    brands: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One enquiry that would have gone otherwise."""

    enquiry_id: int
    conversation_id: int
    brand_id: int
    brand: str
    platform: str
    name: str
    change: Change
    received_at: datetime
    live_due_at: datetime
    due_at: datetime
    ended_at: datetime | None
    live: rules.Outcome
    outcome: rules.Outcome


@dataclass(frozen=True, slots=True)
class Differences:
    total: int
    rows: tuple[DifferenceRow, ...]
    offset: int

    @property
    def after(self) -> int | None:
        following = self.offset + len(self.rows)
        return following if following < self.total else None


def rehearsed(rehearsal_id: int, viewer: Viewer) -> Rehearsed | None:
    """None where there is no such rehearsal, or no right to figures."""
    names = figures_for(viewer)
    found = Rehearsal.objects.filter(pk=rehearsal_id).select_related("asked_by").first()
    return _seen(found, names) if found is not None and names else None


def rehearsals(viewer: Viewer, *, limit: int = 20) -> list[Rehearsed]:
    """The newest first."""
    names = figures_for(viewer)
    if not names:
        return []
    found = Rehearsal.objects.select_related("asked_by").order_by("-pk")[:limit]
    return [_seen(one, names) for one in found]


def differences(
    rehearsal_id: int,
    viewer: Viewer,
    *,
    change: Change,
    offset: int = 0,
    limit: int | None = 50,
) -> Differences:
    """The enquiries of the viewer's brands that differ in this way, in order of receipt."""
    names = figures_for(viewer)
    found = Difference.objects.filter(
        rehearsal_id=rehearsal_id, change=change, brand__in=list(names)
    ).order_by("received_at", "pk")
    shown = list(found[offset : None if limit is None else offset + limit])
    called = facts.names_of([one.conversation for one in shown])
    return Differences(
        found.count(), tuple(_difference(one, names, called, viewer) for one in shown), offset
    )


def _seen(found: Rehearsal, names: dict[int, str]) -> Rehearsed:
    counts = Counts()
    for brand, stored in found.counts.items():
        if int(brand) in names:
            counts = counts.plus(counts_of(stored))
    return Rehearsed(
        id=found.pk,
        version=found.version,
        version_number=found.version_number,
        hours_from=HoursFrom(found.hours_from),
        period=Period(found.from_at, found.to_at),
        asked_by=found.asked_by.name if found.asked_by else "",
        asked_at=found.asked_at,
        state=State(found.state),
        total=found.total,
        done=found.done,
        touched_at=found.touched_at,
        ended_at=found.ended_at,
        says=found.says,
        brands=tuple(names.values()),
        counts=counts,
    )


def _difference(
    one: Difference, names: dict[int, str], called: dict[int, str], viewer: Viewer
) -> DifferenceRow:
    readable = viewer.may(Permission.READ_CONVERSATIONS, one.brand)
    return DifferenceRow(
        enquiry_id=one.enquiry,
        conversation_id=one.conversation,
        brand_id=one.brand,
        brand=names[one.brand],
        platform=one.platform,
        name=called.get(one.conversation, "") if readable else "",
        change=Change(one.change),
        received_at=one.received_at,
        live_due_at=one.live_due_at,
        due_at=one.due_at,
        ended_at=one.stopped_at,
        live=rules.Outcome(one.live_outcome),
        outcome=rules.Outcome(one.outcome),
    )
