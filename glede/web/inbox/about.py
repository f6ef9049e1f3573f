"""The panel beside a conversation: the sum behind its due time, the person, the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from glede.desk.clocks import queries as clocks
from glede.desk.clocks.kinds import Stops
from glede.desk.clocks.queries import Why
from glede.desk.clocks.rules import ClockKind, ClockState, Reading
from glede.desk.conversations import talk
from glede.desk.conversations.talk import Card
from glede.kit import clock
from glede.kit.hours import Step
from glede.kit.words import joined, say, spoken
from glede.rulebook.audit import queries as audit
from glede.rulebook.audit.rules import ActorKind
from glede.web.inbox import words
from glede.web.inbox.asked import NO_BRAND
from glede.web.inbox.listing import platform_name
from glede.web.inbox.sight import Sight


@dataclass(frozen=True, slots=True)
class HistoryLine:
    when: str
    words: str
    state: str  # "" | now | todo | bad


@dataclass(frozen=True, slots=True)
class SumView:
    """The sum behind a due time, every figure with its source."""

    why: Why
    heading: str
    begins: str
    received: str
    received_source: str
    hours: str
    promise: str
    due: str
    soft: str
    used: int
    used_words: str
    now: str
    is_late: bool
    alerts: tuple[str, ...]
    answered: str
    source: str
    #: What is owed by then, as the sum's own line says it.
    duty: str
    steps: tuple["StepView", ...]
    reading: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One stretch of the arithmetic."""

    span: str
    counted: bool
    lasts: str
    why: str


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock of the conversation among all of them."""

    duty: str
    when: str
    state: str
    clause: str
    tag: str


def clock_lines(whys: tuple[Why, ...], sight: Sight) -> tuple[ClockLine, ...]:
    """Every clock, the most urgent first; what is over says how it ended."""
    return tuple(
        ClockLine(
            duty=one.kind.duty,
            when=sight.when(one.due_at),
            state=_state(one, sight),
            clause=one.clause,
            tag=_tag(one, sight),
        )
        for one in whys
    )


def _state(why: Why, sight: Sight) -> str:
    if why.is_running:
        return clock.due_words(due_at=why.due_at, now=sight.now)
    at = sight.when(why.stopped_at) if why.stopped_at else ""
    match why.state:
        case ClockState.HELD:
            return say("held while a date is proposed")
        case ClockState.AGREED:
            return say("an agreed date took its place")
        case ClockState.REPLACED:
            return say("another date took its place")
        case ClockState.JOINED:
            return say("an earlier enquiry of the same matter holds its clock")
        case ClockState.NOT_NEEDED:
            return say("no reply needed, %(at)s", at=at)
        case ClockState.WITHDRAWN:
            return say("withdrawn by its author, %(at)s", at=at)
    return say("kept, %(at)s", at=at) if why.kept else say("late, %(at)s", at=at)


def _tag(why: Why, sight: Sight) -> str:
    if why.is_running:
        return "late" if sight.now > why.due_at else "running"
    return "late" if why.state == ClockState.STOPPED and not why.kept else ""


def why_view(card: Card, sight: Sight) -> SumView | None:
    """The sum alone, for the popover of a row."""
    why = clocks.why(card.id)
    return None if why is None else sum_view(card, why, sight)


# --- The person ----------------------------------------------------------------------------------


def known_as(of: talk.KnownAs) -> str:
    name = of.handle and f"@{of.handle.removeprefix('@')}"
    return say("%(name)s on %(place)s", name=name or of.name, place=platform_name(of.platform))


# --- The sum -------------------------------------------------------------------------------------


def sum_view(card: Card, why: Why, sight: Sight) -> SumView:
    brand = sight.known.get(card.brand_id, NO_BRAND)
    ends = why.stopped_at or sight.now
    whole = why.due_at - why.started_at
    used = min(100, max(0, round(100 * ((ends - why.started_at) / whole))))
    is_late = ends > why.due_at
    passed = clock.duration_words(ends - why.started_at)
    day = clock.day_words(why.started_at, sight.zone)
    version = say("policy v%(version)s", version=why.policy_version)
    source = joined([version, spoken(why.status)], ", ") if why.status else version
    told = why.kind.key == ClockKind.AGREED
    return SumView(
        why=why,
        heading=say("Why %(at)s", at=sight.when(why.due_at)),
        received=sight.time(why.started_at),
        begins=say("Told") if told else say("Received"),
        received_source=day
        if told
        else say("%(place)s’s time, %(day)s", place=platform_name(card.platform), day=day),
        hours=f"{brand.name}, {why.opening_hours}",
        promise=why.allowed or words.promise_words(why.promise),
        due=sight.when(why.due_at),
        soft=sight.when(why.soft_at) if why.soft_at != why.due_at else "",
        used=used,
        used_words=say(
            "%(part)s of %(whole)s used", part=passed, whole=clock.duration_words(whole)
        ),
        now=sight.time(ends),
        is_late=is_late,
        alerts=_alerts(why, sight),
        answered=_answered(why, sight),
        source=source,
        duty=why.kind.duty,
        steps=tuple(_step(one, sight) for one in why.steps),
        reading=Reading(why.reading).says if why.reading else "",
        others=tuple(
            joined([Reading(one.reading).says, sight.when(one.due_at)], ": ") for one in why.others
        ),
    )


def _step(step: Step, sight: Sight) -> StepView:
    return StepView(
        span=say(
            "%(from)s to %(to)s", **{"from": sight.when(step.from_at), "to": sight.when(step.to_at)}
        ),
        counted=step.counted,
        lasts=clock.duration_words(step.to_at - step.from_at)
        if step.counted
        else say("not counted"),
        why=step.why,
    )


def _alerts(why: Why, sight: Sight) -> tuple[str, ...]:
    if not why.is_running:
        return ()
    found = []
    for step in why.alerts:
        if step.percent == 100:
            continue
        before = clock.duration_words(timedelta(minutes=step.minutes_before))
        what = say("%(time)s before", time=before) if step.minutes_before else f"{step.percent} %"
        if step.given_at:
            found.append(say("%(what)s given %(at)s", what=what, at=sight.when(step.given_at)))
        else:
            found.append(say("%(what)s at %(at)s", what=what, at=sight.when(step.at)))
    return tuple(found)


def _answered(why: Why, sight: Sight) -> str:
    if why.stopped_at is None:
        return ""
    at = sight.when(why.stopped_at)
    if why.state == "stopped":
        by = clock.duration_words(abs(why.due_at - why.stopped_at))
        settled = why.kind.stops is Stops.RESOLUTION
        if why.kept and settled:
            return say("Settled %(at)s, in time by %(time)s", at=at, time=by)
        if why.kept:
            return say("Answered %(at)s, in time by %(time)s", at=at, time=by)
        if settled:
            return say("Settled %(at)s, late by %(time)s", at=at, time=by)
        return say("Answered %(at)s, late by %(time)s", at=at, time=by)
    if why.state in (ClockState.AGREED, ClockState.REPLACED):
        return say("Another date took its place")
    if why.state == ClockState.JOINED:
        return say("An earlier enquiry of the same matter holds its clock")
    return say("Closed %(at)s without a reply", at=at)


# --- The history ---------------------------------------------------------------------------------


_AHEAD: Mapping[str, str] = {
    ClockKind.ACKNOWLEDGE: say("Reply due"),
    ClockKind.FOLLOW_UP: say("Answer by a person due"),
    ClockKind.RESOLVE: say("To be resolved"),
    ClockKind.AGREED: say("Promised for"),
}


def history(card: Card, why: Why | None, sight: Sight) -> tuple[HistoryLine, ...]:
    ahead = []
    if why is not None and why.is_running:
        due = _AHEAD.get(why.kind.key, why.kind.duty)
        ahead.append(HistoryLine(sight.time(why.due_at), due, "now"))
    past = [
        HistoryLine(
            words.short_when(entry.at, sight.now, sight.zone),
            words.happened(
                verb=entry.verb,
                actor=card.name if entry.actor_kind == ActorKind.CONTACT else entry.actor_name,
                actor_id=entry.actor_id,
                details=entry.details,
                clause=entry.clause,
            ),
            "bad" if entry.verb.endswith(":breached") else "",
        )
        for entry in audit.trail("conversation", card.id)
    ]
    return (*ahead, *past)
