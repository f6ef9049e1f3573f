"""Every rule the desk runs by: its key, what a value must look like, and what holds where the
policy is silent. The keys are those of the policy importer: add to them, never rename one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glede.rulebook.brands.rules import ASSUMED_WEEK, DAYS

_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True, slots=True)
class Type:
    """What a value must be; `says` finishes the sentence “the value must be …”."""

    name: str
    says: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """One rule as the desk knows it. `default` holds where a version says nothing: an assumption
    with a source, shown as an open question; `None` where the policy must say it."""

    key: str
    type: Type
    meaning: str
    source: str
    default: Any = None
    unit: str = ""


class UnknownRule(LookupError):  # noqa: N818 - reads as a sentence
    """No rule has this key."""


class BadValue(ValueError):  # noqa: N818 - reads as a sentence
    """A rule cannot have this value."""


DURATION = Type(
    "duration",
    "an ISO 8601 duration above zero, such as PT4H or P14D",
    lambda value: isinstance(value, str) and bool(_DURATION.fullmatch(value) and _some(value)),
)
YES_NO = Type("yes or no", "true or false", lambda value: isinstance(value, bool))
MONTHS = Type(
    "months",
    "a whole number of months from 1",
    lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
)
TEXT = Type("text", "a few words", lambda value: isinstance(value, str) and bool(value.strip()))
PERCENTS = Type(
    "percentages",
    "a rising list of percentages between 1 and 99",
    lambda value: (
        isinstance(value, list)
        and all(isinstance(percent, int) and 0 < percent < 100 for percent in value)
        and sorted(set(value)) == value
    ),
)
OPENING = Type(
    "hours",
    'a list of times such as [["09:00", "17:30"]], empty when closed',
    lambda value: isinstance(value, list) and all(_span(times) for times in value),
)


def _some(duration: str) -> bool:
    return any(int(number) for number in re.findall(r"\d+", duration))


def _span(times: Any) -> bool:
    return (
        isinstance(times, list)
        and len(times) == 2
        and all(isinstance(time, str) and bool(_TIME.fullmatch(time)) for time in times)
    )


def _word(*choices: str) -> Type:
    return Type("word", f"one of {', '.join(choices)}", lambda value: value in choices)


def _words(*choices: str) -> Type:
    return Type(
        "words",
        f"a list of some of {', '.join(choices)}",
        lambda value: isinstance(value, list) and all(word in choices for word in value),
    )


_SILENT = "the policy is silent; assumed until the owner confirms"
_DESK = "how the desk works, not the policy; the owner may change it"

_KINDS = (
    Kind("acknowledge.in_hours", DURATION, "A person answers or acknowledges an enquiry"
         " that came in working hours, within", "clause 6.5", unit="from receipt"),
    Kind("acknowledge.out_of_hours", DURATION, "Without an automatic acknowledgement, an enquiry"
         " that came out of hours is answered within", "clause 6.7", unit="from receipt"),
    Kind("acknowledge.automatic", _word("all_messages", "private_only", "none"),
         "What is acknowledged automatically out of hours, where the platform allows",
         "clause 6.7", "private_only"),
    Kind("four_hour_reading", _word("elapsed", "working", "handover"),
         "How “within 4 hours” is counted when closing time lies between",
         f"clause 6.5; {_SILENT}: the literal reading", "elapsed"),
    Kind("auto_ack_counts_in_hours", YES_NO,
         "An automatic acknowledgement stops the clock of an enquiry that came in working hours",
         f"clause 6.5; {_SILENT}: it wants a person", default=False),
    Kind("public_auto_ack", YES_NO, "Public comments are acknowledged automatically too",
         f"clause 6.7; {_SILENT}", default=False),
    Kind("resolve", _word("same_day"), "An enquiry is settled", "clause 6.5", "same_day"),
    Kind("resolve.or_agree_timescale", YES_NO,
         "Where it cannot be settled in that time, a date is agreed", "clause 6.5", default=True),
    *(
        Kind(f"hours.{day}", OPENING, f"Working hours on a {day.capitalize()}",
             f"clauses 6.4 and 6.6; {_SILENT}", [list(span) for span in ASSUMED_WEEK.get(day, [])],
             unit="local time")
        for day in DAYS
    ),
    Kind("hours.bank_holidays", _word("closed", "open"), "Bank holidays are working days or not",
         f"clauses 6.4 and 6.6; {_SILENT}", "closed"),
    Kind("public_first", YES_NO, "A conversation stays in public unless there is a reason",
         "clause 6.3", default=True),
    Kind("private_when", _words("data_protection", "complex", "customer_asks", "safety"),
         "Reasons to go on in private", "clause 6.3", ["data_protection", "complex"]),
    Kind("review.period", MONTHS, "The policy is looked at again after", "heading", 12,
         unit="months"),
    Kind("sign_off", YES_NO, "Replies carry the name of the person who wrote them",
         "clause 6.1", default=True),
    Kind("training_required", YES_NO, "Only those who were trained may reply", "clause 6.1",
         default=True),
    Kind("login_approval", TEXT, "Who approves that somebody may reply",
         f"clause 6.1; {_SILENT}", "Head of Relationships"),
    Kind("approval.new_platform", TEXT, "Who approves the business case for a new platform",
         "clause 3.1", "Deputy Chief Executive"),
    Kind("alert.steps", PERCENTS, "Shares of the time allowed after which people are warned",
         f"clause 6.5; {_SILENT}", [50, 75, 90], unit="%"),
    Kind("soft.after_opening", DURATION, "Out of hours: the aim is an answer within this much open"
         " time, if that is earlier than the promise", f"clause 6.7; {_SILENT}", "PT4H",
         unit="open time"),
    Kind("history.after", DURATION, "What was written longer ago than this when we first see it"
         " becomes history and starts no clock", _DESK, "P14D"),
    Kind("reopen.within", DURATION, "A message within this time after the end re-opens the"
         " conversation; later it opens a new one", f"clause 6.2; {_SILENT}", "P14D"),
    Kind("link.lasts", DURATION, "A visitor's private link works for", _DESK, "P90D"),
    Kind("raw.kept", DURATION, "Events as the platform sent them are dropped after",
         "data minimisation, UK GDPR article 5(1)(c) and (e); the owner may change it", "P30D"),
)  # fmt: skip

KINDS = {kind.key: kind for kind in _KINDS}


def kind(key: str) -> Kind:
    try:
        return KINDS[key]
    except KeyError as error:
        raise UnknownRule(f"There is no rule called “{key}”.") from error


def check(key: str, value: Any) -> None:
    """Raises `UnknownRule` or `BadValue`."""
    known = kind(key)
    if not known.type.fits(value):
        raise BadValue(f"The rule {key} is {value!r}: it must be {known.type.says}.")
