"""Which public closing lines are asked for."""

from django.db.models import Q, QuerySet

from glede.desk.conversations.rules import SETTLED
from glede.desk.replies.closing import Asked
from glede.desk.replies.models import ClosingLine

#: Of one's own, at once: more than these nobody reads above a reply.
_MOST = 5


def asked(*, conversation_id: int, person_id: int) -> tuple[Asked, ...]:
    """For this conversation, and what this person is asked for elsewhere; while it is settled."""
    rows = open_lines(conversation_id=conversation_id, person_id=person_id).values_list(
        "pk", "conversation_id", "conversation__name", "person_id"
    )
    return tuple(Asked(*row) for row in rows)


def open_lines(*, conversation_id: int, person_id: int) -> QuerySet[ClosingLine]:
    """The rows behind `asked`, the newest first."""
    found = ClosingLine.objects.filter(
        Q(conversation_id=conversation_id) | Q(person_id=person_id),
        answered_at=None,
        conversation__state__in=[state.value for state in SETTLED],
    )
    return found.order_by("-asked_at")[:_MOST]
