"""When an answer to something received at a given time would be due: asked by the command line and
by the API, which print the same. Asks the live clock's own function and changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from glede.desk.clocks import promising, rules
from glede.desk.clocks.rules import Deadline, Reading
from glede.kit import wall
from glede.kit.hours import HoursError
from glede.rulebook.brands import queries as brands
from glede.rulebook.policy import queries as policy
from glede.rulebook.policy.rules import Rulebook

CHANNELS = ("comment", "mention", "dm", "review", "form")


class NoSuchVersionError(LookupError):
    """What was asked names no policy version."""


#: What can be wrong with a question; each message is a sentence for whoever asks.
UNANSWERABLE = (
    NoSuchVersionError,
    HoursError,
    brands.NoSuchBrandError,
    brands.NoCalendarError,
    policy.NoRule,
    promising.BadRule,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A due time with what it rests on."""

    deadline: Deadline
    brand: str
    calendar_version: int
    book: Rulebook
    zone: ZoneInfo


def ask(
    received_at: datetime,
    *,
    brand: str,
    reading: Reading | None = None,
    version: str | None = None,
) -> Answer:
    """`brand` is a slug, `version` a number as printed; without them the reading is the policy's
    and the version the one in force at receipt. Raises one of `UNANSWERABLE`."""
    found = brands.brand(brand)
    calendar = brands.calendar_at(found.pk, received_at)
    book = _book(version) if version else policy.rulebook_at(received_at)
    promise = promising.promise_of(book, reading=reading)
    deadline = rules.deadline(received_at, promise, calendar.calendar)
    return Answer(deadline, found.name, calendar.version, book, calendar.calendar.zone)


def as_json(answer: Answer) -> dict[str, Any]:
    """Times as RFC 3339 with the offset the brand's zone has then."""
    deadline, zone = answer.deadline, answer.zone
    return {
        "in_hours": deadline.in_hours,
        "due": wall.in_zone(deadline.due_at, zone),
        "soft": wall.in_zone(deadline.soft_at, zone),
        "clause": deadline.clause,
        "policy_version": answer.book.version,
        "calendar_version": answer.calendar_version,
        "reading": deadline.reading.value,
        "steps": [
            {
                "from": wall.in_zone(step.from_at, zone),
                "to": wall.in_zone(step.to_at, zone),
                "counted": step.counted,
                "why": step.why,
            }
            for step in deadline.steps
        ],
    }


def _book(number: str) -> Rulebook:
    versions = policy.versions()
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        known = ", ".join(version.number for version in versions) or "none"
        raise NoSuchVersionError(f"There is no policy version {number}. There are: {known}.")
    return policy.rulebook(found.pk)
