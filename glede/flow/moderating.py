"""An act of moderation goes out: evidence → queued → undo window → leaving → outcome.

It goes the way of a reply: `leaving` is committed before the platform is called, and nothing of
ours is held while it is. Where no answer came, the item itself is looked at; doing such an act once
more changes nothing, except a report, which is given to a person instead.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.desk.alerts.rules import Kind
from glede.desk.attachments import queries as attachments
from glede.desk.conversations import actions as conversations
from glede.desk.conversations.models import Message
from glede.desk.conversations.rules import Direction
from glede.desk.moderation import actions, queries, rules
from glede.desk.moderation.models import Deed
from glede.desk.moderation.rules import ActRefusedError, Reason
from glede.desk.outbox.rules import UNDERWAY, State
from glede.flow import connections, numbers, telling
from glede.flow.names import MODERATE
from glede.kit import clock, jobs, live
from glede.kit.words import say
from glede.platforms import registry
from glede.platforms.contract import (
    Act,
    Can,
    Connector,
    Deleted,
    Edited,
    Gone,
    Moderation,
    PlatformError,
    Reconnect,
    Refused,
    TryAgain,
    Written,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind, Stamp
from glede.rulebook.people.rules import Viewer

_ENDED = "The time it was set for is over."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants done to a message, and why."""

    act: Act
    reason: Reason
    words: str = ""
    #: A block: until then.
    ends_at: datetime | None = None
    #: They were told that it cannot be taken back, and mean it.
    sure: bool = False


# --- From the form to the queue ------------------------------------------------------------


def ask(*, viewer: Viewer, message_id: int, asked: Asked, now: datetime) -> int:
    """Queue an act on a resident's message. Returns its id; raises `ActRefusedError`."""
    with transaction.atomic():
        message = _message(message_id)
        conversation = conversations.lock(message.conversation_id or 0)
        lifts = _check(viewer, message, asked)
        ends_at = None
        if asked.act is Act.BLOCK:
            most = timedelta(days=settings.GLEDE_BLOCK_DAYS_MOST)
            ends_at = rules.check_end(asked.ends_at, now=now, most=most)
        release_at = now + timedelta(seconds=settings.GLEDE_UNDO_SECONDS)
        deed = actions.queue(
            message=message,
            handle_id=message.handle_id or 0,
            conversation=conversation,
            act=asked.act,
            reason=asked.reason,
            words=asked.words.strip(),
            ends_at=ends_at,
            lifts=lifts,
            attachments=attachments.facts(message.pk),
            person_id=viewer.id,
            release_at=release_at,
            stamp=Stamp(rules.CLAUSES[asked.reason], numbers.in_force(now).version),
            actor=viewer.actor,
            now=now,
        )
        jobs.defer(MODERATE, at=release_at, deed_id=deed.pk)
        _tell(deed, now=now)
        return deed.pk


def _message(message_id: int) -> Message:
    message = (
        Message.objects.select_related("conversation__account", "thread__account", "handle")
        .filter(pk=message_id, direction=Direction.IN)
        .exclude(native_id=None)
        .first()
    )
    if message is None or message.conversation is None or message.handle is None:
        raise ActRefusedError(say("That is no message of a resident’s."))
    return message


def _check(viewer: Viewer, message: Message, asked: Asked) -> Deed | None:
    """Raises `ActRefusedError`; returns the block that this act lifts, if it lifts one."""
    conversation, act = message.conversation, asked.act
    if conversation is None or not viewer.may(rules.ASKS[act], conversation.brand_id):
        raise ActRefusedError(
            say(
                "Your roles for this brand do not include that. Ask a lead: clause 6.8"
                " leaves it to them."
            )
        )
    platform = registry.get(message.platform)
    abilities = platform.capabilities.abilities
    offered = rules.ability(abilities, act)
    if offered.can is Can.NO:
        note = f" {offered.note}" if offered.note else ""
        raise ActRefusedError(
            say("%(platform)s does not let us do that.%(note)s", platform=platform.name, note=note)
        )
    if asked.reason is Reason.OTHER and not asked.words.strip():
        raise ActRefusedError(say("Say in a few words why."))
    if rules.is_final(act, abilities) and not asked.sure:
        raise ActRefusedError(
            say(
                "On %(platform)s this cannot be taken back from here. Confirm that you mean it.",
                platform=platform.name,
            )
        )
    if queries.is_waiting(message_id=message.pk, act=act):
        raise ActRefusedError(say("The same act is on its way already."))
    return _check_state(message, act, account_id=conversation.account_id)


def _check_state(message: Message, act: Act, *, account_id: int) -> Deed | None:
    in_force = queries.block_of(message.handle_id or 0, account_id)
    gone = message.deleted_at is not None or message.removed_at is not None
    if gone and act not in rules.ON_A_PERSON:
        raise ActRefusedError(say("It is not on the page any more."))
    if act is Act.HIDE and message.hidden_at is not None:
        raise ActRefusedError(say("It is hidden already."))
    if act is Act.UNHIDE and message.hidden_at is None:
        raise ActRefusedError(say("It is not hidden."))
    if act is Act.BLOCK and in_force is not None:
        raise ActRefusedError(say("They are blocked already."))
    if act is not Act.UNBLOCK:
        return None
    if in_force is None:
        raise ActRefusedError(say("They are not blocked."))
    return actions.lock(in_force.id)


def take_back(*, viewer: Viewer, deed_id: int, now: datetime) -> None:
    """Undo within the window. Raises `TooLate`, `ActRefusedError`."""
    with transaction.atomic():
        deed = _own(viewer, deed_id)
        actions.take_back(deed=deed, actor=viewer.actor, now=now)
        _tell(deed, now=now)


def try_again(*, viewer: Viewer, deed_id: int, now: datetime) -> None:
    """Try a failed act once more. Raises `WrongState`, `ActRefusedError`."""
    with transaction.atomic():
        deed = _own(viewer, deed_id)
        actions.try_again(deed=deed, actor=viewer.actor, now=now)
        jobs.defer(MODERATE, at=now, deed_id=deed.pk)
        _tell(deed, now=now)


def _own(viewer: Viewer, deed_id: int) -> Deed:
    deed = actions.lock(deed_id)
    if not viewer.may(rules.ASKS[Act(deed.act)], deed.conversation.brand_id):
        raise ActRefusedError(say("Your roles for this brand do not include that."))
    return deed


# --- From the queue to the platform --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Leaving:
    deed_id: int
    account_id: int
    platform: str
    moderation: Moderation
    look: bool


def run(*, deed_id: int) -> None:
    """Bring one act a step further. Safe to call at any time, any number of times."""
    leaving = _leave(deed_id, now=clock.now())
    if leaving is None:
        return
    database.close()  # nothing of ours is held while the platform is spoken to
    try:
        with connections.of(leaving.account_id) as connector:
            if leaving.look:
                seen = _look(connector, leaving, now=clock.now())
            else:
                connector.moderate(leaving.moderation, now=clock.now())
                seen = True
    except PlatformError as error:
        _did_not(leaving, error, now=clock.now())
        return
    _settle(leaving, seen, now=clock.now())


def _leave(deed_id: int, *, now: datetime) -> _Leaving | None:
    with transaction.atomic():
        deed = actions.lock(deed_id)
        state = State(deed.state)
        if state not in UNDERWAY or state is State.SENDING:
            return None
        if deed.next_try_at is None or deed.next_try_at > now:
            return None
        if state is State.UNKNOWN:
            until = now + timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS)
            actions.looking(deed=deed, until=until)
            return _gather(deed, look=True)
        if deed.account.state != "connected":
            why = deed.account.state_reason or "The account has to be connected again."
            actions.later(deed=deed, why=why, at=None, actor=SYSTEM, now=now)
            _after(deed, now=now)
            return None
        actions.leaving(deed=deed, now=now)
        _tell(deed, now=now)
        return _gather(deed, look=False)


def _gather(deed: Deed, *, look: bool) -> _Leaving:
    message = deed.message
    on_person = deed.act in rules.ON_A_PERSON
    return _Leaving(
        deed.pk,
        deed.account_id,
        deed.account.platform,
        Moderation(
            key=deed.key,
            act=Act(deed.act),
            native_id=message.native_id or "",
            root=message.thread.native_id if message.thread is not None else "",
            author=deed.handle.native_id if on_person or deed.act == Act.REPORT else "",
            private=message.private,
            reason=deed.words or deed.reason,
        ),
        look,
    )


def _look(connector: Connector, leaving: _Leaving, *, now: datetime) -> bool | None:
    """Was it done? `None` where the platform cannot be asked."""
    act, native_id = leaving.moderation.act, leaving.moderation.native_id
    if act not in rules.TO_BE_SEEN:
        return None
    parse = registry.get(leaving.platform).parse
    try:
        found = connector.lookup([native_id], now=now)
    except Refused:
        return None
    for raw in found:
        for event in parse(raw.body, raw.account):
            match event:
                case Deleted(native_id=one) if one == native_id:
                    return act is Act.DELETE
                case Written(post=post) | Edited(post=post) if post.native_id == native_id:
                    return act is not Act.DELETE and post.hidden is (act is Act.HIDE)
    return None


def _settle(leaving: _Leaving, seen: bool | None, *, now: datetime) -> None:
    """Seen done, seen not done, or not to be seen: then what is safe to repeat is repeated."""
    with transaction.atomic():
        deed = actions.lock(leaving.deed_id)
        if State(deed.state) not in (State.SENDING, State.UNKNOWN):
            return
        if seen:
            actions.done(deed=deed, actor=_actor(deed), now=now)
        elif seen is False or deed.act in rules.SAFE_TO_REPEAT:
            why = "It was not done; trying again."
            actions.later(deed=deed, why=why, at=None, actor=SYSTEM, now=now)
        else:
            name = registry.get(leaving.platform).name
            why = f"We cannot tell whether {name} has it. Look there before you try again."
            actions.failed(deed=deed, why=why, actor=SYSTEM, now=now)
        _after(deed, now=now)


def _did_not(leaving: _Leaving, error: PlatformError, *, now: datetime) -> None:
    with transaction.atomic():
        deed = actions.lock(leaving.deed_id)
        why = str(error)
        if State(deed.state) not in (State.SENDING, State.UNKNOWN):
            return
        if isinstance(error, Reconnect):
            accounts.lapsed(account_id=leaving.account_id, why=why, now=now)
        if leaving.look:
            actions.unknown(deed=deed, why=why, actor=SYSTEM, now=now)
        else:
            _outcome(deed, error, why=why, now=now)
        _after(deed, now=now)


def _outcome(deed: Deed, error: PlatformError, *, why: str, now: datetime) -> None:
    match error:
        case TryAgain(at=at):
            actions.later(deed=deed, why=why, at=at, actor=SYSTEM, now=now)
        case Reconnect():
            actions.later(deed=deed, why=why, at=None, actor=SYSTEM, now=now)
        case Gone() if deed.act == Act.DELETE:
            actions.done(deed=deed, actor=_actor(deed), now=now)
        case Refused():
            actions.failed(deed=deed, why=why, actor=SYSTEM, now=now)
        case _:
            actions.unknown(deed=deed, why=why, actor=SYSTEM, now=now)


def _after(deed: Deed, *, now: datetime) -> None:
    if deed.next_try_at is not None:
        jobs.defer(MODERATE, at=deed.next_try_at, deed_id=deed.pk)
    if deed.state == State.FAILED:
        _tell_failed(deed, now=now)
    _tell(deed, now=now)


def _actor(deed: Deed) -> Actor:
    if deed.person is None:
        return SYSTEM
    return Actor(ActorKind.PERSON, str(deed.person_id), deed.person.name)


def _tell_failed(deed: Deed, *, now: datetime) -> None:
    """Whoever asked for it is told; a block that did not end by itself is the leads' to end."""
    conversation = deed.conversation
    brand = conversation.brand_id
    who = [deed.person_id] if deed.person_id else telling.leads_and_owner(brand_id=brand, now=now)
    telling.tell(
        who=who,
        conversation=conversation,
        kind=Kind.FAILED,
        key=f"deed:{deed.pk}:{deed.tries}",
        says=f"“{rules.DOING[Act(deed.act)]}” in {conversation.name}’s conversation was not done:"
        f" {deed.why}",
        now=now,
    )


def _tell(deed: Deed, *, now: datetime) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": deed.conversation_id, "new": False},
        brand=deed.conversation.brand_id,
        now=now,
    )


# --- What platforms bring ------------------------------------------------------------------


def seen_there(*, message: Message, act: Act, at: datetime, now: datetime) -> bool:
    """The platform says that an act was done: ours, not confirmed yet, or somebody's in the app.
    Tells whether the message changed. Opens no transaction: the caller's holds it."""
    ours = queries.underway(message_id=message.pk, act=act)
    if ours is not None:
        deed = actions.lock(ours)
        if State(deed.state) in (State.SENDING, State.UNKNOWN):
            actions.done(deed=deed, actor=_actor(deed), now=now)
            _tell(deed, now=now)
        return True
    return actions.seen_there(message=message, act=act, at=at, now=now)


def removed_by_us(message: Message, *, now: datetime) -> bool:
    """Is this deletion, as the platform tells it, one of ours? Its enquiry still waits then."""
    if message.removed_at is not None:
        return True
    ours = queries.underway(message_id=message.pk, act=Act.DELETE)
    return ours is not None and seen_there(message=message, act=Act.DELETE, at=now, now=now)


# --- Time passes ---------------------------------------------------------------------------


def expire(*, now: datetime, limit: int = 100) -> int:
    """Lift the blocks whose time is over; each once. Returns how many."""
    found = queries.ending(now=now, limit=limit)
    for deed_id in found:
        with transaction.atomic():
            block = actions.lock(deed_id)
            if (
                block.lifted_at is not None
                or block.lifted_by.exclude(state=State.TAKEN_BACK).exists()
            ):
                continue
            deed = actions.queue(
                message=block.message,
                handle_id=block.handle_id,
                conversation=conversations.lock(block.conversation_id),
                act=Act.UNBLOCK,
                reason=Reason(block.reason),
                words=_ENDED,
                ends_at=None,
                lifts=block,
                attachments=attachments.facts(block.message_id),
                person_id=None,
                release_at=now,
                stamp=Stamp(block.clause, block.policy_version),
                actor=SYSTEM,
                now=now,
            )
            jobs.defer(MODERATE, at=now, deed_id=deed.pk)
            _tell(deed, now=now)
    return len(found)


def lost(*, now: datetime) -> int:
    """Acts whose sender died have an unknown outcome; whose job was lost get a new one."""
    before = now - timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS)
    found = 0
    for deed_id in queries.lost(before=before, limit=100):
        with transaction.atomic():
            deed = actions.lock(deed_id)
            if deed.state != State.SENDING:
                continue
            why = "The worker stopped in the middle; looking whether it was done."
            actions.unknown(deed=deed, why=why, actor=SYSTEM, now=now)
            _after(deed, now=now)
            found += 1
    overdue = queries.due(now=now, overdue_by=timedelta(seconds=15), limit=100)
    for deed_id in jobs.without(MODERATE, argument="deed_id", ids=overdue, now=now):
        jobs.defer(MODERATE, deed_id=deed_id)
        found += 1
    return found
