"""From what a reader gives to the one form in which the same text is the same, whatever file it
came in: a line a paragraph, printed numbers and bullets apart from the words, tables as tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from glede.rulebook.policy.document import labels, tidy
from glede.rulebook.policy.document.blocks import Block, Cell, Para, Table

_PAIR = 2
_HEADING = re.compile(r"(#{1,6}) +(?=\S)")
_GAP = re.compile(r"\t+| {3,}")


def normal(blocks: Iterable[Block]) -> list[Block]:
    tidied: list[Block] = []
    for block in blocks:
        if isinstance(block, Table):
            tidied += _table(block)
        else:
            tidied += _paragraph(block)
    return _joined(tidied)


def _paragraph(para: Para) -> list[Block]:
    """Lines with tabs in them are rows of a table."""
    made: list[Block] = []
    for number, line in enumerate(_broken(para.text)):
        if (ruled := _ruled(line)) is not None:
            made += [Table((ruled,))] if ruled else []
            continue
        cells = [cell for cell in _GAP.split(line.strip("\t ")) if cell.strip()]
        if len(cells) > 1 and not (len(cells) == _PAIR and _is_number(cells[0])):
            made.append(Table((tuple(_cell([Para(cell)]) for cell in cells),)))
        else:
            first = number == 0
            made.append(
                _one(replace(para, text=tidy.line(line), label=para.label if first else ""))
            )
    if not made and para.label:
        made.append(para)
    return [block for block in made if isinstance(block, Table) or block.text or block.label]


def _broken(text: str) -> Iterator[str]:
    """The lines with words in them. HTML in a cell stays with its cell; anywhere else its breaks
    are lines."""
    for line in tidy.lines(text):
        if _GAP.search(line.strip("\t ")):
            yield line
        else:
            yield from (part for part in tidy.lines(tidy.without_html(line)) if part.strip())


def _ruled(line: str) -> tuple[Cell, ...] | None:
    """“| one | two |”: a row drawn with strokes; empty for the line under the heads."""
    bare = line.strip()
    if len(bare) < _PAIR or not (bare[0] == bare[-1] == "|") or bare.count("|") <= _PAIR:
        return None
    cells = bare[1:-1].split("|")
    if all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in cells):
        return ()
    return tuple(_cell([Para(cell)]) for cell in cells)


def _is_number(text: str) -> bool:
    """A number or a bullet that a tab sets apart from its paragraph."""
    return labels.only(text) is not None or text.strip() in tidy.BULLETS + "-–*+"


def _one(para: Para) -> Para:
    if (heading := _HEADING.match(para.text)) is not None:
        level = len(heading[1])
        para = replace(para, text=para.text[heading.end() :], level=level, strong=True)
    text, bullet = tidy.without_bullet(para.text)
    text, strong = tidy.without_marks(text)
    label = para.label
    if not label and (found := labels.split(text)) is not None and _keeps_label(text, found[0]):
        label = _as_printed(text, found[1])
        text = found[1]
        text, inside = tidy.without_marks(text)
        strong = strong or inside
    return replace(
        para,
        text=tidy.line(text),
        label=label,
        bullet=(bullet or para.bullet) and not label,
        strong=strong or para.strong,
    )


def _keeps_label(text: str, label: labels.Label) -> bool:
    """A sentence that opens “Appendix B lists …” is no heading."""
    return label.sort is not labels.Sort.NAMED or len(text.split()) <= 12


def _as_printed(text: str, rest: str) -> str:
    return text[: len(text) - len(rest)].strip(" :–—-\t") if rest else text.strip()


def _table(table: Table) -> list[Block]:
    rows = [tuple(_cell(cell) for cell in row) for row in table.rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    if max(sum(1 for cell in row if cell) for row in rows) <= 1:
        return [para for row in rows for cell in row for para in cell]
    if _is_layout(rows):
        return [para for row in rows for para in _laid_out(row)]
    return [Table(tuple(rows))]


def _cell(cell: Sequence[Para]) -> Cell:
    made: list[Para] = []
    for para in cell:
        for line in tidy.lines(tidy.without_html(para.text)):
            for piece in tidy.points(line):
                one = _one(replace(para, text=tidy.line(piece)))
                if one.text or one.label:
                    made.append(one)
    return tuple(made)


def _is_layout(rows: Sequence[Sequence[Cell]]) -> bool:
    """Numbers in the first column and words in the second: clauses set as a table."""
    numbered = [row for row in rows if row[0] and row[0][0].label and not row[0][0].text]
    return len(numbered) * 2 >= len(rows) and all(
        len([cell for cell in row if cell]) <= 2 for row in numbered
    )


def _laid_out(row: Sequence[Cell]) -> list[Para]:
    filled = [cell for cell in row if cell]
    first = filled[0][0]
    if len(filled) > 1 and first.label and not first.text and not filled[1][0].label:
        head = filled[1][0]
        named = replace(head, label=first.label, bullet=False)
        return [named, *filled[1][1:], *(para for cell in filled[2:] for para in cell)]
    return [para for cell in filled for para in cell]


def _joined(blocks: Iterable[Block]) -> list[Block]:
    """Tables that touch are one; a row that begins with nothing goes on with the row above."""
    made: list[Block] = []
    for block in blocks:
        last = made[-1] if made else None
        if isinstance(block, Table) and isinstance(last, Table):
            made[-1] = Table(last.rows + block.rows)
        else:
            made.append(block)
    return [_rows_joined(block) if isinstance(block, Table) else block for block in made]


def _rows_joined(table: Table) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for row in table.rows:
        above = rows[-1] if rows else None
        if rows and row == rows[0]:
            continue  # the heads of a table, printed again on its next page
        if above is not None and row and not row[0] and len(row) == len(above):
            rows[-1] = tuple(_run_on(a, b) for a, b in zip(above, row, strict=True))
        else:
            rows.append(row)
    return Table(tuple(rows))


def _run_on(above: Cell, below: Cell) -> Cell:
    """A cell that a page's end has cut in two."""
    if not above or not below:
        return above + below
    last, first = above[-1], below[0]
    cut = first.text[:1].islower() and last.text[-1:] not in ".:;!?"
    if first.bullet or first.label or not cut:
        return above + below
    return (*above[:-1], replace(last, text=f"{last.text} {first.text}"), *below[1:])
