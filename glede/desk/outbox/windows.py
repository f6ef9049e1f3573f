"""Until when a person who wrote to us may still be written to in private. Pure.

A platform gives its windows as data (`Capabilities.windows`). One that allows a single answer is
for a private answer to something public; the others are for a private chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from glede.kit.clock import duration_words
from glede.kit.words import say
from glede.platforms.contract import Window

#: A window in its last quarter is closing soon.
_LAST = 4


def shut(
    windows: Sequence[Window],
    *,
    aside: bool,
    automatic: bool,
    heard_at: datetime | None,
    now: datetime,
) -> str:
    """Why nothing may be sent in private any more; "" while it may.

    `aside`: a private answer to a public item, which must never be spent on an automatic text.
    `heard_at`: when they last wrote to us there.
    """
    if aside and automatic:
        return say("A private answer to a public message is for a person to give.")
    of_this_sort = [window for window in windows if window.once is aside]
    if not of_this_sort:
        return ""
    usable = [window for window in of_this_sort if window.automatic or not automatic]
    if not usable:
        return say("The platform lets nothing automatic be sent there.")
    widest = max(usable, key=lambda window: window.within)
    if heard_at is None:
        return say(
            "They have not written to us there, and the platform lets us write only after that."
        )
    since = now - heard_at
    if since <= widest.within:
        return ""
    times = {"since": duration_words(since), "within": duration_words(widest.within)}
    if automatic:
        return say(
            "They last wrote %(since)s ago. The platform lets us answer automatically in private"
            " for %(within)s after that.",
            **times,
        )
    return say(
        "They last wrote %(since)s ago. The platform lets us answer in private for %(within)s after"
        " that.",
        **times,
    )


@dataclass(frozen=True, slots=True)
class Open:
    """A window a person may still use, and when it closes; `soon`: most of it is over."""

    name: str
    closes_at: datetime
    soon: bool


def standing(
    windows: Sequence[Window], *, aside: bool, heard_at: datetime, now: datetime
) -> tuple[Open, ...]:
    """The windows of this sort that are open to a person, the first to close first."""
    found = (
        Open(
            window.name,
            closes_at := heard_at + window.within,
            closes_at - now <= window.within / _LAST,
        )
        for window in windows
        if window.once is aside and now - heard_at <= window.within
    )
    return tuple(sorted(found, key=lambda one: one.closes_at))


def only_one(windows: Sequence[Window]) -> bool:
    """Does the platform allow one private answer to a public item, and no second?"""
    return any(window.once for window in windows)
