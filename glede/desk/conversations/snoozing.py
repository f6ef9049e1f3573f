"""Out of sight for a while: until when, and what brings it back sooner. Pure.

A snooze stops no clock. It ends at its time, when they write, or when a clock of ours comes near:
whichever is first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from glede.kit import hours
from glede.kit.hours import Calendar
from glede.kit.words import say

_QUARTER = timedelta(minutes=15)


class BadSnooze(ValueError):  # noqa: N818 - reads as a sentence
    """It cannot be snoozed until then; the words say why."""


class Woken(StrEnum):
    """What ended a snooze."""

    TIME = "its time came"
    WROTE = "they wrote"
    CLOCK = "a clock came near"
    BY_HAND = "by hand"
    SETTLED = "it was settled"


@dataclass(frozen=True, slots=True)
class Choice:
    """A time one can snooze until, with the words on its button."""

    key: str
    words: str
    at: datetime


def choices(now: datetime, calendar: Calendar, *, later: timedelta) -> tuple[Choice, ...]:
    """Later today (while it is open then), the next opening and Monday's; each time once, the
    earliest first."""
    here = calendar.zone
    today = now.astimezone(here).date()
    found: list[Choice] = []
    soon = _rounded(now + later)
    if soon.astimezone(here).date() == today and hours.is_open(calendar, soon):
        found.append(Choice("later", say("Later today"), soon))
    opening = _opens_next(calendar, now)
    if opening is not None and all(one.at != opening for one in found):
        is_tomorrow = opening.astimezone(here).date() == today + timedelta(days=1)
        words = say("Tomorrow at opening") if is_tomorrow else say("When we open next")
        found.append(Choice("opening", words, opening))
    to_monday = timedelta(days=7 - today.weekday())
    monday = datetime.combine(today + to_monday, time(), here).astimezone(UTC)
    first = _opens_from(calendar, monday)
    if first is not None and all(one.at != first for one in found):
        found.append(Choice("monday", say("Next week at opening"), first))
    return tuple(found)


def ends_at(
    asked: datetime,
    *,
    due_at: datetime | None,
    near: Iterable[datetime],
    longest: timedelta,
    now: datetime,
) -> datetime:
    """When a snooze until `asked` ends if nobody writes: at that time, or when the first of the
    clocks' steps and soft targets (`near`) comes. Raises `BadSnooze` for what is past, too far, or
    not before it falls due."""
    if asked <= now:
        raise BadSnooze(say("Choose a time that is still to come."))
    if asked - now > longest:
        raise BadSnooze(say("It can be snoozed for %(days)s days at most.", days=longest.days))
    if due_at is not None and due_at <= now:
        raise BadSnooze(say("It is late already: answer it, or agree a timescale."))
    if due_at is not None and asked >= due_at:
        raise BadSnooze(
            say(
                "It falls due before it would come back. Choose an earlier time, answer it,"
                " or agree a timescale."
            )
        )
    return min([asked, *(one for one in near if one > now)])


def _opens_next(calendar: Calendar, now: datetime) -> datetime | None:
    """The opening of the next working day; the one to come where it is closed now."""
    is_open = hours.is_open(calendar, now)
    closes = hours.day_close_of(calendar, now) if is_open else now
    return None if closes is None else _opens_from(calendar, closes)


def _opens_from(calendar: Calendar, at: datetime) -> datetime | None:
    try:
        return hours.next_opening(calendar, at)
    except hours.NeverOpensError:
        return None


def _rounded(at: datetime) -> datetime:
    """The next full quarter of an hour."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past + (_QUARTER if past else timedelta(0))
