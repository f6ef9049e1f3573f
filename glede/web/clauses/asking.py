"""What an address asks for: a period, a figure, a part of the enquiries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from glede.desk.clocks import kinds
from glede.desk.clocks.rules import ClockKind, Reading
from glede.desk.insight import period as periods
from glede.desk.insight.period import BadPeriod, Period
from glede.desk.insight.rules import Measure, Where
from glede.kit.words import say, told

#: As they stand in the form; the first is what a page begins with.
CHOICES = {
    "30-days": say("Last 30 days"),
    "quarter": say("This quarter"),
    "last-quarter": say("Last quarter"),
    "custom": say("From … to …"),
}
_DAYS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """The period, what was typed, and what was wrong with it (then the usual period is shown)."""

    period: Period
    choice: str
    first: str
    last: str
    complaint: str = ""

    @property
    def query(self) -> dict[str, str]:
        """What a link carries on to ask for the same period."""
        if self.choice != "custom":
            return {"period": self.choice}
        return {"period": "custom", "from": self.first, "to": self.last}


def asked(given: Mapping[str, str], *, now: datetime) -> Asked:
    choice = given.get("period", "")
    first, last = given.get("from", ""), given.get("to", "")
    if choice == "custom":
        try:
            return Asked(periods.days(_date(first), _date(last)), choice, first, last)
        except BadPeriod as error:
            usual = _shown(periods.last_days(_DAYS, now=now), "30-days")
            return Asked(usual.period, "custom", first, last, told(error))
    if choice == "quarter":
        return _shown(periods.quarter(now=now), choice)
    if choice == "last-quarter":
        return _shown(periods.quarter(now=now, back=1), choice)
    return _shown(periods.last_days(_DAYS, now=now), "30-days")


def _shown(period: Period, choice: str) -> Asked:
    return Asked(period, choice, period.first_on.isoformat(), period.last_on.isoformat())


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadPeriod(say("Give a first and a last day, such as 2026-11-01.")) from error


def measure(given: Mapping[str, str]) -> Measure | None:
    """None where the address names no figure."""
    try:
        return Measure(given.get("measure", Measure.RECEIVED))
    except ValueError:
        return None


def where(given: Mapping[str, str]) -> Where | None:
    """None where the address names a part that cannot be."""
    brand, hour, reading = (given.get(name, "") for name in ("brand", "hour", "reading"))
    try:
        return Where(
            kind=kinds.kind(given.get("kind") or ClockKind.ACKNOWLEDGE).key,
            brand=_number(brand),
            platform=given.get("platform", ""),
            hour=_number(hour),
            reading=Reading(reading) if reading else None,
        )
    except (ValueError, kinds.UnknownKind):
        return None


def offset(given: Mapping[str, str]) -> int:
    text = given.get("after", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _number(text: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValueError(text)
    return int(text) if text else None


def address(path: str, *queries: Mapping[str, object]) -> str:
    """The path with all of these asked for; empty ones are left out."""
    joined = {name: value for query in queries for name, value in query.items() if value != ""}
    return f"{path}?{urlencode(joined)}" if joined else path
