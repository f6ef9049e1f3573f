"""What the past is played against: a version's promise, and opening hours. Changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from glede.desk.clocks.promising import promise_of
from glede.desk.clocks.rules import Promise
from glede.desk.insight import facts
from glede.desk.insight.models import Rehearsal
from glede.desk.insight.replay import HoursFrom, Stage
from glede.desk.insight.rules import Fact
from glede.kit.hours import Calendar
from glede.rulebook.brands.rules import DAYS, week
from glede.rulebook.policy import queries as policy

#: What a brand that closes on bank holidays closes for, where its calendar at receipt knew none.
_BANK_HOLIDAYS = "ENG"


def stage_for(rehearsal: Rehearsal) -> Stage:
    """Raises `NoRule`, `BadRule` or `HoursError` where version or hours cannot be played."""
    sums = facts.Sums()
    return Stage(
        promise_for=_promises(rehearsal, sums),
        calendar_for=_Hours(rehearsal, sums).of,
        live_calendar_for=lambda fact: sums.calendar(fact.calendar_id),
        auto_counts=_auto_counts(rehearsal, sums),
    )


def _promises(rehearsal: Rehearsal, sums: facts.Sums) -> Callable[[Fact], Promise]:
    if rehearsal.version is None:
        return sums.promise_for
    promise = promise_of(policy.rulebook(rehearsal.version))
    return lambda _: promise


def _auto_counts(rehearsal: Rehearsal, sums: facts.Sums) -> Callable[[Fact], bool]:
    if rehearsal.version is None:
        return sums.auto_counts
    counts = facts.auto_counts_in_hours(policy.rulebook(rehearsal.version))
    return lambda _: counts


class _Hours:
    """The opening hours of each enquiry; those of one calendar are made once."""

    def __init__(self, rehearsal: Rehearsal, sums: facts.Sums) -> None:
        self._sums = sums
        self._made: dict[int, Calendar] = {}
        self._brand: int | None = None
        self._week: tuple[Any, ...] | None = None
        self._closed = True
        match HoursFrom(rehearsal.hours_from):
            case HoursFrom.VERSION:
                self._from_version(rehearsal)
            case HoursFrom.DRAFTED:
                drafted = rehearsal.hours or {}
                self._brand = drafted.get("brand")
                self._week = week(drafted.get("week", {}))
                self._closed = bool(drafted.get("closed_on_bank_holidays", True))
            case HoursFrom.RECEIPT:
                pass

    def of(self, fact: Fact) -> Calendar:
        live = self._sums.calendar(fact.calendar_id)
        if self._week is None or self._brand not in (None, fact.brand_id):
            return live
        made = self._made.get(fact.calendar_id)
        if made is None:
            made = self._made[fact.calendar_id] = replace(
                live,
                version=f"rehearsed instead of {live.version}",
                week=self._week,
                bank_holidays=(live.bank_holidays or _BANK_HOLIDAYS) if self._closed else None,
            )
        return made

    def _from_version(self, rehearsal: Rehearsal) -> None:
        if rehearsal.version is None:
            return
        book = policy.rulebook(rehearsal.version)
        self._week = week({day: book.rule(f"hours.{day}").value for day in DAYS})
        self._closed = book.rule("hours.bank_holidays").value == "closed"
