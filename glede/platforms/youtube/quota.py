"""YouTube's day and its units: answers and acts always, looking for comments with what is left.

A poll may spend what is above the reserve, spread over what is left of the day: as it gets scarce
polls come further apart, and once only the reserve is left they stop until the next day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from glede.platforms.contract import TryAgain
from glede.platforms.meter import Meter
from glede.platforms.youtube.capabilities import MOST_UNITS, QUOTA, WRITE_UNITS, ZONE

_ZONE = ZoneInfo(ZONE)

#: Kept for answers and acts: as many as a busy day of one housing association brought. An
#: account's setting `reserve_replies` says otherwise.
RESERVE_REPLIES = "40"
#: What one poll spends: the newest comments, and now and then the lists for review and of uploads.
POLL_UNITS = 3


def day(now: datetime) -> str:
    return now.astimezone(_ZONE).date().isoformat()


def next_day(now: datetime) -> datetime:
    """When the units of today are given anew (UTC)."""
    tomorrow = now.astimezone(_ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=_ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the day's units are to be spent; from an account's settings."""

    most: int
    reserve: int
    every: timedelta

    @staticmethod
    def of(settings: Mapping[str, str], *, every: int) -> "Plan":
        replies = int(settings.get("reserve_replies") or RESERVE_REPLIES)
        return Plan(
            most=int(settings.get("quota_units") or MOST_UNITS),
            reserve=replies * WRITE_UNITS,
            every=timedelta(seconds=int(settings.get("poll_every") or every)),
        )

    def may_poll(self, meter: Meter, *, polled: datetime | None, now: datetime) -> None:
        """Raises `TryAgain` if a poll now would take what answers may need."""
        free = self.most - self.reserve - meter.spent(QUOTA, day(now))
        if free < POLL_UNITS:
            raise TryAgain(
                "What is left of today's units is kept for answers and acts.", at=next_day(now)
            )
        if polled is None or polled > now:
            return
        apart = (next_day(now) - now) * POLL_UNITS / free
        if apart > self.every and now < polled + apart:
            raise TryAgain(
                "Today's units get scarce, so comments are looked for less often.",
                at=polled + apart,
            )
