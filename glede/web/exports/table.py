"""One table as CSV, XLSX and PDF, each with what it is about and what its figures mean.

A cell that a spreadsheet would take for a formula is made plain text: what a resident is called
must not run on the desk of whoever opens the file (OWASP, CSV injection).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as XlsxCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import save_workbook

from glede.web.exports import paper

type Cell = str | int | float | None

_PAGE = Path(__file__).with_name("table.typ")
#: What spreadsheets take for the beginning of a formula; the wide forms are taken for it too.
_FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
#: Characters that XML, and so XLSX, cannot hold.
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Rows one PDF shows; a longer list is for a spreadsheet, and the page says so.
MOST_ON_PAPER = 2_000
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Table:
    """`about` says what the rows are of; `meanings` explains the columns."""

    title: str
    about: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    meanings: tuple[tuple[str, str], ...]
    made_at: datetime


def as_csv(of: Table) -> bytes:
    """UTF-8 with a mark at the beginning, by which spreadsheets know it; RFC 4180 line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    lines: list[Sequence[Cell]] = [
        [of.title], *of.about, [], of.columns, *of.rows, [], *of.meanings
    ]  # fmt: skip
    writer.writerows([[_plain(cell) for cell in line] for line in lines])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(of: Table) -> bytes:
    """The rows on one sheet, what they are about on another. No cell is a formula."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("A new workbook has a sheet.")
    sheet.title = "Figures"
    _write(sheet, [of.columns, *of.rows])
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, name in enumerate(of.columns):
        widest = max(len(str(row[number] or "")) for row in (of.columns, *of.rows))
        letter = get_column_letter(number + 1)
        sheet.column_dimensions[letter].width = min(_WIDEST, max(widest, len(name)) + 2)
    about = book.create_sheet("About")
    _write(about, [[of.title], [], *of.about, [], ["What each figure means"], *of.meanings])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 28, 100
    for cell in about["B"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    book.properties.title, book.properties.creator = of.title, "Glede"
    book.properties.created = book.properties.modified = of.made_at.replace(tzinfo=None)
    file = io.BytesIO()
    save_workbook(book, file)
    return file.getvalue()


def as_pdf(of: Table) -> bytes:
    shown = of.rows[:MOST_ON_PAPER]
    return paper.pdf(
        _PAGE,
        {
            "title": of.title,
            "about": [list(pair) for pair in of.about],
            "columns": list(of.columns),
            "rows": [[_said(cell) for cell in row] for row in shown],
            "left_out": len(of.rows) - len(shown),
            "meanings": [list(pair) for pair in of.meanings],
        },
        at=of.made_at,
    )


FORMS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pdf": (as_pdf, "application/pdf"),
}


def _plain(cell: Cell) -> Cell:
    """Text that a spreadsheet shows as it stands. Figures of ours stay figures."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    text = _UNHOLDABLE.sub("", cell)
    return f"'{text}" if _FORMULA.match(text) else text


def _said(cell: Cell) -> str:
    if cell is None:
        return "–"
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _write(sheet: Worksheet, lines: Sequence[Sequence[Cell]]) -> None:
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            cell = sheet.cell(row=row, column=column)
            if isinstance(value, str) and isinstance(cell, XlsxCell):
                text = _UNHOLDABLE.sub("", value)
                cell.value = text
                # Said to be a string, so that “=1+1” is shown and never counted.
                cell.data_type = "s"
                cell.quotePrefix = bool(_FORMULA.match(text))
            else:
                cell.value = value
