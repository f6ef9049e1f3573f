"""Amounts of time in a sentence: “within four (4) hours”, “2 to 3 working days”, “same day”."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NUMERALS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_WORDS = {word: number for number, word in enumerate(_NUMERALS.split(), start=1)}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70}
_TENS |= {"eighty": 80, "ninety": 90}
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_WORD = (
    rf"(?:{'|'.join(_TENS)})(?:[- ](?:{_ONES}))?|{'|'.join(sorted(_WORDS, key=len, reverse=True))}"
)
_NUMBER = (
    rf"(?:\d{{1,3}}(?:\.\d)?|{_WORD}|an?(?=\s)|half an)(?:\s*\(\s*(?:\d{{1,3}}|{_WORD})\s*\))?"
)
_UNIT = (
    r"(?P<unit>(?:(?:full |whole |clear )?(?:working|business|office|opening|calendar"
    r"|consecutive|week)"
    r"[- ])?(?:hours?|hrs?|minutes?|mins?|days?|weeks?|months?|years?|yrs?|weekdays?)\b)"
)
#: Number, perhaps a second one (“2 to 3”, “24-48”, “24/48”), unit.
_AMOUNT = re.compile(
    rf"(?<![\d.,£$:/\w-])(?P<first>{_NUMBER})"
    rf"(?:\s*(?:-|–|—|/|to|or|and)\s*(?P<second>{_NUMBER}))?(?:\s*|-|\s*-\s*){_UNIT}",
    re.IGNORECASE,
)
_WHOLE_DAY = re.compile(
    r"\b(?P<same>(?:on |by )?(?:the )?same (?:working |business |calendar )?day|same[- ]day"
    r"|by (?:the )?(?:end|close) of (?:the |that |each )?(?:same )?(?:working |business )?day"
    r"|by close of (?:play|business)(?: on| that| the same)?(?: day)?)\b"
    r"|\b(?P<next>(?:by |on |until )?(?:the )?(?:(?:end|close) of (?:business (?:on )?)?(?:the )?)?"
    r"(?:next|following) (?:available )?(?:working|business|office) day|next[- ]working[- ]day"
    r"|(?:on )?the (?:next|following) weekday)\b",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    r"(?P<word>within|in under|under|less than|fewer than|no (?:later|longer|more) than"
    r"|not? (?:later|longer|more) than|up to|allow(?: us)?|at (?:the )?(?:most|latest)"
    r"|(?:a )?maximum(?: of)?"
    r"|max\.?"
    r"|inside|in the space of|as soon as|in|of|is|are|takes?|be|by)"
    r"\s+(?:(?:the|a|an|about|around|approximately|roughly|just|our|next|first|target|period|of"
    r"|maximum|working|in|on|receipt)\s+){0,4}$",
    re.IGNORECASE,
)
_NOT_A_LIMIT = re.compile(
    r"(?:\b(?:at least|more than|over|after|older than|minimum(?: of)?|every|each|for|last|past"
    r"|longer than"
    r"|previous|beyond|exceed(?:s|ing)?|wait|least|than|once|aged?|under the age of|ago"
    r"|approximately every)"
    r"\s+(?:the\s+|a\s+|the last\s+|another\s+)?)$",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\bno (?:later|longer|more) than\s+$|\bnot (?:later|longer|more) than\s+$", re.I
)
_NO_TIME_AFTER = re.compile(
    r"\s*(?:(?:a|per|each|every) (?:day|week|month|year)\b|ago\b|old\b|of age\b|'? notice\b|/\s*7"
    r"|(?:emergency|help|phone|telephone|hot|crisis|repairs?|call|advice|contact|support|service)"
    r"[- ]?(?:line|number|centre|service|repairs?|phone)?\b|in advance\b|before\b|prior\b"
    r"|(?:of|from|after) (?:the |our )?(?:\w+ )?(?:re-?open\w*|opening)|(?:after"
    r"|following) (?:an|the) election|seven days a week)",
    re.IGNORECASE,
)
_LONGEST = re.compile(
    r"\s*(?:response|reply|turnaround|target|acknowledg\w+|answer)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A time and where it stands. `value` is ISO 8601, `{"working_days": n}` or `same_day`."""

    value: Any
    unit: str
    start: int
    end: int
    #: Words such as “within” stand before it.
    limited: bool
    #: Two numbers were given; the longer one counts.
    ranged: bool = False
    #: Counted in open hours: “4 working hours”.
    working: bool = False
    #: Words such as “every” or “at least” stand before it: no limit.
    barred: bool = False


def amounts(text: str) -> list[Amount]:
    """Every time the sentence names, in order; ages, phone lines and “24 hours a day” are none."""
    return sorted([*_counted(text), *_named(text)], key=lambda amount: amount.start)


def length(value: Any) -> float:
    """Days, roughly, to tell which of two times is the stricter."""
    if value == "same_day":
        return 0.5
    if isinstance(value, dict):
        return float(value["working_days"])
    per = {"Y": 365.0, "M": 30.0, "W": 7.0, "D": 1.0}
    day, _, time = str(value).lstrip("P").partition("T")
    hours = {"H": 1 / 24, "M": 1 / 1440, "S": 1 / 86400}
    return sum(int(n) * per[u] for n, u in re.findall(r"(\d+)([YMWD])", day)) + sum(
        int(n) * hours[u] for n, u in re.findall(r"(\d+)([HMS])", time)
    )


def _counted(text: str) -> Iterator[Amount]:
    for match in _AMOUNT.finditer(text):
        if _NO_TIME_AFTER.match(text[match.end() :]):
            continue
        before = text[: match.start()]
        barred = bool(_NOT_A_LIMIT.search(before) and not _LIMIT.search(before))
        limited = False
        if not barred:
            limited = bool(_UP_TO.search(before) or _LONGEST.match(text[match.end() :]))
        numbers = [_number(match["first"])]
        if match["second"]:
            numbers.append(_number(match["second"]))
        if not limited and match["first"].lower() in {"a", "an"}:
            continue
        unit = match["unit"].lower().replace("-", " ")
        made = _value(max(numbers), unit)
        if made is None:
            continue
        value, plain = made
        opener = _UP_TO.search(before)
        start = opener.start() if opener and limited else match.start()
        working = plain == "hours" and bool(re.match(r"working|business|office|opening", unit))
        ranged = len(numbers) == 2
        yield Amount(value, plain, start, match.end(), limited, ranged, working, barred)


def _named(text: str) -> Iterator[Amount]:
    for match in _WHOLE_DAY.finditer(text):
        value: Any = "same_day" if match["same"] else {"working_days": 1}
        unit = "" if match["same"] else "working days"
        yield Amount(value, unit, match.start(), match.end(), limited=True)


def _number(words: str) -> float:
    word = re.sub(r"\s*\(.*", "", words.lower()).strip()
    if word in {"a", "an"}:
        return 1
    if word == "half an":
        return 0.5
    if word in _WORDS:
        return _WORDS[word]
    if word[0].isdigit():
        return float(word)
    tens, _, ones = word.replace("-", " ").partition(" ")
    return _TENS[tens] + _WORDS.get(ones, 0)


def _value(number: float, unit: str) -> tuple[Any, str] | None:
    if number <= 0:
        return None
    whole = int(number)
    if re.search(r"hour|hr", unit):
        minutes = round((number - whole) * 60)
        hours = f"{whole}H" if whole else ""
        return f"PT{hours}{f'{minutes}M' if minutes else ''}", "hours"
    if whole != number:
        return None
    if "min" in unit:
        full, rest = divmod(whole, 60)
        return f"PT{f'{full}H' if full else ''}{f'{rest}M' if rest else ''}", "minutes"
    if re.search(r"(?:working|business|office|week) days?|weekday", unit):
        return {"working_days": whole}, "working days"
    for word, letter, times in (("day", "D", 1), ("week", "D", 7), ("month", "M", 1)):
        if word in unit:
            return f"P{whole * times}{letter}", f"{word}s"
    return f"P{whole}Y", "years"
