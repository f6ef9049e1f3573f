"""The clock: the only place that reads it, and the words in which times are said to people."""

from datetime import UTC, date, datetime, timedelta, tzinfo

from glede.kit.words import joined, say, say_many

SHORT_WEEKDAYS = (
    say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun"),
)  # fmt: skip
_MONTHS = (
    say("Jan"), say("Feb"), say("Mar"), say("Apr"), say("May"), say("Jun"),
    say("Jul"), say("Aug"), say("Sep"), say("Oct"), say("Nov"), say("Dec"),
)  # fmt: skip
WEEKDAYS = (
    say("Monday"), say("Tuesday"), say("Wednesday"), say("Thursday"),
    say("Friday"), say("Saturday"), say("Sunday"),
)  # fmt: skip
_WHOLE_MONTHS = (
    say("January"), say("February"), say("March"), say("April"), say("May"), say("June"),
    say("July"), say("August"), say("September"), say("October"), say("November"), say("December"),
)  # fmt: skip

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
    said: list[object] = [f"{local:%H:%M}"]
    if local.date() != today.date():
        year = [local.year] if local.year != today.year else []
        said = [day_words(at, zone), *year, *said]
    if _offset(at - _NIGHT, zone) != _offset(at + _NIGHT, zone):
        said.append(local.tzname())
    return joined(said)


def day_words(at: datetime, zone: tzinfo) -> str:
    """“Wed 25 Nov”: spelt here, because strftime's names follow the machine's language."""
    local = at.astimezone(zone)
    return say(
        "%(weekday)s %(day)s %(month)s",
        weekday=SHORT_WEEKDAYS[local.weekday()],
        day=local.day,
        month=_MONTHS[local.month - 1],
    )


def weekday_words(day: date) -> str:
    """“Wednesday”."""
    return WEEKDAYS[day.weekday()]


def date_words(day: date) -> str:
    """“25 November 2026”; of a moment, its own day."""
    return say(
        "%(day)s %(month)s %(year)s",
        day=day.day,
        month=_WHOLE_MONTHS[day.month - 1],
        year=day.year,
    )


def short_date_words(day: date) -> str:
    """“25 Nov 2026”."""
    return say(
        "%(day)s %(month)s %(year)s", day=day.day, month=_MONTHS[day.month - 1], year=day.year
    )


def _offset(at: datetime, zone: tzinfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
