"""Colleagues are named in a note."""

from collections.abc import Iterable
from datetime import datetime

from glede.desk.conversations.mentions import Named
from glede.desk.conversations.models import Conversation, Mention, Message
from glede.rulebook.audit import actions as audit
from glede.rulebook.audit.rules import Actor, Verb


def mention(
    *,
    note: Message,
    conversation: Conversation,
    people: Iterable[Named],
    actor: Actor,
    now: datetime,
) -> None:
    """Keep who is named in it; belongs in the transaction of the note."""
    rows = [Mention(message=note, person_id=one.id, at=now) for one in people]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    audit.record(
        actor=actor,
        verb=Verb.COLLEAGUES_MENTIONED,
        object_kind="conversation",
        object_id=conversation.pk,
        brand=conversation.brand.slug,
        details={"message": note.pk, "people": ", ".join(str(row.person_id) for row in rows)},
        now=now,
    )
