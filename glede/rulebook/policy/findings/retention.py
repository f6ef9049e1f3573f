"""How long something is kept, and what."""

import re
from collections.abc import Iterator
from typing import Any

from glede.rulebook.policy.findings.amounts import amounts
from glede.rulebook.policy.findings.text import Sentence
from glede.rulebook.policy.findings.topics import words
from glede.rulebook.policy.findings.values import FoundRule

KEEP = re.compile(
    r"\b(?:kept|keep(?:s|ing)?(?= (?:an?|all|any|your|our|the|these|such|public|private"
    r"|direct|copies|records?|messages|comments|posts|data|logs?|it|them|screen\w*)\b)"
    r"|retain(?:ed|s|ing)?"
    r"|retention(?: period)?|stored?|held|hold|archived?|preserved?)\b",
    re.IGNORECASE,
)
_DROP = re.compile(
    r"\b(?:delet(?:e|ed|ion)|destroy(?:ed)?|dispos(?:e|ed|al)(?: of)?|eras(?:e|ed)|purg(?:e|ed)"
    r"|remov(?:e|ed)|anonymised?)\b",
    re.IGNORECASE,
)
_FOR_EVER = re.compile(r"\b(?:indefinitely|permanently|for ?ever|in perpetuity)\b", re.IGNORECASE)
_CLASSES = (
    ("complaints", words(
    r"complaints?(?! (?:policy|team))"
)),
    ("private_messages", words(
    r"(?:direct|private|inbox) messages?|DMs?|conversations? in private"
)),
    ("public_comments", words(
    r"(?:public )?(?:comments?|posts?|tweets?)|public messages?"
)),
    ("images", words(
    r"images?|photo(?:s|graphs?|graphy)?|videos?|footage|film"
)),
    ("consent_forms", words(
    r"consent forms?|consents?|release forms?"
)),
    ("recordings", words(
    r"recordings?"
)),
    ("screenshots", words(
    r"screen ?(?:shots?|grabs?|captures?)"
)),
    ("restrictions", words(
    r"restrictions?|bans?|warnings?|blocks?"
)),
    ("audit_log", words(
    r"audit (?:logs?|trails?)|logs?"
)),
    ("messages", words(
    r"messages?|enquir\w+|correspondence|interactions?|conversations?"
)),
    ("records", words(
    r"records?|data|information|content|archives?|evidence|copies"
)),
)  # fmt: skip
_NOT_KEPT = words(
    r"passwords?|kept waiting"
    r"|kept (?:up[- ]to[- ]date|informed|open|under review|private|online|separate|secure)"
    r"|phone lines?|employment|meetings? (?:are )?held|sessions?|on hold"
    r"|hold(?:s)? (?:a|the) (?:meeting|post)|business hours|store(?:s)?(?= (?:open|staff))"
)


def rules(sentence: Sentence) -> Iterator[FoundRule]:
    text = sentence.text
    keep, drop = KEEP.search(text), _DROP.search(text)
    if not (keep or drop) or _NOT_KEPT.search(text):
        return
    verb = keep or drop
    done = 0
    for start, end, value in _lengths(text, keep, drop):
        place, name = _class_of(text, done, start)
        if name:
            at = min(verb.start() if verb and not done else start, start, place)
            quote = sentence.quote(at, end)
            yield FoundRule(f"retention.{name}", value, "", sentence.clause, quote)
        done = end


def _lengths(
    text: str, keep: re.Match[str] | None, drop: re.Match[str] | None
) -> Iterator[tuple[int, int, Any]]:
    for amount in amounts(text):
        if amount.unit not in {"years", "months", "weeks", "days"}:
            continue
        before = text[max(0, amount.start - 45) : amount.start + 8].lower()
        kept = keep and re.search(
            r"\b(?:for|period of|up to|maximum|is|:|least|than|within|of)\b", before
        )
        dropped = drop and re.search(
            r"\b(?:after|once|following|older than|older|end of)\b", before
        )
        if (kept and keep and keep.start() < amount.end) or dropped:
            yield amount.start, amount.end, amount.value
    if keep and (ever := _FOR_EVER.search(text)) and abs(ever.start() - keep.end()) < 40:
        yield ever.start(), ever.end(), "for_ever"


def _class_of(text: str, start: int, until: int) -> tuple[int, str]:
    """What is kept: named between the time before and this one, else in the whole sentence."""
    for begin, end in ((start, until), (0, len(text))):
        found = [
            (match.start(), name)
            for name, pattern in _CLASSES
            if (match := pattern.search(text, begin, end))
        ]
        strong = [pair for pair in found if pair[1] not in {"records", "messages"}]
        if strong or found:
            return min(strong or found)
    return 0, ""
