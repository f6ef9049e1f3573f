"""Who must do what: one duty for each point of a table, a list or a sentence."""

import re
from collections.abc import Iterable, Iterator

from glede.rulebook.policy.document import titles
from glede.rulebook.policy.document.blocks import Cell, Para, Table, words
from glede.rulebook.policy.document.outline import Duty, Section
from glede.rulebook.policy.document.tree import Entry
from glede.rulebook.policy.document.vocabulary import POSTS

_ROLE = (
    r"(?:[Tt]he |[Oo]ur |[Aa]ll |[Ee]ach |[Aa]n? )?"
    r"(?P<role>(?:(?:All|Every|Each) [a-z]+|[A-Z][\w’'-]*|social media|line)"
    r"(?:[ ,/&-]+(?:and|of|for|the|[A-Z][\w’'-]*|\([A-Z]\w+\)|media|social|communications?|"
    r"managers?|team|officers?|editors?|staff|members|customer|service|services|head|director|lead)){0,14})"
)
_IS_RESPONSIBLE = re.compile(
    rf"(?:^|(?<=[.!?;]\s)|(?<=\n)|(?<=• )){_ROLE}\s+"
    r"(?P<text>(?:(?:is|are|will be|shall be|has|have|holds?)\s+(?:\w+ly\s+)?"
    r"(?:overall\s+|ultimate\s+|day-to-day\s+|delegated\s+)?"
    r"(?:responsible|accountable|responsibility|accountability)\b[^.\n]*))"
)
_DOES = re.compile(
    rf"(?:^|(?<=[.!?;]\s)|(?<=\n)){_ROLE}\s+(?P<text>(?:will|must|shall|should)\s+[^.\n]+)"
)
_ACTS = re.compile(
    rf"(?:(?:The|Our)\s+)?(?P<role>(?:[\w’'&/-]+\s+){{0,6}}?(?:{POSTS}|body|[Hh]eadteacher))\s+"
    r"(?P<text>(?!of|for|and|or|in|to|who|whose|with|at|on|by|that|which\b)[a-z].+)",
    re.I | re.S,
)
_PAIR = re.compile(r"(?P<role>[A-Z][\w’'/&(), -]{2,70}?)\s*(?:[–—:]|\s-)\s+(?P<text>\S.*)", re.S)
_FIELD_HEADS = re.compile(
    r"(?:roles?|posts?|job titles?|who|responsibilit\w+|dut(?:y|ies)|accountabilit\w+|action|name|"
    r"position|team|what)(?:\s*(?:/|and|&)\s*\w+)?",
    re.I,
)
_LONGEST_ROLE = 10


def duties(entries: Iterable[Entry], sections: Iterable[Section]) -> tuple[Duty, ...]:
    named = {s.number for s in sections if titles.DUTIES.search(s.title)}
    made: list[Duty] = []
    role = inside = ""
    for entry in entries:
        if titles.DUTIES.search(entry.head):
            inside, role = entry.section, ""
            continue
        if inside != entry.section:
            inside = ""
        if entry.section not in named and not inside:
            role = ""
            made += _prose(entry, _IS_RESPONSIBLE)
            continue
        if entry.head:
            role = _as_role(entry.head)
        own, role = _listed(entry, role)
        made += own
    return tuple(dict.fromkeys(made))


def _listed(entry: Entry, role: str) -> tuple[list[Duty], str]:
    """The duties of one clause of a section on responsibilities, and whose the next ones are."""
    made: list[Duty] = []
    pieces = entry.pieces[1:] if entry.title else entry.pieces
    for piece in pieces:
        if isinstance(piece, Table):
            made += _rows(piece, entry.number)
            continue
        text = piece.text
        lead = _leads(text)
        if lead:
            role = lead
        elif piece.bullet and role:
            made.append(Duty(role, text.rstrip(";"), entry.number))
        elif found := _pair(piece):
            role = found[0]
            made.append(Duty(found[0], found[1], entry.number))
        elif said := list(_said(text, entry.number)):
            role = said[-1].role
            made += said
        elif acts := _ACTS.fullmatch(text):
            role = acts["role"].strip()
            made.append(Duty(role, acts["text"], entry.number))
        elif role and not titles.is_title(piece):
            made.append(Duty(role, text, entry.number))
    return made, role


def _rows(table: Table, number: str) -> Iterator[Duty]:
    role = ""
    for place, row in enumerate(table.rows):
        filled = [cell for cell in row if cell]
        if len(filled) < 2:
            if filled and role and not row[0]:
                yield from (Duty(role, text, number) for text in _texts(filled[0]))
            continue
        role = words(filled[0]).rstrip(":")
        if place == 0 and _FIELD_HEADS.fullmatch(role):
            continue
        for cell in filled[1:]:
            yield from (Duty(role, text, number) for text in _texts(cell))


def _texts(cell: Cell) -> list[str]:
    """A duty for each bullet; without bullets, for each paragraph."""
    return [para.text for para in cell if para.text and not para.text.endswith(":")]


def _leads(text: str) -> str:
    """“The Head of Service is responsible for:” names whose the points below are."""
    if not text.endswith(":"):
        return ""
    found = re.match(rf"{_ROLE}\s*(?:(?:is|are|will|must|has|have|shall|should)\b.*)?:$", text)
    if found and len(found["role"].split()) <= _LONGEST_ROLE:
        return found["role"].strip()
    return ""


def _pair(para: Para) -> tuple[str, str] | None:
    found = _PAIR.fullmatch(para.text)
    if found is None or len(found["role"].split()) > _LONGEST_ROLE:
        return None
    if not re.search(rf"\b(?:{POSTS})\b", found["role"]) and not para.strong:
        return None
    return found["role"].strip(), found["text"].strip()


def _said(text: str, number: str) -> Iterator[Duty]:
    for form in (_IS_RESPONSIBLE, _DOES):
        for found in form.finditer(text):
            role = found["role"].strip()
            if re.search(rf"\b(?:{POSTS})\b", role, re.I) and len(role.split()) <= _LONGEST_ROLE:
                yield Duty(role, found["text"].strip(), number)


def _prose(entry: Entry, form: re.Pattern[str]) -> Iterator[Duty]:
    """Outside those sections only what says “is responsible for” of a post."""
    lines = entry.text.split("\n")
    for place, line in enumerate(lines):
        for found in form.finditer(line):
            role = found["role"].strip()
            if not re.search(rf"\b(?:{POSTS})\b", role):
                continue
            if found["text"].endswith(":"):
                for point in lines[place + 1 :]:
                    if not point.startswith("• "):
                        break
                    yield Duty(role, point.removeprefix("• ").rstrip(";"), entry.number)
            else:
                yield Duty(role, found["text"].strip(), entry.number)


def _as_role(text: str) -> str:
    text = text.rstrip(":").strip()
    return text if len(text.split()) <= _LONGEST_ROLE else ""
