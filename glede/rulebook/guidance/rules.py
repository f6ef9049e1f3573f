"""Who must still say that they have read the policy (clause 1.1). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Reading:
    """How one member of staff stands with the version in force.

    `asked_at` is when they were asked: when it took effect, when they joined, or when their last
    receipt grew too old. `read_at` is their newest receipt for it.
    """

    asked_at: datetime
    read_at: datetime | None
    turn: int

    @property
    def is_read(self) -> bool:
        return self.read_at is not None and self.read_at >= self.asked_at

    def due_at(self, within: timedelta) -> datetime:
        return self.asked_at + within

    def is_late(self, *, now: datetime, within: timedelta) -> bool:
        return not self.is_read and now > self.due_at(within)


def reading(
    *,
    effective_at: datetime,
    joined_at: datetime,
    receipts: list[datetime],
    again_after: timedelta,
    now: datetime,
) -> Reading:
    """`receipts` are their receipts for the version, the oldest first."""
    newest = receipts[-1] if receipts else None
    if newest is None:
        return Reading(max(effective_at, joined_at), None, 1)
    if now >= newest + again_after:
        return Reading(newest + again_after, newest, len(receipts) + 1)
    return Reading(max(effective_at, joined_at), newest, len(receipts))
