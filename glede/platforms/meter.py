"""What an account spends at its platform, and what the platform says of its limits.

A plug-in tells its meter; whoever opened the connection fills it with what was spent before, and
takes what was told afterwards, to keep it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock


@dataclass(frozen=True, slots=True)
class Spent:
    """`units` of a budget in a period, and what they cost in millionths of a US dollar."""

    name: str
    period: str
    units: int
    micros: int


@dataclass(frozen=True, slots=True)
class Signal:
    """The platform's own word on a limit: how much of it is used, in percent, and until when."""

    name: str
    used_percent: float
    at: datetime
    until: datetime | None = None


class Meter:
    """Thread-safe. Starts from what was spent before, by (name, period)."""

    def __init__(self, before: Mapping[tuple[str, str], int] | None = None) -> None:
        self._lock = Lock()
        self._spent = dict(before or {})
        self._told: dict[tuple[str, str], tuple[int, int]] = {}
        self._signals: dict[str, Signal] = {}

    def spend(self, name: str, period: str, units: int, *, micros: int = 0) -> None:
        """So much was spent, whatever became of the call. `period` as the budget counts it."""
        key = (name, period)
        with self._lock:
            self._spent[key] = self._spent.get(key, 0) + units
            told_units, told_micros = self._told.get(key, (0, 0))
            self._told[key] = (told_units + units, told_micros + micros)

    def learn(self, before: Mapping[tuple[str, str], int]) -> None:
        """What everything that shares the meter spent until now, without what was not told yet."""
        with self._lock:
            self._spent = dict(before)
            for key, (units, _) in self._told.items():
                self._spent[key] = self._spent.get(key, 0) + units

    def spent(self, name: str, period: str) -> int:
        """What was spent of this budget in this period, by everything that shares the meter."""
        with self._lock:
            return self._spent.get((name, period), 0)

    def signal(self, signal: Signal) -> None:
        """The newest word on each limit is kept."""
        with self._lock:
            self._signals[signal.name] = signal

    def take(self) -> tuple[tuple[Spent, ...], tuple[Signal, ...]]:
        """What was told since the last time, once."""
        with self._lock:
            spent = tuple(Spent(*key, *amounts) for key, amounts in self._told.items())
            signals = tuple(self._signals.values())
            self._told, self._signals = {}, {}
        return spent, signals

    def give_back(self, spent: tuple[Spent, ...], signals: tuple[Signal, ...]) -> None:
        """What was taken could not be kept: it is told again the next time."""
        with self._lock:
            for one in spent:
                units, micros = self._told.get((one.name, one.period), (0, 0))
                self._told[(one.name, one.period)] = (units + one.units, micros + one.micros)
            for signal in signals:
                self._signals.setdefault(signal.name, signal)
