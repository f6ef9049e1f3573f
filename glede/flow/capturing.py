"""What people bring in by hand: a question copied from where it stands, an answer given there.

A captured question goes the way of every event: kept raw, understood by `inbound`, with the same
clocks. An answer typed in the platform's own app stops its clock at its own time, with its proof.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from glede.desk.captures import actions as captures
from glede.desk.captures import rules
from glede.desk.captures.actions import Proof
from glede.desk.captures.rules import CaptureRefusedError, Side
from glede.desk.conversations import actions as conversations
from glede.desk.conversations import actions_inbound as inbound
from glede.desk.conversations.models import Conversation, Message
from glede.desk.conversations.rules import Direction
from glede.desk.intake import actions as intake
from glede.desk.intake.rules import Way
from glede.flow import confirm, numbers
from glede.kit import live
from glede.kit.words import say
from glede.platforms import captured
from glede.platforms.captured import Captured
from glede.platforms.contract import Author, Kind, Post
from glede.rulebook.accounts import queries as accounts
from glede.rulebook.accounts.models import Account
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people.rules import Permission, Viewer


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wrote to us, as the person who captures it read it."""

    account_id: int
    name: str
    handle: str
    text: str
    at: datetime
    kind: Kind
    proof: Proof


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person of ours wrote there, and when."""

    text: str
    at: datetime
    proof: Proof


def choices(viewer: Viewer) -> list[Account]:
    """The accounts this person may capture for, by brand."""
    return [
        account
        for account in accounts.accounts()
        if viewer.may(Permission.WORK_CONVERSATIONS, account.brand_id)
    ]


def ask(*, viewer: Viewer, asked: Asked, now: datetime) -> int:
    """Take in what was captured. Returns the capture's id; the same item again is the same one.

    Raises `CaptureRefusedError`.
    """
    account = next((one for one in choices(viewer) if one.pk == asked.account_id), None)
    if account is None:
        raise CaptureRefusedError("account", say("Choose one of your accounts."))
    rules.check_posted(asked.at, now=now)
    item = Captured(
        account=account.native_id,
        name=asked.name,
        handle=asked.handle,
        text=asked.text,
        at=asked.at,
        kind=asked.kind,
        private=asked.kind is Kind.MESSAGE,
        url=asked.proof.url,
    )
    with transaction.atomic():
        kept, _ = captures.keep(
            account=account,
            native_id=item.native_id,
            side=Side.THEIRS,
            posted_at=asked.at,
            proof=asked.proof,
            actor=viewer.actor,
            now=now,
        )
        events = [captured.event(item)]
        intake.keep(app_id=account.app_id, events=events, now=now, way=Way.CAPTURE)
    return kept.pk


def answer(*, viewer: Viewer, conversation_id: int, answered: Answered, now: datetime) -> Message:
    """Record what was answered in the platform's own app; the clock stops at that time.

    Raises `CaptureRefusedError`. May they reply for this brand? The caller has asked.
    """
    with transaction.atomic():
        conversation = conversations.lock(conversation_id)
        waiting = conversation.enquiries.filter(answered_at=None, closed_at=None).first()
        if waiting is None:
            raise CaptureRefusedError("", say("Nothing waits for an answer here any more."))
        rules.check_answered(
            answered.at,
            asked_at=waiting.opened_at,
            now=now,
            link=answered.proof.url,
            has_screenshot=bool(answered.proof.digest),
        )
        message, stood = _message(conversation, answered, viewer, now=now)
        if stood:
            raise CaptureRefusedError("", say("This answer has been recorded already."))
        force = numbers.in_force(waiting.opened_at)
        captures.keep(
            account=conversation.account,
            native_id=message.native_id or "",
            side=Side.OURS,
            posted_at=answered.at,
            proof=answered.proof,
            actor=viewer.actor,
            stamp=Stamp(conversation.due_clause or force.promise.in_hours_clause, force.version),
            now=now,
        )
        confirm.answered(
            conversation=conversations.lock(conversation_id),
            message=message,
            actor=viewer.actor,
            now=now,
        )
        live.publish(
            topic="conversation.changed",
            payload={"id": conversation.pk, "new": False},
            brand=conversation.brand_id,
            now=now,
        )
    return message


def _message(
    conversation: Conversation, answered: Answered, viewer: Viewer, *, now: datetime
) -> tuple[Message, bool]:
    """The message of ours, and whether it stood there before."""
    account, thread = conversation.account, conversation.thread
    post = _post(conversation, answered)
    known = inbound.find_message(platform=account.platform, native_id=post.native_id)
    if known is not None:
        return known, True
    message, _ = inbound.keep_ours(account=account, thread=thread, post=post, now=now)
    inbound.sign(message=message, person_id=viewer.id, conversation=conversation)
    inbound.sight(message=message, way=Way.CAPTURE, account_id=account.pk, now=now)
    return message, False


def _post(conversation: Conversation, answered: Answered) -> Post:
    account = conversation.account
    asked = (
        conversation.messages.filter(direction=Direction.IN, received_at__lte=answered.at)
        .order_by("-received_at")
        .first()
    )
    kind = Kind.MESSAGE if conversation.private else Kind.COMMENT
    item = Captured(
        account=account.native_id,
        name=account.handle,
        handle=account.handle,
        text=answered.text,
        at=answered.at,
        kind=kind,
        private=conversation.private,
        url=answered.proof.url,
    )
    # Answers in equal words at the same minute to two people are two answers.
    item = replace(item, account=f"{item.account} {conversation.pk}")
    return Post(
        native_id=item.native_id,
        account=account.native_id,
        author=Author(account.native_id, account.handle),
        text=answered.text,
        at=answered.at,
        kind=kind,
        thread=conversation.thread.native_id,
        parent=(asked.native_id or "") if asked is not None else "",
        private=conversation.private,
        ours=True,
        url=answered.proof.url,
    )
