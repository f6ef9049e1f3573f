"""What is answered automatically, and whether a date is agreed where something takes longer."""

import re
from collections.abc import Iterator, Sequence

from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import PERSONAL
from glede.rulebook.policy.findings.values import FoundRule

_WORD = r"(?:acknowledg\w+|repl(?:y|ies)|respon(?:se|ses|ders?|d)|messages?|answers?|receipts?)"
_AUTO = r"auto(?:-|\s)?(?:mated|matic(?:ally)?)?"
_AUTOMATIC = re.compile(
    rf"\b(?:{_AUTO}[- ](?:\w+ ){{0,3}}?{_WORD}|auto-?(?:replies|reply|responses?|responders?)"
    rf"|{_WORD} (?:\w+ ){{0,4}}?automatically|automatically (?:\w+ ){{0,3}}?(?:acknowledg|repl"
    rf"|respon|answer)\w*"
    r"|acknowledged automatically|answered automatically)\b",
    re.IGNORECASE,
)
_NONE = re.compile(r"\b(?:not|n['’]t|never|no|avoid|without|cannot)\b[^.;,]{0,40}$", re.IGNORECASE)
_PRIVATE = re.compile(r"\b(?:direct|private|inbox|messenger|DMs?|PMs?)\b", re.IGNORECASE)
_NOT_A_REPLY = re.compile(
    r"\b(?:out[- ]of[- ]office|decision|delet\w*|schedul\w*|e-?mails?|text alerts?"
    r"|bots? (?:accounts?|detect\w*)"
    r"|moderat\w*|translat\w*|filter\w*)\b",
    re.IGNORECASE,
)
_AGREE = re.compile(
    r"\bagree(?:d|ing)?\b (?:\w+ ){0,4}?(?:time ?(?:scales?|frames?|tables?|limits?)|dates?"
    r"|deadlines?|when)\b",
    re.IGNORECASE,
)
_NOT_WITH_PEOPLE = re.compile(
    r"\b(?:suppliers?|contractors?|line manager|project|campaign|content|audit|action plan"
    r"|complaint)\b",
    re.IGNORECASE,
)


def rules(sentences: Sequence[Sentence]) -> Iterator[FoundRule]:
    desk = [sentence for sentence in sentences if not PERSONAL.search(sentence.over)]
    yield from _first(_automatic(sentence) for sentence in desk)
    yield from _first(_agreed(sentence) for sentence in desk)


def _first(found: Iterator[FoundRule | None]) -> Iterator[FoundRule]:
    for rule in found:
        if rule:
            yield rule
            return


def _automatic(sentence: Sentence) -> FoundRule | None:
    text = sentence.text
    match = _AUTOMATIC.search(text)
    if not match or _NOT_A_REPLY.search(text):
        return None
    value = "all_messages"
    if _NONE.search(text[: match.start()]):
        value = "none"
    elif _PRIVATE.search(text):
        value = "private_only"
    start = max((text.rfind(mark, 0, match.start()) + 1 for mark in ",;:"), default=0)
    ends = [place for mark in ",;" if (place := text.find(mark, match.end())) >= 0]
    quote = sentence.quote(start, min(ends, default=len(text)))
    return FoundRule("acknowledge.automatic", value, "", sentence.clause, quote)


def _agreed(sentence: Sentence) -> FoundRule | None:
    match = _AGREE.search(sentence.text)
    if not match or _NOT_WITH_PEOPLE.search(sentence.text):
        return None
    quote = sentence.quote(match.start(), match.end())
    return FoundRule("resolve.or_agree_timescale", True, "", sentence.clause, quote)
