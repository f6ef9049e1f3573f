"""What a corrected calendar does to the clocks that run under the wrong one. Changes nothing.

The live clock's own functions say when each would have been due, so a preview and what then
happens are the same sum. A date that a person set, and a time counted by the law's own days, do not
depend on opening hours and stay.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from glede.desk.clocks import kinds, rules, scheduling
from glede.desk.clocks.models import Clock
from glede.desk.clocks.promising import promise_of
from glede.desk.clocks.rules import ClockKind, ClockState, Reading
from glede.kit import hours
from glede.rulebook.brands import queries as brands
from glede.rulebook.policy import queries as policy

OPEN = (ClockState.RUNNING, ClockState.HELD)


@dataclass(frozen=True, slots=True)
class Times:
    """What a clock takes from its calendar."""

    due_at: datetime
    soft_at: datetime
    in_hours: bool
    clause: str


@dataclass(frozen=True, slots=True)
class Move:
    """One open clock under another calendar."""

    clock_id: int
    conversation_id: int
    conversation: str
    kind: str
    was: Times
    becomes: Times

    @property
    def moves(self) -> bool:
        return self.was.due_at != self.becomes.due_at


@dataclass(frozen=True, slots=True)
class Preview:
    """What a correction would do now: how many open promises it touches, and which of them move."""

    touched: int
    moving: tuple[Move, ...]

    @property
    def staying(self) -> int:
        return self.touched - len(self.moving)


def open_under(calendar_ids: Collection[int]) -> list[int]:
    """Open clocks that were computed with one of these calendars, the longest running first."""
    found = Clock.objects.filter(calendar_id__in=calendar_ids, state__in=OPEN)
    return list(found.order_by("started_at", "pk").values_list("pk", flat=True))


def preview(calendar_ids: Collection[int], calendar: hours.Calendar) -> Preview:
    """What would move if `calendar` stood in the place of those. Raises `HoursError`."""
    rows = Clock.objects.filter(calendar_id__in=calendar_ids, state__in=OPEN)
    touched, moving = 0, []
    for move in _moves(rows.select_related("conversation").order_by("due_at", "pk"), calendar):
        touched += 1
        if move.moves:
            moving.append(move)
    return Preview(touched, tuple(moving))


def _moves(rows: Collection[Clock] | Iterator[Clock], calendar: hours.Calendar) -> Iterator[Move]:
    return (move_of(clock, calendar) for clock in rows)


def move_of(clock: Clock, calendar: hours.Calendar) -> Move:
    """This clock as it would stand under `calendar`; time it was given back stays with it."""
    was = Times(clock.due_at, clock.soft_at, clock.in_hours, clock.clause)
    wrong = _times(clock, brands.calendar(clock.calendar_id).calendar)
    right = _times(clock, calendar)
    becomes = was
    if wrong is not None and right is not None:
        becomes = Times(
            due_at=right.due_at + (was.due_at - wrong.due_at),
            soft_at=right.soft_at + (was.soft_at - wrong.soft_at),
            in_hours=right.in_hours,
            clause=right.clause,
        )
    return Move(
        clock_id=clock.pk,
        conversation_id=clock.conversation_id,
        conversation=clock.conversation.name,
        kind=clock.kind,
        was=was,
        becomes=becomes,
    )


def _times(clock: Clock, calendar: hours.Calendar) -> Times | None:
    book = policy.rulebook(clock.policy_id)
    if clock.kind == ClockKind.ACKNOWLEDGE:
        promise = promise_of(book, reading=Reading(clock.reading))
        found = rules.deadline(clock.started_at, promise, calendar)
        return Times(found.due_at, found.soft_at, found.in_hours, found.clause)
    kind = kinds.kind(clock.kind)
    if not kind.rule:
        return None
    due, rule = scheduling.due(kind, book, start_at=clock.started_at, calendar=calendar)
    in_hours = hours.is_open(calendar, clock.started_at)
    return Times(due.due_at, due.due_at, in_hours, rule.clause)
