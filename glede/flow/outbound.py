"""An answer goes out, top to bottom: guard → queued → undo window → guard → sending → outcome.

`sending` is committed before the platform is called and no transaction or connection is held while
it is. If the answer never comes, the outcome is `unknown` and is read back before any second try.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction

from glede.desk.conversations import actions as conversations
from glede.desk.conversations import queries_timescale
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import Direction
from glede.desk.outbox import actions as outbox
from glede.desk.outbox.models import Delivery
from glede.desk.outbox.rules import UNDERWAY, State
from glede.desk.replies import actions as replies
from glede.desk.replies.rules import Finding, Found, length_finding, unsettled, with_sign_off
from glede.flow import acknowledging, confirm, connections, numbers, told
from glede.flow.names import DELIVER
from glede.kit import clock, crypto, jobs
from glede.platforms import registry
from glede.platforms.contract import (
    Can,
    Connector,
    OutboundMessage,
    PlatformError,
    Receipt,
    Reconnect,
    Refused,
    TryAgain,
)
from glede.rulebook.accounts import actions as accounts
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Stamp, Verb
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Queued:
    delivery_id: int
    release_at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing was queued: what to settle first."""

    findings: tuple[Finding, ...]


# --- From the composer to the outbox -------------------------------------------------------


def queue_reply(
    *,
    viewer: Viewer,
    conversation_id: int,
    text: str,
    seen_revision: int,
    afterwards: str = "",
    confirmed: frozenset[str] = frozenset(),
    agreement_id: int | None = None,
    now: datetime,
) -> Queued | Stopped:
    """Queue a reply, or say what stands in its way. The words are kept as a draft either way
    until they are queued, so that nothing typed is lost. `agreement_id` names the planned
    timescale that these words tell; another conversation's is left out."""
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        parent = _to_answer(conversation)
        words = with_sign_off(text, viewer.sign_off)
        findings = _guard(viewer, conversation, parent, words, seen_revision=seen_revision)
        if not text.strip():
            findings = (Finding(Found.EMPTY, "Write something first.", stops=True),)
        open_findings = unsettled(findings, confirmed)
        if open_findings:
            replies.keep_draft(
                conversation_id=conversation_id, person_id=viewer.id, text=text, now=now
            )
            _audit_stop(viewer, conversation, open_findings, words, now=now)
            return Stopped(open_findings)
        force = numbers.in_force(parent.received_at if parent is not None else now)
        release_at = now + timedelta(seconds=settings.GLEDE_UNDO_SECONDS)
        delivery = outbox.queue(
            conversation=conversation,
            in_reply_to=parent,
            person_id=viewer.id,
            text=words,
            afterwards=afterwards,
            release_at=release_at,
            stamp=Stamp(conversation.due_clause or force.promise.in_hours_clause, force.version),
            agreement_id=(
                agreement_id if agreement_id == queries_timescale.planned(conversation_id) else None
            ),
            actor=viewer.actor,
            now=now,
        )
        replies.drop_draft(conversation_id=conversation_id, person_id=viewer.id)
        jobs.defer(DELIVER, at=release_at, delivery_id=delivery.pk)
        confirm.tell(delivery, now=now)
        return Queued(delivery.pk, release_at)


def _to_answer(conversation: Conversation) -> Message | None:
    """The resident's newest message that still stands."""
    return (
        conversation.messages.filter(direction=Direction.IN, deleted_at=None)
        .exclude(native_id=None)
        .order_by("-received_at", "-pk")
        .first()
    )


def _guard(
    viewer: Viewer,
    conversation: Conversation,
    parent: Message | None,
    words: str,
    *,
    seen_revision: int,
) -> tuple[Finding, ...]:
    """Everything that has to be settled before these words leave; one list from all rooms."""
    platform = registry.get(conversation.platform)
    limit = platform.capabilities.text
    found: list[Finding | None] = []
    if not viewer.may(Permission.REPLY, conversation.brand_id):
        found.append(
            Finding(Found.NOT_ALLOWED, "You may read this brand but not reply for it.", stops=True)
        )
    if not viewer.sign_off:
        found.append(
            Finding(
                Found.NO_SIGN_OFF,
                "You have no sign-off yet, and a reply goes out under your own name (clause 6.1). "
                "Ask your lead to set one.",
                stops=True,
            )
        )
    ability = "reply_private" if conversation.private else "reply_public"
    if platform.capabilities.abilities[ability].can is Can.NO:
        found.append(
            Finding(Found.CANNOT, f"{platform.name} takes no reply from here.", stops=True)
        )
    if parent is None:
        found.append(
            Finding(Found.NOBODY, "There is nothing left to answer: they took it away.", stops=True)
        )
    if conversation.account.state != "connected":
        found.append(
            Finding(
                Found.LAPSED,
                f"{platform.name} has to be connected again. It will go out once it is.",
                stops=False,
            )
        )
    found.append(length_finding(words, most=limit.most, count=platform.count_text))
    found.extend(told.since(viewer, conversation, seen_revision=seen_revision))
    return tuple(finding for finding in found if finding is not None)


def _audit_stop(
    viewer: Viewer,
    conversation: Conversation,
    findings: tuple[Finding, ...],
    words: str,
    *,
    now: datetime,
) -> None:
    audit.record(
        actor=viewer.actor,
        verb=Verb.REPLY_STOPPED_BY_GUARD,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={
            "found": ", ".join(finding.found for finding in findings),
            "text": crypto.keyed_hash("reply", words.encode()),
        },
        now=now,
    )


def take_back(*, viewer: Viewer, delivery_id: int, now: datetime) -> int:
    """Undo within the window; the words return to the composer. Raises `outbox.TooLate`.

    Returns the conversation's id.
    """
    with transaction.atomic():
        delivery = outbox.lock(delivery_id)
        outbox.take_back(delivery=delivery, actor=viewer.actor, now=now)
        replies.keep_draft(
            conversation_id=delivery.conversation_id,
            person_id=viewer.id,
            text=delivery.text.removesuffix(f"^{viewer.sign_off}").rstrip(),
            now=now,
        )
        confirm.tell(delivery, now=now)
        return delivery.conversation_id


def try_again(*, viewer: Viewer, delivery_id: int, now: datetime) -> int:
    """Send a failed delivery once more. Returns the conversation's id."""
    with transaction.atomic():
        delivery = outbox.lock(delivery_id)
        outbox.try_again(delivery=delivery, actor=viewer.actor, now=now)
        jobs.defer(DELIVER, at=now, delivery_id=delivery.pk)
        confirm.tell(delivery, now=now)
        return delivery.conversation_id


# --- From the outbox to the platform -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Leaving:
    """Everything the call needs, read before it, so that no connection is held during it."""

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
    database.close()  # nothing of ours is held while the platform is spoken to
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
    with transaction.atomic():
        confirm.sent(delivery_id=delivery_id, receipt=receipt, now=clock.now())


def _send(connector: Connector, leaving: _Leaving) -> Receipt:
    return connector.send(leaving.message, now=clock.now())


def _leave(delivery_id: int, *, now: datetime) -> _Leaving | None:
    """Commit `sending` (or decide to read back), and gather what the call needs."""
    with transaction.atomic():
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
        parent = delivery.in_reply_to
        if parent is not None and parent.deleted_at is not None:
            outbox.failed(
                delivery=delivery,
                why="They took their message away before your reply left.",
                actor=SYSTEM,
                now=now,
            )
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
        ),
        read_back,
    )


def _not_there(leaving: _Leaving, *, now: datetime) -> None:
    """Read back and not found: it did not arrive, so it may be tried again with the same key."""
    with transaction.atomic():
        delivery = outbox.lock(leaving.delivery_id)
        if delivery.state != State.UNKNOWN:
            return
        outbox.later(
            delivery=delivery,
            why="It did not arrive; trying again.",
            at=None,
            actor=SYSTEM,
            now=now,
        )
        _after(delivery, now=now)


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
    for delivery_id in outbox.due(now=now, overdue_by=timedelta(seconds=15), limit=100):
        jobs.defer(DELIVER, delivery_id=delivery_id)
        found += 1
    return found
