"""How often somebody called: windows that start with the first call and end on the clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """After a call: whether it is within the limit, what is left and when the window ends."""

    allowed: bool
    limit: int
    left: int
    resets_at: datetime


@dataclass(slots=True)
class Limits:
    """`most` may be lowered while it runs, to see what a desk does about it."""

    most: dict[str, tuple[int, timedelta]] = field(default_factory=dict)
    _windows: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def count(self, name: str, who: str, *, now: datetime, units: int = 1) -> Standing:
        """One more call of `who` under this limit; unknown limits allow everything."""
        limit, length = self.most.get(name, (1_000_000_000, timedelta(days=1)))
        started, used = self._windows.get((name, who), (now, 0))
        if now >= started + length:
            started, used = now, 0
        allowed = used + units <= limit
        if allowed:
            used += units
        self._windows[name, who] = (started, used)
        return Standing(allowed, limit, max(limit - used, 0), started + length)
