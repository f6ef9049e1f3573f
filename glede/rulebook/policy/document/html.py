"""HTML pages: what a reader would read, without menus and footers."""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PreformattedString, Tag

from glede.kit.words import say
from glede.rulebook.policy.document import counting
from glede.rulebook.policy.document.blocks import Block, Cell, Para, Source, Table
from glede.rulebook.policy.document.errors import BrokenError

_NO_TEXT = ("script", "style", "noscript", "template", "svg", "iframe", "object", "nav", "form",
            "button", "select", "head", "dialog", "aside")  # fmt: skip
_FURNITURE = ("header", "footer")
_BLOCKS = {
    "p", "div", "section", "article", "main", "ul", "ol", "li", "table", "h1", "h2", "h3", "h4",
    "h5", "h6", "blockquote", "dl", "dt", "dd", "pre", "figure", "figcaption", "address", "body",
    "html",     "details", "summary", "center", "fieldset", "header", "footer", "hgroup", "caption",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_STRONG = {"b", "strong", "em", "i"}
_KINDS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_MENU = re.compile(r"(?:navigation|banner|contentinfo|search|complementary|menu)", re.I)
_SKIPPED = re.compile(r"(?:cookie|breadcrumb|skip-?link|site-?nav|menu|sidebar)", re.I)
_MOST = 0.5
_SHORT = 200


def read(text: str) -> Source:
    try:
        soup = BeautifulSoup(text, "html.parser")
        for tag in soup.find_all(_NO_TEXT):
            tag.decompose()
        root = _root(soup)
        edges = [_line(tag) for tag in soup.find_all(_FURNITURE)]
        _drop_menus(root)
        title = soup.title.get_text() if soup.title else ""
        blocks = tuple(_walk(root))
    except RecursionError as error:
        raise BrokenError(
            say(
                "This page is nested too deeply to be read. Save its text as a Word document"
                " or plain text and choose that."
            )
        ) from error
    title = " ".join(title.split())
    return Source(blocks, title=title, furniture=tuple(filter(None, (title, *edges))))


def _line(tag: Tag) -> str:
    """What a page's own header or footer says, where it is no menu."""
    text = " ".join(tag.get_text(" ").split())
    return text if len(text) <= _SHORT else ""


def _root(soup: BeautifulSoup) -> Tag:
    """The part of the page that holds its text."""
    whole = len(soup.get_text())
    for name in ("main", "article"):
        found = soup.find(name)
        if isinstance(found, Tag) and len(found.get_text()) >= whole * _MOST:
            return found
    body = soup.body
    return body if isinstance(body, Tag) else soup


def _drop_menus(root: Tag) -> None:
    whole = len(root.get_text())
    for tag in root.find_all(True):
        if tag.decomposed or len(tag.get_text()) >= whole * _MOST:
            continue
        names = " ".join([*_list(tag, "class"), str(tag.get("id") or "")])
        if (
            _MENU.fullmatch(str(tag.get("role") or ""))
            or _SKIPPED.search(names)
            or (tag.name in _FURNITURE and tag.find_parent("table") is None)
        ):
            tag.decompose()


def _list(tag: Tag, name: str) -> list[str]:
    value = tag.get(name)
    return list(value) if isinstance(value, list) else [str(value or "")]


def _walk(tag: Tag) -> Iterator[Block]:
    """Blocks in reading order; loose words between them are paragraphs."""
    loose: list[NavigableString | Tag] = []
    for child in tag.children:
        if isinstance(child, Tag) and _is_block(child):
            yield from _loose(loose)
            loose = []
            yield from _block(child)
        elif isinstance(child, Tag | NavigableString) and not isinstance(child, PreformattedString):
            loose.append(child)
    yield from _loose(loose)


def _is_block(tag: Tag) -> bool:
    return tag.name in _BLOCKS or tag.find(list(_BLOCKS)) is not None


def _block(tag: Tag) -> Iterator[Block]:
    if tag.name in _HEADINGS:
        yield Para(_text(tag), level=_HEADINGS[tag.name], strong=True)
    elif tag.name == "table":
        yield Table(tuple(_rows(tag)))
    elif tag.name in ("ul", "ol"):
        yield from _items(tag)
    elif tag.name == "dl":
        yield from _described(tag)
    else:
        yield from _walk(tag)


def _loose(parts: list[NavigableString | Tag]) -> Iterator[Para]:
    text = "".join(_text(part) for part in parts)
    if not text.strip():
        return
    words = re.sub(r"\s+", "", text)
    loud = "".join(_loud(part) for part in parts)
    yield Para(text, strong=re.sub(r"\s+", "", loud) == words)


def _text(part: NavigableString | Tag) -> str:
    if isinstance(part, Comment):
        return ""
    if isinstance(part, NavigableString):
        return " ".join(re.split(r"[^\S\t]+", part))
    if part.name == "br":
        return "\n"
    return "".join(_text(c) for c in part.children if isinstance(c, Tag | NavigableString))


def _loud(part: NavigableString | Tag) -> str:
    if isinstance(part, NavigableString):
        return ""
    if part.name in _STRONG:
        return _text(part)
    return "".join(_loud(c) for c in part.children if isinstance(c, Tag | NavigableString))


def _items(tag: Tag) -> Iterator[Block]:
    """A list's points; of a numbered list each with the number that a browser prints."""
    number = _number(tag.get("start"), 1)
    for item in tag.children:
        if not isinstance(item, Tag):
            continue
        if item.name != "li":
            yield from _block(item) if _is_block(item) else _walk(item)
            continue
        number = _number(item.get("value"), number)
        label = _printed(number, str(tag.get("type") or "1")) if tag.name == "ol" else ""
        for place, block in enumerate(_walk(item)):
            if place == 0 and isinstance(block, Para):
                yield Para(block.text, label, not label, block.level, block.strong)
            else:
                yield block
        number += 1


def _number(value: object, otherwise: int) -> int:
    text = str(value or "").strip()
    return int(text) if re.fullmatch(r"\d{1,4}", text) else otherwise


def _printed(number: int, kind: str) -> str:
    return f"{counting.printed(number, _KINDS.get(kind, 'decimal'))}."


def _described(tag: Tag) -> Iterator[Block]:
    """Terms with their descriptions, as a table of two columns."""
    rows: list[tuple[Cell, ...]] = []
    term: Cell = ()
    for part in tag.find_all(["dt", "dd"]):
        cell = tuple(_paras(part))
        if part.name == "dt":
            term = cell
        else:
            rows.append((term, cell))
    if rows:
        yield Table(tuple(rows))


def _rows(tag: Tag) -> Iterator[tuple[Cell, ...]]:
    for row in tag.find_all("tr"):
        if row.find_parent("table") is tag:
            cells = [c for c in row.find_all(["td", "th"]) if c.find_parent("tr") is row]
            yield tuple(tuple(_paras(cell)) for cell in cells)


def _paras(tag: Tag) -> Iterator[Para]:
    """A cell's paragraphs; a table inside it as lines."""
    for block in _walk(tag):
        if isinstance(block, Para):
            yield block
        else:
            yield from (para for row in block.rows for cell in row for para in cell)
