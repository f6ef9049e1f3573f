"""Which apps there are: read now and then, so that a call asks nobody."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import OperationalError, connection

from glede.door.line import DatabaseAwayError
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts.rules import Registered

#: A changed secret holds after this long; an unknown name makes us look again sooner.
_FRESH_SECONDS = 5.0
_UNKNOWN_SECONDS = 1.0


@dataclass(slots=True)
class Registrations:
    _known: Mapping[tuple[str, str], Registered] = field(default_factory=dict)
    _read_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def known(self, platform: str, slug: str) -> Registered | None:
        """What was read not long ago; `None` means ask `find`."""
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            return None
        return self._known.get((platform, slug))

    async def find(self, platform: str, slug: str) -> Registered | None:
        """Raises `DatabaseAwayError` while nothing was ever read."""
        age = time.monotonic() - self._read_at
        found = self._known.get((platform, slug))
        if age > _FRESH_SECONDS or (found is None and age > _UNKNOWN_SECONDS):
            await self._read(older_than=_UNKNOWN_SECONDS)
            found = self._known.get((platform, slug))
        return found

    async def _read(self, *, older_than: float) -> None:
        async with self._lock:
            if time.monotonic() - self._read_at <= older_than:
                return  # somebody else read while we waited
            try:
                self._known = await asyncio.to_thread(_read)
            except OperationalError as error:
                # What was known stays good: a call that cannot be kept is told so by the commit.
                if self._read_at == float("-inf"):
                    raise DatabaseAwayError("The database does not answer.") from error
            self._read_at = time.monotonic()


def _read() -> dict[tuple[str, str], Registered]:
    try:
        return {(app.platform, app.app.slug): app for app in accounts.door_apps()}
    finally:
        # This thread's own connection: nobody else would notice when it breaks.
        connection.close()
