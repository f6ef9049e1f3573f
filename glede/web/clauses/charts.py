"""Bars drawn on the server: numbers for the SVG, no style of their own. A table says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 150
_LEFT, _TOP, _FOOT = 34, 8, 20


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar; `kind` names its look in the style sheet."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    says: str
    parts: tuple[Part, ...]
    labels: tuple[Label, ...]
    lines: tuple[Line, ...]
    #: (look, words), in the order of the pieces from the ground up.
    legend: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    foot: int = HEIGHT - 4


def stacked(
    bars: Sequence[tuple[str, Sequence[int]]],
    *,
    legend: Sequence[tuple[str, str]],
    says: str,
    every: int = 1,
) -> Chart:
    """A bar for each (label, numbers), its pieces stacked from the ground up in the order of the
    legend; a label under every `every`th."""
    return _chart(bars, legend=legend, says=says, every=every, side_by_side=False)


def paired(
    bars: Sequence[tuple[str, Sequence[int]]],
    *,
    legend: Sequence[tuple[str, str]],
    says: str,
    every: int = 1,
) -> Chart:
    """The same with the pieces of each bar beside each other."""
    return _chart(bars, legend=legend, says=says, every=every, side_by_side=True)


def _chart(
    bars: Sequence[tuple[str, Sequence[int]]],
    *,
    legend: Sequence[tuple[str, str]],
    says: str,
    every: int,
    side_by_side: bool,
) -> Chart:
    height_of = max if side_by_side else sum
    top = _round_up(max((height_of(numbers) for _, numbers in bars), default=0))
    ground, high = HEIGHT - _FOOT, HEIGHT - _FOOT - _TOP
    slot = (WIDTH - _LEFT) / max(len(bars), 1)
    room = slot * 0.72
    parts: list[Part] = []
    labels: list[Label] = []
    for index, (label, numbers) in enumerate(bars):
        begins = _LEFT + index * slot + (slot - room) / 2
        wide = room / len(numbers) if side_by_side else room
        below = 0.0
        for place, ((kind, _), number) in enumerate(zip(legend, numbers, strict=True)):
            tall = high * number / top
            x = begins + place * wide if side_by_side else begins
            if number:
                y = ground - tall - (0 if side_by_side else below)
                parts.append(Part(kind, round(x, 1), round(y, 1), round(wide, 1), round(tall, 1)))
            below += tall
        if index % every == 0:
            labels.append(Label(round(_LEFT + (index + 0.5) * slot, 1), label))
    lines = tuple(
        Line(round(ground - high * share, 1), f"{round(top * share):,}") for share in (0, 0.5, 1)
    )
    return Chart(says, tuple(parts), tuple(labels), lines, tuple(legend))


def _round_up(number: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 …: its half is a whole number as well."""
    step = 1
    while True:
        for first in (2, 4, 10):
            if number <= first * step:
                return first * step
        step *= 10
