"""Lines of a PDF to paragraphs: what a line's end, place and looks say about the next."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from glede.rulebook.policy.document import labels, tidy
from glede.rulebook.policy.document.blocks import Block, Cell, Para, Table
from glede.rulebook.policy.document.pdf_page import Grid, Line

_LARGER = 1.12
_LOOSE = 0.65
_INDENT = 1.0
_HYPHEN = re.compile(r"[A-Za-zÀ-ÿ]{2,}[-\u00ad]$")
_ENDS = (".", ":", ";", "?", "!", ".”", ".)", "”")
#: Halves that English hyphenates to a compound; a hyphen after or before one of them stays.
#: Words compounds begin with; prefixes that whole words begin with too; words compounds end with.
_FIRST, _PREFIX, _LAST = (
    frozenset(part.split())
    for part in Path(__file__).with_name("compounds.txt").read_text(encoding="utf-8").split("\n\n")
)


def body_size(lines: Iterable[Line]) -> float:
    """The size most of the text is set in."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


class Flow:
    """Makes blocks of lines and tables as they come, page after page."""

    def __init__(self, lines: Sequence[Line], body: float) -> None:
        self._body = body
        self._sizes = sorted(
            {line.size for line in lines if body and line.size >= body * _LARGER}, reverse=True
        )
        self._words = _known_words(lines)
        self._leading = _leading(lines)
        self.blocks: list[Block] = []
        self._open: list[Line] = []

    def line(self, line: Line) -> None:
        if self._open and not self._goes_on(self._open[-1], line):
            self.close()
        self._open.append(line)

    def grid(self, grid: Grid) -> None:
        self.close()
        rows = tuple(tuple(self._cell(cell) for cell in row) for row in grid.rows)
        self.blocks.append(Table(rows))

    def close(self) -> None:
        if self._open:
            self.blocks.append(self._para(self._open))
        self._open = []

    def _cell(self, lines: Sequence[Line]) -> Cell:
        inner = Flow([], self._body)
        inner._words, inner._leading = self._words, self._leading
        for line in lines:
            inner.line(line)
        inner.close()
        return tuple(para for para in inner.blocks if isinstance(para, Para))

    def _para(self, lines: Sequence[Line]) -> Para:
        text = lines[0].text
        for line in lines[1:]:
            text = self._joined(text, line.text)
        level = self._level(lines[0].size) if not text.rstrip().endswith(".") else 0
        return Para(text, level=level, strong=all(line.bold for line in lines) or level > 0)

    def _level(self, size: float) -> int:
        return self._sizes.index(size) + 1 if size in self._sizes else 0

    def _goes_on(self, before: Line, line: Line) -> bool:
        """Whether `line` belongs to the paragraph that `before` is the last line of."""
        if _begins(line.text) or abs(before.size - line.size) > 0.1 * before.size:
            return False
        start = self._open[0]
        if before.cells or start.cells:
            return self._in_last_cell(start if start.cells else before, before, line)
        heading = self._level(line.size) > 0
        if line.page != before.page or line.top < before.top:
            return _runs_over(before, line) and not heading
        loose = line.top - before.bottom > max(self._leading, 0.0) + _LOOSE * line.size * 0.5
        if heading:
            return not loose and not before.text.rstrip().endswith((".", ":"))
        if loose or before.bold != line.bold:
            return False
        return before.x1 + line.first > before.right + 1 or (
            line.text[:1].islower() and not before.text.rstrip().endswith(_ENDS)
        )

    def _in_last_cell(self, start: Line, before: Line, line: Line) -> bool:
        """Under the last of several cells: its next line."""
        return (
            not line.cells
            and line.page == before.page
            and bool(start.cells)
            and line.x0 >= start.cells[-1] - 2
        )

    def _joined(self, text: str, more: str) -> str:
        """Two lines as one; a hyphen at the end of the first goes where it only broke a word."""
        text, more = text.rstrip(), more.lstrip()
        if not _HYPHEN.search(text) or not more[:1].isalpha():
            return f"{text} {more}"
        left = re.split(r"\s", text)[-1][:-1].lower().strip("(“\"'‘")
        found = re.match(r"[\w-]+", more.lower())
        right = found.group() if found else ""
        if self._is_compound(left, right, soft=text.endswith("\u00ad")):
            return f"{text[:-1]}-{more}"
        return text[:-1] + more

    def _is_compound(self, left: str, right: str, *, soft: bool) -> bool:
        """What the rest of the document writes goes before what English mostly does."""
        if self._words[f"{left}-{right}"]:
            return True
        if self._words[left + right]:
            return False
        last, first = left.rpartition("-")[2], right.partition("-")[0]
        begins = bool(self._words[last]) or last in _FIRST | _PREFIX | _LAST
        ends = bool(self._words[first]) or first in _LAST
        if "-" in left or "-" in right:
            return begins
        if soft:
            return last in _FIRST and ends
        if last in _PREFIX:
            return first in _LAST
        return last in _FIRST or (begins and ends and min(len(last), len(first)) > 1)


def _known_words(lines: Sequence[Line]) -> Counter[str]:
    """The words of the document, without the halves of broken ones."""
    words: Counter[str] = Counter()
    broken = False
    for line in lines:
        text = line.text.lower().rstrip()
        parts = text.split()
        if broken:
            parts = parts[1:]
        broken = text.endswith(("-", "\u00ad"))
        if broken:
            parts = parts[:-1]
        words.update(re.findall(r"[a-zà-ÿ]+(?:-[a-zà-ÿ]+)*", " ".join(parts)))
    return words


def _begins(text: str) -> bool:
    first = text.split("\t")[0]
    if tidy.without_bullet(first)[1] or first.strip() in tidy.BULLETS:
        return True
    whole = text.replace("\t", " ")
    return labels.split(whole) is not None and not re.match(r"[a-z]\.\s", whole)


def _runs_over(before: Line, line: Line) -> bool:
    """Whether a sentence goes on over a page or column."""
    text = before.text.rstrip()
    if text.endswith(_ENDS) or before.bold != line.bold:
        return False
    return line.text[:1].islower() or before.x1 > before.right - before.size * 4


def _leading(lines: Sequence[Line]) -> float:
    """The usual white space between two lines of one paragraph."""
    gaps: Counter[float] = Counter()
    for before, line in pairwise(lines):
        gap = line.top - before.bottom
        if (
            before.page == line.page
            and -2 < gap < line.size * 1.5
            and before.x1 + line.first > before.right
        ):
            gaps[round(gap * 2) / 2] += 1
    return gaps.most_common(1)[0][0] if gaps else 3.0
