"""A note names colleagues: each is told once, if they may read the conversation."""

from datetime import datetime

from glede.desk.alerts.rules import Kind
from glede.desk.conversations import actions_mentions, mentions
from glede.desk.conversations.mentions import Named
from glede.desk.conversations.models import Conversation, Message
from glede.flow import telling
from glede.rulebook.people import queries as people
from glede.rulebook.people.rules import Permission, Viewer


def colleagues(viewer: Viewer, *, brand_id: int, now: datetime) -> tuple[Named, ...]:
    """Everybody else who may read this brand, by name: whom a note may name."""
    may = people.who_may(Permission.READ_CONVERSATIONS, brand_id=brand_id, now=now)
    return tuple(Named(one.id, one.name) for one in may if one.id != viewer.id)


def meant(viewer: Viewer, *, brand_id: int, text: str, now: datetime) -> tuple[Named, ...]:
    """Whom these words name. Raises `mentions.Unclear`; asks nothing where no name can stand."""
    if "@" not in text:
        return ()
    return mentions.people_in(text, colleagues(viewer, brand_id=brand_id, now=now))


def tell(
    *,
    viewer: Viewer,
    note: Message,
    conversation: Conversation,
    people: tuple[Named, ...],
    now: datetime,
) -> None:
    """Belongs in the transaction of the note. The alert holds nothing of its words."""
    if not people:
        return
    actions_mentions.mention(
        note=note, conversation=conversation, people=people, actor=viewer.actor, now=now
    )
    telling.tell(
        who=[one.id for one in people],
        conversation=conversation,
        kind=Kind.MENTION,
        key=f"mention {note.pk}",
        says=f"{viewer.name} names you in a note on {conversation.name}",
        now=now,
    )
