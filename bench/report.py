"""How every benchmark says what it measured: one JSON line a figure, beside a yardstick."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """The thing everybody knows, measured on the same machine in the same minute."""

    what: str
    value: float
    unit: str


def line(*, figure: str, value: float, unit: str, yardstick: Yardstick | None = None) -> str:
    """`ratio` is value over yardstick; both must be in the same unit."""
    if yardstick and yardstick.unit != unit:
        raise ValueError(f"{figure} is in {unit} and its yardstick in {yardstick.unit}.")
    return json.dumps(
        {
            "figure": figure,
            "value": _rounded(value),
            "unit": unit,
            "yardstick": (
                {"what": yardstick.what, "value": _rounded(yardstick.value)} if yardstick else None
            ),
            "ratio": _rounded(value / yardstick.value) if yardstick else None,
        },
        ensure_ascii=False,
    )


def say(*, figure: str, value: float, unit: str, yardstick: Yardstick | None = None) -> None:
    print(line(figure=figure, value=value, unit=unit, yardstick=yardstick), flush=True)


def per_second(work: Callable[[], object], *, count: int, rounds: int = 5) -> float:
    """`count` things done by each call of `work`; the middle of the rounds, so that one round
    disturbed by a neighbour neither helps nor hurts."""
    rates = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        rates.append(count / (perf_counter() - began))
    return sorted(rates)[rounds // 2]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
