"""A matter that began in public and was settled in private gets a public closing line, or a reason
why not (clause 6.3)."""

from datetime import datetime

from django.db import transaction

from glede.desk.replies import actions_closing as actions
from glede.desk.replies.closing import NoLine
from glede.desk.replies.rules import Anyway
from glede.flow import numbers, outbound
from glede.flow.outbound import Queued, Stopped
from glede.kit.words import say
from glede.rulebook.audit.rules import Stamp
from glede.rulebook.people.rules import Viewer


class AnsweredError(RuntimeError):
    """Somebody sent or declined it meanwhile."""


def send(
    *,
    viewer: Viewer,
    closing_id: int,
    conversation_id: int,
    text: str,
    seen_revision: int,
    confirmed: frozenset[str],
    anyway: Anyway | None = None,
    now: datetime,
) -> Queued | Stopped:
    """Queue the line, past the same guard as every reply. Raises `AnsweredError`."""
    with transaction.atomic():
        asked = actions.lock(closing_id)
        if asked is None or asked.answered_at or asked.conversation_id != conversation_id:
            raise AnsweredError(say("Somebody saw to the closing line meanwhile."))
        outcome = outbound.queue_reply(
            viewer=viewer,
            conversation_id=conversation_id,
            text=text,
            seen_revision=seen_revision,
            confirmed=confirmed,
            in_public=True,
            closing=True,
            anyway=anyway,
            now=now,
        )
        if isinstance(outcome, Queued):
            actions.sent(
                asked=asked,
                delivery_id=outcome.delivery_id,
                stamp=_stamp(now),
                actor=viewer.actor,
                now=now,
            )
        return outcome


def decline(
    *, viewer: Viewer, closing_id: int, conversation_id: int, reason: NoLine, now: datetime
) -> None:
    """Raises `AnsweredError`."""
    with transaction.atomic():
        asked = actions.lock(closing_id)
        if asked is None or asked.answered_at or asked.conversation_id != conversation_id:
            raise AnsweredError(say("Somebody saw to the closing line meanwhile."))
        actions.decline(asked=asked, reason=reason, stamp=_stamp(now), actor=viewer.actor, now=now)


def undo_decline(*, viewer: Viewer, closing_id: int, conversation_id: int, now: datetime) -> None:
    """Ask again after all; nothing where it was not declined."""
    with transaction.atomic():
        answered = actions.lock(closing_id)
        if (
            answered is not None
            and answered.declined
            and answered.conversation_id == conversation_id
        ):
            actions.undo(answered=answered, actor=viewer.actor, now=now)


def _stamp(now: datetime) -> Stamp:
    force = numbers.in_force(now)
    return Stamp(force.book.rule("private_when").clause, force.version)
