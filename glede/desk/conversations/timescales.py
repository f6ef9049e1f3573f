"""A timescale on its way: planned, told, then agreed, objected to, or met with silence (6.5). Pure.

Telling counts as *proposed*. It is agreed when the resident says so, or when they have objected to
nothing by the end of the time that the policy gives them; the two are told apart for ever.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from glede.kit import clock, hours
from glede.kit.words import say


class AgreementState(StrEnum):
    PLANNED = "planned"
    PROPOSED = "proposed"
    AGREED = "agreed"
    SILENT = "silent"
    OBJECTED = "objected"
    REPLACED = "replaced"
    DROPPED = "dropped"


#: The desk is bound by it: the resident was told, and did not object.
HOLDS = frozenset({AgreementState.PROPOSED, AgreementState.AGREED, AgreementState.SILENT})

TRANSITIONS: dict[AgreementState, frozenset[AgreementState]] = {
    AgreementState.PLANNED: frozenset({AgreementState.PROPOSED, AgreementState.DROPPED}),
    AgreementState.PROPOSED: frozenset(
        {
            AgreementState.AGREED,
            AgreementState.SILENT,
            AgreementState.OBJECTED,
            AgreementState.REPLACED,
        }
    ),
    # Silence is not consent for ever: an objection that comes later is still one.
    AgreementState.SILENT: frozenset(
        {AgreementState.AGREED, AgreementState.OBJECTED, AgreementState.REPLACED}
    ),
    AgreementState.AGREED: frozenset({AgreementState.OBJECTED, AgreementState.REPLACED}),
    AgreementState.OBJECTED: frozenset(),
    AgreementState.REPLACED: frozenset(),
    AgreementState.DROPPED: frozenset(),
}


class WrongStep(ValueError):  # noqa: N818 - reads as a sentence
    """A timescale cannot go from its state to that one."""


class BadTimescale(ValueError):  # noqa: N818 - reads as a sentence
    """What was given is no timescale: says what to change."""


@dataclass(frozen=True, slots=True)
class ClosedThen:
    """The date falls outside opening hours: what to say, and the date to offer instead."""

    says: str
    instead: datetime


def move(state: AgreementState, to: AgreementState) -> AgreementState:
    if to not in TRANSITIONS[state]:
        raise WrongStep(
            say("A timescale that is %(state)s cannot become %(to)s.", state=state, to=to)
        )
    return to


def check(*, what: str, by_at: datetime, reason: str, replaces: bool, now: datetime) -> None:
    """Raises `BadTimescale`."""
    if not what.strip():
        raise BadTimescale(say("Say what will be done."))
    if by_at <= now:
        raise BadTimescale(say("That time has passed: give a date ahead of now."))
    if replaces and not reason.strip():
        raise BadTimescale(say("They were told another date: say why it moves."))


def closed_then(by_at: datetime, calendar: hours.Calendar) -> ClosedThen | None:
    """Nobody works then, so nobody would keep it: offers the close of the next working day."""
    local = by_at.astimezone(calendar.zone)
    day = local.date()
    opens = hours.next_opening(calendar, by_at)
    first = hours.next_opening(
        calendar, local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    )
    if first.astimezone(calendar.zone).date() == day:
        return None  # the day itself is worked; an hour after closing is theirs to choose
    closes = hours.day_close_of(calendar, opens) or opens
    steps = hours.explain(calendar, by_at, opens)
    why = steps[0].why if steps else "closed"
    return ClosedThen(f"Nobody works on {clock.day_words(by_at, calendar.zone)}: {why}.", closes)
