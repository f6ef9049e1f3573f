"""Dates as policies write them, and the day each stands for."""

import calendar
import re
from datetime import date

from glede.rulebook.policy.document.outline import Dated

_MONTHS = (
    ("january", "jan", "ionawr"),
    ("february", "feb", "chwefror"),
    ("march", "mar", "mawrth"),
    ("april", "apr", "ebrill"),
    ("may", "mai"),
    ("june", "jun", "mehefin"),
    ("july", "jul", "gorffennaf"),
    ("august", "aug", "awst"),
    ("september", "sept", "sep", "medi"),
    ("october", "oct", "hydref"),
    ("november", "nov", "tachwedd"),
    ("december", "dec", "rhagfyr"),
)
_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_MONTH = "|".join(sorted(_NUMBER, key=len, reverse=True))
_YEAR = r"(?P<year>(?:19|20)\d\d|[’']?\d\d)"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d{1,2})-(?P<day>\d{1,2})\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|ain|af|fed|eg)?\s*(?:of\s+|o\s+)?[-–./ ]?"
        rf"(?P<month>{_MONTH})\.?,?[-–./ ]*{_YEAR}\b",
        rf"\b(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b",
        rf"\b(?P<month>{_MONTH})\.?,?[-–./ ]*(?:of\s+)?{_YEAR}\b",
        r"\b(?P<day>\d{1,2})\s?[/.\-–]\s?(?P<number>\d{1,2})\s?[/.\-–]\s?(?P<year>(?:19|20)\d\d|\d\d)\b",
        r"\b(?P<number>\d{1,2})\s?[/.\-–]\s?(?P<year>(?:19|20)\d\d)\b",
    )
)
#: Any date in running text.
ANY = re.compile("|".join(re.sub(r"\?P<\w+>", "?:", form.pattern) for form in _FORMS), re.I)
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_WORDS |= {"eighteen": 18, "twelve": 12, "twenty-four": 24, "thirty-six": 36, "nine": 9}
_PERIOD = re.compile(
    rf"\b(?P<count>\d{{1,2}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b"
    r"(?:\s*\(\d+\))?[\s-]*(?P<unit>month|year|yr|mis|blynedd|flynedd)",
    re.I,
)
_YEARLY = re.compile(r"\b(?:annual(?:ly)?|yearly|every year|each year|per annum|blynyddol)\b", re.I)
_TWO_YEARLY = re.compile(r"\b(?:biennial(?:ly)?|bi-annual(?:ly)?|every other year)\b", re.I)
_MONTHS_IN_YEAR = 12
_CENTURY = 2000


def find(written: str, *, last: bool = False) -> Dated | None:
    """The first date in some words; a month without a day is its first day, or its last."""
    for form in _FORMS:
        for found in form.finditer(written):
            if (on := _day(found, last=last)) is not None:
                return Dated(" ".join(found.group().split()), on)
    return None


def read(value: str, *, last: bool = False) -> Dated | None:
    """A field's value as a date: where it names no day, the words alone."""
    value = " ".join(value.split())
    return (find(value, last=last) or Dated(value)) if value else None


def months(written: str) -> int | None:
    """A period in months: “12 Months”, “every two years”, “annually”."""
    if (found := _PERIOD.search(written)) is not None:
        count = found["count"].lower()
        number = int(count) if count.isdigit() else _WORDS[count]
        in_months = found["unit"].lower() in ("month", "mis")
        return number if in_months else number * _MONTHS_IN_YEAR
    if _TWO_YEARLY.search(written):
        return 2 * _MONTHS_IN_YEAR
    return _MONTHS_IN_YEAR if _YEARLY.search(written) else None


def _day(found: re.Match[str], *, last: bool) -> date | None:
    parts = found.groupdict()
    year = int(parts["year"].lstrip("’'"))
    year += 0 if year >= 100 else _CENTURY
    month = int(parts["number"]) if "number" in parts else _NUMBER[parts["month"].lower()]
    try:
        if parts.get("day"):
            return date(year, month, int(parts["day"]))
        return date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except (ValueError, calendar.IllegalMonthError):
        return None
