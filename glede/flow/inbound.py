"""What comes in, top to bottom: raw event → message → conversation → clock → alert → screens.

Read this first. A raw event was kept by the door or by a poll before anybody understood it. Here it
is understood, once: whatever goes wrong with one event sets that event aside and stops no other.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from glede.desk.clocks import actions as clocks
from glede.desk.clocks.rules import ClockEvent
from glede.desk.contacts import actions as contacts
from glede.desk.conversations import actions_inbound as inbound
from glede.desk.conversations import queries_timescale, veil
from glede.desk.conversations.models import Conversation, Message, Thread
from glede.desk.conversations.rules import Direction
from glede.desk.intake import actions as intake
from glede.desk.intake.rules import Waiting, Way
from glede.desk.outbox import queries as outbox
from glede.flow import (
    acknowledging,
    alerting,
    attaching,
    confirm,
    keeping,
    moderating,
    numbers,
    sharing,
)
from glede.flow.names import LOOK_UP
from glede.kit import claim, gather, jobs, live, once
from glede.kit.again import again
from glede.platforms import captured, registry
from glede.platforms.contract import (
    Act,
    Deleted,
    Edited,
    Ignored,
    InboundEvent,
    Moderated,
    Post,
    Written,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.accounts import queries as account_queries
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, ActorKind, Stamp, Verb

log = logging.getLogger(__name__)

#: An event that loses a race for a unique row is simply done again; it loses at most this often.
RACES = 3


class Unplaceable(ValueError):  # noqa: N818 - reads as a sentence
    """The event is well-formed, but names something this desk does not have."""


#: The accounts that the events of one batch are for, by app and native id.
type Accounts = dict[tuple[int, str], Account | None]


@dataclass(frozen=True, slots=True)
class Drained:
    taken: int
    aside: int


def drain(*, now: datetime, limit: int = 100) -> Drained:
    """Understand up to `limit` waiting events, oldest first.

    One worker at a time does so, and the others stand by: what a person wrote is understood in the
    order it came, and no two workers wait for each other's conversations. A reply of ours that is
    confirmed meanwhile writes the same message as its echo: who is ended by that begins anew.
    """
    return again(lambda: _drain(now=now, limit=limit))


def _drain(*, now: datetime, limit: int) -> Drained:
    with transaction.atomic(), gather.together(), once.remembering():
        if not claim.alone("glede.drain"):
            return Drained(0, 0)
        batch = intake.take(limit=limit, now=now)
        accounts_of: Accounts = {}
        done: list[int] = []
        heard: Counter[tuple[int, str]] = Counter()
        for raw in batch:
            try:
                by = _understand(raw, accounts_of, now=now)
            except OperationalError:
                raise  # the database, not the event, is unwell: the whole batch stays waiting
            except Exception as error:  # noqa: BLE001 - a poison event must never block the others
                log.warning("event %s set aside: %s", raw.pk, type(error).__name__)
                intake.set_aside(event_id=raw.pk, error=_sentence(error), now=now)
            else:
                done.append(raw.pk)
                heard.update((account_id, raw.way) for account_id in by)
        intake.done(ids=done, now=now)
        intake.tally(heard=heard, now=now)
        for account_id in {account_id for account_id, _ in heard}:
            accounts.heard(account_id=account_id, now=now)
    return Drained(len(batch), len(batch) - len(done))


def _sentence(error: Exception) -> str:
    """The error for the person who looks at the event; database errors may quote words, so only
    their kind is told."""
    if isinstance(error, DatabaseError):
        return f"The database refused it ({type(error).__name__})."
    return f"{type(error).__name__}: {error}"[:500]


def _understand(raw: Waiting, accounts_of: Accounts, *, now: datetime) -> set[int]:
    parse = captured.parse if raw.way == Way.CAPTURE else registry.get(raw.platform).parse
    heard = set()
    for event in parse(raw.body, raw.account):
        account = _account(raw, event, accounts_of)
        for race in range(RACES):
            try:
                with transaction.atomic(), gather.together():
                    _take_in(event, account=account, way=raw.way, now=now)
                break
            except IntegrityError:
                if race == RACES - 1:
                    raise
        # What somebody copied by hand does not show that the platform still reaches us.
        if account is not None and raw.way != Way.CAPTURE:
            heard.add(account.pk)
    return heard


def _account(raw: Waiting, event: InboundEvent, known: Accounts) -> Account | None:
    match event:
        case Ignored():
            return None
        case Deleted(account=native_id) | Moderated(account=native_id):
            named = native_id
        case Written(post=post) | Edited(post=post):
            named = post.account
    key = (raw.app_id, named or raw.account)
    if key not in known:
        known[key] = account_queries.account_for(app_id=key[0], native_id=key[1])
    account = known[key]
    if account is None:
        raise Unplaceable(
            f"It is for account “{named or raw.account}”, which is not connected to this app."
        )
    return account


def _take_in(event: InboundEvent, *, account: Account | None, way: str, now: datetime) -> None:
    if account is None:
        return
    match event:
        case Written(post=post):
            written(account=account, post=post, way=way, now=now)
        case Edited(post=post, at=at):
            edited(account=account, post=post, at=at, way=way, now=now)
        case Deleted(native_id=native_id, at=at):
            deleted(account=account, native_id=native_id, at=at, way=way, now=now)
        case Moderated(native_id=native_id, act=act, at=at):
            moderated(account=account, native_id=native_id, act=act, at=at, way=way, now=now)
        case Ignored():
            return


def written(*, account: Account, post: Post, way: str, now: datetime) -> None:
    """Something was written, or was seen again."""
    known = inbound.find_message(platform=account.platform, native_id=post.native_id)
    if known is not None and known.thread_id is not None:
        _seen_again(account, known, post, way=way, now=now)
        return
    force = numbers.in_force(min(post.at, now))
    thread, new_thread = _meet_thread(account, post, force.limits, now=now)
    if post.ours:
        _ours(account, thread, post, way=way, now=now)
        return
    met = _meet(account, post, now=now)
    place = inbound.place(
        account=account,
        thread=thread,
        # Who is known may have been answered in public before they write in private.
        fresh=new_thread and (met.new or not thread.private),
        handle=met.handle,
        post=post,
        gone=known is not None,
        limits=force.limits,
        now=now,
    )
    message = inbound.keep_message(
        account=account,
        thread=thread,
        post=post,
        direction=Direction.IN,
        handle=met.handle,
        place=place,
        tombstone=known,
        now=now,
    )
    inbound.sight(message=message, way=way, account_id=account.pk, now=now)
    if known is None:
        attaching.note(message=message, account_id=account.pk, media=post.media, now=now)
    if post.unread:
        jobs.defer(LOOK_UP, at=now, account_id=account.pk, native_id=post.native_id, tries=0)
    clause = place.conversation.due_clause or force.promise.in_hours_clause
    clock = None
    if place.enquiry is not None and place.starts_clock:
        clock = keeping.enquiry_opened(
            enquiry=place.enquiry, force=force, now=now, fresh=place.new_conversation
        )
        clause = clock.clause
        alerting.appeared(enquiry=place.enquiry, clause=clause, now=now)
    if post.hidden:
        moderating.seen_there(message=message, act=Act.HIDE, at=now, now=now)
    _record_arrival(place, message, Stamp(clause, force.version), now=now)
    if place.enquiry is not None:
        found = acknowledging.look(message=message, text=post.text, force=force, now=now)
        if clock is not None:
            acknowledging.consider(
                message=message,
                clock=clock,
                found=found,
                force=force,
                new_person=met.new,
                now=now,
            )
    _find_owner(place, post, now=now)
    if place.starts_clock and not new_thread:
        _answered_already(place.conversation, message, now=now)
    _tell(place.conversation, new=place.new_conversation, now=now)


def _meet_thread(
    account: Account, post: Post, limits: inbound.Limits, *, now: datetime
) -> tuple[Thread, bool]:
    """The thread a post stands in, and whether it is new; what the post it stands under shows is
    asked for when that is first met."""
    met = inbound.meet_thread(account=account, post=post, limits=limits, now=now)
    if met.new_subject is not None and post.subject is not None:
        attaching.note_subject(subject=met.new_subject, media=post.subject.media, now=now)
    return met.thread, met.new


def _meet(account: Account, post: Post, *, now: datetime) -> contacts.Met:
    """Who wrote it; under a new name their conversations go by that."""
    met = contacts.meet(platform=account.platform, author=post.author, notify=post.notify, now=now)
    if met.was:
        inbound.rename(contact_id=met.handle.contact_id, was=met.was, name=met.handle.name)
    return met


def _seen_again(account: Account, known: Message, post: Post, *, way: str, now: datetime) -> None:
    inbound.sight(message=known, way=way, account_id=account.pk, now=now)
    if way != Way.WEBHOOK:
        # A list has the words as they are now. A call tells of the writing itself, and calls come
        # out of order: where other words are known, they came with an edit.
        _new_words(known, post, at=now, now=now)
        if known.handle is not None and known.handle.name != post.author.name:
            # A call may keep the name back that the list tells.
            _meet(account, post, now=now)
    if post.hidden and known.hidden_at is None:
        _moderated(known, Act.HIDE, at=now, now=now)
    if post.ours and post.private and known.private:
        _in_its_own_thread(account, known, post, now=now)


def _find_owner(place: inbound.Place, post: Post, *, now: datetime) -> None:
    """What is new and waits goes to somebody by rule, where there is one."""
    if place.new_conversation and place.enquiry is not None:
        sharing.share(conversation=place.conversation, words=post.text, now=now)


def _record_arrival(place: inbound.Place, message: Message, stamp: Stamp, *, now: datetime) -> None:
    conversation = place.conversation
    who = Actor(ActorKind.CONTACT, str(conversation.contact_id), "a resident")
    verbs = [Verb.MESSAGE_RECEIVED]
    if place.new_conversation:
        verbs.insert(0, Verb.CONVERSATION_OPENED)
    for verb in verbs:
        audit.record(
            actor=who,
            verb=verb,
            object_kind="conversation",
            object_id=conversation.pk,
            brand=conversation.brand.slug,
            stamp=stamp,
            details={
                "message": message.pk,
                "received_at": message.received_at.isoformat(),
                "enquiry": place.enquiry.pk if place.enquiry else None,
            },
            now=now,
        )


def _answered_already(conversation: Conversation, message: Message, *, now: datetime) -> None:
    """Our answer, typed in the platform's own app, may reach us before the question does."""
    answer = inbound.early_answer(message=message, conversation=conversation)
    if answer is not None:
        confirm.answered(conversation=conversation, message=answer, actor=SYSTEM, now=now)


def _ours(account: Account, thread: Thread, post: Post, *, way: str, now: datetime) -> None:
    """An echo of a reply we sent, or an answer typed in the platform's own app."""
    echo = outbox.echo_of(account_id=account.pk, thread_id=thread.pk, post=post)
    if echo is not None:
        message = confirm.sent(delivery_id=echo, receipt=confirm.receipt_of(post), now=now)
        if message is not None:
            inbound.sight(message=message, way=way, account_id=account.pk, now=now)
            if thread.private:
                inbound.moved_to(message=message, thread=thread)
        return
    message, conversation = inbound.keep_ours(account=account, thread=thread, post=post, now=now)
    attaching.note(message=message, account_id=account.pk, media=post.media, now=now)
    inbound.sight(message=message, way=way, account_id=account.pk, now=now)
    if conversation is not None:
        confirm.answered(conversation=conversation, message=message, actor=SYSTEM, now=now)
        _tell(conversation, new=False, now=now)


def _in_its_own_thread(account: Account, message: Message, post: Post, *, now: datetime) -> None:
    """The echo of a private answer to something public says in which private thread it stands."""
    limits = numbers.in_force(min(post.at, now)).limits
    thread, _ = _meet_thread(account, post, limits, now=now)
    inbound.moved_to(message=message, thread=thread)


def edited(*, account: Account, post: Post, at: datetime, way: str, now: datetime) -> None:
    """New words of a known message; of an unknown one they are its first words."""
    known = inbound.find_message(platform=account.platform, native_id=post.native_id)
    if known is None or known.thread_id is None:
        written(account=account, post=post, way=way, now=now)
        return
    inbound.sight(message=known, way=way, account_id=account.pk, now=now)
    _new_words(known, post, at=at, now=now)


def _new_words(message: Message, post: Post, *, at: datetime, now: datetime) -> None:
    if not inbound.add_version(
        message=message,
        text=post.text,
        revision=post.revision,
        at=at,
        now=now,
        flagged=veil.of_post(post),
    ):
        return
    if message.conversation is not None:
        _audit_message(message, Verb.MESSAGE_EDITED, now=now)
        if message.direction == Direction.IN:
            force = numbers.in_force(message.received_at)
            acknowledging.look(message=message, text=post.text, force=force, now=now)
            inbound.propose(conversation_id=message.conversation.pk, praise=force.limits.praise)
        _tell(message.conversation, new=False, now=now)


def deleted(*, account: Account, native_id: str, at: datetime, way: str, now: datetime) -> None:
    """Taken away: a withdrawn enquiry closes; if it was our answer, the clock runs again."""
    known = inbound.find_message(platform=account.platform, native_id=native_id)
    if known is not None and moderating.removed_by_us(known, now=now):
        inbound.sight(message=known, way=way, account_id=account.pk, now=now)
        return  # we took it away, not its author: what it asked still waits
    if known is None and way == Way.STREAM:
        return  # a stream tells in order: what it deletes and we do not know never concerned us
    message = inbound.keep_deletion(
        platform=account.platform, native_id=native_id, at=at, message=known, now=now
    )
    if message is None:
        return
    inbound.sight(message=message, way=way, account_id=account.pk, now=now)
    if message.conversation is None:
        return
    _audit_message(message, Verb.MESSAGE_DELETED, now=now)
    praise = numbers.in_force(message.received_at).limits.praise
    inbound.propose(conversation_id=message.conversation.pk, praise=praise)
    if message.direction == Direction.OUT:
        _answer_gone(message, now=now)
    elif (
        message.enquiry is not None
        # What was promised is still owed, though they took their words away.
        and queries_timescale.holding(message.conversation.pk) is None
        and inbound.withdraw_if_empty(enquiry=message.enquiry, at=message.deleted_at or now)
    ):
        clocks.close(
            enquiry=message.enquiry, event=ClockEvent.AUTHOR_WITHDREW, actor=SYSTEM, now=now
        )
    _tell(message.conversation, new=False, now=now)


def moderated(
    *, account: Account, native_id: str, act: Act, at: datetime, way: str, now: datetime
) -> None:
    """Somebody hid, showed or removed it in the platform's own app, or the platform did. Nothing
    stops its clock by that: the question is still answered (clause 6.8)."""
    known = inbound.find_message(platform=account.platform, native_id=native_id)
    if known is None:
        return  # what we never had needs no mark; a message that comes later says itself
    inbound.sight(message=known, way=way, account_id=account.pk, now=now)
    _moderated(known, act, at=at, now=now)


def _moderated(message: Message, act: Act, *, at: datetime, now: datetime) -> None:
    changed = moderating.seen_there(message=message, act=act, at=at, now=now)
    if changed and message.conversation is not None:
        _tell(message.conversation, new=False, now=now)


def _answer_gone(message: Message, *, now: datetime) -> None:
    """The clock it stopped runs again, due as before; a later answer that still stands stops it
    at its own time. Where the resident has asked anew since, that enquiry's clock is the one."""
    if message.automatic:
        acknowledging.gone(message=message, now=now)
        return
    enquiry = message.enquiry
    if enquiry is None or enquiry.answered_at is None or inbound.asked_anew(enquiry):
        return
    conversation = inbound.unanswer(enquiry=enquiry)
    clocks.reopen(
        enquiry=enquiry,
        event=ClockEvent.ANSWER_DELETED,
        stopped_at=message.received_at,
        actor=SYSTEM,
        now=now,
    )
    other = inbound.standing_answer(enquiry)
    if other is not None:
        confirm.answered(conversation=conversation, message=other, actor=SYSTEM, now=now)


def _audit_message(message: Message, verb: Verb, *, now: datetime) -> None:
    conversation = message.conversation
    if conversation is None:
        return
    contact = message.handle.contact_id if message.handle is not None else None
    audit.record(
        actor=Actor(ActorKind.CONTACT, str(contact), "a resident") if contact else SYSTEM,
        verb=verb,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"message": message.pk},
        now=now,
    )


def _tell(conversation: Conversation, *, new: bool, now: datetime) -> None:
    live.publish(
        topic="conversation.changed",
        payload={"id": conversation.pk, "new": new},
        brand=conversation.brand_id,
        now=now,
    )
