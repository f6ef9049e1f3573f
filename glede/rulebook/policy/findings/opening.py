"""When the desk is open: hours by weekday and bank holidays."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glede.rulebook.brands.rules import DAYS
from glede.rulebook.policy.findings import week
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import PERSONAL, words
from glede.rulebook.policy.findings.values import Flag, FoundRule

#: The desk itself, and hours of the house that hold where the desk's own are not given.
_DESK = words(
    r"social(?:[- ]media)?|monitor(?:s|ed|ing)?|facebook|twitter|instagram|tweets?|messenger"
    r"|accounts?|pages?|channels?|feeds?|staffed|manned|respond\w*|repl(?:y|ies|ied|ying)"
    r"|answer(?:s|ed|ing)?|moderat\w+|inbox\w*|online|messages?|enquir\w+|quer(?:y|ies)"
    r"|comments?|digital team|checked"
)
_HOUSE = words(
    r"(?:working|office|opening|business|core|normal|service) (?:hours|times|day|week)"
    r"|our hours|hours|we(?: a|[’'])re (?:\w+ )?(?:open|here|available)|we are|open|available"
    r"|operat\w+"
    r"|closed|the desk"
)
_ELSEWHERE = words(
    r"(?:tele)?phone(?:s|lines?)?|(?:help|hot|phone|advice|info|care)[- ]?lines?"
    r"|lines? (?:is|are)|calls?|call(?:ing)? (?:us|our)|ring|reception|library|libraries"
    r"|museum|clinics?|surger(?:y|ies)|leisure|pools?|sessions?|courses?|workshops?|meetings?"
    r"|appointments?|visiting|drop[- ]in|recycling|shops?|caf[eé]|lunch|breaks?"
    r"|emergenc(?:y|ies)|out[- ]of[- ]hours|duty (?:officer|manager|team)|publish(?:ed|ing)?"
    r"|schedul(?:e|ed|ing)|best times?|peak|deliver(?:y|ies)|contact cent(?:re|er)s?"
    r"|call cent(?:re|er)s?|customer service cent(?:re|er)s?|hubs?|switchboard|web ?chat"
    r"|live chat|front desk|walk[- ]in|press office\w*|events?|training (?:takes|is|will)|A&E"
    r"|wards?"
    r"|school day|lectures?|noise|parking|bins?|samaritans|charit(?:y|ies)|help ?desk"
    r"|service desk"
)
_OWN = re.compile(
    r"\b(?:social[- ]media|(?:our |these |the )?(?:accounts?|channels?|pages?|feeds?|inbox\w*)"
    r"|facebook|twitter)"
    r"\b[^.;]{0,60}\b(?:monitor\w*|staffed|manned|respond\w*|repl\w+|answer\w*|checked|open"
    r"|available|hours|moderat\w+)"
    r"|\b(?:monitor\w*|staffed|manned|respond\w*|repl(?:y|ies)|answer\w*|checked|moderat\w+"
    r"|hours)\b[^.;]{0,60}"
    r"\b(?:social|accounts?|channels?|pages?|feeds?|messages?|comments?|enquir\w+|tweets?|posts?"
    r"|facebook|twitter)\b",
    re.IGNORECASE,
)
_HOLIDAY = (
    r"(?:bank|public|statutory)(?:\s+(?:and|or|/|&)\s+(?:bank|public|statutory))?[- ]holidays?"
)
_HOLIDAYS_SHUT = re.compile(
    rf"(?:\b(?:exclud\w+|excl|except(?:ing)?(?: for| on)?|not(?: including| on| at"
    rf"| during)?|closed"
    rf"|apart from|other than"
    rf"|outside|(?:is|are|do|does|will)(?: not|n['’]t))\b\.?[^.;]{{0,70}}?{_HOLIDAY}"
    rf"|{_HOLIDAY}[^.;]{{0,15}}(?:excluded|excepted|closed|not included))",
    re.IGNORECASE,
)
_HOLIDAYS_OPEN = re.compile(
    rf"\b(?:including|includes|open|monitored|staffed)\b[^.;]{{0,40}}?{_HOLIDAY}"
    rf"|{_HOLIDAY}[^.;]{{0,10}}included|\b365 days (?:a|per|of the) year|\bevery day of the year\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one sentence says, and how surely it means the desk."""

    sentence: Sentence
    hours: week.Hours
    quote: str
    weight: int
    #: It changes single days of what the same clause said.
    amends: bool = False


def rules(sentences: Sequence[Sentence]) -> tuple[list[FoundRule], list[Flag]]:
    told = list(_all_told(sentences))
    best = max((each.weight for each in told), default=0)
    chosen = [each for each in told if each.weight == best]
    made, flags = _week(chosen)
    return [*made, *_holidays(sentences, chosen)], flags


def _all_told(sentences: Sequence[Sentence]) -> Iterator[_Told]:
    """“On Wednesdays we open at 10am” amends what its clause said before."""
    last: _Told | None = None
    for sentence in sentences:
        before = last if last and last.sentence.clause == sentence.clause else None
        if told := _told(sentence, before):
            yield told
            last = told


def _told(sentence: Sentence, before: _Told | None) -> _Told | None:
    found = week.read(sentence.text, before.hours if before else None)
    if found is None:
        return None
    amends = bool(before) and not set(found.hours) >= set(DAYS[:5])
    weight = _weight(sentence)
    if before and amends and not _ELSEWHERE.search(sentence.text):
        weight = before.weight
    if not weight:
        return None
    end = found.end
    if sentence.text[end : end + 1] == ")" and "(" in sentence.text[found.start : end]:
        end += 1
    return _Told(sentence, found.hours, sentence.quote(found.start, end), weight, amends)


def _weight(sentence: Sentence) -> int:
    """3 the desk's own hours, 2 nearly surely, 1 the house's hours, 0 somebody else's."""
    near = f"{sentence.lead} {sentence.text}"
    if PERSONAL.search(f"{sentence.over} {near}"):
        return 0
    if _ELSEWHERE.search(near) and not _OWN.search(_without_calls(near)):
        return 0
    if _OWN.search(near):
        return 3
    if _DESK.search(near):
        return 2
    if _HOUSE.search(f"{sentence.over} {near}") or _HOUSE.search(sentence.before):
        return 1
    return 0


def _without_calls(near: str) -> str:
    """“Call us … where your enquiry is answered” does not speak of the desk."""
    return re.sub(
        r"\b(?:call|phone|ring|telephone|helpline|hotline|lines?)\b[^.;,]*", "", near, flags=re.I
    )


def _week(chosen: Sequence[_Told]) -> tuple[list[FoundRule], list[Flag]]:
    hours: dict[str, tuple[list[list[str]], _Told]] = {}
    flags: list[Flag] = []
    for told in chosen:
        for day, spans in told.hours.items():
            known = hours.get(day)
            if known is None or told.amends:
                hours[day] = (spans, told)
            elif known[0] != spans and spans and known[0] and not flags:
                flags.append(_two(day, known[1], told))
            elif spans and not known[0]:
                hours[day] = (spans, told)
    if hours and set(hours) >= set(DAYS[:5]):
        for day in DAYS[5:]:
            hours.setdefault(day, ([], hours["friday"][1]))
    made = [
        FoundRule(f"hours.{day}", hours[day][0], "local time", hours[day][1].sentence.clause,
                  hours[day][1].quote)
        for day in DAYS if day in hours
    ]  # fmt: skip
    return made, flags


def _two(day: str, one: _Told, other: _Told) -> Flag:
    return Flag(
        "inconsistent",
        f"Two different hours for {day.capitalize()}: “{one.quote}” (clause {one.sentence.clause})"
        f" and “{other.quote}” (clause {other.sentence.clause}). The first one is taken.",
        other.sentence.clause,
        other.quote,
        f"hours.{day}",
    )


def _holidays(sentences: Sequence[Sentence], chosen: Sequence[_Told]) -> Iterator[FoundRule]:
    """In the sentences that give the hours first, then anywhere the desk is meant."""
    with_hours = [told.sentence for told in chosen]
    others = [each for each in sentences if each not in with_hours and _desk_or_promise(each)]
    for sentence in (*with_hours, *others):
        for pattern, value in ((_HOLIDAYS_SHUT, "closed"), (_HOLIDAYS_OPEN, "open")):
            if match := pattern.search(sentence.text):
                quote = sentence.quote(match.start(), match.end())
                yield FoundRule("hours.bank_holidays", value, "", sentence.clause, quote)
                return


def _desk_or_promise(sentence: Sentence) -> bool:
    near = f"{sentence.lead} {sentence.text}"
    if PERSONAL.search(sentence.over) or (_ELSEWHERE.search(near) and not _OWN.search(near)):
        return False
    return bool(_DESK.search(near) or _HOUSE.search(near) or re.search(r"working days?", near))
