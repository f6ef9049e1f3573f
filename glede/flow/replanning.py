"""A brand's opening hours are published, top to bottom: look ahead → publish → move what is open.

A *change* holds from a time to come; what was received before keeps its promise. A *correction*
says that a calendar was wrong all along: what was received under it and is still open gets the due
time it should have had, in the background, a batch at a time, each on record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from glede.desk.clocks import actions_replan as clocks
from glede.desk.clocks import replanning
from glede.desk.clocks.replanning import Preview
from glede.kit import hours, jobs, live
from glede.kit.words import say
from glede.rulebook.brands import actions as brands
from glede.rulebook.brands import queries as brand_queries
from glede.rulebook.brands import rules as brand_rules
from glede.rulebook.brands.actions import CalendarRefusedError
from glede.rulebook.brands.rules import Plan
from glede.rulebook.people.rules import Viewer

REPLAN = "flow.replanning.run"
BATCH = 100
#: No transaction lasts longer (settings): what began under the wrong calendar is there by then.
LOOK_AGAIN_AFTER = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What publishing a plan would do; `preview` is empty for a change, which moves nothing."""

    calendar: hours.Calendar
    preview: Preview
    still_open: int


def look_ahead(*, plan: Plan, now: datetime) -> Outlook:
    """Raises `HoursError`, `CalendarRefusedError`; publishes nothing."""
    calendar = brand_rules.planned(plan, name="as planned")
    hours.next_opening(calendar, now)
    if plan.corrects is None:
        _comes_later(plan, now=now)
        kept = replanning.open_under([row.pk for row in brand_queries.calendars(plan.brand_id)])
        return Outlook(calendar, Preview(0, ()), len(kept))
    newest, stood = brand_queries.in_its_place(plan.corrects)
    found = replanning.preview({newest, *stood}, calendar)
    return Outlook(calendar, found, found.touched)


def publish(*, viewer: Viewer, plan: Plan, now: datetime) -> int:
    """Publish it and, for a correction, have the open clocks moved. Returns the calendar's id.
    Raises `HoursError`, `CalendarRefusedError`."""
    with transaction.atomic():
        if plan.corrects is None:
            _comes_later(plan, now=now)
        calendar_id = brands.publish_plan(plan=plan, actor=viewer.actor, now=now)
        if plan.corrects is not None:
            jobs.defer(REPLAN, calendar_id=calendar_id)
            jobs.defer(REPLAN, at=now + LOOK_AGAIN_AFTER, calendar_id=calendar_id)
    return calendar_id


def _comes_later(plan: Plan, *, now: datetime) -> None:
    if plan.effective_at is None:
        raise CalendarRefusedError(say("Say from when on these hours hold."))
    has_one = bool(brand_queries.calendars(plan.brand_id))
    if has_one and plan.effective_at < now:
        raise CalendarRefusedError(
            say(
                "A change cannot hold from a time that is over: what was received since then"
                " keeps the promise it was given. If the hours on record were wrong, correct"
                " them instead."
            )
        )


def run(*, calendar_id: int, now: datetime) -> int:
    """The job: move the open clocks that stand under a corrected calendar to the one in its place,
    a batch in each transaction. Returns how many due times moved."""
    moved = 0
    while True:
        with transaction.atomic():
            newest, wrong = brand_queries.in_its_place(calendar_id)
            waiting = replanning.open_under(wrong)[:BATCH]
            if not waiting:
                return moved
            moves = clocks.replan(
                clock_ids=waiting, calendar=brand_queries.calendar(newest), now=now
            )
            brand_id = brand_queries.brand_of(newest)
            for conversation_id in sorted({move.conversation_id for move in moves}):
                live.publish(
                    topic="conversation.changed",
                    payload={"id": conversation_id, "new": False},
                    brand=brand_id,
                    now=now,
                )
            moved += len(moves)
