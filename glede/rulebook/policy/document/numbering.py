"""Word's automatic numbers: they stand nowhere in the text and are counted as Word counts them
(ECMA-376 part 1, 17.9)."""

import re
from dataclasses import dataclass, field

from lxml import etree

from glede.rulebook.policy.document import counting

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9


@dataclass(slots=True)
class Level:
    start: int = 1
    kind: str = "decimal"
    text: str = ""
    restart: int | None = None
    legal: bool = False


@dataclass(slots=True)
class _Num:
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is printed before a paragraph: a number, or a bullet."""

    label: str = ""
    bullet: bool = False


class Numbering:
    def __init__(self, root: etree._Element | None) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._by_style: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._nums: dict[str, _Num] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()
        self._pairs: dict[str, dict[int, str]] = {}
        if root is not None:
            self._learn(root)

    def level_of_style(self, num: str, style: str) -> int:
        """A style may be tied to a level of the list it names."""
        for number, name in self._pairs.get(num, {}).items():
            if name == style:
                return number
        return 0

    def mark(self, num: str, level: int) -> Mark:
        """Count one paragraph on, and say what Word prints before it."""
        known = self._nums.get(num)
        if known is None or not 0 <= level < _LEVELS:
            return Mark()
        levels = self._levels(known)
        this = levels.get(level)
        if this is None or this.kind == "none":
            return Mark()
        if this.kind == "bullet":
            return Mark(bullet=True)
        counts = self._counts.setdefault(known.abstract, [None] * _LEVELS)
        if level in known.starts and (num, level) not in self._begun:
            counts[level] = None
            start = known.starts[level]
        else:
            start = this.start
        self._begun.add((num, level))
        now = counts[level]
        counts[level] = start if now is None else now + 1
        for deeper in range(level + 1, _LEVELS):
            rule = levels.get(deeper, Level()).restart
            if rule is None or (rule and level < rule):
                counts[deeper] = None
        return Mark(self._printed(this, levels, counts))

    def _printed(self, this: Level, levels: dict[int, Level], counts: list[int | None]) -> str:
        def one(found: re.Match[str]) -> str:
            place = int(found.group(1)) - 1
            level = levels.get(place, Level())
            value = counts[place]
            kind = "decimal" if this.legal else level.kind
            return counting.printed(level.start if value is None else value, kind)

        return re.sub(r"%([1-9])", one, this.text).strip()

    def _levels(self, num: _Num) -> dict[int, Level]:
        base = self._abstract.get(num.abstract, {})
        if not base and (linked := self._links.get(num.abstract)):
            other = self._by_style.get(linked, "")
            base = self._abstract.get(other, {})
        return {**base, **num.levels}

    def _learn(self, root: etree._Element) -> None:
        styles: dict[str, dict[int, str]] = {}
        for abstract in root.iterfind(f"{W}abstractNum"):
            number = abstract.get(f"{W}abstractNumId", "")
            self._abstract[number] = _levels(abstract)
            styles[number] = _styles(abstract)
            if name := _value(abstract, "styleLink"):
                self._by_style[name] = number
            if name := _value(abstract, "numStyleLink"):
                self._links[number] = name
        for num in root.iterfind(f"{W}num"):
            name = num.get(f"{W}numId", "")
            made = _Num(_value(num, "abstractNumId"))
            for override in num.iterfind(f"{W}lvlOverride"):
                place = _number(override.get(f"{W}ilvl"), 0)
                if start := _value(override, "startOverride"):
                    made.starts[place] = _number(start, 1)
                made.levels |= _levels(override)
            self._nums[name] = made
            self._pairs[name] = styles.get(made.abstract, {})


def _levels(parent: etree._Element) -> dict[int, Level]:
    return {
        _number(level.get(f"{W}ilvl"), 0): Level(
            start=_number(_value(level, "start"), 1),
            kind=_value(level, "numFmt") or "decimal",
            text=_value(level, "lvlText"),
            restart=_number(_value(level, "lvlRestart"), 0) if _has(level, "lvlRestart") else None,
            legal=_has(level, "isLgl"),
        )
        for level in parent.iterfind(f"{W}lvl")
    }


def _styles(parent: etree._Element) -> dict[int, str]:
    return {
        _number(level.get(f"{W}ilvl"), 0): _value(level, "pStyle")
        for level in parent.iterfind(f"{W}lvl")
    }


def _has(element: etree._Element, name: str) -> bool:
    return element.find(f"{W}{name}") is not None


def _value(element: etree._Element, name: str) -> str:
    found = element.find(f"{W}{name}")
    return "" if found is None else found.get(f"{W}val", "")


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,6}", text) else otherwise
