"""The clock: the only place that reads it, and the words in which times are said to people."""

from datetime import UTC, datetime, timedelta, tzinfo

from glede.kit.words import say, say_many

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# The night in which the clocks change, seen from either side: BST or GMT is said within it.
_NIGHT = timedelta(hours=12)
_COUNT_IN_DAYS_FROM = 48


def now() -> datetime:
    return datetime.now(UTC)


def duration_words(duration: timedelta) -> str:
    """“11 min”, “2 h 10”, “20 h”, “3 days”: full minutes only, never negative."""
    minutes = abs(duration) // timedelta(minutes=1)
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return say("under 1 min")
    if not hours:
        return say("%(n)s min", n=rest)
    if hours >= _COUNT_IN_DAYS_FROM:
        return say_many("%(n)s day", "%(n)s days", hours // 24)
    if rest:
        return say("%(hours)s h %(minutes)s", hours=hours, minutes=f"{rest:02}")
    return say("%(hours)s h", hours=hours)


def due_words(*, due_at: datetime, now: datetime) -> str:
    """“2 h 10 left” or “late 25 min”."""
    if now > due_at:
        return say("late %(time)s", time=duration_words(now - due_at))
    return say("%(time)s left", time=duration_words(due_at - now))


def when_words(at: datetime, now: datetime, zone: tzinfo) -> str:
    """“15:40”; another day “Wed 25 Nov 12:00”; another year “Mon 4 Jan 2027 09:00”; “01:30 BST” in
    the night the clocks change."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    words = f"{local:%H:%M}"
    if local.date() != today.date():
        year = f" {local.year}" if local.year != today.year else ""
        words = f"{day_words(at, zone)}{year} {words}"
    if _offset(at - _NIGHT, zone) != _offset(at + _NIGHT, zone):
        words = f"{words} {local.tzname()}"
    return words


def day_words(at: datetime, zone: tzinfo) -> str:
    """“Wed 25 Nov”: spelt here, because strftime's names follow the machine's language."""
    local = at.astimezone(zone)
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
