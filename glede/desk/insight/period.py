"""What a report is about: days, months and quarters of the wall clock. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from glede.kit.words import say

#: Days, hours and quarters of a report are those of the wall clock here (clauses.md A1).
ZONE = ZoneInfo("Europe/London")
ZONE_NAME = "Europe/London"

_LONGEST = timedelta(days=366 * 10)


class BadPeriod(ValueError):  # noqa: N818 - reads as a sentence
    """A period that holds no day, or more than a report can be about."""


@dataclass(frozen=True, slots=True)
class Period:
    """[from_at, to_at), both at midnight in Europe/London; `name` is how a person calls it."""

    from_at: datetime
    to_at: datetime
    name: str = ""

    def __post_init__(self) -> None:
        if self.to_at <= self.from_at:
            raise BadPeriod(say("The period ends before it begins: choose a later last day."))
        if self.to_at - self.from_at > _LONGEST:
            raise BadPeriod(say("The period is longer than ten years: choose a shorter one."))

    @property
    def first_on(self) -> date:
        return self.from_at.astimezone(ZONE).date()

    @property
    def last_on(self) -> date:
        """The last day that counts."""
        return (self.to_at - timedelta.resolution).astimezone(ZONE).date()


def days(first_on: date, last_on: date, name: str = "") -> Period:
    """Both days count."""
    try:
        after = last_on + timedelta(days=1)
    except OverflowError as error:
        raise BadPeriod(
            say("There is no day after %(last_on)s: choose an earlier last day.", last_on=last_on)
        ) from error
    return Period(_midnight(first_on), _midnight(after), name)


def last_days(number: int, *, now: datetime) -> Period:
    """Today and the days before it, `number` in all."""
    today = now.astimezone(ZONE).date()
    return days(today - timedelta(days=number - 1), today, f"last {number} days")


def quarter(*, now: datetime, back: int = 0) -> Period:
    """The calendar quarter we are in, or the one `back` quarters before it."""
    today = now.astimezone(ZONE).date()
    index = today.year * 4 + (today.month - 1) // 3 - back
    name = "this quarter" if back == 0 else "last quarter" if back == 1 else ""
    after = _first_of(index + 1)
    return Period(_midnight(_first_of(index)), _midnight(after), name)


def _first_of(quarter_index: int) -> date:
    return date(quarter_index // 4, quarter_index % 4 * 3 + 1, 1)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), ZONE).astimezone(UTC)
