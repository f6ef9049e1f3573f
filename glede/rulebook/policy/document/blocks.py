"""What every reader makes of a file: paragraphs and tables in reading order."""

from collections.abc import Callable
from dataclasses import dataclass

#: Told while a long file is read: how much is done, of how much, and of what (“pages”).
type Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Para:
    """One paragraph. As a reader gives it, `text` may hold line breaks and tabs; once `normal`
    has seen it, it is one tidy line.

    `label` is the printed number (“1.1”, “(a)”), without which the text stands. `level` is the
    level of a heading, 0 for running text. `strong` says that all of it is bold or italic.
    """

    text: str
    label: str = ""
    bullet: bool = False
    level: int = 0
    strong: bool = False


type Cell = tuple[Para, ...]


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[Cell, ...], ...]


type Block = Para | Table


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read. `furniture` are the lines repeated on the pages' edges: no part of the
    text, yet often the only place that names a version. `whole` is false where a page could not
    be read."""

    blocks: tuple[Block, ...]
    title: str = ""
    furniture: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is looked at before it is refused. A policy of 300 pages is not one."""

    bytes: int = 20 * 1024 * 1024
    #: What a zipped file may unpack to, in bytes and in parts.
    unpacked: int = 200 * 1024 * 1024
    parts: int = 5_000
    pages: int = 300
    characters: int = 3_000_000


def words(cell: Cell) -> str:
    """All of a cell on one line, a bullet before each of its points."""
    return " ".join(f"• {para.text}" if para.bullet else labelled(para) for para in cell).strip()


def labelled(para: Para) -> str:
    return f"{para.label} {para.text}".strip() if para.label else para.text
