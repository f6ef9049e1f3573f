"""Two versions of a policy, clause by clause. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from glede.rulebook.policy.rules import ClauseText

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")

#: Of two clauses with different numbers, how much must be alike for one to be the other, moved.
_ALIKE = 0.8


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"  # another number; the words may differ too
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a clause: in both versions, only the old one's, or only the new one's."""

    words: str
    change: Change


@dataclass(frozen=True, slots=True)
class ClauseChange:
    change: Change
    #: Number before and after; empty where there is none.
    before: str
    after: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule's value before and after; `None` where the version says nothing about it."""

    key: str
    change: Change
    before: Any = None
    after: Any = None
    clause_before: str = ""
    clause_after: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    clauses: tuple[ClauseChange, ...]
    rules: tuple[RuleChange, ...]

    @property
    def changed(self) -> tuple[ClauseChange, ...]:
        return tuple(one for one in self.clauses if one.change is not Change.SAME)


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule as one version has it, for comparing."""

    value: Any
    clause: str
    status: str


def compare(
    before: Sequence[ClauseText],
    after: Sequence[ClauseText],
    rules_before: Mapping[str, RuleState],
    rules_after: Mapping[str, RuleState],
) -> Difference:
    return Difference(
        clauses=tuple(_clauses(before, after)),
        rules=tuple(_rules(rules_before, rules_after)),
    )


def _clauses(before: Sequence[ClauseText], after: Sequence[ClauseText]) -> Iterable[ClauseChange]:
    """In the order of the new version; what was removed stands where it stood."""
    old = {clause.number: clause for clause in before}
    new = {clause.number: clause for clause in after}
    moved = _moved(
        [clause for clause in before if clause.number not in new],
        [clause for clause in after if clause.number not in old],
    )
    gone = [
        clause.number
        for clause in before
        if clause.number not in new and clause.number not in moved.values()
    ]
    order = [clause.number for clause in before]
    told: set[str] = set()
    for clause in after:
        source = moved.get(clause.number, clause.number)
        if source in old:
            at = order.index(source)
            for number in gone:
                if number not in told and order.index(number) < at:
                    told.add(number)
                    yield _removed(old[number])
        yield _pair(old.get(source), clause)
    for number in gone:
        if number not in told:
            yield _removed(old[number])


def _moved(gone: Sequence[ClauseText], came: Sequence[ClauseText]) -> dict[str, str]:
    """New number -> old number, for clauses that are the same one under another number."""
    found: dict[str, str] = {}
    left = list(gone)
    for clause in came:
        best = max(left, key=lambda other: _likeness(other.text, clause.text), default=None)
        if best is not None and _likeness(best.text, clause.text) >= _ALIKE:
            found[clause.number] = best.number
            left.remove(best)
    return found


def _likeness(one: str, other: str) -> float:
    matcher = difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    if matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()


def _pair(old: ClauseText | None, new: ClauseText) -> ClauseChange:
    if old is None:
        return ClauseChange(Change.ADDED, "", new.number, (Piece(new.text, Change.ADDED),))
    if old.number != new.number:
        kind = Change.MOVED
    elif (old.text, old.heading) != (new.text, new.heading):
        kind = Change.CHANGED
    else:
        kind = Change.SAME
    return ClauseChange(kind, old.number, new.number, tuple(words(old.text, new.text)))


def _removed(old: ClauseText) -> ClauseChange:
    return ClauseChange(Change.REMOVED, old.number, "", (Piece(old.text, Change.REMOVED),))


def words(old: str, new: str) -> list[Piece]:
    """The words of both, whole words only; joined without the removed ones they are `new`, and
    without the added ones `old`."""
    if old == new:
        return [Piece(new, Change.SAME)] if new else []
    one, other = _PIECES.findall(old), _PIECES.findall(new)
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("".join(one[a:b]), Change.SAME))
            continue
        if a < b:
            pieces.append(Piece("".join(one[a:b]), Change.REMOVED))
        if c < d:
            pieces.append(Piece("".join(other[c:d]), Change.ADDED))
    return pieces


def _rules(before: Mapping[str, RuleState], after: Mapping[str, RuleState]) -> Iterable[RuleChange]:
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            yield RuleChange(key, Change.ADDED, None, new.value, "", new.clause)
        elif new is None and old is not None:
            yield RuleChange(key, Change.REMOVED, old.value, None, old.clause, "")
        elif old is not None and new is not None and old.value != new.value:
            yield RuleChange(key, Change.CHANGED, old.value, new.value, old.clause, new.clause)
