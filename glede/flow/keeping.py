"""Start what an enquiry starts: the promise of an answer, and the promise that it is settled."""

from datetime import datetime

from glede.desk.clocks import actions as clocks
from glede.desk.clocks import kinds, scheduling
from glede.desk.clocks import queries as clock_queries
from glede.desk.clocks.actions import Start, Under
from glede.desk.clocks.counting import AllowanceError
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockKind
from glede.desk.conversations import queries_timescale
from glede.desk.conversations.models import Conversation, Enquiry
from glede.flow import numbers
from glede.flow.numbers import InForce
from glede.rulebook.audit.rules import SYSTEM, Actor
from glede.rulebook.brands import queries as brands
from glede.rulebook.brands.rules import CalendarAt


def enquiry_opened(
    *, enquiry: Enquiry, force: InForce, now: datetime, fresh: bool = False
) -> Clock:
    """The clocks that begin with an enquiry, under the policy and calendar in force at receipt.

    `fresh`: the conversation is being made in this transaction, so it has no clock yet; most of
    what comes in is. Returns the acknowledgement clock.
    """
    conversation = enquiry.conversation
    calendar = brands.calendar_at(conversation.brand_id, enquiry.opened_at)
    clock = clocks.start(
        enquiry=enquiry,
        promise=force.promise,
        policy_id=force.policy_id,
        policy_version=force.version,
        calendar=calendar,
        percents=force.percents,
        now=now,
        shown=False,
        first=fresh,
    )
    # The first enquiry of a conversation finds nothing that runs.
    first = enquiry.number == 1
    if not first:
        wrote_back(conversation=conversation, force=force, now=now)
    if first or not _is_being_settled(conversation, enquiry):
        settle = of_kind(
            kind=ClockKind.RESOLVE,
            conversation=conversation,
            enquiry=enquiry,
            started_at=enquiry.opened_at,
            in_hours=clock.in_hours,
            force=force,
            calendar=calendar,
            now=now,
            fresh=fresh,
        )
        clocks.show(clock, of=[clock, settle] if fresh else None)
    else:
        clocks.show(clock)
    return clock


def waits_for_them(*, conversation: Conversation, force: InForce, now: datetime) -> None:
    """We asked something back: only a policy that says so stops counting meanwhile."""
    clock = clock_queries.open_of(conversation.pk, ClockKind.RESOLVE)
    rule = kinds.kind(ClockKind.RESOLVE).pauses
    if clock is not None and force.book.rule(rule).value is True:
        clocks.hold(clock=clock, actor=SYSTEM, now=now)


def wrote_back(*, conversation: Conversation, force: InForce, now: datetime) -> None:
    """They answered: what the policy paused goes on, with the time it was paused given back."""
    clock = clock_queries.open_of(conversation.pk, ClockKind.RESOLVE)
    rule = kinds.kind(ClockKind.RESOLVE).pauses
    if (
        clock is not None
        and clock.held_at is not None
        and force.book.rule(rule).value is True
        and queries_timescale.holding(conversation.pk) is None
    ):
        clocks.resume(clock=clock, extend=True, actor=SYSTEM, now=now)


def _is_being_settled(conversation: Conversation, enquiry: Enquiry) -> bool:
    """One matter has one time in which it is settled: what the resident adds to it, or asks after
    our answer, joins the time that runs, or the date that was agreed."""
    for kind in (ClockKind.RESOLVE, ClockKind.AGREED):
        running = clock_queries.open_of(conversation.pk, kind)
        if running is not None and running.enquiry_id != enquiry.pk:
            return True
    return False


def of_kind(  # noqa: PLR0913 - a clock begins with these, each named
    *,
    kind: str,
    conversation: Conversation,
    started_at: datetime,
    in_hours: bool,
    force: InForce,
    calendar: CalendarAt,
    now: datetime,
    enquiry: Enquiry | None = None,
    reference: str = "",
    actor: Actor = SYSTEM,
    fresh: bool = False,
) -> Clock:
    """Start a clock whose time its own rule allows. With `fresh` there is none to look for, and the
    row is shown by the caller. Raises `policy.NoRule`, `numbers.BadRule`."""
    of = kinds.kind(kind)
    try:
        due, rule = scheduling.due(of, force.book, start_at=started_at, calendar=calendar.calendar)
    except AllowanceError as error:
        raise numbers.BadRule(f"The rule {of.rule}: {error}") from error
    return clocks.begin(
        conversation=conversation,
        enquiry=enquiry,
        start=Start(
            kind=kind,
            started_at=started_at,
            due_at=due.due_at,
            clause=rule.clause,
            in_hours=in_hours,
            reference=reference,
        ),
        under=Under(
            policy_id=force.policy_id,
            policy_version=force.version,
            calendar_id=calendar.id,
            schedule=scheduling.of(of, force.book),
        ),
        actor=actor,
        now=now,
        shown=not fresh,
        first=fresh,
    )
