"""The clause tree: which paragraph belongs to which number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from glede.rulebook.policy.document import labels, titles
from glede.rulebook.policy.document.blocks import Block, Para, Table, words
from glede.rulebook.policy.document.labels import Label, Sort
from glede.rulebook.policy.document.outline import Clause, Section

_MADE = "§"
_LONG = 12


@dataclass(slots=True)
class Entry:
    """A clause as it grows. `pieces` are its paragraphs and tables; the first is its own line."""

    number: str
    section: str
    title: bool
    printed: bool
    pieces: list[Block] = field(default_factory=list)
    strong: bool = False

    @property
    def head(self) -> str:
        """Its title, where its first line is one."""
        first = self.pieces[0] if self.title and self.pieces else None
        return first.text if isinstance(first, Para) else ""

    @property
    def text(self) -> str:
        return "\n".join(line for piece in self.pieces for line in _lines(piece) if line)


@dataclass(frozen=True, slots=True)
class Tree:
    sections: tuple[Section, ...]
    clauses: tuple[Clause, ...]
    entries: tuple[Entry, ...]
    text: str


def grow(blocks: Sequence[Block]) -> Tree:
    grower = _Grower(blocks)
    for place in range(len(blocks)):
        grower.take(place)
    entries = [entry for entry in grower.entries if entry.pieces]
    sections = tuple(grower.sections)
    clauses, text = _clauses(entries, sections)
    return Tree(sections, clauses, tuple(entries), text)


class _Grower:
    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.sections: list[Section] = []
        self.entries: list[Entry] = []
        self.marked = sum(1 for b in blocks if isinstance(b, Para) and b.level) >= _MARKED
        self.dotted = any(_sort(b) is Sort.DOTTED for b in blocks)
        #: The clause that sub-clauses hang on, and the sub-clauses open below it.
        self.base = ""
        self.subs: list[Label] = []
        self.fresh = False  # a heading was just read: what follows begins a new clause
        self.made = 0
        self.numbers, self.section_numbers = _Numbers(), _Numbers()
        self.filled: set[str] = set()  # sections with a clause
        self.top = min((b.level for b in blocks if isinstance(b, Para) and b.level), default=0)

    # -- one block ------------------------------------------------------------------------------

    def take(self, place: int) -> None:
        block = self.blocks[place]
        if isinstance(block, Table):
            self._add(block)
            return
        found = labels.of(block.label)
        if found is None:
            self._unlabelled(block, place)
        elif found.sort is Sort.DOTTED:
            self._dotted(found, block, place)
        elif found.sort is Sort.NAMED:
            self._section(found.printed, block.text or found.printed)
        elif (found.sort is Sort.SINGLE and self._is_section(found, block, place)) or (
            found.sort is Sort.CAPITAL and self._is_capital_section(found, block)
        ):
            self._section(found.printed, block.text)
        else:
            self._sub(found, block)

    def _section(self, number: str, title: str) -> None:
        self.sections.append(Section(self.section_numbers.unlike(number), title))
        self.base, self.subs, self.fresh, self.made = "", [], True, 0

    def _dotted(self, label: Label, block: Para, place: int) -> None:
        number = label.printed
        parts = label.parts
        if len(parts) == 2 and parts[1] == 0 and titles.is_title(block):
            self._section(number, block.text)
            return
        self._new(number, block, title=titles.is_title(block) or self._stands_alone(block, place))
        self.base, self.subs = self.entries[-1].number, []

    def _sub(self, label: Label, block: Para) -> None:
        """“(a)”, “(iv)” or the “1.” of a list: hung on the clause it stands under."""
        if not self.base:
            self.base = self._base()
        self._place(label)
        number = self.base + "".join(f"({sub.printed})" for sub in self.subs)
        self._new(number, block, title=False)

    def _place(self, label: Label) -> None:
        """Close the lists this one does not continue; open one where it begins."""
        for depth in range(len(self.subs) - 1, -1, -1):
            if _follows(self.subs[depth], label):
                self.subs = [*self.subs[:depth], label]
                return
        if self.subs and not _begins(label):
            same = [d for d, sub in enumerate(self.subs) if sub.sort is label.sort]
            self.subs = [*self.subs[: same[0] if same else len(self.subs)], label]
            return
        same = [d for d, sub in enumerate(self.subs) if _alike(sub, label)]
        self.subs = [*self.subs[: same[0] if same else len(self.subs)], label]

    def _unlabelled(self, block: Para, place: int) -> None:
        if self._is_heading(block, place):
            if self._opens_section(block):
                self._section(f"{_MADE}{self._next_made()}", block.text)
            else:
                self._new(self._made_number(), block, title=True, printed=False)
                self.base, self.subs = "", []
                self.fresh = True
            return
        self._add(block)

    # -- decisions ------------------------------------------------------------------------------

    def _is_section(self, label: Label, block: Para, place: int) -> bool:
        if not titles.is_title(block):
            return False
        number, last = label.parts[0], self._last_single()
        if block.level:
            return True
        if last is None:
            return number <= 1 or not self.subs
        if number != last + 1 and not (number > last and not self.subs):
            return False
        if not self.subs or not _follows(self.subs[-1], label):
            return True
        return self._look_ahead(label, place)

    def _look_ahead(self, label: Label, place: int) -> bool:
        """Between “2.” of a list and section 2: the section's own clauses tell."""
        number = label.parts[0]
        following = labels.Label(Sort.SINGLE, str(number + 1))
        for later in self.blocks[place + 1 :]:
            sort = _sort(later)
            if isinstance(later, Table) or sort is None:
                if not self.dotted and not (isinstance(later, Para) and later.bullet):
                    return True
                continue
            found = labels.of(later.label)
            if found is None:
                continue
            if sort is Sort.DOTTED:
                return found.parts[:1] == (number,)
            if found.printed in (following.printed, label.printed):
                return False
        return False

    def _last_single(self) -> int | None:
        for section in reversed(self.sections):
            if section.number.split(".")[0].isdigit():
                return int(section.number.split(".")[0])
        return None

    def _is_capital_section(self, label: Label, block: Para) -> bool:
        if not titles.is_title(block):
            return False
        last = next((s.number for s in reversed(self.sections) if len(s.number) == 1), None)
        if last is None or not last.isalpha():
            return label.printed == "A" and not self.subs
        return ord(label.printed) == ord(last) + 1

    def _is_heading(self, block: Para, place: int) -> bool:
        if not titles.is_title(block):
            return False
        if block.level:
            return True
        if self.marked and not block.strong:
            return False
        return self._stands_alone(block, place) and self._begins_something(place)

    def _stands_alone(self, block: Para, place: int) -> bool:
        return titles.is_title(block) and place + 1 < len(self.blocks)

    def _begins_something(self, place: int) -> bool:
        """What follows is a sentence, a list or a table: no second title of the same kind."""
        before = self.blocks[place - 1] if place else None
        if isinstance(before, Para) and before.text.endswith(":") and not before.strong:
            return False
        after = self.blocks[place + 1]
        return isinstance(after, Table) or bool(after.label) or not titles.is_title(after)

    def _opens_section(self, block: Para) -> bool:
        if any(section.number[:1] != _MADE for section in self.sections):
            # A numbered document: what has no number is a heading inside a section.
            return False
        if not self.sections or not block.level:
            return True
        return block.level <= self.top

    # -- numbers --------------------------------------------------------------------------------

    def _next_made(self) -> int:
        return sum(1 for section in self.sections if section.number.startswith(_MADE)) + 1

    def _made_number(self) -> str:
        self.made += 1
        section = self.sections[-1].number if self.sections else ""
        if not section:
            return f"{_MADE}0.{self.made}"
        return f"{section}.{self.made}" if section[0] == _MADE else f"{section}{_MADE}{self.made}"

    def _base(self) -> str:
        if self.fresh and self.sections:
            return self.sections[-1].number
        if self.entries and self.entries[-1].section == self._here():
            return self.entries[-1].number
        return self.sections[-1].number if self.sections else _MADE

    def _here(self) -> str:
        return self.sections[-1].number if self.sections else ""

    # -- growing --------------------------------------------------------------------------------

    def _new(self, number: str, block: Para, *, title: bool, printed: bool = True) -> None:
        own = replace(block, label="") if printed else block
        entry = Entry(
            number=self.numbers.unlike(number),
            section=self._here(),
            title=title,
            printed=printed and not number.startswith(_MADE),
            pieces=[own] if own.text else [],
            strong=block.strong or bool(block.level),
        )
        self.entries.append(entry)
        self.filled.add(entry.section)
        self.fresh = False

    def _add(self, block: Block) -> None:
        """A paragraph without a number: part of the numbered clause above it, or a clause of its
        own where there is none."""
        last = self.entries[-1] if self.entries else None
        here = last is not None and last.section == self._here() and not self.fresh
        hangs = isinstance(block, Table) or block.bullet
        if last is not None and here and (last.printed or hangs):
            last.pieces.append(block)
            return
        section = self._here()
        single = section and section[0] != _MADE and section not in self.filled
        number = section if single else self._made_number()
        entry = Entry(self.numbers.unlike(number), section, title=False, printed=bool(single))
        entry.pieces.append(block)
        self.entries.append(entry)
        self.filled.add(section)
        self.base, self.subs, self.fresh = "", [], False


_MARKED = 3


def _sort(block: Block) -> Sort | None:
    if isinstance(block, Table) or not block.label:
        return None
    found = labels.of(block.label)
    return found.sort if found else None


class _Numbers:
    """A number printed twice keeps its first place; the others are told apart."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counts: Counter[str] = Counter()

    def unlike(self, number: str) -> str:
        """`number`, or “4.2 [2]” where it is taken."""
        made = number
        while made in self._taken:
            self._counts[number] += 1
            made = f"{number} [{self._counts[number] + 1}]"
        self._taken.add(made)
        return made


def _alike(one: Label, other: Label) -> bool:
    return one.sort is other.sort and (one.sort is not Sort.LETTER or _begins(other) is False)


def _begins(label: Label) -> bool:
    return label.printed in ("1", "a", "i", "A")


def _follows(before: Label, label: Label) -> bool:
    if before.sort is not label.sort:
        return False
    if label.sort is Sort.SINGLE:
        return label.parts[0] == before.parts[0] + 1
    single = len(before.printed) == 1 and len(label.printed) == 1
    if single and ord(label.printed) == ord(before.printed) + 1:
        return True
    return labels.roman(label.printed) == labels.roman(before.printed) + 1 != 1


def _lines(piece: Block) -> list[str]:
    if isinstance(piece, Para):
        text = f"{piece.label} {piece.text}".strip()
        return [f"• {text}" if piece.bullet else text]
    return [" | ".join(filter(None, (words(cell) for cell in row))) for row in piece.rows]


_LISTS = (titles.DEFINITIONS, titles.LAW, titles.RELATED)


def _clauses(
    entries: Sequence[Entry], sections: Sequence[Section]
) -> tuple[tuple[Clause, ...], str]:
    named = {section.number: section.title for section in sections}
    made: list[Clause] = []
    place = 0
    texts: list[str] = []
    for number, entry in enumerate(entries):
        text = entry.text
        after = entries[number + 1] if number + 1 < len(entries) else None
        heading = _is_heading(entry, after, named.get(entry.section, ""))
        made.append(Clause(entry.number, text, entry.section, heading, place, place + len(text)))
        texts.append(text)
        place += len(text) + 2
    return tuple(made), "\n\n".join(texts)


def _is_heading(entry: Entry, after: Entry | None, section: str) -> bool:
    """A title with nothing of its own under it gives its scope to the clauses after it; several
    short lines in a row are a list."""
    if not entry.title or len(entry.pieces) != 1:
        return False
    if not entry.printed:
        return True
    if after is not None and after.number.startswith(f"{entry.number}("):
        return False  # it opens the list below it
    if after is None or after.section != entry.section:
        return False
    if any(kind.search(section) for kind in _LISTS):
        return False
    deeper = after.number.startswith(f"{entry.number}.")
    return deeper or not after.title or after.strong != entry.strong or entry.text.endswith(":")
