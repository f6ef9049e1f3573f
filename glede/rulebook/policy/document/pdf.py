"""PDF: pages of words with places, put together to the paragraphs and tables they were."""

import logging
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from glede.kit.words import say
from glede.rulebook.policy.document import labels, pdf_page, tidy
from glede.rulebook.policy.document.blocks import Limits, Progress, Source
from glede.rulebook.policy.document.errors import (
    BrokenError,
    LockedError,
    ScanError,
    TooLargeError,
    UnreadableError,
)
from glede.rulebook.policy.document.pdf_flow import Flow, body_size
from glede.rulebook.policy.document.pdf_page import Grid, Line

# What it has to say of a damaged file, the error says in one sentence.
logging.getLogger("pdfminer").setLevel(logging.ERROR)

_DAMAGED = (
    "This PDF is damaged. Open it in a PDF reader, save or print it to a new PDF, and choose that."
)
#: The bands at the top and bottom of a page in which furniture stands.
_EDGE = 0.14
_OFTEN = 0.5
_TWICE = 2
_STREAM = re.compile(rb"stream\r?\n")
_PAGE_NUMBER = re.compile(
    r"(?:page|tudalen|p\.?|-|–)?\s*\d{1,3}\s*(?:(?:of|/|o|\|)\s*\d{1,3})?\s*(?:-|–|\|?\s*page)?",
    re.I,
)
_UNNAMED = re.compile(r"\(cid:\d+\)")
_NOTE = 0.88
_ONCE = 0.97
_BIG_PICTURE = 0.5

type Page = tuple[list[Line | Grid], float, bool]


def read(data: bytes, *, limits: Limits, progress: Progress) -> Source:
    _refuse_bomb(data, limits)
    try:
        with pdfplumber.open(BytesIO(data)) as document:
            _refuse_long(len(document.pages), limits)
            pages, whole = _pages(document.pages, limits, progress)
    except UnreadableError:
        raise
    except PdfminerException as error:
        if isinstance(error.__cause__ or error.__context__ or error.args[0], PDFPasswordIncorrect):
            raise _locked() from error
        raise BrokenError(_DAMAGED) from error
    except PDFPasswordIncorrect as error:
        raise _locked() from error
    except Exception as error:
        # Two libraries raise whatever a damaged file's own tables lead them to.
        raise BrokenError(_DAMAGED) from error
    return _source(pages, whole=whole)


def _refuse_long(count: int, limits: Limits) -> None:
    if count > limits.pages:
        raise TooLargeError(
            say(
                "This PDF has %(count)s pages; up to %(pages)s can be read. Save the pages"
                " with the policy as a file of their own and choose that.",
                count=count,
                pages=limits.pages,
            )
        )


def _locked() -> LockedError:
    return LockedError(
        "A password protects this PDF. Save a copy without the password and choose the copy."
    )


def _refuse_bomb(data: bytes, limits: Limits) -> None:
    """Raises `TooLargeError` where the packed streams unpack to more than a document holds."""
    left = limits.unpacked
    view = memoryview(data)
    for found in _STREAM.finditer(data):
        end = data.find(b"endstream", found.end())
        try:
            unpacked = zlib.decompressobj().decompress(
                view[found.end() : end if end > 0 else len(data)], left + 1
            )
        except zlib.error:
            continue  # packed otherwise, or not at all
        left -= len(unpacked)
        if left < 0:
            raise TooLargeError(
                say(
                    "This PDF unpacks to far more than a policy holds, so it was not opened."
                    " Print the pages with the policy to a new PDF and choose that."
                )
            )


def _pages(given: Sequence[Any], limits: Limits, progress: Progress) -> tuple[list[Page], bool]:
    made: list[Page] = []
    whole = True
    characters = 0
    total = len(given)
    for number, page in enumerate(given):
        progress(number, total, "pages")
        try:
            items, readable = _page(page, number)
            characters += len(page.chars)
            # A picture of a page between pages of text; on the cover it is only a picture.
            whole = whole and (readable or number in (0, total - 1))
            made.append((items, float(page.height), readable))
        except Exception:  # noqa: BLE001 - as above
            # One bad page does not take the others with it; the reader is told that one is missing.
            whole = False
        finally:
            page.close()
        if characters > limits.characters:
            raise TooLargeError(
                say(
                    "The file holds far more text than a policy has. Cut it down to the"
                    " policy alone."
                )
            )
    progress(total, total, "pages")
    if total and not made:
        raise BrokenError(_DAMAGED)
    return made, whole


def _page(page: Any, number: int) -> tuple[list[Line | Grid], bool]:
    chars = page.dedupe_chars(tolerance=1) if _is_doubled(page.chars) else page
    words = pdf_page.words(
        chars.extract_words(
            extra_attrs=["fontname", "size"], x_tolerance_ratio=0.15, use_text_flow=False,
            expand_ligatures=True,
        )
    )  # fmt: skip
    grids = pdf_page.grids(page, words, number)
    inside = {id(word) for box, _grid in grids for word in pdf_page.within(words, box)}
    free = [word for word in words if id(word) not in inside]
    items = pdf_page.in_order(free, grids, float(page.width), number)
    pictures = sum(i["width"] * i["height"] for i in page.images)
    readable = bool(words) or pictures < _BIG_PICTURE * float(page.width * page.height)
    return items, readable


def _is_doubled(chars: Sequence[dict[str, Any]]) -> bool:
    """Whether bold type was made by printing letters twice; to part them again is slow."""
    places = {(char["text"], round(char["x0"]), round(char["top"])) for char in chars}
    return len(places) < len(chars) * _ONCE


def _source(pages: Sequence[Page], *, whole: bool) -> Source:
    furniture = _furniture(pages)
    lines: list[Line] = []
    kept: list[Line | Grid] = []
    said: list[str] = []
    for items, height, _readable in pages:
        for item in items:
            if isinstance(item, Line):
                if _is_edge(item, height) and (_mask(item.text) in furniture or _is_number(item)):
                    said.append(" ".join(item.text.split()))
                    continue
                lines.append(item)
            kept.append(item)
    _refuse_unnamed(lines)
    body = body_size(lines)
    notes = {id(line) for items, height, _readable in pages for line in _notes(items, height, body)}
    kept = [item for item in kept if id(item) not in notes]
    lines = [line for line in lines if id(line) not in notes]
    flow = Flow(lines, body)
    for item in kept:
        if isinstance(item, Line):
            flow.line(item)
        else:
            flow.grid(item)
    flow.close()
    return Source(tuple(flow.blocks), furniture=tuple(dict.fromkeys(said)), whole=whole)


def _notes(items: Sequence[Line | Grid], height: float, body: float) -> Iterator[Line]:
    """Footnotes: small print at the foot of a page, from the first small line on. They would stand
    in the middle of the sentence that runs over the page."""
    foot = [item for item in items if isinstance(item, Line) and item.top > height / 2]
    foot.sort(key=lambda line: line.top)
    small: list[Line] = []
    for line in foot:
        if line.size <= body * _NOTE:
            small.append(line)
        elif not _is_edge(line, height):
            small = []
    if small and any(re.match(r"\d{1,2}\b|\*", line.text) for line in small):
        yield from small


def _refuse_unnamed(lines: Sequence[Line]) -> None:
    signs = sum(len(line.text) for line in lines)
    unnamed = sum(len(hit) for line in lines for hit in _UNNAMED.findall(line.text))
    if unnamed * 4 > signs > 0:
        raise ScanError(
            say(
                "The letters of this PDF carry no names, so its text cannot be read. Run it"
                " through text recognition (OCR), or use the file it was printed from."
            )
        )


def _furniture(pages: Sequence[Page]) -> set[str]:
    """Lines that stand at the edge of most pages, whatever numbers are in them."""
    seen: Counter[str] = Counter()
    for items, height, _readable in pages:
        seen.update(set(_edges(items, height)))
    often = max(_TWICE, len(pages) * _OFTEN - 1)
    return {text for text, count in seen.items() if count >= often}


def _edges(items: Sequence[Line | Grid], height: float) -> Iterator[str]:
    for item in items:
        if isinstance(item, Line) and _is_edge(item, height):
            label = labels.split(item.text)
            if label is None or label[0].sort is not labels.Sort.DOTTED:
                yield _mask(item.text)


def _is_edge(line: Line, height: float) -> bool:
    return line.bottom < height * _EDGE or line.top > height * (1 - _EDGE)


def _is_number(line: Line) -> bool:
    return _PAGE_NUMBER.fullmatch(line.text.strip()) is not None


def _mask(text: str) -> str:
    return re.sub(r"\d+", "#", " ".join(tidy.line(text).split())).casefold()
