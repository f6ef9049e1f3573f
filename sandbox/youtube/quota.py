"""Units of a day that ends at midnight Pacific time, in the buckets kept since June 2026."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.youtube.state import State

_PACIFIC = ZoneInfo("America/Los_Angeles")
MOST = {"units": 10_000, "search": 100, "uploads": 100}


@dataclass(slots=True)
class Quota:
    """`most` may be lowered while it runs, to see what a desk does about it."""

    state: Callable[[], State]
    now: Callable[[], datetime]
    most: dict[str, int] = field(default_factory=lambda: dict(MOST))

    def spend(self, bucket: str, units: int) -> bool:
        """Whether there were so many left."""
        stored = self.state().stored
        today = self.now().astimezone(_PACIFIC).date().isoformat()
        if stored.used_on != today:
            stored.used_on, stored.used = today, {}
        used = stored.used.get(bucket, 0)
        if used + units > self.most[bucket]:
            return False
        stored.used[bucket] = used + units
        return True

    def give_back(self, bucket: str, units: int) -> None:
        """A call that was refused costs less than it would have."""
        self.state().stored.used[bucket] -= units

    def left(self, bucket: str) -> int:
        return self.most[bucket] - self.state().stored.used.get(bucket, 0)
