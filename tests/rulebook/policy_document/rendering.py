"""The same text as five kinds of file, each the way an office makes it."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import docx
import typst
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

_STARS = re.compile(r"(\*{1,2})(?=\S)(.+?)(?<=\S)\1")


@dataclass
class Piece:
    """A paragraph, a point, a heading or the rows of a table."""

    kind: str
    text: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)


def pieces(text: str) -> Iterator[Piece]:
    """What a plain text holds: a line is a paragraph, tabs make a row, `#` a heading."""
    rows: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        if "\t" in line:
            rows.append([cell.strip() for cell in re.split(r"\t+", line)])
            continue
        if rows:
            yield Piece("table", rows=rows)
            rows = []
        bare = line.strip()
        if bare.startswith("#"):
            sign, _, title = bare.partition(" ")
            yield Piece("heading", title, len(sign))
        elif bare.startswith("- "):
            yield Piece("point", bare[2:])
        elif bare:
            yield Piece("text", bare)


def plain(text: str) -> bytes:
    """Without the signs of a heading: a title stands alone between blank lines."""
    return re.sub(r"^#+ ", "", text, flags=re.M).encode()


def markdown(text: str) -> bytes:
    return text.encode()


def as_html(text: str) -> bytes:
    made = ["<!doctype html><html><head><title>x</title></head><body><main>"]
    inside = False
    for piece in pieces(text):
        if inside and piece.kind != "point":
            made.append("</ul>")
            inside = False
        if piece.kind == "point":
            made.append("" if inside else "<ul>")
            made.append(f"<li>{_marked(piece.text)}</li>")
            inside = True
        elif piece.kind == "table":
            cells = ["".join(f"<td>{_cell(c)}</td>" for c in row) for row in piece.rows]
            made.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
        elif piece.kind == "heading":
            made.append(f"<h{piece.level}>{_marked(piece.text)}</h{piece.level}>")
        else:
            made.append(f"<p>{_marked(piece.text)}</p>")
    return ("\n".join(made) + "</main></body></html>").encode()


def _marked(text: str) -> str:
    escaped = html.escape(text, quote=False)
    return _STARS.sub(
        lambda m: f"<strong>{m[2]}</strong>" if len(m[1]) > 1 else f"<em>{m[2]}</em>", escaped
    )


def _cell(text: str) -> str:
    """A cell that holds HTML as text keeps it: so it came out of somebody's system."""
    return _marked(text)


def as_docx(text: str) -> bytes:
    """Headings as styles, points as Word's own list, rows as a table."""
    document = docx.Document()
    for piece in pieces(text):
        if piece.kind == "table":
            _table(document, piece.rows)
        elif piece.kind == "heading":
            document.add_heading(piece.text, piece.level)
        else:
            style = "List Bullet" if piece.kind == "point" else None
            _runs(document.add_paragraph(style=style), piece.text)
    return saved(document)


def saved(document: Document) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _table(document: Document, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=max(len(row) for row in rows))
    for row in rows:
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=False):
            cell.text = text


def _runs(paragraph: Paragraph, text: str) -> None:
    place = 0
    for found in _STARS.finditer(text):
        paragraph.add_run(text[place : found.start()])
        run = paragraph.add_run(found[2])
        run.bold, run.italic = len(found[1]) > 1, len(found[1]) == 1
        place = found.end()
    paragraph.add_run(text[place:])


def numbered(paragraph: Paragraph, *, num: int, level: int) -> None:
    """Put a paragraph into one of Word's own numbered lists."""
    properties = paragraph._p.get_or_add_pPr()
    list_ = OxmlElement("w:numPr")
    for name, value in (("w:ilvl", level), ("w:numId", num)):
        element = OxmlElement(name)
        element.set(qn("w:val"), str(value))
        list_.append(element)
    properties.append(list_)


_PAGE = """#set page(width: 210mm, height: 297mm, margin: 2.2cm{columns},
  header: [{header}], footer: context [{footer} #counter(page).display("1 of 1", both: true)])
#set smartquote(enabled: false)
#set par(justify: {justify})
#set text(size: 10.5pt, lang: "en", region: "GB", font: "Libertinus Serif")
"""


def as_pdf(
    text: str,
    *,
    columns: int = 1,
    header: str = "",
    footer: str = "Page",
    justify: bool = False,
    front: str = "",
) -> bytes:
    """Set by a typesetter, with what is printed on every page; `front` is Typst of a cover."""
    made = [
        _PAGE.format(
            columns=f", columns: {columns}" if columns > 1 else "",
            header=_typst(header), footer=_typst(footer), justify=str(justify).lower(),
        ),
        front,
    ]  # fmt: skip
    for piece in pieces(text):
        if piece.kind == "table":
            cells = [f"[{_typst(c)}]" for row in piece.rows for c in row]
            count = max(len(row) for row in piece.rows)
            made.append(f"#table(columns: {count}, {', '.join(cells)})")
        elif piece.kind == "heading":
            made.append(f"#heading(level: {piece.level})[{_typst(piece.text)}]")
        elif piece.kind == "point":
            made.append(f"- {_typst(piece.text)}")
        else:
            made.append(_typst(piece.text))
    return typst.compile("\n\n".join(made).encode(), format="pdf")


def _typst(text: str) -> str:
    text = re.sub(r"[\\#$*_`<>@\[\]~=/+-]", lambda m: "\\" + m[0], text)
    text = re.sub(r"\\\*\\\*(?=\S)(.+?)(?<=\S)\\\*\\\*", r"#strong[\1]", text)
    text = re.sub(r"\\\*(?=\S)(.+?)(?<=\S)\\\*", r"#emph[\1]", text)
    return re.sub(r"^(\d+)\.", r"\1\.", text)
