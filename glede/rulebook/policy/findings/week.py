"""Opening hours in words: “Mon–Thu 8.45am–5.15pm, Fri to 4.45pm, closed at weekends”."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from glede.rulebook.brands.rules import DAYS
from glede.rulebook.policy.findings.times import clock, span

#: Day -> spans of ("09:00", "17:30"); a day that is named and closed has none.
type Hours = dict[str, list[list[str]]]

_FULL = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_CUT = r"(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun|MON|TUES?|WEDS?|THU(?:RS?)?|FRI|SAT|SUN)s?\b\.?"
_DAY = rf"(?:(?i:{_FULL})\b|{_CUT})"
_TO = r"\s*(?:-|–|—|(?i:\bto\b|\bthrough\b|\bthru\b|\buntil\b|\btill\b))\s*"
_AND = r"(?:\s*(?:,|&|/|\+|(?i:\band\b))\s*)+"
_PART = re.compile(rf"(?P<from>{_DAY})(?:{_TO}(?P<to>{_DAY}))?")
_DAYSET = re.compile(
    rf"{_DAY}(?:{_TO}{_DAY})?(?:{_AND}{_DAY}(?:{_TO}{_DAY})?)*(?:\s+inclusive)?"
    r"|(?i:\bweek ?days?\b|\bworking days?\b(?! of)|\bworking week\b|\bweek-?ends?\b|\bdaily\b"
    r"|\bevery day\b"
    r"|\b365 days (?:a|per|of the) year\b|\bevery day of the year\b|\b(?:seven|7) days (?:a|per"
    r"|each) week\b|\b7 days\b|\bMon2Fri\b)"
)
_HOUR = (
    r"(?:(?:\d{1,2}(?:[:.]\d{2})?\s*(?:[ap]\.?\s?m\b\.?|noon\b|midday\b|midnight\b)?"
    r"|(?<!\d)[01]\d[0-5]\d(?!\d)(?:\s?h(?:ou)?rs\b)?|2[0-4][0-5]\d(?:\s?h(?:ou)?rs\b)?|noon"
    r"|midday|midnight)"
    r"(?:\s?h(?:ou)?rs?\b)?)"
)
_RANGE = re.compile(
    rf"(?<![\d.:/£$-])(?P<opens>{_HOUR})\s*(?:-|–|—|\bto\b|\buntil\b|\btill?\b|\band\b"
    rf"|\bthrough to\b)\s*"
    rf"(?P<closes>{_HOUR})(?![\d:%/])",
    re.IGNORECASE,
)
_ALL_DAY = re.compile(
    r"\b24(?:[- ]?hours?|[- ]?hrs?)?(?: a day|/7| per day| each day)\b|\b24[/x]7\b", re.I
)
_MINUTES = r"\d{1,2}(?:[:.]\d{2})?\s*(?:[ap]\.?\s?m\b\.?)|\d{1,2}[:.]\d{2}|noon|midday|midnight"
_UNTIL = re.compile(
    rf"\b(?:until|till|closes? at|closing at|close at|closing time is|finish(?:es|ing)? at|to"
    rf"|up to|ends? at"
    rf"|early(?: finish| close| closing)?(?: at| of)?)\s+(?P<time>{_MINUTES})"
    rf"|\((?P<alone>{_MINUTES})\s*(?=\)|on\b|(?i:fri))",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"\b(?:(?:closed|not open|open(?:s|ing)? late) (?:\w+ )?(?:until|till|before)|open(?:s"
    rf"|ing)? (?:at|from)"
    rf"|from|starting at|after|not (?:open|available|monitored) (?:until"
    rf"|before))\s+(?P<time>{_MINUTES})",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:closed|not (?:open|monitored|staffed|available|manned|checked|in use)|unmonitored"
    r"|unavailable"
    r"|no (?:cover|monitoring|service)|exclud\w+|except(?:ing)?|(?:does|do|will|is|are)(?: not"
    r"|n['’]t) "
    r"(?:be )?(?:open|monitor\w*|staff\w*|respon\w+|reply|check\w*))\b",
    re.IGNORECASE,
)


_DENIED = re.compile(r"\b(?:not|n['’]t|never|cannot|unable to)\b[^.;,]{0,60}$", re.IGNORECASE)
#: “The next working day” and “two working days” are no days of the week.
_A_COUNT = re.compile(
    r"(?:\b(?:next|same|following|each|full|an?|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|per|\d+)"
    r"|\d\)|[-–/])\s*$",
    re.IGNORECASE,
)
_WORKING = re.compile(r"work|weekday$", re.IGNORECASE)
#: “Within 48 hours (excluding weekends)” speaks of counting, not of opening.
_ASIDE = re.compile(r"exclud|except", re.IGNORECASE)


@dataclass(slots=True)
class _Mark:
    start: int
    end: int
    kind: str
    days: list[str] = field(default_factory=list)
    spans: list[list[str]] = field(default_factory=list)
    time: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Hours of some days, and where in the sentence they stand."""

    hours: Hours
    start: int
    end: int


def read(text: str, known: Hours | None = None) -> Found | None:
    """The hours a sentence gives for days it names; none where it names no day or no time.

    `known` is what the sentences before said: “On Wednesdays we open at 10am” changes that.
    """
    marks = list(_marks(text))
    hours: Hours = {}
    _pair(marks, hours)
    _amend(marks, hours, text, known or {})
    used = marks if not any(hours.values()) else [m for m in marks if m.kind != "closed"]
    shut = any(mark.kind == "closed" and not _ASIDE.match(text, mark.start) for mark in marks)
    if not hours or not used or not (shut or any(hours.values())):
        return None
    if set(hours) >= set(DAYS[:5]):
        for day in DAYS[5:]:
            hours.setdefault(day, [])
    return Found(hours, min(mark.start for mark in used), max(mark.end for mark in used))


def _marks(text: str) -> Iterator[_Mark]:
    """Days, times and closings in order; what lies inside another is left out."""
    found = [
        *(
            _Mark(m.start(), m.end(), "all", spans=[["00:00", "24:00"]])
            for m in _ALL_DAY.finditer(text)
            if not _DENIED.search(text[: m.start()])
        ),
        *(
            _Mark(m.start(), m.end(), "from", time=clock(m["time"], 7))
            for m in _FROM.finditer(text)
        ),
        *_ranges(text),
        *(
            _Mark(m.start(), m.end(), "days", days=_days(m.group()))
            for m in _DAYSET.finditer(text)
            if not (_WORKING.search(m.group()) and _A_COUNT.search(text[: m.start()]))
        ),
        *(
            _Mark(m.start(), m.end(), "until", time=clock(m["time"] or m["alone"], 12))
            for m in _UNTIL.finditer(text)
        ),
        *(_Mark(m.start(), m.end(), "closed") for m in _CLOSED.finditer(text)),
    ]
    ranges = [mark for mark in found if mark.kind == "times"]
    kept: list[_Mark] = []
    for mark in sorted(found, key=lambda each: (each.start, -each.end)):
        if mark.kind in {"from", "until"}:
            if any(mark.start < each.end and each.start < mark.end for each in ranges):
                continue
        elif any(mark.start < each.end and each.start <= mark.start for each in kept):
            continue
        kept.append(mark)
    return iter(kept)


def _ranges(text: str) -> Iterator[_Mark]:
    for match in _RANGE.finditer(text):
        if times := span(match["opens"], match["closes"]):
            yield _Mark(match.start(), match.end(), "times", spans=[times])


def _days(words: str) -> list[str]:
    low = words.lower()
    if re.search(r"week-?end", low):
        return list(DAYS[5:])
    if re.search(r"week ?day|working", low):
        return list(DAYS[:5])
    if re.search(r"daily|every|7|seven|365", low):
        return list(DAYS)
    named: list[str] = []
    for part in _PART.finditer(words):
        first = _index(part["from"])
        last = _index(part["to"]) if part["to"] else first
        span = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
        named += [DAYS[place] for place in span if DAYS[place] not in named]
    return named


def _index(word: str) -> int:
    return next(place for place, day in enumerate(DAYS) if day.startswith(word[:3].lower()))


#: “Closed on Saturdays and Sundays”: closed and its days stand this near, in characters.
_NEAR = 40


def _pair(marks: list[_Mark], hours: Hours) -> None:
    """Each time goes to the days in front of it, or to those behind where times come first."""
    days: list[str] = []
    fresh = shut = False
    shut_at = 0
    waiting: list[list[str]] = []
    for mark in marks:
        if mark.kind == "closed":
            shut, shut_at = True, mark.end
        elif mark.kind == "days":
            if waiting:
                _give(hours, mark.days, waiting)
                waiting, days = [], []
            elif shut and mark.start - shut_at < _NEAR and not _opens(mark, marks):
                _shut(hours, mark, marks)
            else:
                days, fresh = mark.days, True
            shut = False
        elif mark.kind in {"times", "all"}:
            taken = bool(days) and _take(hours, days, mark.spans, fresh=fresh)
            waiting += [] if taken else mark.spans
            fresh, shut = fresh and not taken, False
    if waiting and not hours and any(mark.kind == "all" for mark in marks):
        _give(hours, list(DAYS), [["00:00", "24:00"]])
    _sunday_closed(marks, hours)


def _take(hours: Hours, days: list[str], spans: list[list[str]], *, fresh: bool) -> bool:
    """Days just named take a time over: “(Wednesday 10am to 5pm)” replaces the week's."""
    if _clashes(hours, days, spans):
        if not fresh:
            return False
        for day in days:
            hours[day] = []
    _give(hours, days, spans)
    return True


def _shut(hours: Hours, mark: _Mark, marks: list[_Mark]) -> None:
    if len(mark.days) == len(DAYS):
        return  # “not monitored seven days a week” closes nothing
    if not _late(mark, marks):
        hours.update({day: [] for day in mark.days})


def _opens(mark: _Mark, marks: list[_Mark]) -> bool:
    """“… but we check it on weekdays from 9am until 5pm”: times follow, so it is open."""
    after = next((other for other in marks if other.start >= mark.end), None)
    return after is not None and after.kind in {"times", "all"} and after.start - mark.end < _NEAR


def _late(mark: _Mark, marks: list[_Mark]) -> bool:
    """“Closed on Wednesdays until 10am” is open later, not closed."""
    return any(other.kind == "from" and abs(other.start - mark.end) < 25 for other in marks) or any(
        other.kind == "until" and 0 <= other.start - mark.end < 15 for other in marks
    )


def _sunday_closed(marks: list[_Mark], hours: Hours) -> None:
    """“Sunday: closed”."""
    for place, mark in enumerate(marks[1:], start=1):
        before = marks[place - 1]
        if mark.kind == "closed" and before.kind == "days" and mark.start - before.end < 8:
            for day in before.days:
                hours.setdefault(day, [])


def _clashes(hours: Hours, days: list[str], spans: list[list[str]]) -> bool:
    return any(
        opens < other[1] and other[0] < closes
        for day in days
        for other in hours.get(day, [])
        for opens, closes in spans
    )


def _give(hours: Hours, days: list[str], spans: list[list[str]]) -> None:
    for day in days:
        hours[day] = sorted([*hours.get(day, []), *spans])


def _amend(marks: list[_Mark], hours: Hours, text: str, known: Hours) -> None:
    """“Fridays until 4pm”, “closed on Wednesdays until 10am”: one end of a day moves."""
    for mark in marks:
        if mark.kind not in {"until", "from"}:
            continue
        near = [
            other
            for other in marks
            if other.kind == "days"
            and not re.search(
                r"[.;]\s", text[min(mark.end, other.end) : max(mark.start, other.start)]
            )
            and min(abs(mark.start - other.end), abs(other.start - mark.end)) < 30
        ]
        if not near:
            continue
        nearest = min(
            near, key=lambda each: min(abs(mark.start - each.end), abs(each.start - mark.end))
        )
        starts = mark.kind == "from" or bool(
            re.search(r"\bclosed\b[^.;]{0,30}$", text[: mark.start], re.IGNORECASE)
        )
        for day in nearest.days:
            spans = hours.get(day) or known.get(day) or _usual(hours)
            if not spans:
                continue
            opens, closes = spans[0][0], spans[-1][1]
            times = [mark.time, closes] if starts else [opens, mark.time]
            if times[0] < times[1]:
                hours[day] = [times]


def _usual(hours: Hours) -> list[list[str]]:
    return next((spans for spans in hours.values() if spans), [])
