"""Somebody has to take it: the duty holder, then the lead, then the owner; out of hours the pager.

A call is told one rung higher each time nobody took it in time (clauses 6.5 and 6.9), and no
further once somebody has it, or it was answered. What is told follows from who was told before: a
worker that dies in between tells nobody twice and forgets nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from glede.desk.alerts import actions as alerts
from glede.desk.alerts import actions_calls as calls
from glede.desk.alerts import queries, rules
from glede.desk.alerts.actions import Wanted
from glede.desk.alerts.models import Call
from glede.desk.alerts.queries import Told
from glede.desk.alerts.rules import How, Kind, Over, Rung
from glede.desk.clocks.models import Clock, Step
from glede.desk.conversations.models import Conversation, Enquiry
from glede.desk.rota import queries as rota
from glede.desk.rota.rules import THERE, Duty
from glede.flow import announcing, numbers
from glede.kit import gather, hours, live, once
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.brands import queries as brands
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Role, Viewer

#: Calls told in one transaction: a storm is told in one go, and nobody waits long for the rest.
AT_ONCE = 50


def appeared(*, enquiry: Enquiry, clause: str, now: datetime) -> None:
    """A post appeared (clause 6.5): the worker's next turn tells whoever is there."""
    calls.appeared(
        conversation_id=enquiry.conversation_id,
        brand_id=enquiry.conversation.brand_id,
        enquiry_id=enquiry.pk,
        clause=clause,
        now=now,
    )


def run(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Tell the next rung of every call that is due; returns how many calls were."""
    with transaction.atomic(), gather.together(), once.remembering():
        due = calls.take_due(now=now, limit=limit)
        told = queries.told_of(due)
        wanted: list[Wanted] = []
        for call in due:
            wanted += _climb(call, told.get(call.pk, ()), now=now)
        calls.moved(calls=due)
        announcing.announce(alerts.raise_all(wanted=wanted, now=now), now=now)
    return len(due)


def step(
    *,
    clock: Clock,
    step: Step,
    also: frozenset[int],
    says: str,
    outward: str,
    now: datetime,
) -> int:
    """A share of a promise's time is gone, or all of it; `also` are told with the first rung.
    Belongs in a transaction. Returns how many people were told now."""
    percent = step.percent or 0
    call = calls.make(
        call=Call(
            key=f"clock:{clock.pk}:{percent}",
            conversation=clock.conversation,
            brand_id=clock.conversation.brand_id,
            enquiry_id=clock.enquiry_id,
            step=step,
            kind=Kind.BREACH if percent == rules.ALL else Kind.WARNING,
            percent=percent,
            says=says,
            outward=outward,
            clause=clock.clause,
            raised_at=now,
            next_at=now,
        )
    )
    if call is None:
        return 0
    calls.overtake(conversation_id=clock.conversation_id, key=call.key, now=now)
    return _tell(call, also=also, now=now)


def severe(
    *, conversation: Conversation, enquiry: Enquiry | None, key: str, says: str, now: datetime
) -> int:
    """It interrupts at once, by day and by night (clauses.md A4); `says` holds nothing of the
    resident. Belongs in a transaction. Returns how many people were told now."""
    call = calls.make(
        call=Call(
            key=key,
            conversation=conversation,
            brand_id=conversation.brand_id,
            enquiry=enquiry,
            kind=Kind.URGENT,
            says=says,
            outward=says,
            raised_at=now,
            next_at=now,
        )
    )
    return 0 if call is None else _tell(call, also=frozenset(), now=now)


def _tell(call: Call, *, also: frozenset[int], now: datetime) -> int:
    wanted = _climb(call, (), also=also, now=now)
    calls.moved(calls=[call])
    raised = alerts.raise_all(wanted=wanted, now=now)
    announcing.announce(raised, now=now)
    return len(raised)


# --- One rung ----------------------------------------------------------------------------------


def _climb(
    call: Call, told: tuple[int, ...], *, also: frozenset[int] = frozenset(), now: datetime
) -> list[Wanted]:
    """Whom to tell now; the call itself is moved on to the rung after that, for the caller to
    keep."""
    if queries.is_answered(call):
        call.next_at, call.over_at, call.over_why = None, now, Over.ANSWERED
        return []
    there = _there(call.brand_id, now)
    kind = Kind(call.kind)
    climb = rules.ladder(
        kind,
        percent=call.percent,
        is_open=there.is_open,
        on_call=there.on_call,
        posts_climb=there.posts_climb,
    )
    owner = call.conversation.owner_id
    first = also | frozenset({owner} if owner in there.able and not told else ())
    found = rules.next_rung(climb, there.people, told)
    rungs, fresh = found or (frozenset[Rung](), frozenset[int]())
    fresh |= (first & there.able) - frozenset(told)
    key, again = call.key, ""
    if not fresh and kind in rules.REPEATED:
        if call.repeats == there.repeats or not told:
            call.next_at = None
            calls.unheard(call=call, people=len(told), stamp=there.stamp, now=now)
            return []
        call.repeats += 1
        fresh, rungs = rules.everybody(climb, there.people), frozenset().union(*climb)
        key, again = f"{call.key}:again:{call.repeats}", "Nobody has it yet. "
    call.rungs += bool(fresh)
    more = rules.next_rung(climb, there.people, {*told, *fresh}) is not None
    waits = fresh and (more or kind in rules.REPEATED)
    call.next_at = now + rules.wait(there.waits, told=call.rungs) if waits else None
    if told and fresh:
        calls.rerouted(
            call=call,
            to=", ".join(sorted(rungs)),
            people=len(fresh),
            stamp=there.stamp,
            now=now,
        )
    says, outward = call.says or _new(call), call.outward or _new_outward(call)
    return [
        Wanted(
            person_id=person,
            kind=kind,
            key=key,
            says=again + says,
            outward=again + outward,
            href=f"/c/{call.conversation_id}/",
            conversation_id=call.conversation_id,
            step_id=call.step_id,
            call_id=call.pk,
            after=told,
        )
        for person in sorted(fresh)
    ]


def _new(call: Call) -> str:
    return f"{call.conversation.name} wrote to {call.conversation.brand.name}.{_by(call)}"


def _new_outward(call: Call) -> str:
    return f"A new message to {call.conversation.brand.name} waits for an answer.{_by(call)}"


def _by(call: Call) -> str:
    return f" Clause {call.clause}." if call.clause else ""


@dataclass(frozen=True, slots=True)
class _There:
    """Who stands on which rung of a brand's ladder at one instant."""

    is_open: bool
    on_call: bool
    people: Mapping[Rung, frozenset[int]]
    able: frozenset[int]
    #: How long each rung has before the next one is told; the last holds for all above.
    waits: tuple[timedelta, ...]
    #: How often everybody is told again at the top of what is late or severe.
    repeats: int
    #: Does a mere post climb out of hours?
    posts_climb: bool
    stamp: Stamp


@once.remembered
def _there(brand_id: int, now: datetime) -> _There:
    able = people.who_may(Permission.HANDLE_ALERTS, brand_id=brand_id, now=now)
    may = frozenset(viewer.id for viewer in able)
    shifts = [row for row in rota.on_now(now=now) if row.brand_id in (None, brand_id)]
    by_duty = {
        duty: frozenset(row.person_id for row in shifts if row.duty == duty) & may for duty in Duty
    }
    on = rota.on_for(brand_id, now=now) & may
    standing = frozenset[int]().union(*(by_duty[duty] for duty in THERE))
    first = by_duty[Duty.FIRST] or standing
    open_now = _is_open(brand_id, now)
    pager = not open_now and bool(first or by_duty[Duty.SECOND])
    book = numbers.in_force(now).book
    rule = book.rule(rules.WAITS_PAGER if pager else rules.WAITS)
    return _There(
        is_open=open_now,
        on_call=bool(first or by_duty[Duty.SECOND]),
        people={
            Rung.HOLDER: on or _holding(able, Role.ADVISOR, brand_id),
            Rung.ON_DUTY: on,
            Rung.FIRST: first,
            Rung.SECOND: by_duty[Duty.SECOND],
            **{rung: _holding(able, role, brand_id) for rung, role in rules.ROLE_OF.items()},
        },
        able=may,
        waits=(numbers.length(rule),) if pager else numbers.lengths(rule),
        repeats=int(book.rule(rules.REPEATS).value),
        posts_climb=book.rule(rules.POSTS_CLIMB).value is True,
        stamp=Stamp(rule.clause, rule.version),
    )


def holders(brand_id: int, *, now: datetime) -> frozenset[int]:
    """Whoever has the brand now by the rota; without one, those who may answer."""
    return _there(brand_id, now).people[Rung.HOLDER]


def _holding(able: list[Viewer], role: Role, brand_id: int) -> frozenset[int]:
    return frozenset(
        viewer.id
        for viewer in able
        if any(grant.role == role and grant.brand in (None, brand_id) for grant in viewer.grants)
    )


def _is_open(brand_id: int, now: datetime) -> bool:
    try:
        return hours.is_open(brands.calendar_at(brand_id, now).calendar, now)
    except brands.NoCalendarError:
        return True


# --- Somebody has it ---------------------------------------------------------------------------


def take(*, viewer: Viewer, conversation_id: int, now: datetime, how: How = How.SAID) -> int:
    """“I have it”: nobody else is told of what was told until now. Returns how many calls they
    took; none where somebody had it, or who may not answer for the brand merely looks."""
    conversation = Conversation.objects.select_related("brand").get(pk=conversation_id)
    if not viewer.may(Permission.HANDLE_ALERTS, conversation.brand_id):
        return 0
    with transaction.atomic():
        taken = handed(
            viewer=viewer, conversation=conversation, person_id=viewer.id, how=how, now=now
        )
        if taken:
            live.publish(
                topic="conversation.changed",
                payload={"id": conversation_id, "new": False},
                brand=conversation.brand_id,
                now=now,
            )
    return taken


def handed(
    *, viewer: Viewer, conversation: Conversation, person_id: int, how: How, now: datetime
) -> int:
    """By what `viewer` did, this person has it: its open calls are theirs. Belongs in a
    transaction, whose caller tells screens. Returns how many calls were taken."""
    return calls.take(
        conversation_id=conversation.pk,
        brand=conversation.brand.slug,
        person_id=person_id,
        actor=viewer.actor,
        how=how,
        now=now,
    )


def let_go(
    *, viewer: Viewer, conversation: Conversation, how: How, since: datetime, now: datetime
) -> None:
    """What somebody did then was taken back, and with it that somebody had the calls: they are
    told on. Belongs in a transaction."""
    calls.release(
        conversation_id=conversation.pk,
        brand=conversation.brand.slug,
        how=how,
        since=since,
        actor=viewer.actor,
        now=now,
    )


def opened(*, viewer: Viewer, conversation_id: int, now: datetime) -> None:
    """Opening a conversation is seeing what was said of it, and having it."""
    seen = alerts.see_conversation(person_id=viewer.id, conversation_id=conversation_id, now=now)
    if queries.untaken(conversation_id):
        take(viewer=viewer, conversation_id=conversation_id, now=now, how=How.OPENED)
    if seen:
        _seen(viewer, now=now)


def take_alert(*, viewer: Viewer, alert: Told, now: datetime) -> int:
    """“I have it”, said of one alert of theirs: its conversation, or all of a storm. Returns how
    many they took."""
    if alert.kind == Kind.STORM:
        return take_bundle(viewer=viewer, alert_id=alert.id, now=now)
    if alert.conversation_id is None:
        return 0
    taken = take(viewer=viewer, conversation_id=alert.conversation_id, now=now)
    see(viewer=viewer, alert_id=alert.id, now=now)
    return taken


def take_bundle(*, viewer: Viewer, alert_id: int, now: datetime) -> int:
    """“I have them all”, of a storm; returns how many conversations."""
    taken = 0
    for conversation_id in queries.conversations_in(alert_id):
        taken += bool(take(viewer=viewer, conversation_id=conversation_id, now=now))
    see(viewer=viewer, alert_id=alert_id, now=now)
    return taken


def see(*, viewer: Viewer, alert_id: int | None, now: datetime) -> int:
    """Mark one alert, or all of one's own, as seen; other screens of theirs are told."""
    with transaction.atomic():
        seen = alerts.see(person_id=viewer.id, alert_id=alert_id, now=now)
        if seen:
            _seen(viewer, now=now)
    return seen


def _seen(viewer: Viewer, *, now: datetime) -> None:
    live.publish(topic="alert.raised", payload={"id": 0}, person=viewer.id, now=now)
