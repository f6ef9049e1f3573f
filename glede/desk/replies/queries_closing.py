"""Which public closing lines are asked for."""

from django.db.models import Q

from glede.desk.conversations.rules import SETTLED
from glede.desk.replies.closing import Asked
from glede.desk.replies.models import ClosingLine

#: Of one's own, at once: more than these nobody reads above a reply.
_MOST = 5


def asked(*, conversation_id: int, person_id: int) -> tuple[Asked, ...]:
    """For this conversation, and what this person is asked for elsewhere; while it is settled."""
    found = ClosingLine.objects.filter(
        Q(conversation_id=conversation_id) | Q(person_id=person_id),
        answered_at=None,
        conversation__state__in=[state.value for state in SETTLED],
    )
    rows = found.order_by("-asked_at").values_list(
        "pk", "conversation_id", "conversation__name", "person_id"
    )
    return tuple(Asked(*row) for row in rows[:_MOST])
