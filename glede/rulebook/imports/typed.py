"""A rule's value in a person's words, and back: “4 hours” is PT4H, “9am to 5pm” is a span.

What the words mean is tried in turn; what a rule may be, its registry type alone says.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from glede.kit.words import of_error, say
from glede.rulebook.brands.rules import DAYS
from glede.rulebook.imports.rules import FIELD, HOURS, Kind
from glede.rulebook.policy import registry
from glede.rulebook.policy.registry import BadValue, Type, UnknownRule


class NotUnderstoodError(ValueError):
    """These words are no value for this rule; the message says what to write."""


# --- Reading ---------------------------------------------------------------------------------

_UNITS = (
    ("year", "Y"),
    ("month", "M"),
    ("week", "W"),
    ("day", "D"),
    ("hour", "H"),
    ("minute", "m"),
    ("second", "s"),
)
_SHORT = {
    "yr": "year",
    "mth": "month",
    "wk": "week",
    "h": "hour",
    "hr": "hour",
    "min": "minute",
} | {"sec": "second"}
_AMOUNT = re.compile(r"(\d+)\s*([a-z]+?)s?\b\.?(?:\s*,\s*|\s+and\s+|\s+)?")
_ISO = re.compile(r"p(?:\d+[ymwd])*(?:t(?:\d+[hms])+)?", re.IGNORECASE)
_WORKING_DAYS = re.compile(r"(\d+) (?:working|business) days?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")
_BETWEEN = re.compile(r"\s*(?:-|–|to|until)\s*")

_SAYS = {
    "duration": "a length of time, such as “4 hours”, “90 minutes” or “2 days”",
    "period": "a length of time, such as “6 months” or “20 days”",
    "period kept": "a length of time, such as “6 years”, or “for ever”",
    "time allowed": "“4 hours”, “2 working days” or “same day”",
    "days allowed": "“20 working days” or “28 days”",
    "yes or no": "“yes” or “no”",
    "months": "a number of months, such as “12”",
    "percentages": "rising percentages, such as “50, 75, 90”",
    "hours": "the hours, such as “09:00 to 17:30”, or “closed”",
    "yes or who": "“yes”, or the role that does it",
    "not here": "“not here”, or “not here, phone” and the number",
    "amount": "a whole number, such as “5000”",
    "times allowed": "names with a time each, such as “new platform: 10 working days”",
    "durations": "lengths of time, such as “5 minutes, 15 minutes”",
    "sample": "a share of the replies, such as “10 replies or 5 %”",
    "debate": "“5 comments by 3 people within 1 hour”",
    "words to look for": "words and phrases with commas between them",
    "percentage": "a whole number from 1 to 100",
    "time the law allows": "“72 hours”, “1 month”, “10 working days” or “30 calendar days”",
    "text": "a few words",
}


def read(kind: Kind, key: str, words: str) -> Any:
    """The value these words mean for this item. Raises `NotUnderstoodError`."""
    words = " ".join(words.split())
    if not words:
        raise NotUnderstoodError(say("Write %(hint)s.", hint=hint(kind, key)))
    if kind is Kind.FIELD:
        return _field(key, words)
    try:
        known = registry.kind(key)
    except UnknownRule:
        return words
    for value in _candidates(words, known.type):
        if known.type.fits(value):
            return value
    raise NotUnderstoodError(
        say("“%(words)s” is not understood. Write %(hint)s.", words=words, hint=hint(kind, key))
    )


def read_week(words: dict[str, str]) -> dict[str, list[list[str]]]:
    """The week by day; a day left empty is not said. Raises `NotUnderstoodError`."""
    week = {}
    for day, given in words.items():
        if not given.strip():
            continue
        try:
            week[day] = read(Kind.RULE, f"{HOURS}.{day}", given)
        except NotUnderstoodError as error:
            raise NotUnderstoodError(
                say("%(day)s: %(error)s", day=day.capitalize(), error=of_error(error))
            ) from error
    if not week:
        raise NotUnderstoodError(say("Write the hours of at least one day, or “closed”."))
    return week


def check(kind: Kind, key: str, value: Any) -> None:
    """Raises `NotUnderstoodError` where the registry refuses the value."""
    if kind is Kind.FIELD or kind is Kind.FLAG:
        return
    try:
        if key == HOURS:
            for day, spans in value.items():
                registry.check(f"{HOURS}.{day}", spans)
        else:
            registry.check(key, value)
    except UnknownRule:
        return  # a question the desk keeps the answer to, and runs nothing by
    except BadValue as error:
        raise NotUnderstoodError(
            say("%(error)s Write %(hint)s.", error=of_error(error), hint=hint(kind, key))
        ) from error


def hint(kind: Kind, key: str) -> str:
    """What to write, to finish the sentence “Write …”."""
    if kind is Kind.FIELD:
        return {
            "date": "a day or a month, such as “1 October 2018” or “October 2018”",
            "months": "a number of months, such as “12”",
        }.get(FIELD[key].type, "a few words")
    try:
        type_ = registry.kind(HOURS + ".monday" if key == HOURS else key).type
    except UnknownRule:
        return "the answer in a few words"
    if type_.choices:
        listed = ", ".join(f"“{spoken(choice)}”" for choice in type_.choices)
        return f"one of {listed}" if type_.name == "word" else f"some of {listed}"
    return _SAYS.get(type_.name, type_.says)


def type_of(kind: Kind, key: str) -> Type | None:
    """The registry's type of a rule or question; `None` for a field and for what sets no rule."""
    if kind in (Kind.FIELD, Kind.FLAG) or key == HOURS:
        return None
    try:
        return registry.kind(key).type
    except UnknownRule:
        return None


def _candidates(words: str, type_: Type) -> Iterator[Any]:
    """What the words may mean, the likeliest first."""
    low = words.casefold()
    if type_.name == "text":
        yield words
        return
    if type_.name == "yes or who":
        if low in ("yes", "true"):
            yield True
        elif low not in ("no", "false"):
            yield words
        return
    if type_.choices:
        yield from _chosen(low, type_)
        return
    if low in ("yes", "true", "no", "false"):
        yield low in ("yes", "true")
    for meaning in _MEANINGS:
        value = meaning(low)
        if value is not None:
            yield value
    yield from _named_times(low)


def _chosen(low: str, type_: Type) -> Iterator[Any]:
    named = [part.strip().replace(" ", "_") for part in low.split(",") if part.strip()]
    if type_.name == "word":
        yield "_".join(low.split())
    yield named


def _iso(low: str) -> str | None:
    return low.upper() if _ISO.fullmatch(low) else None


def _period(low: str) -> str | None:
    found: dict[str, int] = {}
    at = 0
    for part in _AMOUNT.finditer(low):
        unit = _SHORT.get(part[2], part[2])
        if part.start() != at or unit not in dict(_UNITS):
            return None
        found[unit] = found.get(unit, 0) + int(part[1])
        at = part.end()
    if not found or at != len(low):
        return None
    day = "".join(f"{found[unit]}{sign}" for unit, sign in _UNITS[:4] if unit in found)
    time = "".join(f"{found[unit]}{sign.upper()}" for unit, sign in _UNITS[4:] if unit in found)
    return f"P{day}{'T' if time else ''}{time}"


def _in_days(low: str) -> str | None:
    """The same with weeks counted in days, where the rule knows no weeks."""
    period = _period(low)
    weeks = re.fullmatch(r"P(\d+)W", period or "")
    return f"P{int(weeks[1]) * 7}D" if weeks else None


def _working_days(low: str) -> dict[str, int] | None:
    found = _WORKING_DAYS.fullmatch(low)
    return {"working_days": int(found[1])} if found else None


def _lawful(low: str) -> dict[str, Any] | None:
    found = re.fullmatch(r"(\d+) (months?|calendar days?)", low)
    if not found:
        return None
    return {"months" if found[2].startswith("m") else "calendar_days": int(found[1])}


def _count(low: str) -> int | None:
    found = re.fullmatch(r"£?\s*([\d, ]*\d)(?:\s*(?:working days?|months?|%|gbp.*))?", low)
    return int(re.sub(r"[, ]", "", found[1])) if found else None


def _years_in_months(low: str) -> int | None:
    found = re.fullmatch(r"(\d+) years?", low)
    return int(found[1]) * 12 if found else None


def _phrase(low: str) -> str | None:
    return {
        "same day": "same_day",
        "the same day": "same_day",
        "for ever": "for_ever",
        "forever": "for_ever",
        "not here": "not_here",
    }.get(low)


def _not_here(low: str) -> dict[str, Any] | None:
    found = re.fullmatch(r"not here,? (?:phone|call|ring) (.+)", low)
    return {"not_here": True, "phone": found[1]} if found else None


def _opening(low: str) -> list[list[str]] | None:
    if low == "closed":
        return []
    spans = []
    for part in re.split(r"\s*(?:,|;|\band\b)\s*", low):
        ends = _BETWEEN.split(part)
        if len(ends) != 2:
            return None
        times = [_time(end) for end in ends]
        if None in times:
            return None
        spans.append([str(time) for time in times])
    return spans


def _time(word: str) -> str | None:
    word = {"noon": "12:00", "midday": "12:00", "midnight": "24:00"}.get(word, word)
    found = _CLOCK.fullmatch(word.strip())
    if not found:
        return None
    hour, minute = int(found[1]), found[2] or "00"
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return f"{hour:02}:{minute}"


def _numbers(low: str) -> list[int] | None:
    parts = [part.strip(" %") for part in low.split(",")]
    return [int(part) for part in parts] if all(part.isdecimal() for part in parts) else None


def _durations(low: str) -> list[str] | None:
    parts = [_period(part.strip()) for part in low.split(",")]
    return [str(part) for part in parts] if all(parts) else None


def _phrases(low: str) -> list[str]:
    return [part.strip() for part in low.split(",") if part.strip()]


def _sample(low: str) -> dict[str, int] | None:
    found = re.fullmatch(r"(\d+) repl(?:y|ies) or (\d+) ?%", low)
    return {"replies": int(found[1]), "percent": int(found[2])} if found else None


def _debate(low: str) -> dict[str, Any] | None:
    found = re.fullmatch(r"(\d+) comments? by (\d+) people within (.+)", low)
    within = _period(found[3]) if found else None
    if not found or not within:
        return None
    return {"comments": int(found[1]), "people": int(found[2]), "within": within}


def _named_times(low: str) -> Iterator[dict[str, Any]]:
    named: dict[str, Any] = {}
    for part in low.split(";"):
        name, colon, time = part.partition(":")
        value = _phrase(time.strip()) or _working_days(time.strip()) or _period(time.strip())
        if not colon or not name.strip() or value is None:
            return
        named["_".join(name.split())] = value
    yield named


_MEANINGS: tuple[Callable[[str], Any], ...] = (
    _phrase,
    _working_days,
    _iso,
    _period,
    _in_days,
    _years_in_months,
    _lawful,
    _count,
    _opening,
    _numbers,
    _durations,
    _not_here,
    _sample,
    _debate,
    _phrases,
)


# --- Header fields -----------------------------------------------------------------------------

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_IN_WORDS = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)? )?([a-z]+),? (\d{4})")


def _field(key: str, words: str) -> Any:
    field = FIELD[key]
    if field.type == "months":
        months = _years_in_months(words.casefold()) or _count(words.casefold())
        if not months or months > 1200:
            raise NotUnderstoodError(say("Write %(hint)s.", hint=hint(Kind.FIELD, key)))
        return months
    if field.type == "date":
        return {
            "written": words,
            "date": _date(words, last=key == "next_review").isoformat(),
        }
    return words


def _date(words: str, *, last: bool) -> date:
    """A month alone is its first day, or its last where that is meant (a review)."""
    low = words.casefold()
    try:
        if found := _ISO_DATE.fullmatch(low):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DAY_FIRST.fullmatch(low):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _IN_WORDS.fullmatch(low):
            month = next(n for n, name in enumerate(_MONTHS, 1) if _names(name, found[2]))
            year = int(found[3])
            if found[1]:
                return date(year, month, int(found[1]))
            return _last_day(year, month) if last else date(year, month, 1)
    except (ValueError, StopIteration):
        pass  # no such day or month: said below, with what to write
    raise NotUnderstoodError(
        say(
            "“%(words)s” is no day we know. Write a day or a month, such as “1 October 2018”"
            " or “October 2018”.",
            words=words,
        )
    )


def _names(month: str, word: str) -> bool:
    return len(word) >= 3 and month.startswith(word)


def _last_day(year: int, month: int) -> date:
    after = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return date.fromordinal(after.toordinal() - 1)


# --- Saying ------------------------------------------------------------------------------------


def spoken(word: str) -> str:
    return word.replace("_", " ")


def day_words(day: date) -> str:
    """“1 October 2018”, whatever the machine's language."""
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"


def words(kind: Kind, key: str, value: Any) -> str:
    """A value as a person would write it; `read` understands it again."""
    if value is None:
        return ""
    if kind is Kind.FIELD:
        return _field_words(key, value)
    if key == HOURS and isinstance(value, dict):
        return _week_words(value)
    type_ = type_of(kind, key)
    if type_ is not None and type_.name == "days allowed" and isinstance(value, int):
        return _many(value, "working day")
    if type_ is not None and type_.name == "months":
        return _many(value, "month")
    if type_ is not None and type_.name == "hours":
        return _spans(value)
    return _plain(value)


def _field_words(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("written") or value.get("date") or "")
    return _many(value, "month") if FIELD[key].type == "months" else str(value)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            is_length = _ISO.fullmatch(value) and len(value) > 1
            return _period_words(value) if is_length else spoken(value)
        case dict():
            return _parts_words(value)
        case list():
            return ", ".join(_plain(part) for part in value)
        case _:
            return str(value)


def _parts_words(value: dict[str, Any]) -> str:
    match value:
        case {"working_days": int(days)}:
            return _many(days, "working day")
        case {"months": int(months)}:
            return _many(months, "month")
        case {"calendar_days": int(days)}:
            return _many(days, "calendar day")
        case {"not_here": True, "phone": str(phone)}:
            return f"not here, phone {phone}"
        case {"replies": int(replies), "percent": percent}:
            return f"{replies} {'reply' if replies == 1 else 'replies'} or {percent} %"
        case {"comments": comments, "people": people, "within": within}:
            return f"{comments} comments by {people} people within {_plain(within)}"
        case _:
            return "; ".join(f"{spoken(name)}: {_plain(part)}" for name, part in value.items())


def _period_words(period: str) -> str:
    names = {"Y": "year", "M": "month", "W": "week", "D": "day"}
    times = {"H": "hour", "M": "minute", "S": "second"}
    day, _, time = period[1:].upper().partition("T")
    parts = [(int(n), names[sign]) for n, sign in re.findall(r"(\d+)([YMWD])", day)]
    parts += [(int(n), times[sign]) for n, sign in re.findall(r"(\d+)([HMS])", time)]
    return " ".join(_many(n, name) for n, name in parts)


def _many(n: int, name: str) -> str:
    return f"{n} {name}" if n == 1 else f"{n} {name}s"


def _spans(value: Any) -> str:
    return ", ".join(f"{opens} to {closes}" for opens, closes in value) or "closed"


def _week_words(week: dict[str, Any]) -> str:
    """“Monday to Friday 09:00 to 17:30; Saturday and Sunday closed”: equal days together."""
    runs: list[tuple[list[str], str]] = []
    for day in DAYS:
        if day not in week:
            continue
        said = _spans(week[day])
        if runs and runs[-1][1] == said and _follows(runs[-1][0][-1], day):
            runs[-1][0].append(day)
        else:
            runs.append(([day], said))
    return "; ".join(f"{_days(days)} {said}" for days, said in runs)


def _follows(before: str, day: str) -> bool:
    return DAYS.index(day) == DAYS.index(before) + 1


def _days(days: list[str]) -> str:
    first, last = days[0].capitalize(), days[-1].capitalize()
    if len(days) == 1:
        return first
    return f"{first} and {last}" if len(days) == 2 else f"{first} to {last}"
