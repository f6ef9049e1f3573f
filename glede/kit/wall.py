"""Times as people write them: with an offset, or as the wall clock of a zone shows them.

A wall-clock time that the zone shows twice, or never, names no instant. It is refused with both
instants it could mean, written so that either can be copied.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from glede.kit.clock import date_words
from glede.kit.words import joined, of_error, say

# RFC 3339 section 5.6; seconds may be left out, as a form's own time field leaves them out.
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?"
)


class WallTimeError(ValueError):
    """The words name no instant; the sentence says how to write one."""


def instant(text: str, zone: ZoneInfo) -> datetime:
    """UTC. Without an offset `text` is the wall clock of `zone`. Raises `WallTimeError`."""
    text = text.strip()
    found = _TIME.fullmatch(text)
    if not found:
        raise WallTimeError(
            say("“%(text)s” is no time: write it like 2026-11-27T17:29.", text=text)
        )
    try:
        told = datetime.fromisoformat(text.upper())
        if found["offset"]:
            return told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WallTimeError(
            say("“%(text)s” is no time there is: %(error)s.", text=text, error=of_error(error))
        ) from error
    return local_instant(told, zone)


def local_instant(told: datetime, zone: ZoneInfo) -> datetime:
    """UTC of a wall-clock time without a zone. Raises `WallTimeError` where the zone shows it
    twice or never."""
    early, late = (told.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    # Where the clocks skip it, fold 0 reads it by the offset before, which is the later instant.
    first, second = sorted((early, late))
    shown = [_shown(at, zone) for at in (first, second)]
    at = {
        "time": joined([date_words(told), f"{told:%H:%M}"]),
        "first": shown[0],
        "second": shown[1],
    }
    if first.astimezone(zone).replace(tzinfo=None) == told:
        raise WallTimeError(
            say(
                "%(time)s comes twice, because the clocks go back: write %(first)s or %(second)s"
                " for the one you mean.",
                **at,
            )
        )
    raise WallTimeError(
        say(
            "%(time)s does not come at all, because the clocks go forward: write %(first)s or"
            " %(second)s for the one you mean.",
            **at,
        )
    )


def _shown(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    precise = "minutes" if not local.second + local.microsecond else "auto"
    name = local.tzname() or ""
    return f"{local.isoformat(timespec=precise)} ({name})" if name else local.isoformat()


def in_zone(at: datetime, zone: ZoneInfo) -> str:
    """The instant as RFC 3339 with the offset the zone has then."""
    return at.astimezone(zone).isoformat()
