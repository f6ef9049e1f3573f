"""A reply that waits for a second person's yes, as its conversation shows it (clause 5.4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from glede.desk.conversations.talk import Card
from glede.desk.outbox import queries_second
from glede.desk.outbox.queries import Sending
from glede.desk.outbox.queries_second import Asked
from glede.desk.outbox.rules import HELD
from glede.desk.replies import personal
from glede.rulebook.people.rules import Permission
from glede.web.inbox.sight import Sight


@dataclass(frozen=True, slots=True)
class AskedView:
    """What was found in a reply, why it is to go all the same, and what this person may do."""

    of: Asked
    found: str
    since: str
    #: This person is the second one; or wrote it, and may take it back.
    may_answer: bool
    may_withdraw: bool


def of(card: Card, sendings: Sequence[Sending], sight: Sight) -> dict[int, AskedView]:
    """By delivery; asks nothing where no reply of the conversation is held."""
    held = {one.id: one for one in sendings if one.state in HELD}
    may = sight.viewer.may(Permission.REPLY, card.brand_id)
    return {
        key: AskedView(
            asked,
            personal.in_words(asked.found),
            sight.when(asked.asked_at),
            may_answer=may and not asked.answer and asked.writer_id != sight.viewer.id,
            may_withdraw=may and asked.writer_id == sight.viewer.id,
        )
        for key, asked in queries_second.of_deliveries(list(held)).items()
    }
