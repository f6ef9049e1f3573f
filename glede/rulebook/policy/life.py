"""The life of a policy version: draft, in review, approved, in force, superseded.

Pure. A state is derived from what was done and from the instant asked about, never stored: so no
clock has to strike for a scheduled version to take effect, and exactly one is in force.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from glede.kit.words import Spoken
from glede.rulebook.policy.document.outline import Dated


class State(Spoken):
    DRAFT = "draft"
    IN_REVIEW = "in review"
    APPROVED = "approved"  # its time is still to come
    EFFECTIVE = "in force"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Life:
    """What was done to one version. `effective_at` counts only once it is approved."""

    id: int
    submitted: bool = False
    approved: bool = False
    effective_at: datetime | None = None


def in_force(lives: Iterable[Life], at: datetime) -> int | None:
    """The one version that binds at `at`: the last approved one to take effect; `None` before."""
    begun = [(life.effective_at, life.id) for life in lives if _has_begun(life, at)]
    return max(begun, key=lambda one: one[0] or at)[1] if begun else None


def _has_begun(life: Life, at: datetime) -> bool:
    return life.approved and life.effective_at is not None and life.effective_at <= at


def state(life: Life, *, among: Iterable[Life], at: datetime) -> State:
    """Its state at `at`, given every version of the group (itself among them)."""
    if _has_begun(life, at):
        return State.EFFECTIVE if in_force(among, at) == life.id else State.SUPERSEDED
    if life.approved:
        return State.APPROVED
    return State.IN_REVIEW if life.submitted else State.DRAFT


# --- Numbers ---------------------------------------------------------------------------------


def same_number(one: str, other: str) -> bool:
    """“3”, “3.0” and “v3” name the same version: one file says the one, a copy the other."""
    return _plain(one) == _plain(other)


def _plain(number: str) -> str:
    plain = number.strip().lower().removeprefix("version").strip().removeprefix("v").strip(" .")
    head, dot, tail = plain.rpartition(".")
    return head if dot and not tail.strip("0") else plain


def next_number(numbers: Iterable[str]) -> str:
    """One above the highest whole number there is; “1” for the first."""
    heads = [_plain(number).partition(".")[0] for number in numbers]
    return str(max((int(head) for head in heads if head.isdecimal()), default=0) + 1)


# --- When it must be looked at again -----------------------------------------------------------


def review_due(approved_on: date, months: int, *, month_only: bool) -> date:
    """Approval and period: the same day of the month, its last day if the month is shorter, or if
    the approval names a month alone (policy heading: “October 2018”, 12 months, “October 2019”)."""
    year, month = divmod(approved_on.year * 12 + approved_on.month - 1 + months, 12)
    last = last_of_month(year, month + 1)
    return last if month_only else last.replace(day=min(approved_on.day, last.day))


def last_of_month(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def names_a_month_alone(dated: Dated | None) -> bool:
    """Were the words a month and a year, without a day?"""
    return bool(dated and dated.on and not _says_a_day(dated.written, dated.on))


def _says_a_day(written: str, on: date) -> bool:
    """“1 October 2018”, “01/10/2018” and “2018-10-01” say the day; “October 2018” does not."""
    digits = "".join(letter if letter.isdigit() else " " for letter in written).split()
    day = str(on.day)
    others = [digit for digit in digits if int(digit) != on.year and digit != str(on.year % 100)]
    return any(digit.lstrip("0") == day for digit in others)


@dataclass(frozen=True, slots=True)
class Due:
    """When a version must be looked at again, and whether its own heading says the same.

    `on` is empty where neither a period nor a date is known. `says` is a sentence for people where
    the two disagree, or where nothing is written at all.
    """

    on: date | None
    says: str = ""


def due(
    *, approved_on: Dated | None, months: int | None, written: Dated | None, fallback: date | None
) -> Due:
    """Approval plus period, checked against the date the heading names (policy heading)."""
    named = written.on if written and written.on else fallback
    counted = None
    if approved_on and approved_on.on and months:
        counted = review_due(approved_on.on, months, month_only=names_a_month_alone(approved_on))
    if counted is None:
        return Due(named, "" if named else "It names no date on which it is looked at again.")
    if named is None or named == counted:
        return Due(counted)
    return Due(
        counted,
        f"Approval and {months} months give {counted:%-d %B %Y}, but the heading says"
        f" {named:%-d %B %Y}. The desk goes by the first.",
    )
