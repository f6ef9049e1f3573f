"""Clocks of conversations that are brought together or taken apart.

A clock keeps the due time it was born with, whatever conversation it is in: none is started again,
none stops, and none falls due later. Where two enquiries become one, the earlier promise of a kind
holds for both (clause 6.2); the other is set aside, counted apart, and runs again if it was a
mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from glede.desk.clocks import actions, rules
from glede.desk.clocks.models import Clock
from glede.desk.clocks.rules import ClockEvent, ClockState
from glede.desk.conversations.models import Conversation
from glede.rulebook.audit.rules import Actor, Verb

_OPEN = (ClockState.RUNNING, ClockState.HELD)

#: What tells a clock apart for the moment in which two change places.
_PASSING = "changes-places-{}"


def go_on(
    *,
    source: Conversation,
    target: Conversation,
    joined: tuple[int, int] | None,
    person_id: int,
    actor: Actor,
    now: datetime,
) -> list[list[Any]]:
    """Everything `source` has under an enquiry goes on in `target`, with what the law still asks
    for; `joined` are the enquiry that holds the clock and the one that joined it. Returns each
    clock with its conversation, enquiry and state before."""
    found = _locked(source.pk, target.pk)
    before = [[one.pk, one.conversation_id, one.enquiry_id, one.state] for one in found]
    theirs = {(one.kind, one.reference) for one in found if one.conversation_id == target.pk}
    for clock in found:
        if clock.conversation_id != source.pk:
            continue
        if clock.enquiry_id is not None or (
            clock.state in _OPEN and (clock.kind, clock.reference) not in theirs
        ):
            clock.conversation = target
            clock.save(update_fields=["conversation"])
    if joined is not None:
        _join(found, *joined, person_id=person_id, actor=actor, now=now)
    _show(source, target)
    return before


def come_back(
    *,
    before: Sequence[Sequence[Any]],
    source: Conversation,
    target: Conversation,
    actor: Actor,
    now: datetime,
) -> None:
    """What `go_on` did, taken back; what was set aside runs again, due as before."""
    was = {
        pk: (conversation_id, enquiry_id, state)
        for pk, conversation_id, enquiry_id, state in before
    }
    everything = _locked(source.pk, target.pk)
    for clock in everything:
        # Begun since, for an enquiry that went back.
        if clock.pk not in was and clock.enquiry and clock.enquiry.conversation_id == source.pk:
            clock.conversation = source
            clock.save(update_fields=["conversation"])
    found = [one for one in everything if one.pk in was]
    passing = [one for one in found if one.enquiry_id != was[one.pk][1]]
    for clock in passing:
        _pass_by(clock)
    for clock in found:
        conversation_id, enquiry_id, state = was[clock.pk]
        clock.conversation = source if conversation_id == source.pk else target
        if clock in passing:
            clock.enquiry_id, clock.reference = enquiry_id, ""
        clock.save()
        if clock.state == ClockState.JOINED and state == ClockState.RUNNING:
            clock.state = rules.state_after(ClockState.JOINED, ClockEvent.UNMERGED)
            clock.stopped_at, clock.stopped_by_kind, clock.stopped_by_id = None, "", None
            actions.look_again(clock)
            clock.save()
            actions.record(clock, Verb.CLOCK_PARTED, actor=actor, now=now)
    _show(source, target)


def go_over(*, enquiry_id: int, source: Conversation, target: Conversation) -> list[list[Any]]:
    """An enquiry went over as it was: its clocks go with it. Returns each with its conversation,
    enquiry and state before."""
    found = [one for one in _locked(source.pk) if one.enquiry_id == enquiry_id]
    before = [[one.pk, one.conversation_id, one.enquiry_id, one.state] for one in found]
    for clock in found:
        clock.conversation = target
        clock.save(update_fields=["conversation"])
    _show(source, target)
    return before


@dataclass(frozen=True, slots=True)
class Pair:
    """Two clocks of one kind, as far as choosing between them goes."""

    kept_state: ClockState
    kept_due: datetime
    other_state: ClockState
    other_due: datetime

    @property
    def other_wins(self) -> bool:
        """The one that runs, and of two that run the earlier."""
        if self.other_state != ClockState.RUNNING:
            return False
        return self.kept_state != ClockState.RUNNING or self.other_due < self.kept_due


def _join(
    found: Sequence[Clock], kept: int, joins: int, *, person_id: int, actor: Actor, now: datetime
) -> None:
    mine = {one.kind: one for one in found if one.enquiry_id == kept}
    for other in [one for one in found if one.enquiry_id == joins]:
        own = mine.get(other.kind)
        if own is None:
            other.enquiry_id = kept
            other.save(update_fields=["enquiry"])
            continue
        pair = Pair(ClockState(own.state), own.due_at, ClockState(other.state), other.due_at)
        loser = own if pair.other_wins else other
        if pair.other_wins:
            _pass_by(own)
            other.enquiry_id = kept
            other.save(update_fields=["enquiry"])
            own.enquiry_id, own.reference = joins, ""
            own.save(update_fields=["enquiry", "reference"])
        if loser.state == ClockState.RUNNING:
            actions.end(loser, ClockEvent.MERGED, at=now, by_kind="person", by_id=person_id)
            actions.record(loser, Verb.CLOCK_JOINED, actor=actor, now=now)


def _pass_by(clock: Clock) -> None:
    """Off its enquiry for the moment in which another takes its place there."""
    clock.enquiry_id, clock.reference = None, _PASSING.format(clock.pk)
    clock.save(update_fields=["enquiry", "reference"])


def _locked(*conversation_ids: int) -> list[Clock]:
    found = Clock.objects.select_for_update(of=("self",), no_key=True).filter(
        conversation_id__in=conversation_ids
    )
    return list(found.select_related("conversation__brand", "policy", "enquiry").order_by("pk"))


def _show(*conversations: Conversation) -> None:
    for one in conversations:
        actions.show_of(one.pk)
