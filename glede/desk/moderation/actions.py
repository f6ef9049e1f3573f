"""Acts of moderation: queued with their evidence, sent, done, failed, unknown; each audited."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from glede.desk.conversations.models import Conversation, Message
from glede.desk.moderation import evidence
from glede.desk.moderation.models import Deed, Evidence
from glede.desk.moderation.rules import Reason
from glede.desk.outbox import rules as sending
from glede.desk.outbox.rules import State, TooLate
from glede.kit import store
from glede.kit.words import say
from glede.platforms.contract import Act
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import SYSTEM, Actor, Stamp, Verb


def queue(  # noqa: PLR0913 - an act has these parts, each named
    *,
    message: Message,
    handle_id: int,
    conversation: Conversation,
    act: Act,
    reason: Reason,
    words: str,
    ends_at: datetime | None,
    lifts: Deed | None,
    attachments: Sequence[Mapping[str, Any]],
    person_id: int | None,
    release_at: datetime,
    stamp: Stamp,
    actor: Actor,
    now: datetime,
) -> Deed:
    """Keep the evidence, then queue the act; it leaves at `release_at` unless taken back."""
    facts = evidence.of(
        message,
        attachments=attachments,
        deed={
            "act": act.value,
            "reason": reason.value,
            "words": words,
            "by": actor.name,
            "by_id": actor.id,
            "clause": stamp.clause,
            "policy_version": stamp.policy_version,
        },
        at=now,
    )
    kept = Evidence.objects.create(message=message, digest=store.put(facts), kept_at=now)
    deed = Deed.objects.create(
        key=secrets.token_urlsafe(18),
        act=act,
        conversation=conversation,
        message=message,
        handle_id=handle_id,
        account_id=conversation.account_id,
        person_id=person_id,
        reason=reason,
        words=words,
        evidence=kept,
        ends_at=ends_at,
        lifts=lifts,
        state=State.QUEUED,
        queued_at=now,
        release_at=release_at,
        next_try_at=release_at,
        clause=stamp.clause,
        policy_version=stamp.policy_version,
    )
    _audit(deed, Verb.MODERATION_QUEUED, actor=actor, now=now)
    return deed


def lock(deed_id: int) -> Deed:
    """The row, held until the transaction ends. Raises `Deed.DoesNotExist`."""
    return (
        Deed.objects.select_for_update(of=("self",), no_key=True)
        .select_related("conversation__brand", "account", "message__thread", "handle", "person")
        .get(pk=deed_id)
    )


def take_back(*, deed: Deed, actor: Actor, now: datetime) -> None:
    """Undo. Raises `TooLate` when it has left already."""
    if State(deed.state) not in (State.QUEUED, State.RETRY):
        raise TooLate(
            say("It has left already. What it did can be undone by the act that reverses it.")
        )
    _move(deed, State.TAKEN_BACK)
    deed.next_try_at = None
    deed.save()
    _audit(deed, Verb.MODERATION_TAKEN_BACK, actor=actor, now=now)


def leaving(*, deed: Deed, now: datetime) -> None:
    """Say that it is about to leave; committed before the platform is called."""
    _move(deed, State.SENDING)
    deed.sending_at, deed.next_try_at = now, None
    deed.tries += 1
    deed.save()


def looking(*, deed: Deed, until: datetime) -> None:
    """Somebody looks whether it was done; nobody else needs to before `until`."""
    deed.next_try_at = until
    deed.save(update_fields=["next_try_at"])


def done(*, deed: Deed, actor: Actor, now: datetime) -> None:
    """The platform did it: the message, or the block, says so from now on."""
    _move(deed, State.SENT)
    deed.done_at, deed.next_try_at, deed.why = now, None, ""
    deed.save()
    mark(message=deed.message, act=Act(deed.act), there=False, at=now)
    if deed.lifts_id is not None:
        Deed.objects.filter(pk=deed.lifts_id, lifted_at=None).update(lifted_at=now)
    _audit(deed, Verb.MODERATION_DONE, actor=actor, now=now)


def mark(*, message: Message, act: Act, there: bool, at: datetime) -> bool:
    """Say on the message what was done to it; `there`: in the platform's own app. Tells whether it
    changed."""
    before = (message.hidden_at, message.removed_at)
    if act is Act.HIDE and message.hidden_at is None:
        message.hidden_at = at
    elif act is Act.UNHIDE:
        message.hidden_at = None
    elif act is Act.DELETE and message.removed_at is None:
        message.removed_at = at
    if before == (message.hidden_at, message.removed_at):
        return False
    message.moderated_there = there
    message.save(update_fields=["hidden_at", "removed_at", "moderated_there"])
    return True


def later(*, deed: Deed, why: str, at: datetime | None, actor: Actor, now: datetime) -> None:
    """Not now: try again, or give it back to a person when it has waited too long."""
    if now - deed.release_at > sending.GIVE_UP_AFTER:
        failed(deed=deed, why=why, actor=actor, now=now)
        return
    _move(deed, State.RETRY)
    deed.why = why
    deed.next_try_at = sending.next_try(deed.tries, now=now, asked=at)
    deed.save()


def failed(*, deed: Deed, why: str, actor: Actor, now: datetime) -> None:
    """It was not done and will not be by itself."""
    _move(deed, State.FAILED)
    deed.why, deed.next_try_at = why, None
    deed.save()
    _audit(deed, Verb.MODERATION_FAILED, actor=actor, now=now)


def unknown(*, deed: Deed, why: str, actor: Actor, now: datetime) -> None:
    """It left and no answer came: the item is looked at before anything else is tried."""
    was = deed.state
    _move(deed, State.UNKNOWN)
    deed.why = why
    deed.next_try_at = sending.next_try(deed.tries, now=now) if was == State.UNKNOWN else now
    deed.save()
    if was != State.UNKNOWN:
        _audit(deed, Verb.MODERATION_UNKNOWN, actor=actor, now=now)


def try_again(*, deed: Deed, actor: Actor, now: datetime) -> None:
    """A person asks for another try of a failed act."""
    _move(deed, State.RETRY)
    deed.release_at = deed.next_try_at = now
    deed.why = ""
    deed.save()
    _audit(deed, Verb.MODERATION_QUEUED, actor=actor, now=now)


def seen_there(*, message: Message, act: Act, at: datetime, now: datetime) -> bool:
    """Somebody did it in the platform's own app, or the platform did; tells whether it is new."""
    if not mark(message=message, act=act, there=True, at=min(at, now)):
        return False
    conversation = message.conversation
    audit.record(
        actor=SYSTEM,
        verb=Verb.MODERATED_THERE,
        object_kind="conversation" if conversation is not None else "message",
        object_id=conversation.pk if conversation is not None else message.pk,
        brand=conversation.brand.slug if conversation is not None else "",
        details={"message": message.pk, "act": act.value},
        now=now,
    )
    return True


def _move(deed: Deed, to: State) -> None:
    deed.state = sending.move(State(deed.state), to)


def _audit(deed: Deed, verb: Verb, *, actor: Actor, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_kind="conversation",
        object_id=deed.conversation_id,
        brand=deed.conversation.brand.slug,
        stamp=Stamp(deed.clause, deed.policy_version),
        details={
            "deed": deed.pk,
            "act": deed.act,
            "reason": deed.reason,
            "message": deed.message_id,
            "evidence": deed.evidence.digest,
            "tries": deed.tries,
        },
        now=now,
    )


def follow(*, ids: Sequence[int], conversation_id: int) -> None:
    """What was done to a message goes with it into another conversation."""
    Deed.objects.filter(pk__in=ids).update(conversation_id=conversation_id)
