"""What a policy says of itself: version, dates, owner, who approved it.

Labels and values come in tables, in lines “Label: value”, beside each other with tabs between, and
in prose. What was read as one of them is no clause.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from glede.rulebook.policy.document import dates
from glede.rulebook.policy.document.blocks import Block, Para, Table, words
from glede.rulebook.policy.document.vocabulary import FIELDS

_LABEL_LIMIT = 60
_VALUE_LIMIT = 200
_ENDS = re.compile(r"[\s:*.\-–—]+$")
_VERSION = re.compile(
    r"(?:version|issue|revision|rev|v(?:er)?|fersiwn)?\.?\s*(?:no\.?\s*)?"
    r"(\d+(?:\.\d+)*[a-z]?|[A-Z])\b",
    re.I,
)
_FURNITURE = re.compile(r"\b(?:version|issue|v)\.?\s*(?:no\.?\s*)?:?\s*(\d+(?:\.\d+)*)\b", re.I)


#: Titles of tables that were read as the header.
_CONTROL = re.compile(
    r"(?:(?:document|version|policy|change|revision|amendment|approval|review)s?(?: and)? ?"
    r"(?:version|document|approval|review)? ?"
    r"(?:control|history|information|details|record|log|status|sheet|summary|data|approval)"
    r"(?: (?:sheet|table|record|history|information|log|page))?|approvals?|amendments?)",
    re.I,
)


@dataclass(slots=True)
class Header:
    """The fields found so far, as written; the first to be found stays."""

    fields: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: str) -> None:
        value = " ".join(value.split()).strip(" |;,")
        if value and name not in self.fields and len(value) <= _VALUE_LIMIT:
            self.fields[name] = value


def meaning(label: str) -> str:
    """Which field a label names; empty where it names none."""
    label = _ENDS.sub("", label.strip().strip("*"))
    if not label or len(label) > _LABEL_LIMIT:
        return ""
    return next((name for name, pattern in FIELDS if pattern.fullmatch(label)), "")


def take(blocks: Sequence[Block], header: Header, *, front: int) -> list[Block]:
    """Read the fields; the blocks that are left are the text. `front` is where the text begins:
    before it every label counts, after it only what cannot be anything else."""
    left: list[Block] = []
    place = 0
    while place < len(blocks):
        block = blocks[place]
        before_text = place < front
        if isinstance(block, Table):
            if kept := _of_table(block, header, before_text=before_text):
                left.append(kept)
            elif left and isinstance(left[-1], Para) and _CONTROL.fullmatch(left[-1].text):
                left.pop()
        elif before_text and (used := _of_neighbours(blocks, place, header)):
            place += used
            continue
        elif not _of_line(block, header, before_text=before_text):
            left.append(block)
        place += 1
    return left


# -- tables -------------------------------------------------------------------------------------


def _of_table(table: Table, header: Header, *, before_text: bool) -> Table | None:
    """What of the table is not header; nothing where all of it is."""
    rows = [[words(cell) for cell in row] for row in table.rows]
    if (history := _history(rows)) is not None:
        _of_history(rows[history:], header)
        table, rows = Table(table.rows[:history]), rows[:history]
        if not rows:
            return None
    if _is_columns(rows):
        for label, value in zip(rows[0], rows[1], strict=True):
            _put(header, label, value)
        return None
    found = [list(_pairs(row)) for row in rows]
    known = sum(1 for pairs in found for label, _value in pairs if meaning(label))
    kept = sum(1 for pairs in found for label, _v in pairs if meaning(label) not in ("", "ignored"))
    if not kept or (not before_text and (kept < 2 or known * 2 < len(rows))):
        return table
    for pairs in found:
        for label, value in pairs:
            _put(header, label, value)
    if known * 2 >= len(rows):
        return None
    rest = tuple(
        row
        for row, pairs in zip(table.rows, found, strict=True)
        if not any(meaning(label) for label, _value in pairs)
    )
    return Table(rest) if rest else None


def _pairs(row: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Label and value beside each other, or both in one cell."""
    cells = [cell for cell in row if cell]
    place = 0
    while place < len(cells):
        cell = cells[place]
        after = cells[place + 1] if place + 1 < len(cells) else ""
        if meaning(cell):
            if after and not meaning(after):
                yield cell, after
                place += 2
                continue
            yield cell, ""
        else:
            yield from _inline(cell)
        place += 1


def _is_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Labels above, values below."""
    if len(rows) != 2 or len(rows[0]) != len(rows[1]) or len(rows[0]) < 2:
        return False
    return all(meaning(cell) for cell in rows[0] if cell) and not meaning(rows[1][0])


_HISTORY = re.compile(
    r"(?:version|issue|rev(?:ision)?|date|author|editor|amend(?:ed|ments?)?|changes?|comments?|reasons?|"
    r"details?|description|summary|approved|approval|reviewed|status|name|by|no\.?|section|page|"
    r"made|of|for|the|and|/|&|to|reviewer|role|dyddiad|fersiwn|awdur|newid(?:iadau)?)",
    re.I,
)
_TELLS = re.compile(r"\b(?:version|issue|revision|amend\w*|changes?|fersiwn)\b", re.I)


def _history(rows: Sequence[Sequence[str]]) -> int | None:
    """Where a revision history begins: a row of its column heads with at least one row below."""
    for place, row in enumerate(rows[:-1]):
        cells = [cell for cell in row if cell]
        if len(cells) < 2 or not any(_TELLS.search(cell) for cell in cells):
            continue
        said = [word for cell in cells for word in cell.split()]
        heads = all(_HISTORY.fullmatch(word.strip("():.,")) for word in said)
        if heads and len(cells) > 2 and not _is_columns(rows[place:]):
            return place
        if heads and len(rows) - place > 2 and _VERSION.fullmatch(rows[place + 1][0]):
            return place
    return None


def _of_history(rows: Sequence[Sequence[str]], header: Header) -> None:
    """The newest row gives the version where nothing else does."""
    heads = [cell.lower() for cell in rows[0]]
    column = next((n for n, head in enumerate(heads) if _TELLS.search(head)), None)
    if column is None:
        return
    versions = [
        found.group(1)
        for row in rows[1:]
        if column < len(row) and (found := _VERSION.match(row[column]))
    ]
    if versions:
        header.put("history_version", max(versions, key=_order))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


# -- lines --------------------------------------------------------------------------------------


def _of_line(para: Para, header: Header, *, before_text: bool) -> bool:
    """“Label: value”, perhaps several in a line."""
    if para.label:
        return False
    pairs = list(_inline(para.text))
    known = [(label, value) for label, value in pairs if meaning(label) not in ("", "ignored")]
    if not known:
        blank = all(not value.strip("_.… /") for _label, value in pairs)
        return bool(pairs) and (before_text or blank) and _all_ignored(pairs)
    covered = sum(len(label) + len(value) for label, value in pairs if meaning(label))
    if covered * 2 < len(para.text):
        if before_text:
            for label, value in known:
                _put(header, label, value)
        return False
    if not before_text and any(meaning(label) in ("organisation", "title") for label, _ in known):
        return False
    for label, value in known:
        _put(header, label, value)
    return True


def _all_ignored(pairs: Iterable[tuple[str, str]]) -> bool:
    return all(meaning(label) == "ignored" for label, _value in pairs)


def _inline(text: str) -> list[tuple[str, str]]:
    """“Version: 3 Approved by: Board” → two pairs. A label is one that is known."""
    text = " ".join(text.replace("|", " | ").split())
    marks: list[tuple[int, int, str]] = []
    for colon in re.finditer(r"\s?:(?=\s|$)", text):
        floor = max(marks[-1][1] if marks else 0, colon.start() - _LABEL_LIMIT)
        before = text[: colon.start()]
        starts = [at for at in range(floor, len(before)) if _begins_word(before, at)]
        for start in starts:
            if meaning(before[start:]):
                marks.append((start, colon.end(), before[start:]))
                break
    return [
        (label, text[end : marks[n + 1][0] if n + 1 < len(marks) else len(text)].strip(" |"))
        for n, (_start, end, label) in enumerate(marks)
    ]


def _begins_word(text: str, at: int) -> bool:
    return not text[at].isspace() and (at == 0 or text[at - 1] in " (|")


def _of_neighbours(blocks: Sequence[Block], place: int, header: Header) -> int:
    """A label on a line of its own with its value on the next; how many lines that took."""
    label, value = blocks[place], blocks[place + 1] if place + 1 < len(blocks) else None
    if not isinstance(label, Para) or not isinstance(value, Para) or label.label or value.label:
        return 0
    name = meaning(label.text)
    if name in ("", "title") or meaning(value.text) or len(value.text) > _VALUE_LIMIT // 2:
        return 0
    if not label.text.rstrip().endswith(":") and (label.level or value.text.endswith(".")):
        return 0
    _put(header, label.text, value.text)
    return 2


# -- values -------------------------------------------------------------------------------------

_BODY_AND_DATE = re.compile(
    r"[\s,;:–—(-]*(?:\b(?:on|in|dated|date|at its meeting (?:on|of))\b)?[\s,:(]*$", re.I
)


def _put(header: Header, label: str, value: str) -> None:
    name = meaning(label)
    if name in ("", "ignored"):
        return
    if name == "approved_by":
        value = _approval(header, value) or _BODY_IN_LABEL.sub("", label) if value else value
        if meaning(value) == "approved_by":
            value = ""
    elif name == "version":
        found = _VERSION.match(value.strip())
        value = found.group(1) if found else value
    elif (name == "owner" and not value) or (name == "reviewer" and dates.find(value) is not None):
        return
    header.put(name, value)


_BODY_IN_LABEL = re.compile(r"^.*?\bby(?: the)?\b\s*|[\s:]+$", re.I)


def _approval(header: Header, value: str) -> str:
    """“Cabinet, 12 March 2024” is a body and a date; a date alone is no body."""
    found = dates.ANY.search(value)
    if found is None:
        return value
    header.put("approved_on", found.group())
    return _BODY_AND_DATE.sub("", value[: found.start()])


def of_furniture(lines: Iterable[str], header: Header) -> None:
    """What is printed on every page counts where the pages themselves are silent."""
    for line in lines:
        for label, value in _inline(line):
            _put(header, label, value)
        if (found := _FURNITURE.search(line)) is not None:
            header.put("version", found.group(1))


def put_field(header: Header, label: str, value: str) -> None:
    """A field from the file's own front matter or properties, such as `version: 3`."""
    _put(header, label.replace("_", " ").replace("-", " "), value)
