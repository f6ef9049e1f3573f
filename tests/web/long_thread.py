"""A conversation with as many messages as one wants, written straight into its tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from glede.desk.conversations.models import Conversation, Message, MessageVersion


def write(
    conversation: Conversation, count: int, *, until: datetime, waiting: int = 0
) -> Sequence[Message]:
    """`count` messages a minute apart, the last at `until`; theirs and ours in turn, and the last
    `waiting` of them all theirs, of the enquiry that is open. Oldest first."""
    known = conversation.messages.order_by("pk")[0]
    enquiry = conversation.enquiries.get(answered_at=None, closed_at=None)
    made = Message.objects.bulk_create(
        Message(
            thread_id=conversation.thread_id,
            conversation=conversation,
            enquiry=enquiry if number >= count - waiting else None,
            handle_id=known.handle_id if _theirs(number, count, waiting) else None,
            platform=conversation.platform,
            native_id=f"long-{conversation.pk}-{number}",
            direction="in" if _theirs(number, count, waiting) else "out",
            kind="comment",
            private=conversation.private,
            received_at=until - timedelta(minutes=count - 1 - number),
            ingested_at=until - timedelta(minutes=count - 1 - number),
        )
        for number in range(count)
    )
    MessageVersion.objects.bulk_create(
        MessageVersion(message=one, number=1, text=f"Words {number}.", at=one.received_at)
        for number, one in enumerate(made)
    )
    return made


def _theirs(number: int, count: int, waiting: int) -> bool:
    return number >= count - waiting or number % 2 == 0
