"""Word documents: paragraphs and tables in order, with the numbers Word prints before them.

Text that a tracked change takes out is left out, text it puts in is read; a text box is read once,
where it is anchored. No field is worked out and no link followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from glede.kit.words import say
from glede.rulebook.policy.document.blocks import Block, Cell, Limits, Para, Progress, Source, Table
from glede.rulebook.policy.document.errors import BrokenError
from glede.rulebook.policy.document.numbering import Mark, Numbering, W
from glede.rulebook.policy.document.package import Package

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
#: Taken out by a tracked change, or no text of the document.
_GONE = {f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}delText", f"{W}rPrChange",
         f"{W}pPrChange", f"{_MC}Fallback"}  # fmt: skip
_EVERY = 200
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    based_on: str
    outline: int | None
    num: tuple[str, int | None] | None
    strong: bool


def read(data: bytes, *, limits: Limits, progress: Progress) -> Source:
    package = Package(data, limits)
    root = package.xml(package.main)
    body = None if root is None else root.find(f"{W}body")
    if body is None:
        raise BrokenError(
            say(
                "This Word document has no text part. Open it in Word, save it under a new"
                " name, and choose that file."
            )
        )
    reader = _Reader(package, progress)
    blocks = tuple(reader.blocks(body))
    furniture = tuple(reader.furniture())
    return Source(blocks, furniture=furniture)


class _Reader:
    def __init__(self, package: Package, progress: Progress) -> None:
        self._package = package
        self._progress = progress
        parts = package.beside_main("numbering")
        self._numbering = Numbering(package.xml(parts[0]) if parts else None)
        parts = package.beside_main("styles")
        self._styles = _styles(package.xml(parts[0]) if parts else None)

    def blocks(self, body: etree._Element) -> Iterator[Block]:
        total = len(body)
        for place, element in enumerate(body):
            if place % _EVERY == 0:
                self._progress(place, total, "paragraphs")
            yield from self._element(element, 0)
        self._progress(total, total, "paragraphs")

    def furniture(self) -> Iterator[str]:
        """What headers and footers say."""
        for kind in ("header", "footer"):
            for name in self._package.beside_main(kind):
                root = self._package.xml(name)
                if root is not None:
                    for paragraph in root.iter(f"{W}p"):
                        if text := " ".join(_text(paragraph).split()):
                            yield text

    def _element(self, element: etree._Element, depth: int) -> Iterator[Block]:
        if depth > _DEEPEST or element.tag in _GONE:
            return
        if element.tag == f"{W}p":
            yield from self._paragraph(element, depth)
        elif element.tag == f"{W}tbl":
            yield Table(tuple(self._rows(element, depth)))
        elif element.tag == f"{W}sdt" and _is_contents(element):
            return
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml",
                             f"{W}smartTag"):  # fmt: skip
            for child in element:
                yield from self._element(child, depth + 1)

    def _paragraph(self, element: etree._Element, depth: int) -> Iterator[Block]:
        style = _value(element, "pPr/pStyle")
        known = self._styles.get(style)
        name = known.name.lower() if known else style.lower()
        if name.startswith("toc "):
            return
        text = _text(element)
        mark = self._mark(element, style) if text.strip() else Mark()
        level = self._level(element, style, name)
        if text.strip():
            strong = _is_strong(element, self._inherits_strong(style))
            yield Para(text, mark.label, mark.bullet, level, strong or bool(level))
        for box in element.iter(f"{W}txbxContent"):
            if not any(parent.tag == f"{_MC}Fallback" for parent in box.iterancestors()):
                for child in box:
                    yield from self._element(child, depth + 1)

    def _mark(self, element: etree._Element, style: str) -> Mark:
        num, level = self._num(element, style)
        return self._numbering.mark(num, level) if num not in ("", "0") else Mark()

    def _num(self, element: etree._Element, style: str) -> tuple[str, int]:
        """The list a paragraph is in: its own, or that of its style or of one that style is
        based on."""
        own = element.find(f"{W}pPr/{W}numPr")
        num = _value(own, "numId") if own is not None else ""
        level = _value(own, "ilvl") if own is not None else ""
        seen: set[str] = set()
        named = style
        while named in self._styles and named not in seen and not num:
            seen.add(named)
            known = self._styles[named]
            if known.num is not None and known.num[0]:
                num = known.num[0]
                if not level and known.num[1] is not None:
                    level = str(known.num[1])
                elif not level:
                    level = str(self._numbering.level_of_style(num, named))
            named = known.based_on
        return num, int(level) if level.isdigit() else 0

    def _level(self, element: etree._Element, style: str, name: str) -> int:
        own = _value(element, "pPr/outlineLvl")
        if own.isdigit():
            return int(own) + 1 if int(own) < 9 else 0
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            known = self._styles[style]
            if known.outline is not None:
                return known.outline + 1 if known.outline < 9 else 0
            if known.name.lower().startswith("heading "):
                digits = known.name[len("heading ") :].strip()[:1]
                return int(digits) if digits.isdigit() else 1
            style = known.based_on
        return 1 if name in ("title",) else 0

    def _inherits_strong(self, style: str) -> bool:
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            if self._styles[style].strong:
                return True
            style = self._styles[style].based_on
        return False

    def _rows(self, table: etree._Element, depth: int) -> Iterator[tuple[Cell, ...]]:
        for row in table.iterfind(f".//{W}tr"):
            if next(row.iterancestors(f"{W}tbl")) is table and row.find(f"{W}trPr/{W}del") is None:
                yield tuple(self._cells(row, depth))

    def _cells(self, row: etree._Element, depth: int) -> Iterator[Cell]:
        for cell in row.iter(f"{W}tc"):
            if next(cell.iterancestors(f"{W}tr")) is not row:
                continue
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            if merged is not None and merged.get(f"{W}val", "continue") == "continue":
                yield ()
                continue
            yield tuple(self._in_cell(cell, depth))

    def _in_cell(self, cell: etree._Element, depth: int) -> Iterator[Para]:
        for child in cell:
            for block in self._element(child, depth + 1):
                if isinstance(block, Para):
                    yield block
                else:
                    # A table inside a cell: its rows as lines.
                    yield from (para for row in block.rows for inner in row for para in inner)


def _text(element: etree._Element) -> str:
    """The words of a paragraph, without those of text boxes inside it."""
    made: list[str] = []
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag in _GONE or child.tag == f"{W}txbxContent":
            continue
        elif child.tag == f"{W}t":
            made.append(child.text or "")
        elif child.tag in (f"{W}tab", f"{W}ptab") and child.getparent().tag == f"{W}r":
            made.append("\t")
        elif child.tag in (f"{W}br", f"{W}cr"):
            made.append("\n")
        elif child.tag == f"{W}noBreakHyphen":
            made.append("-")
        elif child.tag == f"{W}sym":
            made.append("•" if not made else "")
        else:
            stack.append(iter(child))
    return "".join(made)


def _is_strong(element: etree._Element, inherited: bool) -> bool:
    """Whether every word of it is bold or italic."""
    runs = [
        run for run in element.iter(f"{W}r")
        if "".join(t.text or "" for t in run.iterfind(f"{W}t")).strip()
    ]  # fmt: skip
    return bool(runs) and all(
        _on(run, "b", inherited) or _on(run, "i", default=False) for run in runs
    )


def _on(run: etree._Element, name: str, default: bool) -> bool:
    found = run.find(f"{W}rPr/{W}{name}")
    if found is None:
        return default
    return found.get(f"{W}val", "true") not in ("0", "false", "off", "none")


def _is_contents(element: etree._Element) -> bool:
    gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and "contents" in gallery.get(f"{W}val", "").lower()


def _styles(root: etree._Element | None) -> dict[str, _Style]:
    if root is None:
        return {}
    made: dict[str, _Style] = {}
    for style in root.iterfind(f"{W}style"):
        number = style.find(f"{W}pPr/{W}numPr")
        level = _value(number, "ilvl") if number is not None else ""
        outline = _value(style, "pPr/outlineLvl")
        made[style.get(f"{W}styleId", "")] = _Style(
            name=_value(style, "name"),
            based_on=_value(style, "basedOn"),
            outline=int(outline) if outline.isdigit() else None,
            num=None
            if number is None
            else (_value(number, "numId"), int(level) if level.isdigit() else None),
            strong=_on_style(style),
        )
    return made


def _on_style(style: etree._Element) -> bool:
    found = style.find(f"{W}rPr/{W}b")
    return found is not None and found.get(f"{W}val", "true") not in ("0", "false", "off")


def _value(element: etree._Element | None, path: str) -> str:
    if element is None:
        return ""
    found = element.find("/".join(f"{W}{step}" for step in path.split("/")))
    return "" if found is None else found.get(f"{W}val", "")
