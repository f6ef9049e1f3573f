"""Opening hours against two packages that count them too: `python -m bench.deadlines_elsewhere`.

The same receipts, the same week, the same bank holidays, and first of all the same answers: a
figure is only said of work whose results agree. Winter weeks, in which no clock changes, because
neither package counts by the zone.
"""

import importlib
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from bench import report
from glede.kit import hours

#: Where tools/setup links them: they are no part of the desk's own environment.
INSTALLED = Path(__file__).parents[1] / "build" / "bench"
COUNT = 2_000
UNIT = "per second"
ALLOWED = timedelta(hours=4)
FROM, SECONDS = datetime(2026, 11, 2, tzinfo=UTC), 120 * 24 * 60 * 60

type Times = Sequence[tuple[datetime, datetime]]


def main() -> None:
    business_timedelta, business_duration = (
        _package("businesstimedelta"),
        _package("business_duration"),
    )
    dice = random.Random(6.5)
    starts = [FROM + timedelta(seconds=dice.randrange(SECONDS)) for _ in range(COUNT)]
    times = [(at, at + timedelta(seconds=dice.randrange(20 * 86_400))) for at in starts]
    office = hours.Calendar(
        version="office",
        zone=ZoneInfo("Europe/London"),
        week=((hours.span("09:00", "17:30"),),) * 5 + ((), ()),
        bank_holidays="ENG",
    )
    _compare(
        "due times, 4 hours of opening time on",
        lambda: [hours.add_open_time(office, at, ALLOWED) for at in starts],
        {"businesstimedelta": _due_by_timedelta(business_timedelta, starts)},
    )
    _compare(
        "opening time between two instants",
        lambda: [hours.open_time_between(office, *pair) for pair in times],
        {
            "businesstimedelta": _between_by_timedelta(business_timedelta, times),
            "business-duration": _between_by_duration(business_duration, times),
        },
    )


def _package(name: str) -> ModuleType:
    if str(INSTALLED) not in sys.path:
        sys.path.append(str(INSTALLED))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise SystemExit(f"{name} is not installed: `make bench` installs it first.") from error


def _compare(
    figure: str, ours: Callable[[], list[Any]], others: dict[str, Callable[[], list[Any]]]
) -> None:
    expected = ours()
    value = report.per_second(ours, count=COUNT)
    for name, theirs in others.items():
        found = theirs()
        same = sum(one == other for one, other in zip(expected, found, strict=True))
        if same != COUNT:
            raise SystemExit(f"{figure}: {name} agrees on {same} of {COUNT}; that is other work.")
        yardstick = report.Yardstick(
            what=f"{name}, same answers",
            value=report.per_second(theirs, count=COUNT, rounds=1),
            unit=UNIT,
        )
        report.say(figure=figure, value=value, unit=UNIT, yardstick=yardstick)


# The packages.


def _rules(package: ModuleType) -> Any:
    workday = package.WorkDayRule(
        start_time=time(9), end_time=time(17, 30), working_days=[0, 1, 2, 3, 4]
    )
    return package.Rules([workday, package.HolidayRule(_bank_holidays())])


def _due_by_timedelta(
    package: ModuleType, starts: Sequence[datetime]
) -> Callable[[], list[datetime]]:
    allowed = package.BusinessTimeDelta(_rules(package), hours=4)
    local = [_wall(at) for at in starts]
    return lambda: [(at + allowed).replace(tzinfo=UTC) for at in local]


def _between_by_timedelta(package: ModuleType, times: Times) -> Callable[[], list[timedelta]]:
    rules = _rules(package)
    local = [(_wall(start), _wall(end)) for start, end in times]
    return lambda: [rules.difference(*pair).timedelta for pair in local]


def _between_by_duration(package: ModuleType, times: Times) -> Callable[[], list[timedelta]]:
    listed = _bank_holidays()
    local = [(_wall(start), _wall(end)) for start, end in times]

    def count() -> list[timedelta]:
        return [
            timedelta(
                seconds=round(
                    package.businessDuration(
                        start, end, time(9), time(17, 30), holidaylist=listed, unit="sec"
                    )
                )
            )
            for start, end in local
        ]

    return count


def _wall(at: datetime) -> datetime:
    """In winter the wall clock of London shows UTC."""
    return at.replace(tzinfo=None)


def _bank_holidays() -> Any:
    return holidays.country_holidays("GB", subdiv="ENG", years=[2026, 2027])


if __name__ == "__main__":
    main()
