"""How often a public form may be used: counted in the database, once for all our processes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from glede.door.line import Line
from glede.platforms.contract import Allowance

_COUNT = """
INSERT INTO intake_usage (key, window_at, used) VALUES (%b, %b, 1)
ON CONFLICT (key, window_at) DO UPDATE SET used = intake_usage.used + 1
RETURNING used
"""


class TooOftenError(Exception):
    """Used more often than allowed; `seconds` until it may be used again."""

    def __init__(self, why: str, *, seconds: int) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass(slots=True)
class Counter:
    _line: Line = field(default_factory=Line)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def count(self, allowances: Sequence[Allowance], *, now: datetime) -> None:
        """Raises `TooOftenError`, and `DatabaseAwayError`."""
        for allowance in allowances:
            within = allowance.within_seconds
            since = int(now.timestamp()) // within * within
            window_at = datetime.fromtimestamp(since, UTC)
            async with self._lock:
                row = await self._line.ask(_COUNT, (allowance.key, window_at))
            if row is not None and row[0] > allowance.most:
                raise TooOftenError(
                    "This form was used too often. Please try again later.",
                    seconds=max(1, since + within - int(now.timestamp())),
                )

    async def close(self) -> None:
        await self._line.close()
