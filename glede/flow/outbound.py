"""An answer goes out, top to bottom: guard → queued → undo window → guard → sending → outcome.

`sending` is committed before the platform is called and no transaction or connection is held while
it is. If the answer never comes, the outcome is `unknown` and is read back before any second try.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from glede.desk.alerts.rules import How
from glede.desk.attachments import actions as attachments
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import queries_timescale
from glede.desk.conversations.models import Conversation
from glede.desk.outbox import actions as outbox
from glede.desk.outbox import actions_second as seconds
from glede.desk.outbox import queries_second
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import HELD, UNDERWAY, State, TooLate, WrongState
from glede.desk.replies import actions as replies
from glede.desk.replies import actions_closing as closings
from glede.desk.replies import queries as drafts
from glede.desk.replies.rules import (
    CLOSING,
    REPLY,
    Anyway,
    Finding,
    Found,
    unsettled,
    with_sign_off,
)
from glede.flow import (
    acknowledging,
    alerting,
    attaching,
    confirm,
    connections,
    guard,
    numbers,
    second,
    second_unanswered,
    told,
)
from glede.flow.guard import INVITES, Aside
from glede.flow.names import DELIVER
from glede.flow.numbers import InForce
from glede.kit import clock, gather, jobs, once
from glede.kit.again import again
from glede.kit.words import say
from glede.platforms import registry
from glede.platforms.contract import (
    AnswerThere,
    Can,
    Connector,
    Kind,
    OutboundMessage,
    PlatformError,
    Receipt,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit.rules import SYSTEM, Stamp
from glede.rulebook.people.rules import Viewer


@dataclass(frozen=True, slots=True)
class Queued:
    """It leaves at `release_at`; None where a second person has to say yes first."""

    delivery_id: int
    release_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing was queued: what to settle first."""

    findings: tuple[Finding, ...]


# --- From the composer to the outbox -------------------------------------------------------


def queue_reply(  # noqa: PLR0913 - a reply has these parts, each named
    *,
    viewer: Viewer,
    conversation_id: int,
    text: str,
    seen_revision: int,
    afterwards: str = "",
    confirmed: frozenset[str] = frozenset(),
    agreement_id: int | None = None,
    aside: Aside | None = None,
    in_public: bool = False,
    closing: bool = False,
    anyway: Anyway | None = None,
    ask: int | None = None,
    now: datetime,
) -> Queued | Stopped:
    """Queue a reply, or say what stands in its way. The words are kept as a draft either way
    until they are queued, so that nothing typed is lost. `agreement_id` names the planned
    timescale that these words tell; another conversation's is left out. It answers what they wrote
    last; `aside` answers their last public message in private, or asks them there; `in_public`
    answers it in public. `closing`: it is the public closing line of a matter settled in private,
    written beside whatever else stands in the composer. `anyway`: why what the checks found goes
    out all the same; where a second person has to say yes to that, it waits for one (`second`), and
    `ask` is the colleague to ask."""
    mode = CLOSING if closing else REPLY
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        parent = guard.to_answer(conversation, in_public=in_public or aside is not None)
        words = with_sign_off(text, viewer.sign_off)
        pictures = (
            []
            if closing
            else attachments.drafts_of(conversation_id=conversation_id, person_id=viewer.id)
        )
        findings = guard.findings(
            viewer,
            conversation,
            parent,
            text,
            pictures=pictures,
            aside=aside,
            seen_revision=seen_revision,
            now=now,
        )
        if not text.strip() and not pictures:
            findings = (Finding(Found.EMPTY, say("Write something first."), stops=True),)
        open_findings = unsettled(findings, confirmed, anyway or "")
        if open_findings:
            replies.keep_draft(
                conversation_id=conversation_id,
                person_id=viewer.id,
                text=text,
                mode=mode,
                where=_where(aside, in_public=in_public),
                line=aside.public_line if aside else "",
                now=now,
            )
            guard.audit_stop(viewer, conversation, open_findings, words, now=now)
            return Stopped(open_findings)
        shown = conversation.revision
        took = (
            ""
            if closing
            else conversations.take(
                conversation=conversation, person_id=viewer.id, actor=viewer.actor, now=now
            )
        )
        force = numbers.in_force(parent.received_at if parent is not None else now)
        waits = any(one.wants_second for one in findings)
        release_at = now + timedelta(seconds=settings.GLEDE_UNDO_SECONDS)
        delivery = outbox.queue(
            conversation=conversation,
            in_reply_to=parent,
            person_id=viewer.id,
            text=words,
            afterwards=afterwards,
            release_at=release_at,
            stamp=_stamp(conversation, force, about_privacy=closing or aside is not None),
            because=aside.because if aside and not aside.invites else None,
            public_line=(
                with_sign_off(aside.public_line, viewer.sign_off)
                if aside and aside.public_line.strip()
                else ""
            ),
            agreement_id=(
                agreement_id if agreement_id == queries_timescale.planned(conversation_id) else None
            ),
            pictures=pictures,
            took=took,
            waits=waits,
            actor=viewer.actor,
            now=now,
        )
        replies.drop_draft(conversation_id=conversation_id, person_id=viewer.id, mode=mode)
        overruled = tuple(one for one in findings if one.found is Found.CHECKED)
        if waits:
            second.ask(
                viewer=viewer,
                delivery=delivery,
                found=overruled,
                because=anyway,
                of=ask,
                now=now,
            )
        elif overruled:
            guard.audit_anyway(viewer, delivery, overruled, anyway, now=now)
        if any(one.found is Found.LOOK for one in findings):
            guard.audit_looked(viewer, delivery, [one.pk for one in pictures], now=now)
        # Who answers has read what they answer, however quickly they went on.
        conversations.read(
            conversation_id=conversation_id,
            person_id=viewer.id,
            # That it is theirs now is their own doing, and nothing new to them.
            revision=conversation.revision if seen_revision >= shown else seen_revision,
            now=now,
        )
        if aside is not None and aside.invites:
            guard.audit_invited(viewer, delivery, aside.because, now=now)
        if not waits:
            jobs.defer(DELIVER, at=release_at, delivery_id=delivery.pk)
        alerting.handed(
            viewer=viewer,
            conversation=conversation,
            person_id=viewer.id,
            how=How.ANSWERED,
            now=now,
        )
        confirm.tell(delivery, now=now)
        return Queued(delivery.pk, None if waits else release_at)


def _where(aside: Aside | None, *, in_public: bool) -> str:
    """What the composer calls it."""
    if aside is not None:
        return f"{INVITES}{aside.because}" if aside.invites else aside.because
    return "public" if in_public else ""


def _stamp(conversation: Conversation, force: InForce, *, about_privacy: bool) -> Stamp:
    """The clause it serves: the promise's, or the one that lets a matter go into private."""
    if about_privacy:
        return Stamp(force.book.rule("private_when").clause, force.version)
    return Stamp(conversation.due_clause or force.promise.in_hours_clause, force.version)


def take_back(*, viewer: Viewer, delivery_id: int, now: datetime) -> int:
    """Undo within the window, or while nobody has said yes; the words return to the composer.
    Raises `outbox.TooLate`, also for what a colleague has asked a second person about.

    Returns the conversation's id.
    """
    with transaction.atomic():
        delivery = outbox.lock(delivery_id)
        asked = queries_second.of_delivery(delivery)
        held = State(delivery.state) in HELD
        if held and not second.may_withdraw(viewer, delivery, now=now):
            raise TooLate(say("Only whoever wrote it can take it back. Say no to it instead."))
        outbox.take_back(delivery=delivery, actor=viewer.actor, now=now)
        if delivery.took:
            conversations.give_back(
                conversation_id=delivery.conversation_id,
                person_id=viewer.id,
                state=delivery.took,
                actor=viewer.actor,
                now=now,
            )
        if asked is not None:
            seconds.withdraw(look=asked, now=now)
            second_unanswered.over(asked, now=now)
        alerting.let_go(
            viewer=viewer,
            conversation=delivery.conversation,
            how=How.ANSWERED,
            since=delivery.queued_at,
            now=now,
        )
        closing = closings.of_delivery(delivery)
        if closing is not None:
            closings.undo(answered=closing, actor=viewer.actor, now=now)
        words = _unsigned(delivery.text, viewer)
        replies.keep_draft(
            conversation_id=delivery.conversation_id,
            person_id=viewer.id,
            mode=CLOSING if closing is not None else REPLY,
            text=_beside(words, viewer, delivery) if held and closing is None else words,
            # As private, or as public, as it was going to be: words for one person must not come
            # back as a public reply.
            where=delivery.private_because or ("" if delivery.private else "public"),
            line=_unsigned(delivery.public_line, viewer),
            now=now,
        )
        confirm.tell(delivery, now=now)
        return delivery.conversation_id


def _beside(words: str, viewer: Viewer, delivery: Delivery) -> str:
    """A reply that waited comes back before what was typed in the composer since."""
    typed = drafts.draft(conversation_id=delivery.conversation_id, person_id=viewer.id)
    return f"{words}\n\n{typed}" if typed.strip() else words


def _unsigned(words: str, viewer: Viewer) -> str:
    return words.removesuffix(f"^{viewer.sign_off}").rstrip()


def try_again(*, viewer: Viewer, delivery_id: int, now: datetime) -> int:
    """Send a failed delivery once more. Returns the conversation's id; raises `WrongState`."""
    with transaction.atomic():
        delivery = outbox.lock(delivery_id)
        if guard.spent(delivery):
            raise WrongState(guard.ONCE)
        outbox.try_again(delivery=delivery, actor=viewer.actor, now=now)
        jobs.defer(DELIVER, at=now, delivery_id=delivery.pk)
        confirm.tell(delivery, now=now)
        return delivery.conversation_id


# --- From the outbox to the platform -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Leaving:
    """Everything the call needs, read before it, so that no transaction is open during it."""

    delivery_id: int
    account_id: int
    message: OutboundMessage
    read_back: bool


def deliver(*, delivery_id: int) -> None:
    """Bring one delivery a step further. Safe to call at any time, any number of times: the row's
    state decides, and only one caller can move it into `sending`."""
    leaving = _leave(delivery_id, now=clock.now())
    if leaving is None:
        return
    # Nothing is locked while the platform is spoken to. The connection stays, idle: a new one has
    # to learn the catalogue anew, which cost more than the whole delivery.
    try:
        with connections.of(leaving.account_id) as connector:
            if leaving.read_back:
                receipt = connector.read_back(leaving.message, now=clock.now())
                if receipt is None:
                    _not_there(leaving, now=clock.now())
                    return
            else:
                receipt = _send(connector, leaving)
    except PlatformError as error:
        _did_not(leaving, error, now=clock.now())
        return
    # The platform may tell us of it by its own way at this moment: both write the same message.
    again(lambda: _sent(delivery_id, receipt))


def _sent(delivery_id: int, receipt: Receipt) -> None:
    with transaction.atomic(), gather.together(), once.remembering():
        confirm.sent(delivery_id=delivery_id, receipt=receipt, now=clock.now())


def _send(connector: Connector, leaving: _Leaving) -> Receipt:
    return connector.send(leaving.message, now=clock.now())


def _leave(delivery_id: int, *, now: datetime) -> _Leaving | None:
    """Commit `sending` (or decide to read back), and gather what the call needs."""
    with transaction.atomic(), gather.together(), once.remembering():
        delivery = outbox.lock(delivery_id)
        state = State(delivery.state)
        if state not in UNDERWAY or state is State.SENDING:
            return None
        if delivery.next_try_at is None or delivery.next_try_at > now:
            return None
        if state is State.UNKNOWN:
            outbox.reading_back(
                delivery=delivery,
                until=now + timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS),
            )
            return _gather(delivery, read_back=True)
        if delivery.account.state != "connected":
            outbox.later(
                delivery=delivery,
                why=delivery.account.state_reason or "The account has to be connected again.",
                at=None,
                actor=SYSTEM,
                now=now,
            )
            _after(delivery, now=now)
            return None
        if delivery.automatic and acknowledging.is_pointless(delivery, now=now):
            outbox.take_back(delivery=delivery, actor=SYSTEM, now=now)
            return None
        why = guard.too_late(delivery, now=now)
        if why:
            outbox.failed(delivery=delivery, why=why, actor=SYSTEM, now=now)
            _after(delivery, now=now)
            return None
        outbox.sending(delivery=delivery, now=now)
        confirm.tell(delivery, now=now)
        return _gather(delivery, read_back=False)


def _gather(delivery: Delivery, *, read_back: bool) -> _Leaving:
    parent, root = delivery.in_reply_to, None
    if parent is not None:
        root = told.root_of(delivery.thread)
    notify, link = told.way_back(delivery)
    return _Leaving(
        delivery.pk,
        delivery.account_id,
        OutboundMessage(
            key=delivery.key,
            text=delivery.text,
            queued_at=delivery.queued_at,
            parent=(parent.native_id or "") if parent is not None else "",
            parent_revision=parent.revision if parent is not None else "",
            root=delivery.thread.native_id,
            root_revision=root or "",
            private=delivery.private,
            notify=notify,
            link=link,
            speaker=delivery.person.sign_off if delivery.person is not None else "",
            automatic=delivery.automatic,
            parent_kind=Kind(parent.kind) if parent is not None else None,
            to=parent.handle.native_id if parent is not None and parent.handle is not None else "",
            heard_at=guard.heard_at(delivery),
            media=() if read_back else attaching.enclosed(delivery),
        ),
        read_back,
    )


def _not_there(leaving: _Leaving, *, now: datetime) -> None:
    """Read back and not found: it did not arrive, so it may be tried again with the same key.

    A platform without such a key would show a second try as a second post, and its lists may lag
    behind its own writes, or a slow call may still be at work there: only what is still not found
    after a while counts as not arrived.
    """
    with transaction.atomic():
        delivery = outbox.lock(leaving.delivery_id)
        if delivery.state != State.UNKNOWN:
            return
        settled_at = _settled_at(delivery)
        if now < settled_at:
            outbox.unknown(
                delivery=delivery,
                why="It is not to be seen there yet; looking again before anything is sent.",
                actor=SYSTEM,
                now=now,
                at=settled_at,
            )
        else:
            outbox.later(
                delivery=delivery,
                why="It did not arrive; trying again.",
                at=None,
                actor=SYSTEM,
                now=now,
            )
        _after(delivery, now=now)


def _settled_at(delivery: Delivery) -> datetime:
    """From when on “not found” means “not there”."""
    left_at = delivery.sending_at or delivery.release_at
    abilities = registry.get(delivery.account.platform).capabilities.abilities
    if "idempotency_key" in abilities and abilities["idempotency_key"].can is Can.YES:
        return left_at
    return left_at + timedelta(seconds=settings.GLEDE_READ_BACK_SETTLES_SECONDS)


def _did_not(leaving: _Leaving, error: PlatformError, *, now: datetime) -> None:
    """Record why it did not go. While reading back, an error changes nothing but the next look."""
    with transaction.atomic():
        delivery = outbox.lock(leaving.delivery_id)
        why = str(error)
        if State(delivery.state) not in (State.SENDING, State.UNKNOWN):
            return
        if leaving.read_back:
            if isinstance(error, Reconnect):
                accounts.lapsed(account_id=leaving.account_id, why=why, now=now)
            outbox.unknown(delivery=delivery, why=why, actor=SYSTEM, now=now)
        else:
            _outcome(delivery, error, why=why, now=now)
        _after(delivery, now=now)


def _outcome(delivery: Delivery, error: PlatformError, *, why: str, now: datetime) -> None:
    match error:
        case TryAgain(at=at):
            outbox.later(delivery=delivery, why=why, at=at, actor=SYSTEM, now=now)
        case Reconnect():
            accounts.lapsed(account_id=delivery.account_id, why=why, now=now)
            outbox.later(delivery=delivery, why=why, at=None, actor=SYSTEM, now=now)
        case AnswerThere(url=url):
            outbox.failed(delivery=delivery, why=why, answer_at=url, actor=SYSTEM, now=now)
        case Refused():
            outbox.failed(delivery=delivery, why=why, actor=SYSTEM, now=now)
        case _:  # what a plug-in should not raise says nothing about whether it was done
            outbox.unknown(delivery=delivery, why=why, actor=SYSTEM, now=now)


def _after(delivery: Delivery, *, now: datetime) -> None:
    """Whatever became of it: the next try has its job, the person is told, screens are told."""
    if delivery.next_try_at is not None:
        jobs.defer(DELIVER, at=delivery.next_try_at, delivery_id=delivery.pk)
    if delivery.state == State.FAILED:
        told.failed(delivery, now=now)
        if delivery.automatic:
            acknowledging.failed(delivery=delivery, now=now)
    confirm.tell(delivery, now=now)


def lost(*, now: datetime) -> int:
    """Deliveries whose sender died while sending have an unknown outcome; whose job was lost get
    a new one. Returns how many were found."""
    before = now - timedelta(seconds=settings.GLEDE_SENDING_LOST_SECONDS)
    found = 0
    for delivery_id in outbox.lost(before=before, limit=100):
        with transaction.atomic():
            delivery = outbox.lock(delivery_id)
            if delivery.state != State.SENDING:
                continue
            outbox.unknown(
                delivery=delivery,
                why="The worker stopped while sending; looking whether it arrived.",
                actor=SYSTEM,
                now=now,
            )
            _after(delivery, now=now)
            found += 1
    overdue = outbox.due(now=now, overdue_by=timedelta(seconds=15), limit=100)
    for delivery_id in jobs.without(DELIVER, argument="delivery_id", ids=overdue, now=now):
        jobs.defer(DELIVER, delivery_id=delivery_id)
        found += 1
    return found
