"""A document's clauses as sentences, each with what stands over it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from glede.rulebook.policy.document.outline import Clause, Outline


class Scope(Enum):
    """When a sentence holds: in working hours, outside them, or it does not say."""

    IN = "in hours"
    OUT = "out of hours"
    ANY = "any time"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, a bullet or a row of a table, letter for letter as it stands in its clause.

    `over` is the titles above it, `lead` the words a list or table begins with, `before` the
    sentence in front of it.
    """

    text: str
    clause: str
    over: str = ""
    lead: str = ""
    before: str = ""
    scope: Scope = Scope.ANY

    def quote(self, start: int, end: int) -> str:
        """The words between two places in the sentence, without loose ends."""
        words = self.text[start:end].strip(" \t\n,;:–—-|•*")
        return words if _CLOCK.search(words) else words.rstrip(".")


_OUT = re.compile(
    r"\bout[- ]of[- ](?:\w+[- ])?hours?\b|\boutside (?:of )?(?:\w+ ){0,3}hours\b"
    r"|\boutside (?:of )?(?:these|those|our) times\b|\bafter[- ]hours\b"
    r"|\b(?:at|over|during) (?:the )?(?:evenings?|weekends?)|\b(?:evenings|weekends)\b"
    r"|\bafter \d{1,2}(?:[:.]\d\d)? ?[ap]\.?m\b|\b(?:at|for|during) (?:all )?other times\b"
    r"|\bwhen (?:we are|we're|the office is|our offices? (?:is|are)) closed\b"
    r"|\b(?:not|n't) (?:in|during|within) (?:\w+ )?hours\b",
    re.IGNORECASE,
)
#: “Excluding weekends” and “in or out of hours” are no scope of their own.
_ASIDE = re.compile(
    r"(?:exclud\w+|except(?:ing)?(?: for)?|includ\w+|other than|apart from|in (?:or|and)"
    r"|not(?: at| on)?)"
    r"\s+(?:(?:at|on|during|over|the|all|bank holidays|public holidays|and|or)\s+)*$",
    re.IGNORECASE,
)
_IN = re.compile(
    r"\b(?:during|in|within|inside) (?:\w+ ){0,2}?(?:working|office|business|opening|core|normal"
    r"|service|staffed|monitored|these|those|our) (?:\w+ )?(?:hours|times)\b"
    r"|\b(?:during|in) (?:the )?(?:working|business) (?:day|week)\b|\bin[- ]hours\b"
    r"|\b(?:during|in|within) hours\b|^(?:working|office|business|opening|core) hours\b",
    re.IGNORECASE,
)


def scopes(text: str) -> list[tuple[int, Scope]]:
    """Where in the text it says when it holds."""
    outside = [match for match in _OUT.finditer(text) if not _ASIDE.search(text[: match.start()])]
    found = [(match.start(), Scope.OUT) for match in outside]
    taken = [match.span() for match in _OUT.finditer(text)]
    found += [
        (match.start(), Scope.IN)
        for match in _IN.finditer(text)
        if not any(start <= match.start() < end for start, end in taken)
    ]
    return sorted(found, key=lambda pair: pair[0])


def scope_of(title: str) -> Scope:
    """What a heading says of the clauses under it; one that names both says nothing."""
    kinds = {scope for _, scope in scopes(title)}
    return kinds.pop() if len(kinds) == 1 else Scope.ANY


_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|no|mr|mrs|ms|dr|st|vs|hrs?|mins?|ext|tel|para|cl|sec|cf|incl"
    r"|excl|inc"
    r"|mon|tues?|wed|thurs?|fri|sat|sun|jan|feb|mar|apr|aug|sept?|oct|nov|dec)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)
_DAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|GMT|BST)")
_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]*[A-Z0-9])")
#: A line that begins anew: bullet, letter or number, capital, or a table's row.
_ANEW = re.compile(
    r"\s*(?:[-–—•*·▪◦o]\s|\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)]\s|[A-Z“‘\"\[(<|]|\d+\s*\|)"
)
_BULLET = re.compile(r"\s*(?:[-–—•*·▪◦o]|\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)])\s+")
_RULED = re.compile(r"\s*[|\s:-]*\s*")


def sentences(outline: Outline) -> tuple[Sentence, ...]:
    return tuple(_all(outline))


def _all(outline: Outline) -> Iterator[Sentence]:
    titles = {section.number: section.title for section in outline.sections}
    heading = Clause("", "")
    lead = ""
    for clause in outline.clauses:
        if clause.section != heading.section:
            heading, lead = Clause("", "", section=clause.section), ""
        if clause.heading:
            heading, lead = clause, ""
            continue
        for sentence in _of(clause, titles.get(clause.section, clause.section), heading, lead):
            yield sentence
            lead = sentence.lead
        lead = _leads(clause.text) or (lead if _item(clause.text) else "")


def _of(clause: Clause, title: str, heading: Clause, lead: str) -> Iterator[Sentence]:
    over = " / ".join(filter(None, (title, heading.text.strip("*_ :"))))
    scope = scope_of(heading.text)
    if scope is Scope.ANY:
        scope = scope_of(title)
    before = ""
    for line, parts in _lines(clause.text):
        row = "|" in line or "\t" in line
        if not _item(line) and not row:
            lead = ""
        for part in parts:
            yield Sentence(part, clause.number, over, lead, before, scope)
            before = part
        lead = _leads(line) or (line if row and not lead and not re.search(r"\d", line) else lead)


def _leads(text: str) -> str:
    """The words a list hangs on: “We aim to reply:”."""
    last = text.rstrip(" *_\n")
    if not last.endswith((":", ":-", ": -")):
        return ""
    return re.split(r"(?<=[.!?])\s+|\n", last)[-1]


def _item(line: str) -> bool:
    """A bullet or a few words without an end: it hangs on what leads the list."""
    text = line.strip()
    return bool(
        _BULLET.match(line) or text[:1].islower() or (len(text) < 100 and text[-1:] not in ".!?")
    )


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    """The text's lines, those only wrapped put together again, each cut into sentences."""
    start = 0
    for match in re.finditer(r"\n+", text):
        joins = (
            not _ANEW.match(text[match.end() :])
            and len(match.group()) == 1
            and text[start : match.start()].rstrip()[-1:] not in ":.;!?"
        )
        if joins:
            continue
        yield from _line(text[start : match.start()])
        start = match.end()
    yield from _line(text[start:])


def _line(line: str) -> Iterator[tuple[str, list[str]]]:
    if line.strip() and not _RULED.fullmatch(line):
        yield line, list(cut(line))


def cut(line: str) -> Iterator[str]:
    """Sentences of a line; “9 a.m. Monday”, “e.g. Facebook” and “No. 4” end none."""
    for piece in re.split(r"\s*•\s*", line):
        for sentence in _cut(piece):
            yield from _bounded(sentence)


#: Characters. Nobody writes longer sentences; a file made to slow us down might.
_LONGEST = 2000


def _bounded(sentence: str) -> Iterator[str]:
    while len(sentence) > _LONGEST:
        at = sentence.rfind(" ", 1, _LONGEST)
        at = at if at > 0 else _LONGEST
        yield sentence[:at].strip()
        sentence = sentence[at:].strip()
    if sentence:
        yield sentence


def _cut(line: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(line):
        so_far, rest = line[start : match.end()], line[match.end() :].lstrip()
        if _SHORT.search(so_far) and not _CLOCK.search(so_far):
            continue
        if _CLOCK.search(so_far) and (_DAY.match(rest) or not rest[:1].isupper()):
            continue
        yield so_far.strip()
        start = match.end()
    if line[start:].strip(" |"):
        yield line[start:].strip()
