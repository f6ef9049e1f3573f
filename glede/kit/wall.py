"""Times as people write them: with an offset, or as the wall clock of a zone shows them.

A wall-clock time that the zone shows twice, or never, names no instant. It is refused with both
instants it could mean, written so that either can be copied.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

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
        raise WallTimeError(f"“{text}” is no time: write it like 2026-11-27T17:29.")
    try:
        told = datetime.fromisoformat(text.upper())
        if found["offset"]:
            return told.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WallTimeError(f"“{text}” is no time there is: {error}.") from error
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
    if first.astimezone(zone).replace(tzinfo=None) == told:
        what = "comes twice, because the clocks go back"
    else:
        what = "does not come at all, because the clocks go forward"
    raise WallTimeError(
        f"{told:%-d %B %Y} {told:%H:%M} {what}: write {' or '.join(shown)} for the one you mean."
    )


def _shown(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    precise = "minutes" if not local.second + local.microsecond else "auto"
    name = local.tzname() or ""
    return f"{local.isoformat(timespec=precise)} ({name})" if name else local.isoformat()


def in_zone(at: datetime, zone: ZoneInfo) -> str:
    """The instant as RFC 3339 with the offset the zone has then."""
    return at.astimezone(zone).isoformat()
