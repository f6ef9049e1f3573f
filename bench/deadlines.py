"""Due times per second, one core: `python -m bench.deadlines`."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench import report
from glede.desk.clocks import rules
from glede.kit import hours

COUNT = 100_000
UNIT = "per second"
FROM = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 2 * 365 * 24 * 60 * 60


def main() -> None:
    dice = random.Random(6.5)
    received = [FROM + timedelta(seconds=dice.randrange(SECONDS)) for _ in range(COUNT)]
    office = hours.Calendar(
        version="office",
        zone=ZoneInfo("Europe/London"),
        week=((hours.span("09:00", "17:30"),),) * 5 + ((), ()),
        bank_holidays="ENG",
    )
    for reading in rules.Reading:
        promise = _promise(reading)
        yardstick = report.Yardstick(
            what="datetime + timedelta in a plain loop",
            value=report.per_second(lambda: _plain(received), count=COUNT),
            unit=UNIT,
        )
        value = report.per_second(
            lambda promise=promise: _deadlines(received, promise, office), count=COUNT
        )
        say = "default" if reading is rules.Reading.ELAPSED else "other"
        report.say(
            figure=f"due times with soft target, {reading.value} reading ({say})",
            value=value,
            unit=UNIT,
            yardstick=yardstick,
        )


def _plain(received: list[datetime]) -> list[datetime]:
    allowed = timedelta(hours=4)
    due = []
    for at in received:
        due.append(at + allowed)
    return due


def _deadlines(
    received: list[datetime], promise: rules.Promise, calendar: hours.Calendar
) -> list[rules.Deadline]:
    due = []
    for at in received:
        due.append(rules.deadline(at, promise, calendar))
    return due


def _promise(reading: rules.Reading) -> rules.Promise:
    return rules.Promise(
        in_hours=timedelta(hours=4),
        in_hours_clause="6.5",
        out_of_hours=timedelta(hours=12),
        out_of_hours_clause="6.7",
        reading=reading,
        soft_after_opening=timedelta(hours=4),
    )


if __name__ == "__main__":
    main()
