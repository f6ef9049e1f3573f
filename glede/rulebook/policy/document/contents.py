"""Leave out the table of contents: it would read as a second, empty copy of every title."""

import re
from collections.abc import Sequence

from glede.rulebook.policy.document import titles
from glede.rulebook.policy.document.blocks import Block, Para, Table, labelled, words

_PAGE = re.compile(
    r"(?:\s*\.(?:\s?\.){2,}\s*|\s*…+\s*|\s*_{3,}\s*|\s+)(?:page\s*|tud\.?\s*)?\d{1,3}$", re.I
)
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|_{4,}")
_HEAD = re.compile(
    r"(?:\d+[.)]?\s*)?(?:section|heading|title|item)?\s*page(?:\s*no\.?|\s*number)?", re.I
)


def without(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without contents: lines with leaders anywhere; after a heading “Contents”, every
    line that ends in a page number or stands again further down."""
    left: list[Block] = []
    place = 0
    while place < len(blocks):
        block = blocks[place]
        if _is_head(block):
            place = _end(blocks, place + 1)
            continue
        if not _is_leader(block):
            left.append(block)
        place += 1
    return left


def _text(block: Block) -> str:
    if isinstance(block, Table):
        return " ".join(words(cell) for row in block.rows for cell in row)
    return labelled(block)


def _is_head(block: Block) -> bool:
    return isinstance(block, Para) and titles.CONTENTS.fullmatch(block.text.strip(" :")) is not None


def _is_leader(block: Block) -> bool:
    return (
        isinstance(block, Para)
        and bool(_LEADERS.search(block.text))
        and bool(re.search(r"\d\s*$", block.text))
    )


def _end(blocks: Sequence[Block], start: int) -> int:
    """The first block after the contents that begins at `start`."""
    bare = [_bare(_text(block)) for block in blocks]
    first_seen: set[str] = set()
    for place in range(start, len(blocks)):
        block = blocks[place]
        if isinstance(block, Table):
            if _is_paged(block):
                continue
            return place
        again = bare[place] and bare[place] in bare[place + 1 :]
        paged = bool(_PAGE.search(_text(block))) and not block.text.endswith(".")
        if bare[place] in first_seen or not (again or paged or _is_note(block)):
            return place
        first_seen.add(bare[place])
    return len(blocks)


def _is_note(block: Para) -> bool:
    return bool(_HEAD.fullmatch(block.text)) or not re.search(r"\w", block.text)


def _is_paged(table: Table) -> bool:
    last = [words(row[-1]) for row in table.rows if row]
    paged = [
        text
        for text in last
        if re.fullmatch(r"(?:page\s*)?\d{1,3}(?:\s*[-–]\s*\d{1,3})?", text, re.I)
    ]
    return len(paged) * 2 >= len(last)


def _bare(text: str) -> str:
    """A title without its number and its page."""
    text = _PAGE.sub("", text)
    text = re.sub(
        r"^(?:section|appendix|part)?\s*(?:[\d.]+|[A-Z]\b)[.):]?\s+", "", text, flags=re.I
    )
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
