"""Markdown, as CommonMark understands it, with tables and front matter."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glede.rulebook.policy.document import plain, tidy
from glede.rulebook.policy.document.blocks import Block, Cell, Para, Source, Table

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n(?P<fields>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FIELD = re.compile(r"^(?P<label>[A-Za-z][\w -]*):[ \t]*(?P<value>.+)$", re.M)
_STARTS = 1


def read(text: str) -> Source:
    text = text.replace("\r\n", "\n")
    front = _FRONT.match(text)
    fields = _FIELD.findall(front["fields"]) if front else []
    body = text[front.end() :] if front else text
    # HTML stays text: what of it is ours `tidy` reads, and nothing else is. Indented text is text.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["code"])
    return Source(
        tuple(_Walk(parser.parse(body)).blocks()),
        fields=tuple((label, value.strip("\"' ")) for label, value in fields),
    )


class _Walk:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.made: list[Block] = []
        self.lists: list[list[str]] = []  # of each open list the numbers of its items
        self.label = ""
        self.bullet = False
        self.level = 0
        self.rows: list[list[Cell]] | None = None

    def blocks(self) -> list[Block]:
        for place, token in enumerate(self.tokens):
            getattr(self, f"_{token.type}", self._other)(token, place)
        return self.made

    def _other(self, token: Token, _place: int) -> None:
        if token.type in ("fence", "code_block", "html_block"):
            self.made += [Para(line) for line in token.content.split("\n") if line.strip()]

    def _heading_open(self, token: Token, _place: int) -> None:
        self.level = int(token.tag[1:])

    def _heading_close(self, _token: Token, _place: int) -> None:
        self.level = 0

    def _ordered_list_open(self, token: Token, place: int) -> None:
        self.lists.append(self._numbers(token, place))

    def _bullet_list_open(self, _token: Token, _place: int) -> None:
        self.lists.append([])

    def _ordered_list_close(self, _token: Token, _place: int) -> None:
        self.lists.pop()

    _bullet_list_close = _ordered_list_close

    def _list_item_open(self, token: Token, _place: int) -> None:
        numbers = self.lists[-1]
        self.label = f"{numbers.pop(0)}{token.markup}" if numbers else ""
        self.bullet = not self.label

    def _list_item_close(self, _token: Token, _place: int) -> None:
        self.label, self.bullet = "", False

    def _numbers(self, token: Token, place: int) -> list[str]:
        """The numbers of a list as written; a list of nothing but “1.” counts by itself."""
        inside = []
        for other in self.tokens[place + 1 :]:
            if other.type == "ordered_list_close" and other.level == token.level:
                break
            if other.type == "list_item_open" and other.level == token.level + 1:
                inside.append(other.info)
        if len(inside) > _STARTS and len(set(inside)) == _STARTS:
            start = int(inside[0])
            return [str(start + n) for n in range(len(inside))]
        return inside

    def _table_open(self, _token: Token, _place: int) -> None:
        self.rows = []

    def _table_close(self, _token: Token, _place: int) -> None:
        if self.rows:
            self.made.append(Table(tuple(tuple(row) for row in self.rows)))
        self.rows = None

    def _tr_open(self, _token: Token, _place: int) -> None:
        if self.rows is not None:
            self.rows.append([])

    def _inline(self, token: Token, _place: int) -> None:
        text, strong = _plain(token)
        if self.rows is not None:
            self.rows[-1].append((Para(text, strong=strong),))
            return
        lines = _joined(text)
        for line in lines:
            first = line is lines[0]
            self.made.append(
                Para(
                    line,
                    label=self.label if first else "",
                    bullet=self.bullet and first,
                    level=self.level,
                    strong=strong and len(lines) == 1,
                )
            )
        self.label, self.bullet = "", False


_HOLDS = ("text", "code_inline", "html_inline")


def _plain(token: Token) -> tuple[str, bool]:
    """The words without marks, and whether all of them are emphasised."""
    text, loud, depth = "", "", 0
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif child.type in ("strong_open", "em_open"):
            depth += 1
        elif child.type in ("strong_close", "em_close"):
            depth -= 1
        elif child.type in _HOLDS:
            text += child.content
            loud += child.content if depth else ""
    words = re.sub(r"\s+", "", text)
    return text, bool(words) and re.sub(r"\s+", "", loud) == words


def _joined(text: str) -> list[str]:
    """Lines of one paragraph: apart where each is one of its own, else one."""
    given = tidy.lines(text)
    longest = max((len(line) for line in given), default=0)
    return plain.paragraphs(given, longest if longest <= plain.WRAPPED else 0)
