"""One page of a PDF: its words as lines in reading order, and its tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

type Box = tuple[float, float, float, float]

#: A gap this many letters wide is a tab, not a space of justified text.
_TAB = 1.8
_WIDER = 2.5  # … and this many times the line's usual space
_GUTTER = 0.7
_CROSSING = 0.2
_FEWEST = 8
_FEW = 3  # lines of a second column that ends early
_FILLED = 0.45
_SMALL = 0.78
_NARROW = 6  # points of white that no column gap goes below
_MIDDLE = (0.25, 0.75)


@dataclass(frozen=True, slots=True)
class Line:
    """`right` is where its column ends; `cells` are the left edges of what tabs set apart."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool
    right: float
    page: int
    first: float  # the width of the first word, with the space before it
    cells: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: of each cell its lines."""

    top: float
    bottom: float
    rows: tuple[tuple[tuple[Line, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool


def words(found: Iterable[dict[str, Any]]) -> list[Word]:
    made = [
        Word(
            # Many fonts draw the hyphen and the soft hyphen with one sign: inside a word it is
            # the one that is seen.
            text=re.sub("^\u00ad$|\u00ad(?=.)", "-", one["text"]),
            x0=one["x0"],
            x1=one["x1"],
            top=one["top"],
            bottom=one["bottom"],
            size=one.get("size") or one["bottom"] - one["top"],
            bold=_is_bold(one.get("fontname", "")),
        )
        for one in found
        if one["text"].strip()
    ]
    usual = median([word.size for word in made]) if made else 0.0
    return [word for word in made if not _is_note_mark(word, usual, made)]


def _is_note_mark(word: Word, usual: float, given: Sequence[Word]) -> bool:
    """A small raised number after a word points to a note; it is no part of the sentence."""
    if word.size > usual * _SMALL or re.fullmatch(r"\d{1,2}|\*", word.text) is None:
        return False
    return any(
        other.size > word.size
        and other.top - 3 <= word.top < other.bottom - word.size * 0.5
        and 0 <= word.x0 - other.x1 < usual
        for other in given
    )


def _is_bold(font: str) -> bool:
    low = font.rpartition("+")[2].lower()
    return any(sign in low for sign in ("bold", "black", "heavy", "semibold", "demi"))


def within(given: Iterable[Word], box: Box) -> list[Word]:
    """The words whose middle lies in a box."""
    x0, top, x1, bottom = box
    return [
        word
        for word in given
        if x0 <= (word.x0 + word.x1) / 2 <= x1 and top <= (word.top + word.bottom) / 2 <= bottom
    ]


def in_order(
    given: Sequence[Word], tables: Sequence[tuple[Box, Grid]], width: float, page: int
) -> list[Line | Grid]:
    """Lines and tables in reading order: down the first column, then down the second; what crosses
    both stands between."""
    rows = _rows(given)
    gutter = _gutter([*rows, *(row for box, grid in tables for row in _outlines(box, grid))], width)
    if gutter is None:
        return _column(given, [grid for _box, grid in tables], page)
    crossing = [row for row in rows if _crosses(row, gutter)]
    sides = [word for row in rows if not _crosses(row, gutter) for word in row]
    edges = (
        max((w.x1 for w in sides if w.x1 <= gutter), default=gutter),
        max((w.x1 for w in sides), default=width),
    )
    cuts = [min(word.top for word in row) for row in crossing]
    cuts += [box[1] for box, _grid in tables if box[0] < gutter < box[2]]
    made: list[Line | Grid] = []
    start = 0.0
    for cut in [*sorted(cuts), float("inf")]:
        band = [w for w in sides if start <= w.top < cut]
        for side, edge in enumerate(edges):
            within_side = [w for w in band if (w.x0 >= gutter) == bool(side)]
            beside = [
                grid
                for box, grid in tables
                if start <= box[1] < cut
                and not box[0] < gutter < box[2]
                and (box[0] >= gutter) == bool(side)
            ]
            made += _column(within_side, beside, page, right=edge)
        across = [row for row in crossing if min(word.top for word in row) == cut]
        made += [line for row in across for line in lines(row, page, right=edges[1])]
        made += [g for box, g in tables if box[1] == cut and box[0] < gutter < box[2]]
        start = cut
    return made


def _column(
    given: Sequence[Word], tables: Sequence[Grid], page: int, *, right: float | None = None
) -> list[Line | Grid]:
    """One column from top to bottom, its tables at their places."""
    if right is None and given:
        right = max(word.x1 for word in given)
    made: list[Line | Grid] = []
    start = 0.0
    for grid in sorted(tables, key=lambda one: one.top):
        above = [word for word in given if start <= word.top < grid.top]
        made += lines(above, page, right=right)
        made.append(grid)
        start = grid.top
    below = [word for word in given if word.top >= start]
    return [*made, *lines(below, page, right=right)]


def lines(
    given: Sequence[Word], page: int, *, right: float | None = None, tabs: bool = True
) -> list[Line]:
    """One column's lines from top to bottom."""
    rows = _rows(given)
    if not rows:
        return []
    edge = max(row[-1].x1 for row in rows) if right is None else right
    return [_line(row, edge, page, tabs=tabs) for row in rows]


def _rows(given: Sequence[Word]) -> list[list[Word]]:
    """Words on the same height; a raised sign belongs to the line it stands in."""
    rows: list[list[Word]] = []
    for word in sorted(given, key=lambda w: (w.bottom, w.x0)):
        last = rows[-1] if rows else None
        if last is not None and _same_height(last, word):
            last.append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.x0) for row in rows]


def _same_height(row: Sequence[Word], word: Word) -> bool:
    tallest = max(row, key=lambda w: w.size)
    middle = (word.top + word.bottom) / 2
    return tallest.top <= middle <= tallest.bottom and not any(
        w.x0 < word.x1 - 1 and word.x0 < w.x1 - 1 for w in row
    )


def _line(row: Sequence[Word], right: float, page: int, *, tabs: bool) -> Line:
    text = row[0].text
    cells = [row[0].x0]
    gaps = sorted(word.x0 - before.x1 for before, word in pairwise(row))
    usual = gaps[(len(gaps) - 1) // 2] if len(gaps) > 1 else 0.0
    for before, word in pairwise(row):
        gap = word.x0 - before.x1
        if tabs and gap > max(_TAB * max(before.size, word.size), _WIDER * usual):
            text += "\t"
            cells.append(word.x0)
        elif gap > 0.1 * word.size:
            text += " "
        text += word.text
    letters = sum(len(word.text) for word in row)
    bold = sum(len(word.text) for word in row if word.bold)
    first = row[0]
    return Line(
        text=text,
        x0=first.x0,
        x1=row[-1].x1,
        top=min(word.top for word in row),
        bottom=max(word.bottom for word in row),
        size=round(median(word.size for word in row), 1),
        bold=bold >= letters * 0.9,
        right=right,
        page=page,
        first=first.x1 - first.x0 + 0.25 * first.size,
        cells=tuple(cells) if len(cells) > 1 else (),
    )


def _gutter(rows: Sequence[Sequence[Word]], width: float) -> float | None:
    """Where the white space between two columns of running text is."""
    found = [
        (x, *_sides(rows, x)) for x in range(int(width * _MIDDLE[0]), int(width * _MIDDLE[1]), 2)
    ]
    best = None
    for _x, left, right, crossing in found:
        if len(left) < _FEWEST or len(right) < _FEW or crossing > _CROSSING * len(rows):
            continue
        if not _is_filled(left) or (len(right) >= _FEWEST and not _is_filled(right)):
            continue
        gap = min(r[0] for r in right) - max(s[1] for s in left)
        if gap > _GUTTER * 10 and (best is None or gap > best[0]):
            best = (gap, (min(r[0] for r in right) + max(s[1] for s in left)) / 2)
    return best[1] if best else None


def _outlines(box: Box, grid: Grid) -> list[list[Word]]:
    """A table as so many full lines, as wide as it is."""
    count = sum(max(len(cell) for cell in row) for row in grid.rows)
    return [[Word("", box[0], box[2], box[1], box[3], 1.0, bold=False)] for _line in range(count)]


def _sides(
    rows: Sequence[Sequence[Word]], x: float
) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    crossing = 0
    for row in rows:
        if _crosses(row, x):
            crossing += 1
            continue
        if before := [word for word in row if word.x1 <= x]:
            left.append((before[0].x0, before[-1].x1))
        if after := [word for word in row if word.x0 >= x]:
            right.append((after[0].x0, after[-1].x1))
    return left, right, crossing


def _crosses(row: Sequence[Word], x: float) -> bool:
    """Whether a line runs on over `x` with no more than a word's space."""
    if any(word.x0 < x < word.x1 for word in row):
        return True
    before = [word for word in row if word.x1 <= x]
    after = [word for word in row if word.x0 >= x]
    if not before or not after:
        return False
    return after[0].x0 - before[-1].x1 < max(_GUTTER * before[-1].size, _NARROW)


def _is_filled(spans: Sequence[tuple[float, float]]) -> bool:
    """Running text reaches the edge of its column most of the time; labels and values do not."""
    start, end = min(s[0] for s in spans), max(s[1] for s in spans)
    width = end - start
    return width > 0 and median(s[1] - s[0] for s in spans) >= (1 - _FILLED) * width


def grids(page: Any, given: Sequence[Word], number: int) -> list[tuple[Box, Grid]]:
    """The ruled tables with more than one column; a box round a text is no table."""
    made: list[tuple[Box, Grid]] = []
    for table in page.find_tables():
        rows = tuple(tuple(_cell(box, given, number) for box in row.cells) for row in table.rows)
        rows = tuple(row for row in rows if any(row))
        if rows and max(sum(1 for cell in row if cell) for row in rows) > 1:
            made.append((table.bbox, Grid(table.bbox[1], table.bbox[3], rows)))
    return made


def _cell(box: Box | None, given: Sequence[Word], number: int) -> tuple[Line, ...]:
    if box is None:
        return ()
    inside = within(given, box)
    if not inside:
        return ()
    padding = max(0.0, min(word.x0 for word in inside) - box[0])
    return tuple(lines(inside, number, right=box[2] - min(padding, 12.0), tabs=False))
