"""The words a policy explains."""

import re
from collections.abc import Iterable

from glede.rulebook.policy.document import titles
from glede.rulebook.policy.document.blocks import Para, Table, words
from glede.rulebook.policy.document.outline import Definition, Section
from glede.rulebook.policy.document.tree import Entry

_TERM = r"[“\"'‘]?(?P<term>[A-Z][\w’'/&() .,-]{1,60}?)[”\"'’]?"
_DASH = re.compile(rf"{_TERM}(?:\s+[–—-]\s+|\s*:\s+|\s*[–—]\s*)(?P<text>\S.+)", re.S)
_MEANS = re.compile(
    r"(?:In this policy,?\s+)?(?:the (?:term|phrase|word|expression)s?\s+)?"
    r"[“\"'‘]?(?P<term>[\w][\w’'/&() -]{1,60}?)[”\"'’]?,?\s+"
    r"(?P<text>(?:means?|refers? to|is defined as|is a term|is the term|includes?|covers?|"
    r"describes|is|are)\b.+)",
    re.I | re.S,
)
_QUOTED = re.compile(
    r"[“\"‘'](?P<term>[\w][\w’/&() -]{1,60}?)[”\"’']\s+"
    r"(?P<text>(?:means|refers to|is defined as|includes)\b.+)",
    re.S,
)
_HEADS = re.compile(
    r"(?:term|word|phrase|definition|meaning|acronym|abbreviation|explanation)s?", re.I
)
_LONGEST_TERM = 7
_SHORTEST = 3


def definitions(entries: Iterable[Entry], sections: Iterable[Section]) -> tuple[Definition, ...]:
    """Terms of the sections that define them, and quoted words that “mean” something elsewhere."""
    defining = {s.number for s in sections if titles.DEFINITIONS.search(s.title)}
    made: list[Definition] = []
    term = ""
    inside = ""
    for entry in entries:
        if titles.DEFINITIONS.search(entry.head):
            inside = entry.section
        elif inside != entry.section:
            inside = ""
        if entry.section not in defining and not inside:
            made += _elsewhere(entry)
            continue
        if entry.title and len(entry.pieces) == 1:
            term = entry.text.rstrip(":")
            continue
        found = [one for piece in entry.pieces for one in _of(piece, entry.number)]
        if not found and term and not titles.DEFINITIONS.search(term):
            found = [Definition(term, entry.text, entry.number)]
        made += found
        term = ""
    return tuple(made)


def _of(piece: Para | Table, number: str) -> list[Definition]:
    if isinstance(piece, Table):
        rows = [[words(cell) for cell in row if cell] for row in piece.rows]
        return [
            Definition(row[0].rstrip(":"), " ".join(row[1:]), number)
            for row in rows
            if len(row) > 1 and not (_HEADS.fullmatch(row[0]) and len(row[1].split()) < _SHORTEST)
        ]
    for form in (_DASH, _QUOTED, _MEANS):
        found = form.match(piece.text)
        if found and len(found["term"].split()) <= _LONGEST_TERM and _is_term(found["term"]):
            term = found["term"].strip(" \"'“”‘’")
            return [Definition(term, found["text"].strip(), number)]
    return []


def _is_term(term: str) -> bool:
    opener = term.split()[0].lower()
    return opener not in ("this", "it", "these", "there", "we", "for", "they", "in", "if", "that")


def _elsewhere(entry: Entry) -> list[Definition]:
    return [
        Definition(found["term"], found["text"].strip(), entry.number)
        for line in entry.text.split("\n")
        if (found := _QUOTED.match(line.removeprefix("• ")))
    ]
