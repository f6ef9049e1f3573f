"""Periods that are no reply times: review, restriction, appeal, retention, deviations."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from glede.rulebook.policy.document.outline import Outline
from glede.rulebook.policy.findings import retention
from glede.rulebook.policy.findings.amounts import Amount, amounts, length
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import words
from glede.rulebook.policy.findings.values import FoundRule


def rules(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    seen: set[str] = set()
    for rule in (*_review(outline, sentences), *_all(sentences)):
        if rule.key not in seen:
            seen.add(rule.key)
            yield rule


def _all(sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    for sentence in sentences:
        yield from _appeals(sentence)
        yield from _restrictions(sentence)
        yield from retention.rules(sentence)
        yield from _deviations(sentence)


def _rule(
    key: str, sentence: Sentence, value: Any, start: int, end: int, unit: str = ""
) -> FoundRule:
    return FoundRule(
        key, value, unit, sentence.clause, sentence.quote(min(start, end), max(start, end))
    )


# --- Review of the policy ----------------------------------------------------------------------

_POLICY = r"(?:policy|policies|document|guidance|guidelines|procedure|strategy|code)"
_REVIEWED = re.compile(
    rf"\b{_POLICY}\b[^.;]{{0,60}}\breview\w*\b|\breview\w*\b[^.;]{{0,40}}\b{_POLICY}\b"
    rf"|\breview (?:period|cycle|frequency)\b"
    r"|^(?:it|this) (?:will|shall|must|is to) be (?:formally )?reviewed",
    re.IGNORECASE,
)
_OFTEN = re.compile(
    r"\b(?:(?P<annual>annual(?:ly)?|yearly|(?:every|each) year|once a year)"
    r"|(?P<two>bi-?ennial(?:ly)?|every (?:two|2|other) years?"
    r"|every second year)|(?P<half>(?:every )?six[- ]monthly|every (?:six|6) months"
    r"|twice a year)|(?P<quarter>quarterly)"
    r"|(?:every|each|after|within|in|of|:)\s+(?P<count>\d{1,2}|one|two|three|four|five|six"
    r"|twelve|eighteen|twenty[- ]four"
    r"|thirty[- ]six)\s*(?:\(\d+\)\s*)?(?P<unit>months?|years?)|(?P<plain>\d{1,2}|three"
    r"|twelve)[- ]?(?P<of>months?|years?|yearly)\b)",
    re.IGNORECASE,
)
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "twelve": 12,
    "eighteen": 18,
}
_NUMBERS |= {"twenty-four": 24, "twenty four": 24, "thirty-six": 36, "thirty six": 36}


def _review(outline: Outline, sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    """From the heading; the clause that says the same lends its words."""
    written = list(review_periods(sentences))
    months = outline.review_period_months
    if months is None:
        yield from written[:1]
        return
    same = [rule for rule in written if rule.value == months]
    yield same[0] if same else FoundRule("review.period", months, "months", "", "")


def review_periods(sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    """How often the text says it is reviewed, in months."""
    for sentence in sentences:
        subject = _REVIEWED.search(sentence.text)
        if not subject or _NOT_THIS.search(sentence.text):
            continue
        for often in _OFTEN.finditer(sentence.text):
            near = min(abs(often.start() - subject.end()), abs(subject.start() - often.end()))
            if near < 60 or subject.start() <= often.start() <= subject.end():
                start, end = min(subject.start(), often.start()), max(subject.end(), often.end())
                yield _rule("review.period", sentence, _months(often), start, end, "months")
                break


_NOT_THIS = words(
    r"restriction\w*|banned|block(?:ed|s)?|privacy settings|passwords?"
    r"|accounts? (?:will|are|must)|comments?|appeals?|complain\w*|contracts?|retain\w*"
    r"|equality impact"
)


def _months(often: re.Match[str]) -> int:
    for name, months in (("annual", 12), ("two", 24), ("half", 6), ("quarter", 3)):
        if often[name]:
            return months
    number, unit = (
        (often["count"], often["unit"]) if often["count"] else (often["plain"], often["of"])
    )
    count = int(number) if number.isdigit() else _NUMBERS[number.lower()]
    return count * (12 if unit.lower().startswith("year") else 1)


# --- Restrictions and appeals ------------------------------------------------------------------

_RESTRICT = words(
    r"restrict(?:ion|ions|ed|ing)?(?! access)|ban(?:s|ned|ning)?|block(?:s|ed|ing)?"
    r"|suspend(?:ed)?(?! (?:from )?(?:employment|work|without pay))|suspension|mut(?:e|ed|ing)"
)
_NOT_RESTRICTION = words(
    r"copyright|password\w*|locked|log[- ]?in|employees?|disciplin\w+|dismiss\w*|advert\w*"
    r"|budget|posts? per"
)
_APPEAL = re.compile(
    r"\bappeal(?:s|ed|ing)?\b|\b(?:ask for|request) a review of (?:our|the|this|that) decision\b",
    re.IGNORECASE,
)
_NOT_APPEAL = words(
    r"disciplin\w+|grievance\w*|dismiss\w*|employees?|staff member|fundrais\w*|charity"
    r"|witness(?:es)?|planning|parking|benefit|admission\w*|appealing|donat\w+"
)
_ANSWERED = re.compile(
    r"\b(?:hear[ds]?|heard|answer(?:ed)?|decid(?:e|ed)|consider(?:ed)?|respon(?:d|se|ded)"
    r"|repl(?:y|ied)|outcome|determin\w+|notif\w+"
    r"|decision (?:will|on)|review(?:ed)?|acknowledg\w+|told|inform(?:ed)?|complet\w+|conclud\w+"
    r"|dealt)\b",
    re.IGNORECASE,
)


_OF_AN_APPEAL = re.compile(
    r"\s*\bof (?:the |your |our |an )?(?:appeal|receiving (?:the|your|an) appeal)", re.IGNORECASE
)
_WHO_APPEALS = re.compile(
    r"\ba review of (?:our|the|this|that) decision\b[^.;]{0,30}$"
    r"|\b(?:you|they|who|can|may|must|wish to|right (?:to|of))\b[^.;]{0,25}\bappeal\w*\b"
    r"(?!.*\b(?:reply|respond|response|answer|outcome|hear|heard)\b)[^.;]{0,60}$",
    re.IGNORECASE,
)


def _appeals(sentence: Sentence) -> Iterator[FoundRule]:
    text = sentence.text
    subject = _APPEAL.search(text)
    if not subject and not (_APPEAL.search(sentence.over) or _APPEAL.search(sentence.before)):
        return
    if _NOT_APPEAL.search(text):
        return
    for amount in amounts(text):
        if amount.barred and not text[: amount.start].rstrip().endswith(("have", "for")):
            continue
        if amount.unit not in {"working days", "days", "months", "weeks"}:
            continue
        answers = _answers(text, amount)
        if not (answers or subject):
            continue
        working = isinstance(amount.value, dict)
        value = amount.value["working_days"] if working else amount.value
        start = min(subject.start() if subject else amount.start, amount.start)
        end = max(subject.end() if subject else 0, amount.end)
        key = "appeal.answer_within" if answers else "appeal.within"
        yield _rule(key, sentence, value, start, end, "working days" if working else "")


def _answers(text: str, amount: Amount) -> bool:
    """Whether the time is ours to answer in, not the person's to appeal in."""
    if _OF_AN_APPEAL.match(text, amount.end):
        return True
    before = text[max(0, amount.start - 70) : amount.start]
    return bool(_ANSWERED.search(before)) and not _WHO_APPEALS.search(before)


_LASTS = re.compile(
    r"\b(?:for|last\w*|up to|no (?:longer|more) than|not (?:exceed|longer)\w*|maximum|period of"
    r"|normally|usually"
    r"|limited to|within)\b[^.;]{0,45}$"
)


_AT_LEAST = re.compile(r"\b(?:minimum|at least)\b[^.;]{0,15}$")
_LOOKED_AT = re.compile(r"\breview\w*\b[^.;]*$")


def _restrictions(sentence: Sentence) -> Iterator[FoundRule]:
    text = sentence.text
    subject = _RESTRICT.search(text)
    about = subject or _RESTRICT.search(sentence.over) or _RESTRICT.search(sentence.before)
    kept = retention.KEEP.search(text)
    if kept and subject and kept.start() < subject.start():
        return
    if not about or _NOT_RESTRICTION.search(text) or _APPEAL.search(text):
        return
    lasting: list[Amount] = []
    for amount in amounts(text):
        near = text[max(0, amount.start - 60) : amount.start].lower()
        if amount.unit not in {"months", "weeks", "days", "years"} or _AT_LEAST.search(near):
            continue
        if _LOOKED_AT.search(near):
            at = min(subject.start() if subject else amount.start, amount.start)
            yield _rule("restriction.review", sentence, amount.value, at, amount.end)
        elif subject and (
            lasting or _LASTS.search(f"{near}{text[amount.start : amount.end].lower()}")
        ):
            lasting.append(amount)
    if lasting and subject:
        longest = max(lasting, key=lambda amount: length(amount.value))
        yield _rule("restriction.longest", sentence, longest.value, subject.start(), longest.end)


# --- What staff report -------------------------------------------------------------------------

_DEVIATION = words(
    r"deviations?|mistakes?|hacking|hacked|breach(?:es|ed)?|non-?compliance|misuse|violations?"
    r"|incidents?"
    r"|contravention\w*|infringements?|departures?|exceptions?|errors?"
    r"|inappropriate (?:posts?|content|use)|compromis\w+|unauthori[sz]ed|lost or stolen"
)
_REPORTED = words(
    r"report(?:ed|s|ing)?|notif(?:y|ied)|inform(?:ed)?|escalat(?:e|ed)|told|tell|logged|raised"
)
_MENDED = words(
    r"remed(?:y|ied)|rectif(?:y|ied)|correct(?:ed)?|put right|resolved|taken down|removed"
    r"|addressed|fixed|deleted"
)
_REGULATOR = words(
    r"ICO|information commission(?:er)?(?:['’]s)?(?: office)?|regulator|data subjects?"
)


def _deviations(sentence: Sentence) -> Iterator[FoundRule]:
    text = sentence.text
    near = f"{sentence.lead} {text}"
    if not _DEVIATION.search(near) or _REGULATOR.search(text):
        return
    for amount in amounts(text):
        if not amount.limited or amount.unit not in {"hours", "minutes", "working days", "days"}:
            continue
        if not isinstance(amount.value, str) or amount.value == "same_day":
            continue
        key, at = _reported_or_mended(text, amount)
        if key:
            yield _rule(key, sentence, amount.value, at, amount.end)


def _reported_or_mended(text: str, amount: Amount) -> tuple[str, int]:
    """The verb nearest in front decides."""
    found = [
        (match.start(), key)
        for key, pattern in (("breach_report.within", _REPORTED), ("remedy.within", _MENDED))
        for match in pattern.finditer(text, 0, amount.start)
    ]
    if not found:
        return "", 0
    at, key = max(found)
    return key, at
